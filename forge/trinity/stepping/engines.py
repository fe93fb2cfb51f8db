"""Step all groups of an environment, in this process or in workers; results are the same."""

from itertools import pairwise
from typing import Any, Protocol

import cloudpickle

from forge.args import ENGINES, Args
from forge.blade.config import Config
from forge.errors import WorkerError
from forge.trinity.engines import WorkerDiedError, unknown
from forge.trinity.engines.compiling import compile_kernels
from forge.trinity.engines.crew import Crew, num_workers
from forge.trinity.needs import estimate_steps
from forge.trinity.shortage import Headroom
from forge.trinity.stepping import group
from forge.trinity.stepping.group import Group, names
from forge.trinity.stepping.stage import Stage


class Stepper(Protocol):
    """Step groups of realms.

    Attributes:
        groups: numbers of the realms of each group.
        stages: the memory that each group shares.
    """

    groups: list[tuple[int, ...]]
    stages: list[Stage]

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes."""

    @property
    def pipe_bytes(self) -> int:
        """What has gone through pipes, both ways [bytes]."""

    def ask(self, request: str) -> list[Any]:
        """Let every group do something (see Group.answer); return their answers, in order.

        Raises:
            WorkerError: for an error in a group, or if a worker is gone.
        """

    def close(self) -> None:
        """End all workers; calling it again does nothing."""


def start(config: Config, args: Args) -> Stepper:
    """Start what ``args.engine`` names.

    Raises:
        ConfigError: for an engine that there is not, or if there is no room for the realms.
        ForgeError: if processes or the memory they share cannot be had.
    """
    if args.engine not in ENGINES:
        raise unknown(args.engine)
    headroom = Headroom(estimate_steps, config, args)
    compile_kernels(config, args, learns=False)
    if args.engine == "serial":
        return Serial(config, args)
    return Processes(config, args, headroom)


class Serial:
    """One group in this process: nothing is exchanged."""

    pids: list[int] = []  # noqa: RUF012 – there are none
    pipe_bytes = 0

    def __init__(self, config: Config, args: Args) -> None:
        self.groups = split(args.nRealm, 1)
        self.stages = [Stage(config, args.nRealm)]
        self._group = Group(config, args.seed, self.groups[0], self.stages[0])

    def ask(self, request: str) -> list[Any]:
        """See Stepper."""
        return [self._group.answer(request)]

    def close(self) -> None:
        """See Stepper."""


class Processes:
    """A group in each worker process."""

    def __init__(self, config: Config, args: Args, headroom: Headroom) -> None:
        self._headroom = headroom
        workers = num_workers(args.nWorker, args.nRealm, args.nRealm)
        self.groups = split(args.nRealm, workers)
        self.stages = [Stage(config, len(numbers)) for numbers in self.groups]
        self._crew = Crew()
        setups = [cloudpickle.dumps((config, args.seed, numbers)) for numbers in self.groups]
        shared = [stage.memory for stage in self.stages]
        try:
            self._crew.start(group.main, zip(setups, shared, strict=True))
        except WorkerDiedError as death:
            raise WorkerError(f"{death}, as it started") from None

    @property
    def pids(self) -> list[int]:
        """See Stepper."""
        return self._crew.pids

    @property
    def pipe_bytes(self) -> int:
        """See Stepper."""
        return self._crew.bytes_exchanged

    def ask(self, request: str) -> list[Any]:
        """See Stepper."""
        workers = range(len(self._crew))
        number = 0
        try:
            for number in workers:
                self._crew.send(number, request)
            answers = []
            for number in workers:
                answers.append(self._crew.receive(number))
        except WorkerDiedError as death:
            raise WorkerError(
                f"{death}, and with it {names(self.groups[number])}: "
                "there are no commits to go back to, so this environment has ended"
                f"{self._headroom.of_death(death.code)}"
            ) from None
        return answers

    def close(self) -> None:
        """See Stepper."""
        self._crew.end()


def split(num_realms: int, num_groups: int) -> list[tuple[int, ...]]:
    """Split realms into groups of neighbours, as even as can be.

    Args:
        num_realms: ≥ num_groups.
        num_groups: ≥ 1.
    """
    bounds = [num_realms * k // num_groups for k in range(num_groups + 1)]
    return [tuple(range(a, b)) for a, b in pairwise(bounds)]
