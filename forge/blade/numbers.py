"""Check whole numbers that people give: seeds, indices, numbers of maps, counts; one rule for all.

A whole number is Python's ``int`` or any of NumPy's integers, and becomes the former. Nothing else
is taken for one: no truth value, no fraction, no text, no array.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from forge.errors import ConfigError, shown

LARGEST_SEED = 2**64 - 1
LARGEST_INDEX = 2**31 - 1  # of a realm, and of its map: records hold them as int32
_WRITTEN_OUT = 2**53  # up to which a bound is written in all its digits


def is_whole(value: Any) -> bool:
    """Tell whether a value is a whole number."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64))


def whole(
    name: str,
    value: Any,
    low: int,
    high: int = LARGEST_INDEX,
    error: type[Exception] = ConfigError,
) -> int:
    """Check a whole number.

    Args:
        name: what to call it in a message.
        value: what was given.
        low: the smallest that is allowed.
        high: the largest that is allowed.
        error: what to raise.

    Raises:
        error: says what it is called, what was given and what it may be.
    """
    if not is_whole(value):
        raise error(f"{name} takes a whole number, not {shown(value)}: {span(low, high)}")
    if not low <= value <= high:
        raise error(f"{name} must be {span(low, high)}, not {shown(int(value))}")
    return int(value)


def wholes(name: str, values: Any, low: int, high: int = LARGEST_INDEX) -> tuple[int, ...]:
    """Check a sequence of whole numbers.

    Args:
        name: what to call one of them in a message.
        values: what was given.
        low: the smallest that is allowed.
        high: the largest that is allowed.

    Raises:
        ConfigError: as of ``whole``, or if it is no sequence.
    """
    flat = isinstance(values, Iterable) and getattr(values, "ndim", 1) != 0
    if isinstance(values, (str, bytes)) or not flat:
        raise ConfigError(f"{name}: a list of whole numbers is expected, not {shown(values)}")
    return tuple(whole(name, value, low, high) for value in values)


def master_seed(value: Any) -> int:
    """Check a master seed, 0 … 2^64 − 1.

    Raises:
        ConfigError: if it is none.
    """
    return whole("seed", value, 0, LARGEST_SEED)


def span(low: int, high: int) -> str:
    """Write which numbers are allowed."""
    return _bound(low) if low == high else f"{_bound(low)} … {_bound(high)}"


def _bound(number: int) -> str:
    if number < _WRITTEN_OUT:
        return str(number)
    bits = int(number).bit_length()
    return f"2^{bits} − 1" if number == 2**bits - 1 else f"2^{bits - 1}"
