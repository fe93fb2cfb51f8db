"""Lay out the memory that a group of realms shares with its environment.

Observations alternate between two halves, so that the last but one stays valid.

Shape letters: A agents that can live at once in the group, M rows of others.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from forge.blade.actions import TYPES, Plain
from forge.blade.added import life_in
from forge.blade.buffers import Buffers, Rows, Sight, read_only, rows, sight
from forge.blade.observation import BASIC, CHOICES, has_later
from forge.config import Config
from forge.trinity.engines.sharing import SharedBytes, placed
from forge.trinity.trinity import Array

HALVES = 2
ROWS_PER_AGENT = 16  # initial capacity of the table of others


class Report(NamedTuple):
    """The sizes of the data on the stage after a tick."""

    half: int  # half with the observation
    num_agents: int
    num_rows: int
    capacity: int  # rows for which this half has room
    num_lives: int  # lives that ended in the tick


class _Fixed(NamedTuple):
    """The buffers whose size never changes."""

    actions: Plain  # (A,) each
    sights: tuple[Sight, ...]  # one per half
    lives: tuple[Array, ...]  # LIFE (A,), one per half
    gains: tuple[Array, ...]  # float32 (A,), one per half; without quests (0,)
    last_gains: tuple[Array, ...]  # likewise


class Stage:
    """Views of a group's shared memory.

    Attributes:
        actions: the agents' next actions, in the order of the last observation.
        sights: buffers with a row per agent, one per half.
        lives: LIFE (A,), lives that ended, one per half.
        gains: float32 (A,), by how much each agent's quest came closer to its end in the last tick,
            one per half; without quests (0,).
        last_gains: likewise of the lives that ended.
        rows: buffers with a row per observed agent, one per half.
        seen: views of both for handing out, one per half.
        memory: memory from which another process builds the same stage.
        config: settings of the world.
        num_realms: realms of the group.
    """

    def __init__(
        self, config: Config, num_realms: int, memory: tuple[SharedBytes, ...] | None = None
    ) -> None:
        """Lay out the memory.

        Args:
            config: settings of the world.
            num_realms: realms of the group.
            memory: memory of a stage with the same config and realms; None: new memory.
        """
        self.config, self.num_realms = config, num_realms
        agents = num_realms * config.max_agents
        self.most_rows = agents * config.slots  # if all entities of each realm are in sight
        self.memory = memory or tuple(SharedBytes() for _ in range(1 + HALVES))
        fixed = placed(self.memory[0], partial(_fixed, agents, config, num_realms))
        self.actions, self.sights, self.lives, self.gains, self.last_gains = fixed
        capacity = min(ROWS_PER_AGENT * agents, self.most_rows)
        self.rows = [self._rows(half, capacity) for half in range(HALVES)]
        self.seen = [
            (read_only(sight), read_only(rows))
            for sight, rows in zip(self.sights, self.rows, strict=True)
        ]

    def _rows(self, half: int, capacity: int) -> Rows:
        return placed(self.memory[1 + half], partial(rows, capacity, self.config))

    def _place(self, half: int, capacity: int) -> None:
        """Lay out the rows of a half anew. Modifies self in place."""
        self.rows[half] = self._rows(half, capacity)
        self.seen[half] = self.seen[half][0], read_only(self.rows[half])

    @property
    def size(self) -> int:
        """Size of the memory [bytes]."""
        return sum(memory.size for memory in self.memory)

    def grow(self, half: int, capacity: int) -> None:
        """Make room for more rows; their old values are lost. Modifies self in place."""
        self._place(half, min(capacity, self.most_rows))
        self.rows[half].can_attack[...] = False  # the memory may hold other data

    def follow(self, half: int, capacity: int) -> None:
        """Adopt the capacity that another process has set. Modifies self in place."""
        if capacity != len(self.rows[half].who):
            self._place(half, capacity)

    def close(self) -> None:
        """Release the memory; views stay valid."""
        for memory in self.memory:
            memory.close()


def _fixed(agents: int, config: Config, num_realms: int, allocate: Any) -> _Fixed:
    read = [has_later(config) or name in BASIC for name in CHOICES]
    return _Fixed(
        Plain(
            *(allocate(agents * it, dtype) for it, dtype in zip(read, TYPES, strict=True)),
        ),
        tuple(sight(agents, config, allocate, num_realms) for _ in range(HALVES)),
        tuple(allocate(agents, life_in(config)) for _ in range(HALVES)),
        *(
            tuple(allocate(agents * bool(config.quests), np.float32) for _ in range(HALVES))
            for _ in ("gains", "last_gains")
        ),
    )


class Turns(Buffers):
    """Buffers that write observations into the two halves of a stage in turn.

    Attributes:
        half: half with the last observation.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage, self.config, self.num_realms = stage, stage.config, stage.num_realms
        self.half = HALVES - 1
        self.turn()

    def turn(self) -> None:
        """Go to the other half."""
        self.half = (self.half + 1) % HALVES
        self._look()

    def grow(self, num_rows: int) -> None:
        """Make room in this half. Modifies self in place."""
        self._stage.grow(self.half, num_rows)
        self._look()

    def _look(self) -> None:
        half, stage = self.half, self._stage
        self.sight, self.rows, self.seen = stage.sights[half], stage.rows[half], stage.seen[half]
