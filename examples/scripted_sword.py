"""A scripted Sword, without torch: each agent steps towards the resource that it lacks most.

Run it:  python examples/scripted_sword.py
"""

from forge import Law
from forge.blade import Actions, Move, Tile
from forge.cli.script import main
from forge.trinity import God, PantheonBase, SwordBase, Trinity

NEIGHBOURS = {Move.EAST: (0, 1), Move.SOUTH: (1, 0), Move.WEST: (0, -1), Move.NORTH: (-1, 0)}


class NoPantheon(PantheonBase):
    """A Pantheon without weights, which optimises nothing."""

    def step(self, updates):
        """Change nothing."""
        return self.model


class Forager(SwordBase):
    """Step onto forest when hungry, stay beside water when thirsty, else wander but avoid lava."""

    def decide(self, obs):
        """Decide agent by agent: ``ent`` is the agent's row, ``stim`` its observation."""
        actions = Actions.stay(len(obs))
        for i, (ent, stim) in enumerate(obs):
            actions.move[i] = self.move(ent, stim)
        return actions

    def move(self, ent, stim):
        """Choose one agent's move."""
        centre = self.config.radius
        beside = {
            move: stim.tiles[centre + row, centre + col]
            for move, (row, col) in NEIGHBOURS.items()
            if stim.can_move[move] or stim.tiles[centre + row, centre + col] == Tile.WATER
        }
        if ent.water < ent.food and Tile.WATER in beside.values():
            return Move.STAY
        forests = [move for move, tile in beside.items() if tile == Tile.FOREST]
        safe = [move for move, tile in beside.items() if tile not in (Tile.LAVA, Tile.WATER)]
        choices = forests or safe or [Move.STAY]
        return choices[int(stim.draws[0] * len(choices))]


trinity = Trinity(NoPantheon, God, Forager)

if __name__ == "__main__":
    main(__doc__, trinity, Law(), nRealm=2, epochs=5)
