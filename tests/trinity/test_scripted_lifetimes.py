"""Scripted agents live as long as docs/world.md states: the check that the rules are right."""

import pytest

from forge.blade import preset
from forge.blade.scripted import SCRIPTED
from forge.trinity.evaluate import Plan, evaluate
from tests.jit import compiled

# Mean lifetime [ticks] in Law, (lowest, highest) by the cap on agents.
RANGES = {
    "random": {16: (10, 13), 32: (10, 13), 64: (10, 13), 128: (10, 13)},
    "careful": {16: (43, 49), 32: (42, 48), 64: (41, 47), 128: (41, 47)},
    "greedy": {16: (1500, 18_000), 32: (600, 2500), 64: (180, 330), 128: (95, 140)},
}
CELLS = [(agents, cap) for agents, caps in RANGES.items() for cap in caps]
SOON = [("random", 16), ("careful", 16), ("careful", 128), ("greedy", 128)]


def is_in_range(agents: str, cap: int, plan: Plan) -> bool:
    low, high = RANGES[agents][cap]
    return low <= evaluate(preset(f"law{cap}"), SCRIPTED[agents], plan)["mean_lifetime"] <= high


@compiled
@pytest.mark.parametrize(("agents", "cap"), SOON)
def test_lifetimes_are_in_range(agents, cap):
    assert is_in_range(agents, cap, Plan(warmup=500, ticks=1000))


@compiled
@pytest.mark.slow
@pytest.mark.parametrize(("agents", "cap"), CELLS)
def test_lifetimes_are_in_range_on_the_whole_table(agents, cap):
    assert is_in_range(agents, cap, Plan())
