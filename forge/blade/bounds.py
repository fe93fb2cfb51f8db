"""Refuse records of a restored state whose values are out of bounds, by name, place and value."""

from typing import Any

import numpy as np

from forge.blade.numbers import span
from forge.blade.records import SPARE
from forge.blade.state import Array
from forge.errors import ForgeError

MOST = 2**46  # ticks, births … of a realm: sums over all populations stay within int64

Bounds = dict[str, tuple[Any, Any]]  # lower and upper bound of each column: numbers, or one per row


class SnapshotError(ForgeError, ValueError):
    """A snapshot is of other realms or of an impossible world; the message says what is wrong."""


def all_within(records: Array, low: int, high: int) -> Bounds:
    """Give all columns the same bounds."""
    return dict.fromkeys(records.dtype.names or (), (low, high))


def check_columns(
    group: str, records: Array, bounds: Bounds, numbers: Array | None = None, axis: str = "slot"
) -> None:
    """Check columns of records, and that spare bytes are 0; see ``within``."""
    if SPARE in (records.dtype.names or ()):
        bounds = {**bounds, SPARE: (0, 0)}
    for name, of in bounds.items():
        within(group, records[name], of, numbers, name, axis)


def within(
    group: str,
    values: Array,
    bounds: tuple[Any, Any],
    numbers: Array | None = None,
    name: str = "",
    axis: str = "slot",
) -> None:
    """Refuse a value out of bounds.

    Args:
        group: name of the State's array.
        values: (n, …).
        bounds: lower and upper bound, each of a shape that fits.
        numbers: (n,), numbers along the first axis, for messages; None: 0, 1, 2 …
        name: the column; "": the array has no columns.
        axis: name of the first axis in messages.
    """
    low, high = bounds
    wrong = (values < low) | (values > high)
    if not wrong.any():
        return
    at = tuple(np.argwhere(wrong)[0])
    low, high = (int(np.broadcast_to(bound, values.shape)[at]) for bound in bounds)
    column = ".".join(filter(None, (group, name))) + "".join(f"[{i}]" for i in at[1:])
    number = at[0] if numbers is None else numbers[at[0]]
    where = "" if group == "clock" else f"{axis} {number}: "
    raise SnapshotError(f"{where}{column} must be {span(low, high)}, not {values[at]}")
