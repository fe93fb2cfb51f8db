"""The engine ``serial``: computes in this process, for debugging and for a single core."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from forge.trinity.engines.channel import Channel
from forge.trinity.engines.crew import PATIENCE, Answer, available_cores
from forge.trinity.engines.kinds import Kind


class InProcess:
    """Workers in this process, which answer within the call of ``send``. No bytes are exchanged."""

    bytes_exchanged = 0
    pids = ()

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._replies: dict[int, Any] = {}

    def cores(self) -> int:
        """See Crew."""
        return available_cores()

    def start(
        self, begin: Callable[..., Answer], arguments: Sequence[tuple[Any, ...]], setup: Any
    ) -> None:
        """See Crew."""
        self._answers = [begin(setup, *more) for more in arguments]

    def __len__(self) -> int:
        """See Crew."""
        return len(self._answers)

    def send(self, number: int, *request: Any) -> None:
        """See Crew."""
        self._replies[number] = self._answers[number](*request)

    def receive(self, number: int) -> Any:
        """See Crew."""
        return self._replies.pop(number)

    def answered(self, numbers: Iterable[int], timeout: float | None = None) -> list[int]:
        """See Crew."""
        return list(numbers)

    def replace(self, numbers: Sequence[int]) -> None:
        """See Crew; a worker in this process never dies alone."""

    def stack(self, number: int) -> str:
        """See Crew: this process is the one that would have to ask."""
        return ""

    def end(self, patience: float = PATIENCE) -> None:
        """See Crew."""
        self._answers, self._replies = [], {}


ENGINE = Kind(InProcess, Channel)
