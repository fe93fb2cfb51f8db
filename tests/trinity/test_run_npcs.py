"""Runs in worlds with NPCs are like any other."""

import numpy as np

from forge import Args, Saga
from forge.trinity import smith
from forge.trinity.shard import censored

CONFIG = Saga(
    max_agents=12, populations=2, npcs=12, map_size=40, births=4, hidden=4, horizon=8, immunity=0
)


def played(engine, epochs):
    with smith.Native(CONFIG, Args(nRealm=2, engine=engine)) as envs:
        envs.run(epochs, quiet=True)
        return envs.digest


def test_every_engine_comes_to_the_same_digest():
    assert played("serial", 2) == played("processes", 2)


def test_the_lives_that_a_run_cuts_off_are_those_of_agents():
    with smith.Native(CONFIG, Args(nRealm=2, engine="serial")) as envs:
        envs.run(2, quiet=True)
        state = envs.hand_over(realm=0).state
    lives = censored(state, CONFIG)
    assert (lives["id"] >= 0).all()
    assert len(np.unique(lives["id"])) == len(lives) > 0


def test_vecenv_hands_out_the_traits_of_npcs():
    env = smith.VecEnv(CONFIG, Args(nRealm=2, engine="processes"))
    try:
        observations = env.reset()
        assert [obs.traits.shape for obs in observations] == [(len(o.who), 3) for o in observations]
    finally:
        env.close()
