"""A Sword with curious agents: they are rewarded for steps onto tiles that few have stood on.

Where an action leads is known only in the next tick, so its reward is added at the end of the
rollout. Run it:  python examples/curiosity.py
"""

import numpy as np

from forge import Law
from forge.cli.script import main
from forge.trinity import God, Pantheon, Sword, Trinity

WEIGHT = 0.02  # reward for the first visit of a tile; the n-th is worth 1 / √n of it


class Curious(Sword):
    """Count visits of each tile, by realm, and reward the actions that led to rare ones."""

    def __init__(self, config, args, shard):
        super().__init__(config, args, shard)
        self.visits = np.zeros(len(shard.realms) * config.map_size**2, np.int64)
        self.places = []  # tick by tick: the tile of each slot

    def place(self, obs):
        """Number the tile on which each slot's agent stands."""
        tiles, side = np.zeros(self.num_slots, np.int64), self.config.map_size
        slots = obs.realm * self.config.max_agents + obs.ent["slot"]
        tiles[slots] = (obs.realm * side + obs.ent["row"]) * side + obs.ent["col"]
        return tiles

    def decide(self, obs):
        """Remember where agents stand, then decide."""
        self.places.append(self.place(obs))
        return super().decide(obs)

    def end_rollout(self, obs):
        """Add to the reward of each action how new the tile was to which it led."""
        course = self.rollout.course
        for tick, after in enumerate([*self.places[1:], self.place(obs)]):
            acted = slice(*course.ticks[tick : tick + 2])
            living = ~course.terminated[acted]
            tiles = after[course.slot[acted][living]]
            np.add.at(self.visits, tiles, 1)
            course.reward[acted][living] += WEIGHT / np.sqrt(self.visits[tiles])
        self.places.clear()
        super().end_rollout(obs)

    def state(self):
        """List the counts, which outlast an epoch."""
        return {**super().state(), "visits": self.visits}

    def load_state(self, state):
        """Restore them. Modifies self in place."""
        super().load_state(state)
        self.visits = state["visits"]


trinity = Trinity(Pantheon, God, Curious)

if __name__ == "__main__":
    main(__doc__, trinity, Law(), nRealm=2, epochs=5)
