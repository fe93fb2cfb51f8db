"""Write a CSV file that grows while realms are played."""

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from forge import files
from forge.errors import ForgeError

Itself = TypeVar("Itself", bound="CsvFile")

logger = logging.getLogger("forge.run")


class CsvFile:
    """A new file whose lines are written as soon as they are given.

    So memory is bounded, and a process that is killed leaves all that was given, but for the last
    line at most. A fault ends the file, with a warning, and nothing else. ``str`` says what became
    of it.

    Attributes:
        num_lines: lines that were written.
    """

    def __init__(self, path: str | os.PathLike[str], what: str, columns: Sequence[str]) -> None:
        """Make the file.

        Args:
            path: its name, which ends in .csv.
            what: has a line each: "events".
            columns: their names, the first line.

        Raises:
            ForgeError: if there is one of that name, or it cannot be written.
        """
        path = files.at_home(path)
        files.check_place(path, ".csv")
        self._path, self._what, self.num_lines, self._num_given = Path(path), what, 0, 0
        header = (",".join(columns) + "\n").encode()
        with files.open_new(path, f"a file of {what}") as file, files.plain_faults("write", path):
            file.write(header)
        self._size = len(header)
        self._open, self._sound = True, True

    def append(self, number: int, lines: Callable[[], str]) -> None:
        """Write a number of lines while that is possible. Modifies self."""
        self._num_given += number
        if not (self._open and self._sound and number):
            return
        data = lines().encode()
        try:
            files.append(self._path, data, at=self._size)
        except ForgeError as error:
            logger.warning("the file of %s ends here, all else goes on: %s", self._what, error)
            self._sound = False
            return
        self._size += len(data)
        self.num_lines += number

    def close(self) -> None:
        """End it; a file without any line is removed. Calling it again does nothing."""
        if self._open and not self.num_lines:
            with suppress(OSError):
                self._path.unlink()
        self._open = False

    def __str__(self) -> str:
        lost = self._num_given - self.num_lines
        rest = f"; {lost:,} more could not be written" if lost else ""
        where = f" in {self._path}" if self.num_lines else f", so {self._path} is not kept"
        lines = f"{self.num_lines:,} line{'s' * (self.num_lines != 1)}"
        return f"{self._what}: {lines}{where}{rest}"

    def __enter__(self: Itself) -> Itself:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
