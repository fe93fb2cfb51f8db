"""Check what users give: numbers, seeds, the options of a reset."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LARGEST_SEED, LARGEST_MAP = 2**64 - 1, 2**31 - 1
IGNORED_OPTION = "options"  # PettingZoo's tests reset with {"options": 1}


def whole(name: str, value: Any, low: int, high: int = 2**31 - 1) -> int:
    """Check a whole number.

    Raises:
        ValueError: says what it is called and what it may be.
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise ValueError(f"{name} takes a whole number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be {low} … {high}, not {value}")
    return int(value)


def master_seed(value: Any) -> int:
    """Check a master seed, 0 … 2^64 − 1.

    Raises:
        ValueError: if it is none.
    """
    return whole("seed", value, 0, LARGEST_SEED)


def map_in(options: Mapping[str, Any] | None) -> int | None:
    """Read the options of a reset: the number of the map, if they name one.

    Raises:
        ValueError: for another option, or a map that cannot be.
    """
    given = dict(options or {})
    given.pop(IGNORED_OPTION, None)
    number = given.pop("map", None)
    if given:
        raise ValueError(f"reset has no option {next(iter(given))!r}; it has 'map'")
    return None if number is None else whole("option 'map'", number, 0, LARGEST_MAP)
