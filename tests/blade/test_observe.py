"""Phase 6: observe. By default the map of ``world`` is 21 × 21 with a border of 2 and radius 7."""

import numpy as np
import pytest

from forge.blade.observation import NUM_FEATURES
from forge.blade.realm import Realm
from forge.blade.records import AGENT
from forge.blade.streams import POLICY
from forge.blade.tiles import Tile
from tests.blade.naive_streams import Stream, branch
from tests.blade.worlds import EAST, MAGE, agent, play, row_of, settle, stim, tile, world

DEFAULT = {"map_size": 80, "border": 9}


def row(realms, slot, other):
    """Take the row about one agent that another observes."""
    return stim(realms, slot).others[row_of(realms, slot, other)].tolist()


def exact(*values):
    """Round float64 values to float32, as rows are."""
    return np.array(values, np.float32).tolist()


OTHER = {"at": (23, 61), "age": 75, "health": 4, "food": 8, "water": 30, "damage": 3}
ABOUT_OTHER = exact(
    (75 - 50) / 100,
    (4 - 5) / 10,
    (8 - 16) / 32,
    (30 - 16) / 32,
    (23 - 39.5) / 61,  # centred on the playable square of 62 × 62, scaled to ±0.5
    (61 - 39.5) / 61,
    (23 - 20) / 7,
    (61 - 65) / 7,
    (3 - 2.5) / 5,
    -0.5,  # of another population
    (2 - 1) / 2,
)


def test_a_row_describes_the_other_agent():
    realms = world({"at": (20, 65)}, {**OTHER, "freeze": 2, "population": 1}, **DEFAULT)
    assert row(realms, 0, 1) == ABOUT_OTHER


def test_the_first_row_describes_the_agent_itself():
    realms = world({"at": (20, 65), "age": 0, "population": 1}, {"at": (20, 65)}, **DEFAULT)
    expected = exact(-0.5, 0.5, 0.5, 0.5, -19.5 / 61, 25.5 / 61, 0, 0, -0.5, 0.5, -0.5)
    assert row(realms, 0, 0) == stim(realms, 0).own.tolist() == expected


def test_places_run_from_minus_to_plus_a_half_over_the_playable_square():
    realms = world({"at": (9, 70)}, **DEFAULT)
    assert row(realms, 0, 0)[4:6] == [-0.5, 0.5]


def test_members_of_ones_population_are_told_by_plus_a_half():
    realms = world({"population": 1}, {"population": 1}, {"population": 0})
    assert [row(realms, 0, other)[9] for other in range(3)] == [0.5, 0.5, -0.5]


def test_rows_are_float32_of_values_computed_in_float64():
    realms = world({"age": 83})
    # 33 / 100 in float32 arithmetic and from float64 need not agree in the last bit.
    assert stim(realms, 0).own[0] == np.float32(33 / 100)
    assert realms.observation.others.dtype == np.float32


def test_scales_follow_the_settings():
    realms = world({}, {"at": (9, 8), "food": 3}, health=20, food=4, water=8, radius=5)
    # (20 − 10) / 20, (3 − 2) / 4, (8 − 4) / 8; one row up and two columns left of 5.
    assert row(realms, 0, 1)[1:4] == [0.5, 0.25, 0.5]
    assert row(realms, 0, 1)[6:8] == exact(-1 / 5, -2 / 5)


def test_itself_comes_first_then_the_others_by_slot():
    realms = world(*[{"at": (10, 10 + slot % 3)} for slot in range(6)])
    assert stim(realms, 0).who.tolist() == [0, 1, 2, 3, 4, 5]
    assert stim(realms, 4).who.tolist() == [4, 0, 1, 2, 3, 5]


@pytest.mark.parametrize(
    ("place", "seen"),
    [((10, 17), 1), ((17, 17), 1), ((3, 10), 1), ((10, 18), 0), ((18, 10), 0), ((2, 2), 0)],
)
def test_every_agent_in_the_crop_has_a_row_and_no_other(place, seen):
    # Radius 7 around (10, 10) covers rows and columns 3 … 17.
    realms = world({}, {"at": place})
    assert len(stim(realms, 0).who) == 1 + seen
    assert len(stim(realms, 1).who) == 1 + seen


def test_no_row_is_dropped_in_a_crowd():
    realms = world(*[{}] * 100, max_agents=100)
    # Each of 100 on one tile observes all 100.
    assert len(realms.observation.others) == realms.observation.offsets[-1] == 100 * 100
    assert stim(realms, 99).crowd[7, 7] == 100
    assert stim(realms, 99).who.tolist() == [99, *range(99)]


def test_offsets_delimit_the_rows_of_each_agent():
    realms = world({}, {}, {"at": (2, 2)})
    # The first two see each other, the third is alone: 2 + 2 + 1 rows.
    assert realms.observation.offsets.tolist() == [0, 2, 4, 5]


def test_the_crop_is_centred_on_the_agent():
    realms = world({}, tiles={(10, 10): Tile.FOREST, (8, 13): Tile.WATER, (17, 3): Tile.STONE})
    seen = stim(realms, 0).tiles
    assert seen.shape == (15, 15)
    assert (seen[7, 7], seen[5, 10], seen[14, 0]) == (Tile.FOREST, Tile.WATER, Tile.STONE)
    assert np.count_nonzero(seen == Tile.GRASS) == 15 * 15 - 3


