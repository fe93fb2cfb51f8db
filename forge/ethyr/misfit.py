"""Say why weights do not fit a network: it is of another world, or has other settings."""

import json
from typing import Any

from forge.config import Config

_MARKET = (
    "without a market, so set market to false, or train agents with one",
    "with a market, so set market to true",
)
# Arrays that only networks of some worlds have, or that are longer in some (tile), and how weights
# without and with them came about. The first of these in which two networks differ tells why others
# differ, too.
OF_WORLDS = {
    "tile": (
        "without professions, so set professions to false, or train agents with them",
        "with professions, so set professions to true",
    ),
    "quest": (
        'without quests, so set quests to "", or train agents with them',
        "with quests, so set quests to standard, or to a table",
    ),
    "heard": (
        "without words, so set words to 0, or train agents with them",
        "with words, so set words to as many",
    ),
    "market": _MARKET,
    "wealth": _MARKET,
    "inventory": (
        "without items, so set items to false, or train agents with them",
        "with items, so set items to true",
    ),
    "standing": (
        "without skills, so set skills to false, or train agents with them",
        "with skills, so set skills to true",
    ),
    "traits": (
        "without NPCs, so set npcs to 0, or train agents among them",
        "among NPCs, so set npcs to their number",
    ),
}
SHAPING = ("hidden", "radius", "combat", "auto_target")  # settings that shape every network


def of_world(part: str, ours: Any, found: Any) -> str:
    """Say what to do if two networks are of different worlds; the last two are a part's shapes."""
    if part == "tile":  # every network of Forge has it, others perhaps not
        both = bool(ours and found) and len(ours) == len(found) == 3
        theirs, here = (found[1], ours[1]) if both else (0, 0)  # kinds of tiles
        differ, less = theirs != here, theirs < here
    else:
        differ, less = None in (ours, found), found is None
    if part not in OF_WORLDS or not differ:
        return ""
    without, with_it = OF_WORLDS[part]
    return f": it was trained {without if less else with_it}"


def of_settings(about: dict[str, Any], config: Config | None) -> str:
    """Say what to do if two networks have other settings.

    Args:
        about: what a checkpoint says of itself.
        config: of the other network; None: not known.
    """
    theirs = about.get("config")
    if config is None or not isinstance(theirs, dict):
        return ""
    ours = config.as_dict()
    differing = [it for it in SHAPING if it in theirs and theirs[it] != ours[it]]
    if not differing:
        return ""
    had, have = (
        ", ".join(f"{it}={json.dumps(values[it])}" for it in differing) for values in (theirs, ours)
    )
    return f": it was trained with {had}, and here it is {have}: give the same"
