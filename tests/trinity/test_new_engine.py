"""An engine is one file and the line that names it: the recipe of docs/extend.md, carried out."""

import pytest

from forge.args import Args
from forge.cli.train import train
from forge.config import ConfigError
from forge.registry import ENGINES, EngineFacts
from forge.trinity.engines import Crew, kind
from forge.trinity.smith import VecEnv
from tests.trinity.tiny import CONFIG, digests

MODULE = "tests.trinity.toy_engine"
BUILT_IN = tuple(ENGINES)
HERE = [name for name in BUILT_IN if ENGINES[name].steps]  # test_ray.py is about the other
EVERY = pytest.mark.parametrize("name", [*HERE, "threads"])


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(ENGINES, "threads", EngineFacts(MODULE, "in threads", apart=False))
    monkeypatch.setitem(ENGINES, "far", EngineFacts(MODULE, "far away", steps=False, apart=False))


@EVERY
def test_crews_and_channels_are_what_the_rest_asks_of_them(name):
    made = kind(name)
    crew = made.crew()
    asked = [name for name in vars(Crew) if callable(vars(Crew)[name]) and name[0] != "_"]
    assert {"start", "send", "receive", "answered", "end"} <= set(asked)
    assert all(callable(getattr(crew, name)) for name in asked)
    assert (len(crew), list(crew.pids), crew.bytes_exchanged) == (0, [], 0)


@EVERY
def test_every_engine_trains_to_the_same_digests(name):
    assert digests(engine=name, nWorker=2) == digests()


def stepped(engine):
    """Step an environment; return the digests of its realms."""
    with VecEnv(CONFIG, Args(nRealm=3, engine=engine, nWorker=2)) as envs:
        envs.reset()
        for _ in range(20):
            envs.step([{}] * 3)
        return envs.digests()


@EVERY
def test_environments_step_alike_on_every_engine_that_can(name):
    assert stepped(name) == stepped("serial")


def test_environments_refuse_an_engine_that_shares_no_memory():
    with pytest.raises(ConfigError, match="VecEnv steps on one of serial, processes, threads; not"):
        VecEnv(CONFIG, Args(engine="far"))


def test_command_line_offers_the_engines_that_there_are():
    (engine,) = (each for each in train.params if each.name == "engine")
    assert tuple(engine.type.choices) == BUILT_IN
