"""Every example runs, and keeps all its state."""

import importlib

import pytest

from forge.args import Args
from forge.trinity import check
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG

NAMES = ("scripted_sword", "own_network", "changing_mix", "evolution", "past_self")


def example(name):
    return importlib.import_module(f"examples.{name}").trinity


@pytest.mark.parametrize("name", NAMES)
def test_example_is_the_same_when_resumed_and_on_two_workers(name):
    assert check(example(name), CONFIG.replace(realms_per_shard=2)) == 8


def test_past_self_learns_while_its_opponent_is_frozen():
    with Native(CONFIG, Args(engine="serial"), example("past_self")) as envs:
        before = envs.pantheon.model.copy()
        envs.run(1)
        moved = (envs.pantheon.model != before).any(axis=1)
    assert moved.tolist() == [True, False]


def test_changing_mix_begins_with_one_population():
    with Native(CONFIG, Args(engine="serial"), example("changing_mix")) as envs:
        living = envs.run(1)["populations"]["living"]
    assert living[0] > 0
    assert living[1] == 0


def test_evolution_moves_weights_without_gradients():
    with Native(CONFIG, Args(nRealm=3, engine="serial"), example("evolution")) as envs:
        envs.run(1)
        assert (envs.pantheon.model != 0).any()
