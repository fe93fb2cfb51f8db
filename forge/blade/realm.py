"""Run realms: a checked interface over the compiled tick."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from forge.blade import ended, tick, validity
from forge.blade import state as states
from forge.blade.actions import ActionError as ActionError
from forge.blade.actions import Plain, apart, further_of, plain, refusal
from forge.blade.added import life_in
from forge.blade.buffers import Buffers
from forge.blade.happenings import MOST_HAPPENINGS
from forge.blade.jit import unnamed
from forge.blade.numbers import master_seed, wholes
from forge.blade.observation import Actions, Observation, further, has_later
from forge.blade.observing import finish, observe_into
from forge.blade.packing import packed
from forge.blade.placing import Placing
from forge.blade.records import EVENT, HAPPENED
from forge.blade.rules import scratch
from forge.blade.state import Array, State
from forge.blade.terrain import generate, stacked
from forge.config import Config, ConfigError, configured
from forge.errors import shown

CHECKED = "FORGE_CHECK"  # variable; unless it is empty or 0, worlds are checked after every tick
MORE_LIVES = 64  # room for ended lives beyond a record per slot, at first

Events = np.recarray  # EVENT (N,): the events of each agent, in the order of the observation


class Realms(Placing):
    """A batch of W realms that share one config and tick together.

    Args:
        config: the settings, or the name of a preset.
        seed: master seed, 0 … 2^64 − 1.
        indices: number of each realm in the run, 0 … 2^31 − 1; random streams derive from it.
        maps: number of each realm's map, 0 … 2^31 − 1; by default the realm's index modulo
            ``config.num_maps``.
        terrain: integers (W, map_size, map_size), maps to use instead of those of the numbers.
        buffers: memory for observations; None: allocate it.

    Raises:
        ConfigError: for an unknown preset, or a number out of range.
        MapError: for a map of another size, or on which agents could not be born.
    """

    def __init__(
        self,
        config: Config | str,
        seed: int = 0,
        indices: Sequence[int] = (0,),
        maps: Sequence[int] | None = None,
        terrain: Array | None = None,
        buffers: Buffers | None = None,
    ) -> None:
        self.config = config = configured(config)
        self.seed = master_seed(seed)
        self.indices = wholes("index", indices, 0)
        if not self.indices:
            raise ConfigError("indices name no realm: give the number of at least one")
        W = len(self.indices)
        self._first_maps = self._numbered(maps)
        if terrain is None:
            terrain = np.stack([generate(config, number) for number in self._first_maps])
        self._terrain = stacked(terrain, W, config)
        self._all = np.ones(W, np.bool_)
        self._checked = os.environ.get(CHECKED, "") not in ("", "0")
        self._scratch = scratch(config, W)
        agents = W * config.max_agents
        self._buffers = Buffers(config, W) if buffers is None else buffers
        self._rules = self._buffers.rules
        self._events = np.zeros(agents, EVENT)
        self._ended = ended.allocate(config, agents + MORE_LIVES)
        self._num_ended, self._life = 0, life_in(config)
        self._happened = np.zeros(0, HAPPENED)
        self._further: dict[str, Array] = {}
        self._has_further, self._has_later = bool(further(config)), has_later(config)
        self.reset()

    def _numbered(self, maps: Sequence[int] | None) -> tuple[int, ...]:
        """Check the number of each realm's map, or choose it."""
        if maps is None:
            return tuple(index % self.config.num_maps for index in self.indices)
        numbers = wholes("the number of a map", maps, 0)
        if len(numbers) != len(self.indices):
            raise ConfigError(
                f"{len(numbers)} maps were given for {len(self.indices)} realms: maps holds the "
                "number of each realm's map"
            )
        return numbers

    def reset(self, compiled: Array | None = None) -> Observation:
        """Empty the realms, restart their streams, bear the first agents and observe.

        Args:
            compiled: bool (W,), realms whose first agents are born here; by default all. For the
                other realms call ``place``, then ``observe``.
        """
        self.state: State = states.allocate(
            self.config, self.seed, list(self.indices), self._terrain
        )
        self.state.clock["map"] = self._first_maps
        self._num_ended = self._scratch.notes[0].handed = 0
        return self.bear(compiled)

    @property
    def maps(self) -> tuple[int, ...]:
        """The number of the map on which each realm is now."""
        return tuple(self.state.clock["map"].tolist())

    def move(self, numbers: Mapping[int, int], compiled: Array | None = None) -> Array:
        """Put realms on other maps between two ticks, bear their first agents and observe.

        The agents that lived there are gone, though none has died: their lives are cut off. Ticks,
        ids, totals and streams go on; visits are counted anew.

        Args:
            numbers: realm, as an index in the batch → the number of its new map.
            compiled: as for ``reset``; no agent is born in realms that stay where they are.

        Returns:
            LIFE (n,), the records of the agents that are gone; their ``cause`` is 0.

        Raises:
            ConfigError: for an impossible number, or where no realm moves (``map_epochs``): totals
                must then agree with what is on the map.
        """
        if not self.config.map_epochs:
            raise ConfigError("map_epochs is 0, so no realm moves: set it, to whatever you like")
        checked = wholes("the number of a map", numbers.values(), 0)
        found = {self._index(w): number for w, number in zip(numbers, checked, strict=True)}
        mask = np.zeros_like(self._all)
        left = [self._running(w) for w in found]
        for w, number in found.items():
            states.put_on_map(self.state, w, number, generate(self.config, number))
            mask[w] = True
        self.bear(mask if compiled is None else mask & self._mask(compiled))
        dtype = life_in(self.config)
        return np.concatenate([np.zeros(0, dtype), *left], dtype=dtype)

    def step(self, actions: Actions) -> "Events[Any, Any]":
        """Play one tick with the default God; ``observation`` is then the new one.

        Args:
            actions: one per agent of ``observation``.

        Returns:
            EVENT (N,), a view of a buffer that the next tick overwrites.

        Raises:
            ActionError: for an action that does not exist; the world is then unchanged.
        """
        events = self.advance(actions)
        self.bear()
        return events

    def advance(self, actions: Actions) -> "Events[Any, Any]":
        """Play the first half of a tick, up to burying the dead. For the rest see ``step``."""
        agents = len(self._acted_on.offsets) - 1
        read = plain(actions, agents, self._has_later)
        if self._num_ended + agents > len(self._ended.lives):
            self._ended = ended.enlarged(self._ended, self.config, 2 * agents + self._num_ended)
        if len(self._happened):
            self._make_room(MOST_HAPPENINGS * agents)
        events = self._events[:agents]
        living, self._num_ended = tick.advance(
            packed(self.state),
            packed(self._scratch),
            self._rules,
            unnamed(self._acted_on),
            *apart(read),
            self._buffers.rows.can_attack,
            events,
            packed(self._ended),
            self._num_ended,
            self._happened,
        )
        if living != agents:
            self._refuse(actions, read, living)
        self._further = further_of(read, self._has_later) if self._has_further else {}
        return events.view(np.recarray)

    def _refuse(self, actions: Actions, read: Plain, living: int) -> NoReturn:
        """Say why a tick could not be played: nothing has changed.

        Args:
            actions: as given.
            read: the same actions, converted.
            living: the number of living agents, if all actions exist.
        """
        refused = refusal(actions, read, self._acted_on.offsets)
        if refused is None:
            raise ActionError(
                f"{living} agents live, but {len(read.move)} were observed: call observe() after "
                "editing state"
            )
        n, text = refused
        realm, slot = np.argwhere(self._agents["alive"])[n]
        agent = self.state.agents[realm, slot]
        raise ActionError(f"realm {self.indices[realm]}, agent {agent.id}: {text}")

    def bear(self, compiled: Array | None = None) -> Observation:
        """Play the second half of a tick: births and observing.

        Args:
            compiled: bool (W,), realms whose newborns the default God tags; by default all. For
                the other realms call ``place`` first.
        """
        mask = self._all if compiled is None else self._mask(compiled)
        buffers = self._buffers
        buffers.turn()
        counts = tick.bear(
            packed(self.state), packed(self._scratch), self._rules, mask, *buffers.arrays()
        )
        if self._checked:
            self.check()
        return self._act_on(finish(self.state, buffers, *counts))

    def _mask(self, compiled: Array) -> Array:
        mask, shape = np.asarray(compiled), self._all.shape
        if mask.shape != shape or mask.dtype != np.bool_:
            raise ValueError(f"compiled is bool {shape}, one per realm; not {shown(compiled)}")
        return mask

    def observe(self) -> Observation:
        """Observe again, for example after editing ``state``; changes nothing in the world."""
        return self._act_on(observe_into(self.state, self._buffers))

    def _act_on(self, observation: Observation) -> Observation:
        """Make this the observation that the next actions answer."""
        self.observation = observation
        self._acted_on = tick.ActedOn(observation.offsets.copy(), observation.slot.copy())
        return observation

    @property
    def intents(self) -> Array:
        """What entities did in the last tick: INTENT (W, E), by slot; stale where nobody lived."""
        return self._scratch.intents

    @property
    def further(self) -> dict[str, Array]:
        """What agents chose in the last tick that no intent says, as the rules read it.

        Integers (N,) of each choice but move, style and target, by name. ``index`` in the intents
        says which agent is whose.
        """
        return self._further

    def take_lives(self) -> Array:
        """Hand over the records of the lives that ended since the last call: LIFE (lives,).

        In worlds with skills, here as elsewhere, the records of lives have further columns (see
        ``forge.blade.added.life_in``).
        """
        if not self._num_ended:
            return np.zeros(0, self._life)
        found = {name: it[: self._num_ended] for name, it in self._ended._asdict().items()}
        self._num_ended = 0
        return ended.record_of(found["lives"], found, self.config)

    def keep_happenings(self, kept: bool = True) -> None:
        """Keep a row for everything that happens from now on, or no longer.

        The rows are no part of the state: keeping them changes nothing in the world. Take them
        often (see ``take_happenings``): in a busy tick there are several for each agent.
        """
        if kept != bool(len(self._happened)):
            self._scratch = scratch(self.config, len(self.indices), kept)._replace(
                intents=self._scratch.intents
            )
            self._happened = np.zeros(MORE_LIVES if kept else 0, HAPPENED)

    def take_happenings(self) -> Array:
        """Hand over the rows of what has happened since the last call: HAPPENED (n,).

        They are ordered by tick, then realm; within a tick by the phases of the rules. There are
        none unless ``keep_happenings`` was called.
        """
        count = int(self._scratch.notes[0].handed)
        self._scratch.notes[0].handed = 0
        return self._happened[:count].copy()

    def _make_room(self, more: int) -> None:
        """Make room for more rows of what happens."""
        count = int(self._scratch.notes[0].handed)
        if count + more > len(self._happened):
            room = np.zeros(2 * (count + more), HAPPENED)
            room[:count] = self._happened[:count]
            self._happened = room

    def censored(self) -> Array:
        """Copy the running records of all living agents: LIFE (N,), ordered by realm, then slot."""
        return self._running(slice(None))

    @property
    def _agents(self) -> Array:
        """View the slots of agents, without those of NPCs: AGENT (W, A)."""
        agents: Array = self.state.agents[:, : self.config.max_agents]
        return agents

    def _running(self, where: int | slice) -> Array:
        return ended.running(states.held(self.state), where, self.config)

    def check(self) -> None:
        """Check that the world is a possible one, between two ticks; it is not changed.

        Everything that ``restore`` asks of a snapshot is checked, such as that of all items and
        gold what came less what went is what there is. It takes a few milliseconds. Realms that
        were built while the environment had ``FORGE_CHECK=1`` call it after every tick.

        Raises:
            SnapshotError: names realm, place and value of the first fault, and what is possible.
        """
        validity.checked(states.held(self.state), self.config, self.indices)

    def snapshot(self) -> dict[str, Array]:
        """Copy the whole state: arrays by name (see State)."""
        return {name: array.copy() for name, array in states.held(self.state).items()}

    def restore(self, arrays: dict[str, Array]) -> Observation:
        """Go back to a snapshot, and observe.

        Raises:
            SnapshotError: if the snapshot does not fit these realms, or no world can be like it;
                names the first wrong value. Nothing has then changed.
        """
        checked = validity.checked(arrays, self.config, self.indices)
        for array, given in zip(self.state, checked, strict=True):
            array[...] = given
        self._num_ended = self._scratch.notes[0].handed = 0
        return self.observe()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the observation out of copies: its copied views would not show the buffers."""
        return {name: value for name, value in vars(self).items() if name != "observation"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        offsets, slot = self._acted_on
        self.observation = self._buffers.observation(len(offsets) - 1, len(slot))

    def digest(self) -> str:
        """Hash the whole state; two hashes are equal exactly if the realms are."""
        return states.digest(self.state)


class Realm(Realms):
    """One realm: a batch of one.

    Args:
        config: the settings, or the name of a preset.
        seed: master seed, 0 … 2^64 − 1.
        index: number of the realm in the run, 0 … 2^31 − 1.
        map_number: number of the map, 0 … 2^31 − 1; by default ``index`` modulo
            ``config.num_maps``.
    """

    def __init__(
        self, config: Config | str, seed: int = 0, index: int = 0, map_number: int | None = None
    ) -> None:
        super().__init__(config, seed, (index,), None if map_number is None else (map_number,))
