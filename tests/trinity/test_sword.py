"""The default Sword: decides within the masks, learns what pays, and does so exactly."""

import dataclasses
from itertools import chain

import numpy as np
import pytest

from forge.args import Args
from forge.blade.observation import SEEN, Actions
from forge.blade.realm import Realms
from forge.blade.tiles import Move
from forge.config import Config, ConfigError, preset
from forge.ethyr.torch.optimiser import Adam
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import ShardInfo

CONFIG = Config(
    max_agents=6, populations=2, map_size=24, border=4, radius=3, horizon=4, hidden=4, births=3,
    maps=4, passes=3, minibatches=1,
)  # fmt: skip


def make(config=CONFIG, realms=(0, 1), seed=0):
    """Make a Sword with initial weights, and its realms."""
    sword = Sword(config, Args(), ShardInfo(0, realms, np.random.default_rng(0)))
    model = sword.weights.layout.initialise(config.populations, np.random.default_rng(seed))
    sword.recv_update(model)
    return sword, model, Realms(config, seed, realms)


def play(sword, realms, ticks=None, reward=None):
    """Play a rollout."""
    for _ in range(ticks or sword.config.horizon):
        obs = realms.observation
        actions = sword.decide(obs)
        events = realms.advance(actions)
        paid = sword.reward(obs, events) if reward is None else reward(actions)
        sword.collect(obs, actions, paid, events)
        realms.bear()
    sword.end_rollout(realms.observation)


def update(config=CONFIG, **kwargs):
    """Play a rollout and give its update, copied."""
    sword, _, realms = make(config, **kwargs)
    play(sword, realms)
    return copied(sword.send_update())


def copied(found):
    return dataclasses.replace(found, gradients=found.gradients.copy())


def test_an_epoch_of_saga16_changes_every_parameter_of_the_default_network():
    config = preset("saga16").replace(horizon=16, map_size=40, births=16, hidden=8)
    with Native(config, Args(nRealm=1, engine="serial")) as envs:
        before, layout = envs.pantheon.model.copy(), envs.pantheon.layout
        envs.run(1, quiet=True)
        changed = layout.views(envs.pantheon.model != before)
    assert {"traits", "standing"} <= changed.keys()
    del changed["market"]  # whose rows change once something is offered
    assert all(parts.any() for parts in changed.values())


def test_actions_are_allowed():
    sword, _, realms = make()
    realms.reset()
    for _ in range(5):
        obs = realms.observation
        actions = sword.decide(obs)
        assert obs.can_move[np.arange(len(obs)), actions.move].all()
        attackers = np.flatnonzero(actions.style >= 0)
        rows = obs.offsets[attackers] + actions.target[attackers]
        assert obs.can_attack[rows, actions.style[attackers]].all()
        realms.step(actions)


def test_the_same_observation_gets_the_same_answer():
    sword, _, realms = make()
    first, second = (sword.decide(realms.observation) for _ in range(2))
    for field in dataclasses.fields(Actions):
        assert (getattr(first, field.name) == getattr(second, field.name)).all()


def test_two_runs_learn_the_same_to_the_bit():
    first, second = update(), update()
    assert (first.gradients == second.gradients).all()
    assert first.metrics == second.metrics
    assert np.abs(first.gradients).max() > 0


def test_samples_are_counted_by_population():
    sword, _, realms = make()
    play(sword, realms)
    found = sword.send_update()
    expected = np.bincount(sword.rollout.step("population"), minlength=2)
    assert (found.samples == expected).all()
    assert found.samples.dtype == np.int64


@pytest.mark.parametrize(("learner", "exchanges"), [("pg", 1), ("ppo", 3)])
def test_ppo_has_several_exchanges_over_one_rollout(learner, exchanges):
    assert Sword.exchanges(CONFIG.replace(learner=learner)) == exchanges


def test_every_exchange_passes_over_the_whole_rollout():
    sword, model, realms = make()
    play(sword, realms)
    first = copied(sword.send_update())
    sword.recv_update(model)
    again = sword.send_update()
    assert (first.gradients == again.gradients).all()
    assert (first.samples == again.samples).all()


