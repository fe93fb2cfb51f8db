"""Write everything that happens in realms to a CSV file that grows while they are played."""

import os
from collections import Counter
from collections.abc import Callable

import numpy as np

from forge.blade.happenings import FACTS, Happening, possible_in
from forge.blade.realm import Realms
from forge.config import Config
from forge.trinity.csvfile import CsvFile
from forge.trinity.trinity import Array

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


class EventFile(CsvFile):
    """A new file with a line for everything that happens; see ``CsvFile``.

    Attributes:
        counts: how often what happened, by name, also what could not be written any more.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Make the file, with its columns; errors as of ``CsvFile``."""
        super().__init__(path, "events", COLUMNS)
        self.counts = Counter[str]()

    def write(self, rows: Array) -> None:
        """Count rows, HAPPENED (n,), and write them while that is possible. Modifies self."""
        self.counts += counted(rows)
        self.append(len(rows), lambda: lines(rows))

    def follow(self, realms: Realms) -> Callable[[], None]:
        """Write what happens in some realms from now on; return what is to be called every tick."""
        realms.keep_happenings()
        return lambda: self.write(realms.take_happenings())


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
