"""On which map each realm lives, epoch by epoch."""

from collections import Counter
from itertools import pairwise

import pytest

from forge.config import Config, ConfigError
from forge.trinity.itinerary import map_after, moves, moves_at


def config(maps, map_epochs):
    return Config(maps=maps, map_epochs=map_epochs)


def test_realms_stay_on_their_maps_by_default():
    assert [map_after(config(4, 0), 6, realm, 1000) for realm in range(6)] == [0, 1, 2, 3, 0, 1]
    assert not any(moves_at(config(4, 0), 6, 1, epoch) for epoch in range(1, 50))


def test_a_realm_moves_after_so_many_epochs_each_time():
    at = [epoch for epoch in range(1, 16) if moves_at(config(9, 5), 2, 0, epoch)]
    assert at == [5, 10, 15]
    assert [moves(config(9, 5), 2, 0, epoch) for epoch in (0, 4, 5, 14, 15)] == [0, 0, 1, 2, 3]


def test_the_moves_of_a_runs_realms_are_spread_over_time():
    at = Counter(
        epoch
        for epoch in range(1, 41)
        for realm in range(8)
        if moves_at(config(9, 4), 8, realm, epoch)
    )
    assert set(at.values()) == {2}
    assert len(at) == 40


@pytest.mark.parametrize(
    ("realms", "maps"), [(1, 5), (2, 4), (3, 4), (4, 4), (6, 4), (8, 4), (16, 200)]
)
def test_all_maps_get_equal_shares_and_every_move_leads_to_another(realms, maps):
    about, lived = config(maps, 3), Counter()
    for realm in range(realms):
        course = [map_after(about, realms, realm, 3 * period) for period in range(maps)]
        assert all(one != other for one, other in pairwise(course))
        lived.update(course)
    assert lived == dict.fromkeys(range(maps), realms)


def test_realms_cannot_move_where_there_is_one_map():
    with pytest.raises(ConfigError, match=r"map_epochs \(3\) moves .* maps must be at least 2"):
        config(1, 3)
