"""Lay out the working space of observing: intermediate results that nobody keeps."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.categories import NUM_TRAITS
from forge.blade.features import FEATURES
from forge.blade.items import NUM_ITEMS
from forge.blade.observation import num_draws
from forge.blade.packing import packable
from forge.blade.records import AGENT, record
from forge.blade.skills import HIGHEST
from forge.blade.state import stored_side
from forge.config import Config

Array = NDArray[Any]

# The features of an agent that all its observers share: one cache line of 64 bytes. It begins with
# the row about the agent, in which features that depend on the observer are 0.
ABOUT = record(
    *((feature.name, np.float32) for feature in FEATURES),
    ("population", np.int32),
    ("id", np.int64),
    ("slot", np.int32),
    ("immune", np.bool_),
    ("frozen", np.bool_),
    ("can_take", np.bool_),  # whether it has room for a piece; only with market
    ("can_earn", np.bool_),  # whether its purse has room for gold
)

# An agent in sight of a region; see ``regions``.
MEMBER = record(
    ("agent", np.int32),  # index among the living of its realm
    ("row", np.int16),  # of the stored map
    ("col", np.int16),
)

# The agents in one agent's crop.
VIEW = record(
    ("first", np.int64),  # index of its first row in Space.found
    ("rows", np.int64),
)

# The offers of one kind and level together.
ASK = record(
    ("number", np.int32),
    ("price", np.int32),  # the lowest; 0: there is none
    ("seller", np.int32),  # slot of who asks it, the first if several do; 0 if nobody does
    ("next", np.int32),  # the lowest price of anybody else; 0: nobody else offers
)

# One region of the map.
REGION = record(
    ("first", np.int32),  # index of its first member
    ("members", np.int32),  # agents that its observers may see, including the observers
    ("observers", np.int32),  # agents in it
    ("top", np.int32),  # first row of the stored map that its observers see
    ("left", np.int32),  # first column of the stored map that they see
)

ONE_REGION = 7  # maps with a side of up to 2^7 tiles are one region
FEW, ONE_REGION_OF_FEW = 256, 8  # where at most so many entities can live, up to 2^8 tiles


@packable(lambda: allocate(Config()))
class Space(NamedTuple):
    """Working space of an observation; nothing in it outlasts one."""

    streams: Array  # uint64 (choices, 4): the stream of each choice in one realm, to draw from
    regions: Array  # REGION (G, G): of the stored map, row-major
    members: Array  # MEMBER (4 E,), region by region; E if there is one region
    sets: Array  # uint64: bit sets over the members of one region
    crops: Array  # VIEW (A,): the living agents of one realm, by slot
    found: Array  # MEMBER: the agents in the crops of one realm; see ``with_room``
    about: Array  # ABOUT (E,): the living of one realm, by slot
    everyone: Array  # AGENT (E,): the same, where there are NPCs; agents first
    traits: Array  # uint8 (E, 3): their kind, level and style
    steps: Array  # float32 (2R + 1,): offsets in the crop as observed
    asks: Array  # ASK (kinds, 1 + levels): the market of one realm; empty without one


def allocate(config: Config) -> Space:
    """Allocate the working space, without room yet for the agents found in crops."""
    A, E, cut = config.max_agents, config.slots, cut_map(config)
    return Space(
        streams=np.zeros((num_draws(config), 4), np.uint64),
        regions=cut,
        members=np.zeros(E * min(4, cut.size), MEMBER),  # an agent is in sight of 4 regions at most
        sets=np.zeros(2 * (lines(config) + 1) * ((E + 63) // 64), np.uint64),
        crops=np.zeros(A, VIEW),
        found=np.zeros(0, MEMBER),
        about=aligned.zeros(E, ABOUT),
        everyone=aligned.zeros(E if config.npcs else 0, AGENT),
        traits=np.zeros((E if config.varied else 0, NUM_TRAITS), np.uint8),
        steps=(np.arange(-config.radius, config.radius + 1) / config.radius).astype(np.float32),
        asks=asks(config),
    )


def asks(config: Config) -> Array:
    """Allocate room to sum up the market of a realm: ASK (kinds, 1 + levels)."""
    return np.zeros((NUM_ITEMS, 1 + HIGHEST) if config.market else (0, 0), ASK)


def with_room(space: Space, rows: int) -> Space:
    """Make sure that this many agents can be found in the crops of one realm."""
    if len(space.found) >= rows:
        return space
    return space._replace(found=aligned.zeros(rows, MEMBER))


def shift(config: Config) -> int:
    """Choose the side of a region, as a power of two.

    A small map is one region, and so is a larger one where so few can live that their sets are
    short. Otherwise a region is just wider than any crop (63 tiles at most), so that an agent is in
    sight of at most four regions.
    """
    side = stored_side(config)
    if side <= 2**ONE_REGION:
        return ONE_REGION
    return ONE_REGION_OF_FEW if side <= 2**ONE_REGION_OF_FEW and config.slots <= FEW else 6


def lines(config: Config) -> int:
    """Count the lines of the stored map that the observers of a region see, at most."""
    return min(stored_side(config), (1 << shift(config)) + 2 * config.radius)


def cut_map(config: Config) -> Array:
    """Cut the stored map into regions.

    Returns:
        REGION (G, G), with only ``top`` and ``left`` filled in.
    """
    side = 1 << shift(config)
    count = (stored_side(config) - 1) // side + 1
    table = np.zeros((count, count), REGION)
    first = np.maximum(0, np.arange(count) * side - config.radius)
    table["top"] = first[:, None]
    table["left"] = first
    return table
