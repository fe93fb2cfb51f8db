"""Agents say a word each tick, which those of their population who see them hear."""

from typing import Any

from forge.blade.buffers import Rows, Sight
from forge.blade.copying import copy_run
from forge.blade.features import SAME
from forge.blade.jit import inlined, lean
from forge.blade.rules import Scratch
from forge.blade.state import State
from forge.blade.worldsettings import MOST_WORDS


@inlined
def speak(state: State, scratch: Scratch, rules: Any, w: int) -> None:
    """Let the living agents of one realm say their words. Modifies state in place.

    A word that there is not is silence.
    """
    for e in range(state.clock[w].top):
        intent: Any = scratch.intents[w, e]
        if state.agents[w, e].alive:
            state.said[w, e] = intent.word if intent.word <= rules.words else 0


@lean
def hear(state: State, out: Sight, others: Rows, words: int, w: int, first: int, last: int) -> None:
    """Write what the agents of one realm hear, and what they can say. Modifies out, others.

    Args:
        state: read only.
        out: holds the offsets of the agents' rows.
        others: filled as far as there is room; tells who is of the observer's population.
        words: how many there are.
        w: the realm.
        first: number of the realm's first agent.
        last: number of its last agent, plus one.
    """
    if first == last:
        return
    for word in range(1 + MOST_WORDS):
        out.can_say[first, word] = word <= words
    for n in range(first + 1, last):  # all can say the same
        copy_run(
            out.can_say, n * (1 + MOST_WORDS), out.can_say, first * (1 + MOST_WORDS), 1 + MOST_WORDS
        )
    for m in range(out.offsets[first], min(out.offsets[last], len(others.who))):
        friend = others.others[m, SAME] > 0
        said = state.said[w, others.slot[m] if friend else 0]  # NPCs say nothing
        others.heard[m, 0] = said if friend else 0
