"""Take some agents out of an observation."""

from dataclasses import replace
from typing import Any

import numpy as np

from forge.blade.buffers import MASKS, Rows, Sight
from forge.blade.observation import Observation


def of_agents(obs: Observation, chosen: Any) -> Observation:
    """Copy some agents' part of an observation; only the masks of the copy can be written.

    Args:
        obs: observation of N agents.
        chosen: integers (n,), the agents, ascending; a slice: all agents, and nothing is copied.
    """
    if isinstance(chosen, slice):
        return obs
    sizes = np.diff(obs.offsets)[chosen]
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    rows = np.repeat(obs.offsets[:-1][chosen] - offsets[:-1], sizes) + np.arange(offsets[-1])
    parts = {name: getattr(obs, name)[chosen] for name in Sight._fields if name != "offsets"}
    parts |= {name: getattr(obs, name)[rows] for name in Rows._fields}
    for name, part in parts.items():
        part.flags.writeable = name in MASKS
    offsets.flags.writeable = False
    return replace(obs, offsets=offsets, **parts)
