"""Read actions: a dict by agent, or an array of all rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.realm import ActionError
from forge.errors import shown

Array = NDArray[Any]


def by_agent(where: str, actions: Any) -> Mapping[Any, Any]:
    """Check that actions are a dict by agent.

    Raises:
        ActionError: if they are not; begins with ``where``.
    """
    if not isinstance(actions, Mapping):
        raise ActionError(f"{where}: actions are a dict by agent, not {shown(actions)}")
    return actions


def integers(action: Any, shape: tuple[int, ...]) -> Array | None:
    """Read integers of a shape; None: another type or shape. Truth values are no integers."""
    try:
        array = np.asarray(action)
    except ValueError:  # lists of unequal lengths
        return None
    return array if array.shape == shape and array.dtype.kind in "iu" else None


def rows(actions: Any, shape: tuple[int, ...], num_realms: int) -> Array:
    """Read the actions of all rows.

    Raises:
        ActionError: if they are not integers of this shape.
    """
    read = integers(actions, shape)
    if read is None:
        raise ActionError(
            f"actions must be integers of shape {shape}, a row per agent slot of realms 0 … "
            f"{num_realms - 1}; they are {_described(actions)}"
        )
    return read


def _described(actions: Any) -> str:
    shape, dtype = getattr(actions, "shape", None), getattr(actions, "dtype", None)
    return shown(actions) if shape is None else f"{dtype} of shape {tuple(shape)}"


def action_of(whose: str, action: Any, shape: tuple[int, ...]) -> Array:
    """Read one agent's action.

    Raises:
        ActionError: if it is not integers of this shape; begins with ``whose``.
    """
    read = integers(action, shape)
    if read is None:
        kind = f"integers of shape {shape}" if shape else "an integer"
        raise ActionError(f"{whose}: an action is {kind}, not {shown(action)}")
    return read
