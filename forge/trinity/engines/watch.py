"""Watch a crew at work: who owes an answer, who is gone, and who no longer gets on.

A worker gets on as long as it gives signs of life (see Channel.beat), one for every tick of a
shard. Only time in which this process is awake counts, so that neither a stopped process group nor
a machine that sleeps is taken for a worker that hangs.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from forge.errors import WorkerError
from forge.trinity import limits
from forge.trinity.engines.crew import MOST_STARTS, Beat, Crew, WorkerDiedError
from forge.trinity.engines.stacks import innermost

logger = logging.getLogger("forge.engine")

_LOOK = 1.0  # longest time between two looks at workers that do not answer [s]


class Watch:
    """A crew of which every request goes through here."""

    def __init__(
        self, crew: Crew, hang_after: float, beat_of: Callable[[int], Beat | None], here: bool
    ) -> None:
        """Watch a crew.

        Args:
            crew: the crew.
            hang_after: time without a sign of life after which a worker hangs [s]; 0: none does.
            beat_of: finds the last sign of life from a worker, by its number.
            here: whether all workers are on this machine, so that their memory can be looked up.
        """
        self._here = here
        self._crew, self._hang_after, self._beat_of = crew, hang_after, beat_of
        self._look = min(_LOOK, hang_after / 4 or _LOOK)
        self._owing: set[int] = set()  # workers that have not answered
        self._lost: set[int] = set()
        self._starting: set[int] = set()  # workers that do not serve yet
        self._starts: dict[int, int] = {}  # how often they were killed before they served
        self._quiet: dict[int, tuple[Beat | None, float]] = {}  # last sign, and time since [s]
        self._memory: dict[int, int] = {}  # memory that a worker held at the last look [bytes]

    def send(self, number: int, *request: Any) -> None:
        """See Crew."""
        with self._noted(number):
            self._crew.send(number, *request)
        self._owing.add(number)
        self._quiet.pop(number, None)

    def receive(self, number: int) -> Any:
        """See Crew: return the answer of a worker that ``answered`` has listed."""
        self._owing.discard(number)
        with self._noted(number):
            return self._crew.receive(number)

    def answered(self) -> list[int]:
        """Wait until a worker answers or joins; list those that answered.

        Raises:
            WorkerDiedError: for a worker that hangs, or that ends by itself as it starts.
        """
        while not (ready := self._crew.answered(self._owing | self._starting, self._look)):
            for number in sorted(self._owing | self._starting):
                self._look_at(number)
        for number in self._starting.intersection(ready):
            self._let_join(number)
        return [number for number in ready if number in self._owing]

    def _let_join(self, number: int) -> None:
        """Let a worker that was started join the others, or start it again if it was killed."""
        try:
            with self._noted(number):
                self._crew.receive(number)
            self._starting.discard(number)
            self._starts.pop(number, None)
        except WorkerDiedError as death:
            self._starts[number] = self._starts.get(number, 0) + 1
            if not death.outside or self._starts[number] >= MOST_STARTS:
                raise
            logger.warning("%s, as it started; another one is started", death)
            self._replace([number])

    def _replace(self, numbers: list[int]) -> None:
        self._crew.replace(numbers)
        self._lost.difference_update(numbers)
        self._starting.update(numbers)
        for number in numbers:
            self._quiet.pop(number, None)
        logger.info("replaced workers %s; the processes now: %s", numbers, self._crew.pids)

    @property
    def present(self) -> set[int]:
        """The workers that serve, as far as is known."""
        return {*range(len(self._crew))} - self._starting - self._lost

    def answers(self) -> Iterator[tuple[int, Any]]:
        """Receive the answers that are owed, the first that comes first."""
        while self._owing:
            for number in self.answered():
                yield number, self.receive(number)

    def renew(self) -> None:
        """Replace the workers that are gone; the others give up what they do, and their shards.

        Raises:
            WorkerDiedError: if another one dies meanwhile.
        """
        if self._lost:
            self._replace(sorted(self._lost))
        self._recall()
        for number in self.present:
            self.send(number, "forget")
        self._recall()

    def _recall(self) -> None:
        """Receive the answers that are owed, whatever they are."""
        while self._owing:
            for number in self.answered():
                try:
                    self.receive(number)
                except WorkerDiedError:
                    raise
                except WorkerError as error:
                    logger.info("worker %d gave up: %s", number, error)

    def _look_at(self, number: int) -> None:
        """Note a worker's memory and its last sign of life.

        Raises:
            WorkerDiedError: if the last sign is too long ago.
        """
        if self._here and number < len(self._crew.pids):
            self._memory[number] = limits.resident(self._crew.pids[number]) or 0
        beat = self._beat_of(number)
        before, quiet = self._quiet.get(number, (beat, 0.0))
        quiet = quiet + self._look if beat == before else 0.0
        self._quiet[number] = beat, quiet
        if self._hang_after and quiet >= self._hang_after:
            stack = self._crew.stack(number)
            text = f"worker {number} has hung for {quiet:g} s{_in(innermost(stack))}"
            hung = WorkerDiedError(text, traceback=stack)
            hung.hung = True
            with self._noted(number):
                raise hung

    @contextmanager
    def _noted(self, number: int) -> Iterator[None]:
        """Note the death of a worker, and what is known of it.

        Raises:
            WorkerDiedError: the same, with all that is known.
        """
        try:
            yield
        except WorkerDiedError as death:
            self._lost.add(number)
            self._owing.discard(number)
            self._starting.discard(number)
            death.beat, death.memory = self._beat_of(number), self._memory.pop(number, 0)
            raise


def _in(where: str) -> str:
    return f" in {where}" if where else ""
