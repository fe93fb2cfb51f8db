"""A part of an observation holds what these agents observe, and nothing else."""

import numpy as np
import pytest

from forge.blade.buffers import Rows, Sight
from forge.blade.observation import MASKS
from forge.blade.realm import Realms
from forge.blade.subset import of_agents
from forge.config import Config
from tests.blade.test_realm import chance_actions

CONFIG = Config(max_agents=12, populations=3, map_size=24, border=4, radius=3, births=4, maps=4)


def observed():
    realms = Realms(CONFIG, 0, (0, 1))
    for _ in range(6):
        realms.step(chance_actions(realms.observation))
    return realms.observation


def test_each_agent_observes_what_it_did_before():
    obs = observed()
    chosen, compared = np.arange(1, len(obs), 2), 0
    whole = list(obs)
    for i, (ent, stim) in zip(chosen, of_agents(obs, chosen), strict=True):
        assert ent == whole[i][0]
        for mine, before in zip(stim, whole[i][1], strict=True):
            assert np.array_equal(mine, before)
            compared += 1
    assert compared > 40


def test_nobody_observes_nothing():
    part = of_agents(observed(), np.zeros(0, np.int64))
    assert (len(part), len(part.others), part.offsets.tolist()) == (0, 0, [0])


def test_a_slice_of_all_copies_nothing():
    obs = observed()
    assert of_agents(obs, slice(None)) is obs


@pytest.mark.parametrize("name", [*Sight._fields, *Rows._fields])
def test_only_the_masks_can_be_narrowed_and_the_whole_is_not(name):
    obs = observed()
    part = getattr(of_agents(obs, np.arange(len(obs))), name)
    assert part.flags.writeable == (name in MASKS)
    assert not np.shares_memory(part, getattr(obs, name))


def test_a_slice_of_some_is_those():
    obs = observed()
    part = of_agents(obs, slice(1, 3))
    assert part.ent["id"].tolist() == obs.ent["id"][1:3].tolist()
