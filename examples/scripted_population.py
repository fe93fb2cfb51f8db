"""A scripted population beside learners.

Population 0 learns. Population 1 is played by a script, the greedy agent. The network decides for
both; what it sampled for population 1 is not done, and nothing is learned from it. Run it:
python examples/scripted_population.py
"""

import numpy as np

from forge import Args, Law
from forge.blade import Actions
from forge.blade.scripted import greedy
from forge.trinity import God, Pantheon, Sword, Trinity, smith

LEARNER, SCRIPT = 0, 1


class Mixed(Sword):
    """Let a script decide for one population."""

    def decide(self, obs):
        """Replace what was sampled for the scripted agents by what the script does."""
        self.sampled, script = super().decide(obs), greedy(obs)
        scripted = obs.ent["population"] == SCRIPT
        return Actions(
            np.where(scripted, script.move, self.sampled.move),
            np.where(scripted, script.style, self.sampled.style),
            np.where(scripted, script.target, self.sampled.target),
        )

    def collect(self, obs, actions, reward, events):
        """Store what was sampled: for the learners it is what they did."""
        super().collect(obs, self.sampled, reward, events)


class LearnersOnly(Pantheon):
    """Leave the weights of the scripted population as they are."""

    def step(self, updates):
        """Count no sample of it: a population without samples does not move."""
        for update in updates:
            update.samples[SCRIPT] = 0
        return super().step(updates)


trinity = Trinity(LearnersOnly, God, Mixed)

if __name__ == "__main__":
    config = Law(max_agents=64, populations=2)
    smith.Native(config, Args(nRealm=2, epochs=5), trinity).run(report=print)
