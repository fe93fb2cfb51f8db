"""Estimate advantages and returns over ragged rollouts: agents are born and die at any tick.

Shape letters: N samples (an agent's tick each), T ticks, K agents alive at the end, P populations.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import lean

Array = NDArray[Any]

MIN_SAMPLES = 16  # advantages of fewer samples are not normalised
MIN_STD = 1e-3


class Course(NamedTuple):
    """Rewards, values and deaths of agents over T ticks; the samples of one tick are neighbours.

    A slot identifies an agent from one tick to the next, until it dies.
    """

    reward: Array  # float32 (N,)
    value: Array  # float32 (N,): estimates of the return, before the tick
    terminated: Array  # bool (N,): died in this tick
    slot: Array  # int32 (N,), ≥ 0; at most once in a tick
    ticks: Array  # int64 (T + 1,): samples ticks[t] … ticks[t + 1] − 1 are those of tick t


class Carry(NamedTuple):
    """Numbers that each slot hands back from a tick to the tick before."""

    value: Array  # float64 (slots,)
    advantage: Array  # float64 (slots,)
    tick: Array  # int64 (slots,): tick of these numbers


def gae(
    course: Course, last_slot: Array, last_value: Array, gamma: float, gae_lambda: float
) -> tuple[Array, Array]:
    """Estimate advantages by GAE(λ), cut at death and bootstrapped at the end of the rollout.

    δ_t = r_t + γ v_{t+1} − v_t and A_t = δ_t + γ λ A_{t+1}. An agent that dies in tick t
    (terminated) has v_{t+1} = A_{t+1} = 0. An agent still alive after the last tick (truncated) has
    v_{t+1} = its last value and A_{t+1} = 0. The return is A_t + v_t. Computed in float64.

    Args:
        course: the samples.
        last_slot: int32 (K,), slots of the agents alive after the last tick.
        last_value: float32 (K,), their values.
        gamma: γ, discount of rewards [per tick], 0 … 1.
        gae_lambda: λ, 0 (one step) … 1 (the whole discounted return).

    Returns:
        (advantages, returns), float32 (N,) each.

    Raises:
        ValueError: if the arrays do not fit together, or an agent that has not died has no sample
            in the next tick.

    Source: Schulman et al., "High-dimensional continuous control using generalized advantage
    estimation", 2016, equation 16.
    """
    N = _check(course, last_slot, last_value)
    num_slots = 1 + max((int(s.max()) for s in (course.slot, last_slot) if s.size), default=0)
    carry = Carry(np.zeros(num_slots), np.zeros(num_slots), np.full(num_slots, -1))
    advantages, returns = np.zeros(N, np.float32), np.zeros(N, np.float32)
    lost = _gae(course, last_slot, last_value, gamma, gae_lambda, carry, advantages, returns)
    if lost >= 0:
        raise ValueError(
            f"the agent of sample {lost} (slot {course.slot[lost]}) has not died, but is missing "
            "in the next tick"
        )
    return advantages, returns


def _check(course: Course, last_slot: Array, last_value: Array) -> int:
    N = len(course.reward)
    for name in ("value", "terminated", "slot"):
        if getattr(course, name).shape != (N,):
            raise ValueError(f"{name} has shape {getattr(course, name).shape}, reward ({N},)")
    ticks = course.ticks
    if ticks[0] != 0 or ticks[-1] != N or (np.diff(ticks) < 0).any():
        raise ValueError(f"ticks must rise from 0 to the number of samples ({N})")
    if last_slot.shape != last_value.shape:
        raise ValueError(f"{len(last_slot)} last slots, but {len(last_value)} last values")
    if any((s < 0).any() for s in (course.slot, last_slot)):
        raise ValueError("slots must be at least 0")
    return N


@lean
def _gae(
    course: Course,
    last_slot: Array,
    last_value: Array,
    gamma: float,
    gae_lambda: float,
    carry: Carry,
    advantages: Array,
    returns: Array,
) -> int:
    """Go through the ticks backwards. Modifies carry, advantages and returns in place.

    Returns:
        A sample whose living agent is missing in the next tick; −1: none.
    """
    T = len(course.ticks) - 1
    for k in range(len(last_slot)):
        carry.value[last_slot[k]] = last_value[k]
        carry.tick[last_slot[k]] = T
    for t in range(T - 1, -1, -1):
        for i in range(course.ticks[t], course.ticks[t + 1]):
            s = course.slot[i]
            value = np.float64(course.value[i])
            advantage = np.float64(course.reward[i]) - value
            if not course.terminated[i]:
                if carry.tick[s] != t + 1:
                    return i
                advantage += gamma * carry.value[s] + gamma * gae_lambda * carry.advantage[s]
            carry.value[s] = value
            carry.advantage[s] = advantage
            carry.tick[s] = t
            advantages[i] = advantage
            returns[i] = advantage + value
    return -1


def explained_variance(value: Array, returns: Array) -> float:
    """Say how much of the returns the values foresaw: 1 − Var(returns − value) ÷ Var(returns).

    Args:
        value: (N,), estimates.
        returns: (N,), what came.

    Returns:
        At most 1; 0 where the returns do not vary.
    """
    variance = float(returns.var(dtype=np.float64)) if len(returns) else 0.0
    if not variance:
        return 0.0
    return 1 - float((returns - value).var(dtype=np.float64)) / variance


def normalised(advantages: Array, population: Array, populations: int) -> Array:
    """Scale each population's advantages to mean 0 and standard deviation 1.

    The deviation is floored at 1e-3. Populations of fewer than 16 samples stay as they are.

    Args:
        advantages: float32 (N,).
        population: int32 (N,), 0 … P − 1.
        populations: P.

    Returns:
        float32 (N,).
    """
    samples = np.bincount(population, minlength=populations)
    count = np.maximum(samples, 1)
    mean = np.bincount(population, advantages, minlength=populations) / count
    centred = advantages - mean[population]
    variance = np.bincount(population, centred * centred, minlength=populations) / count
    std = np.maximum(np.sqrt(variance), MIN_STD)
    enough = (samples >= MIN_SAMPLES)[population]
    return np.where(enough, centred / std[population], advantages).astype(np.float32)
