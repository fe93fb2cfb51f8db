"""Keep the newest state of a watched realm, in the form that clients are sent."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.embyr import packets
from forge.embyr.frames import CHANGE, Frame
from forge.embyr.overlays import OVERLAYS, Look
from forge.embyr.painter import Painted
from forge.embyr.spectator import Opening, Seen

Array = NDArray[Any]
Message = str | bytes

MOST_PICTURES = 64  # of a realm that are kept, those last painted


class Broadcast:
    """One realm, as it was seen last.

    Attributes:
        sequence: number of the newest frame.
        inspections: of this frame, by the agent's id.
        values: those of its agents, as they are sent; None: nobody has asked for them.
        source: where this world comes from.
    """

    def __init__(self, seen: Seen, opening: Opening) -> None:
        self.setting, self.source = opening.setting, seen.source
        self.frame, self.inspections, self.sequence = seen.frame, seen.inspections, 0
        self._land = opening.land.copy()
        self._changed = np.full(self._land.size, -1, np.int64)  # in which frame, by tile
        self._difference: bytes | None = None
        self._before: Frame | None = None
        self._pictures: dict[Look, Message] = {}  # those last painted at the end
        self.values: Message | None = None
        self._take_in(seen)

    def _take_in(self, seen: Seen) -> None:
        """Write overlays and values for those who look at them."""
        values, tick = seen.values, seen.frame.tick
        written = None if values is None else packets.agent_values(tick, values)
        if written != self.values:
            self.values = written
        for picture in seen.painted:
            self._pictures.pop(picture.look, None)
            self._pictures[picture.look] = _written(picture)
        for look in list(self._pictures)[:-MOST_PICTURES]:
            del self._pictures[look]

    def picture(self, look: Look | None) -> Message | None:
        """Give the newest picture of an overlay."""
        return None if look is None else self._pictures.get(look)

    def see(self, seen: Seen) -> None:
        """Take in what has become of the realm."""
        self.source = seen.source
        stands = seen.frame.tick == self.frame.tick
        if not (stands and seen.inspections.keys() <= self.inspections.keys()):
            self.inspections = seen.inspections
        self._take_in(seen)
        if stands:
            return
        self._before, self.frame, self._difference = self.frame, seen.frame, None
        self.sequence += 1
        changes = seen.frame.changes
        self._land.reshape(-1)[changes["index"]] = changes["kind"]
        self._changed[changes["index"]] = self.sequence

    def complete(self, realms: list[int]) -> list[Message]:
        """Write all of the realm, for a client that has nothing of it."""
        hello = packets.hello({**self.setting, "source": self.source}, realms)
        return [hello, packets.land(self._land), packets.tick(self._since(self.sequence), None)]

    def news(self, sequence: int) -> bytes:
        """Write what a client lacks that has the frame of that number."""
        if sequence != self.sequence - 1:
            return packets.tick(self._since(sequence), None)
        if self._difference is None:
            self._difference = packets.tick(self.frame, self._before)
        return self._difference

    def lives(self, agent: int) -> bool:
        """Say whether an agent lives in the newest frame."""
        return bool((self.frame.agents["id"] == agent).any())

    def _since(self, sequence: int) -> Frame:
        """Give the newest frame with all tiles that have changed since that one."""
        index = np.flatnonzero(self._changed > sequence)
        changes = np.zeros(len(index), CHANGE)
        changes["index"], changes["kind"] = index, self._land.reshape(-1)[index]
        return self.frame._replace(changes=changes)


def _written(picture: Painted) -> Message:
    """Write what an overlay shows, or why it shows nothing."""
    look, tick = picture.look, picture.tick
    if picture.values is not None:
        return packets.overlay(look, tick, picture.values, OVERLAYS[look.name].scale)
    about = {"name": look.name, "population": look.population, "agent": look.agent}
    return packets.notice(
        "overlay", tick=tick, fault=picture.fault, failed=picture.is_error, **about
    )
