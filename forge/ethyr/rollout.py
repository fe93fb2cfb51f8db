"""Keep one rollout: what a shard's agents observed, did and got, over a bounded number of ticks.

Shape letters: N agents of one tick, M rows of others, T ticks, J codes per sample.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import disjoint, lean
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.ethyr.inputs import Batch, Inputs, batch_of, cut
from forge.ethyr.returns import Course

Array = NDArray[Any]

ROWS_PER_SAMPLE = 4  # room for rows at first; it doubles when full and never shrinks

STEP = np.dtype(
    [
        ("population", np.int32),
        ("slot", np.int32),  # which agent: realm × max_agents + its slot
        ("move", np.int8),
        ("style", np.int8),
        ("target", np.int32),
        ("log_prob", np.float32),  # of the action, when it was sampled
        ("value", np.float32),  # estimated when it was sampled
        ("reward", np.float32),
        ("terminated", np.bool_),
    ]
)
LESSON = np.dtype([("advantage", np.float32), ("returns", np.float32)])  # known at the end


class Memory:
    """Room for the inputs of many samples. It is taken once, except for the rows.

    Attributes:
        capacity: most samples.
    """

    def __init__(self, capacity: int, codes: int, combat: bool) -> None:
        """Allocate.

        Args:
            capacity: most samples.
            codes: J.
            combat: whether to keep which rows can be attacked.
        """
        self.capacity = capacity
        self._combat = combat
        self._codes = np.zeros((capacity, codes), np.uint8)
        self._can_move = np.zeros((capacity, NUM_MOVES), np.bool_)
        self._offsets = np.zeros(capacity + 1, np.int64)
        self._rows = self._allocate(ROWS_PER_SAMPLE * capacity)

    def _allocate(self, rows: int) -> tuple[Array, Array, Array]:
        """Allocate others, cell and can_attack (of no row where nobody attacks)."""
        return (
            np.zeros((rows, NUM_FEATURES), np.float32),
            np.zeros(rows, np.uint16),
            np.zeros((rows if self._combat else 0, NUM_STYLES), np.bool_),
        )

    @property
    def num_bytes(self) -> int:
        """Count the bytes taken."""
        arrays = (self._codes, self._can_move, self._offsets, *self._rows)
        return sum(array.nbytes for array in arrays)

    def bytes_of(self, samples: int, rows: int) -> int:
        """Count the bytes that so many samples and rows fill; what is never written takes none."""
        by_sample = self._codes[:1].nbytes + self._can_move[:1].nbytes + self._offsets[:1].nbytes
        return samples * by_sample + rows * sum(array[:1].nbytes for array in self._rows)

    def reserve(self, rows: int, kept: int) -> None:
        """Make room for so many rows, by doubling. Modifies self in place.

        Args:
            rows: that are to find room.
            kept: the first so many keep what they hold.
        """
        room = len(self._rows[0])
        if rows <= room:
            return
        while room < rows:
            room *= 2
        old, self._rows = self._rows, self._allocate(room)
        for before, now in zip(old, self._rows, strict=True):
            now[:kept] = before[:kept]

    def view(self, samples: int, rows: int) -> Inputs:
        """View the first samples, which have so many rows."""
        others, cell, can_attack = self._rows
        return Inputs(
            self._codes[:samples],
            self._can_move[:samples],
            self._offsets[: samples + 1],
            others[:rows],
            cell[:rows],
            can_attack[:rows],
        )

    def append(self, samples: int, rows: int, inputs: Inputs) -> None:
        """Copy inputs behind the first samples and rows. Modifies self in place."""
        end = samples + len(inputs.codes)
        self.reserve(rows + len(inputs.others), rows)
        self._codes[samples:end] = inputs.codes
        self._can_move[samples:end] = inputs.can_move
        np.add(inputs.offsets[1:], rows, out=self._offsets[samples + 1 : end + 1])
        given = (inputs.others, inputs.cell, inputs.can_attack)
        for stored, new in zip(self._rows[: 3 if self._combat else 2], given, strict=False):
            stored[rows : rows + len(new)] = new


class Spare:
    """A second memory, in which samples are brought into another order.

    Whoever does that takes it, and leaves the one from which they came: so rollouts of one size
    that take turns need one spare memory for all of them.

    Attributes:
        memory: what it holds is of no use to anybody.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    @property
    def num_bytes(self) -> int:
        """Count the bytes taken."""
        return self.memory.num_bytes


