"""Hold the memory that observations are written to, and views of it that can only be read."""

from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np

from forge.blade import aligned, space
from forge.blade.config import Config
from forge.blade.jit import unnamed
from forge.blade.observation import NUM_DRAWS, NUM_FEATURES, Observation
from forge.blade.rules import rules as rules_of
from forge.blade.space import Space
from forge.blade.state import AGENT, Array
from forge.blade.tiles import NUM_MOVES, NUM_STYLES


class Sight(NamedTuple):
    """Buffers with a row per agent; see Observation for their meaning."""

    ent: Array
    realm: Array
    tiles: Array
    crowd: Array
    own: Array
    can_move: Array
    offsets: Array
    draws: Array


class Rows(NamedTuple):
    """Buffers with a row per observed agent; see Observation for their meaning."""

    others: Array
    who: Array
    slot: Array
    cell: Array
    reach: Array
    can_attack: Array


def sight(capacity: int, window: int, allocate: Any = aligned.zeros) -> Sight:
    """Allocate buffers for so many agents.

    Args:
        capacity: agents that find room.
        window: side of the crop.
        allocate: called with shape and dtype of each buffer.
    """
    return Sight(
        ent=allocate(capacity, AGENT),
        realm=allocate(capacity, np.int32),
        tiles=allocate((capacity, window, window), np.uint8),
        crowd=allocate((capacity, window, window), np.uint16),
        own=allocate((capacity, NUM_FEATURES), np.float32),
        can_move=allocate((capacity, NUM_MOVES), np.bool_),
        offsets=allocate(capacity + 1, np.int64),
        draws=allocate((capacity, NUM_DRAWS), np.float64),
    )


def rows(capacity: int, allocate: Any = aligned.zeros) -> Rows:
    """Allocate buffers for so many rows. In Law ``can_attack`` stays as it is here: all False.

    Args:
        capacity: rows that find room.
        allocate: called with shape and dtype of each buffer.
    """
    return Rows(
        others=allocate((capacity, NUM_FEATURES), np.float32),
        who=allocate(capacity, np.int64),
        slot=allocate(capacity, np.int32),
        cell=allocate(capacity, np.uint16),
        reach=allocate(capacity, np.uint8),
        can_attack=allocate((capacity, NUM_STYLES), np.bool_),
    )


MASKS = ("can_move", "can_attack")  # what may be narrowed in place by whoever acts

Table = TypeVar("Table", Sight, Rows)


def handed_out(table: Table) -> Table:
    """View buffers as they are handed out: all but the masks can only be read."""
    views = {name: array.view() for name, array in table._asdict().items()}
    for name, view in views.items():
        view.flags.writeable = name in MASKS
    return table._replace(**views)


class Buffers:
    """Where a batch of realms writes its observations: here one place, which the next overwrites.

    A subclass may own other memory, and write by turns into several places.

    Attributes:
        config: settings of the realms.
        num_realms: W.
        sight: the buffers with a row per agent; with room for all slots of all realms.
        rows: the buffers with a row per observed agent.
        seen: views of both, as they are handed out.
    """

    def __init__(self, config: Config, num_realms: int) -> None:
        """Allocate.

        Args:
            config: settings of the realms.
            num_realms: W.
        """
        self.config, self.num_realms = config, num_realms
        capacity = num_realms * config.max_agents
        self.sight = sight(capacity, config.window)
        self.rows = rows(4 * capacity)
        self.seen = handed_out(self.sight), handed_out(self.rows)

    @cached_property
    def rules(self) -> Array:
        """Give the rules by which agents observe: RULES (1,)."""
        return rules_of(self.config)

    @cached_property
    def space(self) -> Space:
        """Give the working space of observing."""
        return space.allocate(self.config)

    def turn(self) -> None:
        """Choose where the next observation is written: set ``sight``, ``rows`` and ``seen``."""

    def grow(self, num_rows: int) -> None:
        """Give ``rows`` room for so many; what they hold may be lost. Modifies self in place."""
        self.rows = rows(num_rows)
        self.seen = self.seen[0], handed_out(self.rows)

    def arrays(self) -> tuple[Space, Sight, Rows]:
        """List the working space and what is written to, for a kernel."""
        found = min(len(self.rows.who), self.config.max_agents**2)
        self.space = space.with_room(self.space, found)
        return unnamed(self.space), unnamed(self.sight), unnamed(self.rows)

    def observation(self, num_agents: int, num_rows: int) -> Observation:
        """View what was written last, of so many agents and rows."""
        N, M = slice(num_agents), slice(num_rows)
        seen, table = self.seen
        return Observation(
            ent=seen.ent[N],
            realm=seen.realm[N],
            tiles=seen.tiles[N],
            crowd=seen.crowd[N],
            own=seen.own[N],
            can_move=seen.can_move[N],
            offsets=seen.offsets[: num_agents + 1],
            others=table.others[M],
            who=table.who[M],
            slot=table.slot[M],
            cell=table.cell[M],
            reach=table.reach[M],
            can_attack=table.can_attack[M],
            draws=seen.draws[N],
            num_realms=self.num_realms,
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave the views out of copies, which would cut them off from what they show."""
        return {name: value for name, value in vars(self).items() if name != "seen"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.seen = handed_out(self.sight), handed_out(self.rows)
