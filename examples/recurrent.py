"""A policy that remembers: a gated linear recurrence after the default network's joint layer.

Each agent carries ``hidden`` numbers m from tick to tick, which begin at 0 with its life:

    keep = sigmoid(x W₁ + b₁)    new = tanh(x W₂ + b₂)    m ← keep · m + (1 − keep) · new

Both depend only on the current input x, so they are computed for many ticks at once. Only the last
equation goes from tick to tick. Run it:  python examples/recurrent.py

Source: the minimal gated recurrent unit of Feng et al. 2024, arXiv 2410.01201.
"""

import torch

from forge import preset
from forge.cli.script import main
from forge.ethyr.torch.layers import grouped_linear
from forge.trinity import God, Pantheon, Trinity, ann
from forge.trinity.remembering import RememberingSword


class Recurrent(RememberingSword):
    """Add the memory to the output of the joint layer; before learning it is close to 0."""

    @classmethod
    def memory_width(cls, config):
        """Remember as many numbers as a layer has units."""
        return config.hidden

    @classmethod
    def parameters(cls, config):
        """Add the recurrence's weights to the default network's."""
        H = config.hidden
        more = {"unit": ((H, 2 * H), ann.small), "unit_bias": ((2 * H,), "zeros")}
        return ann.parameters(config) | more

    def encode(self, batch):
        """Put the joint layer, ``keep`` and ``new`` side by side: (n, 3 H)."""
        w, seen = self.weights, super().encode(batch)
        unit = grouped_linear(seen, w["unit"], w["unit_bias"], batch.bounds)
        keep, new = unit.chunk(2, 1)
        return torch.cat([seen, torch.sigmoid(keep), torch.tanh(new)], 1)

    def carry(self, features, memory, bounds):
        """Take one step of the recurrence."""
        _, keep, new = features.chunk(3, 1)
        return torch.lerp(new, memory, keep)

    def answer(self, features, memory, bounds):
        """Run the heads on the sum of joint layer and memory."""
        seen, _, _ = features.chunk(3, 1)
        return ann.heads(self.weights, seen + memory, bounds)


trinity = Trinity(Pantheon, God, Recurrent)

if __name__ == "__main__":
    config = preset("law128")
    main(__doc__, trinity, config, nRealm=2, epochs=5)
