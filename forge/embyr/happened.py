"""Show what happens in a realm to viewers: rows, but for what frames tell in another way."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.happenings import Happening, possible_in
from forge.blade.records import HAPPENED, HAPPENING_COLUMNS, record
from forge.config import Config

Array = NDArray[Any]

# Attacks and deaths are told of NPCs, too; and whoever buys, buys from somebody who sells.
TOLD_OTHERWISE = (Happening.HIT, Happening.KILL, Happening.DIE, Happening.BUY)
MOST = 64  # rows of each code in a frame, the newest
HAPPENING_SEEN = record(
    ("ago", np.int32),  # ticks before that of the frame
    *((it.name, it.dtype) for it in HAPPENING_COLUMNS if it.name not in ("tick", "realm")),
)
# What a column mostly holds; None: what it holds in the row before.
USUAL: dict[str, int | None] = {"code": None, "number": 1, "other": -1}


def setting(config: Config) -> dict[str, Any]:
    """Name what rows tell of in a world, by code; "": it has none of it, or rows do not tell."""
    names = [""] * (1 + max(Happening))
    for code in possible_in(config):
        names[code] = "" if code in TOLD_OTHERWISE else code.name.lower()
    return {"happenings": names}


def seen(rows: Sequence[Array], tick: int) -> Array:
    """Show rows of one realm: HAPPENING_SEEN, ordered by code, then by time.

    Args:
        rows: HAPPENED, from earlier to later.
        tick: of the frame.
    """
    found = np.concatenate([np.zeros(0, HAPPENED), *rows])
    found = found[~np.isin(found["code"], TOLD_OTHERWISE)]
    found = found[np.argsort(found["code"], kind="stable")]
    later = np.searchsorted(found["code"], found["code"], side="right") - np.arange(len(found))
    found = found[later <= MOST]
    shown = np.zeros(len(found), HAPPENING_SEEN)
    for name in HAPPENING_SEEN.names or ():
        shown[name] = tick - found["tick"] if name == "ago" else found[name]
    return shown
