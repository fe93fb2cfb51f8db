"""Scripts and frozen weights play populations beside learners."""

import numpy as np
import pytest

from forge.args import Args
from forge.blade.actions import ActionError
from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.scripted import greedy
from forge.config import ConfigError
from forge.errors import WorkerError
from forge.trinity import check, evaluate
from forge.trinity.cast import Cast
from forge.trinity.god import God
from forge.trinity.pantheon import Pantheon
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import SwordBase, Trinity
from tests.trinity.test_sword import CONFIG, make, play
from tests.trinity.tiny import Still

MIXED = CONFIG.replace(populations=3, scripts="1=greedy", frozen="2")


def test_each_population_is_played_by_whom_the_settings_say():
    sword, _, realms = make(MIXED)
    compared = 0
    for _ in range(12):
        obs = realms.observation
        actions = sword.decide(obs)
        mine = obs.ent["population"] == 1
        assert np.array_equal(actions.move[mine], greedy(obs).move[mine])
        compared += mine.sum()
        realms.step(actions)
    assert compared > 20


def test_a_frozen_population_does_what_it_would_do_as_a_learner():
    mixed, _, realms = make(CONFIG.replace(frozen="1"))
    alone, _, _ = make(CONFIG)
    for _ in range(8):
        obs = realms.observation
        actions, right = mixed.decide(obs), alone.decide(obs)
        for name in ("move", "style", "target"):
            assert np.array_equal(getattr(actions, name), getattr(right, name))
        realms.step(actions)
    assert len(obs) > 8


def test_only_learners_are_stored():
    sword, _, realms = make(MIXED.replace(horizon=8))
    play(sword, realms)
    assert set(sword.rollout.step("population")) == {0}
    samples = sword.send_update().samples
    assert (samples > 0).tolist() == [True, False, False]


def test_a_world_without_learners_is_played_too():
    with Native(
        CONFIG.replace(scripts="0=careful,1=still"), Args(engine="serial"),
        Trinity(Pantheon, God, Sword),
    ) as envs:  # fmt: skip
        before = envs.pantheon.model.copy()
        assert envs.run(2)["agent_steps"] > 10
    assert np.array_equal(envs.pantheon.model, before)


def test_a_mix_is_the_same_when_resumed_and_on_two_workers():
    config = MIXED.replace(realms_per_shard=2)
    assert check(Trinity(Pantheon, God, Sword), config) == 8


@pytest.mark.parametrize(
    ("cast", "said"),
    [
        ({"scripts": {3: greedy}}, r"names population 3: .* 0 … 2"),
        ({"scripts": {1: greedy}, "frozen": frozenset({1})}, "by a script, and frozen"),
        ({"scripts": {1: "greedy"}}, "lets 'greedy' play population 1: give a function, such as"),
        ({"scripts": greedy}, "scripts of a Cast are {population: function}, not <function"),
        ({"frozen": 1}, "frozen of a Cast is a set such as {1, 2}, not 1"),
        ({"frozen": "1"}, "frozen of a Cast is a set such as {1, 2}, not '1'"),
        ({"frozen": {"1"}}, "names population '1': populations are numbered 0 … 2"),
    ],
)
def test_a_cast_that_cannot_be_is_refused(cast, said):
    with pytest.raises(ConfigError, match=said):
        Cast(3, **cast)


def test_a_scripted_population_is_evaluated_without_weights(tmp_path):
    path = str(tmp_path / "one.safetensors")
    with Native(CONFIG, Args(engine="serial"), Trinity(Pantheon, God, Sword)) as envs:
        envs.pantheon.save(path)
    config, plan = CONFIG.replace(scripts="1=greedy"), evaluate.Plan(2, 30, 0)
    decide = evaluate.trained(config, [f"0={path}"], plan)
    realms = Realms(config, plan.seed, range(2), plan.numbers)
    assert len(decide(realms.observation).move) == len(realms.observation) == 6


