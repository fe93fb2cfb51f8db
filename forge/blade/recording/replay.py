"""Read a recording, and play it again: the same world to the bit, or an error that says when."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge import __version__, files
from forge.blade.observation import Actions, Observation
from forge.blade.realm import Events, Realms
from forge.blade.recording import chunks as framing
from forge.blade.recording import content
from forge.blade.recording.blocks import Block, digest_of, num_ticks, read_block
from forge.blade.recording.chunks import END, HEAD, MOVE, STATE, TICKS, Chunk
from forge.blade.recording.content import Head
from forge.blade.recording.deflated import ContentError
from forge.blade.state import padding
from forge.errors import ForgeError, ReplayError

Array = NDArray[Any]

MOST_BYTES = 1 << 30  # of a file


@dataclass(frozen=True)
class Recording:
    """A recording as it was read; its ticks have not been played yet.

    Attributes:
        path: where it comes from, for messages.
        head: what is known of it.
        state: its first state, as it is written.
        blocks: its ticks, as they are written.
        moves: what came before some of the blocks, by their index: the realm on another map, as it
            is written.
        ticks: how many there are.
        cut_off: whether it lacks its end.
    """

    path: str
    head: Head
    state: bytes
    blocks: tuple[bytes, ...]
    ticks: int
    cut_off: bool
    moves: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The last tick."""
        return self.head.tick + self.ticks

    @classmethod
    def read(cls, path: str | os.PathLike[str], unfinished: bool = False) -> "Recording":
        """Read a file.

        Args:
            path: the file.
            unfinished: take one that was cut off, up to its last whole chunk.

        Raises:
            ForgeError: if it cannot be read; a ReplayError says in which tick it is damaged.
        """
        path = files.at_home(path)
        return cls.of(files.read(path, MOST_BYTES), path, unfinished)

    @classmethod
    def of(cls, data: bytes, path: str = "the recording", unfinished: bool = False) -> "Recording":
        """Read bytes; see ``read``."""
        if not framing.is_recording(data):
            raise ReplayError(f"{path} is no recording")
        if not framing.OLDEST <= framing.version(data) <= framing.VERSION:
            raise ReplayError(
                f"{path} is a recording of version {framing.version(data)}; this Forge reads "
                f"versions {framing.OLDEST} to {framing.VERSION}"
            )
        found, fault = framing.unframed(data)
        return _Reading(path).read(found, fault, unfinished)


