"""Runs in worlds with words, also without a market: what is handed in, learned and repeated."""

import numpy as np
import pytest

from forge import Args
from forge.blade import preset
from forge.blade.observation import Actions
from forge.trinity import smith
from forge.trinity.vecenv import VecEnv
from tests.trinity import resumed

TALKING = preset("law16").replace(map_size=40, births=8, words=4, horizon=12, hidden=8)
WORLDS = [
    TALKING,
    preset("saga16").replace(map_size=40, births=8, market=False, horizon=12, hidden=8),
]


@pytest.mark.parametrize("engine", ["serial", "processes"])
@pytest.mark.parametrize("world", WORLDS, ids=["law", "saga"])
def test_vecenv_says_words_where_there_is_no_market(world, engine):
    with VecEnv(world, Args(nRealm=2, engine=engine)) as envs:
        observations = envs.reset()
        for word in (3, 0, 1):
            given = [Actions.stay(len(obs)) for obs in observations]
            for actions in given:
                actions.word[:] = word
            before = [set(obs.ent["id"].tolist()) for obs in observations]
            observations, *_ = envs.step(given)
            for obs, ids in zip(observations, before, strict=True):
                own = obs.heard[obs.offsets[:-1], 0]
                there = np.isin(obs.ent["id"], list(ids))
                assert there.any()
                assert (own == np.where(there, word, 0)).all()


def test_vecenv_takes_words_by_id():
    with VecEnv(TALKING, Args(nRealm=1, engine="serial")) as envs:
        (obs,) = envs.reset()
        who = int(obs.ent["id"][0])
        ((obs,), *_) = envs.step([{who: (0, -1, None, 2)}])
        n = obs.ent["id"].tolist().index(who)
        assert obs.heard[obs.offsets[n], 0] == 2


def test_networks_learn_to_speak_and_to_hear():
    with smith.Native(TALKING, Args(nRealm=2, engine="serial")) as envs:
        before, layout = envs.pantheon.model.copy(), envs.pantheon.layout
        envs.run(6, quiet=True)
        heard = layout.slices["heard"]
        assert (envs.pantheon.model[:, heard] != before[:, heard]).any()
        assert layout.shapes["heads"][-1] == 1 + 5 + 32


def test_a_run_that_is_resumed_ends_with_the_same_digest(tmp_path):
    resumed.ends_as_without_a_stop(TALKING, tmp_path)
