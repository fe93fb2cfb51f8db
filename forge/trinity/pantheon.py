"""The default Pantheon: averages the shards' gradients and takes a step of Adam."""

from typing import Any

import numpy as np

from forge.args import Args
from forge.config import Config
from forge.trinity.summing import total
from forge.trinity.trinity import Array, PantheonBase, Parameters, Tree
from forge.trinity.update import Update

FULL_STEP = 8192  # samples of a population from which a step has the size of the learning rate


class Pantheon(PantheonBase):
    """Optimise by gradients; each population has its own optimiser state.

    Gradients are summed over shards, divided by the population's samples, clipped by norm and
    handed to Adam, whose steps are smaller with few samples. The weights of a population without
    data do not change.
    """

    def __init__(self, config: Config, args: Args, parameters: Parameters) -> None:
        super().__init__(config, args, parameters)
        self._adam: Any = None
        if self.layout.size:
            from forge.ethyr.torch.optimiser import Adam  # torch is needed only here

            self._adam = Adam(config.populations, self.layout.size, config, FULL_STEP)

    @classmethod
    def num_bytes(cls, config: Config, parameters: int) -> int:
        """Add Adam's two moments: once unpacked, and packed for the last commit and the next."""
        matrix, packings = 4 * config.populations * parameters, 3
        return super().num_bytes(config, parameters) + 2 * matrix * (1 + packings)

    def step(self, updates: list[Update]) -> Array:
        """Take one step of Adam; see ``PantheonBase.step``."""
        gradients = total([update.gradients for update in updates])
        if self._adam is not None and gradients is not None:
            samples = sum((u.samples for u in updates), np.zeros(len(self.model), np.int64))
            self._adam.step(self.model, gradients, samples)
        return self.model

    def state(self) -> Tree:
        """List the optimiser's state."""
        return {} if self._adam is None else {"adam": self._adam.state()}

    def load_state(self, state: Tree) -> None:
        """Restore the optimiser's state. Modifies self in place.

        Raises:
            StateError: if the state does not fit these weights.
        """
        if self._adam is not None:
            self._adam.load_state(state.get("adam"))
