"""Record a world while it is watched, in the process that plays it."""

import logging
from typing import NamedTuple

from forge.blade.recording.tape import Tape
from forge.blade.recording.taping import Taping
from forge.config import Config
from forge.embyr.worlds import Beginning, World

logger = logging.getLogger("forge.embyr")


_tapings: dict[str, Taping] = {}  # of this process, by file


class Taped(NamedTuple):
    """Another beginning, of which one realm is recorded until it begins anew."""

    beginning: Beginning
    path: str  # a file that was claimed
    realm: int

    @property
    def config(self) -> Config:
        """Settings of the worlds."""
        return self.beginning.config

    def groups(self) -> list[tuple[int, ...]]:
        """List the realms that are played together."""
        return self.beginning.groups()

    def build(self, group: int) -> World:
        """Begin the world of a group, and its recording, or end the one of the world before."""
        world, realms = self.beginning.build(group), self.groups()[group]
        if self.realm not in realms:
            return world
        if self.path in _tapings:
            if not _tapings[self.path].closed:
                logger.warning("the recording %s ends, as its world has begun anew", self.path)
                _tapings[self.path].close()
            return world
        _tapings[self.path] = taping = Taping(Tape(self.path, claimed=True))
        world.after.append(taping.begin(world.recorder(realms.index(self.realm))))
        return world


def close_tapes() -> None:
    """End all recordings of this process."""
    for taping in _tapings.values():
        taping.close()
