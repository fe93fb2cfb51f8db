"""Check a restored state for everything on which the kernels rely: they check no bounds themselves.

A checkpoint's checksum shows that a file is unchanged, not that its numbers make a possible world.
With an agent outside the map, for example, kernels would read and write outside of their arrays.
Values that can be derived from others are compared with them, so that hardly an edit goes unseen.

Shape letters: W realms, E entity slots, N living agents, K living NPCs, P populations, S side of
the stored map.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forge.blade.added import OF_AGENTS
from forge.blade.bagcheck import check_items
from forge.blade.bounds import MOST as MOST
from forge.blade.bounds import Bounds, all_within, check_columns, within
from forge.blade.bounds import SnapshotError as SnapshotError
from forge.blade.craftcheck import by_kind, check_crafts
from forge.blade.fightcheck import check_fights, check_skills, most_damage
from forge.blade.maprules import BIRTH_TILES, MapError, check
from forge.blade.npccheck import check_npcs
from forge.blade.numbers import LARGEST_INDEX
from forge.blade.professions import SPENT
from forge.blade.questcheck import check_quests
from forge.blade.records import AGENT_COLUMNS, valued
from forge.blade.state import Array, State, layout, made, padding
from forge.blade.tiles import Cause, Tile, safe_in
from forge.config import Config
from forge.errors import shown

_HARVESTED = (Tile.SCRUB, *SPENT)  # kinds of tiles that regrow
_BITS = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)


def checked(arrays: Mapping[str, Array], config: Config, numbers: Sequence[int]) -> State:
    """Check a snapshot.

    Args:
        arrays: the arrays of a State, by name.
        config: settings of the realms.
        numbers: numbers of the W realms, for messages.

    Returns:
        The same arrays, or contiguous copies of them.

    Raises:
        SnapshotError: names realm, position and value of the first fault, and the allowed values.
    """
    state = _shaped(arrays, config, len(numbers))
    for w, number in enumerate(numbers):
        try:
            _check_realm(State(*(array[w] for array in state)), config)
        except SnapshotError as error:
            raise SnapshotError(f"no such world can be: realm {number}, {error}") from None
    return state


def _shaped(arrays: Mapping[str, Array], config: Config, num_realms: int) -> State:
    """Refuse arrays of other shapes or types."""
    if not isinstance(arrays, Mapping):
        raise SnapshotError(f"a snapshot is a dict of arrays, not {shown(arrays)}")
    state, expected = {}, layout(config, num_realms)
    for name in arrays:
        if name not in expected:
            raise SnapshotError(f"a snapshot holds no {shown(name)}")
    for name, (shape, dtype) in expected.items():
        given = arrays.get(name)
        if not isinstance(given, np.ndarray):
            raise SnapshotError(f"snapshot is of other realms: {name} is missing")
        if given.shape != shape or given.dtype != dtype:
            raise SnapshotError(
                f"snapshot is of other realms: {name} is {_described(given.dtype)} {given.shape}, "
                f"not {_described(dtype)} {shape}"
            )
        state[name] = np.require(given, requirements=["C", "A", "E"])
    return made(state, num_realms)


def _described(dtype: "np.dtype[Any]") -> str:
    return str(dtype) if dtype.names is None else f"a record of {dtype.itemsize} bytes"


def _check_realm(state: State, config: Config) -> None:
    """Check one realm; each check relies on the earlier ones."""
    slots, of_npcs = _check_slots(state)
    _check_counters(state, config, slots)
    _check_agents(state, config, slots)
    if config.professions:
        check_crafts(state, slots)
    _check_lives(state, slots)
    check_fights(state, config, slots)
    if config.skills:
        check_skills(state, slots)
    if config.items:
        check_items(state, slots)
    if config.quests:
        check_quests(state, config, slots)
    if config.words:
        within("said", state.said[slots], (0, config.words), slots)
    if config.npcs:
        check_npcs(state, config, of_npcs)
    _check_map(state, config, np.concatenate([slots, of_npcs]))
    _check_scrub(state)
    _check_visits(state, config)


def _check_slots(state: State) -> tuple[Array, Array]:
    """Find the living slots, and check that all other slots are empty.

    Returns:
        The slots of the living agents, int64 (N,), and those of the living NPCs, int64 (K,).
    """
    first = len(state.lives)  # slot of an NPC
    alive = state.agents["alive"].view(np.uint8)
    within("agents", alive, (0, 1), np.arange(len(alive)), "alive")
    free, slots = np.flatnonzero(alive == 0), np.flatnonzero(alive)
    _check_empty("agents", state.agents, free)
    free = free[free < first]
    for name in ("lives", "seen", *OF_AGENTS):
        if len(array := getattr(state, name)):
            _check_empty(name, array, free)
    return slots[slots < first], slots[slots >= first]


def _check_empty(group: str, array: Array, free: Array) -> None:
    """Check that nothing is written where nobody lives."""
    if array.dtype.names is None:
        within(group, array[free], (0, 0), free)
    else:
        check_columns(group, array[free], all_within(array, 0, 0), free)


def _check_counters(state: State, config: Config, slots: Array) -> None:
    """Check the clock, the totals and the generators."""
    population = state.agents["population"][slots]
    within("agents", population, (0, config.populations - 1), slots, "population")
    tally, clock = state.tally, state.clock.reshape(1)
    check_columns("tally", tally, all_within(tally, 0, MOST), axis="population")
    living = np.bincount(population, minlength=config.populations)
    check_columns("tally", tally, {"living": (living, living)}, axis="population")
    births = tally["deaths"] + living  # agents are gone without a death where realms move
    most = MOST if config.map_epochs else births
    check_columns("tally", tally, {"births": (births, most)}, axis="population")
    check_columns(
        "clock",
        clock,
        {
            "tick": (0, MOST),
            "next_id": (tally["births"].sum(),) * 2,
            "realm": (0, LARGEST_INDEX),
            "living": (len(slots),) * 2,
            "top": (slots.max(initial=-1) + 1,) * 2,
            "scrubs": (0, state.tiles.size),
            "map": (0, LARGEST_INDEX),
        },
    )
    for stream, words in zip(("world", "policy"), state.streams, strict=True):
        if not words.any():
            raise SnapshotError(f"the {stream}'s stream must not be all 0")


def _check_agents(state: State, config: Config, slots: Array) -> None:
    """Check the living agents; their tiles are checked with the map."""
    tick, side = int(state.clock["tick"]), (config.border, config.map_size - 1 - config.border)
    agents = state.agents[slots]
    bounds: Bounds = {
        column.name: (0, valued(column.most, config))
        for column in AGENT_COLUMNS
        if column.most is not None
    }
    bounds |= {
        "id": (0, int(state.clock["next_id"]) - 1),
        "population": (0, config.populations - 1),
        "slot": (slots, slots),
        "health": (1, config.health),
        "food_empty": (0, tick),
        "water_empty": (0, tick),
        "damage": (0, most_damage(config)),
        "row": side,
        "col": side,
    }
    check_columns("agents", agents, bounds, slots)
    order = np.argsort(agents["id"], kind="stable")
    twice = np.flatnonzero(np.diff(agents["id"][order]) == 0)
    if len(twice):
        slot, other = slots[order[twice[0] + 1]], slots[order[twice[0]]]
        who = state.agents["id"][slot]
        raise SnapshotError(f"slot {slot}: agents.id must be unique, not {who} as in slot {other}")


def _check_lives(state: State, slots: Array) -> None:
    """Check the records of the living against the agents themselves."""
    agents, lives, clock = state.agents[slots], state.lives[slots], state.clock
    age, ticks = agents["age"], by_kind(state, "ticks_on", slots).sum(axis=1)
    birth = clock["tick"] - age
    bounds: Bounds = {
        "id": (agents["id"],) * 2,
        "birth_tick": (birth, birth),
        "death_tick": (-1, -1),
        "killer": (-1, -1),
        "realm": (clock["realm"],) * 2,
        "population": (agents["population"],) * 2,
        "lifetime": (0, age),
        "cause": (int(Cause.ALIVE),) * 2,
        "map": (clock["map"],) * 2,
        "ticks_on": (0, age[:, None]),
        "distinct": (0, lives["ticks_on"]),
        "harvests": (0, ticks),
        "drinks": (0, ticks),
    }
    check_columns("lives", lives, bounds, slots)
    within("lives", ticks, (0, age), slots, "ticks_on, taken together,")
    bits = _BITS[state.seen[slots].view(np.uint8)].sum(axis=1, dtype=np.int64)
    tiles = by_kind(state, "distinct", slots).sum(axis=1)
    within("seen", bits, (tiles, tiles), slots, "bits")


def _check_map(state: State, config: Config, slots: Array) -> None:
    """Check the tiles, and the agents that stand on them."""
    pad, size = padding(config), config.map_size
    inner = slice(pad, pad + size)
    try:
        check(state.tiles[inner, inner], config)
    except MapError as error:
        raise SnapshotError(f"tiles: {error}") from None
    around = state.tiles.copy()
    around[inner, inner] = Tile.LAVA
    _on_map("tiles", around, np.full_like(around, Tile.LAVA), pad)
    agents = state.agents[slots]
    rows, cols = agents["row"] + pad, agents["col"] + pad
    kinds = state.tiles[rows, cols]
    for n in np.flatnonzero(~np.isin(kinds, BIRTH_TILES))[:1]:
        raise SnapshotError(
            f"slot {slots[n]}: stands on {Tile(kinds[n]).name.lower()} at row {rows[n] - pad}, "
            f"column {cols[n] - pad}: agents live on {safe_in(config, 'and')}"
        )
    crowd = np.zeros_like(state.crowd)
    np.add.at(crowd, (rows, cols), 1)
    _on_map("crowd", state.crowd, crowd, pad)


def _check_scrub(state: State) -> None:
    """Check the part in use of the list of tiles to regrow."""
    listed = state.scrub[: int(state.clock["scrubs"])]
    entries = np.arange(len(listed))
    within("scrub", listed, (0, state.tiles.size - 1), entries, axis="entry")
    kinds = state.tiles.reshape(-1)[listed]
    for i in np.flatnonzero(~np.isin(kinds, _HARVESTED))[:1]:
        raise SnapshotError(
            f"entry {i}: scrub must be the index of a harvested tile, not {listed[i]}, "
            f"which is {Tile(kinds[i]).name.lower()}"
        )
    forests = int((state.tiles == Tile.FOREST).sum() + (kinds == Tile.SCRUB).sum())
    check_columns("clock", state.clock.reshape(1), {"forests": (forests, forests)})
    _, first = np.unique(listed, return_index=True)
    for i in np.setdiff1d(entries, first)[:1]:
        raise SnapshotError(f"entry {i}: scrub must not hold {listed[i]} twice")


def _check_visits(state: State, config: Config) -> None:
    """Check that each tick of an agent was counted on a tile; these counts may wrap around.

    Realms that move count anew on each map.
    """
    counted = state.visits.sum(axis=(1, 2), dtype=np.uint64)
    ticks = state.tally["agent_ticks"].astype(np.uint64)
    wrong = counted > ticks if config.map_epochs else (counted - ticks) % np.uint64(2**32) > 0
    for p in np.flatnonzero(wrong)[:1]:
        most = "at most " if config.map_epochs else ""
        raise SnapshotError(
            f"population {p}: visits must add up to {most}agent_ticks, {ticks[p]}, not {counted[p]}"
        )


def _on_map(name: str, found: Array, expected: Array, pad: int) -> None:
    """Refuse a map that differs from the expected one."""
    for row, col in np.argwhere(found != expected)[:1]:
        raise SnapshotError(
            f"row {row - pad}, column {col - pad}: {name} must be {expected[row, col]}, "
            f"not {found[row, col]}"
        )
