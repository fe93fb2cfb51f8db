"""Keep a run's directory: settings, metrics, life records, checkpoints and the log.

config.json        settings of the world and its learner
args.json          number of realms, seed, and the files of the initial weights
versions.json      libraries and processor for which the results hold
metrics.jsonl      a line per epoch
lives.bin          a record per life that ended; lives.json describes its columns
censored.bin       a record per agent alive at the last checkpoint (cause 0: none)
checkpoints/       epoch-XXXXXXXX.safetensors, the newest, and best.safetensors
forge.log          the log of all processes
.forge-lock        while the run lasts, see forge.trinity.holding
"""

import json
import logging
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from forge import files
from forge.args import Args
from forge.blade.added import life_in
from forge.config import Config
from forge.errors import ForgeError, RunError
from forge.ethyr import checkpoint
from forge.trinity import records
from forge.trinity.commit import Commit
from forge.trinity.holding import LOCK, hold
from forge.trinity.lives import ABOUT, CENSORED, described
from forge.trinity.records import Records
from forge.trinity.shard import censored
from forge.trinity.shelf import Shelf, file_name
from forge.trinity.trinity import Array
from forge.trinity.versions import versions, warn_if_others

logger = logging.getLogger("forge.run")

_VERSIONS, _LOG = "versions.json", "forge.log"
# Files that a run writes before its first checkpoint, in this order, and then with it.
_BEGUN = (
    checkpoint.FOLDER, "config.json", "args.json", _VERSIONS, ABOUT, *records.NAMES, _LOG,
)  # fmt: skip
_WITH_CHECKPOINT = {*_BEGUN, CENSORED}
_GROWING = (*records.NAMES, CENSORED)  # empty until the first epoch has ended