class Rollout:
    """Samples of up to T ticks, tick after tick until they are sorted.

    Attributes:
        num_samples: samples stored.
        num_rows: rows stored.
        num_ticks: ticks stored.
    """

    def __init__(
        self,
        ticks: int,
        agents: int,
        codes: int,
        combat: bool,
        spare: Spare | None = None,
        more: Mapping[str, tuple[Any, tuple[int, ...]]] | None = None,
    ) -> None:
        """Allocate.

        Args:
            ticks: T.
            agents: most agents in one tick.
            codes: J.
            combat: whether to keep which rows can be attacked.
            spare: memory of this size for sorting, see ``Spare``; None: its own.
            more: fields to keep of each sample beside those of STEP: dtype and shape by name.
        """
        sizes = ticks * agents, codes, combat
        self._memory = Memory(*sizes)
        self._spare = spare or Spare(Memory(*sizes))
        self._steps = {
            name: np.zeros(self._memory.capacity, fields[name])
            for fields in (STEP, LESSON)
            for name in fields.names or ()
        }
        for name, (dtype, shape) in (more or {}).items():
            self._steps[name] = np.zeros((self._memory.capacity, *shape), dtype)
        self._ticks = np.zeros(ticks + 1, np.int64)
        self.clear()

    def clear(self) -> None:
        """Forget all samples; memory is kept. Modifies self in place."""
        self.num_samples = self.num_rows = self.num_ticks = 0
        self._moved = False

    @property
    def num_bytes(self) -> int:
        """Count the bytes that the rollout takes, without the spare memory."""
        return self._memory.num_bytes + sum(array.nbytes for array in self._steps.values())

    def bytes_of(self, samples: int, rows: int) -> int:
        """Count the bytes that so many samples and rows fill, without the spare memory."""
        by_sample = sum(array[:1].nbytes for array in self._steps.values())
        return self._memory.bytes_of(samples, rows) + samples * by_sample

    def add(self, inputs: Inputs, **steps: Array) -> None:
        """Store one tick. Modifies self in place.

        Args:
            inputs: what N agents observed; it is copied.
            **steps: the fields of STEP, (N,) each, and any others to keep, (N, …).

        Raises:
            ValueError: if more ticks or agents come than there is room for, or the samples have
                been sorted.
        """
        self._check_ticks()
        start, end = self.num_samples, self.num_samples + len(inputs.codes)
        if end > self._memory.capacity or self.num_ticks + 1 == len(self._ticks):
            raise ValueError(
                f"the rollout is full: {len(self._ticks) - 1} ticks, "
                f"{self._memory.capacity} samples"
            )
        self._memory.append(start, self.num_rows, inputs)
        for name in {*(STEP.names or ()), *steps}:
            self._steps[name][start:end] = steps[name]
        self.num_samples = end
        self.num_rows += len(inputs.others)
        self.num_ticks += 1
        self._ticks[self.num_ticks] = end

    @property
    def inputs(self) -> Inputs:
        """View what was observed in all samples."""
        return self._memory.view(self.num_samples, self.num_rows)

    def step(self, name: str) -> Array:
        """View one field of STEP, LESSON or those kept beside them, (N, …) over all samples."""
        return self._steps[name][: self.num_samples]

    @property
    def course(self) -> Course:
        """View what returns are estimated from.

        Raises:
            ValueError: if the samples have been sorted.
        """
        self._check_ticks()
        return Course(
            reward=self.step("reward"),
            value=self.step("value"),
            terminated=self.step("terminated"),
            slot=self.step("slot"),
            ticks=self._ticks[: self.num_ticks + 1],
        )

    def _check_ticks(self) -> None:
        if self._moved:
            raise ValueError(
                "the samples of this rollout have been dealt, so nothing tells their ticks: read "
                "its course before, and clear it before the next tick is added"
            )

    def learn(self, advantages: Array, returns: Array) -> None:
        """Keep what was estimated of all samples, (N,) each. Modifies self in place."""
        self.step("advantage")[:] = advantages
        self.step("returns")[:] = returns

    def deal(self, populations: int, part: Array | None = None, parts: int = 1) -> list[Batch]:
        """Deal all samples out to minibatches, each sorted by population. Modifies self in place.

        Samples are moved, with all that is kept of them, so that a minibatch is one run of memory:
        passes over memory in order are much faster than here and there. Nothing tells their ticks
        afterwards. They can be dealt again.

        Args:
            populations: P.
            part: integers (N,), the minibatch of each sample, 0 … parts − 1; None: all are one.
            parts: number of minibatches.

        Returns:
            The minibatches: of their samples, in the order of the pass, ``batch.order`` says which
            of the rollout each is now.
        """
        population = self.step("population")
        group = population if part is None else (part * populations + population).astype(np.int32)
        batch = batch_of(self.inputs, group, parts * populations)
        bounds = batch.bounds
        if len(bounds) > 2:
            self._move(group, batch)
        all_ = Batch(self.inputs, np.arange(self.num_samples), population, bounds)
        ends = [bounds[m * populations : (m + 1) * populations + 1] for m in range(parts)]
        return [cut(all_._replace(bounds=end), end[0], end[-1]) for end in ends]

    def _move(self, group: Array, batch: Batch) -> None:
        """Bring all samples into the order of their groups. Modifies self and group in place.

        Args:
            group: int32 (N,), may be a field of STEP.
            batch: all samples, in that order.
        """
        out, ours = self._spare.memory, self._memory
        out.reserve(self.num_rows, 0)
        sizes = np.diff(self.inputs.offsets)
        rows = np.bincount(group, sizes, minlength=len(batch.bounds) - 1)
        row_bounds = np.concatenate(([0], np.cumsum(rows))).astype(np.int64)
        view = out.view(self.num_samples, self.num_rows)
        place = np.array(batch.bounds[:-1])
        _gather(_flat(self.inputs), group, place, row_bounds[:-1], _flat(view))
        self._memory, self._spare.memory = out, ours
        for name in self._steps:
            field = self.step(name)
            field[...] = field[batch.order]
        self._moved = True


