"""Write training curves to tools that draw them: the numbers of metrics.jsonl, epoch by epoch.

A logger is one class in one file, ``Logger``, and a line of ``LOGGERS`` in forge/registry.py. It
imports its package at the top of its file, so that a package that is missing is noticed before
anything starts.
"""

import importlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from forge.args import Args
from forge.blade.settings import brief
from forge.config import Config
from forge.errors import ConfigError
from forge.ethyr.summary import Summary
from forge.registry import LOGGERS

logger = logging.getLogger("forge.run")


class Run(NamedTuple):
    """What a logger is told of the run."""

    directory: Path | None  # of its files, absolute; None: it writes none
    settings: dict[str, Any]  # of its config, with nRealm and seed
    resumed: int | None  # agent-steps at which it was resumed; None: it is new


class CurveLogger(ABC):
    """Write the numbers of a run's epochs. An error in it ends the log, and not the run."""

    @abstractmethod
    def __init__(self, run: Run) -> None:
        """Begin the log, or go on with the log of a run that was resumed."""

    @abstractmethod
    def write(self, step: int, values: dict[str, float]) -> None:
        """Write the numbers of an epoch.

        Args:
            step: agent-steps since the start of the run.
            values: by name; parts of a name are separated by slashes.
        """

    @abstractmethod
    def close(self) -> None:
        """End the log."""


def load(names: Sequence[str]) -> dict[str, type[CurveLogger]]:
    """Import loggers by name.

    Raises:
        ConfigError: if a package is missing; says what to install.
    """
    found = {}
    for name in names:
        try:
            found[name] = importlib.import_module(LOGGERS[name].module).Logger
        except ImportError as error:
            raise ConfigError(
                f"log {name} needs the package {LOGGERS[name].package}, which cannot be imported "
                f"({error}): pip install {LOGGERS[name].package}"
            ) from None
    return found


class Curves:
    """The loggers of one run. Each is begun at the first epoch that it is to write."""

    def __init__(self, names: Sequence[str]) -> None:
        """Import them.

        Raises:
            ConfigError: if a package is missing.
        """
        self._kinds = load(names)
        self._open: dict[str, CurveLogger] = {}
        self._run = Run(None, {}, None)

    def begin(self, config: Config, args: Args, agent_steps: int) -> None:
        """Say what the run is, and how far it has come; nothing is written yet."""
        settings = {**brief(config), "nRealm": args.nRealm, "seed": args.seed}
        resumed = None if args.resume is None else agent_steps
        folder = args.resume or args.run
        where = None if folder is None else Path(folder).absolute()  # the working one may change
        self._run = Run(where, settings, resumed)

    def write(self, summary: Summary) -> None:
        """Write an epoch. A logger that fails is told of once, and left out from then on."""
        for name in list(self._kinds):
            try:
                if name not in self._open:
                    self._open[name] = self._kinds[name](self._run)
                self._open[name].write(summary["agent_steps"], flat(summary))
            except Exception as error:
                self._give_up(name, error)
                self._end(name)

    def close(self) -> None:
        """End all logs."""
        for name in list(self._open):
            if (error := self._end(name)) is not None:
                logger.warning("the end of the log to %s may be missing: %s", name, _told(error))

    def _end(self, name: str) -> Exception | None:
        """End a log; return what goes wrong with it."""
        try:
            if name in self._open:
                self._open.pop(name).close()
        except Exception as error:
            return error
        return None

    def _give_up(self, name: str, error: Exception) -> None:
        logger.warning("the log to %s ends here, the run goes on: %s", name, _told(error))
        del self._kinds[name]


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def flat(values: Any, name: str = "") -> dict[str, float]:
    """List all numbers in nested values, by names such as ``populations/lives/0``."""
    if isinstance(values, dict | list):
        pairs = values.items() if isinstance(values, dict) else enumerate(values)
        parts = [flat(value, f"{name}/{key}" if name else str(key)) for key, value in pairs]
        return {key: value for part in parts for key, value in part.items()}
    is_number = isinstance(values, int | float) and not isinstance(values, bool)
    return {name: values} if is_number else {}
