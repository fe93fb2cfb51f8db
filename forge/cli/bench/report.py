"""Turn measurements into reported figures: names, medians, the machine."""

import platform
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

Figures = dict[str, Any]


@dataclass
class Samples:
    """Measurements by name, in the order of the runs; equal positions belong to the same run."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Add a measurement. Modifies self in place."""
        self.of.setdefault(name, []).append(value)

    def medians(self) -> dict[str, float]:
        """Compute the median of each name."""
        return {name: median(values) for name, values in self.of.items()}

    def ratio(self, above: str, below: str) -> float:
        """Compute the median of the ratios of pairs, each measured in the same run."""
        pairs = zip(self.of[above], self.of[below], strict=True)
        return median(a / b for a, b in pairs)


def machine() -> Figures:
    """Describe the machine and the libraries."""
    names = ("numpy", "numba", "torch")
    return {
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in names},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
