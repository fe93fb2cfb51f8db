"""After the attacks: ammunition is spent, and who slew somebody takes what there is to take."""

from typing import Any

from forge.blade.items import ARMOUR, HELPED, PLACES, QUIVER, TOOL
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.streams import WORLD, below
from forge.blade.systems.bags import clear, place_worn, put
from forge.blade.systems.books import earn
from forge.blade.systems.order import following
from forge.blade.trades import GOLD


@inlined
def spend(state: State, scratch: Scratch, events: Array, w: int) -> None:
    """Take a piece of worn ammunition for each attack that landed. Modifies state in place."""
    for e in range(state.clock[w].top):
        intent: Any = scratch.intents[w, e]
        if not state.agents[w, e].alive or events[intent.index].hits == 0:
            continue
        bag = state.bags[w, e]
        k = place_worn(bag, QUIVER)
        if k < 0 or HELPED[bag.kind[k]] != intent.style:
            continue
        state.ledger[w, bag.kind[k]].spent += 1
        bag.quantity[k] -= 1
        if bag.quantity[k] == 0:
            clear(bag, k)


@inlined
def _find(state: State, w: int, e: int, kind: int, level: int) -> None:
    """Give an agent a piece of loot. Modifies state in place."""
    entry = state.ledger[w, kind]
    entry.looted += 1
    entry.lost += put(state.bags[w, e], kind, level, 1)


@inlined
def _loot_gold(state: State, w: int, e: int, level: int) -> None:
    """Give an agent the gold that an NPC leaves: as much as its level. Modifies state in place."""
    state.ledger[w, GOLD].looted += level
    earn(state, w, e, level)


@inlined
def _inherit_gold(state: State, w: int, e: int, v: int) -> None:
    """Give the agent in slot e the gold of the agent in slot v. Modifies state in place."""
    purse = state.purses[w, v]
    earn(state, w, e, purse.gold)
    purse.gold = 0


@inlined
def _loot(state: State, w: int, e: int, level: int) -> None:
    """Give an agent what an NPC leaves: a piece of armour and a tool. Modifies state in place."""
    stream = state.streams[w, WORLD]
    armour = ARMOUR[0] + below(stream, ARMOUR[1] - ARMOUR[0] + 1)
    tool = TOOL[0] + below(stream, TOOL[1] - TOOL[0] + 1)
    _find(state, w, e, armour, level)
    _find(state, w, e, tool, level)


@inlined
def _inherit(state: State, w: int, e: int, v: int) -> None:
    """Give the agent in slot e what the agent in slot v carries. Modifies state in place."""
    bag = state.bags[w, v]
    for k in range(PLACES):
        if bag.kind[k] > 0:
            left = put(state.bags[w, e], bag.kind[k], bag.level[k], bag.quantity[k])
            state.ledger[w, bag.kind[k]].lost += left
            clear(bag, k)


@inlined
def divide(state: State, scratch: Scratch, rules: Any, w: int, start: int, step: int) -> None:
    """Give the slain's belongings to who slew them and lives. Modifies state in place.

    The slain are served in the serving order. What nobody takes is buried with them.

    Args:
        state: of all realms.
        scratch: holds the intents, which say who slew whom.
        rules: RULES.
        w: the realm.
        start: slot served first.
        step: 1 or −1, the direction of serving.
    """
    A, E = state.lives.shape[1], state.agents.shape[1]
    v = start
    for _ in range(E):
        e = scratch.intents[w, v].slayer
        if state.agents[w, v].alive and e >= 0 and state.agents[w, e].health > 0:
            if v >= A:
                if rules.market:
                    _loot_gold(state, w, e, state.npcs[w, v - A].level)
                _loot(state, w, e, state.npcs[w, v - A].level)
            else:
                if rules.market:
                    _inherit_gold(state, w, e, v)
                _inherit(state, w, e, v)
        v = following(v, step, E)
