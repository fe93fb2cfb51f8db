"""A frozen past self as opponent.

Population 0 learns. Population 1 plays with the weights that population 0 had some steps ago, and
no gradient of it is computed. Run it:  python examples/past_self.py
"""

from forge import Args, Chaos
from forge.trinity import God, Pantheon, Sword, Trinity, smith

LEARNER, OPPONENT = 0, 1
STEPS = 50  # between two renewals of the opponent


class PastSelf(Pantheon):
    """Renew the opponent now and then."""

    def __init__(self, config, args, parameters):
        super().__init__(config, args, parameters)
        self.steps = 0
        self.model[OPPONENT] = self.model[LEARNER]

    def step(self, updates):
        """Let the learner move, and copy its weights every so many steps."""
        super().step(updates)
        self.steps += 1
        if self.steps % STEPS == 0:
            self.model[OPPONENT] = self.model[LEARNER]
        return self.model

    def state(self):
        """Add the count to what the default keeps (the optimiser)."""
        return {**super().state(), "steps": self.steps}

    def load_state(self, state):
        """Take both back."""
        super().load_state(state)
        self.steps = state["steps"]


config = Chaos(populations=2, frozen="1")
trinity = Trinity(PastSelf, God, Sword)

if __name__ == "__main__":
    smith.Native(config, Args(nRealm=2, epochs=5), trinity).run(report=print)
