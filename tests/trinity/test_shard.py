"""Shards: what Gods and Swords are told, and when."""

from dataclasses import replace

import numpy as np
import pytest

from examples.recurrent import Recurrent
from forge.args import Args
from forge.blade.observation import Actions
from forge.config import ConfigError
from forge.errors import WorkerError
from forge.ethyr.pack import pack
from forge.trinity.god import God
from forge.trinity.shard import Shard
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import Trinity
from tests.trinity.tiny import (
    CONFIG,
    STATEFUL,
    Alternating,
    Remembering,
    Still,
    Wanderer,
    digests,
    held,
)

MODEL = np.zeros((2, 3), np.float32)
PAIR = CONFIG.replace(realms_per_shard=2)


def play_an_epoch(sword, pantheon=Still):
    """Let a Sword play both realms of a shard in this process."""
    with Native(PAIR, Args(2, engine="serial"), Trinity(pantheon, Alternating, sword)) as envs:
        envs.run(1)


class Watching(Alternating):
    """Remembers everything it was told."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.counts, self.culled = [], []

    def spawn(self, counts):
        self.counts.append(counts.tolist())
        return super().spawn(counts)

    def cull(self, entity):
        self.culled.append((int(entity.realm), int(entity.id), int(entity.lifetime)))


class Diary(Wanderer):
    """Writes down what it was asked."""

    lines = ()

    def recv_update(self, model):
        self.lines += ("recv",)

    def decide(self, obs):
        self.lines += ("decide",)
        return super().decide(obs)

    def collect(self, obs, actions, reward, events):
        assert len(reward) == len(obs) == len(events)
        self.lines += ("collect",)

    def end_rollout(self, obs):
        self.lines += ("end",)


class Wrong(Wanderer):
    def reward(self, obs, events):
        return np.zeros(len(obs) + 1)


class Unbounded(Wanderer):
    def reward(self, obs, events):
        return np.full(len(obs), np.nan)


class Leaving(Wanderer):
    def decide(self, obs):
        raise SystemExit("enough")


def shard(god=Alternating, sword=Remembering, config=PAIR, state=None):
    return Shard(config, Args(nRealm=2), Trinity(Still, god, sword), 0, state)


def test_sword_is_asked_in_the_documented_order():
    made = shard(God, Diary)
    made.play(MODEL)
    assert made.sword.lines == ("recv", *("decide", "collect") * CONFIG.horizon, "end")


def test_god_tags_every_newborn_with_the_counts_before_it():
    made = shard(Watching)
    assert made.gods[0].counts == [[0, 0], [0, 1]]  # two births per tick, tags 1 and 0
    assert made.realms.living(0).tolist() == [1, 1]


def test_every_birth_after_the_first_tick_is_tagged_too():
    made = shard(Watching)
    made.play(MODEL)
    births = made.realms.state.tally["births"].sum(axis=1)
    assert [len(god.counts) for god in made.gods] == births.tolist()


def test_god_is_told_of_every_death_in_its_own_realm():
    made = shard(Watching)
    for _ in range(4):
        made.play(MODEL)
    told = [life for god in made.gods for life in god.culled]
    lives = made.update(True).lives
    assert sorted(told) == sorted(zip(lives["realm"], lives["id"], lives["lifetime"], strict=True))
    assert {realm for realm, *_ in made.gods[1].culled} == {1}


class Composed(God):
    """Has its methods set on the object."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.culled = []
        self.spawn, self.cull = lambda counts: 1, self.culled.append


def test_methods_set_on_a_god_are_used():
    made = shard(Composed)
    for _ in range(4):
        made.play(MODEL)
    assert made.realms.living(0)[0] == 0
    assert sum(len(god.culled) for god in made.gods) == len(made.take_lives()) > 0


def test_lives_go_up_once():
    made = shard()
    for _ in range(4):
        made.play(MODEL)
    assert [len(made.update(first).lives) > 0 for first in (True, False)] == [True, False]
    assert len(made.update(True).lives) == 0


