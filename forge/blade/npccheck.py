"""Check the NPCs of a restored realm; see ``validity``.

Shape letter: K living NPCs.
"""

import numpy as np

from forge.blade import kinds
from forge.blade.bounds import MOST, Bounds, SnapshotError, all_within, check_columns
from forge.blade.fightcheck import most_damage
from forge.blade.records import MOST_TICKS
from forge.blade.state import Array, State
from forge.blade.tiles import NUM_STYLES
from forge.config import Config


def check_npcs(state: State, config: Config, slots: Array) -> None:
    """Check the NPCs, and what is remembered of them; their tiles are checked with the map.

    Args:
        state: of one realm.
        config: its settings.
        slots: int64 (K,), of the living NPCs.
    """
    _check_records(state, config, slots)
    _check_births(state, config, slots)
    _check_hunts(state, slots)


def _check_records(state: State, config: Config, slots: Array) -> None:
    """Check free slots, and who lives in the others; the arguments are those of check_npcs."""
    first, numbers = config.max_agents, config.max_agents + np.arange(config.npcs)
    free, here = np.setdiff1d(numbers, slots), state.npcs[slots - first]
    unused, deepest = state.npcs[free - first], (config.side - 1) // 2
    known = np.where(unused["births"] > 0, deepest, 0)  # no first NPC, no depth
    lasting = {"births": (0, MOST), "depth": (0, known)}
    check_columns("npcs", unused, all_within(unused, 0, 0) | lasting, free)
    check_columns("npcs", here, {"births": (1, MOST), "depth": (1, deepest)}, slots)
    number = kinds.FIRST_ID - (slots - first) - (here["births"] - 1) * config.npcs
    inside = config.border + 1, config.map_size - 2 - config.border
    agents = state.agents[slots]
    bounds: Bounds = all_within(agents, 0, 0) | {
        "id": (number, number),
        "population": (kinds.NO_POPULATION,) * 2,
        "slot": (slots, slots),
        "row": inside,
        "col": inside,
        "alive": (1, 1),
        "age": (0, MOST_TICKS),
        "health": (1, kinds.HEALTH),
        "freeze": (0, config.freeze),
        "damage": (0, most_damage(config)),
    }
    check_columns("agents", agents, bounds, slots)


def _check_births(state: State, config: Config, slots: Array) -> None:
    """Check that NPCs are such as are born where they were; the arguments are as before."""
    here, side = state.npcs[slots - config.max_agents], config.side
    depth, level, kind = (here[name].astype(np.int64) for name in ("depth", "level", "kind"))
    possible = np.zeros(len(slots), np.bool_)
    for at in range(1, (side + 1) // 2):
        near = 2 * kinds.SPREAD * abs(at - depth) <= side
        born = kinds.kind_at(at, side), kinds.level_at(at, side, config.npc_level)
        possible |= near & (kind == born[0]) & (level == born[1])
    for k in np.flatnonzero(~possible)[:1]:
        raise SnapshotError(
            f"slot {slots[k]}: npcs.kind {kind[k]} and npcs.level {level[k]} are not those of an "
            f"NPC that is born about {depth[k]} tiles from the edge"
        )
    power = kinds.power_of(level, kinds.WEAKNESSES - 1), kinds.power_of(level, 0)
    check_columns("npcs", here, {"style": (0, NUM_STYLES - 1), "power": power}, slots)


def _check_hunts(state: State, slots: Array) -> None:
    """Check whom NPCs hunt: neutral ones alone remember it."""
    here = state.npcs[slots - len(state.lives)]
    hunts = (here["until"] > 0) & (here["kind"] == kinds.Kind.NEUTRAL)
    tick, next_id = int(state.clock["tick"]), int(state.clock["next_id"])
    check_columns(
        "npcs",
        here,
        {
            "until": (np.where(hunts, tick, 0), np.where(hunts, tick + kinds.PURSUIT, 0)),
            "prey": (0, np.where(hunts, len(state.lives) - 1, 0)),
            "prey_id": (0, np.where(hunts, next_id - 1, 0)),
        },
        slots,
    )
    agents, hunters = state.agents[: len(state.lives)], np.flatnonzero(hunts)
    prey, prey_id = here["prey"][hunters], here["prey_id"][hunters]
    lives = np.isin(prey_id, agents["id"][agents["alive"]])
    elsewhere = lives & ~(agents["alive"][prey] & (agents["id"][prey] == prey_id))
    for k in np.flatnonzero(elsewhere)[:1]:
        raise SnapshotError(
            f"slot {slots[hunters[k]]}: npcs.prey must be the slot of agent {prey_id[k]}, which "
            f"lives, not {prey[k]}"
        )
