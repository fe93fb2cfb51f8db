"""Lay out the state of realms: arrays with a leading realm axis, and nothing else.

Shape letters: W realms, E entity slots, P populations, S side of the stored map, B words of a
bit set over the map's tiles. A copy of these arrays is a copy of everything; ``digest`` covers
all of them.
"""

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.config import Config
from forge.blade.streams import POLICY, WORLD, Owner, stream
from forge.blade.tiles import NUM_STYLES, NUM_TILES, Tile

Array = NDArray[Any]


def record(*columns: tuple[Any, ...]) -> "np.dtype[Any]":
    """Build an aligned record dtype whose rows have attributes (``row.health``).

    Records of a state have no padding: a copy need not keep its bytes, a digest would see them.
    """
    return np.dtype((np.record, np.dtype(list(columns), align=True)))


# One living individual as others observe it: one cache line of 64 bytes.
AGENT = record(
    ("id", np.int64),  # 0, 1, 2 … in order of birth in its realm; never used twice
    ("food_empty", np.int64),  # tick in which food last became 0
    ("water_empty", np.int64),  # tick in which water last became 0
    ("population", np.int32),  # 0 … P − 1
    ("slot", np.int32),  # 0 … E − 1
    ("age", np.int32),  # ticks lived
    ("health", np.int32),  # 0 … config.health
    ("food", np.int32),  # 0 … config.food
    ("water", np.int32),  # 0 … config.water
    ("freeze", np.int32),  # ticks in which it cannot move
    ("damage", np.int32),  # damage taken in the last tick
    ("row", np.int16),  # from the north edge of the map
    ("col", np.int16),  # from the west edge of the map
    ("alive", np.bool_),  # False: the slot is free and all else is 0
    ("spare", np.uint8, (3,)),  # always 0; see record
)

# What a life leaves behind; kept up to date while it lasts.
LIFE = record(
    ("id", np.int64),
    ("birth_tick", np.int64),
    ("death_tick", np.int64),  # −1 while alive
    ("killer", np.int64),  # id of the agent that slew it; −1: none
    ("realm", np.int32),
    ("population", np.int32),
    ("lifetime", np.int32),  # ticks lived, the one it died in included
    ("cause", np.int32),  # a Cause
    ("map", np.int32),  # number of the realm's map
    ("ticks_on", np.int32, (NUM_TILES,)),  # ticks spent on each kind of tile
    ("distinct", np.int32, (NUM_TILES,)),  # distinct tiles visited, by their kind at first visit
    ("harvests", np.int32),
    ("drinks", np.int32),
    ("kills", np.int32),
    ("food_drained", np.int32),  # taken from others
    ("water_drained", np.int32),
    ("hits_dealt", np.int32, (NUM_STYLES,)),
    ("hits_taken", np.int32, (NUM_STYLES,)),
    ("damage_dealt", np.int32, (NUM_STYLES,)),
    ("damage_taken", np.int32, (NUM_STYLES,)),
)

# Counters of one realm.
CLOCK = record(
    ("tick", np.int64),  # ticks since reset
    ("next_id", np.int64),  # id of the next newborn
    ("realm", np.int32),  # its number in the run
    ("living", np.int32),
    ("top", np.int32),  # one more than the highest living slot
    ("scrubs", np.int32),  # tiles in the regrowth list
    ("map", np.int32),  # number of its map
    ("forests", np.int32),  # forest tiles on the fresh map
)

# Totals of one population in one realm since reset.
TALLY = record(
    ("births", np.int64),
    ("deaths", np.int64),
    ("agent_ticks", np.int64),
    ("harvests", np.int64),
    ("drinks", np.int64),
    ("kills", np.int64),
    ("lifetimes", np.int64),  # sum over completed lives
    ("living", np.int64),
)


class State(NamedTuple):
    """Everything about W realms. ``pad`` tiles of lava surround the stored maps (see Realms)."""

    agents: Array  # AGENT (W, E)
    lives: Array  # LIFE (W, E): the running record of each living agent
    tiles: Array  # uint8 (W, S, S)
    crowd: Array  # uint16 (W, S, S): agents on each tile
    scrub: Array  # int32 (W, S × S): tiles to regrow, in the order of their harvest
    visits: Array  # uint32 (W, P, S, S): agent-ticks spent on each tile
    seen: Array  # uint64 (W, E, B): tiles each living agent has been on; B = 0 where not counted
    clock: Array  # CLOCK (W,)
    tally: Array  # TALLY (W, P)
    streams: Array  # uint64 (W, 2, 4): the world's and the policy's generator


def padding(config: Config) -> int:
    """Say how many tiles of lava surround stored maps, so that no crop leaves the array."""
    return max(0, config.radius - config.border)


def stored_side(config: Config) -> int:
    """Say how many tiles a side of the stored maps has."""
    return config.map_size + 2 * padding(config)


def layout(config: Config, num_realms: int) -> dict[str, tuple[tuple[int, ...], Any]]:
    """Say what shape and dtype each array of the state of W realms has."""
    W, E, P = num_realms, config.max_agents, config.populations
    S = stored_side(config)
    B = (S * S + 63) // 64 if config.counts_distinct_tiles else 0
    return {
        "agents": ((W, E), AGENT),
        "lives": ((W, E), LIFE),
        "tiles": ((W, S, S), np.dtype(np.uint8)),
        "crowd": ((W, S, S), np.dtype(np.uint16)),
        "scrub": ((W, S * S), np.dtype(np.int32)),
        "visits": ((W, P, S, S), np.dtype(np.uint32)),
        "seen": ((W, E, B), np.dtype(np.uint64)),
        "clock": ((W,), CLOCK),
        "tally": ((W, P), TALLY),
        "streams": ((W, 2, 4), np.dtype(np.uint64)),
    }


def allocate(config: Config, seed: int, indices: list[int], maps: Array) -> State:
    """Make the state of empty realms.

    Args:
        config: the settings.
        seed: master seed.
        indices: number of each realm in the run, which its streams derive from.
        maps: uint8 (W, config.map_size, config.map_size), the fresh map of each realm.
    """
    about = layout(config, len(indices))
    state = State(**{name: aligned.zeros(shape, dtype) for name, (shape, dtype) in about.items()})
    pad, size = padding(config), config.map_size
    state.tiles[...] = Tile.LAVA
    state.tiles[:, pad : pad + size, pad : pad + size] = maps
    state.clock["realm"] = indices
    state.clock["forests"] = (maps == Tile.FOREST).sum(axis=(1, 2))
    for stream_, index in zip(state.streams, indices, strict=True):
        stream_[WORLD] = stream(seed, Owner.WORLD, index)
        stream_[POLICY] = stream(seed, Owner.POLICY, index)
    return state


def copy(state: State) -> State:
    """Copy all arrays."""
    return State(*(array.copy() for array in state))


def digest(state: State) -> str:
    """Hash all arrays (blake2b over names, shapes and bytes).

    Returns:
        32 hexadecimal digits; equal exactly if everything is.
    """
    total = hashlib.blake2b(digest_size=16)
    for name, array in zip(State._fields, state, strict=True):
        total.update(f"{name}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).view(np.uint8).data)
    return total.hexdigest()
