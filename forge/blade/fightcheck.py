"""Check the fights of a restored realm, and what agents learned by them; see ``validity``.

Shape letter: N living agents.
"""

import numpy as np

from forge.blade import items, kinds, skills
from forge.blade.bounds import Bounds, check_columns
from forge.blade.craftcheck import by_kind, earned
from forge.blade.rules import rules
from forge.blade.state import Array, State
from forge.config import Config

_ANY = np.iinfo(np.int32).max


def most_damage(config: Config) -> int:
    """Bound the damage that anybody can take in a tick, if all others hit it."""
    of_agents = config.max_agents * int(_strongest(config).max())
    return of_agents + config.npcs * _strongest_of_npcs(config)


def _strongest(config: Config) -> Array:
    """Find the most damage of an agent's hit in each style: int64 (3,)."""
    damage: Array = rules(config)[0].damage.astype(np.int64)
    if not config.skills:
        return damage
    offence = damage + skills.PER_LEVEL * skills.HIGHEST + config.items * items.MOST_OFFENCE
    return skills.strengthened(offence)  # type: ignore


def _strongest_of_npcs(config: Config) -> int:
    """Find the most damage of an NPC's hit."""
    deepest = (config.side - 1) // 2
    power = kinds.power_of(kinds.level_at(deepest, config.side, config.npc_level), 0)
    return skills.strengthened(power) if config.skills else power


def check_fights(state: State, config: Config, slots: Array) -> None:
    """Check what the living did and suffered in fights; sums may wrap around, as int32 does.

    Args:
        state: of one realm.
        config: its settings.
        slots: int64 (N,), of the living agents.
    """
    lives, strongest = state.lives[slots], _strongest(config)
    ticks = by_kind(state, "ticks_on", slots).sum(axis=1)
    dealt, taken = (lives[f"hits_{way}"].astype(np.int64) for way in ("dealt", "taken"))
    above, below = config.drain_ratio
    drained = dealt @ np.array([int(damage) * above // below for damage in strongest])
    bounds: Bounds = {
        "hits_dealt": (0, ticks[:, None]),
        "hits_taken": (0, ticks[:, None] * config.slots),
        "kills": (0, dealt.sum(axis=1)),
        "food_drained": _sums(drained),
        "water_drained": _sums(drained),
    }
    if config.varied:  # damage differs from hit to hit
        of_anybody = np.maximum(strongest, _strongest_of_npcs(config) if config.npcs else 0)
        bounds |= {
            "damage_dealt": _sums(dealt * strongest),
            "damage_taken": _sums(taken * of_anybody),
        }
    else:
        bounds |= {
            "damage_dealt": ((dealt * strongest).astype(np.int32),) * 2,
            "damage_taken": ((taken * strongest).astype(np.int32),) * 2,
        }
    check_columns("lives", lives, bounds, slots)


def check_skills(state: State, slots: Array) -> None:
    """Check what the living have learned, which follows from their hits and harvests.

    Every hit of an agent does damage, as an offence is at least that of level 1.

    Args:
        state: of one realm.
        slots: int64 (N,), of the living agents.
    """
    lives, known, tick = state.lives[slots], state.skills[slots], int(state.clock["tick"])
    gained, hits = earned(state, slots), lives["hits_dealt"].astype(np.int64)
    gained[:, : hits.shape[1]] = np.minimum(hits * skills.PER_ATTACK, skills.MOST_EXPERIENCE)
    fought = hits.any(axis=1) | lives["hits_taken"].any(axis=1)
    bounds: Bounds = {
        "experience": (gained, gained),
        "combat_until": (
            np.where(fought, skills.IN_COMBAT + 1, 0),
            np.where(fought, tick + skills.IN_COMBAT, 0),
        ),
    }
    check_columns("skills", known, bounds, slots)


def _sums(most: Array) -> tuple[Array, Array]:
    """Bound int32 sums that are at most so much."""
    return np.where(most > _ANY, -_ANY - 1, 0), most
