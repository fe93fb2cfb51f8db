"""Keep one rollout: what a shard's agents observed, did and got, over a bounded number of ticks.

Shape letters: N agents of one tick, M rows of others, T ticks, J codes per sample.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.ethyr.inputs import Inputs
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


class Rollout:
    """Samples of up to T ticks, tick after tick. Memory is taken once, except for the rows.

    Attributes:
        capacity: most samples.
        num_samples: samples stored.
        num_rows: rows stored.
    """

    def __init__(self, ticks: int, agents: int, codes: int, combat: bool) -> None:
        """Allocate.

        Args:
            ticks: T.
            agents: most agents in one tick.
            codes: J.
            combat: whether to keep which rows can be attacked.
        """
        self.capacity = ticks * agents
        self._combat = combat
        self._codes = np.zeros((self.capacity, codes), np.uint8)
        self._can_move = np.zeros((self.capacity, NUM_MOVES), np.bool_)
        self._offsets = np.zeros(self.capacity + 1, np.int64)
        self._steps = {name: np.zeros(self.capacity, STEP[name]) for name in STEP.names or ()}
        self._ticks = np.zeros(ticks + 1, np.int64)
        self._rows = self._allocate_rows(ROWS_PER_SAMPLE * self.capacity)
        self.clear()

    def _allocate_rows(self, rows: int) -> tuple[Array, Array, Array]:
        """Allocate others, cell and can_attack (of one row only where nobody attacks)."""
        return (
            np.zeros((rows, NUM_FEATURES), np.float32),
            np.zeros(rows, np.uint16),
            np.zeros((rows if self._combat else 0, NUM_STYLES), np.bool_),
        )

    def clear(self) -> None:
        """Forget all samples; memory is kept. Modifies self in place."""
        self.num_samples = self.num_rows = self.num_ticks = 0

    @property
    def num_bytes(self) -> int:
        """Count the bytes that the rollout occupies."""
        arrays = (self._codes, self._can_move, self._offsets, *self._steps.values(), *self._rows)
        return sum(array.nbytes for array in arrays)

    def add(self, inputs: Inputs, **steps: Array) -> None:
        """Store one tick. Modifies self in place.

        Args:
            inputs: what N agents observed; it is copied.
            **steps: the fields of STEP, (N,) each.

        Raises:
            ValueError: if more ticks or agents come than there is room for.
        """
        start, end = self.num_samples, self.num_samples + len(inputs.codes)
        low, high = self.num_rows, self.num_rows + len(inputs.others)
        if end > self.capacity or self.num_ticks + 1 == len(self._ticks):
            raise ValueError(
                f"the rollout is full: {len(self._ticks) - 1} ticks, {self.capacity} samples"
            )
        while high > len(self._rows[0]):
            self._double()
        self._codes[start:end] = inputs.codes
        self._can_move[start:end] = inputs.can_move
        np.add(inputs.offsets[1:], low, out=self._offsets[start + 1 : end + 1])
        for stored, given in zip(self._rows, (inputs.others, inputs.cell), strict=False):
            stored[low:high] = given
        if self._combat:
            self._rows[2][low:high] = inputs.can_attack
        for name, stored in self._steps.items():
            stored[start:end] = steps[name]
        self.num_samples, self.num_rows = end, high
        self.num_ticks += 1
        self._ticks[self.num_ticks] = end

    def _double(self) -> None:
        grown = self._allocate_rows(2 * len(self._rows[0]))
        for old, new in zip(self._rows, grown, strict=True):
            new[: len(old)] = old
        self._rows = grown

    @property
    def inputs(self) -> Inputs:
        """View what was observed in all samples."""
        N, M = self.num_samples, self.num_rows
        others, cell, can_attack = self._rows
        return Inputs(
            self._codes[:N],
            self._can_move[:N],
            self._offsets[: N + 1],
            others[:M],
            cell[:M],
            can_attack[:M],
        )

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
