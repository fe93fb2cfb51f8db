"""The default Sword: a network per population, trained by policy gradients or PPO.

Torch is imported when a Sword is made, not with this module: processes that only name the class
start without it.

Shape letters: N living agents, P populations, n samples of one pass, K columns of the heads.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.config import Config
from forge.blade.observation import Actions, Observation
from forge.ethyr.distribution import VALUE
from forge.ethyr.inputs import Batch, batch_of, cut, inputs_of, num_codes
from forge.ethyr.layout import Layout
from forge.ethyr.returns import gae, normalised
from forge.ethyr.rollout import Rollout
from forge.ethyr.sampling import Choice, sample
from forge.trinity import ann
from forge.trinity.trinity import Parameters, ShardInfo, SwordBase, Update

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[Any]

CHUNK = 2**18  # samples × hidden units of one backward pass: its arrays stay in the cache


class _Decision(NamedTuple):
    """What ``decide`` leaves for ``collect``."""

    obs: Observation
    batch: Batch
    choice: Choice


class _Lesson(NamedTuple):
    """What a finished rollout teaches, sorted by population."""

    batch: Batch  # all samples
    actions: tuple[Array, Array, Array]  # move, style, target
    targets: tuple[Array, Array, Array]  # advantages, returns, log_prob when it was sampled


class Sword(SwordBase):
    """Decide by sampling from a network, and learn by its gradient.

    For a network of your own override ``parameters`` and ``forward``; for another reward,
    ``reward``. To choose otherwise narrow the masks of the observation before
    ``super().decide(obs)``: what it answers must be what is done, as the loss learns from it.
    """

    def __init__(self, config: Config, args: Args, shard: ShardInfo) -> None:
        from forge.ethyr.torch.layers import Weights  # with torch, which the parent can spare

        super().__init__(config, args, shard)
        self.weights = Weights(Layout(self.parameters(config)), config.populations)
        self.rollout = Rollout(
            config.horizon,
            len(shard.realms) * config.max_agents,
            num_codes(config.window),
            config.combat,
        )
        self._decision: _Decision | None = None
        self._lesson: _Lesson | None = None

    @classmethod
    def parameters(cls, config: Config) -> Parameters:
        """Lay out one population's weights: name → (shape, initialiser)."""
        return ann.parameters(config)

    @classmethod
    def exchanges(cls, config: Config) -> int:
        """Say how many exchanges follow a rollout, each over the whole of it."""
        return config.updates_per_rollout if config.learner == "ppo" else 1

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

    def decide(self, obs: Observation) -> Actions:
        """Sample an action for every agent, with the draws of its realm."""
        batch = self._batch(obs)
        choice = sample(self._heads(batch), batch, obs.draws, obs.reach)
        self._decision = _Decision(obs, batch, choice)
        return Actions(choice.move.copy(), choice.style.copy(), choice.target.copy())

    def values(self, obs: Observation) -> Array:
        """Estimate what each agent has to expect.

        Returns:
            float32 (N,).
        """
        batch = self._batch(obs)
        values = np.zeros(len(obs), np.float32)
        values[batch.order] = self._heads(batch)[:, VALUE]
        return values

    def _heads(self, batch: Batch) -> Array:
        """Run the network without its gradients: (n, K)."""
        from forge.ethyr.torch.passes import forward_pass

        return forward_pass(self.forward, batch)

    def _batch(self, obs: Observation) -> Batch:
        population = np.array(obs.ent["population"])  # contiguous, and never read-only
        return batch_of(inputs_of(obs), population, self.config.populations)

    def collect(self, obs: Observation, actions: Actions, reward: Array, events: Any) -> None:
        """Store one tick. Modifies self in place."""
        if self._decision is None or self._decision.obs is not obs:
            raise ValueError(
                "decide did not call super().decide(obs), which Sword.collect needs; a script or "
                "an own learner subclasses SwordBase"
            )
        _, batch, choice = self._decision
        if not _same(actions, choice):
            raise ValueError(
                "decide changed what super().decide(obs) had sampled, so the loss would learn from "
                "other actions than were done; narrow obs.can_move or obs.can_attack before it"
            )
        if self.rollout.num_ticks == self.config.horizon:
            self.rollout.clear()
        self.rollout.add(
            batch.inputs,
            population=batch.population,
            slot=self._slots(obs),
            move=actions.move,
            style=actions.style,
            target=actions.target,
            log_prob=choice.log_prob,
            value=choice.value,
            reward=reward,
            terminated=events["died"],
        )

    def _slots(self, obs: Observation) -> Array:
        """Number agents across the realms of the shard: int32 (N,)."""
        slots: Array = obs.realm * np.int32(self.config.max_agents) + obs.ent["slot"]
        return slots

    def end_rollout(self, obs: Observation) -> None:
        """Estimate advantages and returns, with the values of those who live on."""
        course, population = self.rollout.course, self.rollout.step("population")
        P = self.config.populations
        advantages, returns = gae(
            course, self._slots(obs), self.values(obs), self.config.gamma, self.config.gae_lambda
        )
        batch, order = self.rollout.sorted_by_population(P)
        step = self.rollout.step
        self._lesson = _Lesson(
            batch,
            (step("move")[order], step("style")[order], step("target")[order]),
            (normalised(advantages, population, P)[order], returns[order], step("log_prob")[order]),
        )

    def send_update(self) -> Update:
        """Sum the loss's gradient over the rollout, chunk by chunk, with the current weights."""
        lesson = self._lesson
        if lesson is None:
            raise ValueError("there is no rollout yet: end_rollout comes before send_update")
        metrics: dict[str, float] = {}
        chunk = max(1, CHUNK // self.config.hidden)
        for start in range(0, len(lesson.batch.order), chunk):
            for name, part in self._learn(lesson, start, start + chunk).items():
                metrics[name] = metrics.get(name, 0.0) + part
        samples = np.diff(lesson.batch.bounds).astype(np.int64)
        return Update(self.weights.collect_gradients(), samples, metrics)

    def _learn(self, lesson: _Lesson, start: int, end: int) -> dict[str, float]:
        """Add the gradient of one chunk; return the parts of its loss."""
        from forge.ethyr.torch.passes import backward_pass

        batch = cut(lesson.batch, start, min(end, len(lesson.batch.order)))
        return backward_pass(self.forward, batch, lesson.actions, lesson.targets, self.config)


def _same(actions: Actions, choice: Choice) -> bool:
    """Whether actions are those that were sampled."""
    return (
        np.array_equal(actions.move, choice.move)
        and np.array_equal(actions.style, choice.style)
        and np.array_equal(actions.target, choice.target)
    )
