"""Lay observations out in fixed shapes: a row per agent slot, whether an agent lives in it or not.

Interfaces whose arrays may not change in shape use these tables. Of the other agents in sight, the
nearest are kept, in order of distance, then of their rows; missing rows are filled with 0.

Shape letters: W realms, E slots of a realm, R = W × E rows, K others kept, w side of the crop.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.copying import clear_run, copy_run
from forge.blade.jit import lean
from forge.blade.numbers import is_whole, whole
from forge.blade.observation import (
    CHOICES,
    MASKS,
    PLANES,
    SEEN,
    Actions,
    Observation,
    Seen,
    choices,
    named,
)
from forge.blade.realm import ActionError
from forge.config import Config
from forge.errors import shown

Array = NDArray[Any]

NEAREST = 16  # others kept by default
MOST_CROWD = 255  # agents on a tile beyond which they are no longer counted
MOST = np.uint16(MOST_CROWD)

_HEADS = [name for name, choice in CHOICES.items() if choice.size]
_POINTERS = [name for name, choice in CHOICES.items() if not choice.size]
_OPTIONS = tuple(CHOICES[name].options for name in _HEADS)
_LEAST = tuple(CHOICES[name].least for name in _HEADS)

# Arrays of an Observation that are laid out: one row per agent, and one row per observed agent.
MASKS_BY_AGENT = tuple(name for name in MASKS if not SEEN[name].by_row)
_OF_SYSTEMS = {
    name: seen for name, seen in SEEN.items() if (seen.system or seen.values) and not seen.is_mask
}
BY_SLOT = (*PLANES, "own", *MASKS_BY_AGENT, *(n for n, it in _OF_SYSTEMS.items() if not it.by_row))
MASKS_BY_OTHER = tuple(name for name in MASKS if SEEN[name].by_row)
BY_OTHER = ("others", *MASKS_BY_OTHER, *(name for name, it in _OF_SYSTEMS.items() if it.by_row))


def of_systems(config: Config) -> dict[str, Seen]:
    """List the valued arrays and those of systems that this world has, by name, without masks."""
    return {name: seen for name, seen in _OF_SYSTEMS.items() if seen.is_in(config)}


class Table(named(["alive", *BY_SLOT, *BY_OTHER, "others_mask"])):  # type: ignore[misc]
    """The observation of each slot; all 0 where nobody lives.

    ``alive`` bool (R,) marks the living slots, and ``others_mask`` bool (R, K) the rows of others
    in use. All other arrays are as in Observation, but by slot: planes uint8 (R, w, w), with
    numbers of 255 at most; own (R, features), can_move (R, 5); others (R, K, features), nearest
    first, without the agent itself, and can_attack (R, K, 3). Valued arrays are (R, columns), or
    (R, K, columns) of rows, and the market (R, 16, 10); worlds that lack one have no columns of it.
    """

    __slots__ = ()


class Slots:
    """A fixed table over the slots of W realms. Row w × E + e belongs to slot e of realm w.

    Attributes:
        table: the observation of each slot, see Table.
        ids: int64 (R,), id of the agent in each slot; −1: nobody.
        population: int32 (R,), population of that agent; −1: nobody.
        choices: names of the choices of an action in this world.
        place: int64 (N,), the row of each agent of the observation laid out last.
        numbers: number of each realm in its run, for messages; 0 … W − 1 unless set.
    """

    def __init__(self, config: Config, num_realms: int, nearest: int = NEAREST) -> None:
        """Allocate the table.

        Args:
            config: settings of the world.
            num_realms: W.
            nearest: K ≥ 1.

        Raises:
            ValueError: if nearest or num_realms is not a whole number, or less than 1.
        """
        if not is_whole(nearest) or nearest < 1:
            raise ValueError(f"nearest must be at least 1, a whole number; not {shown(nearest)}")
        num_realms = whole("num_realms", num_realms, 1)
        R, K = num_realms * config.max_agents, int(nearest)
        self.num_slots = config.max_agents
        self.choices = tuple(choices(config))
        self.numbers: Sequence[int] = range(num_realms)
        self.table = Table(
            alive=np.zeros(R, np.bool_),
            **{
                name: np.zeros(
                    (R, *SEEN[name].size_in(config)),
                    np.uint8 if name in PLANES else SEEN[name].dtype,
                )
                for name in BY_SLOT
            },
            **{
                name: np.zeros((R, K, *SEEN[name].size_in(config)), SEEN[name].dtype)
                for name in BY_OTHER
            },
            others_mask=np.zeros((R, K), np.bool_),
        )
        self._by_slot = [name for name in BY_SLOT if getattr(self.table, name).size]
        self.ids = np.full(R, -1, np.int64)
        self.population = np.full(R, -1, np.int32)
        self.place = np.zeros(0, np.int64)
        self._rows = np.zeros((R, K), np.int32)  # row of the observation behind each row of others
        self._counts = np.zeros(config.radius + 2, np.int64)

    def lay_out(self, obs: Observation) -> None:
        """Write an observation of all W realms into the table. Modifies self in place."""
        self.place = obs.realm.astype(np.int64) * self.num_slots + obs.ent["slot"]
        self.ids[:] = -1
        self.ids[self.place] = obs.ent["id"]
        self.population[:] = -1
        self.population[self.place] = obs.ent["population"]
        table, place = self.table, self.place
        left = np.flatnonzero(table.alive & (self.ids < 0))
        if len(left):
            for array in table:
                array[left] = 0
        table.alive[place] = True
        for name in self._by_slot:
            if SEEN[name].by_realm:
                getattr(table, name)[place] = getattr(obs, name)[obs.realm]
                continue
            given, out = np.ascontiguousarray(getattr(obs, name)), getattr(table, name)
            if given.dtype == out.dtype:
                _copy(_bytes(given), place, out[:1].nbytes, _bytes(out))
            else:
                _lay_plane(given, place, out)
        self._lay_rows(obs)

    def _lay_rows(self, obs: Observation) -> None:
        """Write the rows about others into the table. Modifies self in place."""
        table = self.table
        given = tuple(_given(np.ascontiguousarray(getattr(obs, name))) for name in BY_OTHER)
        out = tuple(_bytes(getattr(table, name)) for name in BY_OTHER)
        widths = tuple(getattr(table, name)[:1, :1].nbytes for name in BY_OTHER)
        offsets, reach = np.ascontiguousarray(obs.offsets), np.ascontiguousarray(obs.reach)
        scratch, mask, rows = self._counts, table.others_mask, self._rows
        _lay_others(offsets, reach, self.place, scratch, given, widths, out, mask, rows)

    def actions(self, *columns: Array) -> Actions:
        """Read actions by slot, for the agents of the observation laid out last.

        The actions of empty slots are ignored.

        Args:
            *columns: integers (R,), one array for each of ``choices``, of numbers from 0 on: as in
                Actions; where those begin at −1 (the style) one more; where they count the agent's
                own rows (target, receiver) 0: nobody, k: row k − 1 of others. An unused row means
                nobody.

        Raises:
            ActionError: for any other number; says whose it was.
        """
        rows = len(self.ids)
        given = {name: np.zeros(rows, np.int64) for name in CHOICES}
        for name, value in zip(self.choices, columns, strict=True):
            array = np.asarray(value)
            if array.shape != (rows,) or array.dtype.kind not in "iu":
                raise ActionError(
                    f"{name} must be integers of shape ({rows},), one per slot of all realms; it "
                    f"is {array.dtype} of shape {array.shape}"
                )
            given[name] = np.ascontiguousarray(array, np.int64)
        actions = Actions.stay(len(self.place))
        heads, pointers = (tuple(given[name] for name in kind) for kind in (_HEADS, _POINTERS))
        out = (tuple(getattr(actions, name) for name in kind) for kind in (_HEADS, _POINTERS))
        n, fault = _read(heads, pointers, self.place, self.table.others_mask, self._rows, *out)
        if n >= 0:
            name, row = (*_HEADS, *_POINTERS)[fault], int(self.place[n])
            most = CHOICES[name].options - 1 if CHOICES[name].size else self._rows.shape[1]
            raise ActionError(f"{self.whose(row)}: {name} {given[name][row]} is not in 0 … {most}")
        return actions

    def whose(self, row: int) -> str:
        """Name a row by its realm, agent and slot."""
        realm, slot = divmod(row, self.num_slots)
        return f"realm {self.numbers[realm]}, agent {self.ids[row]} (slot {slot})"


def _bytes(array: Array) -> Array:
    """View a contiguous array as one run of bytes."""
    return array.reshape(-1).view(np.uint8)


def _given(array: Array) -> Array:
    """View a contiguous array as one run of bytes to read: of one type, for masks too."""
    run = _bytes(array)
    run.flags.writeable = False
    return run


@lean
def _copy(given: Array, place: Array, width: int, out: Array) -> None:
    """Copy width bytes of each agent into its row. Modifies out in place."""
    for n in range(len(place)):
        copy_run(out, place[n] * width, given, n * width, width)


@lean
def _lay_plane(plane: Array, place: Array, out: Array) -> None:
    """Copy a plane of each agent, with numbers up to MOST. Modifies out in place."""
    for n in range(len(place)):
        given, taken = plane[n].reshape(-1), out[place[n]].reshape(-1)
        for cell in range(len(given)):
            taken[cell] = min(given[cell], MOST)


@lean
def _lay_others(
    offsets: Array,
    reach: Array,
    place: Array,
    counts: Array,
    given: tuple[Array, ...],
    widths: tuple[int, ...],
    out: tuple[Array, ...],
    mask: Array,
    rows: Array,
) -> None:
    """Bring the rows of all agents in order of distance. Modifies counts and the last three.

    Args:
        offsets: rows offsets[n] … offsets[n + 1] − 1 belong to agent n, itself first.
        reach: distance of each row [tiles].
        place: row of the table of each agent.
        counts: scratch, longer by one than there are distances.
        given: arrays with a row per observed agent, as bytes.
        widths: bytes of a row of each of them.
        out: their tables, as bytes.
        mask: bool (R, K), the rows in use.
        rows: integers (R, K), the agent's own number of the row that is there.
    """
    for n in range(len(place)):
        low, high = offsets[n] + 1, offsets[n + 1]
        _count(reach, low, high, counts)
        _lay_others_of(reach, low, high, place[n], counts, given, widths, out, mask, rows)


@lean
def _count(reach: Array, low: int, high: int, counts: Array) -> None:
    """Set counts[d] to the number of rows nearer than distance d. Modifies counts in place."""
    counts[:] = 0
    for row in range(low, high):
        counts[reach[row] + 1] += 1
    for d in range(1, len(counts)):
        counts[d] += counts[d - 1]


@lean
def _lay_others_of(
    reach: Array,
    low: int,
    high: int,
    r: int,
    counts: Array,
    given: tuple[Array, ...],
    widths: tuple[int, ...],
    out: tuple[Array, ...],
    mask: Array,
    rows: Array,
) -> None:
    """Bring the rows of one agent in order of distance. Modifies counts and the last three."""
    K = mask.shape[1]
    for row in range(low, high):
        k = counts[reach[row]]
        counts[reach[row]] = k + 1
        if k < K:
            rows[r, k] = row - low + 1
            mask[r, k] = True
            for a in range(len(out)):
                copy_run(out[a], (r * K + k) * widths[a], given[a], row * widths[a], widths[a])
    for k in range(max(high - low, 0), K):
        if not mask[r, k]:
            break
        mask[r, k] = False
        for a in range(len(out)):
            clear_run(out[a], (r * K + k) * widths[a], widths[a])


@lean
def _read(
    heads: tuple[Array, ...],
    pointers: tuple[Array, ...],
    place: Array,
    mask: Array,
    rows: Array,
    heads_out: tuple[Array, ...],
    pointers_out: tuple[Array, ...],
) -> tuple[int, int]:
    """Turn actions by slot into actions of agents. Modifies the last two in place.

    Returns:
        Index of the first agent with a fault, and which of its choices, the heads first; (−1, 0) if
        there is none.
    """
    for n in range(len(place)):
        r = place[n]
        for h in range(len(heads)):
            if heads[h][r] < 0 or heads[h][r] >= _OPTIONS[h]:
                return n, h
            heads_out[h][n] = heads[h][r] + _LEAST[h]
        for p in range(len(pointers)):
            row = pointers[p][r]
            if row < 0 or row > mask.shape[1]:
                return n, len(heads) + p
            pointers_out[p][n] = rows[r, row - 1] if row > 0 and mask[r, row - 1] else 0
    return -1, 0
