"""Phase 3: harvested tiles turn back to what they were."""

from typing import Any

from forge.blade.jit import inlined
from forge.blade.professions import BACK, RETURNS
from forge.blade.state import State
from forge.blade.streams import WORLD, drawn, keep_words, to_unit, words_of
from forge.blade.tiles import Tile

_FOREST, _SCRUB = int(Tile.FOREST), int(Tile.SCRUB)


@inlined
def regrow(state: State, rules: Any, w: int) -> None:
    """Roll once for each harvested tile, in the order of harvest. Modifies state in place.

    Scrub that was never forest (on a map made by hand) is not in the list and never regrows.
    """
    words = words_of(state.streams[w, WORLD])
    tiles, scrub = state.tiles[w].reshape(-1), state.scrub[w]
    kept = 0
    for i in range(state.clock[w].scrubs):
        tile = scrub[i]
        chance, back = rules.regrowth, _FOREST
        if rules.professions:
            kind = tiles[tile]
            if kind != _SCRUB:
                chance, back = RETURNS[kind], BACK[kind]
        bits, words = drawn(words)
        if to_unit(bits) < chance:
            tiles[tile] = back
        else:
            scrub[kept] = tile
            kept += 1
    keep_words(state.streams[w, WORLD], words)
    state.clock[w].scrubs = kept
