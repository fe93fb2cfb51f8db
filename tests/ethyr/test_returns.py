"""Advantages and returns: hand numbers, identities, and a twin that follows one agent at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.ethyr.returns import Course, explained_variance, gae, normalised


def course(reward, value, terminated, slot, ticks):
    """Build a course from lists."""
    return Course(
        np.array(reward, np.float32),
        np.array(value, np.float32),
        np.array(terminated, bool),
        np.array(slot, np.int32),
        np.array(ticks, np.int64),
    )


def last(**values):
    """List slots and values of those alive at the end, given as s3=0.5."""
    slots = np.array([int(name[1:]) for name in values], np.int32)
    return slots, np.array(list(values.values()), np.float32)


def alone(reward, value, died):
    """Build the course of one agent in slot 0."""
    terminated = [False] * (len(reward) - 1) + [died]
    return course(reward, value, terminated, [0] * len(reward), range(len(reward) + 1))


def naive(given, last_slot, last_value, gamma, gae_lambda):
    """Follow every sample's agent forwards: A = Σ (γλ)^k δ_{t+k}."""
    tick_of = np.repeat(np.arange(len(given.ticks) - 1), np.diff(given.ticks))
    at = {(t, s): i for i, (t, s) in enumerate(zip(tick_of, given.slot, strict=True))}
    tail = dict(zip(last_slot.tolist(), last_value.tolist(), strict=True))

    def advantage(i):
        value, slot = float(given.value[i]), int(given.slot[i])
        if given.terminated[i]:
            return float(given.reward[i]) - value
        following = at.get((tick_of[i] + 1, slot))
        ahead = tail[slot] if following is None else float(given.value[following])
        rest = 0.0 if following is None else advantage(following)
        return float(given.reward[i]) - value + (gamma * ahead + gamma * gae_lambda * rest)

    return np.array([advantage(i) for i in range(len(given.slot))], np.float32)


def test_an_agent_that_died_has_nothing_to_come():
    # δ₁ = −1 − 0.5 = −1.5; δ₀ = 0 + 0.5 · 0.5 − 0.25 = 0; A₀ = 0 + 0.5 · 0.5 · −1.5 = −0.375.
    advantages, returns = gae(alone([0, -1], [0.25, 0.5], True), *last(), 0.5, 0.5)
    assert advantages.tolist() == [-0.375, -1.5]
    assert returns.tolist() == [-0.125, -1.0]


def test_an_agent_cut_off_by_the_end_is_bootstrapped():
    # δ₁ = 1 + 0.5 · 2 − 0.5 = 1.5; δ₀ = 0 + 0.5 · 0.5 − 0.25 = 0; A₀ = 0.25 · 1.5 = 0.375.
    advantages, returns = gae(alone([0, 1], [0.25, 0.5], False), *last(s0=2), 0.5, 0.5)
    assert advantages.tolist() == [0.375, 1.5]
    assert returns.tolist() == [0.625, 2.0]


def test_a_newborn_in_the_slot_of_the_dead_is_another_agent():
    # The first dies in tick 0 (A = −1 − 0); the second lives in tick 1: A = 1 + 0.5 · 4 − 0 = 3.
    two = course([-1, 1], [0, 0], [True, False], [0, 0], [0, 1, 2])
    assert gae(two, *last(s0=4), 0.5, 1.0)[0].tolist() == [-1.0, 3.0]


def test_agents_of_one_tick_do_not_mix():
    both = course([0, 0, 2, 4], [0] * 4, [False, False, True, True], [5, 1, 1, 5], [0, 2, 4])
    assert gae(both, *last(), 0.5, 1.0)[0].tolist() == [2.0, 1.0, 2.0, 4.0]


def test_with_lambda_1_the_return_is_the_discounted_sum_of_rewards():
    # 1 + 0.5 · 2 + 0.25 · 4 + 0.125 · 8 (the last value), whatever the values between.
    returns = gae(alone([1, 2, 4], [7, -3, 5], False), *last(s0=8), 0.5, 1.0)[1]
    assert returns.tolist() == [4.0, 6.0, 8.0]


def test_with_lambda_0_the_advantage_is_the_error_of_one_step():
    # δ = r + γ v' − v: 1 + 0.5 · −3 − 7, 2 + 0.5 · 5 + 3, 4 + 0.5 · 8 − 5.
    advantages = gae(alone([1, 2, 4], [7, -3, 5], False), *last(s0=8), 0.5, 0.0)[0]
    assert advantages.tolist() == [-7.5, 7.5, 3.0]


