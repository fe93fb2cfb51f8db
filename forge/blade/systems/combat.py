"""Phase 1: the living attack, in serving order."""

from typing import Any

from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.systems.experience import enter_combat
from forge.blade.systems.fights import (
    book_dealt,
    book_taken,
    damage_between,
    hit_by_npc,
    hit_npc,
    note_hit,
    note_kill,
    suffer,
)
from forge.blade.systems.order import following
from forge.blade.tiles import Cause

_ALIVE, _SLAIN = int(Cause.ALIVE), int(Cause.SLAIN)


@inlined
def lands(attacker: Any, victim: Any, style: int, rules: Any) -> bool:
    """Tell whether an attack lands, by the same rule as the attack mask; NPCs are never immune.

    Args:
        attacker: AGENT.
        victim: AGENT, alive.
        style: 0 … 2.
        rules: RULES.
    """
    distance = max(abs(attacker.row - victim.row), abs(attacker.col - victim.col))
    hits: bool = (
        victim.slot != attacker.slot
        and distance <= rules.reach[style]
        and (victim.age >= rules.immunity or victim.id < 0)
        and (rules.friendly_fire or victim.population != attacker.population)
    )
    return hits


@inlined
def _drained(damage: int, style: int, rules: Any) -> int:
    """Compute ⌊damage · drain⌋, the most food and the most water that a hit drains."""
    if rules.skills:
        return int(damage * rules.drain_ratio[0] // rules.drain_ratio[1])
    return int(rules.drained[style])


@inlined
def _drain(attacker: Any, victim: Any, amount: int, tick: int, rules: Any) -> tuple[int, int]:
    """Move food and water from the victim to the attacker. Modifies both in place.

    Returns:
        Food and water taken from the victim; the attacker keeps only as much as it has room for.
    """
    food, water = min(amount, victim.food), min(amount, victim.water)
    if food > 0:
        victim.food -= food
        attacker.food = min(attacker.food + food, rules.food)
        if victim.food == 0:
            victim.food_empty = tick
    if water > 0:
        victim.water -= water
        attacker.water = min(attacker.water + water, rules.water)
        if victim.water == 0:
            victim.water_empty = tick
    return food, water


@inlined
def _hit(
    state: State, scratch: Scratch, events: Array, rules: Any, w: int, e: int, v: int, tick: int
) -> None:
    """Let the agent in slot e hit the one in slot v. Modifies state and events in place."""
    intent = scratch.intents[w, e]
    style = intent.style
    damage = damage_between(state, rules, w, e, v, style)
    attacker, victim = state.agents[w, e], state.agents[w, v]
    attacker_life, victim_life = state.lives[w, e], state.lives[w, v]
    dealt, taken = events[intent.index], events[scratch.intents[w, v].index]

    suffer(victim, damage, style, rules)
    book_dealt(dealt, attacker_life, damage, style)
    book_taken(taken, victim_life, damage, style)
    note_hit(scratch, e, v, damage, style)
    food, water = _drain(attacker, victim, _drained(damage, style, rules), tick, rules)

    dealt.food_drained += food
    dealt.water_drained += water
    attacker_life.food_drained += food
    attacker_life.water_drained += water

    if victim.health <= 0 and victim_life.cause == _ALIVE:
        victim_life.cause = _SLAIN
        scratch.intents[w, v].slayer = e
        note_kill(scratch, e, v, style)
        victim_life.killer = attacker.id
        attacker_life.kills += 1
        dealt.kills += 1
        state.tally[w, attacker.population].kills += 1


@inlined
def attack(
    state: State, scratch: Scratch, events: Array, rules: Any, w: int, start: int, step: int
) -> None:
    """Serve the attacks of one realm. Modifies state and events in place.

    All attackers were alive when the phase began, so agents slain in this phase still strike.
    Damage is the sum of all hits. The killer is the agent whose hit first brought health to 0 or
    less.

    Args:
        state: of all realms.
        scratch: holds the intents.
        events: EVENT (N,).
        rules: RULES.
        w: the realm.
        start: slot served first.
        step: 1 or −1, the direction of serving.
    """
    A, E = state.lives.shape[1], state.agents.shape[1]
    tick = state.clock[w].tick
    e = start
    for _ in range(E):
        attacker = state.agents[w, e]
        intent = scratch.intents[w, e]
        if attacker.alive and intent.style >= 0:
            v = intent.target
            if lands(attacker, state.agents[w, v], intent.style, rules):
                if v >= A:
                    hit_npc(state, scratch, events, rules, w, e, v)
                elif e >= A:
                    hit_by_npc(state, scratch, events, rules, w, e, v)
                else:
                    _hit(state, scratch, events, rules, w, e, v, tick)
                if rules.skills:
                    enter_combat(state, w, e, tick)
                    enter_combat(state, w, v, tick)
        e = following(e, step, E)
    for e in range(state.clock[w].top):
        if state.agents[w, e].health < 0:
            state.agents[w, e].health = 0