def _flat(inputs: Inputs) -> Inputs:
    """View the rows of tables as one line each."""
    return inputs._replace(
        others=inputs.others.reshape(-1), can_attack=inputs.can_attack.reshape(-1)
    )


@lean
def _gather(inputs: Inputs, group: Array, place: Array, row_place: Array, out: Inputs) -> None:
    """Copy samples to the places of their groups. Modifies place, row_place, out in place.

    They are read in order, and written in order within each group.
    """
    out.offsets[0] = 0
    F, S, combat = NUM_FEATURES, NUM_STYLES, len(inputs.can_attack) > 0
    for i in range(len(group)):
        p = group[i]
        k, start = place[p], row_place[p]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        end = start + high - low
        place[p], row_place[p] = k + 1, end
        out.offsets[k + 1] = end
        _copy(inputs.codes[i], out.codes[k])
        _copy(inputs.can_move[i], out.can_move[k])
        _copy(inputs.cell[low:high], out.cell[start:end])
        _copy(inputs.others[low * F : high * F], out.others[start * F : end * F])
        if combat:
            _copy(inputs.can_attack[low * S : high * S], out.can_attack[start * S : end * S])


@disjoint
def _copy(x: Array, out: Array) -> None:
    """Modifies out in place."""
    for j in range(len(x)):
        out[j] = x[j]
