"""Phase 3: harvested tiles turn back to forest."""

from typing import Any

from forge.blade.jit import inlined
from forge.blade.state import State
from forge.blade.streams import WORLD, uniform
from forge.blade.tiles import Tile

_FOREST = int(Tile.FOREST)


@inlined
def regrow(state: State, rules: Any, w: int) -> None:
    """Roll once for each harvested tile, in the order of harvest. Modifies state in place.

    Scrub that was never forest (on a map made by hand) is not in the list and never regrows.
    """
    stream = state.streams[w, WORLD]
    tiles, scrub = state.tiles[w], state.scrub[w]
    side = tiles.shape[1]
    kept = 0
    for i in range(state.clock[w].scrubs):
        tile = scrub[i]
        if uniform(stream) < rules.regrowth:
            tiles[tile // side, tile % side] = _FOREST
        else:
            scrub[kept] = tile
            kept += 1
    state.clock[w].scrubs = kept
