"""List the kernels that a run calls, each with a call on an empty world that compiles it.

So they can be compiled before they are needed, side by side. The calls go through the functions
that a run calls, with its config and nobody in the world, so that they compile for the same types.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from forge.blade import tick
from forge.blade.config import Config
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.ethyr import encoder, inputs, linear, returns, rollout, sampling, scoring, tables
from forge.ethyr.distribution import num_heads
from forge.ethyr.layout import Layout
from forge.ethyr.torch import optimiser
from forge.trinity import ann
from forge.trinity.engines.memory import ModelCopy
from forge.trinity.trinity import Array


class Task(NamedTuple):
    """Kernels that are compiled one after the other, and the call that does it."""

    kernels: tuple[Any, ...]
    call: Callable[[Config], None]


def tasks(config: Config, learns: bool) -> dict[int, Task]:
    """List what there is to compile, what takes longest first.

    Args:
        config: settings of the world and its learner.
        learns: whether the default Sword and Pantheon play, or ones made from them.

    Returns:
        The tasks by number.
    """
    world = [
        Task((tick.bear,), _bear),
        Task((tick.advance, tick.read_actions, tick.check_actions), _advance),
    ]
    network = [
        Task((scoring._score,), _score),
        Task((encoder._forward,), _encode),
        Task((sampling._sample,), _sample),
        Task((encoder._backward, returns._gae), _learn),
        Task((tables._expand, tables._fold), _load),
        Task((inputs._encode_tiles, inputs._sort), _read),
        Task((optimiser._norm, optimiser._adam), _optimise),
    ]
    apart = [
        Task((linear._grouped_linear,), _join),
        Task((rollout._gather, inputs._sort), _sort),
    ]
    return dict(enumerate(world + learns * (network + (config.populations > 1) * apart)))


class _Nobody(Realms):
    """A world in which nobody is born, so that no kernel is needed to observe it."""

    def bear(self, compiled: Array | None = None) -> Observation:
        return self._observed(0, 0)


def _bear(config: Config) -> None:
    Realms(config)


def _advance(config: Config) -> None:
    _Nobody(config).advance(Actions(*_actions()))


def _actions() -> tuple[Array, Array, Array]:
    """Make the actions of nobody: move, style, target."""
    return np.zeros(0, np.int8), np.zeros(0, np.int8), np.zeros(0, np.int32)


def _stored(config: Config) -> rollout.Rollout:
    """Make a rollout without a sample."""
    return rollout.Rollout(1, 1, inputs.num_codes(config.window), config.combat)


def _batch(config: Config) -> inputs.Batch:
    """Make a batch without a sample, and without a kernel."""
    stored = _stored(config)
    order, bounds = np.zeros(0, np.int64), [0] * (config.populations + 1)
    seen = inputs.as_observed(stored.inputs)
    return inputs.Batch(seen, order, stored.step("population"), bounds)


def _heads(config: Config) -> Array:
    return np.zeros((0, num_heads(config)), np.float32)


def _score(config: Config) -> None:
    scoring.score(_heads(config), _batch(config), *_actions())


def _encode(config: Config) -> None:
    weights = tables.allocate(config.populations, config.window, config.hidden)
    encoder.forward(weights, _batch(config), config.hidden)


def _sample(config: Config) -> None:
    obs = _Nobody(config).observation
    sampling.sample(_heads(config), _batch(config), obs.draws, obs.reach)


def _read(config: Config) -> None:
    obs = _Nobody(config).observation
    population = np.array(obs.ent["population"])
    inputs.batch_of(inputs.inputs_of(obs), population, config.populations)


def _learn(config: Config) -> None:
    weights = tables.allocate(config.populations, config.window, config.hidden)
    values, winner = np.zeros((0, 3 * config.hidden), np.float32), np.zeros((0, config.hidden), int)
    features = encoder.Features(values, winner.astype(np.int32))
    encoder.backward(tables.allocate_gradients(weights), _batch(config), features, values)
    course = _stored(config).course
    returns.gae(course, course.slot, course.value, config.gamma, config.gae_lambda)


def _load(config: Config) -> None:
    layout = Layout(ann.parameters(config))
    model = np.zeros((config.populations, layout.size), np.float32)
    weights = tables.allocate(config.populations, config.window, config.hidden)
    tables.load(weights, layout.views(ModelCopy(model).model))
    tables.unload(tables.allocate_gradients(weights), layout.views(model))


def _optimise(config: Config) -> None:
    model = np.zeros((1, 1), np.float32)
    optimiser.Adam(1, 1, config).step(model, model, np.ones(1, np.int64))


def _join(config: Config) -> None:
    weight = np.zeros((1, config.hidden, config.hidden), np.float32)
    linear.grouped_linear(weight[0, :0], weight, weight[0, :1], [0, 0])


def _sort(config: Config) -> None:
    _stored(config).sorted_by_population(config.populations)
