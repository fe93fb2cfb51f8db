"""Fit matches into the time that is left: time some of them, and reckon how long all can be.

Several processes play them at the same time.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, NamedTuple

from forge.trinity.engines.serving import die_with_parent

TIMED = 400  # ticks of a match that is timed
SPARE = 0.05  # of the time of matches, for what was not foreseen


class Cost(NamedTuple):
    """What a match of some kind takes of a process [s]."""

    agents: int  # most of its world
    least: float  # however short it is
    tick: float  # each tick


def cost(agents: int, play: Callable[[int], object]) -> Cost:
    """Time a match.

    Args:
        agents: most of its world.
        play: plays it, of so many agent-ticks (ticks × agents) on each map.
    """
    taken = []
    for ticks in (1, 1, TIMED):  # the first also loads the program
        begun = time.monotonic()
        play(ticks * agents)
        taken.append(time.monotonic() - begun)
    return Cost(agents, taken[1], max(0.0, taken[2] - taken[1]) / (TIMED - 1))


def fitting(costs: Sequence[tuple[Cost, int]], seconds: float, least: int) -> int:
    """Find the agent-ticks of a match with which all matches take some time.

    Equation: seconds = Σ_kinds number × (least + agent-ticks ÷ agents × tick).

    Args:
        costs: of each kind of matches, and their number.
        seconds: of all processes together.
        least: agent-ticks, where the time is too short.
    """
    always = sum(number * each.least for each, number in costs)
    more = sum(number * each.tick / each.agents for each, number in costs)
    return max(least, int((seconds - always) / more)) if more else least


def length(
    cost_of: Callable[[Any], Cost], kinds: Mapping[Any, int], seconds: float, workers: int,
    least: int,
) -> int:  # fmt: skip
    """Time a match of each kind, and find how long all can be in the rest of the time.

    Args:
        cost_of: times a match; sent to processes.
        kinds: matches of which many are alike, and how many.
        seconds: for all matches, those that are timed too.
        workers: processes.
        least: as of ``fitting``.

    Returns:
        Agent-ticks of a match.
    """
    begun = time.monotonic()
    with processes(workers) as run:
        costs = [*run(cost_of, kinds)]
    left = (1 - SPARE) * workers * (seconds - (time.monotonic() - begun))
    return fitting([*zip(costs, kinds.values(), strict=True)], left, least)


@contextmanager
def processes(workers: int) -> Iterator[Callable[..., Iterable[Any]]]:
    """Give what maps a function over arguments, by so many processes; one is this one."""
    with ProcessPoolExecutor(workers, get_context("spawn"), die_with_parent) as pool:
        yield map if workers == 1 else pool.map
