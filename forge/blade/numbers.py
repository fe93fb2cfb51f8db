"""Check whole numbers that users give: seeds, indices, numbers of maps and counts.

A whole number is a Python ``int`` or a NumPy integer, and is returned as an ``int``. Truth values,
fractions, texts and arrays are refused.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from forge.errors import ConfigError, shown

LARGEST_SEED = 2**64 - 1
LARGEST_INDEX = 2**31 - 1  # of a realm or a map: records hold both as int32
_WRITTEN_OUT = 2**53  # smaller bounds are written in all their digits
NUM_SIZES = 12  # of amounts that networks tell apart


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
        name: the number's name in a message.
        value: the value given.
        low: smallest number allowed.
        high: largest number allowed.
        error: class of the error.

    Raises:
        error: names the number, the value given and the values allowed.
    """
    if not is_whole(value):
        raise error(f"{name} takes a whole number, not {shown(value)}: {span(low, high)}")
    if not low <= value <= high:
        raise error(f"{name} must be {span(low, high)}, not {shown(int(value))}")
    return int(value)


def wholes(name: str, values: Any, low: int, high: int = LARGEST_INDEX) -> tuple[int, ...]:
    """Check a sequence of whole numbers.

    Args:
        name: the name of one number in a message.
        values: the values given.
        low: smallest number allowed.
        high: largest number allowed.

    Raises:
        ConfigError: as ``whole`` does, or if values is not a sequence.
    """
    flat = isinstance(values, Iterable) and getattr(values, "ndim", 1) != 0
    if isinstance(values, (str, bytes)) or not flat:
        raise ConfigError(f"{name}: a list of whole numbers is expected, not {shown(values)}")
    return tuple(whole(name, value, low, high) for value in values)


def master_seed(value: Any) -> int:
    """Check a master seed, 0 … 2^64 − 1.

    Raises:
        ConfigError: for anything else.
    """
    return whole("seed", value, 0, LARGEST_SEED)


def size_of(amount: int) -> int:
    """Count the binary digits of an amount, at most 11: of 0, 1, 2 – 3, 4 – 7 … 1 024 and more."""
    digits = 0
    for k in range(NUM_SIZES - 1):  # without an end in between: it compiles without a branch
        digits += int(amount >> k > 0)
    return digits


def span(low: int, high: int) -> str:
    """Write which numbers are allowed."""
    return _bound(low) if low == high else f"{_bound(low)} … {_bound(high)}"


def _bound(number: int) -> str:
    if number < _WRITTEN_OUT:
        return str(number)
    bits = int(number).bit_length()
    return f"2^{bits} − 1" if number == 2**bits - 1 else f"2^{bits - 1}"
