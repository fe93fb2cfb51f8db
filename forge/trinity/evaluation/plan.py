"""Hold the settings of an evaluation."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from forge.blade.numbers import LARGEST_SEED, whole, wholes
from forge.errors import ConfigError

HELD_OUT = 10_000  # the first of the maps that training never sees
_MOST_TICKS = 10**9  # warm-up and ticks together stay within the ages that records hold
MOST_MAPS = 1_000_000
_NUMBERS = {
    "ticks": (1, _MOST_TICKS),
    "warmup": (0, _MOST_TICKS),
    "seed": (0, LARGEST_SEED),
}


@dataclass(frozen=True)
class Plan:
    """The settings of an evaluation; immutable and checked.

    Attributes:
        maps: number of held-out maps: 10 000, 10 001, …, 1 … 1 000 000; or the numbers of maps
            themselves, each 0 … 2^31 − 1, none twice. Training uses the maps from 0 on. There is
            one realm for each, in this order.
        ticks: ticks that count, 1 … 10^9.
        warmup: ticks before the count begins, while realms fill up, 0 … 10^9.
        seed: master seed, 0 … 2^64 − 1.
    """

    maps: int | Sequence[int] = 8
    ticks: int = 8000
    warmup: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigError: says which value and why.
        """
        object.__setattr__(self, "maps", _count_or_numbers(self.maps))
        for name, (low, high) in _NUMBERS.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), low, high))

    @property
    def numbers(self) -> list[int]:
        """The maps' numbers."""
        if isinstance(self.maps, int):
            return [HELD_OUT + i for i in range(self.maps)]
        return list(self.maps)

    @property
    def num_maps(self) -> int:
        """How many maps, and so realms, there are."""
        return self.maps if isinstance(self.maps, int) else len(self.maps)


def _count_or_numbers(maps: Any) -> int | tuple[int, ...]:
    """Check how many maps there are, or which.

    Raises:
        ConfigError: says what is wrong with them.
    """
    several = isinstance(maps, Iterable) and getattr(maps, "ndim", 1) != 0
    if isinstance(maps, (str, bytes)) or not several:
        return whole("maps", maps, 1, MOST_MAPS)
    numbers = wholes("maps: the number of a map", islice(maps, MOST_MAPS + 1), 0)
    if not 1 <= len(numbers) <= MOST_MAPS:
        many = f"more than {MOST_MAPS}" if numbers else "none"
        raise ConfigError(f"maps: 1 … {MOST_MAPS} maps are expected, not {many}")
    number, count = Counter(numbers).most_common(1)[0]
    if count > 1:
        raise ConfigError(f"maps: map {number} is given {count} times")
    return numbers
