"""Lay out a table of the last epochs by population, for a terminal of any width.

Counts are over the same epochs as mean lifetimes: the last ten.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from forge.blade.tiles import CAUSES
from forge.ethyr.metrics import WINDOW
from forge.ethyr.summary import COMPLETED, Summary, number

GAP = "  "
COUNTED = ("harvests", "drinks")
# Columns to leave out where the width is short, in this order; the causes go together.
SPARE = (CAUSES, ("drinks",), ("harvests",), ("lives",), ("living",))


@dataclass(frozen=True)
class Row:
    """A row of the table, for one population or for all.

    Attributes:
        label: the first cell.
        cells: the other cells, by column.
    """

    label: str
    cells: dict[str, str]


class Window:
    """The last epochs of a run."""

    def __init__(self, causes: tuple[str, ...] = CAUSES) -> None:
        """Begin without an epoch.

        Args:
            causes: causes of death to show.
        """
        self.causes = causes
        self._epochs: deque[Summary] = deque(maxlen=WINDOW)

    def __len__(self) -> int:
        """Count the epochs."""
        return len(self._epochs)

    def add(self, summary: Summary) -> None:
        """Add an epoch; of more than ten the oldest is dropped."""
        self._epochs.append(summary)

    def rows(self) -> list[Row]:
        """Describe each population by a row."""
        last = self._epochs[-1]["populations"]
        return [
            Row(str(p), self._cells({name: last[name][p] for name in _NOW}, p))
            for p in range(len(last["living"]))
        ]

    def total(self) -> Row:
        """Describe all populations by a row."""
        return Row("all", self._cells({name: self._epochs[-1][name] for name in _NOW}, None))

    def _cells(self, now: dict[str, Any], population: int | None) -> dict[str, str]:
        """Write the cells of one population; None: of all."""
        deaths = [_deaths(epoch, population) for epoch in self._epochs]
        return {
            "completed": number(now[COMPLETED]),
            "lives": f"{now['lives']:,}",
            "living": f"{now['living']:,}",
            **{
                name: f"{sum(_count(epoch, name, population) for epoch in self._epochs):,}"
                for name in COUNTED
            },
            **shares(deaths, self.causes),
        }


_NOW = (COMPLETED, "lives", "living")


def _count(epoch: Summary, name: str, population: int | None) -> int:
    each = epoch["populations"][name]
    return int(sum(each) if population is None else each[population])


def _deaths(epoch: Summary, population: int | None) -> dict[str, int] | None:
    """Find deaths by cause; None in records of older versions, without counts per population."""
    if population is None:
        total: dict[str, int] = epoch["deaths"]
        return total
    each = epoch["populations"].get("deaths")
    return None if each is None else {cause: each[cause][population] for cause in CAUSES}


def shares(deaths: Iterable[dict[str, int] | None], causes: tuple[str, ...]) -> dict[str, str]:
    """Write the share of each cause of death over some epochs; a dash where it is unknown."""
    found = list(deaths)
    known = [each for each in found if each is not None]
    total = sum(each[cause] for each in known for cause in CAUSES)
    if total == 0 or len(known) < len(found):
        return dict.fromkeys(causes, "-")
    return {cause: f"{100 * sum(each[cause] for each in known) / total:.0f} %" for cause in causes}


def is_complete(summary: Summary, populations: int) -> bool:
    """Say whether a record holds everything the table shows, for this number of populations."""
    window = Window()
    window.add(summary)
    try:
        return isinstance(summary["epoch"], int) and bool(
            str(summary) and window.total() and len(window.rows()) == populations
        )
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        return False


def columns(rows: list[Row], width: int) -> tuple[str, ...]:
    """Choose the columns that fit, beside the labels."""
    kept = list(rows[0].cells)
    for spare in SPARE:
        if len(written(rows, tuple(kept))[0]) <= width:
            break
        kept = [name for name in kept if name not in spare]
    return tuple(kept)


def written(rows: list[Row], names: tuple[str, ...], first: str = "population") -> list[str]:
    """Write the header and the rows: labels aligned left, numbers aligned right."""
    labels = [first, *(row.label for row in rows)]
    texts = [pad(labels, left=True)]
    texts += [pad([name, *(row.cells.get(name, "") for row in rows)]) for name in names]
    return [GAP.join(line) for line in zip(*texts, strict=True)]


def pad(cells: list[str], left: bool = False) -> list[str]:
    """Make all cells of a column equally wide."""
    width = max(map(len, cells))
    return [cell.ljust(width) if left else cell.rjust(width) for cell in cells]


def packed(parts: Iterable[str], width: int, separator: str) -> list[str]:
    """Put parts on lines, as many on each as fit; a part is never split."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{separator}{part}" if lines else part
        if lines and len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