def warned(caplog, config, args=None, pantheon=Pantheon):
    with Native(config, args or Args(engine="serial"), Trinity(pantheon, God, Sword)):
        return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"frozen": "1"}, ["population 1 is frozen without weights"]),
        ({"frozen": "0,1"}, ["populations 0, 1 are frozen without weights", "nobody learns"]),
        ({"scripts": "0=careful,1=still"}, ["nobody learns"]),
        ({"scripts": "1=still"}, []),
        ({}, []),
    ],
)
def test_a_run_says_who_stays_as_it_is(caplog, settings, said):
    found = warned(caplog, CONFIG.replace(**settings))
    assert [line.split(":")[0] for line in found] == said


def test_frozen_weights_that_were_loaded_are_no_surprise(caplog, tmp_path):
    path = str(tmp_path / "a.safetensors")
    with Native(CONFIG, Args(engine="serial")) as envs:
        envs.pantheon.save(path)
    for load, lines in ((path, 0), (f"1={path}", 0), (f"0={path}", 1)):
        caplog.clear()
        found = warned(caplog, CONFIG.replace(frozen="1"), Args(engine="serial", load=load))
        assert len(found) == lines


def test_a_resumed_run_has_said_what_its_frozen_weights_are(caplog, tmp_path):
    config, path = CONFIG.replace(frozen="1"), str(tmp_path / "run")
    with Native(config, Args(engine="serial", run=path)) as envs:
        envs.run(1, quiet=True)
    caplog.clear()
    assert warned(caplog, config, Args(engine="serial", resume=path)) == []


def test_of_weights_that_an_own_pantheon_moves_nothing_is_said(caplog):
    own = type("Own", (Pantheon,), {"__module__": "mine"})
    assert warned(caplog, CONFIG.replace(frozen="1"), pantheon=own) == []


class Own(Sword):
    """Lets population 1 do what a test says."""

    given = None

    @classmethod
    def cast(cls, config):
        return cls.given

    def collect(self, *_):
        pass


@pytest.mark.parametrize("cast", [{1: greedy}, None])
def test_a_cast_is_a_cast(cast):
    own = type("Own", (Own,), {"given": cast})
    with pytest.raises(TypeError, match=r"^Own.cast returned .*, not a Cast, for example Cast\("):
        Native(CONFIG, Args(engine="serial"), Trinity(Pantheon, God, own))


@pytest.mark.parametrize("num", [1, 99])
def test_a_script_that_answers_for_another_number_of_agents_is_named_with_both(num):
    def lonely(obs):
        return Actions.stay(num)

    own = type("Own", (Own,), {"given": Cast(2, {1: lonely})})
    said = rf"lonely, population 1: actions.move has the shape \({num},\), not \(\d+,\), one per a"
    with (
        Native(CONFIG.replace(births=6), Args(engine="serial"), Trinity(Pantheon, God, own)) as e,
        pytest.raises(WorkerError, match=said),
    ):
        e.run(1, quiet=True)


class Short(SwordBase):
    """Forgets its last agent."""

    def decide(self, obs):
        return Actions.stay(len(obs) - 1)


def test_a_sword_that_answers_for_too_few_agents_is_named_with_both_lengths():
    said = r"Short.decide: actions.move must be integers of shape \((\d)+,\), .*; it is .* of shape"
    with (
        Native(CONFIG, Args(engine="serial"), Trinity(Still, God, Short)) as envs,
        pytest.raises(WorkerError, match=said),
    ):
        envs.run(1, quiet=True)
    with pytest.raises(ActionError, match=r"^<lambda>: actions.move must be integers of shape"):
        evaluate.evaluate(CONFIG, lambda obs: Actions.stay(3), evaluate.Plan(1, 30, 0))


def test_a_script_returns_actions():
    cast = Cast(2, {1: lambda obs: None})
    own = type("Own", (Own,), {"given": cast})
    with (
        Native(CONFIG, Args(engine="serial"), Trinity(Pantheon, God, own)) as envs,
        pytest.raises(WorkerError, match="the script of population 1 returned None, not the Actio"),
    ):
        envs.run(1, quiet=True)
