"""Rollouts: what goes in comes out, memory is bounded, and rows double when full."""

import numpy as np
import pytest

from forge.ethyr.inputs import num_codes
from forge.ethyr.rollout import STEP, Rollout
from tests.ethyr import dense


def filled(ticks=3, agents=4, rows=None, config=dense.CHAOS):
    """Fill a rollout; return it with the cases that went in."""
    rollout = Rollout(ticks, agents, num_codes(config.window), config.combat)
    cases = [dense.Case(config, samples=agents, seed=t, rows=rows) for t in range(ticks)]
    for t, case in enumerate(cases):
        rollout.add(case.inputs, **steps(case, t))
    return rollout, cases


def steps(case, t):
    """Make up what else belongs to a tick."""
    n = len(case.population)
    made = {name: np.full(n, t, STEP[name]) for name in STEP.names}
    return made | {"population": case.population, "slot": np.arange(n)}


def sample(inputs, i):
    """List all that was observed in one sample."""
    rows = dense.rows_of(inputs, i)
    ragged = (inputs.others, inputs.cell, inputs.can_attack)
    return [inputs.codes[i], inputs.can_move[i], *(array[rows] for array in ragged)]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("rows", [None, 1, 40])
def test_samples_come_out_as_they_went_in(rows):
    rollout, cases = filled(rows=rows)
    checked = 0
    for t, case in enumerate(cases):
        for i in range(4):
            assert same(sample(rollout.inputs, 4 * t + i), sample(case.inputs, i))
            checked += 1
    assert checked == rollout.num_samples == 12


def test_steps_come_out_tick_after_tick():
    rollout, _ = filled()
    assert rollout.step("reward").tolist() == [0.0] * 4 + [1.0] * 4 + [2.0] * 4
    assert rollout.course.slot.tolist() == [0, 1, 2, 3] * 3
    assert rollout.course.ticks.tolist() == [0, 4, 8, 12]


@pytest.mark.parametrize("config", [dense.LAW, dense.CHAOS])
def test_sorting_keeps_every_sample(config):
    rollout, _ = filled(config=config)
    batch, order = rollout.sorted_by_population(2)
    assert (batch.population == np.sort(rollout.step("population"))).all()
    assert (np.diff(order)[batch.population[1:] == batch.population[:-1]] > 0).all()
    for k, i in enumerate(order):
        assert same(sample(batch.inputs, k)[:4], sample(rollout.inputs, i)[:4])
    assert batch.bounds[-1] == len(order) == 12


def test_sorting_keeps_who_can_be_attacked():
    rollout, _ = filled()
    batch, order = rollout.sorted_by_population(2)
    for k, i in enumerate(order):
        assert same(sample(batch.inputs, k), sample(rollout.inputs, i))


def test_one_population_is_sorted_without_a_copy():
    rollout, _ = filled(config=dense.CHAOS.replace(populations=1))
    batch, order = rollout.sorted_by_population(1)
    assert np.shares_memory(batch.inputs.codes, rollout.inputs.codes)
    assert order.tolist() == list(range(12))


def test_law_keeps_no_masks_of_attacks():
    assert filled(config=dense.LAW)[0].inputs.can_attack.shape == (0, 3)


def test_rows_double_when_full_and_never_shrink():
    rollout, cases = filled(ticks=2, rows=4)  # 2 ticks × 4 agents × 4 rows: full to the brim
    before = rollout.num_bytes
    rollout.clear()
    rollout.add(cases[0].inputs, **steps(cases[0], 0))
    assert rollout.num_bytes == before
    crowded = dense.Case(dense.CHAOS, samples=4, rows=5)  # 16 + 20 rows > 32
    rollout.add(crowded.inputs, **steps(crowded, 1))
    assert rollout.num_bytes == before + 32 * (11 * 4 + 2 + 3)


def test_a_cleared_rollout_starts_anew():
    rollout, cases = filled()
    rollout.clear()
    rollout.add(cases[2].inputs, **steps(cases[2], 0))
    assert rollout.num_samples == 4
    assert same(sample(rollout.inputs, 3), sample(cases[2].inputs, 3))


def test_more_ticks_than_announced_are_an_error():
    rollout, cases = filled(ticks=2)
    with pytest.raises(ValueError, match="the rollout is full: 2 ticks, 8 samples"):
        rollout.add(cases[0].inputs, **steps(cases[0], 0))


def test_a_tick_may_be_empty():
    rollout, _ = filled(ticks=2, agents=0)
    assert rollout.num_samples == 0
    assert rollout.course.ticks.tolist() == [0, 0, 0]
    assert rollout.sorted_by_population(2)[0].bounds == [0, 0, 0]
