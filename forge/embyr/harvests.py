"""Show what agents harvest: what stays as it is, and how often each has harvested what."""

from typing import Any

from forge.blade.professions import RESOURCES
from forge.blade.records import CRAFT, record
from forge.config import Config

# How often an agent has harvested each resource, in worlds with professions.
CRAFT_SEEN = record(*((f"gathered_{k}", CRAFT["gathered"].base) for k in range(len(RESOURCES))))


def setting_of_professions(config: Config) -> dict[str, Any]:
    """Say what stays of resources: nothing where there are none. Item 0 is none."""
    if not config.professions:
        return {}
    resources = [
        {
            "tile": it.tile.name.lower(),
            "spent": it.spent.name.lower(),
            "skill": int(it.skill),
            "gives": int(it.gives),
            "rare": int(it.rare),
        }
        for it in RESOURCES
    ]
    return {"professions": {"resources": resources}}
