"""Write everything that happens in realms to a CSV file that grows while they are played."""

import logging
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from forge import files
from forge.blade.happenings import FACTS, Happening, possible_in
from forge.blade.realm import Realms
from forge.config import Config
from forge.errors import ForgeError
from forge.trinity.trinity import Array

logger = logging.getLogger("forge.run")

COLUMNS = ("tick", "realm", "who", "event", "kind", "level", "number", "price", "other")
_NAMES = {int(it): it.name.lower() for it in Happening}
_KINDS = {int(it): about.named for it, about in FACTS.items()}


def events_in(config: Config) -> list[str]:
    """Name what can happen in a world."""
    return [it.name.lower() for it in possible_in(config)]


def counted(rows: Array) -> Counter[str]:
    """Count what happened, by name, in rows: HAPPENED (n,)."""
    codes, numbers = np.unique(rows["code"], return_counts=True)
    return Counter(dict(zip((_NAMES[code] for code in codes), numbers.tolist(), strict=True)))


def lines(rows: Array) -> str:
    """Write rows as lines of CSV, with names in place of codes.

    Args:
        rows: HAPPENED (n,).
    """
    names = [name if name != "event" else "code" for name in COLUMNS]
    written = (
        f"{tick},{realm},{who},{_NAMES[code]},{_KINDS[code].get(kind, '')},"
        f"{level},{number},{price},{other}\n"
        for tick, realm, who, code, kind, level, number, price, other in zip(
            *(rows[name].tolist() for name in names), strict=True
        )
    )
    return "".join(written)


class EventFile:
    """A new file with a line for everything that happens. Its faults end it, with a warning.

    Rows are written as soon as they are given. So memory is bounded, and a process that is killed
    leaves all that it was given, but for the last line at most. ``str`` says what became of it.

    Attributes:
        counts: how often what happened, by name, also what could not be written any more.
        num_lines: lines that were written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Make the file, with its columns.

        Raises:
            ForgeError: if there is one of that name, or it cannot be written.
        """
        path = files.at_home(path)
        files.check_place(path, ".csv")
        self._path, self.counts, self.num_lines = Path(path), Counter[str](), 0
        header = (",".join(COLUMNS) + "\n").encode()
        with files.open_new(path, "a file of events") as file, files.plain_faults("write", path):
            file.write(header)
        self._size = len(header)
        self._open, self._sound = True, True

    def write(self, rows: Array) -> None:
        """Count rows, HAPPENED (n,), and write them while that is possible. Modifies self."""
        self.counts += counted(rows)
        if self._open and self._sound and len(rows):
            self._append(rows)

    def _append(self, rows: Array) -> None:
        data = lines(rows).encode()
        try:
            files.append(self._path, data, at=self._size)
        except ForgeError as error:
            logger.warning("the file of events ends here, all else goes on: %s", error)
            self._sound = False
            return
        self._size += len(data)
        self.num_lines += len(rows)

    def follow(self, realms: Realms) -> Callable[[], None]:
        """Write what happens in some realms from now on; return what is to be called every tick."""
        realms.keep_happenings()
        return lambda: self.write(realms.take_happenings())

    def close(self) -> None:
        """End it; a file without any line is removed. Calling it again does nothing."""
        if self._open and not self.num_lines:
            with suppress(OSError):
                self._path.unlink()
        self._open = False

    def __str__(self) -> str:
        lost = self.counts.total() - self.num_lines
        rest = f"; {lost:,} more could not be written" if lost else ""
        where = f" in {self._path}" if self.num_lines else f", so {self._path} is not kept"
        return f"events: {self.num_lines:,} line{'s' * (self.num_lines != 1)}{where}{rest}"

    def __enter__(self) -> "EventFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RunEvents:
    """The events of a run: what its workers hand up, as soon as it is committed.

    Attributes:
        file: the file of them.
    """

    def __init__(self, path: str) -> None:
        """Make the file; errors as of ``EventFile``."""
        self.file, self._taken = EventFile(path), list[Array]()

    def take(self, handed: list[Array]) -> None:
        """Take in the rows of an epoch that may yet have to run again: one array per shard."""
        self._taken = handed

    def counts(self, config: Config) -> dict[str, int]:
        """Count what happened in that epoch, by name."""
        found = sum(map(counted, self._taken), Counter())
        return {name: found[name] for name in events_in(config)}

    def keep(self) -> None:
        """Write them, as the epoch is committed."""
        for rows in self._taken:
            self.file.write(rows)
        self._taken = []

    def close(self) -> None:
        """End the file."""
        self.file.close()
