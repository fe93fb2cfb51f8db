"""Note what happens to agents in a tick, and hand it over."""

from typing import Any

from forge.blade.happenings import Happening
from forge.blade.jit import inlined
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.systems.bags import best_level

_HIT, _KILL, _DIE = int(Happening.HIT), int(Happening.KILL), int(Happening.DIE)
NOBODY = -1


@inlined
def note(
    scratch: Scratch,
    e: int,
    code: int,
    kind: int = 0,
    level: int = 0,
    number: int = 1,
    other: int = NOBODY,
    price: int = 0,
) -> None:
    """Note what happened to the agent in slot e, where somebody asks. Modifies scratch in place.

    Args:
        scratch: has room for all that can happen in a tick, or none at all.
        e: the agent's slot.
        code: a Happening.
        kind: see HAPPENED, as the following.
        level: is found out later for hits (see ``level_noted``).
        number: of pieces, damage or gold.
        other: slot of who else takes part.
        price: of an item.
    """
    i = scratch.notes[0].noted
    if i < len(scratch.noted):
        row: Any = scratch.noted[i]
        row.slot, row.code, row.kind, row.level = e, code, kind, level
        row.number, row.other, row.price = number, other, price
        scratch.notes[0].noted = i + 1


@inlined
def level_noted(state: State, rules: Any, w: int, found: Any) -> int:
    """Find the level in a NOTE, or of whoever was hit in it; 0: it has none."""
    if found.code != _HIT and found.code != _KILL:
        return int(found.level)
    first = state.lives.shape[1]
    if found.other >= first:
        return int(state.npcs[w, found.other - first].level)
    return best_level(state.skills[w, found.other]) if rules.skills else 0


@inlined
def kind_of(state: State, w: int, slot: int) -> int:
    """Find the Kind of the entity in a slot, plus 1; 0: nobody."""
    first = state.lives.shape[1]
    if slot >= first:
        return int(state.npcs[w, slot - first].kind) + 1
    return 1 if slot >= 0 else 0


@inlined
def hand_over(state: State, scratch: Scratch, happened: Array, rules: Any, w: int) -> None:
    """Write what was noted in one realm as rows, if somebody keeps them.

    Modifies scratch and happened in place. The dead are still in their slots.

    Args:
        state: read only.
        scratch: holds the notes, and counts the rows.
        happened: HAPPENED (room,), with room for all notes; empty if nobody keeps rows.
        rules: RULES.
        w: the realm.
    """
    clock, count = state.clock[w], scratch.notes[0].handed
    for i in range(scratch.notes[0].noted if len(happened) > 0 else 0):
        found: Any = scratch.noted[i]
        row = happened[count]
        row.tick, row.realm = clock.tick, clock.realm
        row.who = state.agents[w, found.slot].id
        row.other = state.agents[w, found.other].id if found.other >= 0 else NOBODY
        if found.code == _DIE:
            row.other = state.lives[w, found.slot].killer
        row.code, row.kind, row.level = found.code, found.kind, level_noted(state, rules, w, found)
        row.number, row.price = found.number, found.price
        count += 1
    scratch.notes[0].handed = count
