"""Recognise that a run ended for lack of memory, and say what helps."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from forge.args import Args
from forge.config import Config
from forge.errors import RunError, WorkerError
from forge.trinity import limits, needs
from forge.trinity.engines.crew import WorkerDiedError

# Words of errors for lack of memory: from Python, NumPy and torch's allocators.
_SIGNS = ("MemoryError", "can't allocate memory", "not enough memory", "Cannot allocate memory")
_BESIDE = "what took the rest is not counted there (a class counts its own in num_bytes)"
_KILLED = -getattr(signal, "SIGKILL", 9)


class Headroom:
    """The memory that a run needs, and the memory there was when it began.

    Attributes:
        need: the run's need.
        room: the memory there was.
    """

    def __init__(self, count: needs.Count, config: Config, args: Args) -> None:
        """Compare a run's need with the memory there is, before it begins.

        Args:
            count: estimates the need.
            config: settings of the world and its learner.
            args: how the run is carried out.

        Raises:
            TooLargeError: if the run cannot fit.
        """
        self.need, self.room = count(config, args), limits.room()
        self._lowered = partial(needs.lowered, count, config, args)
        needs.check(self.need, self.room, self._lowered)
        self._kills = limits.oom_kills()  # number of kills for lack of memory so far

    def __str__(self) -> str:
        """Write need and room in one line."""
        parts = [str(self.need), f"parent {needs.size(self.need.parent)}"]
        if self.need.workers:
            parts.append(f"workers {needs.size(self.need.workers)}")
        parts.append(f"shared {needs.size(self.need.shared)}")
        if self.room.total is not None:
            parts.append(f"{self.room.owner} has {needs.size(self.room.total)}")
        return ", ".join(parts)

    def of_death(self, code: int | None) -> tuple[str, bool]:
        """Say whether a worker that ended with this code was killed for lack of memory.

        Returns:
            A clause to append to a message, "" if nothing suggests this; and whether it is sure.
        """
        if code != _KILLED:
            return "", False
        before, self._kills = self._kills, limits.oom_kills()
        if before is None or self._kills is None:
            return f": perhaps the system ended it for lack of memory; {self.advice}", False
        if self._kills > before:
            return f": the system ended it for lack of memory; {self.advice}", True
        return ": killed, but not by the system for lack of memory", False

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Add advice to errors for lack of memory.

        Raises:
            WorkerError: in place of an error that a lack of memory caused in a worker.
            RunError: in place of a MemoryError in this process.
        """
        try:
            yield
        except WorkerDiedError as death:
            why, _ = self.of_death(death.code)
            raise WorkerError(f"{death}{why}", death.traceback) from death
        except WorkerError as error:
            if any(sign in str(error) for sign in _SIGNS):
                raise WorkerError(f"{error}; {self.advice}", error.traceback) from error
            raise
        except MemoryError as error:
            text = " ".join(str(error).split()) or "the system gives no more"
            raise RunError(f"there is not enough memory: {text}; {self.advice}") from error

    @property
    def advice(self) -> str:
        """Advice: how much is needed, how much there is, and which settings to lower."""
        parts = [f"this run needs about {needs.size(self.need.total)}"]
        if self.room.total is not None:
            parts.append(f"{self.room.owner} has {_most(self.room)}")
        if self.room.each is not None:
            parts.append(f"{limits.LIMIT} may take {needs.size(self.room.each)}")
        helps = self._lowered() if needs.is_near(self.need, self.room) else _BESIDE
        return f"{', '.join(parts)}: {helps}"


def _most(room: limits.Room) -> str:
    free = "" if room.free is None else f" ({needs.size(room.free)} free as it began)"
    return f"{needs.size(room.total or 0)}{free}"