def minibatches_of(sword, model, number):
    """Take so many exchanges; list which samples each learned from, by their values."""
    found, learn = [], sword._learn

    def watched(batch):
        found.append(sword.rollout.step("value")[batch.order].tolist())
        return learn(batch)

    sword._learn = watched
    for _ in range(number):
        sword.send_update()
        sword.recv_update(model)
    sword._learn = learn
    return found


def test_a_pass_learns_from_every_sample_once_in_minibatches_drawn_anew():
    sword, model, realms = make(CONFIG.replace(passes=2, minibatches=3))
    play(sword, realms)
    values = sorted(sword.rollout.step("value").tolist())
    first, second = (minibatches_of(sword, model, 3) for _ in range(2))
    assert sorted(chain.from_iterable(first)) == sorted(chain.from_iterable(second)) == values
    assert [sorted(part) for part in first] != [sorted(part) for part in second]
    assert max(map(len, first)) - min(map(len, first)) <= 1


def test_minibatches_add_up_to_the_whole():
    whole = update(CONFIG.replace(passes=1))
    sword, _, realms = make(CONFIG.replace(passes=1, minibatches=3))
    play(sword, realms)
    parts = [copied(sword.send_update()) for _ in range(3)]
    summed = sum(part.gradients.astype(np.float64) for part in parts)
    np.testing.assert_allclose(summed, whole.gradients, rtol=1e-3, atol=1e-5)
    assert (sum(part.samples for part in parts) == whole.samples).all()


def test_there_may_be_more_minibatches_than_samples():
    config = CONFIG.replace(max_agents=2, births=1, horizon=1, minibatches=50)
    sword, _, realms = make(config, realms=(0,))
    play(sword, realms)
    updates = [sword.send_update() for _ in range(50)]
    counts = [update.samples.sum() for update in updates]
    assert sum(counts) == sword.rollout.num_samples == max(counts) == 1
    assert [update.gradients is not None for update in updates] == [count > 0 for count in counts]


def test_exchanges_that_leave_samples_out_are_refused():
    class Hasty(Sword):
        @classmethod
        def exchanges(cls, config):
            return 1

    with pytest.raises(
        ConfigError, match=r"Hasty.exchanges says 1, no multiple of its minib.*\(3\)"
    ):
        Hasty(CONFIG.replace(minibatches=3), Args(), ShardInfo(0, (0,), np.random.default_rng(0)))


def test_pg_draws_no_minibatches():
    sword, _, realms = make(CONFIG.replace(learner="pg"))
    before = sword.rng.bit_generator.state
    play(sword, realms)
    assert sword.rng.bit_generator.state == before


def test_the_first_pass_of_ppo_is_that_of_pg():
    # The ratio is 1, so r A and A log π have the same gradient.
    found = [update(CONFIG.replace(learner=learner)).gradients for learner in ("pg", "ppo")]
    np.testing.assert_allclose(*found, rtol=1e-3, atol=1e-5)


def test_later_passes_compare_with_the_probabilities_of_the_rollout():
    sword, model, realms = make(CONFIG.replace(clip=0.0))
    play(sword, realms)
    first = copied(sword.send_update())
    sword.recv_update(model + 0.05 * np.random.default_rng(0).normal(size=model.shape))
    assert not np.allclose(first.gradients, sword.send_update().gradients, atol=1e-3)


def only(obs, population):
    """Keep the agents of one population, as population 0, with all rows they see."""
    kept = np.flatnonzero(obs.ent["population"] == population)
    counts = np.diff(obs.offsets)[kept]
    spans = [np.arange(obs.offsets[i], obs.offsets[i + 1]) for i in kept]
    rows = np.concatenate([np.zeros(0, int), *spans])
    changes = {"offsets": np.concatenate(([0], np.cumsum(counts)))}
    for name in SEEN.keys() - changes.keys():
        where = slice(None) if SEEN[name].by_realm else rows if SEEN[name].by_row else kept
        changes[name] = getattr(obs, name)[where].copy()
    changes["ent"]["population"] = 0
    return dataclasses.replace(obs, **changes), kept


def joined(parts, obs):
    """Put the actions of two populations back into the order of the observation."""
    arrays = []
    for name in ("move", "style", "target"):
        whole = np.zeros(len(obs), np.int32)
        for kept, actions in parts:
            whole[kept] = getattr(actions, name)
        arrays.append(whole)
    return Actions(*arrays)


