"""What hits do: the same to all, and between agents and NPCs, which have a power and no stores."""

from typing import Any

from forge.blade.jit import inlined
from forge.blade.kinds import PURSUIT, Kind
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.tiles import Cause, Style

_ALIVE, _SLAIN, _MAGE = int(Cause.ALIVE), int(Cause.SLAIN), int(Style.MAGE)
_NEUTRAL = int(Kind.NEUTRAL)


@inlined
def damage_of(offence: int, defence: int) -> int:
    """Compute the damage of a hit: max(offence − defence, ⌊offence / 4⌋)."""
    return max(offence - defence, offence // 4)


@inlined
def suffer(victim: Any, damage: int, style: int, rules: Any) -> None:
    """Take a hit of anybody. Modifies victim in place."""
    victim.health -= damage
    victim.damage += damage
    if style == _MAGE:
        victim.freeze = rules.freeze


@inlined
def book_dealt(event: Any, life: Any, damage: int, style: int) -> None:
    """Count a hit that an agent made. Modifies its event and life in place."""
    event.hits += 1
    event.damage_dealt += damage
    life.hits_dealt[style] += 1
    life.damage_dealt[style] += damage


@inlined
def book_taken(event: Any, life: Any, damage: int, style: int) -> None:
    """Count a hit that an agent suffered. Modifies its event and life in place."""
    event.damage_taken += damage
    life.hits_taken[style] += 1
    life.damage_taken[style] += damage


@inlined
def hit_npc(
    state: State, scratch: Scratch, events: Array, rules: Any, w: int, e: int, v: int
) -> None:
    """Let the agent in slot e hit the NPC in slot v. Modifies state and events in place."""
    intent, attacker, victim = scratch.intents[w, e], state.agents[w, e], state.agents[w, v]
    life, npc, style = state.lives[w, e], state.npcs[w, v - state.lives.shape[1]], intent.style
    damage = damage_of(rules.damage[style], npc.power)
    event = events[intent.index]
    slain = victim.health > 0 and victim.health <= damage
    suffer(victim, damage, style, rules)
    book_dealt(event, life, damage, style)
    if slain:
        event.slew_npc = True
    if npc.kind == _NEUTRAL:
        npc.prey, npc.prey_id = e, attacker.id
        npc.until = state.clock[w].tick + PURSUIT


@inlined
def hit_by_npc(
    state: State, scratch: Scratch, events: Array, rules: Any, w: int, e: int, v: int
) -> None:
    """Let the NPC in slot e hit the agent in slot v. Modifies state and events in place."""
    attacker, victim, life = state.agents[w, e], state.agents[w, v], state.lives[w, v]
    style = scratch.intents[w, e].style
    damage = damage_of(state.npcs[w, e - state.lives.shape[1]].power, 0)
    suffer(victim, damage, style, rules)
    book_taken(events[scratch.intents[w, v].index], life, damage, style)
    if victim.health <= 0 and life.cause == _ALIVE:
        life.cause = _SLAIN
        life.killer = attacker.id
