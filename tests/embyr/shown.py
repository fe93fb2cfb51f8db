"""A function that can be imported, for overlays."""

from typing import Any

import numpy as np


def shown(realms: Any, sword: Any) -> Any:
    """Give seven everywhere."""
    size = realms.config.map_size
    return np.full((size, size), 7.0)


def failing(realms: Any, sword: Any) -> Any:
    """Give nothing."""
    raise RuntimeError("no\nidea")
