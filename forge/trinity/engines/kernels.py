"""List the kernels that a run calls, each with a call on an empty world that compiles it.

So kernels can be compiled in parallel before they are needed. The calls go through the same
functions as in a run, with its config and nobody in the world, so that the types are the same.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from forge.blade import heights, scatter, scripted, tick
from forge.blade.actions import TYPES
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.tiles import Tile, num_kinds
from forge.config import Config
from forge.ethyr import (
    encoder,
    inputs,
    linear,
    products,
    returns,
    rollout,
    sampling,
    scoring,
    tables,
)
from forge.ethyr.distribution import num_heads
from forge.ethyr.layout import Layout
from forge.ethyr.torch import optimiser
from forge.trinity import ann
from forge.trinity.sword import Sword
from forge.trinity.trinity import Array


class Task(NamedTuple):
    """Kernels that are compiled one after the other, and the call that compiles them."""

    kernels: tuple[Any, ...]
    call: Callable[[Config], None]


def tasks(config: Config, learns: bool) -> dict[int, Task]:
    """List the tasks of compiling, the longest first.

    ``births.place``, which only Gods that choose call, is not among them: as ``tick.bear`` compiles
    its parts, it takes but 0.1 s.

    Args:
        config: settings of the world and its learner.
        learns: whether the default Sword and Pantheon play, or classes derived from them.

    Returns:
        The tasks by number.
    """
    world = [
        Task((tick.bear,), _bear),
        Task((tick.advance,), _advance),
        Task((heights._raise,), _raise_terrain),
    ]
    if config.professions:
        world.append(Task((scatter._scatter,), _scatter))
    if config.scripts:
        world.append(Task((scripted._play_kernel,), _play))
    network = [
        Task((scoring._score,), _score),
        Task((encoder._forward,), _encode),
        Task((sampling._sample,), _sample),
        Task((encoder._backward, returns._gae), _learn),
        Task((inputs._encode_tiles, inputs._sort), _read),
        Task((optimiser._norm, optimiser._adam), _optimise),
        Task((tables._equal, tables._move), _exchange),
    ]
    if config.populations > 1:
        network.append(Task((products._backward, products._forward), _multiply))
        network.append(Task((linear._grouped_linear,), _join))
    if config.populations * Sword.minibatches(config) > 1:
        network.append(Task((rollout._gather, inputs._sort), _sort))
    return dict(enumerate(world + learns * network))


class _Nobody(Realms):
    """A world in which nobody is born, so that no kernel is needed to observe it."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, terrain=_meadow(config))

    def bear(self, compiled: Array | None = None) -> Observation:
        return self._act_on(self._buffers.observation(0, 0))


def _meadow(config: Config) -> Array:
    """Make a map of grass in a border of lava, for which no kernel is needed."""
    tiles = np.full((1, config.map_size, config.map_size), Tile.LAVA, np.uint8)
    inside = slice(config.border, config.map_size - config.border)
    tiles[:, inside, inside] = Tile.GRASS
    return tiles


def _raise_terrain(config: Config) -> None:
    heights.ridge_fractal(np.zeros(0), np.zeros(0), config.octaves, config.map_seed, 0)


def _scatter(config: Config) -> None:
    scatter.scatter(_meadow(config)[0], config.border, 0, 0, config.map_seed, 0)


def _bear(config: Config) -> None:
    Realms(config, terrain=_meadow(config))


def _advance(config: Config) -> None:
    _Nobody(config).advance(Actions(*_actions()))


def _play(config: Config) -> None:
    scripted.careful(_Nobody(config).observation)


def _actions() -> tuple[Array, ...]:
    """Make the actions of nobody."""
    return tuple(np.zeros(0, dtype) for dtype in TYPES)


def _stored(config: Config) -> rollout.Rollout:
    """Make a rollout without a sample."""
    return rollout.Rollout(1, 1, config)


def _batch(config: Config) -> inputs.Batch:
    """Make a batch without a sample, and without a kernel."""
    stored = _stored(config)
    order, bounds = np.zeros(0, np.int64), [0] * (config.populations + 1)
    seen = inputs.as_observed(stored.inputs)
    return inputs.Batch(seen, order, stored.step("population"), bounds)


def _weights(config: Config) -> tables.Encoder:
    """Make the weights of the encoder in such a world."""
    layout = Layout(ann.parameters(config))
    return tables.allocate(config.populations, *tables.sizes(layout))


def _heads(config: Config) -> Array:
    return np.zeros((0, num_heads(config)), np.float32)


def _score(config: Config) -> None:
    scoring.score(_heads(config), _batch(config), *_actions())


def _encode(config: Config) -> None:
    encoder.forward(_weights(config), _batch(config), encoder.allocate(0, config.hidden))


def _sample(config: Config) -> None:
    obs = _Nobody(config).observation
    sampling.sample(_heads(config), _batch(config), obs.draws, obs.reach)


def _read(config: Config) -> None:
    obs = _Nobody(config).observation
    population = np.array(obs.ent["population"])
    inputs.batch_of(inputs.inputs_of(obs, num_kinds(config)), population, config.populations)


def _learn(config: Config) -> None:
    gradients, features = (
        tables.allocate_gradients(_weights(config)),
        encoder.allocate(0, config.hidden),
    )
    encoder.backward(gradients, _batch(config), features, features.values)
    course = _stored(config).course
    returns.gae(course, course.slot, course.value, config.gamma, config.gae_lambda)


def _optimise(config: Config) -> None:
    model = np.zeros((1, 1), np.float32)
    optimiser.Adam(1, 1, config).step(model, model, np.ones(1, np.int64))


def _join(config: Config) -> None:
    weight = np.zeros((1, config.hidden, config.hidden), np.float32)
    linear.grouped_linear(weight[0, :0], weight, weight[0, :1], [0, 0])


def _multiply(config: Config) -> None:
    weight = np.zeros((1, config.hidden, config.hidden), np.float32)
    nobody, bias = weight[0, :0], weight[0, :1]
    products.forward(nobody, weight, bias, [0, 0], nobody)
    products.backward(nobody, weight, nobody, [0, 0], nobody, weight, bias)


def _exchange(config: Config) -> None:
    weights = tables.allocate(1, 1, 1, config.hidden)
    gradients = tables.allocate_gradients(weights)
    named, model = weights._asdict(), np.zeros((1, weights.tile.size), np.float32)
    tables.unload(gradients, named, model, [0] * len(named))
    model.flags.writeable = False
    tables.holds(weights.tile, model, 0)


def _sort(config: Config) -> None:
    _stored(config).deal(config.populations, np.zeros(0, np.int64), 2)
