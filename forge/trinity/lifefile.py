"""Write lives to a CSV file that grows while realms are played."""

import os

from forge.blade.added import life_in
from forge.config import Config
from forge.trinity.csvfile import CsvFile
from forge.trinity.lives import flat, flat_names
from forge.trinity.trinity import Array


class LifeFile(CsvFile):
    """A new file with a line for each life, and the columns of ``flat``; see ``CsvFile``."""

    def __init__(self, path: str | os.PathLike[str], config: Config) -> None:
        """Make the file for lives of a world; errors as of ``CsvFile``."""
        super().__init__(path, "lives", flat_names(life_in(config)))

    def write(self, lives: Array) -> None:
        """Write lives, LIFE (n,), while that is possible. Modifies self."""
        self.append(len(lives), lambda: _lines(lives))


def _lines(lives: Array) -> str:
    rows = zip(*(column.tolist() for column in flat(lives).values()), strict=True)
    return "".join(",".join(map(str, row)) + "\n" for row in rows)
