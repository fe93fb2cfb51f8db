"""Hold the memory of observations, and the read-only views that are handed out."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from forge.blade import aligned, space
from forge.blade.observation import MASKS, SEEN, Observation, named
from forge.blade.packing import packable, packed
from forge.blade.rules import rules as rules_of
from forge.blade.space import Space
from forge.blade.state import Array, layout
from forge.config import Config


@packable(lambda: sight(0, Config()))
class Sight(named(name for name, seen in SEEN.items() if not seen.by_row)):  # type: ignore[misc]
    """Buffers of the arrays of Observation that have a row per agent; they may have spare room.

    Those that have a row per realm are among them.
    """

    __slots__ = ()


@packable(lambda: rows(0, Config()))
class Rows(named(name for name, seen in SEEN.items() if seen.by_row)):  # type: ignore[misc]
    """Buffers of the arrays of Observation that have a row per observed agent."""

    __slots__ = ()


ROWS_PER_AGENT = 4  # room for rows at first; it doubles when full
BY_REALM = tuple(name for name, seen in SEEN.items() if seen.by_realm)


def sight(
    capacity: int, config: Config, allocate: Any = aligned.zeros, num_realms: int = 1
) -> Sight:
    """Allocate the buffers with a row per agent, and those with a row per realm.

    Args:
        capacity: number of agents.
        config: settings of the world.
        allocate: called with shape and dtype of each buffer.
        num_realms: W.
    """
    return Sight(*_allocated(Sight._fields, capacity, config, allocate, num_realms))


def rows(capacity: int, config: Config, allocate: Any = aligned.zeros) -> Rows:
    """Allocate the buffers with a row per observed agent. In Law ``can_attack`` stays all False.

    Args:
        capacity: number of rows.
        config: settings of the world.
        allocate: called with shape and dtype of each buffer.
    """
    return Rows(*_allocated(Rows._fields, capacity, config, allocate))


def _allocated(
    names: Iterable[str], capacity: int, config: Config, allocate: Any, num_realms: int = 0
) -> Iterator[Array]:
    for seen in map(SEEN.__getitem__, names):
        count = num_realms if seen.by_realm else capacity + seen.more
        yield allocate((count, *seen.size_in(config)), seen.dtype)


class Part(NamedTuple):
    """Part of the buffers: the observations of some agents.

    Attributes:
        sight: buffers with a row per agent.
        rows: buffers with a row per observed agent.
        agents: which agents.
        of_agents: the rows of these agents.
        realms: the realms in which they live.
    """

    sight: Sight
    rows: Rows
    agents: slice
    of_agents: slice
    realms: slice = slice(None)

    def cut(self, name: str) -> Array:
        """View the part of an array, by its name in Observation."""
        about = SEEN[name]
        array: Array = getattr(self.rows if about.by_row else self.sight, name)
        if about.by_realm:
            return array[self.realms]
        of = self.of_agents if about.by_row else self.agents
        return array[of] if not about.more else array[of.start : of.stop + about.more]


Table = TypeVar("Table", Sight, Rows)


def read_only(table: Table) -> Table:
    """View buffers as they are handed out: read-only, except for the masks."""
    views = {name: array.view() for name, array in table._asdict().items()}
    for name, view in views.items():
        view.flags.writeable = name in MASKS
    return type(table)(**views)


class Buffers:
    """The memory into which a batch of realms writes its observations, each over the last one.

    A subclass may own other memory, and may take turns between several buffers.

    Attributes:
        config: settings of the realms.
        num_realms: W.
        sight: the buffers with a row per agent; they have room for all slots of all realms.
        rows: the buffers with a row per observed agent.
        seen: the views of both that are handed out.
    """

    def __init__(self, config: Config, num_realms: int) -> None:
        """Allocate the buffers.

        Args:
            config: settings of the realms.
            num_realms: W.
        """
        self.config, self.num_realms = config, num_realms
        capacity = num_realms * config.max_agents
        self.sight = sight(capacity, config, num_realms=num_realms)
        self.rows = rows(ROWS_PER_AGENT * capacity, config)
        self.seen = read_only(self.sight), read_only(self.rows)

    @cached_property
    def rules(self) -> Array:
        """Give the rules under which agents observe: RULES (1,)."""
        return rules_of(self.config)

    @cached_property
    def layout(self) -> dict[str, tuple[tuple[int, ...], Any]]:
        """List the shape and dtype of each array of the states that agents observe here."""
        return layout(self.config, self.num_realms)

    @cached_property
    def space(self) -> Space:
        """Give the working space of observing."""
        return space.allocate(self.config)

    def turn(self) -> None:
        """Choose where the next observation is written: set ``sight``, ``rows`` and ``seen``."""

    def grow(self, num_rows: int) -> None:
        """Enlarge ``rows``; their content may be lost. Modifies self in place."""
        self.rows = rows(num_rows, self.config)
        self.seen = self.seen[0], read_only(self.rows)

    def arrays(self) -> tuple[Space, Sight, Rows]:
        """List the working space and the buffers for a kernel."""
        found = min(len(self.rows.who), self.config.max_agents * self.config.slots)
        self.space = space.with_room(self.space, found)
        return packed(self.space), packed(self.sight), packed(self.rows)

    def observation(self, num_agents: int, num_rows: int) -> Observation:
        """View the last observation, which has these numbers of agents and rows."""
        part = Part(*self.seen, slice(0, num_agents), slice(0, num_rows))
        return Observation.found(part.cut, num_realms=self.num_realms)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the views out of copies: a copied view would no longer show the buffers."""
        return {name: value for name, value in vars(self).items() if name != "seen"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.seen = read_only(self.sight), read_only(self.rows)
