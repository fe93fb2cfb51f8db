"""Keep one rollout: observations, actions and rewards of a shard's agents over some ticks.

Shape letters: N agents of one tick, M rows of others, T ticks, J codes per sample.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.copying import copy_run
from forge.blade.jit import lean
from forge.blade.observation import ACTION, SEEN, VALUED
from forge.blade.tiles import num_kinds
from forge.config import Config
from forge.ethyr.inputs import Batch, Inputs, batch_of, cut, num_codes
from forge.ethyr.returns import Course

Array = NDArray[Any]

ROWS_PER_SAMPLE = 4  # initial room for rows, which doubles when full and never shrinks

STEP = np.dtype(
    [
        ("population", np.int32),
        ("slot", np.int32),  # identifies the agent: realm × max_agents + its slot
        *ACTION,
        ("log_prob", np.float32),  # of the action, when it was sampled
        ("value", np.float32),  # estimated when it was sampled
        ("reward", np.float32),
        ("terminated", np.bool_),
    ]
)
LESSON = np.dtype([("advantage", np.float32), ("returns", np.float32)])  # estimated at the end


BY_ROW = [name for name in Inputs._fields if name in SEEN and SEEN[name].by_row]
BY_REALM = [name for name in Inputs._fields if name in SEEN and SEEN[name].by_realm]
BY_SAMPLE = [name for name in Inputs._fields if name not in (*BY_ROW, *BY_REALM)]


def _more(name: str) -> int:
    """Count the elements that an array of Inputs has beyond one for each sample or row."""
    return SEEN[name].more if name in SEEN else 0


def kind_of(config: Config) -> tuple[Any, ...]:
    """Say what a Memory's arrays depend on beside its capacity: equal answers, equal arrays."""
    systems = (seen.is_in(config) for seen in VALUED.values())
    return (config.window, num_kinds(config), config.combat, *systems)


class Memory:
    """Memory for the inputs of many samples. It is allocated once, except for the rows.

    Attributes:
        capacity: most samples.
    """

    def __init__(self, capacity: int, config: Config) -> None:
        """Allocate the memory.

        Args:
            capacity: most samples.
            config: settings of the world; without combat ``can_attack`` is not kept.
        """
        self.capacity, self._config = capacity, config
        self._samples = {name: self._allocated(name, capacity) for name in BY_SAMPLE}
        self._allocate_rows(ROWS_PER_SAMPLE * capacity)
        self._realms = {name: self._allocated(name, 1) for name in BY_REALM}

    def _allocate_rows(self, room: int) -> None:
        self._rows = {name: self._allocated(name, room) for name in BY_ROW}

    def _allocated(self, name: str, count: int) -> Array:
        """Allocate one array of Inputs; without combat ``can_attack`` has no rows."""
        if name == "codes":
            config = self._config
            return np.zeros((count, num_codes(config.window, num_kinds(config))), np.uint8)
        if name == "realm":
            return np.zeros((count, int(self._config.market)), SEEN[name].dtype)
        seen = SEEN[name]
        if seen.by_realm:
            width = math.prod(seen.size_in(self._config))
            return np.zeros((count * (width > 0), width), seen.dtype)
        count = 0 if name == "can_attack" and not self._config.combat else count + seen.more
        return np.zeros((count, *seen.size_in(self._config)), seen.dtype)

    @property
    def num_bytes(self) -> int:
        """Count the bytes taken."""
        arrays = self._samples | self._rows | self._realms
        return sum(array.nbytes for array in arrays.values())

    def bytes_of(self, samples: int, rows: int) -> int:
        """Count the bytes that some samples and rows fill; unwritten memory takes none."""
        by_sample, by_row = (
            sum(array[:1].nbytes for array in arrays.values())
            for arrays in (self._samples, self._rows)
        )
        return samples * by_sample + rows * by_row

    def reserve(self, rows: int, kept: int) -> None:
        """Make room for rows by doubling. Modifies self in place.

        Args:
            rows: number of rows to make room for.
            kept: number of first rows that keep their content.
        """
        room, old = len(self._rows["others"]), self._rows
        if rows <= room:
            return
        while room < rows:
            room *= 2
        self._allocate_rows(room)
        for name, before in old.items():
            self._rows[name][:kept] = before[:kept]

    def view(self, samples: int, rows: int, realms: int) -> Inputs:
        """View the first samples, their rows, and what was seen in so many realms and ticks."""
        by_sample = {name: array[: samples + _more(name)] for name, array in self._samples.items()}
        by_row = {name: array[:rows] for name, array in self._rows.items()}
        by_realm = {name: array[:realms] for name, array in self._realms.items()}
        return Inputs(**by_sample, **by_row, **by_realm)

    def keep_realms(self, realms: int, arrays: Mapping[str, Array]) -> None:
        """Copy what was seen in some realms after the first ones. Modifies self in place.

        Args:
            realms: how many are kept.
            arrays: by name, as in Inputs.
        """
        for name, stored in self._realms.items():
            end = realms + len(arrays[name])
            if stored.shape[1] and end > len(stored):
                stored = self._realms[name] = np.resize(stored, (2 * end, stored.shape[1]))
            if stored.shape[1]:
                stored[realms:end] = arrays[name]

    def append(self, samples: int, rows: int, realms: int, inputs: Inputs) -> None:
        """Copy inputs after the first samples, rows and realms. Modifies self in place."""
        end = samples + len(inputs.codes)
        self.reserve(rows + len(inputs.others), rows)
        self.keep_realms(realms, inputs._asdict())
        for name, stored in self._samples.items():
            if name == "offsets":
                np.add(inputs.offsets[1:], rows, out=stored[samples + 1 : end + 1])
            elif name == "realm":
                np.add(inputs.realm, realms, out=stored[samples:end])
            else:
                stored[samples:end] = getattr(inputs, name)
        for name, stored in self._rows.items():
            new = getattr(inputs, name)[: len(stored)]
            stored[rows : rows + len(new)] = new