class RunDirectory:
    """The directory of one run, which holds it until ``close``: no other run writes to it.

    Attributes:
        path: the directory.
        log: the log file.
    """

    def __init__(self, path: str | os.PathLike[str], config: Config) -> None:
        self.path = Path(path).absolute()  # the working directory may change
        self.log = self.path / _LOG
        self._config = config
        self._records = Records(self.path, life_in(config))
        self._shelf = Shelf(self.path, config.keep)
        self._release: weakref.finalize[Any, Any] | None = None
        self._made = False  # whether the directory itself is new
        self._new: os.stat_result | None = None  # the directory, while it holds no epoch
        self._synced = True  # False once the file system has failed to sync

    @classmethod
    def create(cls, path: str | os.PathLike[str], config: Config, args: Args) -> "RunDirectory":
        """Make the directory of a new run.

        The directory may exist if it is empty, or if a run was killed there before its first
        checkpoint.

        Raises:
            RunError: if the directory holds anything else.
            ForgeError: if it cannot be written.
        """
        self = cls(path, config)
        try:
            self._make()
            self._describe(config, args)
        except BaseException:
            self.close()
            raise
        return self

    def _make(self) -> None:
        with files.plain_faults("make the run directory", self.path):
            if self.path.exists() and not self.path.is_dir():
                raise RunError(f"run directory {self.path} exists: choose another name")
            self._made = not self.path.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            # Hold it before looking into it: another run may be about to use it too.
            self._release = hold(self, self.path)
            if any(found.name != LOCK for found in self.path.iterdir()):
                if not (self._release and _was_begun(self.path)):
                    raise RunError(f"run directory {self.path} exists: {_instead(self.path)}")
                logger.info("a run was killed here before its first checkpoint; it begins anew")
            self._new = self.path.stat()
            _clean(self.path)
            (self.path / checkpoint.FOLDER).mkdir(exist_ok=True)

    def _describe(self, config: Config, args: Args) -> None:
        """Write the files that do not change while the run lasts, and begin its records."""
        self._write("config.json", config.as_dict())
        self._write("args.json", {name: getattr(args, name) for name in ("nRealm", "seed", "load")})
        self._write(_VERSIONS, versions())
        self._write(ABOUT, described(life_in(config)))
        self._records.begin()

    @classmethod
    def resume(cls, path: str | os.PathLike[str], config: Config, commit: Commit) -> "RunDirectory":
        """Go on in the directory of a run: cut its records back to its newest checkpoint's commit.

        Raises:
            RunError: if records are missing or were changed, or another run writes to it.
            ForgeError: if it cannot be written.
        """
        self = cls(path, config)
        try:
            self._release = hold(self, self.path)
            self._records.cut_back(commit)
            _clean(self.path)
            self._shelf.resume(commit)
        except BaseException:
            self.close()
            raise
        warn_if_others(self.path / _VERSIONS)
        return self

    def close(self) -> None:
        """Release the directory; remove it if it holds no epoch. Repeating it does nothing."""
        is_empty = False
        if self._new is not None:
            with suppress(OSError):
                is_empty = self._emptied(self._new)
            self._new = None
        if self._release is not None:
            self._release()
        if is_empty and self._made:
            with suppress(OSError):  # another run may have begun here
                self.path.rmdir()

    def _emptied(self, new: os.stat_result) -> bool:
        """Remove the files of ``create`` and of the first checkpoint, or nothing if there are more.

        Args:
            new: the directory that it made; the path may name another one by now.

        Returns:
            Whether nothing is left but the lock.
        """
        found = [path for path in self.path.iterdir() if path.name != LOCK]
        folder = self.path / checkpoint.FOLDER
        first = folder / file_name(0)
        others = {path.name for path in found} - _WITH_CHECKPOINT
        others |= {path.name for path in folder.glob("*") if path != first}
        used = [path for path in found if path.name in _GROWING and path.stat().st_size]
        if others or used or not os.path.samestat(new, self.path.stat()):
            return False
        first.unlink(missing_ok=True)
        for path in found:
            (path.rmdir if path == folder else path.unlink)()
        return True

    def record(self, summary: dict[str, Any], lives: Array) -> None:
        """Append one epoch's summary and the lives that ended in it.

        Raises:
            RunError: if the disk is full, for example; both files are then unchanged.
        """
        with self._advising():
            self._records.append(summary, lives)
        self._new = None

    def checkpoint(self, commit: Commit, states: list[bytes], *rest: Any) -> Path:
        """Write a checkpoint, then remove the checkpoints that are no longer kept.

        Args:
            commit: the commit.
            states: states of the shards.
            rest: the other arguments of ``Shelf.write``.

        Raises:
            RunError: if it cannot be written; older checkpoints are then unchanged.
        """
        living = [censored(state, self._config) for state in states]
        lives = np.concatenate([np.zeros(0, life_in(self._config)), *living])
        with self._advising():
            self._sync()
            path = self._shelf.write(replace(commit, records=self._records.sums), states, *rest)
            files.write_atomic(self.path / CENSORED, lives.tobytes())
        logger.info("wrote %s", path)
        return path

    def _sync(self) -> None:
        """Make sure that the records are on the disk; warn once if that is impossible."""
        if not self._records.sync() and self._synced:
            self._synced = False
            logger.warning(
                "the file system of %s cannot make sure that files are on the disk: "
                "after a power cut the last of them may be lost",
                self.path,
            )

    @contextmanager
    def _advising(self) -> Iterator[None]:
        """Add to errors of the disk how to go on after them.

        Raises:
            RunError: in place of a ForgeError.
        """
        try:
            yield
        except ForgeError as error:
            kept = checkpoint.in_run(self.path)
            if kept:
                advice = f"mend that, then go on from {kept[-1].name} with --resume {self.path}"
            elif self.path.is_dir():
                advice = "mend that, and start the run again"
            else:
                advice = f"{self.path} is gone: put it back and --resume it, or start a new run"
            raise RunError(f"{error}; {advice}") from error

    def _write(self, name: str, value: Any) -> None:
        files.write_atomic(self.path / name, json.dumps(value, indent=2).encode() + b"\n")


def _was_begun(path: Path) -> bool:
    """Say whether a folder holds only a run that was killed before its first checkpoint."""
    with suppress(OSError):
        names = {found.name for found in path.iterdir() if not files.is_temporary(found.name)}
        names -= {LOCK}
        if not names or names != set(_BEGUN[: len(names)]):
            return False
        kept = list((path / checkpoint.FOLDER).iterdir())
        grown = [name for name in names & {*records.NAMES} if (path / name).stat().st_size]
        return not grown and all(files.is_temporary(found.name) for found in kept)
    return False


def _clean(path: Path) -> None:
    """Remove the unfinished files of a run that was killed."""
    for folder in (path, path / checkpoint.FOLDER):
        with suppress(OSError):
            for found in folder.iterdir():
                if files.is_temporary(found.name):
                    found.unlink()


def _instead(path: Path) -> str:
    """Advise on a directory that a new run cannot use."""
    if checkpoint.in_run(path):
        return (
            "choose another name, or continue that run with --resume "
            "(in Python: Args(resume=…) in place of Args(run=…))"
        )
    return "choose another name, or move it away (it holds no checkpoint to continue from)"


def latest_checkpoint(path: str | os.PathLike[str]) -> Path:
    """Find a run's last checkpoint.

    Raises:
        RunError: if there is none.
    """
    if not Path(path).is_dir():
        raise RunError(f"there is no run directory {os.fspath(path)}")
    found = checkpoint.in_run(path)
    if found:
        return found[-1]
    text = f"run directory {os.fspath(path)} holds no checkpoint to continue from"
    if _was_begun(Path(path)):
        text += f": that run was killed before its first, start it again with --run {path}"
    raise RunError(text)
