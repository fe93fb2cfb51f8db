"""Decide when the deaths of workers in one epoch end a run, and say what is known of them.

A worker that somebody kills says nothing about the run: its epoch runs again, however often that
happens. A crash that comes again says that the epoch cannot be finished. It counts as such

- if workers of three tries ended by themselves: crashed, exited, or found no memory;
- if workers of two tries hung;
- if workers of three tries in a row were killed at the same tick of the same shard;
- if workers of ten tries were ended from outside, nobody knows where, as on a cluster.

A hundred tries of one epoch are the most in any case.
"""

from forge.errors import WorkerError
from forge.trinity.engines.crew import WorkerDiedError
from forge.trinity.needs import size
from forge.trinity.shortage import Headroom

MOST_OWN = 3  # tries whose worker ended by itself
MOST_HUNG = 2  # tries whose worker hung
MOST_ALIKE = 3  # tries in a row that were ended at the same tick of the same shard
MOST_BLIND = 10  # tries that were ended nobody knows where
MOST_TRIES = 100


class Deaths:
    """The deaths of workers in one epoch, at most one per try."""

    def __init__(self, headroom: Headroom) -> None:
        """Begin an epoch.

        Args:
            headroom: says whether a worker was ended for lack of memory.
        """
        self._headroom = headroom
        self._own = self._hung = self._tries = self._alike = self._blind = 0
        self._place: tuple[int, int] | None = None  # shard and tick of the last death

    def note(self, death: WorkerDiedError) -> str:
        """Count a death; return what is known of it.

        Raises:
            WorkerError: if the epoch is not to be tried again.
        """
        why, shortage = self._headroom.of_death(death.code)
        self._tries += 1
        self._hung += death.hung
        self._blind += death.beat is None
        self._own += shortage or not (death.hung or death.outside)
        place = (death.beat.shard, death.beat.tick) if death.beat and death.beat.playing else None
        self._alike = self._alike + 1 if place and place == self._place else 1
        self._place = place
        known = f"{_where(death)}{death}{why}"
        if (
            self._own >= MOST_OWN
            or self._hung >= MOST_HUNG
            or self._alike >= MOST_ALIKE
            or self._blind >= MOST_BLIND
            or self._tries >= MOST_TRIES
        ):
            text = f"gave up after {self._tries} deaths in one epoch: {known}"
            raise WorkerError(text, death.traceback) from None
        return known


def _where(death: WorkerDiedError) -> str:
    """Say what a worker was doing, and how much memory it held, as far as that is known."""
    parts = []
    if death.beat is not None:
        when = "at" if death.beat.playing else "after"
        parts.append(f"{when} tick {death.beat.tick} of shard {death.beat.shard}")
    if death.memory:
        parts.append(f"holding {size(death.memory)}")
    return "".join(f"{part}, " for part in parts)
