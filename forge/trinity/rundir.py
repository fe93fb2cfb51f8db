"""Keep a run's directory: settings, metrics, life records, checkpoints and the log.

config.json        settings of the world and its learner
args.json          number of realms, seed, and what weights it began with
versions.json      libraries and processor the results hold for
metrics.jsonl      a line per epoch
lives.bin          a record per life that ended; lives.json describes its columns
censored.bin       likewise, of those alive at the last checkpoint (cause 0: none)
checkpoints/       the last three, epoch-XXXXXXXX.safetensors
forge.log          what all processes logged
"""

import json
import logging
import os
import platform
import sys
import weakref
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from forge import files
from forge.args import Args
from forge.blade.config import Config
from forge.blade.state import LIFE
from forge.errors import RunError
from forge.ethyr.checkpoint import in_run as checkpoints
from forge.trinity import commit as commits
from forge.trinity.shard import censored
from forge.trinity.trinity import Array

logger = logging.getLogger("forge.run")

KEPT_CHECKPOINTS = 3
_RECORDS = ("metrics.jsonl", "lives.bin")
_BEGUN = {  # all that a run writes before its first epoch
    "config.json", "args.json", "versions.json", "lives.json", *_RECORDS, "checkpoints",
    "forge.log",
}  # fmt: skip
_LIBRARIES = ("numpy", "numba", "torch", "safetensors")


