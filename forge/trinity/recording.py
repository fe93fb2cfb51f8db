"""Keep the recording of a run: what its workers hand up, as soon as it is committed."""

import logging
import os
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from forge.blade.recording.chunks import Chunk
from forge.blade.recording.tape import Tape
from forge.errors import ForgeError
from forge.trinity.update import Update

logger = logging.getLogger("forge.run")


class RunRecording:
    """A recording that grows epoch by epoch. Its faults end it, never the run."""

    def __init__(self, path: str) -> None:
        """Make the file.

        Raises:
            ForgeError: if there is one of that name, or it cannot be written.
        """
        self._tape: Tape | None = Tape(path)
        self._taken: list[Chunk] = []
        weakref.finalize(self, _end, self._tape, os.getpid())  # a script may just end

    def take(self, updates: Sequence[Update]) -> None:
        """Take in what was recorded in an epoch that may yet have to run again."""
        self._taken = [Chunk(*each) for update in updates for each in update.recorded]

    def arrive(self, recorded: Sequence[Sequence[Any]]) -> None:
        """Take in that the realm has moved at the end of the epoch, if it has."""
        self._taken += [Chunk(*each) for each in recorded]

    def keep(self) -> None:
        """Write it, as the epoch is committed."""
        if self._tape is None:
            return
        try:
            self._tape.add(self._taken)
        except ForgeError as error:
            self._give_up(error)

    def close(self) -> None:
        """End the recording."""
        try:
            if self._tape is not None:
                self._tape.close()
                self._tape = None
        except ForgeError as error:
            self._give_up(error)

    def _give_up(self, error: ForgeError) -> None:
        logger.warning("the recording ends here, the run goes on: %s", error)
        if self._tape is not None:
            self._tape.leave()
            self._tape = None


def _end(tape: Tape, pid: int) -> None:
    """End what nobody has ended, unless this is a copy of the process that records it."""
    if os.getpid() == pid:
        with suppress(ForgeError):
            tape.close()
