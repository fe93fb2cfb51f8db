"""Draw the surroundings of each agent, for libraries that want a picture of every row.

Shape letters: W realms, E slots of a realm, R = W × E rows.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors.wrapping import pixels
from forge.blade.realm import Realms
from forge.blade.state import agents_of, padding
from forge.embyr import frames, picture

Array = NDArray[Any]


def surroundings(realms: Realms, alive: Array, scale: int) -> tuple[Array, ...]:
    """Draw the crop that each agent observes, from above.

    Args:
        realms: the world.
        alive: bool (R,), slots whose picture is drawn; other pictures are black.
        scale: pixels per tile.

    Returns:
        A picture per slot, uint8 (side, side, 3).

    Raises:
        ValueError: if the map is too large to be drawn at this scale.
    """
    config, pad = realms.config, padding(realms.config)
    side, E = config.window * scale, config.max_agents
    drawn = np.zeros((len(alive), side, side, 3), np.uint8)
    for w in np.unique(np.flatnonzero(alive) // E).tolist():
        agents, npcs = agents_of(realms.state, w).copy(), frames.npcs(realms, w)
        for entities in agents, npcs:
            entities["row"] += pad  # stored maps have a margin, so that every crop is inside
            entities["col"] += pad
        living = agents[agents["alive"]]
        whole = pixels(picture.draw(realms.state.tiles[w], living, npcs, scale=scale))
        for e in np.flatnonzero(alive[w * E : (w + 1) * E]).tolist():
            top = (int(agents["row"][e]) - config.radius) * scale
            left = (int(agents["col"][e]) - config.radius) * scale
            drawn[w * E + e] = whole[top : top + side, left : left + side]
    return tuple(drawn)
