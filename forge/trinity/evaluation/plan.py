"""Hold the settings of an evaluation."""

from dataclasses import dataclass

from forge.blade.numbers import LARGEST_SEED, whole

HELD_OUT = 10_000  # the first of the maps that training never sees
_MOST_TICKS = 10**9  # warm-up and ticks together stay within the ages that records hold
_NUMBERS = {
    "maps": (1, 1_000_000),
    "ticks": (1, _MOST_TICKS),
    "warmup": (0, _MOST_TICKS),
    "seed": (0, LARGEST_SEED),
}


@dataclass(frozen=True)
class Plan:
    """The settings of an evaluation; immutable and checked.

    Attributes:
        maps: number of maps: 10 000, 10 001, …; one realm each; 1 … 1 000 000.
        ticks: ticks that count, 1 … 10^9.
        warmup: ticks before the count begins, while realms fill up, 0 … 10^9.
        seed: master seed, 0 … 2^64 − 1.
    """

    maps: int = 8
    ticks: int = 8000
    warmup: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigError: says which value and why.
        """
        for name, (low, high) in _NUMBERS.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), low, high))

    @property
    def numbers(self) -> list[int]:
        """The maps' numbers."""
        return [HELD_OUT + i for i in range(self.maps)]
