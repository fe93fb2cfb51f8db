"""Keep the two growing records of a run: metrics.jsonl and lives.bin.

Each has a running checksum (CRC-32), which a checkpoint keeps with its size. A resumed run builds
on the records up to its checkpoint, so both are read through once, in constant memory. If one was
changed meanwhile, the error names it and nothing is touched.
"""

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from forge import files
from forge.errors import RunError
from forge.trinity.commit import LIVES as LIVES
from forge.trinity.commit import METRICS as METRICS
from forge.trinity.commit import RECORDS, Commit
from forge.trinity.trinity import Array

NAMES = RECORDS
_LONGEST = 64 << 20  # longest line [bytes]
_CHUNK = 1 << 20  # bytes
_AGAIN = "put the file back as it was, and resume then"


class Records:
    """The records of one run.

    Attributes:
        sums: name → size [bytes] and checksum of the part written so far.
    """

    def __init__(self, folder: Path, of_life: np.dtype[Any]) -> None:
        """Say where the records are.

        Args:
            folder: of the run.
            of_life: dtype of the record of a life.
        """
        self._folder, self._of_life = folder, of_life
        self.sums: dict[str, list[int]] = {name: [0, 0] for name in NAMES}

    def begin(self) -> None:
        """Make both files.

        Raises:
            ForgeError: if they cannot be written.
        """
        for name in NAMES:
            files.append(self._folder / name, b"")

    def append(self, summary: dict[str, Any], lives: Array) -> None:
        """Append one epoch's summary and the lives that ended in it.

        Raises:
            ForgeError: if the disk is full, or another program wrote; both are then unchanged.
        """
        line = json.dumps(summary, allow_nan=False).encode() + b"\n"
        before = self.sums[LIVES]
        self._append(LIVES, lives.tobytes())
        try:
            self._append(METRICS, line)
        except BaseException:
            self._cut(LIVES, before)
            raise

    def _append(self, name: str, data: bytes) -> None:
        size, total = self.sums[name]
        files.append(self._folder / name, data, at=size)
        self.sums[name] = [size + len(data), zlib.crc32(data, total)]

    def _cut(self, name: str, sums: list[int]) -> None:
        path = self._folder / name
        with files.plain_faults("cut back", path):
            os.truncate(path, sums[0])
        self.sums[name] = sums

    def sync(self) -> bool:
        """Make sure that both are on the disk.

        Returns:
            Whether the file system can guarantee this.

        Raises:
            ForgeError: if the system reports that they are not.
        """
        return all([files.sync(self._folder / name) for name in NAMES])

    def cut_back(self, commit: Commit) -> None:
        """Check both up to a commit, then cut them back to it.

        Raises:
            RunError: if they differ from what the run had written by then; they stay unchanged.
            ForgeError: if they cannot be read or cut.
        """
        found = {METRICS: self._read_metrics(commit), LIVES: self._read_lives(commit.lives)}
        for name, sums in commit.records.items():
            if found[name] != sums:
                raise RunError(
                    f"{self._folder / name} was changed since the last checkpoint: {_AGAIN}"
                )
        for name in NAMES:
            self._cut(name, found[name])

    def _read_metrics(self, commit: Commit) -> list[int]:
        """Find size and checksum of the lines up to a commit, one line per epoch."""
        path, size, total, digest = self._folder / METRICS, 0, 0, commit.digest
        with files.opened(path) as file:
            for epoch in range(1, commit.epoch + 1):
                line = file.readline(_LONGEST)
                digest = _digest(line, path, epoch, commit.epoch)
                size, total = size + len(line), zlib.crc32(line, total)
        if digest != commit.digest:
            raise RunError(f"{path}, line {commit.epoch}: its digest is another one: {_AGAIN}")
        return [size, total]

    def _read_lives(self, number: int) -> list[int]:
        """Find size and checksum of the first ``number`` lives."""
        path, size, total = self._folder / LIVES, number * self._of_life.itemsize, 0
        with files.opened(path) as file:
            if file.seek(0, os.SEEK_END) < size:
                raise RunError(f"{path} is shorter than at the last checkpoint: {_AGAIN}")
            file.seek(0)
            for chunk in _chunks(file, size):
                total = zlib.crc32(chunk, total)
        return [size, total]


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Read ``size`` bytes in chunks."""
    while size > 0 and (chunk := file.read(min(size, _CHUNK))):
        size -= len(chunk)
        yield chunk


def _digest(line: bytes, path: Path, epoch: int, last: int) -> str:
    """Check one line of metrics.jsonl and return its digest."""
    lacking = (
        f"{path} lacks epoch {epoch} of {last}, up to which the last checkpoint goes, "
        f"in line {epoch}: {_AGAIN}"
    )
    if not line.endswith(b"\n"):
        raise RunError(lacking)
    try:
        summary = files.parse_json(line, dict)
    except ValueError as error:
        raise RunError(f"{path}, line {epoch}: {error}: {_AGAIN}") from None
    found, digest = summary.get("epoch"), summary.get("digest")
    if type(found) is not int or found != epoch:
        raise RunError(lacking)
    if not isinstance(digest, str):
        raise RunError(f"{path}, line {epoch}: it has no digest: {_AGAIN}")
    return digest