class RunDirectory:
    """One run's directory, held by this run until ``close``: nothing else writes to it meanwhile.

    Attributes:
        path: the directory.
        lives: life records in lives.bin.
    """

    def __init__(self, path: str | os.PathLike[str], lives: int = 0) -> None:
        self.path = Path(path).absolute()  # the working directory may change
        self.lives = lives
        self._release: weakref.finalize[Any, Any] | None = None
        self._made = False  # whether the directory itself is new
        self._new: os.stat_result | None = None  # the directory, as long as it holds no epoch

    @classmethod
    def create(cls, path: str | os.PathLike[str], config: Config, args: Args) -> "RunDirectory":
        """Make the directory of a new run.

        Raises:
            RunError: if it exists and is not empty.
            ForgeError: if it cannot be written.
        """
        self = cls(path)
        try:
            self._make()
            self._describe(config, args)
        except BaseException:
            self.close()
            raise
        return self

    def _make(self) -> None:
        exists = RunError(
            f"run directory {self.path} exists: choose another name, "
            "or continue that run with --resume"
        )
        with files.plain_faults("make the run directory", self.path):
            if self.path.exists() and not self.path.is_dir():
                raise exists
            self._made = not self.path.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            self._hold()  # before looking into it: another run may be about to use it too
            if any(self.path.iterdir()):
                raise exists
            self._new = self.path.stat()
            (self.path / "checkpoints").mkdir()

    def _describe(self, config: Config, args: Args) -> None:
        """Write what does not change while the run lasts, and begin its records."""
        self._write("config.json", config.as_dict())
        self._write("args.json", {name: getattr(args, name) for name in ("nRealm", "seed", "load")})
        self._write("versions.json", versions())
        columns = [[name, LIFE[name].base.str, list(LIFE[name].shape)] for name in LIFE.names or ()]
        self._write(
            "lives.json",
            {
                "itemsize": LIFE.itemsize,
                "columns": columns,
                "descr": np.lib.format.dtype_to_descr(LIFE),
            },
        )
        for name in _RECORDS:
            files.append(self.path / name, b"")

    @classmethod
    def resume(cls, path: str | os.PathLike[str], commit: commits.Commit) -> "RunDirectory":
        """Go on in the directory of a run: cut its records back to a commit.

        Raises:
            RunError: if records are missing, or another run writes to it.
            ForgeError: if it cannot be written.
        """
        self = cls(path, commit.lives)
        try:
            self._hold()
            self._cut_back(commit)
        except BaseException:
            self.close()
            raise
        self._warn_if_elsewhere()
        return self

    def _cut_back(self, commit: commits.Commit) -> None:
        lives, metrics = self.path / "lives.bin", self.path / "metrics.jsonl"
        with files.plain_faults("cut back", metrics):
            kept = _lines_up_to(metrics.read_bytes(), commit.epoch)
        lost = set(range(1, commit.epoch + 1)) - set(kept)
        if lost:
            raise RunError(
                f"{metrics} lacks epoch {min(lost)} of {commit.epoch}, up to which the last "
                "checkpoint goes: put the whole file back, and resume then"
            )
        with files.plain_faults("cut back", lives):
            size = commit.lives * LIFE.itemsize
            if lives.stat().st_size < size:
                raise RunError(f"{lives} is shorter than at the last checkpoint")
            os.truncate(lives, size)
        files.write_atomic(metrics, b"".join(kept.values()))

    def _hold(self) -> None:
        """Lock the directory, where the system can (not on Windows), as long as this run lasts.

        The system lets go of it when the process ends, however it does.

        Raises:
            RunError: if another run holds it.
        """
        with suppress(ImportError, OSError):
            import fcntl

            descriptor = os.open(self.path, os.O_RDONLY)
            self._release = weakref.finalize(self, os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunError(
                    f"run directory {self.path} is in use: another run that was not closed "
                    "writes to it"
                ) from None

    def close(self) -> None:
        """Let go of the directory; remove it if it holds no epoch. Repeating it does nothing."""
        if self._new is not None:
            with suppress(OSError):
                self._remove(self._new)
            self._new = None
        if self._release is not None:
            self._release()

    def _remove(self, new: os.stat_result) -> None:
        """Remove what ``create`` made, or nothing if anything else lies there.

        Args:
            new: the directory that it made: another may stand in its place by now.
        """
        found = list(self.path.iterdir())
        records = [path for path in found if path.name in _RECORDS]
        others = {path.name for path in found} - _BEGUN
        if others or any(path.stat().st_size for path in records):
            return
        if not os.path.samestat(new, self.path.stat()):
            return
        for path in sorted(found, key=lambda path: not path.is_dir()):
            # checkpoints/ first: if it holds anything, this fails, and all stays
            (path.rmdir if path.is_dir() else path.unlink)()
        if self._made:
            self.path.rmdir()

    def record(self, summary: dict[str, Any], lives: Array) -> None:
        """Append one epoch's summary and the lives that ended in it.

        Raises:
            ForgeError: if the disk is full; both files are then as they were.
        """
        before = self.lives * LIFE.itemsize
        line = json.dumps(summary, allow_nan=False).encode() + b"\n"
        files.append(self.path / "lives.bin", lives.tobytes())
        try:
            files.append(self.path / "metrics.jsonl", line)
        except BaseException:
            os.truncate(self.path / "lives.bin", before)
            raise
        self.lives += len(lives)
        self._new = None

    def checkpoint(self, commit: commits.Commit, states: list[bytes], *rest: Any) -> Path:
        """Write a checkpoint; only then drop those that are no longer kept.

        Args:
            commit: what is committed.
            states: of the shards.
            rest: the other arguments of ``commit.save``.

        Raises:
            ForgeError: if it cannot be written; older checkpoints are then as they were.
        """
        for name in _RECORDS:
            files.sync(self.path / name)
        path = self.path / "checkpoints" / f"epoch-{commit.epoch:08}.safetensors"
        commits.save(path, commit, states, *rest)
        living = np.concatenate([censored(state) for state in states])
        files.write_atomic(self.path / "censored.bin", living.tobytes())
        for old in checkpoints(self.path)[:-KEPT_CHECKPOINTS]:
            old.unlink(missing_ok=True)
        logger.info("wrote %s", path)
        return path

    def _write(self, name: str, value: Any) -> None:
        files.write_atomic(self.path / name, json.dumps(value, indent=2).encode() + b"\n")

    def _warn_if_elsewhere(self) -> None:
        """Warn if the libraries or the processor are others: results may then differ."""
        try:
            before = json.loads((self.path / "versions.json").read_text())
        except (OSError, ValueError):
            return
        changed = [name for name, value in versions().items() if before.get(name) != value]
        if changed:
            logger.warning(
                "resumed with other versions of: %s; results may differ from those "
                "of an uninterrupted run",
                ", ".join(changed),
            )


def latest_checkpoint(path: str | os.PathLike[str]) -> Path:
    """Find a run's last checkpoint.

    Raises:
        RunError: if there is none.
    """
    if not Path(path).is_dir():
        raise RunError(f"there is no run directory {os.fspath(path)}")
    found = checkpoints(path)
    if not found:
        raise RunError(f"run directory {os.fspath(path)} holds no checkpoint to continue from")
    return found[-1]


def versions() -> dict[str, str]:
    """Say what results hold for: versions of the libraries, and the processor's kind."""
    found = {"python": platform.python_version(), "forge-mmo": _version("forge-mmo")}
    found |= {name: _version(name) for name in _LIBRARIES}
    return {**found, "platform": sys.platform, "processor": _processor()}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def _processor() -> str:
    """Name the instruction set as the kernels see it."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    widest = [
        name
        for name in ("sse4.2", "avx2", "avx512f", "neon", "sve")
        if llvm.get_host_cpu_features().get(name)
    ]
    return " ".join([platform.machine(), str(llvm.get_host_cpu_name()), *widest])


def _lines_up_to(data: bytes, epoch: int) -> dict[int, bytes]:
    """Find the line of each epoch up to one; a torn last line is dropped."""
    kept = {}
    for line in data.splitlines(keepends=True):
        try:
            if line.endswith(b"\n") and (number := json.loads(line)["epoch"]) <= epoch:
                kept[number] = line
        except (ValueError, KeyError, TypeError):
            continue
    return kept
