"""After the attacks: ammunition is spent, and who slew somebody takes what there is to take."""

from typing import Any

from forge.blade.happenings import Happening
from forge.blade.items import ARMOUR, HELPED, PLACES, QUIVER, TOOL
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.streams import WORLD, below
from forge.blade.systems.bags import clear, place_worn, put
from forge.blade.systems.books import earn
from forge.blade.systems.noting import note
from forge.blade.systems.order import following
from forge.blade.trades import GOLD

_SHOOT, _LOOT, _FIND_GOLD = (
    int(it) for it in (Happening.SHOOT, Happening.LOOT, Happening.FIND_GOLD)
)


@inlined
def spend(state: State, scratch: Scratch, events: Array, w: int) -> None:
    """Take a piece of worn ammunition for each attack that landed. Modifies state and scratch."""
    for e in range(state.clock[w].top):
        intent: Any = scratch.intents[w, e]
        if not state.agents[w, e].alive or events[intent.index].hits == 0:
            continue
        bag = state.bags[w, e]
        k = place_worn(bag, QUIVER)
        if k < 0 or HELPED[bag.kind[k]] != intent.style:
            continue
        state.ledger[w, bag.kind[k]].spent += 1
        note(scratch, e, _SHOOT, bag.kind[k], bag.level[k])
        bag.quantity[k] -= 1
        if bag.quantity[k] == 0:
            clear(bag, k)


@inlined
def _find(state: State, scratch: Scratch, w: int, e: int, v: int, kind: int, level: int) -> None:
    """Give an agent a piece of what the NPC in slot v left. Modifies state and scratch."""
    state.ledger[w, kind].looted += 1
    _take(state, scratch, w, e, v, kind, level, 1)


@inlined
def _take(
    state: State, scratch: Scratch, w: int, e: int, v: int, kind: int, level: int, quantity: int
) -> None:
    """Give the agent in slot e pieces of what the slain left. Modifies state and scratch."""
    left = put(state.bags[w, e], kind, level, quantity)
    state.ledger[w, kind].lost += left
    if left < quantity:
        note(scratch, e, _LOOT, kind, level, quantity - left, v)


@inlined
def _loot_gold(state: State, scratch: Scratch, w: int, e: int, v: int, level: int) -> None:
    """Give an agent the gold that an NPC leaves: as much as its level.

    Modifies state and scratch in place.
    """
    state.ledger[w, GOLD].looted += level
    _earn(state, scratch, w, e, v, level)


@inlined
def _earn(state: State, scratch: Scratch, w: int, e: int, v: int, amount: int) -> None:
    """Give the agent in slot e gold of the slain. Modifies state and scratch in place."""
    kept = earn(state, w, e, amount)
    if kept > 0:
        note(scratch, e, _FIND_GOLD, 0, 0, kept, v)


@inlined
def _inherit_gold(state: State, scratch: Scratch, w: int, e: int, v: int) -> None:
    """Give the agent in slot e the gold of the agent in slot v. Modifies state and scratch."""
    purse = state.purses[w, v]
    _earn(state, scratch, w, e, v, purse.gold)
    purse.gold = 0


@inlined
def _loot(state: State, scratch: Scratch, w: int, e: int, v: int, level: int) -> None:
    """Give an agent what an NPC leaves: a piece of armour and a tool. Modifies state, scratch."""
    stream = state.streams[w, WORLD]
    armour = ARMOUR[0] + below(stream, ARMOUR[1] - ARMOUR[0] + 1)
    tool = TOOL[0] + below(stream, TOOL[1] - TOOL[0] + 1)
    _find(state, scratch, w, e, v, armour, level)
    _find(state, scratch, w, e, v, tool, level)


@inlined
def _inherit(state: State, scratch: Scratch, w: int, e: int, v: int) -> None:
    """Give the agent in slot e what the agent in slot v carries. Modifies state and scratch."""
    bag = state.bags[w, v]
    for k in range(PLACES):
        if bag.kind[k] > 0:
            _take(state, scratch, w, e, v, bag.kind[k], bag.level[k], bag.quantity[k])
            clear(bag, k)


@inlined
def divide(state: State, scratch: Scratch, rules: Any, w: int, start: int, step: int) -> None:
    """Give the slain's belongings to who slew them and lives. Modifies state and scratch.

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
                    _loot_gold(state, scratch, w, e, v, state.npcs[w, v - A].level)
                _loot(state, scratch, w, e, v, state.npcs[w, v - A].level)
            else:
                if rules.market:
                    _inherit_gold(state, scratch, w, e, v)
                _inherit(state, scratch, w, e, v)
        v = following(v, step, E)
