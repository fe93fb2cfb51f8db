"""The engine ``serial``: all in this process, for debugging and for a single core."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from forge.trinity.engines import Kind
from forge.trinity.engines.channel import Channel
from forge.trinity.engines.crew import PATIENCE, Answer


class Alone:
    """Workers in this process, which answer while they are asked. Nothing is exchanged."""

    bytes_exchanged = 0

    def __init__(self) -> None:
        self._begin: list[Callable[[], Answer]] = []
        self._answers: dict[int, Answer] = {}
        self._replies: dict[int, Any] = {}

    def start(
        self, begin: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]], setup: Any
    ) -> None:
        """See Crew."""
        self._begin = [partial(begin, setup, *more) for more in arguments]

    def __len__(self) -> int:
        """See Crew."""
        return len(self._begin)

    @property
    def pids(self) -> list[int]:
        """See Crew: there are no processes."""
        return []

    def send(self, number: int, *request: Any) -> None:
        """See Crew."""
        if number not in self._answers:
            self._answers[number] = self._begin[number]()
        self._replies[number] = self._answers[number](*request)

    def receive(self, number: int) -> Any:
        """See Crew."""
        return self._replies.pop(number)

    def answered(self, numbers: Iterable[int], timeout: float | None = None) -> list[int]:
        """See Crew."""
        return list(numbers)

    def end(self, patience: float = PATIENCE) -> None:
        """See Crew."""
        self._begin, self._answers, self._replies = [], {}, {}


ENGINE = Kind(Alone, Channel)
