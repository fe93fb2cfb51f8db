"""Show the market of a realm to viewers: the lowest prices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.items import NUM_ITEMS
from forge.blade.skills import HIGHEST
from forge.blade.state import State
from forge.blade.trades import LASTING, PRICES
from forge.config import Config

Array = NDArray[Any]


def setting(config: Config) -> dict[str, Any]:
    """Say what stays of the market: nothing where there is none."""
    if not config.market:
        return {}
    return {"market": {"levels": HIGHEST, "prices": PRICES, "lasting": LASTING}}


def lowest(state: State, w: int) -> Array:
    """Show the lowest prices of a realm, as multiples of the level; 0: nothing is offered.

    Returns:
        uint8 (kinds, levels).
    """
    offers = state.offers[w]
    offers = offers[offers["kind"] > 0]
    found: Array = np.full((NUM_ITEMS - 1, HIGHEST), 1 + PRICES, np.uint8)
    at = offers["kind"] - 1, offers["level"] - 1
    np.minimum.at(found, at, offers["price"] // offers["level"])
    found %= 1 + PRICES
    return found
