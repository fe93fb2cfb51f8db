"""VecEnv: observations are there to be read, also where they stand in memory that is shared."""

import numpy as np
import pytest

from forge.blade.observation import MASKS, Actions
from tests.blade.test_handed_out import ARRAYS, READ_ONLY, overwrite
from tests.trinity.test_vecenv import CONFIG, CROWDED, choose, digests, play, realms_alone, vecenv

ENGINES = pytest.mark.parametrize(("engine", "workers"), [("serial", None), ("processes", 2)])


def writeable(obs):
    """Name the arrays of an observation that can be written."""
    return [name for name in ARRAYS if getattr(obs, name).flags.writeable]


def choose_and_overwrite(obs):
    """Act, and leave nothing of what was observed."""
    actions = choose(obs)
    for name in READ_ONLY:
        overwrite(getattr(obs, name))
    return actions


def choose_by_mask(obs):
    """Let everyone attack; of those whom the mask allows, who have an even id cannot be hit."""
    obs.can_attack[obs.who % 2 == 0] = False
    return Actions(np.zeros(len(obs), int), np.full(len(obs), 2), np.zeros(len(obs), int))


@ENGINES
def test_what_is_written_all_the_same_does_not_reach_the_world(engine, workers):
    config = CONFIG.replace(auto_target=True)
    alone = [realm.digest() for realm in realms_alone(40, config)]
    assert digests(40, config, choose_and_overwrite, engine=engine, workers=workers) == alone


@ENGINES
def test_only_the_masks_can_be_written_and_the_world_heeds_them(engine, workers):
    with vecenv(CONFIG.replace(auto_target=True, immunity=0), engine, workers) as envs:
        play(envs, 40, choose_by_mask)
        seen = play(envs, 1, choose_by_mask)[0]
    taken = np.concatenate([obs.ent[obs.ent["damage"] > 0]["id"] for obs in seen])
    assert len(taken) > 0
    assert (taken % 2 == 1).all()
    assert all(writeable(obs) == [*MASKS] for obs in seen)


def test_arrays_stay_so_when_there_are_more_rows_than_found_room():
    with vecenv(CROWDED) as envs:
        assert all(writeable(obs) == [*MASKS] for obs in play(envs, 3)[0])
