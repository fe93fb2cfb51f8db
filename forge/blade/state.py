"""Lay out the state of realms: arrays with a leading realm axis, and nothing else.

A copy of these arrays is a complete copy of the realms, and ``digest`` covers all of them.

Shape letters: W realms, E entity slots, A of these for agents, P populations, S side of the stored
map, B words of a bit set over the map's tiles, O offers of a market.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.added import ADDED, OF_AGENTS, none_of
from forge.blade.packing import packable
from forge.blade.records import AGENT, CLOCK, LIFE, TALLY
from forge.blade.streams import POLICY, WORLD, Owner, stream
from forge.blade.tiles import Tile
from forge.blade.trades import GOLD
from forge.config import Config

Array = NDArray[Any]


@packable(lambda: blank(Config(), 0))
class State(NamedTuple):
    """The complete state of W realms. ``padding`` tiles of lava surround the stored maps.

    The slots of agents come first, those of NPCs after them. The arrays of systems that are off are
    empty: they are no part of snapshots and digests.
    """

    agents: Array  # AGENT (W, E): agents and NPCs
    lives: Array  # LIFE (W, A): the running record of each living agent
    tiles: Array  # uint8 (W, S, S)
    crowd: Array  # uint16 (W, S, S): agents and NPCs on each tile
    scrub: Array  # int32 (W, S × S): tiles to regrow, in the order of their harvest
    visits: Array  # uint32 (W, P, S, S): agent-ticks spent on each tile
    seen: Array  # uint64 (W, A, B): tiles each living agent has been on; B = 0 where not counted
    clock: Array  # CLOCK (W,)
    tally: Array  # TALLY (W, P)
    streams: Array  # uint64 (W, 2, 4): the world's and the policy's generator
    npcs: Array = none_of("npcs")  # NPC (W, E − A)
    skills: Array = none_of("skills")  # SKILLS (W, A)
    bags: Array = none_of("bags")  # BAG (W, A)
    ledger: Array = none_of("ledger")  # LEDGER (W, kinds of items and, with market, gold)
    crafts: Array = none_of("crafts")  # CRAFT (W, A)
    yields: Array = none_of("yields")  # YIELD (W, kinds of items)
    purses: Array = none_of("purses")  # PURSE (W, A)
    offers: Array = none_of("offers")  # OFFER (W, O): in order of age
    said: Array = none_of("said")  # uint8 (W, A): the word of the last tick
    quests: Array = none_of("quests")  # QUEST (W, A)


def padding(config: Config) -> int:
    """Count the tiles of lava around a stored map, which keep every crop inside the array."""
    return max(0, config.radius - config.border)


def stored_side(config: Config) -> int:
    """Measure the side of the stored maps [tiles]."""
    return config.map_size + 2 * padding(config)


def layout(config: Config, num_realms: int) -> dict[str, tuple[tuple[int, ...], Any]]:
    """List the shape and dtype of each array that the state of W realms holds (see ``held``)."""
    W, E, A, P = num_realms, config.slots, config.max_agents, config.populations
    S = stored_side(config)
    B = (S * S + 63) // 64 if config.counts_distinct_tiles else 0
    about = {
        "agents": ((W, E), AGENT),
        "lives": ((W, A), LIFE),
        "tiles": ((W, S, S), np.dtype(np.uint8)),
        "crowd": ((W, S, S), np.dtype(np.uint16)),
        "scrub": ((W, S * S), np.dtype(np.int32)),
        "visits": ((W, P, S, S), np.dtype(np.uint32)),
        "seen": ((W, A, B), np.dtype(np.uint64)),
        "clock": ((W,), CLOCK),
        "tally": ((W, P), TALLY),
        "streams": ((W, 2, 4), np.dtype(np.uint64)),
    }
    added = {name: ((W, it.rows_in(config)), it.dtype) for name, it in ADDED.items()}
    return about | {name: it for name, it in added.items() if it[0][1]}


def held(state: State) -> dict[str, Array]:
    """List the arrays of a state by name, without those of systems that are off."""
    arrays = state._asdict()
    return {name: it for name, it in arrays.items() if name not in ADDED or it.size}


def made(arrays: Mapping[str, Array], num_realms: int) -> State:
    """Make a state of the arrays that ``held`` lists, or ``layout``.

    Args:
        arrays: by name.
        num_realms: W.
    """
    off = {name: np.zeros((num_realms, 0), it.dtype) for name, it in ADDED.items()}
    return State(**off | dict(arrays))


def blank(config: Config, num_realms: int) -> State:
    """Make a state of zeros for W realms."""
    about = layout(config, num_realms).items()
    return made({name: aligned.zeros(shape, dtype) for name, (shape, dtype) in about}, num_realms)


def one_realm(state: State, w: int) -> State:
    """View one realm of a batch as a batch of one."""
    return State(*(array[w : w + 1] for array in state))


def agents_of(state: State, w: int) -> Array:
    """View the agents' slots of a realm, without those of NPCs: AGENT (A,)."""
    agents: Array = state.agents[w, : state.lives.shape[1]]
    return agents


