"""Define the three classes that researchers override, and the data that they exchange.

* The **Pantheon** (one) owns the weights of all populations and optimises them.
* A **God** (one per realm) tags the newborn with a population and is told of deaths.
* A **Sword** (one per *shard*, a fixed group of realms) decides for all agents of its shard.

An epoch: every shard plays ``config.horizon`` ticks with the current weights; then come one or
more exchanges (an Update of every shard goes up, new weights come down); then everything is
committed. An object may be rebuilt in another process at any commit, so state that ``state()`` does
not list is lost. ``forge.trinity.check`` tests that. Each class draws random numbers only from its
own ``self.rng``, whose state is committed for it.

This module needs numpy and the world alone; the defaults that learn with torch are beside it.
Shape letters: P populations, N living agents of the shard, n parameters of one population.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.observation import Actions, Observation
from forge.blade.streams import Owner, generator
from forge.config import Config
from forge.errors import ConfigError, shown
from forge.ethyr.rewards import named_reward
from forge.trinity import casting
from forge.trinity.cast import Cast
from forge.trinity.common import Common, Taken
from forge.trinity.update import Update

Array = NDArray[Any]
Tree = dict[str, Any]  # of arrays, JSON values, lists, tuples and further dicts with text keys

# How to fill one array of a population's weights: a function, or "zeros", "ones" or "linear"
# (uniform in ±1/√fan_in, where fan_in is the product of all axes but the last).
Initialiser = str | Callable[[np.random.Generator, tuple[int, ...]], Array]
Parameters = dict[str, tuple[tuple[int, ...], Initialiser]]


@dataclass(frozen=True)
class ShardInfo:
    """The part of the run that a Sword works for.

    Attributes:
        index: number of the shard, 0, 1, 2 …
        realms: numbers of its realms in the run.
        rng: the Sword's generator.
        common: objects that all Swords of this process share (forge.trinity.common); by default
            nothing is shared.
    """

    index: int
    realms: tuple[int, ...]
    rng: np.random.Generator
    common: Common = field(default_factory=Common, compare=False, repr=False)


class _Stateful:
    """An object that is committed at the end of every epoch."""

    def state(self) -> Tree:
        """List the state that must survive an epoch, by name: arrays, JSON values, dicts of them.

        The generator ``self.rng`` (and a Pantheon's ``model``) is kept without being listed.
        """
        return {}

    def load_state(self, state: Tree) -> None:
        """Restore what ``state`` listed, in a new object. Modifies self in place."""


class PantheonBase(_Stateful, ABC):
    """Own the weights of all populations and change them from the shards' updates.

    Attributes:
        config: settings of the world and its learner.
        args: how the run is carried out.
        layout: names, shapes and offsets of one population's weights (forge.ethyr.layout).
        rng: generator of the Pantheon.
        model: float32 (P, n), the weights of all populations, one row each.
    """

    def __init__(self, config: Config, args: Args, parameters: Parameters) -> None:
        """Build the initial weights.

        Args:
            config: settings of the world and its learner.
            args: how the run is carried out.
            parameters: the result of ``Sword.parameters(config)``.
        """
        from forge.ethyr.layout import Layout

        self.config, self.args = config, args
        self.layout = Layout(parameters)
        self.rng = generator(args.seed, Owner.PANTHEON)
        rng = generator(args.seed, Owner.WEIGHTS)
        self.model: Array = self.layout.initialise(config.populations, rng)

    @classmethod
    def num_bytes(cls, config: Config, parameters: int) -> int:
        """Estimate the memory that the Pantheon takes beside the engine's [bytes].

        A run reports its need before it starts: override this method if your class takes much more.

        Args:
            config: settings of the world and its learner.
            parameters: n, of one population.
        """
        return 3 * 4 * config.populations * parameters  # the model, the last commit's, the next's

    @abstractmethod
    def step(self, updates: list[Update]) -> Array:
        """Change the weights after one exchange.

        Args:
            updates: one of each shard, in shard order. The default Pantheon, which only adds
                gradients up, is given the workers' sums over neighbouring shards; any other
                ``step`` is given the gradients of each shard. Add them with forge.trinity.summing.

        Returns:
            float32 (P, n), the new weights: ``self.model``, or another array, which is copied to
            ``self.model``.
        """

    def send(self, realm: int) -> Any:
        """Send a message to the God of a realm at the end of an epoch; None: no message.

        It is copied by pickling, whatever the engine.

        The Gods' messages are in the updates of the epoch's first ``step``.
        """
        return None

    def save(self, path: str | PathLike[str]) -> None:
        """Write the weights to a file that ``load`` and ``--load`` read.

        Raises:
            ForgeError: if the file cannot be written; an older file is then unchanged.
        """
        from forge.ethyr import checkpoint

        checkpoint.save_model(path, self.model, self.layout, self.config)

    def load(
        self,
        path: str | PathLike[str],
        population: int | None = None,
        source: int | None = None,
    ) -> None:
        """Take weights from a file. Modifies self in place.

        Args:
            path: a file that ``save`` or a run has written.
            population: take weights for this population only; None: for all.
            source: population of the file to take them from; None: the same one, or the file's
                only one.

        Raises:
            CheckpointError: if the file is unreadable or corrupted, or its weights do not fit.
        """
        from forge.ethyr import checkpoint

        loaded = checkpoint.load_model(path, self.layout, self.config)
        self.model = checkpoint.merged(self.model, loaded, population, source, path)


class GodBase(_Stateful, ABC):
    """Watch over one realm.

    Attributes:
        config: settings of the world and its learner.
        args: how the run is carried out.
        realm: number of the realm in the run.
        rng: generator of this God.
    """

    def __init__(self, config: Config, args: Args, realm: int) -> None:
        self.config, self.args, self.realm = config, args, realm
        self.rng = generator(args.seed, Owner.GOD, realm)

    @abstractmethod
    def spawn(self, counts: Array) -> int:
        """Choose the population of a newborn. Called once per birth.

        Args:
            counts: int64 (P,), living agents of each population in this realm.

        Returns:
            0 … P − 1.
        """

    def quest(self, entity: Any) -> int | None:
        """Choose the quest of a newborn. Called once per birth, in worlds with quests.

        ``forge.blade.quests.quests_in(self.config)`` lists the quests, the one with the number 1
        first.

        Args:
            entity: the AGENT record of the newborn (id, population, row, col …), a copy.

        Returns:
            Number of the quest, from 1; None: the one that was drawn by the quests' weights.
        """
        return None

    def cull(self, entity: Any) -> None:
        """Take note of a death. Called once per death, before the births of that tick.

        Args:
            entity: the LIFE record of the dead agent (id, population, lifetime, cause, killer …).
        """

    def send(self) -> Any:
        """Send a message to the Pantheon at the end of a rollout; None: no message.

        It is copied by pickling, whatever the engine.
        """
        return None

    def recv(self, message: Any) -> None:
        """Receive the Pantheon's message at the end of an epoch (not called for None).

        Modifies self in place.
        """


class SwordBase(_Stateful, ABC):
    """Decide for all agents of one shard, and learn from the outcome.

    The calls of one epoch: ``recv_update``; for every tick ``decide``, ``reward``, ``collect``;
    ``end_rollout``; ``send_update``; then, for every further exchange, ``recv_update`` and
    ``send_update``.

    Attributes:
        config: settings of the world and its learner.
        args: how the run is carried out.
        shard: its index and its realms.
        rng: generator of this Sword.
        model: float32 (P, n), the weights of the last exchange, to be read only: other Swords
            share them. Valid after the first ``recv_update``; at the commit they are still the
            weights from before the Pantheon's last step.
    """

    def __init__(self, config: Config, args: Args, shard: ShardInfo) -> None:
        self.config, self.args, self.shard = config, args, shard
        self.rng = shard.rng
        self.model: Array

    @classmethod
    def parameters(cls, config: Config) -> Parameters:
        """Lay out one population's weights: name → (shape, initialiser); {}: no weights."""
        return {}

    @classmethod
    def cast(cls, config: Config) -> Cast:
        """Say who plays the populations that do not learn; by default there are none.

        Raises:
            ConfigError: for settings ``scripts`` and ``frozen``, which this class would ignore.
        """
        casting.refuse(config, cls.__name__)
        return Cast(config.populations)

    @classmethod
    def exchanges(cls, config: Config) -> int:
        """Say how many exchanges follow a rollout, ≥ 1."""
        return 1

    @classmethod
    def num_bytes(cls, config: Config, num_realms: int) -> Taken:
        """Estimate the memory that Swords take, once their realms are full.

        A run reports its need before it starts: override this method if your class takes much.

        Args:
            config: settings of the world and its learner.
            num_realms: realms of one shard.
        """
        return Taken()

    def recv_update(self, model: Array) -> None:
        """Take the current weights. Modifies self in place.

        Args:
            model: float32 (P, n), to be read only, valid until the end of the exchange: the next
                one overwrites it, so copy what you keep.
        """
        self.model = model

    @abstractmethod
    def decide(self, obs: Observation) -> Actions:
        """Choose the actions of all agents.

        Args:
            obs: the observation of the N living agents of the shard; N may be 0. Draw from
                ``obs.draws`` (a uniform number for each choice of each agent) or ``self.rng``.

        Returns:
            An action for each agent, in the same order.
        """

    def reward(self, obs: Observation, events: Any) -> Array:
        """Reward every agent for one tick.

        Args:
            obs: the observation that was acted on.
            events: record array (N,), the events of this tick for each agent: ``died`` bool,
                ``cause`` (a Cause; 0 if it lives), ``killer`` (an id; −1), ``harvested`` and
                ``drank`` bool, ``damage_dealt``, ``damage_taken``, ``hits``, ``kills``,
                ``food_drained``, ``water_drained``, ``quest`` (by how much its quest came closer
                to its end: 0 … 1) and further columns of EVENT.

        Returns:
            float32 (N,). Default, by ``config.reward``: "death": −1 at death, else 0; "alive":
            +1 for each tick lived; in worlds with quests plus ``config.quest_weight ×
            events.quest`` (forge.ethyr.rewards).
        """
        return named_reward(self.config.reward, self.config, events)

    def collect(self, obs: Observation, actions: Actions, reward: Array, events: Any) -> None:
        """Store one tick for learning. Modifies self in place.

        Args:
            obs: the observation acted on: views of buffers that the next tick overwrites, so
                copy what you keep.
            actions: the result of ``decide``.
            reward: float32 (N,), the result of ``reward``.
            events: as for ``reward``.
        """

    def end_rollout(self, obs: Observation) -> None:
        """Take the observation after the last tick; its agents live on. Modifies self in place."""

    def send_update(self) -> Update:
        """Hand up gradients, or other data for the Pantheon to learn from."""
        return Update(None, np.zeros(self.config.populations, np.int64))


@dataclass(frozen=True)
class Trinity:
    """The three classes of a run: ``Trinity(Pantheon, God, Sword)``."""

    Pantheon: type[PantheonBase]
    God: type[GodBase]
    Sword: type[SwordBase]

    def __post_init__(self) -> None:
        """Check that each class derives from the right base."""
        bases: Sequence[tuple[str, type]] = (
            ("Pantheon", PantheonBase),
            ("God", GodBase),
            ("Sword", SwordBase),
        )
        for name, base in bases:
            cls = getattr(self, name)
            if not (isinstance(cls, type) and issubclass(cls, base)):
                raise TypeError(
                    f"Trinity needs a subclass of {name} in that place, not {shown(cls)}"
                )


def given_trinity(trinity: Any) -> Trinity:
    """Take a Trinity.

    Raises:
        ConfigError: says what was given instead.
    """
    if not isinstance(trinity, Trinity):
        raise ConfigError(f"trinity is Trinity(Pantheon, God, Sword), not {shown(trinity)}")
    return trinity
