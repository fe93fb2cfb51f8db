"""Play worlds for people to watch: copies of a run's shards, or worlds of scripted agents.

A copy goes on from a commit as the run itself does: its first ``horizon`` ticks, under the commit's
weights, are the run's own to the bit. Later ones are a world of its own, under the newest weights.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.config import Config
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.scripted import SCRIPTED
from forge.embyr.frames import Witness
from forge.embyr.seats import Player
from forge.trinity.handover import Handover, begin
from forge.trinity.shard import shard_realms
from forge.trinity.trinity import SwordBase, Trinity

Array = NDArray[Any]


class Scripted(NamedTuple):
    """What worlds of scripted agents begin with."""

    config: Config
    seed: int
    maps: tuple[int, ...]  # the number of each realm's map
    agents: str  # a name of ``SCRIPTED``
    warmup: int = 0  # ticks before the first that is seen, while realms fill up

    def groups(self) -> list[tuple[int, ...]]:
        """List the realms that are played together: each by itself."""
        return [(realm,) for realm in range(len(self.maps))]

    def build(self, group: int) -> "World":
        """Begin a world."""
        return ScriptedWorld(self, group)


class Committed(NamedTuple):
    """A commit of a run, as it is handed to whoever goes on from it."""

    config: Config
    args: Args  # of the run, of which nRealm and seed matter
    trinity: Trinity
    name: str  # of the run, for people
    epoch: int
    model: Array  # float32 (P, n)
    states: Sequence[bytes]  # of its shards; none before the first epoch

    def groups(self) -> list[tuple[int, ...]]:
        """List the realms that are played together: those of a shard."""
        return shard_realms(self.config, self.args.nRealm)

    def handover(self, shard: int) -> Handover:
        """Give what one shard goes on from."""
        state = self.states[shard] if self.states else None
        return Handover(self.config, self.args, self.trinity, self.epoch, self.model, shard, state)

    def build(self, group: int) -> "World":
        """Begin a copy of a shard."""
        return Copy(self, group)


Beginning = Scripted | Committed


class Weights(NamedTuple):
    """Newer weights of a run."""

    epoch: int
    model: Array


class World(ABC):
    """Some realms that are played together.

    Attributes:
        realms: the batch.
        sword: decides for its agents; None: a script does.
        source: where it comes from, one sentence.
        own: whose world it is while nobody plays in it by hand.
        player: carries out what people order; None: nobody can play in this world.
    """

    realms: Realms
    sword: SwordBase | None = None
    source: str
    own = "the scripts' own"
    player: Player | None = None

    def __init__(self) -> None:
        self.witnesses: Sequence[Witness] = ()

    def show(self, obs: Observation, actions: Actions, events: Any) -> None:
        """Let the witnesses see half a tick."""
        for witness in self.witnesses:
            witness.see(obs, actions, events)

    @abstractmethod
    def tick(self) -> None:
        """Play a tick before the witnesses."""

    @abstractmethod
    def learn(self, weights: Weights) -> None:
        """Take newer weights, from the next rollout on."""


class ScriptedWorld(World):
    """A realm of scripted agents."""

    def __init__(self, beginning: Scripted, realm: int) -> None:
        super().__init__()
        config, number = beginning.config, beginning.maps[realm]
        self.realms = Realms(config, beginning.seed, (realm,), (number,))
        self.source = f"Scripted agents ({beginning.agents}) on map {number}."
        self._decide = SCRIPTED[beginning.agents]
        self.player = Player(config.auto_target)
        for _ in range(beginning.warmup):
            self.tick()

    def tick(self) -> None:
        """Play a tick before the witnesses."""
        obs = self.realms.observation
        assert self.player is not None
        actions = self.player.override(obs, self._decide(obs))
        self.show(obs, actions, self.realms.advance(actions))
        self.realms.bear()
        self.realms.take_lives()  # nobody counts them

    def learn(self, weights: Weights) -> None:
        """Scripts learn nothing."""


class Copy(World):
    """A shard that goes on from a commit, without learning itself."""

    own = "the run's own"

    def __init__(self, beginning: Committed, group: int) -> None:
        super().__init__()
        self._beginning, self._ticks = beginning, 0
        self._shard = begin(beginning.handover(group))
        self._shard.onlooker = self.show
        self.player = Player(beginning.config.auto_target)
        self._shard.player = self.player.override
        self.realms, self.sword = self._shard.realms, self._shard.sword
        self._newest = Weights(beginning.epoch, beginning.model)
        self.source = self._described(beginning.epoch)

    def tick(self) -> None:
        """Play a tick before the witnesses; take the newest weights where a rollout begins."""
        if self._ticks % self._beginning.config.horizon == 0:
            self._take(self._newest)
        self._ticks += 1
        self._shard.tick()
        self._shard.take_lives()  # nobody counts them

    def _take(self, weights: Weights) -> None:
        model = np.array(weights.model)
        model.flags.writeable = False  # as in a run
        self._shard.receive(model)
        self.source = self._described(weights.epoch)

    def _described(self, epoch: int) -> str:
        copied = f"Copy of {self._beginning.name} at epoch {self._beginning.epoch}"
        return f"{copied}, played on with the weights of epoch {epoch}."

    def learn(self, weights: Weights) -> None:
        """Take newer weights, from the next rollout on."""
        self._newest = weights
