"""A policy that remembers: a gated recurrent unit after the default network's joint layer.

Each agent carries ``hidden`` numbers from tick to tick, which begin at 0 with its life. Run it:
python examples/recurrent.py

Source: Cho et al. 2014, arXiv 1406.1078 (the unit).
"""

import torch

from forge import Args, preset
from forge.ethyr.torch.layers import grouped_linear
from forge.trinity import God, Pantheon, Trinity, ann, smith
from forge.trinity.remembering import RememberingSword


class Recurrent(RememberingSword):
    """Add what is remembered to what is seen."""

    @classmethod
    def memory_width(cls, config):
        """Remember as many numbers as the layers are wide."""
        return config.hidden

    @classmethod
    def parameters(cls, config):
        """Add the unit's weights to those of the default network."""
        H = config.hidden
        return {
            **ann.parameters(config),
            "gates": ((2 * H, 2 * H), "linear"),
            "gates_bias": ((2 * H,), "zeros"),
            "new": ((2 * H, H), "linear"),
            "new_bias": ((H,), "zeros"),
        }

    def act(self, features, memory, bounds):
        """Run the unit for one tick: heads, and the memory that is carried on."""
        w, seen = self.weights, torch.cat([features, memory], 1)
        gates = torch.sigmoid(grouped_linear(seen, w["gates"], w["gates_bias"], bounds))
        keep, reset = gates.chunk(2, 1)
        seen = torch.cat([features, reset * memory], 1)
        new = torch.tanh(grouped_linear(seen, w["new"], w["new_bias"], bounds))
        memory = keep * memory + (1 - keep) * new
        return ann.heads(w, features + memory, bounds), memory


trinity = Trinity(Pantheon, God, Recurrent)

if __name__ == "__main__":
    smith.Native(preset("law128"), Args(nRealm=2, epochs=5), trinity).run(report=print)