def test_messages_go_up_and_down():
    made = shard()
    made.play(MODEL)
    assert [word for word, _ in made.update(True).messages] == ["born", "born"]
    made.commit([5, None])
    assert [god.heard for god in made.gods] == [5, 0]


def test_committed_shard_goes_on_the_same():
    one = shard()
    one.play(MODEL)
    other = shard(state=one.commit([None, None])[0])
    for made in (one, other):
        made.play(MODEL)
    assert one.commit([None, None])[0] == other.commit([None, None])[0]


def test_default_god_in_python_follows_the_rule_of_places():
    god = God(CONFIG, Args(), 0)  # 6 places, 2 populations: 3 each
    assert {god.spawn(np.array([3, 2])) for _ in range(20)} == {1}
    assert {god.spawn(np.array([0, 2])) for _ in range(20)} == {0, 1}
    assert {god.spawn(np.array([3, 3])) for _ in range(20)} == {0, 1}


def test_overridden_god_of_the_same_rule_fills_the_same_places():
    class Same(God):
        def spawn(self, counts):
            return super().spawn(counts)

    made = shard(Same, config=PAIR.replace(births=6))
    assert made.realms.living(0).tolist() == [3, 3]


def test_reward_of_another_shape_is_an_error():
    with pytest.raises(WorkerError, match=r"reward has shape \(3,\), not \(2,\)"):
        digests(Trinity(Still, God, Wrong), 1)


@pytest.mark.parametrize(("reward", "living", "dead"), [("death", 0, -1), ("alive", 1, 1)])
def test_default_rewards(reward, living, dead):
    made = shard(sword=Wanderer, config=PAIR.replace(reward=reward))
    events = np.rec.array([(False,), (True,)], dtype=[("died", bool)])
    found = made.sword.reward(np.zeros(2), events)
    assert found.tolist() == [living, dead]
    assert found.dtype == np.float32


def test_state_that_cannot_be_committed_names_its_place():
    class Unkept(Remembering):
        def state(self):
            return {"net": object()}

    trinity = Trinity(STATEFUL.Pantheon, God, Unkept)
    with pytest.raises(WorkerError, match=r"state\['sword'\]\['state'\]\['net'\] is a object"):
        digests(trinity, 1)


def test_all_shards_read_the_same_aligned_copy_of_the_weights():
    with Native(CONFIG, Args(nRealm=3, engine="serial"), STATEFUL) as envs:
        envs.run(1)
        first, *others = (shard.sword.model for shard in held(envs))
        assert others
        assert all(model is first for model in others)
        assert first.ctypes.data % 64 == 0
        assert not np.shares_memory(first, envs._engine.weights)
        assert pack(envs._engine.weights.copy()) == pack(envs.pantheon.model)


@pytest.mark.parametrize(
    ("sword", "said"),
    [
        (
            Unbounded,
            r"ValueError in .*tick 1, shard 0: Unbounded.reward of agent \d+ is not finite",
        ),
        (Leaving, r"SystemExit in .*tick 0, shard 0: enough"),
    ],
)
def test_what_ends_a_shard_arrives_with_its_place(sword, said):
    with pytest.raises(WorkerError, match=said):
        play_an_epoch(sword)


class Meddling(Sword):
    """Moves all agents north, whatever was sampled."""

    def decide(self, obs):
        actions = super().decide(obs)
        actions.move[:] = 1
        return actions


class Deaf(Sword):
    """Asks no network, but leaves the rest to the default."""

    def decide(self, obs):
        return Actions.stay(len(obs))


class Unfinished(Sword):
    def __init__(self, config, args, shard):
        self.config = config


class Silent(Wanderer):
    def decide(self, obs):
        """Forget to answer."""


class Unrewarding(Wanderer):
    def reward(self, obs, events):
        """Forget to answer."""


class Speechless(Wanderer):
    def send_update(self):
        """Forget to answer."""


