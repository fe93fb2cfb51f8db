"""Write a run to disk: a record of every epoch, and a checkpoint whenever one is due."""

import time
from collections.abc import Callable
from typing import Any

from forge.args import Args
from forge.config import Config
from forge.ethyr.layout import Layout
from forge.ethyr.summary import Summary
from forge.trinity import progress
from forge.trinity.commit import Commit
from forge.trinity.logs import RunLog
from forge.trinity.resume import described
from forge.trinity.rundir import RunDirectory
from forge.trinity.trinity import Array, Trinity


class Keeper:
    """The directory of a run and its log. A run without a directory keeps nothing.

    Attributes:
        sound: whether the last commit may be written; False while it is being replaced.
    """

    def __init__(self, config: Config, args: Args, trinity: Trinity) -> None:
        """Remember the description of the run; nothing is opened yet.

        Args:
            config: settings of the world and its learner.
            args: how the run is carried out; ``run`` and ``resume`` name the directory.
            trinity: the classes.
        """
        self.sound = True
        self._setup = config, args, trinity
        self._directory: RunDirectory | None = None
        self._log: RunLog | None = None
        self._layout = Layout({})
        self._saved = self._recorded = 0  # last epoch in a checkpoint; last epoch in the records
        self._saved_at = -float("inf")

    def open(self, commit: Commit, layout: Layout) -> None:
        """Open the run's directory and its log. A new run can be resumed from then on.

        Args:
            commit: the commit that the run begins with, or is resumed from.
            layout: layout of the weights.
        """
        config, args, _ = self._setup
        self._layout = layout
        if args.resume is not None:
            self._directory = RunDirectory.resume(args.resume, config, commit)
            self._saved = self._recorded = commit.epoch
            self._saved_at = time.perf_counter()
        elif args.run is not None:
            self._directory = RunDirectory.create(args.run, config, args)
        if self._directory is not None:
            self._log = RunLog(self._directory.log)
            if args.resume is None:
                self._write(self._directory, commit, [])

    @property
    def logs(self) -> Any:
        """The queue for log records of other processes; None: nobody reads them."""
        return self._log.queue if self._log is not None else None

    def past(self) -> list[Summary]:
        """Read the summaries of the last epochs."""
        if self._directory is None:
            return []
        return progress.history(self._directory.path, self._setup[0].populations)

    def record(self, summary: Summary, lives: Array) -> None:
        """Record an epoch that has been committed.

        Args:
            summary: summary of the epoch.
            lives: LIFE (k,), the lives that ended in it.
        """
        if self._directory is not None:
            self._directory.record(summary, lives)
        self._recorded = summary["epoch"]

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.perf_counter() - self._saved_at >= self._setup[0].checkpoint_seconds

    def save(self, commit: Commit, states: Callable[[], list[bytes]]) -> None:
        """Write a checkpoint of the last commit, unless it is written already or not sound.

        Args:
            commit: the last commit.
            states: copies the shards' states.
        """
        if self._directory is None or not self.sound:
            return
        if not self._recorded == commit.epoch > self._saved:
            return
        self.sound = False  # if writing fails, closing need not try again
        self._write(self._directory, commit, states())
        self.sound = True
        self._saved, self._saved_at = commit.epoch, time.perf_counter()

    def _write(self, directory: RunDirectory, commit: Commit, states: list[bytes]) -> None:
        about = described(*self._setup)
        directory.checkpoint(commit, states, self._layout, about)

    def close(self) -> None:
        """Close the log and release the directory. A directory without an epoch is removed."""
        if self._log is not None:
            self._log.close()
        if self._directory is not None:
            self._directory.close()
