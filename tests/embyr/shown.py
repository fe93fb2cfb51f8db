"""Functions that can be imported, for overlays, and the example of the documentation."""

import re
from pathlib import Path
from typing import Any

import numpy as np


def shown(realms: Any, sword: Any) -> Any:
    """Give seven everywhere."""
    size = realms.config.map_size
    return np.full((size, size), 7.0)


def failing(realms: Any, sword: Any) -> Any:
    """Give nothing."""
    raise RuntimeError("no\nidea")


def written_example(folder: Path) -> Path:
    """Write the overlay of docs/viewer.md into a file."""
    page = (Path(__file__).resolve().parents[2] / "docs/viewer.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n((?:(?!```).)*@overlay.*?)```", page, re.S)
    path = folder / "thirst.py"
    path.write_text(code, encoding="utf-8")
    return path
