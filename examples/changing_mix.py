"""A God that changes the mix of populations over time.

A realm begins with population 0 alone; the share of the others grows with every birth. The God
also counts the slain and reports them to the Pantheon. Run it:  python examples/changing_mix.py
"""

from forge import Chaos
from forge.cli.script import main
from forge.trinity import God, Pantheon, Sword, Trinity

FULL_MIX = 500  # births until all populations are equally likely


class Immigration(God):
    """Let the other populations immigrate, slowly."""

    def __init__(self, config, args, realm):
        super().__init__(config, args, realm)
        self.births = 0
        self.slain = [0] * config.populations

    def spawn(self, counts):
        """Draw a newborn's population."""
        self.births += 1
        if self.rng.random() < self.births / FULL_MIX:
            return int(self.rng.integers(self.config.populations))
        return 0

    def cull(self, entity):
        """Count the slain of each population."""
        self.slain[entity.population] += bool(entity.killer >= 0)

    def send(self):
        """Send the count to the Pantheon, which finds it in ``update.messages``."""
        return {"slain": list(self.slain)}

    def state(self):
        """List both counts: otherwise they would begin anew in a resumed run."""
        return {"births": self.births, "slain": self.slain}

    def load_state(self, state):
        """Restore both counts."""
        self.births, self.slain = state["births"], state["slain"]


trinity = Trinity(Pantheon, Immigration, Sword)

if __name__ == "__main__":
    main(__doc__, trinity, Chaos(), nRealm=2, epochs=5)
