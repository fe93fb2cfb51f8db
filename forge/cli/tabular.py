"""Lay tables out for people: as wide as the terminal, or as wide as needed without one."""

import io
import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

_WIDE = 10_000  # columns: nothing is ever folded


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Lay out cells: names aligned left, numbers aligned right.

    Args:
        header: the first cell of each column; all empty: no header.
        rows: the cells below.
    """
    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(header))
    for k, name in enumerate(header):
        laid.add_column(name, justify="right" if k else "left", overflow="fold")
    for row in rows:
        laid.add_row(*row)
    return laid


def written(*parts: Table | str) -> str:
    """Write tables and texts below each other, with an empty line between them."""
    terminal = sys.stdout.isatty()
    console = Console(
        file=io.StringIO(), force_terminal=terminal, width=None if terminal else _WIDE,
        markup=False, emoji=False, highlight=False, legacy_windows=False,
    )  # fmt: skip
    with console.capture() as captured:
        for number, part in enumerate(parts):
            console.print(*([""] if number else []), part, sep="\n")
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def explained(page: str, signs: Mapping[str, str]) -> str:
    """Add to a page what the signs mean that stand in its tables.

    Args:
        page: from ``written``.
        signs: meanings of signs; those that the page lacks are left out.
    """
    words = page.split()
    notes = [f"{sign}: {meaning}" for sign, meaning in signs.items() if sign in words]
    return "\n".join([page, *([""] if notes else []), *notes])
