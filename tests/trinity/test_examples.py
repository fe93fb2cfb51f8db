"""Every example runs, and keeps all its state."""

import importlib

import numpy as np
import pytest

from forge.args import Args
from forge.blade.realm import Realms
from forge.blade.scripted import careful
from forge.ethyr.layout import Layout
from forge.trinity import check
from forge.trinity.shard import Shard
from forge.trinity.smith import Native
from forge.trinity.trinity import ShardInfo
from tests.trinity.tiny import CONFIG

NAMES = (
    "scripted_sword", "own_network", "changing_mix", "evolution", "past_self",
    "scripted_population", "recurrent", "curiosity", "any_module",
)  # fmt: skip


def example(name):
    return importlib.import_module(f"examples.{name}").trinity


@pytest.mark.parametrize("name", NAMES)
def test_example_is_the_same_when_resumed_and_on_two_workers(name):
    assert check(example(name), settings(name).replace(realms_per_shard=2)) == 8


def settings(name):
    """The settings that an example needs: its own, where it has some."""
    return CONFIG.replace(frozen="1") if name == "past_self" else CONFIG


@pytest.mark.parametrize("name", ["past_self", "scripted_population"])
def test_one_population_learns_while_the_other_is_neither_moved_nor_stored(name):
    with Native(settings(name), Args(engine="serial"), example(name)) as envs:
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


def decided(name, ticks=20):
    """Let an example's Sword play; yield it, what it observed and what it decided."""
    rng, cls = np.random.default_rng(0), example(name).Sword
    sword, realms = cls(CONFIG, Args(), ShardInfo(0, (0, 1), rng)), Realms(CONFIG, 0, (0, 1))
    sword.recv_update(Layout(cls.parameters(CONFIG)).initialise(CONFIG.populations, rng))
    for _ in range(ticks):
        actions = sword.decide(realms.observation)
        yield sword, realms.observation, actions
        realms.step(actions)


def test_scripted_agents_do_what_the_script_does():
    compared = 0
    for _, obs, actions in decided("scripted_population"):
        mine = obs.ent["population"] == 1
        compared += mine.sum()
        assert np.array_equal(actions.move[mine], careful(obs).move[mine])
        assert (actions.style[mine] == -1).all()
    assert compared > 50


def test_curious_agents_are_paid_for_where_they_came_to_and_less_for_each_further_visit():
    shard = Shard(CONFIG, Args(), example("curiosity"), 0)
    layout = Layout(shard.sword.parameters(CONFIG))
    shard.play(layout.initialise(CONFIG.populations, np.random.default_rng(0)))
    visits, stored = shard.sword.visits, shard.sword.rollout.step
    reward, died = stored("reward"), stored("terminated")
    assert visits.sum() == len(died) - died.sum() > 10
    assert (reward[died] == -1).all()
    assert reward[~died].max() == np.float32(0.02)  # of a first visit
    assert reward[~died].min() == np.float32(0.02 / np.sqrt(visits.max()))