class Spare:
    """A second memory, into which a rollout sorts its samples.

    The rollout keeps that memory, and leaves its old memory here as the spare one. So rollouts of
    one size that take turns need a single spare memory.

    Attributes:
        memory: the spare memory; its content is meaningless.
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
        num_realms: realms stored, each counted once a tick.
        num_ticks: ticks stored.
    """

    def __init__(
        self,
        ticks: int,
        agents: int,
        config: Config,
        spare: Spare | None = None,
        more: Mapping[str, tuple[Any, tuple[int, ...]]] | None = None,
    ) -> None:
        """Allocate the rollout.

        Args:
            ticks: T.
            agents: most agents in one tick.
            config: settings of the world.
            spare: memory of this size for sorting, see ``Spare``; None: allocate it.
            more: further fields of each sample, beside STEP: dtype and shape by name.
        """
        self._memory = Memory(ticks * agents, config)
        self._spare = spare or Spare(Memory(ticks * agents, config))
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
        """Forget all samples, but keep the memory. Modifies self in place."""
        self.num_samples = self.num_rows = self.num_realms = self.num_ticks = 0
        self._moved = False

    @property
    def num_bytes(self) -> int:
        """Count the bytes that the rollout takes, without the spare memory."""
        return self._memory.num_bytes + sum(array.nbytes for array in self._steps.values())

    def bytes_of(self, samples: int, rows: int) -> int:
        """Count the bytes that some samples and rows fill, without the spare memory."""
        by_sample = sum(array[:1].nbytes for array in self._steps.values())
        return self._memory.bytes_of(samples, rows) + samples * by_sample

    def add(self, inputs: Inputs, **steps: Array) -> None:
        """Store one tick. Modifies self in place.

        Args:
            inputs: inputs of N agents; they are copied.
            **steps: the fields of STEP, (N,) each, and any further fields, (N, …).

        Raises:
            ValueError: if there is no room for the tick or its agents, or the samples have been
                sorted.
        """
        self._check_ticks()
        start, end = self.num_samples, self.num_samples + len(inputs.codes)
        if end > self._memory.capacity or self.num_ticks + 1 == len(self._ticks):
            raise ValueError(
                f"the rollout is full: {len(self._ticks) - 1} ticks, "
                f"{self._memory.capacity} samples"
            )
        self._memory.append(start, self.num_rows, self.num_realms, inputs)
        for name in {*(STEP.names or ()), *steps}:
            self._steps[name][start:end] = steps[name]
        self.num_samples = end
        self.num_rows += len(inputs.others)
        self.num_realms += len(inputs.market)
        self.num_ticks += 1
        self._ticks[self.num_ticks] = end

    @property
    def inputs(self) -> Inputs:
        """View the inputs of all samples."""
        return self._memory.view(self.num_samples, self.num_rows, self.num_realms)

    def step(self, name: str) -> Array:
        """View one field of STEP, of LESSON or of the further fields, (N, …) over all samples."""
        return self._steps[name][: self.num_samples]

    @property
    def course(self) -> Course:
        """View the course of the agents, from which returns are estimated.

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
        """Keep the estimates of all samples, (N,) each. Modifies self in place."""
        self.step("advantage")[:] = advantages
        self.step("returns")[:] = returns

    def deal(self, populations: int, part: Array | None = None, parts: int = 1) -> list[Batch]:
        """Deal all samples out to minibatches, each sorted by population. Modifies self in place.

        Samples are moved with all their fields, so that a minibatch is one run of memory: passes
        over memory in order are much faster than scattered reading. Afterwards the ticks of the
        samples are lost. Samples can be dealt again.

        Args:
            populations: P.
            part: integers (N,), the minibatch of each sample, 0 … parts − 1; None: one for all.
            parts: number of minibatches.

        Returns:
            The minibatches. ``batch.order`` holds the new indices of their samples in the rollout,
            in the order of the pass.
        """
        population = self.step("population")
        group = population if part is None else (part * populations + population).astype(np.int32)
        batch = batch_of(self.inputs, group, parts * populations)
        bounds = batch.bounds
        if len(bounds) > 2:
            self._move(batch)
        all_ = Batch(self.inputs, np.arange(self.num_samples), population, bounds)
        ends = [bounds[m * populations : (m + 1) * populations + 1] for m in range(parts)]
        return [cut(all_._replace(bounds=end), end[0], end[-1]) for end in ends]

    def _move(self, batch: Batch) -> None:
        """Move all samples into the order of a batch of them. Modifies self in place."""
        out, ours = self._spare.memory, self._memory
        out.reserve(self.num_rows, 0)
        given = self.inputs
        out.keep_realms(0, given._asdict())
        view = out.view(self.num_samples, self.num_rows, self.num_realms)
        view.offsets[0] = 0
        np.cumsum(np.diff(given.offsets)[batch.order], out=view.offsets[1:])
        for name in BY_SAMPLE:
            if name != "offsets":
                np.take(getattr(given, name), batch.order, 0, getattr(view, name), mode="clip")
        for name in BY_ROW:
            rows, moved = (_bytes(getattr(inputs, name)) for inputs in (given, view))
            width = len(rows) // max(1, self.num_rows)
            _gather(rows, width, given.offsets, batch.order, view.offsets, moved)
        self._memory, self._spare.memory = out, ours
        for name in self._steps:
            field = self.step(name)
            field[...] = field[batch.order]
        self._moved = True


def _bytes(rows: Array) -> Array:
    """View the rows of an array as one run of bytes."""
    return rows.reshape(-1).view(np.uint8)


@lean
def _gather(
    rows: Array, width: int, offsets: Array, order: Array, targets: Array, out: Array
) -> None:
    """Copy the rows of samples to their new offsets. Modifies out in place.

    Args:
        rows: uint8 (M × width,), rows of all samples.
        width: bytes of a row; 0: there are no rows.
        offsets: int64 (N + 1,), offset of each sample's rows.
        order: int64 (N,), the samples in their new order.
        targets: int64 (N + 1,), offsets of their rows in out.
        out: uint8 (M × width,).
    """
    for k in range(len(order)):
        low, high = offsets[order[k]], offsets[order[k] + 1]
        copy_run(out, targets[k] * width, rows, low * width, (high - low) * width)