def uncollected(base):
    """Subclass a Sword that collects on its own."""
    return type("Hoarding", (base,), {"collect": lambda self, *tick: None})


class Estranged(Sword):
    def recv_update(self, model):
        """Forget the default's."""


@pytest.mark.parametrize(
    ("sword", "said"),
    [
        (Meddling, "decide changed what .* sampled.*narrow the masks"),
        (Deaf, "decide did not call super"),
        (Unfinished, r"Unfinished.__init__ did not call super\(\).__init__"),
        (Silent, "decide returned None, not Actions"),
        (Unrewarding, "reward returned None, not a number per agent"),
        (Speechless, "send_update returned None, not Update"),
        (uncollected(Sword), r"Hoarding.collect did not call super\(\).collect .* 0 ticks, not 5"),
        (uncollected(Recurrent), r"Hoarding.collect did not call super\(\).collect"),
        (Estranged, r"Estranged.recv_update did not call super\(\).recv_update\(model\)"),
    ],
)
def test_a_sword_that_does_not_do_its_part_is_told_what_is_missing(sword, said):
    with pytest.raises(WorkerError, match=said):
        play_an_epoch(sword)


@pytest.mark.parametrize(
    ("population", "said"),
    [
        (True, "True is not a whole number"),
        (np.True_, "np.True_ is not a whole number|True is not"),
        (1.0, "1.0 is not a whole number"),
        (None, "None is not a whole number"),
        ("0", "'0' is not a whole number"),
        (np.zeros((2, 2)), r"array\(.* is not a whole number"),
        (-1, "-1 is not in 0 … 1"),
        (2, "2 is not in 0 … 1"),
    ],
)
def test_a_god_that_names_no_population_is_told_so_with_realm_and_tick(population, said):
    god = type("Odd", (God,), {"spawn": lambda self, counts: population})
    with pytest.raises(ValueError, match=rf"^realm 0, tick 0: population ({said})[^\n]*$"):
        shard(god)


def test_a_population_may_be_one_of_numpys_integers():
    god = type("Numeric", (God,), {"spawn": lambda self, counts: np.uint8(1)})
    assert shard(god).realms.living(0).tolist() == [0, 2]


class Forger(Watching):
    """Writes into the records of the dead."""

    def cull(self, entity):
        entity.lifetime = 10**6


class Healer(Wanderer):
    """Writes into what its agents are."""

    def decide(self, obs):
        obs.ent["health"][:] = 10
        return super().decide(obs)


@pytest.mark.parametrize(("god", "sword"), [(Forger, Wanderer), (Alternating, Healer)])
def test_what_gods_and_swords_are_handed_is_to_be_read(god, sword):
    made = shard(god, sword, PAIR.replace(horizon=40))
    with pytest.raises(ValueError, match="read-only"):
        made.play(MODEL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((type(CONFIG), Args()), "config is a Config, or the name of a preset; not <class"),
        ((Args(), CONFIG), r"config is a Config, or the name of a preset; not Args\("),
        ((CONFIG, "law16"), r"args is an Args, for example Args\(nRealm=2\), not 'law16'"),
    ],
)
def test_native_tells_what_it_was_given(given, said):
    with pytest.raises(ConfigError, match=said):
        Native(*given, STATEFUL)


class Boundless(Still):
    def step(self, updates):
        self.model[:] = np.nan
        return self.model


class Verbose(Remembering):
    def send_update(self):
        return replace(super().send_update(), metrics={"moves": np.zeros(3)})


@pytest.mark.parametrize(
    ("pantheon", "sword", "said"),
    [
        (Boundless, Remembering, "Boundless.step returned an array with numbers that are not fin"),
        (Still, Verbose, r"metrics\['moves'\] is a sum over samples, one number; not array"),
    ],
)
def test_numbers_that_cannot_be_are_named(pantheon, sword, said):
    with pytest.raises((ValueError, TypeError, WorkerError), match=said):
        play_an_epoch(sword, pantheon)
