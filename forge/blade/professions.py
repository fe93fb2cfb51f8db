"""List the resources of the professions: their tiles, what they give, and when they return.

Each resource feeds one style of attack, or a store, and the rare find of it is a weapon of another
style: what one profession finds is worth most to another.
"""

from typing import NamedTuple

from forge.blade.items import TOOLS, Item
from forge.blade.skills import HIGHEST, Skill
from forge.blade.tiles import NUM_TILES, Tile


class Resource(NamedTuple):
    """What is known of one resource.

    Attributes:
        tile: kind of tile that is harvested.
        spent: what the tile turns to.
        skill: the profession, which gains experience.
        gives: what each harvest gives.
        rare: what one harvest in 40 gives besides; NOTHING: none does.
        regrowth: chance that the tile comes back, per tick.
        experience: that one harvest gives.
    """

    tile: Tile
    spent: Tile
    skill: Skill
    gives: Item
    rare: Item
    regrowth: float
    experience: int


_OF_MUNITION, _OF_FOOD = 15, 30  # experience of a harvest
RESOURCES = (
    Resource(Tile.ORE, Tile.SLAG, Skill.PROSPECTING, Item.WHETSTONE, Item.WAND, 0.1, _OF_MUNITION),
    Resource(Tile.TREE, Tile.STUMP, Skill.CARVING, Item.ARROW, Item.SPEAR, 0.105, _OF_MUNITION),
    Resource(Tile.CRYSTAL, Tile.FRAGMENT, Skill.ALCHEMY, Item.RUNE, Item.BOW, 0.1, _OF_MUNITION),
    Resource(Tile.HERB, Tile.WEEDS, Skill.HERBALISM, Item.POTION, Item.NOTHING, 0.02, _OF_FOOD),
    Resource(Tile.FISH, Tile.OCEAN, Skill.FISHING, Item.RATION, Item.NOTHING, 0.02, _OF_FOOD),
)
RARITY = 40  # one harvest in so many gives what is rare
NUM_RESOURCES = len(RESOURCES)
_TOOL_OF = {skill: item for item, skill in TOOLS.items()}
# By number of the resource.
SPENT, SKILL, GIVES, RARE, EXPERIENCE = (
    tuple(int(getattr(it, name)) for it in RESOURCES)
    for name in ("spent", "skill", "gives", "rare", "experience")
)
TOOL = tuple(int(_TOOL_OF[it.skill]) for it in RESOURCES)
_BY_TILE = {it.tile: k for k, it in enumerate(RESOURCES)}
_BY_SPENT = {it.spent: it for it in RESOURCES}
# By kind of tile: the number of the resource on it, −1: none; what it turns back to, and the
# chance of that per tick.
RESOURCE_ON = tuple(_BY_TILE.get(Tile(kind), -1) for kind in range(NUM_TILES))
BACK = tuple(int(_BY_SPENT[t].tile) if t in _BY_SPENT else int(t) for t in Tile)
RETURNS = tuple(_BY_SPENT[t].regrowth if t in _BY_SPENT else 0.0 for t in Tile)
FISH = _BY_TILE[Tile.FISH]  # number of the resource that is harvested from beside it


def level_of_harvest(tool_level: int) -> int:
    """Compute the level of what is harvested: one more than the tool's, at most the highest.

    Args:
        tool_level: level of a worn tool of the profession; 0: none is worn.
    """
    return min(tool_level + 1, HIGHEST)