def test_populations_together_are_what_they_are_apart():
    sword, model, realms = make(CONFIG.replace(horizon=12))
    apart = [make(CONFIG.replace(horizon=12, populations=1))[0] for _ in range(2)]
    for p in (0, 1):
        apart[p].recv_update(model[p : p + 1])
    for _ in range(12):
        tick_apart_and_together(sword, apart, realms)
    for p in (0, 1):
        apart[p].end_rollout(only(realms.observation, p)[0])
    sword.end_rollout(realms.observation)
    together, counts = sword.send_update(), []
    for p in (0, 1):
        alone = apart[p].send_update()
        np.testing.assert_allclose(together.gradients[p], alone.gradients[0], rtol=1e-3, atol=1e-4)
        counts.append(int(alone.samples[0]))
    assert counts == together.samples.tolist()
    assert min(counts) > 20


def tick_apart_and_together(sword, apart, realms):
    """Let both decide, check that they agree, play one tick, and store it with both."""
    obs = realms.observation
    whole = sword.decide(obs)
    views = [only(obs, p) for p in (0, 1)]
    parts = [(kept, apart[p].decide(view)) for p, (view, kept) in enumerate(views)]
    assert (joined(parts, obs).move == whole.move).all()
    assert (joined(parts, obs).target == whole.target).all()
    events = realms.advance(whole)
    reward = sword.reward(obs, events)
    sword.collect(obs, whole, reward, events)
    for p, (view, kept) in enumerate(views):
        apart[p].collect(view, parts[p][1], reward[kept], events[kept])
    realms.bear()


def test_realms_without_agents_give_no_gradient():
    sword, _, realms = make(CONFIG.replace(births=0))
    play(sword, realms)
    found = sword.send_update()
    assert found.samples.tolist() == [0, 0]
    assert found.gradients is None


def test_values_come_in_the_order_of_the_observation():
    sword, _, realms = make()
    play(sword, realms)
    obs = realms.observation
    sword.decide(obs)
    assert (sword.values(obs) == sword._decision.choice.value).all()
    assert len(obs) > 3


@pytest.mark.parametrize(("reward", "expected"), [("death", [0, -1, 0]), ("alive", [1, 1, 1])])
def test_rewards_follow_the_config(reward, expected):
    sword, _, realms = make(CONFIG.replace(reward=reward))
    events = np.zeros(3, [("died", bool)]).view(np.recarray)
    events.died[1] = True
    obs = dataclasses.replace(realms.observation, ent=np.zeros(3))
    found = sword.reward(obs, events)
    assert found.tolist() == expected
    assert found.dtype == np.float32


@pytest.mark.parametrize("learner", ["pg", "ppo"])
def test_what_pays_is_learned(learner):
    config = CONFIG.replace(learner=learner, learning_rate=0.02, horizon=8, gae_lambda=0.0)
    sword, model, realms = make(config.replace(gamma=0.0, populations=1))
    model, adam = model.copy(), Adam(1, model.shape[1], config)
    share = []
    for _ in range(25):
        play(sword, realms, reward=lambda actions: (actions.move == Move.STAY).astype(np.float32))
        share.append((sword.rollout.step("move") == Move.STAY).mean())
        learn(sword, model, adam)
    assert np.mean(share[-3:]) > 0.9 > 0.6 > np.mean(share[:2])


def learn(sword, model, adam):
    """Go through the exchanges of one epoch. Modifies model in place."""
    for _ in range(sword.exchanges(sword.config)):
        found = sword.send_update()
        adam.step(model, found.gradients, found.samples)
        sword.recv_update(model)


def test_there_is_nothing_to_hand_up_before_a_rollout():
    with pytest.raises(ValueError, match="no rollout yet"):
        make()[0].send_update()


def test_what_was_not_decided_cannot_be_collected():
    sword, _, realms = make()
    with pytest.raises(ValueError, match=r"decide did not call super\(\)\.decide"):
        sword.collect(realms.observation, Actions.stay(0), np.zeros(0), None)


def test_a_sword_reads_the_model_and_never_writes_it():
    sword, model, realms = make(CONFIG.replace(learner="pg"))
    before = model.copy()
    model.flags.writeable = False
    sword.recv_update(model)
    play(sword, realms)
    sword.send_update()
    assert (model == before).all()
