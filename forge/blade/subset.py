"""Take some agents out of an observation."""

from dataclasses import replace
from typing import Any

import numpy as np

from forge.blade.buffers import BY_REALM, Rows, Sight
from forge.blade.observation import MASKS, Observation


def of_agents(obs: Observation, chosen: Any) -> Observation:
    """Copy some agents' part of an observation; only the masks of the copy can be written.

    Args:
        obs: observation of N agents.
        chosen: integers (n,), their indices, ascending; or a slice, of which slice(None) takes all
            and copies nothing.
    """
    if isinstance(chosen, slice):
        if chosen == slice(None):
            return obs
        chosen = np.arange(len(obs))[chosen]
    sizes = np.diff(obs.offsets)[chosen]
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    rows = np.repeat(obs.offsets[:-1][chosen] - offsets[:-1], sizes) + np.arange(offsets[-1])
    by_agent = set(Sight._fields) - {"offsets", *BY_REALM}
    parts = {name: getattr(obs, name)[chosen] for name in by_agent}
    parts |= {name: getattr(obs, name)[rows] for name in Rows._fields}
    for name, part in parts.items():
        part.flags.writeable = name in MASKS
    offsets.flags.writeable = False
    return replace(obs, offsets=offsets, **parts)