class _Reading:
    """Put the chunks of one recording together."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._tick: int | None = None  # up to which it is sound; None: it has not begun
        self._blocks: list[bytes] = []
        self._moves: dict[int, bytes] = {}
        self._digest = ""  # of the realm as it is then

    def read(self, chunks: list[Chunk], fault: str, unfinished: bool) -> Recording:
        if [chunk.kind for chunk in chunks[:2]] != [HEAD, STATE]:
            raise self._damaged(fault or "it lacks its beginning")
        try:
            head = content.read_head(chunks[0].payload)
        except ContentError as error:
            raise self._damaged(str(error)) from None
        self._tick, self._digest = head.tick, head.digest
        ended = chunks[-1].kind == END
        for chunk in chunks[2 : len(chunks) - ended]:
            self._add(chunk)
        ticks = self._tick - head.tick
        if ended and not fault:
            self._check_end(chunks[-1], ticks)
        elif fault not in ("", "it is cut off") or not unfinished:
            raise self._damaged(fault or "it is cut off")
        return Recording(
            path=self._path,
            head=head,
            state=chunks[1].payload,
            blocks=tuple(self._blocks),
            ticks=ticks,
            cut_off=not ended,
            moves=self._moves,
        )

    def _add(self, chunk: Chunk) -> None:
        if chunk.kind not in (TICKS, MOVE) or (chunk.kind == MOVE and not self._blocks):
            raise self._damaged("its parts are out of order")
        assert self._tick is not None
        try:
            if chunk.kind == MOVE:
                self._digest, _ = content.read_move(chunk.payload)
                self._moves[len(self._blocks)] = chunk.payload
                return
            self._tick += num_ticks(chunk.payload)
            self._digest = digest_of(chunk.payload)
        except ContentError as error:
            raise self._damaged(str(error)) from None
        self._blocks.append(chunk.payload)

    def _check_end(self, chunk: Chunk, ticks: int) -> None:
        try:
            found = content.read_end(chunk.payload)
        except ContentError as error:
            raise self._damaged(str(error)) from None
        if found != (ticks, self._digest):
            raise self._damaged("its end is that of another recording")

    def _damaged(self, what: str) -> ReplayError:
        hint = ""
        if what == "it is cut off" and self._tick is not None:
            hint = "; up to there it can be played, if you ask for an unfinished one"
        where = "before its first tick" if self._tick is None else f"after tick {self._tick}"
        return ReplayError(f"{self._path} is damaged {where}: {what}{hint}")


class Replay:
    """A realm that does what was recorded.

    Attributes:
        recording: what is played.
        realms: the realm, a batch of one.
        tick: that was played last.
        moves: how often the realm has come to another map.
    """

    def __init__(self, recording: Recording) -> None:
        """Build the realm as it was when the recording began.

        Raises:
            ReplayError: if there can be no such realm.
        """
        self.recording, head = recording, recording.head
        self.tick, self._block, self._at = head.tick, -1, 0
        self.moves = 0
        self._now: Block | None = None
        self._compiled = np.array([not head.born])
        try:
            arrays = content.read_state(recording.state, head.config)
            inside = slice(padding(head.config), padding(head.config) + head.config.map_size)
            terrain = arrays["tiles"][:, inside, inside]
            about = head.config, head.seed, (head.realm,), (head.map,)
            self.realms = Realms(*about, terrain=terrain)
            self.realms.restore(arrays)
        except (ContentError, ForgeError, ValueError) as error:
            raise self._broken(f"before its first tick, {head.tick}", str(error)) from None
        clock = self.realms.state.clock[0]
        if self.realms.digest() != head.digest or int(clock["tick"]) != head.tick:
            raise self._broken(f"before its first tick, {head.tick}", "its state has changed")

    @property
    def ended(self) -> bool:
        """Whether all of it has been played."""
        return self.tick == self.recording.last

    def advance(self) -> tuple[Observation, Actions, "Events[Any, Any]"]:
        """Play the first half of the next tick; call ``finish`` for the other half.

        Returns:
            What was acted on, what was done, and what came of it, as of ``Realms.advance``.

        Raises:
            ReplayError: if the recorded actions cannot be done.
        """
        block = self._read()
        obs = self.realms.observation
        self.tick += 1
        try:
            actions = _actions(obs, block, self._at)
            return obs, actions, self.realms.advance(actions)
        except (ContentError, ForgeError) as error:
            raise self._broken(f"in tick {self.tick}", str(error)) from None

    def finish(self) -> None:
        """Play the second half of a tick, and check the realm where its digest was recorded.

        Raises:
            ReplayError: if it is not the realm that was recorded.
        """
        assert self._now is not None
        try:
            self._bear({name: born[self._at] for name, born in self._now.births.items()})
        except ValueError as error:
            raise self._broken(f"in tick {self.tick}", str(error)) from None
        self.realms.bear(self._compiled)
        self.realms.take_lives()
        self._at += 1
        if self._at == self._now.ticks:
            self._check(self._now)
            self._move()

    def _bear(self, born: Mapping[str, Array]) -> None:
        """Bear agents as a God chose them; what it did not choose is drawn."""
        for chosen in zip(*born.values(), strict=True):
            given = dict(zip(born, map(int, chosen), strict=True))
            population = given.get("population")
            if population is None:
                population = self.realms.draw_population(0)
            self.realms.place(0, population, partial(_quest_in, given))

    def _move(self) -> None:
        """Bring the realm to another map, if it came to one after this block.

        Raises:
            ReplayError: if there can be no such realm.
        """
        move = self.recording.moves.get(self._block + 1)
        if move is None:
            return
        digest, state = content.read_move(move)
        try:
            self.realms.restore(content.read_state(state, self.recording.head.config))
        except (ContentError, ForgeError) as error:
            raise self._broken(f"after tick {self.tick}", str(error)) from None
        clock = self.realms.state.clock[0]
        if self.realms.digest() != digest or int(clock["tick"]) != self.tick:
            raise self._broken(f"after tick {self.tick}", "its state has changed")
        self.moves += 1

    def play(self) -> None:
        """Play the next tick."""
        self.advance()
        self.finish()

    def _read(self) -> Block:
        """Read the actions of the next tick."""
        if self._now is None or self._at == self._now.ticks:
            self._block, self._at = self._block + 1, 0
            try:
                payload = self.recording.blocks[self._block]
                self._now = read_block(payload, self.recording.head)
            except ContentError as error:
                raise self._broken(f"after tick {self.tick}", str(error)) from None
        return self._now

    def _check(self, block: Block) -> None:
        if self.realms.digest() != block.digest:
            since, forge = self.tick - block.ticks, self.recording.head.forge
            other = "" if forge == __version__ else f" (recorded by Forge {forge})"
            what = f"the world is not the one that was recorded{other}; at tick {since} it was"
            raise ReplayError(f"{self.recording.path} differs at tick {self.tick}: {what}")

    def _broken(self, where: str, what: str) -> ReplayError:
        return ReplayError(f"{self.recording.path} is damaged {where}: {what}")


def _quest_in(given: Mapping[str, int], _: Any) -> int | None:
    """Give a newborn the quest that was recorded, if it was chosen."""
    return given.get("quest")


def _actions(obs: Observation, block: Block, t: int) -> Actions:
    """Give the agents their recorded actions.

    Modifies obs in place: of those whom an agent could attack, only its target stays, so that
    ``auto_target`` finds it too.

    Raises:
        ContentError: if somebody acts who has no recorded action, or attacks nobody in sight.
    """
    actions, slots = Actions.stay(len(obs)), np.asarray(obs.ent["slot"])
    known = slots < block.choices["move"].shape[1]
    if not known.all():
        raise ContentError(f"slot {slots[~known][0]} has no action")
    done = {name: values[t, slots] for name, values in block.choices.items()}
    targets = done.pop("target")
    for name, values in done.items():
        getattr(actions, name)[:] = values
    attackers = np.flatnonzero(actions.style >= 0)
    if len(attackers):
        offsets = np.asarray(obs.offsets)
        owner = np.repeat(np.arange(len(obs)), np.diff(offsets))
        wanted = np.where(actions.style >= 0, targets, -1)[owner]
        rows = np.flatnonzero(obs.slot == wanted)
        if not np.array_equal(owner[rows], attackers):
            raise ContentError("an agent attacks somebody whom it does not see")
        actions.target[attackers] = rows - offsets[attackers]
        styles = actions.style[attackers]
        possible = obs.can_attack[rows, styles].copy()
        obs.can_attack[...] = False
        obs.can_attack[rows, styles] = possible
    return actions


def verify(recording: Recording) -> str:
    """Play a recording to its end.

    Returns:
        The digest of the realm after it.

    Raises:
        ReplayError: says in which tick it is not what was recorded.
    """
    replay = Replay(recording)
    while not replay.ended:
        replay.play()
    return replay.realms.digest()
