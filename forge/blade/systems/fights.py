"""What a hit does: its damage, by the levels of agents and the power of NPCs, and what follows."""

from typing import Any

from forge.blade.happenings import Happening
from forge.blade.jit import inlined
from forge.blade.kinds import PURSUIT, Kind
from forge.blade.rules import Scratch
from forge.blade.skills import BEATEN, PER_LEVEL, level_of, main_style, strengthened
from forge.blade.state import Array, State
from forge.blade.systems.bags import defence_worn, offence_worn
from forge.blade.systems.noting import note
from forge.blade.tiles import Cause, Style

_ALIVE, _SLAIN = int(Cause.ALIVE), int(Cause.SLAIN)
_MELEE, _RANGE, _MAGE = int(Style.MELEE), int(Style.RANGE), int(Style.MAGE)
_NEUTRAL = int(Kind.NEUTRAL)
_HIT, _KILL = int(Happening.HIT), int(Happening.KILL)
_level_of, _main_style = inlined(level_of), inlined(main_style)
_strengthened = inlined(strengthened)


@inlined
def damage_of(offence: int, strong: int, defence: int) -> int:
    """Compute the damage of a hit: max(strong − defence, ⌊offence / 4⌋), at least 0.

    Args:
        offence: of the attacker, in the style of the attack.
        strong: the same, or ``strengthened`` where the style beats the victim's main style.
        defence: of the victim.
    """
    return max(strong - defence, offence // 4)


@inlined
def main_style_of(skills: Any) -> int:
    """Find the style in which an agent, SKILLS, has the most experience."""
    experience = skills.experience
    return int(_main_style(experience[_MELEE], experience[_RANGE], experience[_MAGE]))


@inlined
def offence_of(state: State, rules: Any, w: int, e: int, style: int) -> int:
    """Compute the offence of the agent or NPC in slot e."""
    A = state.lives.shape[1]
    if e >= A:
        return int(state.npcs[w, e - A].power)
    offence = int(rules.damage[style])
    if rules.skills:
        offence += PER_LEVEL * _level_of(state.skills[w, e].experience[style])
    if rules.items:
        offence += offence_worn(state.bags[w, e], style)
    return offence


@inlined
def defence_of(state: State, rules: Any, w: int, v: int) -> int:
    """Compute the defence of the agent or NPC in slot v."""
    A = state.lives.shape[1]
    if v >= A:
        return int(state.npcs[w, v - A].power)
    if not rules.skills:
        return 0
    skills = state.skills[w, v]
    defence = int(PER_LEVEL * _level_of(skills.experience[main_style_of(skills)]))
    if rules.items:
        defence += defence_worn(state.bags[w, v])
    return defence


@inlined
def is_weak(state: State, rules: Any, w: int, v: int, style: int) -> bool:
    """Tell whether a style beats the main style of slot v; without experience nobody has one."""
    if not rules.skills or v >= state.lives.shape[1]:
        return False
    skills = state.skills[w, v]
    main = main_style_of(skills)
    return bool(skills.experience[main] > 0 and BEATEN[style] == main)


@inlined
def damage_between(state: State, rules: Any, w: int, e: int, v: int, style: int) -> int:
    """Compute the damage of a hit of slot e on slot v.

    Args:
        state: read only.
        rules: RULES.
        w: the realm.
        e: the attacker's slot.
        v: the victim's slot.
        style: 0 … 2.
    """
    if rules.npcs == 0 and not rules.skills:  # as in Chaos, where all hits of a style are alike
        return int(rules.damage[style])
    offence = offence_of(state, rules, w, e, style)
    strong = _strengthened(offence) if is_weak(state, rules, w, v, style) else offence
    return int(damage_of(offence, strong, defence_of(state, rules, w, v)))


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
def note_hit(scratch: Scratch, e: int, v: int, damage: int, style: int) -> None:
    """Note that the agent in slot e hit whoever is in slot v. Modifies scratch in place."""
    note(scratch, e, _HIT, style + 1, 0, damage, v)


@inlined
def note_kill(scratch: Scratch, e: int, v: int, style: int) -> None:
    """Note that the agent in slot e slew whoever is in slot v. Modifies scratch in place."""
    note(scratch, e, _KILL, style + 1, 0, 1, v)


@inlined
def hit_npc(
    state: State, scratch: Scratch, events: Array, rules: Any, w: int, e: int, v: int
) -> None:
    """Let the agent in slot e hit the NPC in slot v. Modifies state, scratch and events."""
    intent, attacker, victim = scratch.intents[w, e], state.agents[w, e], state.agents[w, v]
    life, npc, style = state.lives[w, e], state.npcs[w, v - state.lives.shape[1]], intent.style
    damage = damage_between(state, rules, w, e, v, style)
    event = events[intent.index]
    slain = victim.health > 0 and victim.health <= damage
    suffer(victim, damage, style, rules)
    book_dealt(event, life, damage, style)
    note_hit(scratch, e, v, damage, style)
    if slain:
        event.slew_npc = True
        note_kill(scratch, e, v, style)
        scratch.intents[w, v].slayer = e
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
    damage = damage_between(state, rules, w, e, v, style)
    suffer(victim, damage, style, rules)
    book_taken(events[scratch.intents[w, v].index], life, damage, style)
    if victim.health <= 0 and life.cause == _ALIVE:
        life.cause = _SLAIN
        life.killer = attacker.id
