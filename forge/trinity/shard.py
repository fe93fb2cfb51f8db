"""Compute one shard: a fixed group of realms with their Gods and one Sword, the unit of work.

The course of a shard depends on its number, the config, the seed and the weights alone, never on
the worker that computes it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from forge.args import Args
from forge.blade import validity
from forge.blade.actions import ActionError
from forge.blade.added import life_in
from forge.blade.ended import running
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Realms
from forge.blade.recording.chunks import Chunk
from forge.blade.recording.recorder import Recorder
from forge.blade.state import held
from forge.blade.streams import Owner, generator
from forge.config import Config
from forge.errors import CheckpointError, ForgeError, shown
from forge.ethyr.metrics import Census
from forge.ethyr.pack import pack, unpack
from forge.trinity import itinerary
from forge.trinity.common import Common
from forge.trinity.god import Chooses, chooses, culls
from forge.trinity.handed import checked, sent
from forge.trinity.trinity import Array, GodBase, ShardInfo, SwordBase, Trinity
from forge.trinity.update import Update

Returned = TypeVar("Returned")

MOST_REALMS = 4  # largest shard by default
MOST_WITH_SEVERAL = 8  # the same with several populations, each of which has few samples in a realm


def shard_realms(config: Config, num_realms: int) -> list[tuple[int, ...]]:
    """Split the realms of a run into shards.

    Args:
        config: ``realms_per_shard``; 0 means half of the realms, at most 4 with one population
            and at most 8 with several.
        num_realms: realms of the run, ≥ 1.

    Returns:
        For each shard the numbers of its realms.
    """
    most = MOST_REALMS if config.populations == 1 else MOST_WITH_SEVERAL
    size = config.realms_per_shard or min(most, -(-num_realms // 2))
    return [
        tuple(range(first, min(first + size, num_realms))) for first in range(0, num_realms, size)
    ]


class Ending(NamedTuple):
    """What is left of an epoch of a shard."""

    state: bytes  # of the shard, from which a new shard can go on
    census: Census  # of its realms
    left: Array  # LIFE (k,): records of the agents that are gone as their realms moved
    recorded: list[Chunk]  # of a recorded realm that moved


class Shard:
    """One shard, from its start or from a commit."""

    def __init__(
        self,
        config: Config,
        args: Args,
        trinity: Trinity,
        index: int,
        state: Any = None,
        common: Common | None = None,
    ) -> None:
        """Build the realms, Gods and Sword.

        Args:
            config: settings of the world and its learner.
            args: how the run is carried out.
            trinity: the classes.
            index: number of the shard.
            state: a state from ``commit`` to go on from; None: from the start.
            common: objects that the Swords of this process share; None: nothing is shared.
        """
        self.config, self.index, self._num_realms = config, index, args.nRealm
        self.numbers = shard_realms(config, args.nRealm)[index]
        self.realms = Realms(config, args.seed, self.numbers)
        self.gods: list[GodBase] = [trinity.God(config, args, realm) for realm in self.numbers]
        rng = generator(args.seed, Owner.SWORD, index)
        about = ShardInfo(index, self.numbers, rng, common or Common())
        self.sword: SwordBase = trinity.Sword(config, args, about)
        for made in (self.sword, *self.gods):
            if not hasattr(made, "rng"):
                raise TypeError(f"{type(made).__name__}.__init__ did not call super().__init__")
        # Called with observation, actions and events of each tick; the next tick overwrites them.
        self.onlooker: Callable[[Observation, Actions, Any], object] | None = None
        # Called with observation and actions before each tick: it returns those that are done
        # instead. The Sword collects its own, so no run that learns may have one.
        self.player: Callable[[Observation, Actions], Actions] | None = None
        self._asked: int | None = None  # number of the realm whose God is being called
        self._chooses = [chooses(god) for god in self.gods]
        self._compiled = np.array([it == Chooses(None, None) for it in self._chooses])
        self._culls = any(map(culls, self.gods))
        self._shape = (config.populations, 0)  # of the weights
        self._ended: list[Array] = []
        if state is not None:
            self._restore(state)
        elif not self._compiled.all():
            self.realms.reset(self._compiled)
            self._spawn()
            self.realms.observe()
        if args.events is not None:
            self.realms.keep_happenings()
        self._recorders: list[tuple[int, Recorder]] = []  # all that were begun, with their realm
        self._recorder: Recorder | None = None  # of the run
        if args.record is not None and args.record_realm in self.numbers:
            run = args.run or args.resume or "a run"
            source = f"Realm {args.record_realm} of {run}, recorded while it trained."
            self._recorder = self.recorder(self.numbers.index(args.record_realm), source)

    def recorder(self, w: int, source: str) -> Recorder:
        """Begin a recording of a realm as it is now.

        Args:
            w: index of the realm in the shard.
            source: where it comes from, one sentence.
        """
        chosen = [it is not None for it in self._chooses[w]]
        begun = Recorder(self.realms, w, source, *chosen)
        self._recorders.append((w, begun))
        return begun

    def play(self, model: Array, beat: Callable[[], object] | None = None) -> None:
        """Play a rollout with these weights: ``config.horizon`` ticks.

        Args:
            model: the weights.
            beat: called before each tick, if given; an error there ends the rollout.
        """
        self.receive(model)
        for _ in range(self.config.horizon):
            if beat is not None:
                beat()
            self.tick()
        self.sword.end_rollout(self.realms.observation)

    def tick(self) -> None:
        """Play one tick with the weights that the Sword has."""
        obs, who = self.realms.observation, type(self.sword).__name__
        actions = self._returned(Actions, "decide", self.sword.decide(obs))
        done = actions if self.player is None else self.player(obs, actions)
        try:
            events = self.realms.advance(done)
        except ActionError as error:
            raise ActionError(f"{who}.decide: {error}") from None
        if self.onlooker is not None:
            self.onlooker(obs, done, events)
        given = self.sword.reward(obs, events)
        if given is None:
            raise TypeError(f"{who}.reward returned None, not a number per agent")
        reward = np.asarray(given, np.float32)
        if reward.shape != (len(obs),):
            raise ValueError(f"{who}.reward has shape {reward.shape}, not ({len(obs)},)")
        if not np.isfinite(reward).all():
            agent = obs.ent[np.flatnonzero(~np.isfinite(reward))[0]]
            raise ValueError(f"{who}.reward of agent {agent.id} is not finite")
        self.sword.collect(obs, actions, reward, events)
        if self._culls:
            self._cull()
        if not self._compiled.all():
            self._spawn()
        self.realms.bear(self._compiled)
        if self._recorder is not None:
            self._recorder.see()

    def _cull(self) -> None:
        """Tell the Gods who died in this tick; they can only read the records."""
        ended = self.realms.take_lives()
        ended.flags.writeable = False
        self._ended.append(ended)
        for life in ended:
            self._asked = int(life.realm)
            self.gods[self.numbers.index(self._asked)].cull(life)
        self._asked = None

    def _spawn(self, realms: Sequence[int] | None = None) -> None:
        """Let the Gods that override ``spawn`` or ``quest`` choose for the newborns of this tick.

        Args:
            realms: indices of their realms; None: all.
        """
        for w in np.flatnonzero(~self._compiled).tolist():
            if realms is not None and w not in realms:
                continue
            self._asked = self.numbers[w]
            self.realms.place_due(w, *self._chooses[w])
        self._asked = None

    def update(self, first: bool) -> Update:
        """Hand up the Sword's update.

        Args:
            first: whether this is the first exchange of the epoch: its update carries the lives
                that ended and the messages of the Gods.
        """
        given = self._returned(Update, "send_update", self.sword.send_update())
        update = checked(given, self.sword, self._shape)
        if first:
            update.lives = self.take_lives()
            update.messages = self._messages()
            update.happened = self.realms.take_happenings()
            if self._recorder is not None:
                update.recorded = [(*chunk,) for chunk in self._recorder.take(True)]
        return update

    def _returned(self, kind: type[Returned], name: str, value: Any) -> Returned:
        """Check the type of a value that a method of the Sword returned."""
        if not isinstance(value, kind):
            found = "None" if value is None else f"a value of type {type(value).__name__}"
            who = f"{type(self.sword).__name__}.{name}"
            raise TypeError(f"{who} returned {found}, not {kind.__name__}")
        return value

    def _messages(self) -> list[Any]:
        """Copy the message of each God."""
        messages = []
        for god in self.gods:
            self._asked = god.realm
            messages.append(sent(god))
        self._asked = None
        return messages

    def take_lives(self) -> Array:
        """Take the records of the lives that ended since the last call: LIFE (k,)."""
        lives = np.concatenate([*self._ended, self.realms.take_lives()], dtype=life_in(self.config))
        self._ended = []
        return lives

    def receive(self, model: Array) -> None:
        """Take new weights, before a rollout or between two exchanges."""
        self._shape = model.shape
        self.sword.recv_update(model)

    def move(self) -> Array:
        """Let the realms move on whose time has come, at the end of an epoch; see ``itinerary``.

        Returns:
            LIFE (k,), the records of the agents that are gone with their maps.
        """
        epoch, about = self.now // self.config.horizon, (self.config, self._num_realms)
        maps = {
            w: itinerary.map_after(*about, realm, epoch)
            for w, realm in enumerate(self.numbers)
            if itinerary.moves_at(*about, realm, epoch)
        }
        if not maps:
            return np.zeros(0, life_in(self.config))
        moved = [recorder for w, recorder in self._recorders if w in maps]
        for recorder in moved:
            recorder.leave()
        left = self.realms.move(maps, self._compiled)
        if not self._compiled.all():
            self._spawn([*maps])
            self.realms.observe()
        for recorder in moved:
            recorder.arrive()
        return left

    def commit(self, messages: list[Any]) -> Ending:
        """End an epoch.

        Args:
            messages: the Pantheon's message to each God; None: no message.
        """
        for god, message in zip(self.gods, messages, strict=True):
            if message is not None:
                self._asked = god.realm
                god.recv(message)
        self._asked = None
        left = self.move()
        recorded = [] if self._recorder is None else self._recorder.take()
        state = {
            "realms": held(self.realms.state),
            "gods": [_kept(god) for god in self.gods],
            "sword": _kept(self.sword),
        }
        world = self.realms.state
        census = Census.of(
            world.tally, world.clock, world.tiles if self.config.professions else None
        )
        return Ending(pack(state), census, left, recorded)

    def _restore(self, state: Any) -> None:
        kept = unpacked(state, self.numbers)
        self.realms.restore(kept["realms"])
        for god, of_god in zip(self.gods, kept["gods"], strict=True):
            _give_back(god, of_god)
        _give_back(self.sword, kept["sword"])

    @property
    def where(self) -> str:
        """Position of the shard in the run, for messages."""
        realms = ", ".join(map(str, self.numbers))
        realm = f"one of the realms {realms}" if self._asked is None else f"realm {self._asked}"
        if len(self.numbers) == 1:
            realm = f"realm {realms}"
        return f"{realm}, tick {self.now}, shard {self.index}"

    @property
    def now(self) -> int:
        """The current tick."""
        return int(self.realms.state.clock["tick"].max())


def censored(state: bytes, config: Config) -> Array:
    """Extract the records of all living agents from a committed shard: LIFE (N,)."""
    return running(unpack(state)["realms"], slice(None), config)


def check_states(config: Config, num_realms: int, states: Sequence[bytes], where: str) -> None:
    """Refuse committed shards that no run can go on from, before anything is computed from them.

    Args:
        config: settings of the run.
        num_realms: realms of the run.
        states: states of all its shards; none before its first epoch.
        where: their source, for messages.

    Raises:
        CheckpointError: names the shard and its first wrong value.
    """
    for index, (numbers, state) in enumerate(
        zip(shard_realms(config, num_realms), states, strict=False)
    ):
        try:
            validity.checked(unpacked(state, numbers)["realms"], config, numbers)
        except ForgeError as error:
            raise CheckpointError(f"{where}: shard {index}: {error}") from None


def unpacked(state: Any, numbers: Sequence[int]) -> dict[str, Any]:
    """Read a committed shard.

    Args:
        state: a state from ``Shard.commit``.
        numbers: numbers of its realms in the run.

    Returns:
        ``realms``, the arrays of their state, whose values are not checked; ``gods``, generator
        and state of each God; ``sword``, generator and state of the Sword.

    Raises:
        CheckpointError: if it is no shard, or a shard of other realms.
    """
    try:
        kept = unpack(state)
        realms, gods, sword = kept["realms"], kept["gods"], kept["sword"]
        for owner in (*gods, sword):
            _check_generator(owner["rng"])
            owner["state"]
        found = realms["clock"]["realm"].tolist()
    except ForgeError:
        raise
    except Exception as error:
        raise CheckpointError(f"it is no state of a shard: {shown(error)}") from None
    if found != list(numbers):
        raise CheckpointError(f"it is of realms {shown(found)}, not {shown(list(numbers))}")
    if len(gods) != len(numbers):
        raise CheckpointError(f"it holds {len(gods)} Gods for {len(numbers)} realms")
    return {"realms": realms, "gods": gods, "sword": sword}


def _check_generator(state: Any) -> None:
    """Refuse an impossible state of a generator: NumPy accepts states that it never writes.

    Raises:
        ValueError: for an impossible state; TypeError or KeyError for one of the wrong form.
    """
    np.random.PCG64().state = state
    if not state["state"]["inc"] & 1 or state["has_uint32"] not in (0, 1):
        raise ValueError("its generator cannot be in that state")


def _kept(owner: GodBase | SwordBase) -> dict[str, Any]:
    return {"rng": owner.rng.bit_generator.state, "state": owner.state()}


def _give_back(owner: GodBase | SwordBase, kept: dict[str, Any]) -> None:
    owner.rng.bit_generator.state = kept["rng"]
    owner.load_state(kept["state"])
