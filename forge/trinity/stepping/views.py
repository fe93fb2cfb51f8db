"""Cut the data on a group's stage into the parts of its realms."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from forge.blade.buffers import BY_REALM, Part, Rows, Sight
from forge.blade.observation import Observation
from forge.blade.records import record, widened
from forge.trinity.stepping.stage import Report, Stage
from forge.trinity.trinity import Array


@lru_cache
def ended_in(life: "np.dtype[Any]") -> "np.dtype[Any]":
    """Describe a life that has ended: all columns of its record, and the reward of its last tick.

    Args:
        life: dtype of the record, as ``life_in`` says.
    """
    columns = ((name, life[name]) for name in life.names or ())
    return record(*columns, ("last_reward", np.float32))


def observations(stage: Stage, report: Report, num_realms: int) -> list[Observation]:
    """Make an Observation for each realm of a group; only ``realm`` and ``offsets`` are copies.

    As in the observations of Realms, only the masks can be written.
    """
    (sight, rows), n = stage.seen[report.half], report.num_agents
    bounds = np.searchsorted(sight.realm[:n], np.arange(num_realms + 1)).tolist()
    return [_observation(sight, rows, slice(*cut), w) for w, cut in enumerate(pairwise(bounds))]


def _observation(sight: Sight, rows: Rows, agents: slice, w: int) -> Observation:
    offsets = sight.offsets[agents.start : agents.stop + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    alone, counted = np.zeros(len(offsets) - 1, np.int32), offsets - first
    for array in (alone, counted):
        array.flags.writeable = False
    part = Part(sight, rows, agents, slice(first, last), slice(w, w + 1))
    return Observation.found(part.cut, realm=alone, offsets=counted, num_realms=1)


def gains(stage: Stage, report: Report, num_realms: int) -> list[Array]:
    """View what was done for quests in the last tick, by the agents that are observed.

    Returns:
        For each realm of a group float32 (N,); nothing in worlds without quests.
    """
    if not stage.config.quests:
        return []
    found, realm = stage.gains[report.half], stage.sights[report.half].realm[: report.num_agents]
    bounds = np.searchsorted(realm, np.arange(num_realms + 1)).tolist()
    return [found[a:b] for a, b in pairwise(bounds)]


def ended(
    stage: Stage, report: Report, numbers: tuple[int, ...], last_reward: float
) -> list[Array]:
    """Copy the lives that ended in the last tick: records (k,) of each realm of a group.

    ``last_reward`` is the rule's reward at death, without what was done for quests.
    """
    lives = stage.lives[report.half][: report.num_lives]
    records = widened(lives, ended_in(lives.dtype))
    if not len(lives):
        return [records.view(np.recarray)] * len(numbers)
    records["last_reward"] = last_reward
    if stage.config.quests:
        last = stage.last_gains[report.half][: len(lives)]
        records["last_reward"] += stage.config.quest_weight * last
    order = np.searchsorted(lives["realm"], (*numbers, numbers[-1] + 1)).tolist()
    return [records[a:b].view(np.recarray) for a, b in pairwise(order)]


def size(stage: Stage, report: Report) -> int:
    """Add up the bytes written on the stage for a tick."""
    sight = stage.sights[report.half]._asdict()
    of_realms = [sight.pop(name) for name in BY_REALM]
    return (
        report.num_agents * row_bytes(sight.values())
        + stage.num_realms * row_bytes(of_realms)
        + report.num_rows * row_bytes(stage.rows[report.half])
        + report.num_lives * stage.lives[report.half].itemsize
        + report.num_agents * row_bytes((stage.gains[report.half],))
        + report.num_lives * row_bytes((stage.last_gains[report.half],))
    )


def row_bytes(buffers: Iterable[Array]) -> int:
    """Add up the size of one row of each buffer [bytes]."""
    return sum(array.strides[0] for array in buffers if array.size)
