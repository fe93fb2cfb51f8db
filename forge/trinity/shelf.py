"""Keep the checkpoints of a run: the newest ones, and the best."""

import logging
from pathlib import Path
from typing import Any

from forge import files
from forge.errors import CheckpointError
from forge.ethyr.checkpoint import BEST, FOLDER, in_run
from forge.ethyr.layout import Layout
from forge.ethyr.metrics import Metrics
from forge.trinity import commit as commits
from forge.trinity.commit import Commit

logger = logging.getLogger("forge.run")


class Shelf:
    """The folder checkpoints/ of a run.

    The best checkpoint has the highest mean completed lifetime, as in the run's summaries. (While
    all are newborn and few have died, the mean lifetime says too much.) It is a copy under a
    separate name, so it outlives the original.
    """

    def __init__(self, run: Path, keep: int) -> None:
        """Remember the folder; nothing is read yet.

        Args:
            run: the run's directory.
            keep: number of newest checkpoints kept beside the best; 0: all.
        """
        self._run, self._keep = run, keep
        self._folder = run / FOLDER
        self._best: float | None = None  # mean completed lifetime of the best [ticks]
        self._ours = True  # False: the file of the best is unreadable, and stays as it is

    def write(
        self, commit: Commit, states: list[bytes], layout: Layout, about: dict[str, Any]
    ) -> Path:
        """Write a checkpoint, then remove the checkpoints that are no longer kept.

        Args:
            commit: the commit.
            states: states of the shards.
            layout: layout of the weights.
            about: JSON values that describe the run.

        Raises:
            ForgeError: if it cannot be written; older checkpoints are then unchanged.
        """
        path = self._folder / file_name(commit.epoch)
        commits.save(path, commit, states, layout, about)
        for old in in_run(self._run)[: -self._keep] if self._keep else []:
            try:
                old.unlink(missing_ok=True)
            except OSError as error:
                logger.warning("cannot remove %s: %s", old, error.strerror)
        self._keep_best(path, commit)  # last, as removed files leave room for it
        return path

    def resume(self, commit: Commit) -> None:
        """Go on from the newest checkpoint, which holds this commit."""
        best = self._folder / BEST
        if best.exists():
            try:
                self._best = _score(commits.load(best)[0])
            except CheckpointError as error:
                self._ours = False
                logger.warning(
                    "the best checkpoint will not be kept, as %s: move that file away", error
                )
        self._keep_best(self._folder / file_name(commit.epoch), commit)

    def _keep_best(self, path: Path, commit: Commit) -> None:
        score = _score(commit)
        if self._ours and score is not None and (self._best is None or score > self._best):
            files.copy_atomic(path, self._folder / BEST)
            self._best = score


def file_name(epoch: int) -> str:
    """Name the checkpoint of an epoch."""
    return f"epoch-{epoch:08}.safetensors"


def _score(commit: Commit) -> float | None:
    """Find the mean completed lifetime at a commit [ticks]; None: nobody had died."""
    metrics = Metrics(len(commit.model))
    metrics.load_state(commit.metrics)
    return metrics.mean_completed_lifetime()
