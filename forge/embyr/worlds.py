"""Play worlds for people to watch: copies of a run's shards, or worlds of scripted agents.

A copy goes on from a commit as the run itself does: its first ``horizon`` ticks, under the commit's
weights, are the run's own to the bit. Later ones are a world of its own, under the newest weights.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from forge.args import Args
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.recording.recorder import Recorder
from forge.blade.recording.replay import Recording, Replay
from forge.blade.scripted import SCRIPTED
from forge.blade.streams import Owner, generator
from forge.config import Config
from forge.embyr.frames import Witness
from forge.embyr.orders import Puppeteer
from forge.trinity.defaults import default_trinity
from forge.trinity.engines import travelling
from forge.trinity.handover import Handover, begin
from forge.trinity.shard import shard_realms
from forge.trinity.sword import Sword
from forge.trinity.trinity import ShardInfo, SwordBase, Trinity

Array = NDArray[Any]

SCRIPTS = "Scripts do not think."


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


class Loaded(NamedTuple):
    """What worlds of agents begin with whose weights were loaded."""

    config: Config
    seed: int
    maps: tuple[int, ...]  # the number of each realm's map
    name: str  # of the agents, for people
    model: Array  # float32 (P, n)
    warmup: int = 0  # ticks before the first that is seen

    def groups(self) -> list[tuple[int, ...]]:
        """List the realms that are played together: each by itself."""
        return [(realm,) for realm in range(len(self.maps))]

    def build(self, group: int) -> "World":
        """Begin a world."""
        return LoadedWorld(self, group)


class Committed(NamedTuple):
    """A commit of a run, as it is handed to whoever goes on from it.

    It travels to other processes with the user's classes, as they do to workers.
    """

    config: Config
    args: Args  # of the run, of which nRealm and seed matter
    trinity: Trinity
    name: str  # of the run, for people
    epoch: int
    model: Array  # float32 (P, n)
    states: Sequence[bytes]  # of its shards; none before the first epoch
    warmup: int = 0  # ticks of a copy before the first that is seen

    def __reduce__(self) -> Any:
        return _arrived, (travelling.pack(tuple(self)),)

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


def _arrived(packed: bytes) -> Committed:
    """Unpack a commit in the process that it has travelled to."""
    return Committed(*travelling.unpack(packed))


class Recorded(NamedTuple):
    """A recording, as it is handed to whoever plays it."""

    recording: Recording

    @property
    def config(self) -> Config:
        """Settings of the world."""
        return self.recording.head.config

    def groups(self) -> list[tuple[int, ...]]:
        """List the realms that are played together: there is one."""
        return [(self.recording.head.realm,)]

    def build(self, group: int) -> "World":
        """Begin to play it."""
        return ReplayedWorld(self.recording)


class Beginning(Protocol):
    """What a spectator begins its worlds with."""

    @property
    def config(self) -> Config:
        """Settings of the worlds."""

    def groups(self) -> list[tuple[int, ...]]:
        """List the realms that are played together."""

    def build(self, group: int) -> "World":
        """Begin the world of a group."""


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
        again: what beginning anew means, for people.
        moves: how often each realm of the batch has come to another map.
    """

    realms: Realms
    sword: SwordBase | None = None
    source: str
    own = "the scripts' own"
    player: Puppeteer | None = None
    again = "Take a new copy of the world"

    def __init__(self) -> None:
        self.witnesses: Sequence[Witness] = ()
        self.after: list[Callable[[], object]] = []  # called after each tick
        self.moves: Counter[int] = Counter()

    @property
    def unthinking(self) -> str:
        """Why nobody thinks here, for people; "": a network does."""
        if not isinstance(self.sword, Sword):
            return "A Sword of its own decides here; what it expects is not known."
        populations = self.realms.config.populations
        return "" if len(self.sword.company.scripts) < populations else SCRIPTS

    @property
    def left(self) -> int | None:
        """How many ticks are left; None: it never ends."""
        return None

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more."""
        return self.left == 0

    def play(self) -> None:
        """Play a tick, if there is one, call what is to be called after it, and let realms move."""
        if not self.ended:
            self.realms.keep_happenings(bool(self.witnesses))
            self.tick()
            for done in self.after:
                done()
            self.moves.update(self.move())

    def show(self, obs: Observation, actions: Actions, events: Any) -> None:
        """Let the witnesses see half a tick."""
        rows = self.realms.take_happenings()
        for witness in self.witnesses:
            witness.see(obs, actions, events, rows)

    @abstractmethod
    def tick(self) -> None:
        """Play a tick before the witnesses."""

    def move(self) -> Iterable[int]:
        """Bring realms to other maps whose time has come; say which of the batch."""
        return ()

    @abstractmethod
    def learn(self, weights: Weights) -> None:
        """Take newer weights, from the next rollout on."""

    def recorder(self, w: int) -> Recorder:
        """Begin a recording of a realm of the batch; it has to see every tick."""
        return Recorder(self.realms, w, self.source)


class FreshWorld(World):
    """A realm that begins with its first tick, and whose agents do not learn."""

    def __init__(self, beginning: Scripted | Loaded, realm: int) -> None:
        super().__init__()
        number = beginning.maps[realm]
        self.realms = Realms(beginning.config, beginning.seed, (realm,), (number,))
        self.player = Puppeteer(beginning.config.auto_target)
        for _ in range(beginning.warmup):
            self.tick()

    @abstractmethod
    def decide(self, obs: Observation) -> Actions:
        """Choose what all agents do."""

    def tick(self) -> None:
        """Play a tick before the witnesses."""
        obs = self.realms.observation
        assert self.player is not None
        actions = self.player.override(obs, self.decide(obs))
        self.show(obs, actions, self.realms.advance(actions))
        self.realms.bear()
        self.realms.take_lives()  # nobody counts them

    def learn(self, weights: Weights) -> None:
        """Nothing is learnt here."""


class ScriptedWorld(FreshWorld):
    """A realm of scripted agents."""

    unthinking = SCRIPTS

    def __init__(self, beginning: Scripted, realm: int) -> None:
        self._script = SCRIPTED[beginning.agents]
        super().__init__(beginning, realm)
        self.source = f"Scripted agents ({beginning.agents}) on map {beginning.maps[realm]}."

    def decide(self, obs: Observation) -> Actions:
        """Choose what all agents do."""
        return self._script(obs)


class LoadedWorld(FreshWorld):
    """A realm of agents whose weights were loaded."""

    own = "the networks' own"

    def __init__(self, beginning: Loaded, realm: int) -> None:
        config, seed = beginning.config, beginning.seed
        args = Args(seed=seed, engine="serial")
        info = ShardInfo(0, (realm,), generator(seed, Owner.SWORD))
        self.sword = self._player = default_trinity().Sword(config, args, info)
        model = np.array(beginning.model)
        model.flags.writeable = False  # as in a run
        self._player.recv_update(model)
        super().__init__(beginning, realm)
        self.source = f"{beginning.name} on map {beginning.maps[realm]}."

    def decide(self, obs: Observation) -> Actions:
        """Choose what all agents do."""
        return self._player.decide(obs)


class Copy(World):
    """A shard that goes on from a commit, without learning itself."""

    own = "the run's own"

    def __init__(self, beginning: Committed, group: int) -> None:
        super().__init__()
        self._beginning, self._ticks = beginning, 0
        self._shard = begin(beginning.handover(group))
        self._shard.onlooker = self.show
        self.player = Puppeteer(beginning.config.auto_target)
        self._shard.player = self.player.override
        self.realms, self.sword = self._shard.realms, self._shard.sword
        self._newest = Weights(beginning.epoch, beginning.model)
        self.source = self._described(beginning.epoch)
        for _ in range(beginning.warmup):
            self.play()

    def tick(self) -> None:
        """Play a tick before the witnesses; take the newest weights where a rollout begins."""
        if self._ticks % self._beginning.config.horizon == 0:
            self._take(self._newest)
        self._ticks += 1
        self._shard.tick()
        self._shard.take_lives()  # nobody counts them

    def move(self) -> Iterable[int]:
        """Move as the run does, at the end of a rollout."""
        before = self.realms.maps
        if self._ticks % self._beginning.config.horizon == 0:
            self._shard.move()
        return [w for w, number in enumerate(self.realms.maps) if number != before[w]]

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

    def recorder(self, w: int) -> Recorder:
        """Begin a recording of a realm of the shard, whose God may choose populations."""
        return self._shard.recorder(w, self.source)


class ReplayedWorld(World):
    """A realm that does what was recorded, and is checked as it does."""

    again = "Play it from its beginning"
    unthinking = "There is no network in a recording."

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._replay = Replay(recording)
        self.realms = self._replay.realms
        self.source = _told(recording, self.ended)

    @property
    def left(self) -> int:
        """How many ticks are left."""
        return self._replay.recording.last - self._replay.tick

    def tick(self) -> None:
        """Play a tick before the witnesses; there must be one."""
        self.show(*self._replay.advance())
        moves = self._replay.moves
        self._replay.finish()
        self.moves[0] += self._replay.moves - moves
        self.source = _told(self._replay.recording, self.ended)

    def learn(self, weights: Weights) -> None:
        """What was done cannot be changed."""

    def recorder(self, w: int) -> Recorder:
        """Begin a recording of what is left of this one."""
        head = self._replay.recording.head
        return Recorder(self.realms, w, head.source, head.chosen, head.quests)


def _told(recording: Recording, ended: bool) -> str:
    """Say where a replayed world comes from, and whether this is its end."""
    if not ended:
        return f"Recording: {recording.head.source}"
    end = "It was cut off here" if recording.cut_off else "The end of the recording"
    return f"{end} (tick {recording.last:,}): {recording.head.source}"
