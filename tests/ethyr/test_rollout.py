"""Rollouts: what goes in comes out, memory is bounded, and rows double when full."""

import numpy as np
import pytest

from forge.ethyr.rollout import LESSON, STEP, Memory, Rollout, Spare, kind_of
from tests.ethyr import dense


def filled(ticks=3, agents=4, rows=None, config=dense.CHAOS, spare=None):
    """Fill a rollout; return it with the cases that went in."""
    rollout = Rollout(ticks, agents, config, spare)
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
    ragged = (inputs.others, inputs.cell, inputs.can_attack, inputs.traits, inputs.can_receive)
    single = (inputs.codes, inputs.can_move, inputs.standing, inputs.inventory, inputs.can_deal)
    single += inputs.can_trade, inputs.wealth, inputs.quest
    seen = [*(array[i] for array in single), *(array[rows] for array in ragged)]
    return [*seen, inputs.market[inputs.realm[i]]]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(
    "config",
    [
        dense.CHAOS,
        dense.SAGA,
        dense.SKILLED,
        dense.CARRYING,
        dense.WORKING,
        dense.SPEAKING_TRADERS,
        dense.QUESTING_TRADERS,
    ],
)
@pytest.mark.parametrize("rows", [None, 1, 40])
def test_samples_come_out_as_they_went_in(rows, config):
    rollout, cases = filled(rows=rows, config=config)
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


def test_more_is_kept_of_each_sample_where_it_is_asked_for_and_moves_with_it():
    more = {"memory": (np.float32, (2,))}
    rollout = Rollout(1, 4, dense.CHAOS, more=more)
    case = dense.Case(dense.CHAOS, samples=4)
    rollout.add(case.inputs, **steps(case, 0), memory=np.arange(8).reshape(4, 2))
    rollout.deal(2, np.array([1, 0, 1, 0]), 2)
    slots = rollout.step("slot")
    assert rollout.step("memory").tolist() == [[2 * k, 2 * k + 1] for k in slots]
    assert slots.tolist() != [0, 1, 2, 3]


def everything(rollout):
    """List all that is kept of each sample, by what tells it from others."""
    inputs, slots = rollout.inputs, rollout.step("slot") + 100 * rollout.step("reward")
    named = [rollout.step(name).copy() for name in (*STEP.names, *LESSON.names)]
    return {
        slot: [*map(np.copy, sample(inputs, i)), *(array[i] for array in named)]
        for i, slot in enumerate(slots)
    }


@pytest.mark.parametrize(
    "config", [dense.LAW, dense.CHAOS, dense.SKILLED, dense.TRADING, dense.QUESTING]
)
def test_dealing_keeps_all_of_every_sample(config):
    rollout, _ = filled(config=config)
    rollout.learn(np.arange(12.0), np.arange(12.0) ** 2)
    before = everything(rollout)
    for _ in range(2):
        rollout.deal(2, np.arange(12) % 3, 3)
    after = everything(rollout)
    assert before.keys() == after.keys()
    assert all(same(before[slot], after[slot]) for slot in before)


def test_a_minibatch_is_one_run_sorted_by_population_in_the_order_of_the_rollout():
    rollout, _ = filled()
    rollout.learn(np.arange(12.0), np.zeros(12))  # the order of the rollout
    minibatches = rollout.deal(2, np.arange(12) % 3, 3)
    assert np.concatenate([batch.order for batch in minibatches]).tolist() == list(range(12))
    for m, batch in enumerate(minibatches):
        numbers, population = (rollout.step(x)[batch.order] for x in ("advantage", "population"))
        assert set(numbers % 3) == {m}
        assert (np.lexsort((numbers, population)) == np.arange(4)).all()
        assert batch.bounds == [0, (population == 0).sum(), 4]


def test_dealt_samples_have_no_ticks():
    rollout, cases = filled()
    rollout.deal(2)
    with pytest.raises(ValueError, match="nothing tells their ticks"):
        rollout.course  # noqa: B018 – a property
    with pytest.raises(ValueError, match="clear it before"):
        rollout.add(cases[0].inputs, **steps(cases[0], 0))


def test_rollouts_take_turns_with_one_spare_memory():
    spare = Spare(Memory(12, dense.CHAOS))
    first, second = filled(spare=spare)[0], filled(spare=spare, rows=8)[0]
    for rollout, twin in ((first, filled()[0]), (second, filled(rows=8)[0]), (first, filled()[0])):
        for dealt in (rollout, twin):
            dealt.deal(2)
        pairs = zip(everything(rollout).values(), everything(twin).values(), strict=True)
        assert all(same(*pair) for pair in pairs)
    assert spare.num_bytes > 0


def test_a_part_may_be_empty():
    rollout, _ = filled()
    empty, full = rollout.deal(2, np.ones(12, np.int64), 2)
    assert (empty.bounds, full.bounds[-1]) == ([0, 0, 0], 12)


def test_one_part_of_one_population_is_dealt_without_a_copy():
    rollout, _ = filled(config=dense.CHAOS.replace(populations=1))
    codes = rollout.inputs.codes
    (batch,) = rollout.deal(1)
    assert np.shares_memory(batch.inputs.codes, codes)
    assert batch.order.tolist() == list(range(12))


def test_law_keeps_no_masks_of_attacks():
    assert filled(config=dense.LAW)[0].inputs.can_attack.shape == (0, 3)


def test_memories_differ_in_kind_exactly_where_their_arrays_differ():
    configs = [dense.LAW, dense.CHAOS, dense.SAGA, dense.SKILLED, dense.SKILLED.replace(npcs=4)]
    configs += [
        dense.CARRYING,
        dense.WORKING,
        dense.TRADING,
        dense.QUESTING,
        dense.CHAOS.replace(radius=3),
    ]
    kinds = {kind_of(config): Memory(5, config).num_bytes for config in configs}
    assert len(kinds) == len(set(kinds.values())) == 9
    assert kind_of(dense.CHAOS.replace(npcs=9)) == kind_of(dense.SAGA)


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
    assert rollout.deal(2)[0].bounds == [0, 0, 0]


def test_a_full_rollout_is_counted_to_the_byte():
    rollout, _ = filled(ticks=2, rows=4)  # 4 rows per sample: as many as find room at first
    offsets = np.dtype(np.int64).itemsize  # one more than samples
    assert rollout.bytes_of(8, 32) == rollout.num_bytes - offsets
    assert rollout.bytes_of(8, 32) > rollout.bytes_of(8, 31) > rollout.bytes_of(7, 31)