@st.composite
def courses(draw):
    """Draw a few ticks of agents that are born and die, with few distinct values."""
    value = st.sampled_from([-1.0, 0.0, 0.5, 2.0])
    reward, values, terminated, slot, ticks = [], [], [], [], [0]
    living = draw(st.sets(st.integers(0, 3)))
    for _ in range(draw(st.integers(1, 5))):
        for s in draw(st.permutations(sorted(living))):
            slot.append(s)
            reward.append(draw(value))
            values.append(draw(value))
            terminated.append(draw(st.booleans()))
        dead = {s for s, d in zip(slot[ticks[-1] :], terminated[ticks[-1] :], strict=True) if d}
        ticks.append(len(slot))
        living = (living - dead) | draw(st.sets(st.integers(0, 3)))
    tail = {f"s{s}": draw(value) for s in living}
    return course(reward, values, terminated, slot, ticks), *last(**tail)


@settings(deadline=None, max_examples=60)
@given(courses(), st.sampled_from([0.0, 0.9, 1.0]), st.sampled_from([0.0, 0.95, 1.0]))
def test_ragged_rollouts_agree_with_the_naive_twin(made, gamma, gae_lambda):
    expected = naive(*made, gamma, gae_lambda)
    advantages, returns = gae(*made, gamma, gae_lambda)
    np.testing.assert_allclose(advantages, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(returns, expected + made[0].value, rtol=1e-6, atol=1e-6)


def test_no_samples_give_no_advantages():
    assert [len(a) for a in gae(course([], [], [], [], [0, 0]), *last(), 0.9, 0.9)] == [0, 0]


def test_an_agent_lost_between_ticks_is_an_error():
    with pytest.raises(ValueError, match=r"sample 0 \(slot 7\) has not died"):
        gae(course([0], [0], [False], [7], [0, 1]), *last(s6=1), 0.9, 0.9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": np.zeros(2, np.float32)}, "value has shape"),
        ({"ticks": np.array([0, 2])}, "ticks must rise"),
        ({"slot": np.array([-1], np.int32)}, "slots must be"),
    ],
)
def test_arrays_that_do_not_fit_are_an_error(change, message):
    with pytest.raises(ValueError, match=message):
        gae(alone([0], [0], True)._replace(**change), *last(), 0.9, 0.9)


def test_last_slots_and_values_must_pair_up():
    with pytest.raises(ValueError, match="1 last slots, but 0"):
        gae(alone([0], [0], True), np.zeros(1, np.int32), np.zeros(0), 0.9, 0.9)


def test_normalised_advantages_have_mean_0_and_deviation_1():
    rng = np.random.default_rng(0)
    found = normalised(rng.normal(5, 3, 40).astype(np.float32), np.arange(40) % 2, 2)
    for p in (0, 1):
        assert found[p::2].mean() == pytest.approx(0, abs=1e-6)
        assert found[p::2].std() == pytest.approx(1, rel=1e-5)


def test_fewer_than_16_advantages_stay_as_they_are():
    population = np.array([0] * 15 + [1] * 16)
    advantages = np.arange(31, dtype=np.float32)
    found = normalised(advantages, population, 3)
    assert (found[:15] == advantages[:15]).all()
    assert abs(found[15:].mean()) < 1e-6


def test_the_deviation_is_floored():
    # Deviation 1e-4 → floored at 1e-3: ±1e-4 becomes ±0.1.
    advantages = np.array([1e-4, -1e-4] * 8, np.float32)
    found = normalised(advantages, np.zeros(16, np.int32), 1)
    np.testing.assert_allclose(found, [0.1, -0.1] * 8, rtol=1e-5)


def test_explained_variance_is_1_for_a_prophet_and_0_for_a_constant():
    returns = np.array([1, 2, 3, 6], np.float32)
    assert explained_variance(returns - 5, returns) == 1  # off by as much everywhere
    assert explained_variance(np.zeros(4, np.float32), returns) == 0
    assert explained_variance(-returns, returns) == pytest.approx(-3)  # Var(2 x) = 4 Var(x)
    assert explained_variance(returns, np.ones(4, np.float32)) == 0
    assert explained_variance(returns[:0], returns[:0]) == 0
