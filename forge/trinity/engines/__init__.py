"""Engines run shards and nothing else; results do not depend on which.

``serial`` computes in this process, ``processes`` in several. The parent drives an epoch:
``play``, then ``update`` for every further exchange (between them it changes ``weights``), then
``commit``.
"""

from typing import Any, Protocol

from forge.args import ENGINES, Args
from forge.blade.config import Config, ConfigError
from forge.ethyr.metrics import Census
from forge.trinity.trinity import Array, Trinity, Update


class WorkerDiedError(Exception):
    """A worker process ended without being asked; the message says which and how.

    Attributes:
        code: its exit code, or less than 0: the signal that ended it; None: nobody knows.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class Engine(Protocol):
    """Run the shards of a run.

    Attributes:
        weights: float32 (P, n). Write into it: each process copies it at the start of an
            exchange, and its Swords compute with that.
    """

    weights: Array

    @property
    def pids(self) -> tuple[int, ...]:
        """Ids of the worker processes."""

    @property
    def bytes_exchanged(self) -> int:
        """All that workers have read or written for weights, gradients, messages and states.

        Through shared memory or pipes, since the start; a worker reads the weights once per
        exchange [bytes].
        """

    def play(self) -> list[Update]:
        """Let every shard play a rollout; return their first updates, in shard order.

        Raises:
            WorkerError: for an error in a shard.
            WorkerDiedError: if a worker is gone; ``rollback`` before anything else. So below.
        """

    def update(self) -> list[Update]:
        """Let every shard take the new weights; return their next updates, in shard order."""

    def commit(self, messages: list[Any]) -> tuple[list[str], Census]:
        """End the epoch.

        Args:
            messages: what the Pantheon says to each realm's God; None: nothing.

        Returns:
            The digest of each shard's state, and a count of all realms.
        """

    def states(self) -> list[bytes]:
        """Copy the shards' states as of the last commit."""

    def restore(self, states: list[bytes]) -> None:
        """Go on from such states, as if they had just been committed."""

    def rollback(self) -> None:
        """Go back to the last commit, with new workers."""

    def close(self) -> None:
        """End all workers; calling it again does nothing."""


def unknown(engine: Any) -> ConfigError:
    """Refuse an engine that there is not."""
    return ConfigError(f"engine is one of {', '.join(ENGINES)}; not {engine!r}")


def start(config: Config, args: Args, trinity: Trinity, parameters: int, logs: Any) -> Engine:
    """Start the engine that ``args.engine`` names.

    Args:
        config: settings of the world and its learner.
        args: how the run is carried out.
        trinity: the classes.
        parameters: n, of one population.
        logs: queue that the workers' log records go to, or None.

    Raises:
        ConfigError: for an engine that there is not.
        ForgeError: if processes or the memory they share cannot be had.
    """
    from forge.trinity.engines.compiling import compile_kernels
    from forge.trinity.sword import Sword

    if args.engine not in ENGINES:
        raise unknown(args.engine)
    compile_kernels(config, args, issubclass(trinity.Sword, Sword))
    if args.engine == "serial":
        from forge.trinity.engines.serial import Serial

        return Serial(config, args, trinity, parameters)
    from forge.trinity.engines.processes import Processes

    return Processes(config, args, trinity, parameters, logs)
