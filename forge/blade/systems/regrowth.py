"""Phase 3: harvested tiles turn back to what they were."""

from typing import Any

import numpy as np

from forge.blade.jit import inlined
from forge.blade.professions import BACK, RETURNS
from forge.blade.state import State
from forge.blade.streams import WORLD, drawn, keep_words, to_unit, words_of
from forge.blade.tiles import Tile

_FOREST, _SCRUB = int(Tile.FOREST), int(Tile.SCRUB)
_RETURNS, _BACK = np.array(RETURNS), np.array(BACK)


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
        if rules.professions:  # both are looked up, so that the kind is no branch to be predicted
            kind = tiles[tile]
            is_scrub, chance, back = kind == _SCRUB, _RETURNS[kind], _BACK[kind]
            chance = rules.regrowth if is_scrub else chance
            back = _FOREST if is_scrub else back
        bits, words = drawn(words)
        if to_unit(bits) < chance:
            tiles[tile] = back
        else:
            scrub[kept] = tile
            kept += 1
    keep_words(state.streams[w, WORLD], words)
    state.clock[w].scrubs = kept
