"""Keep one rollout: what a shard's agents observed, did and got, over a bounded number of ticks.

Shape letters: N agents of one tick, M rows of others, T ticks, J codes per sample.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import disjoint, lean
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.ethyr.inputs import Batch, Inputs, batch_of
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

    def reserve(self, rows: int) -> None:
        """Make room for so many rows, by doubling. Modifies self in place."""
        while rows > len(self._rows[0]):
            grown = self._allocate(2 * len(self._rows[0]))
            for old, new in zip(self._rows, grown, strict=True):
                new[: len(old)] = old
            self._rows = grown

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
        self.reserve(rows + len(inputs.others))
        self._codes[samples:end] = inputs.codes
        self._can_move[samples:end] = inputs.can_move
        np.add(inputs.offsets[1:], rows, out=self._offsets[samples + 1 : end + 1])
        given = (inputs.others, inputs.cell, inputs.can_attack)
        for stored, new in zip(self._rows[: 3 if self._combat else 2], given, strict=False):
            stored[rows : rows + len(new)] = new


class Rollout:
    """Samples of up to T ticks, tick after tick.

    Attributes:
        num_samples: samples stored.
        num_rows: rows stored.
        num_ticks: ticks stored.
    """

    def __init__(self, ticks: int, agents: int, codes: int, combat: bool) -> None:
        """Allocate.

        Args:
            ticks: T.
            agents: most agents in one tick.
            codes: J.
            combat: whether to keep which rows can be attacked.
        """
        self._memory = Memory(ticks * agents, codes, combat)
        self._sorted = Memory(ticks * agents, codes, combat)
        self._steps = {
            name: np.zeros(self._memory.capacity, STEP[name]) for name in STEP.names or ()
        }
        self._ticks = np.zeros(ticks + 1, np.int64)
        self.clear()

    def clear(self) -> None:
        """Forget all samples; memory is kept. Modifies self in place."""
        self.num_samples = self.num_rows = self.num_ticks = 0

    @property
    def num_bytes(self) -> int:
        """Count the bytes that the rollout takes."""
        steps = sum(array.nbytes for array in self._steps.values())
        return steps + self._memory.num_bytes + self._sorted.num_bytes

    def add(self, inputs: Inputs, **steps: Array) -> None:
        """Store one tick. Modifies self in place.

        Args:
            inputs: what N agents observed; it is copied.
            **steps: the fields of STEP, (N,) each.

        Raises:
            ValueError: if more ticks or agents come than there is room for.
        """
        start, end = self.num_samples, self.num_samples + len(inputs.codes)
        if end > self._memory.capacity or self.num_ticks + 1 == len(self._ticks):
            raise ValueError(
                f"the rollout is full: {len(self._ticks) - 1} ticks, "
                f"{self._memory.capacity} samples"
            )
        self._memory.append(start, self.num_rows, inputs)
        for name, stored in self._steps.items():
            stored[start:end] = steps[name]
        self.num_samples = end
        self.num_rows += len(inputs.others)
        self.num_ticks += 1
        self._ticks[self.num_ticks] = end

    @property
    def inputs(self) -> Inputs:
        """View what was observed in all samples."""
        return self._memory.view(self.num_samples, self.num_rows)

    def step(self, name: str) -> Array:
        """View one field of STEP, (N,) over all samples."""
        return self._steps[name][: self.num_samples]

    @property
    def course(self) -> Course:
        """View what returns are estimated from."""
        return Course(
            reward=self.step("reward"),
            value=self.step("value"),
            terminated=self.step("terminated"),
            slot=self.step("slot"),
            ticks=self._ticks[: self.num_ticks + 1],
        )

    def sorted_by_population(self, populations: int) -> tuple[Batch, Array]:
        """Bring all samples in the order of their populations.

        They are copied, as passes over memory in order are much faster than here and there; the
        copy is overwritten by the next call.

        Args:
            populations: P.

        Returns:
            The samples, and which of the rollout each was: int64 (N,).
        """
        population = self.step("population")
        batch = batch_of(self.inputs, population, populations)
        if populations == 1:
            return batch, batch.order
        self._sorted.reserve(self.num_rows)
        inputs = self._sorted.view(self.num_samples, self.num_rows)
        rows = np.bincount(population, np.diff(self.inputs.offsets), minlength=populations)
        row_bounds = np.concatenate(([0], np.cumsum(rows))).astype(np.int64)
        place = np.array(batch.bounds[:-1])
        _gather(_flat(self.inputs), population, place, row_bounds[:-1], _flat(inputs))
        identity = np.arange(self.num_samples)
        return Batch(inputs, identity, population[batch.order], batch.bounds), batch.order


def _flat(inputs: Inputs) -> Inputs:
    """View the rows of tables as one line each."""
    return inputs._replace(
        others=inputs.others.reshape(-1), can_attack=inputs.can_attack.reshape(-1)
    )


@lean
def _gather(inputs: Inputs, population: Array, place: Array, row_place: Array, out: Inputs) -> None:
    """Share samples out to their populations' places. Modifies place, row_place, out in place.

    They are read in order, and written in order for each population.
    """
    out.offsets[0] = 0
    F, S, combat = NUM_FEATURES, NUM_STYLES, len(inputs.can_attack) > 0
    for i in range(len(population)):
        p = population[i]
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
