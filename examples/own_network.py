"""A Sword with its own network and its own reward.

The network sees only the agent's own row. The rest of the default Sword (sampling, rollouts,
advantages, PPO) stays the same. Run it:  python examples/own_network.py
"""

import torch

from forge import Law
from forge.blade.observation import NUM_FEATURES
from forge.cli.script import main
from forge.ethyr.distribution import num_heads
from forge.ethyr.torch.layers import grouped_linear
from forge.trinity import God, Pantheon, Sword, Trinity


class Gourmet(Sword):
    """Learn to eat and drink, with two layers on the agent's own row."""

    @classmethod
    def parameters(cls, config):
        """Lay out one population's weights: name → (shape, initialiser)."""
        return {
            "hidden": ((NUM_FEATURES, config.hidden), "linear"),
            "hidden_bias": ((config.hidden,), "zeros"),
            "heads": ((config.hidden, num_heads(config)), "linear"),
            "heads_bias": ((num_heads(config),), "zeros"),
        }

    def forward(self, batch):
        """Run the network: value, moves and attacks of each sample, in the batch's order."""
        first = batch.inputs.offsets[batch.order]  # an agent's own row is the first of its rows
        own = torch.from_numpy(batch.inputs.others[first])
        w = self.weights
        hidden = torch.tanh(grouped_linear(own, w["hidden"], w["hidden_bias"], batch.bounds))
        return grouped_linear(hidden, w["heads"], w["heads_bias"], batch.bounds)

    def reward(self, obs, events):
        """Reward each harvest and each drink, and punish death."""
        return 0.1 * events.harvested + 0.1 * events.drank - 1.0 * events.died


trinity = Trinity(Pantheon, God, Gourmet)

if __name__ == "__main__":
    main(__doc__, trinity, Law(hidden=32), nRealm=2, epochs=5)
