"""What agents observe is declared once; everything that holds it is made from that."""

import dataclasses
import pickle

import numpy as np
import pytest

from forge.blade import Chaos, Realm, Realms
from forge.blade.buffers import Rows, Sight
from forge.blade.observation import MASKS, PLANES, SEEN, Observation, Stim, named
from forge.blade.slots import Table

FIELDS = [f.name for f in dataclasses.fields(Observation)]


def test_every_array_has_a_buffer():
    assert sorted((*Sight._fields, *Rows._fields, "num_realms")) == sorted(FIELDS)
    assert set(Stim._fields) < set(FIELDS)


@pytest.mark.parametrize("name", SEEN)
def test_an_array_is_of_the_dtype_and_shape_that_are_declared(name):
    config = Chaos(radius=4, npcs=2)
    obs = Realms(config, indices=range(2)).observation
    array, seen = getattr(obs, name), SEEN[name]
    length = (len(obs.who) if seen.by_row else len(obs)) + seen.more
    assert array.shape == (length, *seen.size_in(config))
    assert array.dtype == np.dtype(seen.dtype)


def test_planes_and_masks_are_told_by_what_they_hold():
    assert list(PLANES) == ["tiles", "crowd"]
    of_systems = ["can_deal", "can_trade", "can_receive", "can_say"]
    assert list(MASKS) == ["can_move", "can_attack", *of_systems]
    assert set(PLANES) < set(Table._fields)


def test_help_says_what_each_array_holds():
    assert "tiles: uint8 (N, 2R + 1, 2R + 1), kinds of the tiles" in (Observation.__doc__ or "")
    assert "offsets: int64 (N + 1,), rows offsets[i]" in (Observation.__doc__ or "")
    assert "ent: AGENT (N,), the agents" in (Observation.__doc__ or "")


def test_named_tuples_are_made_from_lists():
    class Pair(named(["a", "b"])):
        pass

    assert (Pair(1, 2).b, Pair._fields) == (2, ("a", "b"))


def test_an_observation_kept_in_a_file_is_whole() -> None:
    obs = Realm(Chaos(radius=4)).observation
    kept = pickle.loads(pickle.dumps(obs))
    for name in SEEN:
        np.testing.assert_array_equal(getattr(kept, name), getattr(obs, name))
    assert kept.num_realms == 1


def test_an_array_is_the_same_one_whenever_it_is_asked_for() -> None:
    obs = Realm(Chaos(radius=4)).observation
    assert obs.can_move is obs.can_move
    assert obs.can_move.flags.writeable
    assert not obs.tiles.flags.writeable


def test_an_array_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match="an Observation has no 'tile'"):
        _ = Realm(Chaos(radius=4)).observation.tile
