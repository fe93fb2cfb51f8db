"""The slow twin's professions: what is harvested where, from the rules alone."""

from forge.blade.tiles import Move, Tile
from tests.blade.naive_geometry import STEPS
from tests.blade.naive_items import Piece

# Tile: what it turns to, what it gives, what is rare, the tool, the skill, experience, regrowth.
FOUND = {
    Tile.ORE: (Tile.SLAG, "whetstone", "wand", "pickaxe", 5, 15, 0.1),
    Tile.TREE: (Tile.STUMP, "arrow", "spear", "axe", 6, 15, 0.105),
    Tile.CRYSTAL: (Tile.FRAGMENT, "rune", "bow", "chisel", 7, 15, 0.1),
    Tile.HERB: (Tile.WEEDS, "potion", None, "gloves", 4, 30, 0.02),
    Tile.FISH: (Tile.OCEAN, "ration", None, "rod", 3, 30, 0.02),
}
BACK = {found[0]: (tile, found[-1]) for tile, found in FOUND.items()}


class Gathering:
    """The part of a naive realm that knows resources."""

    def gather(self, agent):
        place = agent.row, agent.col
        kind = self.tiles[agent.row][agent.col]
        if kind in FOUND and kind != Tile.FISH:
            self.harvest(agent, place)
        for move in (Move.EAST, Move.SOUTH, Move.WEST, Move.NORTH):
            row, col = agent.row + STEPS[move][0], agent.col + STEPS[move][1]
            if self.tiles[row][col] == Tile.FISH:
                self.harvest(agent, (row, col))
                break

    def harvest(self, agent, place):
        row, col = place
        kind = self.tiles[row][col]
        spent, gives, rare, tool, skill, experience, _ = FOUND[kind]
        self.tiles[row][col] = spent
        self.regrowing.append(place)
        held = [p.level for p in agent.places if p and p.worn and p.name == tool]
        level = min(held[0] + 1, 10) if held else 1
        names = [gives]
        if rare and self.world.below(40) == 0:
            names.append(rare)
        for name in names:
            self.harvested[name] += 1
            if self.put(agent, Piece(name, level)):
                self.tell(agent, "harvest", name, level)
        self.gain(agent, skill, experience)
        agent.gathered[list(FOUND).index(kind)] += 1
        self.event[agent.slot].gathered += 1
