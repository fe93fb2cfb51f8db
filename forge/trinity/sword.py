"""The default Sword: a network per population, trained by policy gradients or PPO.

Torch is imported when a Sword is made, not with this module: processes that only name the class
start without it.

Shape letters: N living agents, P populations, n samples of one pass, K columns of the heads.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.needs import living, rows_per_agent
from forge.blade.observation import CHOICES, Actions, Observation
from forge.blade.subset import of_agents
from forge.blade.tiles import num_kinds
from forge.config import Config, ConfigError
from forge.ethyr import tables
from forge.ethyr.distribution import VALUE
from forge.ethyr.inputs import Batch, batch_of, cut, inputs_of
from forge.ethyr.layout import Layout
from forge.ethyr.returns import explained_variance, gae, normalised
from forge.ethyr.rollout import Memory, Rollout, Spare, kind_of
from forge.ethyr.sampling import Sampled, sample
from forge.trinity import ann
from forge.trinity.cast import Cast
from forge.trinity.common import Taken
from forge.trinity.trinity import Parameters, ShardInfo, SwordBase
from forge.trinity.update import Update

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[Any]

CHUNK = 2**18  # samples × hidden units of one backward pass: its arrays stay in the cache
PASSING = 16  # numbers per sample and unit that one pass holds, its gradients included
DEALING = 24  # of a sample, beside the rollout: its part, and its place before and after [bytes]


class _Decision(NamedTuple):
    """What ``decide`` leaves for ``collect``."""

    obs: Observation
    learners: Any  # which of its agents learn: integers (n,), ascending, or a slice of all
    batch: Batch
    choice: Sampled


class Sword(SwordBase):
    """Decide by sampling from a network, and learn by its gradient.

    For a network of your own override ``parameters`` and ``forward``; for another reward,
    ``reward``. To choose otherwise narrow the masks of the observation before
    ``super().decide(obs)``: what it answers must be what is done, as the loss learns from it.
    To let a population play by a script or by weights that stay as they are, override ``cast``.
    """

    def __init__(self, config: Config, args: Args, shard: ShardInfo) -> None:
        from forge.ethyr.torch.layers import Weights  # with torch, which the parent can spare

        super().__init__(config, args, shard)
        layout, populations = Layout(self.parameters(config)), config.populations
        self.weights = shard.common.once(
            (Weights, populations, *layout.shapes.items()), lambda: Weights(layout, populations)
        )
        self.rollout = self._room()
        self.company = self.cast(config)
        self._check_exchanges()
        self._decision: _Decision | None = None
        self._minibatches: Iterator[Batch] | None = None  # those of this pass still to come
        self._means: dict[str, float] = {}  # what is to be told of the rollout: means over samples
        self._received = False  # whether there ever were weights

    @property
    def num_slots(self) -> int:
        """Count the slots of all realms of the shard."""
        return len(self.shard.realms) * self.config.max_agents

    def _room(self) -> Rollout:
        """Make room for a rollout; those of one size share their spare memory."""
        config, capacity = self.config, self.config.horizon * self.num_slots
        kind = Spare, capacity, *kind_of(config)
        spare = self.shard.common.once(kind, lambda: Spare(Memory(capacity, config)))
        more = self._beside(config)
        return Rollout(config.horizon, self.num_slots, config, spare, more)

    @classmethod
    def _beside(cls, config: Config) -> dict[str, tuple[Any, tuple[int, ...]]]:
        """Name what else the rollout keeps of each sample: its dtype and shape; see ``_more``."""
        return {}

    def _check_exchanges(self) -> None:
        exchanges, parts = self.exchanges(self.config), self.minibatches(self.config)
        if exchanges % parts:
            raise ConfigError(
                f"{type(self).__name__}.exchanges says {exchanges}, no multiple of its minibatches "
                f"({parts}): some samples would never be learned from; override both or neither"
            )

    @classmethod
    def parameters(cls, config: Config) -> Parameters:
        """Lay out one population's weights: name → (shape, initialiser)."""
        return ann.parameters(config)

    @classmethod
    def exchanges(cls, config: Config) -> int:
        """Say how many exchanges follow a rollout: one for each minibatch of each pass."""
        return config.passes * cls.minibatches(config) if config.learner == "ppo" else 1

    @classmethod
    def minibatches(cls, config: Config) -> int:
        """Say into how many minibatches a pass over the rollout is cut."""
        return config.minibatches if config.learner == "ppo" else 1

    @classmethod
    def cast(cls, config: Config) -> Cast:
        """Say who plays the populations that do not learn; by default the settings say it."""
        return Cast.of(config)

    @classmethod
    def num_bytes(cls, config: Config, num_realms: int) -> Taken:
        """Count the rollout and what is learned from it; weights and spare memory are common."""
        layout, agents = Layout(cls.parameters(config)), num_realms * living(config)
        samples = math.ceil(config.horizon * agents * cls.cast(config).share)
        rows = math.ceil(samples * rows_per_agent(config))
        memory = Memory(1, config)
        rollout = Rollout(1, 1, config, more=cls._beside(config))
        together = max(agents, min(samples, _chunk(config)))  # samples of one pass
        passing = 4 * PASSING * config.hidden * together
        weights = tables.num_bytes(layout, config.populations)
        return Taken(
            rollout.bytes_of(samples, rows) + samples * DEALING,
            weights + memory.bytes_of(samples, rows) + passing,
        )

    def forward(self, batch: Batch) -> "Tensor":
        """Run the network; the weights are ``self.weights[name]``, (P, *shape).

        Returns:
            (n, K), in the order of the batch; see forge.ethyr.distribution.
        """
        return ann.forward(self.weights, batch)

    def recv_update(self, model: Array) -> None:
        """Copy the current weights. Modifies self in place."""
        super().recv_update(model)
        self.weights.load(model)
        self._received = True

    def decide(self, obs: Observation) -> Actions:
        """Answer for every agent; for those of the network, sample with their realm's draws."""
        learners = self.company.learners(obs)
        batch, choice = self._sampled(of_agents(obs, learners))
        self._decision = _Decision(obs, learners, batch, choice)
        actions = choice.actions
        if self.company.all_learn:
            return actions
        return self.company.joined(obs, learners, actions, self._play)

    def _play(self, obs: Observation) -> Actions:
        """Sample for agents that do not learn."""
        _, choice = self._sampled(obs)
        return choice.actions

    def _sampled(self, obs: Observation) -> tuple[Batch, Sampled]:
        batch = self._batch(obs)
        return batch, sample(self._heads(obs, batch), batch, obs.draws, obs.reach)

    def values(self, obs: Observation) -> Array:
        """Estimate what each agent has to expect.

        Returns:
            float32 (N,).
        """
        return self.heads(obs)[:, VALUE].copy()

    def heads(self, obs: Observation) -> Array:
        """Run the network for all agents, as ``decide`` would, and remember nothing of it.

        Returns:
            float32 (N, K), in the order of the observation; see forge.ethyr.distribution.
        """
        batch = self._batch(obs)
        sorted_heads = self._heads(obs, batch)
        heads = np.empty_like(sorted_heads)
        heads[batch.order] = sorted_heads
        return heads

    def _heads(self, obs: Observation, batch: Batch) -> Array:
        """Run the network without its gradients: (n, K)."""
        from forge.ethyr.torch.passes import forward_pass

        return forward_pass(self.forward, batch)

    def _batch(self, obs: Observation) -> Batch:
        population = np.array(obs.ent["population"])  # contiguous, and never read-only
        inputs = inputs_of(obs, num_kinds(self.config))
        return batch_of(inputs, population, self.config.populations)

    def collect(self, obs: Observation, actions: Actions, reward: Array, events: Any) -> None:
        """Store one tick. Modifies self in place."""
        if self._decision is None or self._decision.obs is not obs:
            raise ValueError(
                "decide did not call super().decide(obs), which Sword.collect needs; a script or "
                "an own learner subclasses SwordBase"
            )
        _, mine, batch, choice = self._decision
        actions = Actions(*(getattr(actions, name)[mine] for name in CHOICES))
        if not _same(actions, choice):
            raise ValueError(
                "decide changed what super().decide(obs) had sampled, so the loss would learn from "
                "other actions than were done; narrow the masks of the observation (can_…) before "
                "it"
            )
        if self.rollout.num_ticks == self.config.horizon:
            self.rollout.clear()
        self.rollout.add(
            batch.inputs,
            population=batch.population,
            slot=self._slots(obs)[mine],
            **{name: getattr(actions, name) for name in CHOICES},
            log_prob=choice.log_prob,
            value=choice.value,
            reward=reward[mine],
            terminated=events["died"][mine],
            **self._more(mine),
        )

    def _more(self, mine: Any) -> dict[str, Array]:
        """Give what else is stored of the samples of one tick; mine: which agents they are of."""
        return {}

    def _slots(self, obs: Observation) -> Array:
        """Number agents across the realms of the shard: int32 (N,)."""
        slots: Array = obs.realm * np.int32(self.config.max_agents) + obs.ent["slot"]
        return slots

    def end_rollout(self, obs: Observation) -> None:
        """Estimate advantages and returns, with the values of those who live on.

        Afterwards the rollout is dealt out to minibatches.

        Raises:
            ValueError: if the rollout is not whole.
        """
        self._check_whole()
        config, course = self.config, self.rollout.course
        reward = float(course.reward.mean()) if len(course.reward) else 0.0
        obs = of_agents(obs, self.company.learners(obs))
        advantages, returns = gae(
            course, self._slots(obs), self.values(obs), config.gamma, config.gae_lambda
        )
        population = self.rollout.step("population")
        self.rollout.learn(normalised(advantages, population, config.populations), returns)
        explained = explained_variance(course.value, returns)
        self._means = {"reward": reward, "explained_variance": explained}
        self._minibatches = self._dealt()

    def _check_whole(self) -> None:
        """Check that every tick was collected.

        Raises:
            ValueError: if an own ``collect`` has left out the default's.
        """
        if self.rollout.num_ticks != self.config.horizon:
            raise ValueError(
                f"{type(self).__name__}.collect did not call super().collect in every tick: the "
                f"rollout has {self.rollout.num_ticks} ticks, not {self.config.horizon}"
            )

    def _dealt(self) -> Iterator[Batch]:
        """Deal the rollout out to the minibatches of a pass, drawn from this Sword's stream."""
        parts = self.minibatches(self.config)
        part = self._drawn(parts) if parts > 1 else None
        return iter(self.rollout.deal(self.config.populations, part, parts))

    def _drawn(self, parts: int) -> Array:
        """Draw the minibatch of each sample: integers (N,), 0 … parts − 1."""
        return self.rng.permutation(self.rollout.num_samples) % parts

    def send_update(self) -> Update:
        """Sum the loss's gradient over a minibatch, chunk by chunk, with the current weights.

        The first update of a rollout also tells its mean reward, and how much of the returns the
        values foresaw.
        """
        if self._minibatches is None:
            raise ValueError("there is no rollout yet: end_rollout comes before send_update")
        if not self._received:
            raise ValueError(
                f"{type(self).__name__}.recv_update did not call super().recv_update(model), which "
                "loads the weights"
            )
        batch = next(self._minibatches, None)
        if batch is None:  # another pass
            self._minibatches = self._dealt()
            batch = next(self._minibatches)
        samples = np.diff(batch.bounds).astype(np.int64)
        if not len(batch.order):
            return Update(None, samples)
        metrics = {name: mean * int(samples.sum()) for name, mean in self._means.items()}
        self._means = {}
        for chunk in self._chunks(batch):
            for name, part in self._learn(chunk).items():
                metrics[name] = metrics.get(name, 0.0) + part
        return Update(self.weights.collect_gradients(), samples, metrics)

    def _chunks(self, batch: Batch) -> Iterator[Batch]:
        """Cut a minibatch into what one backward pass takes."""
        size, chunk = len(batch.order), _chunk(self.config)
        for start in range(0, size, chunk):
            yield cut(batch, start, min(start + chunk, size))

    def _learn(self, batch: Batch) -> dict[str, float]:
        """Add the gradient of one chunk; return the parts of its loss."""
        from forge.ethyr.torch.passes import backward_pass

        step = self.rollout.step
        actions = tuple(step(name) for name in CHOICES)
        targets = step("advantage"), step("returns"), step("log_prob")
        return backward_pass(self.forward, batch, actions, targets, self.config)


def _chunk(config: Config) -> int:
    """Say how many samples one backward pass takes at most."""
    return max(1, CHUNK // config.hidden)


def _same(actions: Actions, choice: Sampled) -> bool:
    """Whether actions are those that were sampled."""
    return all(np.array_equal(getattr(actions, name), getattr(choice, name)) for name in CHOICES)
