"""Hold what agents observe and what they do, as arrays over a batch of living agents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.numbers import whole

Array = NDArray[Any]

NUM_FEATURES = 11
# Columns of ``own`` and ``others``.
(AGE, HEALTH, FOOD, WATER, ROW, COL, ROW_OFFSET, COL_OFFSET, DAMAGE, SAME, FREEZE) = range(11)

NUM_DRAWS = 3  # uniform numbers per agent and tick: for its move, its style and its target


class Stim(NamedTuple):
    """What one agent observes; the fields are those of Observation for a single agent."""

    tiles: Array  # uint8 (2R + 1, 2R + 1)
    crowd: Array  # uint16 (2R + 1, 2R + 1)
    own: Array  # float32 (11,)
    others: Array  # float32 (rows, 11)
    who: Array  # int64 (rows,)
    reach: Array  # uint8 (rows,)
    can_move: Array  # bool (5,)
    can_attack: Array  # bool (rows, 3)
    draws: Array  # float64 (3,)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What N living agents observe, ordered by realm, then slot. Iterate for one at a time.

    The arrays are views of buffers that the next tick overwrites: copy what you keep. They can only
    be read, but for the masks ``can_move`` and ``can_attack``, which may be narrowed in place
    before deciding. The next tick takes nothing from an observation but ``can_attack``, and that
    with ``auto_target`` only: the weakest is looked for among the rows that it still allows.

    Attributes:
        ent: AGENT (N,), the agents themselves (id, population, position, stats).
        realm: int32 (N,), which realm of the batch each lives in, 0 … W − 1.
        tiles: uint8 (N, 2R + 1, 2R + 1), kinds of the tiles around it; outside the map is lava.
        crowd: uint16 (N, 2R + 1, 2R + 1), agents on each of these tiles, itself included.
        own: float32 (N, 11), its own row.
        can_move: bool (N, 5), moves that are possible: not into water or stone; frozen: only stay.
        offsets: int64 (N + 1,), rows offsets[i] … offsets[i + 1] − 1 belong to agent i.
        others: float32 (M, 11), a row for every agent in the crop: itself first, then by slot.
        who: int64 (M,), the id behind each row.
        slot: int32 (M,), the slot behind each row.
        cell: uint16 (M,), the row's place in the crop, row-major, 0 … (2R + 1)² − 1.
        reach: uint8 (M,), Chebyshev distance [tiles].
        can_attack: bool (M, 3), whether each style can attack that row.
        draws: float64 (N, 3), uniform numbers in [0, 1) from the realm's policy stream.
        num_realms: W.
    """

    ent: Array
    realm: Array
    tiles: Array
    crowd: Array
    own: Array
    can_move: Array
    offsets: Array
    others: Array
    who: Array
    slot: Array
    cell: Array
    reach: Array
    can_attack: Array
    draws: Array
    num_realms: int

    def __len__(self) -> int:
        """Count the agents."""
        return len(self.ent)

    def __iter__(self) -> Iterator[tuple[Any, Stim]]:
        """Yield (ent, stim) for each agent."""
        for i, ent in enumerate(self.ent):
            rows = slice(self.offsets[i], self.offsets[i + 1])
            yield (
                ent,
                Stim(
                    self.tiles[i],
                    self.crowd[i],
                    self.own[i],
                    self.others[rows],
                    self.who[rows],
                    self.reach[rows],
                    self.can_move[i],
                    self.can_attack[rows],
                    self.draws[i],
                ),
            )


@dataclass(frozen=True, slots=True, eq=False)
class Actions:
    """What N agents do, in the order of the observation they acted on.

    Attributes:
        move: integers (N,), a Move each.
        style: integers (N,), a Style each; −1: no attack.
        target: integers (N,), a row counted within the agent's own rows; −1 or 0: none.
    """

    move: Array
    style: Array
    target: Array

    @classmethod
    def stay(cls, num_agents: int) -> "Actions":
        """Let every agent stay where it is and attack nobody."""
        num_agents = whole("the number of agents", num_agents, 0)
        return cls(
            np.zeros(num_agents, np.int8),
            np.full(num_agents, -1, np.int8),
            np.zeros(num_agents, np.int32),
        )
