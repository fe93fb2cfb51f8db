"""Check actions before anything happens, and bring them into the types that kernels take."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade import tick
from forge.blade.jit import unnamed
from forge.blade.observation import CHOICES, Actions
from forge.blade.tick import Plain as Plain
from forge.errors import ForgeError, shown

Array = NDArray[Any]


class ActionError(ForgeError, ValueError):
    """An action that does not exist; the message says which, of which agent in which realm."""


TYPES = tuple(np.dtype(choice.dtype) for choice in CHOICES.values())  # of the arrays of Plain


def plain(actions: Actions, num_agents: int) -> Plain:
    """Bring actions into plain types; numbers that do not exist stay such.

    Raises:
        ActionError: if an array is not of integers (without agents anything empty will do, for
            an empty list has no type), or not of one for each agent.
    """
    try:
        given = [getattr(actions, name) for name in CHOICES]
    except AttributeError:
        raise ActionError(
            f"actions are an Actions({', '.join(CHOICES)}), not {shown(actions)}"
        ) from None
    arrays = (
        value if _is_plain(value, num_agents, dtype) else _plain(name, value, num_agents, dtype)
        for name, value, dtype in zip(CHOICES, given, TYPES, strict=True)
    )
    return Plain(*arrays)


def _is_plain(value: Any, num_agents: int, dtype: "np.dtype[Any]") -> bool:
    """Whether there is nothing to do: the common case, which costs every tick."""
    return (
        type(value) is np.ndarray
        and value.dtype == dtype
        and value.shape == (num_agents,)
        and value.flags.carray
    )


def _plain(name: str, value: Any, num_agents: int, dtype: "np.dtype[Any]") -> Array:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # uneven rows, a tensor of a GPU …
        raise _misfit(name, num_agents, f"no array: {error}") from None
    if array.shape == (num_agents,) == (0,):
        return np.zeros(0, dtype)
    if array.shape != (num_agents,) or array.dtype.kind not in "iu":
        raise _misfit(name, num_agents, f"{array.dtype} of shape {array.shape}")
    if array.dtype != dtype:
        # What is too large for the type must not wrap around to a number that exists.
        most = np.iinfo(dtype).max
        array = np.minimum(array, most) if array.dtype.itemsize >= dtype.itemsize else array
        array = np.maximum(array, -2) if array.dtype.kind == "i" else array
        array = array.astype(dtype)
    return array if array.flags.carray else array.copy()


def _misfit(name: str, num_agents: int, found: str) -> ActionError:
    return ActionError(
        f"actions.{name} must be integers of shape ({num_agents},), one per agent of the "
        f"last observation; it is {found}"
    )


def refusal(actions: Actions, read: Plain, offsets: Array) -> tuple[int, str] | None:
    """Look for an action that does not exist.

    Args:
        actions: as they were given.
        read: what ``plain`` made of them.
        offsets: int64 (N + 1,), of the rows in the observation acted on.

    Returns:
        The first agent with one, 0 … N − 1, and what is wrong; None if there is none.
    """
    n, fault = tick.check_actions(unnamed(read), offsets)
    if not fault:
        return None
    name = tuple(CHOICES)[fault - 1]
    choice, given = CHOICES[name], np.asarray(getattr(actions, name))[n]
    most = (choice.size or offsets[n + 1] - offsets[n]) - 1
    what = "" if choice.size else ", its rows"
    return n, f"{name} {given} is not in {str(choice.least).replace('-', '−')} … {most}{what}"
