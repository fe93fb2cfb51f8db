"""A frozen past self as opponent.

Population 0 learns. Population 1 plays with earlier weights of population 0, and no gradient is
computed for it. Run it:  python examples/past_self.py
"""

from forge import Chaos
from forge.cli.script import main
from forge.trinity import God, Pantheon, Sword, Trinity

LEARNER, OPPONENT = 0, 1
STEPS = 50  # between two renewals of the opponent


class PastSelf(Pantheon):
    """Copy the learner's weights to the opponent every 50 steps."""

    def __init__(self, config, args, parameters):
        super().__init__(config, args, parameters)
        self.steps = 0
        self.model[OPPONENT] = self.model[LEARNER]

    def step(self, updates):
        """Take the learner's step, and renew the opponent if it is time."""
        super().step(updates)
        self.steps += 1
        if self.steps % STEPS == 0:
            self.model[OPPONENT] = self.model[LEARNER]
        return self.model

    def state(self):
        """Add the count of steps to the default state (the optimiser)."""
        return {**super().state(), "steps": self.steps}

    def load_state(self, state):
        """Restore the optimiser and the count of steps."""
        super().load_state(state)
        self.steps = state["steps"]


config = Chaos(populations=2, frozen="1")
trinity = Trinity(PastSelf, God, Sword)

if __name__ == "__main__":
    main(__doc__, trinity, config, nRealm=2, epochs=5)