def test_outside_the_map_reads_as_lava():
    realms = world({"at": (2, 18)}, tiles={})
    seen = stim(realms, 0).tiles
    # Rows −5 … 9 and columns 11 … 25, of which 2 … 9 and 11 … 18 are grass.
    assert (seen[:7] == Tile.LAVA).all()
    assert (seen[:, 8:] == Tile.LAVA).all()
    assert (seen[7:, :8] == Tile.GRASS).all()


def test_crowd_counts_the_agents_on_each_tile_itself_included():
    realms = world({}, {}, {"at": (9, 12)}, {"at": (18, 18)})
    seen = stim(realms, 0).crowd
    assert (seen[7, 7], seen[6, 9], seen.sum()) == (2, 1, 3)


def test_the_crop_shows_the_world_as_this_tick_left_it():
    realms = world({}, {"at": (10, 12)}, tiles={(10, 10): Tile.FOREST})
    play(realms, moves={1: EAST})
    seen = stim(realms, 0)
    assert (seen.tiles[7, 7], seen.crowd[7, 9], seen.crowd[7, 10]) == (Tile.SCRUB, 0, 1)


def test_damage_is_that_of_the_last_tick():
    realms = world({}, {})
    play(realms, attacks={0: (MAGE, 1)})
    assert row(realms, 0, 1)[8] == exact((1 - 2.5) / 5)[0]
    assert row(realms, 0, 1)[10] == (2 - 1) / 2


def test_cell_counts_tiles_of_the_crop_row_by_row():
    realms = world({}, {"at": (9, 12)})
    # One row up and two columns right of the middle (7, 7): (6, 9).
    assert realms.observation.cell[:2].tolist() == [7 * 15 + 7, 6 * 15 + 9]


def test_reach_is_the_chebyshev_distance():
    realms = world({}, {"at": (9, 12)}, {"at": (14, 10)})
    assert stim(realms, 0).reach.tolist() == [0, 2, 4]


def test_agents_come_by_realm_then_slot():
    realms = world({}, {"at": (5, 5)})
    settle(realms, 7, at=(6, 6))
    settle(realms, 4, at=(7, 7))
    assert realms.observe().ent["slot"].tolist() == [0, 1, 4, 7]
    assert realms.observation.realm.tolist() == [0, 0, 0, 0]


def test_entities_are_copies_of_the_agents_rows():
    realms = world({"food": 3}, {"population": 1})
    assert realms.observation.ent.dtype == AGENT
    assert realms.observation.ent.tobytes() == realms.state.agents[0, :2].tobytes()


def test_each_choice_draws_from_a_stream_that_follows_from_its_name_alone():
    realms = world({}, {}, {})
    policy = Stream(realms.state.streams[0, POLICY])
    for column, name in zip(realms.observation.draws.T, ("move", "style", "target"), strict=True):
        stream = branch(policy, name)
        assert column.tolist() == [stream.uniform() for _ in range(3)]


def test_the_policy_stream_advances_when_the_next_tick_begins():
    realms = world({}, {})
    stream = Stream(realms.state.streams[0, POLICY])
    play(realms)
    stream.bits()
    assert realms.state.streams[0, POLICY].tolist() == stream.words
    assert realms.observation.draws[0, 0] == branch(stream, "move").uniform()


def test_observing_again_changes_nothing():
    realms = world({}, {"at": (5, 5)}, births=1)
    play(realms, ticks=3)
    before, seen = realms.digest(), realms.observation.draws.copy()
    again = realms.observe()
    assert realms.digest() == before
    assert again.draws.tolist() == seen.tolist()


def test_a_viewer_that_observes_twice_a_tick_does_not_disturb_the_world():
    plain, viewed = (world({}, {}, births=1, seed=9) for _ in range(2))
    for _ in range(20):
        play(plain)
        play(viewed)
        viewed.observe()
    assert plain.digest() == viewed.digest()


def test_an_empty_realm_observes_nothing():
    observation = world().observation
    assert len(observation) == len(observation.others) == 0
    assert observation.offsets.tolist() == [0]
    assert list(observation) == []


def test_iterating_gives_each_agent_with_what_it_observes():
    realms = world({}, {"at": (10, 11)})
    pairs = list(realms.observation)
    assert [int(ent.id) for ent, _ in pairs] == [0, 1]
    assert pairs[1][1].others.shape == (2, NUM_FEATURES)
    assert pairs[1][1].can_attack.tolist() == [[False] * 3, [True] * 3]


def test_a_newborn_is_observed_in_the_tick_of_its_birth():
    realms = world({}, births=1)
    play(realms)
    assert realms.observation.ent["id"].tolist() == [0, 1]


def test_the_spawn_ring_is_observed_as_grass_on_a_generated_map():
    realms = Realm(world().config.replace(births=1))
    one = agent(realms, 0)
    assert tile(realms, one.row, one.col) == stim(realms, 0).tiles[7, 7] == Tile.GRASS
