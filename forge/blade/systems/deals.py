"""Agents use and destroy what they carry, before anybody attacks."""

from typing import Any

from forge.blade.copying import clear_run, copy_run
from forge.blade.happenings import Happening
from forge.blade.items import NOWHERE, NUM_DEALS, PLACES, RATION, WORN, restored
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.skills import NUM_SKILLS
from forge.blade.state import State
from forge.blade.systems.bags import best_of, clear, level_for, level_seen, place_worn
from forge.blade.systems.noting import note
from forge.blade.systems.order import first_of, following
from forge.blade.systems.trading import exchange, offer

_restored = inlined(restored)
_CONSUME, _EQUIP, _TAKE_OFF, _DESTROY = (
    int(it) for it in (Happening.CONSUME, Happening.EQUIP, Happening.TAKE_OFF, Happening.DESTROY)
)


@inlined
def _can_use(bag: Any, k: int, most: int) -> bool:
    """Tell whether an agent with a BAG can use what is in place k, which is not empty.

    Args:
        bag: BAG.
        k: the place.
        most: the highest level of this kind of item that the agent can use.
    """
    return bool(bag.worn[k] > 0 or most >= bag.level[k])


@inlined
def is_possible(skills: Any, bag: Any, deal: int, tick: int) -> bool:
    """Tell whether an agent can make a deal, by the same rule as the mask.

    Args:
        skills: SKILLS.
        bag: BAG.
        deal: 1 + k: use what is in place k; 1 + PLACES + k: destroy it.
        tick: in which it was observed.
    """
    k = (deal - 1) % PLACES
    if bag.kind[k] == 0 or tick < skills.combat_until:
        return False
    return bool(deal > PLACES or _can_use(bag, k, level_for(skills, bag.kind[k])))


@inlined
def _consume(state: State, scratch: Scratch, rules: Any, w: int, e: int, k: int) -> None:
    """Eat or drink what is in place k. Modifies state and scratch in place."""
    agent, bag = state.agents[w, e], state.bags[w, e]
    kind, level = bag.kind[k], bag.level[k]
    if kind == RATION:
        agent.food = min(agent.food + _restored(level, rules.food), rules.food)
        agent.water = min(agent.water + _restored(level, rules.water), rules.water)
    else:
        agent.health = min(agent.health + _restored(level, rules.health), rules.health)
    state.ledger[w, kind].used += 1
    bag.used += 1
    note(scratch, e, _CONSUME, kind, level)
    clear(bag, k)


@inlined
def _wear(bag: Any, k: int) -> None:
    """Put on what is in place k, in place of what is worn there. Modifies bag in place."""
    before = place_worn(bag, WORN[bag.kind[k]])
    if before >= 0:
        bag.worn[before] = 0
    bag.worn[k] = 1


@inlined
def _use(state: State, scratch: Scratch, rules: Any, w: int, e: int, k: int) -> None:
    """Consume, put on or take off what is in place k. Modifies state and scratch in place."""
    bag = state.bags[w, e]
    if WORN[bag.kind[k]] == NOWHERE:
        _consume(state, scratch, rules, w, e, k)
    elif bag.worn[k]:
        bag.worn[k] = 0
        note(scratch, e, _TAKE_OFF, bag.kind[k], bag.level[k])
    else:
        _wear(bag, k)
        note(scratch, e, _EQUIP, bag.kind[k], bag.level[k])


@inlined
def _destroy(state: State, scratch: Scratch, w: int, e: int, k: int) -> None:
    """Destroy all that is in place k. Modifies state and scratch in place."""
    bag = state.bags[w, e]
    state.ledger[w, bag.kind[k]].destroyed += bag.quantity[k]
    bag.destroyed += bag.quantity[k]
    note(scratch, e, _DESTROY, bag.kind[k], bag.level[k], bag.quantity[k])
    clear(bag, k)


@inlined
def _list_dealers(state: State, scratch: Scratch, rules: Any, w: int, start: int, step: int) -> int:
    """List who deals or trades, in serving order: few do. Modifies scratch in place.

    Nobody does in combat. Neither that, nor who lives, changes while deals are served.

    Args:
        state: read only.
        scratch: holds the intents; its ``dealers`` are overwritten.
        rules: RULES.
        w: the realm.
        start: slot served first.
        step: 1 or −1, the direction of serving.

    Returns:
        The number of agents listed.
    """
    A, observed, count = state.lives.shape[1], state.clock[w].tick - 1, 0
    e = first_of(start, step, A)
    for _ in range(A):
        intent: Any = scratch.intents[w, e]
        chosen = intent.deal > 0 or (rules.market and intent.trade > 0)
        if chosen and state.agents[w, e].alive and observed >= state.skills[w, e].combat_until:
            scratch.dealers[count] = e
            count += 1
        e = following(e, step, A)
    return count


@inlined
def deal(state: State, scratch: Scratch, rules: Any, w: int, start: int, step: int) -> None:
    """Serve the deals of one realm. Modifies state and scratch in place.

    All agents use, then buy, then give, then destroy, then offer.

    Args:
        state: of all realms.
        scratch: holds the intents.
        rules: RULES.
        w: the realm.
        start: slot served first.
        step: 1 or −1, the direction of serving.
    """
    observed, count = state.clock[w].tick - 1, _list_dealers(state, scratch, rules, w, start, step)
    dealers = scratch.dealers[:count]
    for destroys in range(2):
        if rules.market and destroys:
            exchange(state, scratch, w, dealers)
        for i in range(count):
            e = dealers[i]
            chosen = scratch.intents[w, e].deal
            now = chosen > 0 and (chosen > PLACES) == (destroys > 0)
            if now and is_possible(state.skills[w, e], state.bags[w, e], chosen, observed):
                k = (chosen - 1) % PLACES
                if destroys:
                    _destroy(state, scratch, w, e, k)
                else:
                    _use(state, scratch, rules, w, e, k)
    if rules.market:
        offer(state, scratch, w, dealers)


@inlined
def see_deals(state: State, out: Any, w: int, e: int, n: int) -> None:
    """Write the inventory of the agent in slot e, and its possible deals. Modifies out in place.

    Args:
        state: read only.
        out: Sight, with room for agent n; tells its standing.
        w: the realm.
        e: the agent's slot.
        n: its number.
    """
    bag, standing, can = state.bags[w, e], out.standing[n], out.can_deal[n]
    at = n * 3 * PLACES
    copy_run(out.inventory, at, bag.kind, 0, PLACES)
    copy_run(out.inventory, at + PLACES, bag.level, 0, PLACES)
    copy_run(out.inventory, at + 2 * PLACES, bag.worn, 0, PLACES)
    copy_run(out.quantity, n * PLACES, bag.quantity, 0, PLACES)
    clear_run(out.can_deal, n * NUM_DEALS, NUM_DEALS)
    can[0] = True
    if standing[NUM_SKILLS] > 0:  # in combat nobody deals
        return
    best = best_of(standing)
    for k in range(PLACES):
        there, most = bag.kind[k] > 0, level_seen(standing, best, bag.kind[k])
        can[1 + k] = there and _can_use(bag, k, most)
        can[1 + PLACES + k] = there
