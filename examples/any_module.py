"""Any module of torch as the network, here one that looks at the tiles with convolutions.

The module is written for one population, as if there were no others; ``functional_call`` runs it
with the weights of each. It costs several times the default network. Run it:  python
examples/any_module.py
"""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from forge import Law
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import num_kinds
from forge.cli.script import main
from forge.ethyr.distribution import num_heads
from forge.ethyr.inputs import decode_tiles
from forge.trinity import God, Pantheon, Sword, Trinity


class Network(nn.Module):
    """See the crop of tiles as an image, and the agent's own row beside it."""

    def __init__(self, kinds, heads, width):
        super().__init__()
        self.tile = nn.Embedding(kinds, 8)
        self.look = nn.Sequential(
            nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Conv2d(16, 16, 3, stride=2), nn.ReLU()
        )
        self.joint = nn.LazyLinear(width)
        self.heads = nn.Linear(width, heads)

    def forward(self, tiles, own):
        """Answer for n samples: tiles are (n, window, window), own is (n, features)."""
        image = self.look(self.tile(tiles).movedim(3, 1))
        return self.heads(torch.relu(self.joint(torch.cat([image.flatten(1), own], 1))))


def network(config):
    """Build the module for a world, with the weights that torch draws."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        made = Network(num_kinds(config), num_heads(config), config.hidden)
        tiles = torch.zeros(1, config.window, config.window, dtype=torch.long)
        made(tiles, torch.zeros(1, NUM_FEATURES))  # sizes the lazy layer
    return made


class Looker(Sword):
    """Decide and learn by the module."""

    @classmethod
    def parameters(cls, config):
        """Lay out one population's weights as the module has them; the heads begin at 0."""
        named = network(config).named_parameters()
        return {
            name: (tuple(weight.shape), "zeros" if "heads" in name else first(weight))
            for name, weight in named
        }

    def __init__(self, config, args, shard):
        super().__init__(config, args, shard)
        self.network = network(config)

    def forward(self, batch):
        """Run the network: value, moves and attacks of each sample, in the batch's order."""
        inputs, order = batch.inputs, batch.order
        tiles = decode_tiles(inputs.codes[order], self.config.window, num_kinds(self.config))
        own = inputs.others[inputs.offsets[order]]  # an agent's own row is the first of its rows
        seen = torch.from_numpy(tiles.astype(np.int64)), torch.from_numpy(own)
        parts = []
        for population, (start, end) in enumerate(pairwise(batch.bounds)):
            weights = {name: self.weights[name][population] for name in self.names}
            parts.append(functional_call(self.network, weights, tuple(x[start:end] for x in seen)))
        return torch.cat(parts)

    @property
    def names(self):
        """Name the module's weights."""
        return [name for name, _ in self.network.named_parameters()]


def first(weight):
    """Begin with noise of the size that torch has drawn."""
    scale = float(weight.detach().std()) if weight.numel() > 1 else 0.0
    return lambda rng, shape: scale * rng.standard_normal(shape)


trinity = Trinity(Pantheon, God, Looker)

if __name__ == "__main__":
    main(__doc__, trinity, Law(populations=2), nRealm=2, epochs=5)
