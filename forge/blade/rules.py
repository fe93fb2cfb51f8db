"""Gather the settings that kernels read, and the buffers that one tick fills.

Kernels take settings as a record, never as globals (which numba would freeze at compile time).
"""

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.config import Config
from forge.blade.observation import NUM_FEATURES
from forge.blade.state import padding, record, stored_side
from forge.blade.tiles import NUM_STYLES

Array = NDArray[Any]

RULES = record(
    ("regrowth", np.float64),
    ("map_size", np.int32),
    ("border", np.int32),
    ("pad", np.int32),
    ("radius", np.int32),
    ("shift", np.int32),  # regions have a side of 2^shift tiles
    ("lines", np.int32),  # most lines of the stored map that the observers of a region see
    ("births", np.int32),
    ("health", np.int32),
    ("food", np.int32),
    ("water", np.int32),
    ("harvest", np.int32),
    ("drink", np.int32),
    ("freeze", np.int32),
    ("immunity", np.int32),
    ("reach", np.int32, (NUM_STYLES,)),  # [tiles], by style
    ("damage", np.int32, (NUM_STYLES,)),  # by style
    ("drained", np.int32, (NUM_STYLES,)),  # ⌊damage × drain⌋, by style
    ("combat", np.bool_),
    ("friendly_fire", np.bool_),
    ("auto_target", np.bool_),
)

# What one agent is about to do, by slot.
INTENT = record(
    ("target", np.int32),  # slot of the victim
    ("index", np.int32),  # place in the observation acted on, and so in the events
    ("move", np.int8),
    ("style", np.int8),
)

# What happened to one agent in a tick, in the order of the observation it acted on.
EVENT = record(
    ("killer", np.int64),  # id; −1: none
    ("cause", np.int32),  # a Cause; ALIVE (0) if it lives on
    ("damage_dealt", np.int32),
    ("damage_taken", np.int32),
    ("hits", np.int32),  # 1 if its attack landed
    ("kills", np.int32),
    ("food_drained", np.int32),  # taken from its victim
    ("water_drained", np.int32),
    ("died", np.bool_),
    ("harvested", np.bool_),
    ("drank", np.bool_),
)


# What all observers of an agent share: one cache line of 64 bytes.
SEEN = record(
    ("features", np.float32, (NUM_FEATURES,)),  # its row; what depends on the observer is 0
    ("population", np.int32),
    ("id", np.int64),
    ("slot", np.int32),
    ("immune", np.bool_),
    ("frozen", np.bool_),
    ("spare", np.uint8, (2,)),
)

# An agent in sight of a region; see ``regions``.
MEMBER = record(
    ("agent", np.int32),  # place among the living of its realm
    ("row", np.int16),  # of the stored map
    ("col", np.int16),
)

# What one agent observes of others.
CROP = record(
    ("first", np.int64),  # place of its first row in what was found
    ("rows", np.int64),
)

# One region of the map.
REGION = record(
    ("first", np.int32),  # place of its first member
    ("members", np.int32),  # agents that its observers may see, themselves among them
    ("observers", np.int32),  # agents in it
    ("top", np.int32),  # first row of the stored map that its observers see
    ("left", np.int32),  # likewise the first column
)


ONE_REGION = 7  # maps with a side of up to 2^7 tiles are one region


class Scratch(NamedTuple):
    """Working space of a tick; holds nothing between two ticks but the policy streams' ends."""

    intents: Array  # INTENT (W, E)
    policy: Array  # uint64 (W, 4): policy streams after the draws of the current observation
    regions: Array  # REGION (G, G): of the stored map, row-major
    members: Array  # MEMBER (4 E,), region by region; E if there is one region
    sets: Array  # uint64: bit sets over the members of one region
    crops: Array  # CROP (E,): the living of one realm, by slot
    found: Array  # MEMBER: who is in the crops of one realm; Realms gives it room
    seen: Array  # SEEN (E,): the living of one realm, by slot
    steps: Array  # float32 (2R + 1,): offsets in the crop as observed
    ring: Array  # int32 (ring tiles, 2): row and column in the stored map, row-major


def rules(config: Config) -> Array:
    """Write a config's rules as a RULES record.

    Returns:
        RULES (1,).
    """
    table = np.zeros(1, RULES)
    row = table[0]
    shared = set(RULES.names or ()) & set(config.as_dict()) - {"births"}
    for name in shared:
        row[name] = getattr(config, name)
    row.births = min(config.births, config.max_agents)  # more would not fit
    row.pad = padding(config)
    row.shift = _shift(stored_side(config))
    row.lines = min(stored_side(config), (1 << row.shift) + 2 * config.radius)
    styles = ("melee", "range", "mage")
    row.reach[:] = [getattr(config, f"{style}_reach") for style in styles]
    damages = [getattr(config, f"{style}_damage") for style in styles]
    row.damage[:] = damages
    drain = Decimal(repr(config.drain))  # as it is written: in binary 100 × 0.29 is less than 29
    row.drained[:] = [int(damage * drain) for damage in damages]
    return table


def _shift(stored: int) -> int:
    """Choose the side of a region, as a power of two.

    A small map is one region. Else a region is just wider than any crop (63 tiles at most), so that
    an agent is in sight of four at most.

    Args:
        stored: side of the stored map [tiles].
    """
    return ONE_REGION if stored <= 2**ONE_REGION else 6


def regions(config: Config) -> Array:
    """Cut the stored map into regions.

    Returns:
        REGION (G, G), of which only where they are is filled in.
    """
    side, shift = stored_side(config), _shift(stored_side(config))
    count = ((side - 1) >> shift) + 1
    table = np.zeros((count, count), REGION)
    first = np.maximum(0, np.arange(count) * (1 << shift) - config.radius)
    table["top"] = first[:, None]
    table["left"] = first
    return table


def spawn_ring(map_size: int, border: int) -> Array:
    """List the tiles on which agents are born: the ring just inside the lava border.

    Returns:
        int32 (ring tiles, 2), map rows and columns, in row-major order.
    """
    is_ring = np.zeros((map_size, map_size), np.bool_)
    is_ring[border : map_size - border, border : map_size - border] = True
    is_ring[border + 1 : map_size - border - 1, border + 1 : map_size - border - 1] = False
    return np.argwhere(is_ring).astype(np.int32)


def scratch(config: Config, num_realms: int) -> Scratch:
    """Allocate the working space for W realms."""
    W, E = num_realms, config.max_agents
    cut, lines = regions(config), int(rules(config)[0].lines)
    return Scratch(
        intents=np.zeros((W, E), INTENT),
        policy=np.zeros((W, 4), np.uint64),
        regions=cut,
        members=np.zeros(E * min(4, cut.size), MEMBER),  # an agent is in sight of so many at most
        sets=np.zeros(2 * (lines + 1) * ((E + 63) // 64), np.uint64),
        crops=np.zeros(E, CROP),
        found=np.zeros(0, MEMBER),
        seen=aligned.zeros(E, SEEN),
        steps=(np.arange(-config.radius, config.radius + 1) / config.radius).astype(np.float32),
        ring=spawn_ring(config.map_size, config.border) + np.int32(padding(config)),
    )