def allocate(config: Config, seed: int, indices: list[int], maps: Array) -> State:
    """Make the state of empty realms.

    Args:
        config: the settings.
        seed: master seed.
        indices: number of each realm in the run; its streams derive from it.
        maps: uint8 (W, config.map_size, config.map_size), the fresh map of each realm.
    """
    state = blank(config, len(indices))
    for w, terrain in enumerate(maps):
        _lay(state, w, terrain)
    state.clock["realm"] = indices
    for stream_, index in zip(state.streams, indices, strict=True):
        stream_[WORLD] = stream(seed, Owner.WORLD, index)
        stream_[POLICY] = stream(seed, Owner.POLICY, index)
    return state


def put_on_map(state: State, w: int, number: int, terrain: Array) -> None:
    """Empty a realm and put it on another map; its ticks, ids, totals and streams go on.

    Modifies state in place.

    Args:
        state: of all realms.
        w: index of the realm.
        number: of the map.
        terrain: uint8 (map_size, map_size), the fresh map.
    """
    empty(state, w)
    _lay(state, w, terrain)
    for array in (state.scrub, state.visits):
        array[w] = 0
    state.clock["scrubs"][w] = 0
    state.clock["map"][w] = number


def empty(state: State, w: int) -> None:
    """Let nobody live in a realm. Modifies state in place."""
    _count_carried(state, w)
    for name in ("agents", "lives", "crowd", "seen", "offers", *OF_AGENTS):
        array: Array = getattr(state, name)
        array[w] = np.zeros((), array.dtype)
    births = state.npcs["births"][w].copy()
    state.npcs[w] = np.zeros((), state.npcs.dtype)
    state.npcs["births"][w] = births  # no id is used twice
    for name in ("living", "top"):
        state.clock[name][w] = 0
    state.tally["living"][w] = 0


def _count_carried(state: State, w: int) -> None:
    """Enter what the agents of a realm have as buried with them. Modifies state in place."""
    for kind in range(state.ledger.shape[1]):
        here = state.bags["kind"][w] == kind
        offered = state.offers["kind"][w] == kind
        pieces = state.bags["quantity"][w][here].sum() + offered.sum() * (kind > 0)
        state.ledger["buried"][w, kind] += pieces
    if state.purses.size:
        state.ledger["buried"][w, GOLD] += state.purses["gold"][w].sum()


def _lay(state: State, w: int, terrain: Array) -> None:
    """Lay a fresh map into a realm, with lava around it. Modifies state in place."""
    pad, size = (state.tiles.shape[1] - len(terrain)) // 2, len(terrain)
    state.tiles[w] = Tile.LAVA
    state.tiles[w, pad : pad + size, pad : pad + size] = terrain
    state.clock["forests"][w] = (terrain == Tile.FOREST).sum()


def copy(state: State) -> State:
    """Copy all arrays."""
    return State(*(array.copy() for array in state))


def digest(state: State) -> str:
    """Hash all arrays that are held (blake2b over names, shapes and bytes).

    Returns:
        32 hexadecimal digits; two digests are equal exactly if the states are.
    """
    total = hashlib.blake2b(digest_size=16)
    for name, array in held(state).items():
        total.update(f"{name}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).view(np.uint8).data)
    return total.hexdigest()
