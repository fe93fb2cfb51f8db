"""A frozen past self as opponent.

Population 0 learns. Population 1 plays with the weights that population 0 had some steps ago and
does not learn. Run it:  python examples/past_self.py
"""

from forge import Args, Chaos
from forge.trinity import God, Pantheon, Sword, Trinity, smith

LEARNER, OPPONENT = 0, 1
STEPS = 50  # between two renewals of the opponent


class PastSelf(Pantheon):
    """Freeze the opponent, and renew it now and then."""

    def __init__(self, config, args, parameters):
        super().__init__(config, args, parameters)
        self.steps = 0
        self.model[OPPONENT] = self.model[LEARNER]

    def step(self, updates):
        """Let the learner alone move: a population without samples stays as it is."""
        for update in updates:
            update.samples[OPPONENT] = 0
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


trinity = Trinity(PastSelf, God, Sword)

if __name__ == "__main__":
    smith.Native(Chaos(populations=2), Args(nRealm=2, epochs=5), trinity).run(report=print)
