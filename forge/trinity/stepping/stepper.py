"""Step all groups of an environment on an engine's workers; results do not depend on the engine."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from forge.args import Args
from forge.config import Config
from forge.errors import WorkerError
from forge.registry import stepping
from forge.trinity.engines.compiling import compile_kernels
from forge.trinity.engines.crew import WorkerDiedError, num_workers
from forge.trinity.engines.kinds import kind
from forge.trinity.needs import estimate_steps
from forge.trinity.shortage import Headroom
from forge.trinity.stepping import group
from forge.trinity.stepping.group import names
from forge.trinity.stepping.stage import Stage


class Stepper:
    """Groups of realms, one per worker.

    Attributes:
        groups: numbers of the realms of each group.
        stages: the memory that each group shares with this process.
    """

    def __init__(self, config: Config, args: Args) -> None:
        """Start the engine that ``args.engine`` names.

        Raises:
            ConfigError: for an engine that does not exist or shares no memory, or if there is no
                room for the realms.
            ForgeError: if the system refuses processes or shared memory.
        """
        about = stepping(args.engine)
        self._headroom = Headroom(estimate_steps, config, args)
        compile_kernels(config, args, learns=False)
        realms = args.nRealm
        workers = num_workers(args.nWorker, realms, realms) if about.workers else 1
        self.groups = split(realms, workers)
        self.stages = [Stage(config, len(numbers)) for numbers in self.groups]
        self._crew = kind(args.engine).crew()
        pairs = zip(self.groups, self.stages, strict=True)
        arguments = [(numbers, stage.memory) for numbers, stage in pairs]
        self._crew.start(group.begin, arguments, (config, args.seed))

    @property
    def pids(self) -> Sequence[int]:
        """Ids of the worker processes."""
        return self._crew.pids

    @property
    def message_bytes(self) -> int:
        """Size of all messages so far, both ways [bytes]."""
        return self._crew.bytes_exchanged

    def ask(self, request: str) -> list[Any]:
        """Send a request to every group (see Group.answer); return the answers in group order.

        Raises:
            WorkerError: for an error in a group, or if a worker is gone.
        """
        answers, number = [], 0
        try:
            for number in range(len(self.groups)):
                self._crew.send(number, request)
            for number in range(len(self.groups)):
                answers.append(self._crew.receive(number))
        except WorkerDiedError as death:
            why, _ = self._headroom.of_death(death.code)
            raise WorkerError(
                f"{death}, and with it {names(self.groups[number])}: "
                "there are no commits to go back to, so this environment has ended"
                f"{why}",
                death.traceback,
            ) from None
        return answers

    def close(self) -> None:
        """End all workers and release the memory; calling it again does nothing."""
        self._crew.end()
        for stage in self.stages:
            stage.close()


def split(num_realms: int, num_groups: int) -> list[tuple[int, ...]]:
    """Split realms into groups of neighbours, as evenly as possible.

    Args:
        num_realms: ≥ num_groups.
        num_groups: ≥ 1.
    """
    bounds = [num_realms * k // num_groups for k in range(num_groups + 1)]
    return [tuple(range(a, b)) for a, b in pairwise(bounds)]
