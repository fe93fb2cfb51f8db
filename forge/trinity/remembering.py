"""A Sword whose network remembers: each agent carries numbers from tick to tick through its life.

Learning runs through time: a minibatch is made of whole pieces of lives (forge.ethyr.pieces), each
begins with the memory that its agent had then, and gradients flow back to where it begins.

Shape letters: N living agents, P populations, n samples of one pass, K columns of the heads,
D features, M numbers of memory.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.needs import living
from forge.blade.observation import Actions, Observation
from forge.config import Config
from forge.errors import StateError, shown
from forge.ethyr.inputs import Batch
from forge.ethyr.pieces import pieces, waves
from forge.trinity import ann
from forge.trinity.common import Taken
from forge.trinity.sword import Sword
from forge.trinity.trinity import ShardInfo, Tree

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[Any]


class RememberingSword(Sword):
    """Decide with a memory, and learn through time.

    Override ``memory_width``, ``parameters``, ``carry`` and ``answer``; ``encode`` too for other
    features than the default network's.

    Attributes:
        memory: float32 (slots of the shard, M), what each agent remembers; zero at birth.
    """

    def __init__(self, config: Config, args: Args, shard: ShardInfo) -> None:
        super().__init__(config, args, shard)
        self.memory = np.zeros((self.num_slots, self.memory_width(config)), np.float32)
        self._before: Array  # float32 (N, M), what those who decide remembered before

    @classmethod
    @abstractmethod
    def memory_width(cls, config: Config) -> int:
        """Say how many numbers an agent remembers: M."""

    def encode(self, batch: Batch) -> "Tensor":
        """Make features of what is observed, of many ticks at once; here the joint layer's.

        Returns:
            (n, D), in the order of the batch.
        """
        return ann.joint(self.weights, batch)

    @abstractmethod
    def carry(self, features: "Tensor", memory: "Tensor", bounds: list[int]) -> "Tensor":
        """Carry the memory through one tick. What can be computed before or after belongs there.

        Args:
            features: (n, D), what ``encode`` makes of the samples, sorted by population.
            memory: (n, M), what their agents remember.
            bounds: P + 1 numbers; samples bounds[p] … bounds[p + 1] − 1 are p's.

        Returns:
            (n, M), what they remember now.
        """

    @abstractmethod
    def answer(self, features: "Tensor", memory: "Tensor", bounds: list[int]) -> "Tensor":
        """Run the heads, of many ticks at once.

        Args:
            features: (n, D), as for ``carry``.
            memory: (n, M), what ``carry`` gave for these samples.
            bounds: likewise.

        Returns:
            (n, K), see forge.ethyr.distribution.
        """

    @classmethod
    def num_bytes(cls, config: Config, num_realms: int) -> Taken:
        """Add what the agents remember, now and before; the rollout's is counted there."""
        taken, agents = super().num_bytes(config, num_realms), num_realms * living(config)
        return taken._replace(own=taken.own + 2 * 4 * cls.memory_width(config) * agents)

    @classmethod
    def _beside(cls, config: Config) -> dict[str, tuple[Any, tuple[int, ...]]]:
        return {"memory": (np.float32, (cls.memory_width(config),)), "piece": (np.int32, ())}

    # -- Playing --------------------------------------------------------------------------------

    def decide(self, obs: Observation) -> Actions:
        """Answer for every agent, and remember."""
        self._forget(obs)
        self._before = self.memory[self._slots(obs)]
        return super().decide(obs)

    def heads(self, obs: Observation) -> Array:
        """Run the network with what is remembered, and remember nothing of it."""
        self._forget(obs)
        kept = self.memory.copy()
        heads = super().heads(obs)
        self.memory[...] = kept
        return heads

    def _forget(self, obs: Observation) -> None:
        """Let the newborn know nothing of whoever had their slots before."""
        self.memory[self._slots(obs)[obs.ent["age"] == 0]] = 0

    def _heads(self, obs: Observation, batch: Batch) -> Array:
        """Run one tick without its gradients: (n, K). Modifies the memory in place."""
        import torch

        slots = self._slots(obs)[batch.order]
        with torch.no_grad():
            features = self.encode(batch)
            memory = self.carry(features, torch.from_numpy(self.memory[slots]), batch.bounds)
            heads = self.answer(features, memory, batch.bounds)
        self.memory[slots] = memory.numpy()
        found: Array = heads.numpy()
        return found

    def _more(self, mine: Any) -> dict[str, Array]:
        return {"memory": self._before[mine]}

    # -- Learning -------------------------------------------------------------------------------

    def end_rollout(self, obs: Observation) -> None:
        """Find the pieces of lives before the samples are dealt out; see Sword."""
        self._check_whole()
        course = self.rollout.course
        self.rollout.step("piece")[:] = pieces(course.slot, course.terminated)
        super().end_rollout(obs)

    def _drawn(self, parts: int) -> Array:
        """Draw the minibatch of each piece, so that none is cut."""
        piece = self.rollout.step("piece")
        part: Array = (self.rng.permutation(int(piece.max(initial=-1)) + 1) % parts)[piece]
        return part

    def _chunks(self, batch: Batch) -> Iterator[Batch]:
        """Leave a minibatch whole."""
        yield batch

    def forward(self, batch: Batch) -> "Tensor":
        """Run the network through the pieces of a minibatch, wave after wave.

        Returns:
            (n, K), in the order of the batch.
        """
        import torch

        course = waves(self.rollout.step("piece")[batch.order], batch.bounds)
        by_wave, features = torch.from_numpy(course.samples), self.encode(batch)
        seen = torch.split(features[by_wave], course.sizes)
        before = torch.split(torch.from_numpy(course.before), course.sizes)
        first = batch.order[course.samples[: course.sizes[0]]]
        memory, carried = torch.from_numpy(self.rollout.step("memory")[first]), []
        for wave, bounds in enumerate(course.bounds):
            memory = self.carry(seen[wave], memory[before[wave]] if wave else memory, bounds)
            carried.append(memory)
        back = torch.empty_like(by_wave)
        back[by_wave] = torch.arange(len(by_wave))
        return self.answer(features, torch.cat(carried)[back], batch.bounds)

    # -- Kept -----------------------------------------------------------------------------------

    def state(self) -> Tree:
        """List what the agents remember."""
        return {**super().state(), "memory": self.memory}

    def load_state(self, state: Tree) -> None:
        """Take it back. Modifies self in place.

        Raises:
            StateError: if it is of other agents or another network.
        """
        super().load_state(state)
        memory = state.get("memory")
        if getattr(memory, "shape", None) != self.memory.shape:
            raise StateError(f"the memory is not {self.memory.shape}: {shown(memory)}")
        self.memory[...] = memory
