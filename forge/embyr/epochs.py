"""Tell viewers how long the agents of a run have lived, epoch by epoch."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from forge.embyr import packets
from forge.ethyr.summary import COMPLETED, Summary
from forge.trinity.records import METRICS

logger = logging.getLogger("forge.embyr")

MOST = 600  # epochs that are kept; of longer runs every second, every fourth …


class Lifetimes(NamedTuple):
    """One epoch."""

    epoch: int
    populations: tuple[float | None, ...]  # mean lifetime of each [ticks]; None: nobody died


class EpochFile:
    """The epochs of a run, as its ``metrics.jsonl`` grows."""

    def __init__(self, run: str | os.PathLike[str]) -> None:
        self._path = Path(run) / METRICS
        self._read, self._last = 0, b""  # bytes, up to the end of a line, and this line
        self._readable = True

    def news(self) -> list[Lifetimes]:
        """Read what has been added since the last time; all anew where the file was cut."""
        if not self._readable:
            return []
        try:
            return self._lines()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._readable = False
            logger.warning("no curves over epochs: cannot read %s: %s", self._path, error)
        except OSError:  # it may not be there yet, or be gone again
            pass
        return []

    def _lines(self) -> list[Lifetimes]:
        with open(self._path, "rb") as file:
            file.seek(self._read - len(self._last))
            data = file.read()
            if not data.startswith(self._last):  # it was cut, and may have grown again since
                self._read, self._last = 0, b""
                file.seek(0)
                data = file.read()
        whole = data[len(self._last) : data.rfind(b"\n") + 1]
        lines = whole.splitlines(keepends=True)
        if lines:
            self._read, self._last = self._read + len(whole), lines[-1]
        return [_lifetimes(line) for line in lines]


def _lifetimes(line: bytes) -> Lifetimes:
    """Read a line.

    Raises:
        ValueError: if it is no line of metrics; a KeyError, TypeError or AttributeError too.
    """
    summary = Summary.read(line)
    means = summary["populations"][COMPLETED]
    return Lifetimes(int(summary["epoch"]), tuple(None if m is None else float(m) for m in means))


class Curves:
    """The epochs that viewers are shown, thinned evenly where there are many."""

    def __init__(self) -> None:
        self._rows: list[Lifetimes] = []
        self._stride, self._version = 1, 0

    @property
    def state(self) -> tuple[int, int]:
        """Say what there is: it was written anew so often, and holds so many epochs."""
        return self._version, len(self._rows)

    def add(self, rows: Sequence[Lifetimes]) -> None:
        """Take in newer epochs; one that is not newer takes the place of all from it on."""
        for row in rows:
            if self._rows and row.epoch <= self._rows[-1].epoch:
                self._rows = [kept for kept in self._rows if kept.epoch < row.epoch]
                self._version += 1
            if row.epoch % self._stride == 0:
                self._rows.append(row)
        while len(self._rows) > MOST:
            self._stride *= 2
            self._rows = [row for row in self._rows if row.epoch % self._stride == 0]
            self._version += 1

    def since(self, state: tuple[int, int]) -> str | None:
        """Write what a viewer lacks that has had a state; None: nothing."""
        if state == self.state:
            return None
        version, count = state
        anew = version != self._version
        rows = self._rows if anew else self._rows[count:]
        return packets.notice(
            "epochs",
            anew=anew,
            epochs=[row.epoch for row in rows],
            lifetimes=[row.populations for row in rows],
        )
