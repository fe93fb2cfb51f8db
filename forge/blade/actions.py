"""Check actions before a tick begins, and convert them to the types that kernels take."""

from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade import tick
from forge.blade.observation import ACTION, BASIC, CHOICES, INTENDED, LATER, Actions
from forge.blade.tick import Heads, Pointers
from forge.blade.tick import Plain as Plain
from forge.errors import ForgeError, shown

Array = NDArray[Any]


class ActionError(ForgeError, ValueError):
    """An action does not exist; the message says which, of which agent in which realm."""


TYPES = tuple(np.dtype(dtype) for _, dtype in ACTION)  # dtypes of Plain's arrays
_CHOSEN = {False: attrgetter(*BASIC), True: attrgetter(*CHOICES)}  # without later choices, with
_PLACES = {name: k for k, name in enumerate(CHOICES)}
_HEADS, _POINTERS = (itemgetter(*map(_PLACES.get, it._fields)) for it in (Heads, Pointers))
_TYPED = {
    later: [(_PLACES[name], name, TYPES[_PLACES[name]]) for name in names]
    for later, names in ((False, BASIC), (True, CHOICES))
}
_NO_CHOICES = [np.zeros(0, dtype) for dtype in TYPES]
_FURTHER = [(name, k) for k, name in enumerate(CHOICES) if name not in INTENDED]


def plain(actions: Actions, num_agents: int, later: bool = True) -> Plain:
    """Convert actions to the kernels' dtypes; a number out of range stays out of range.

    Args:
        actions: as given.
        num_agents: N.
        later: whether to read the choices ``LATER``, too; else these arrays are empty.

    Raises:
        ActionError: if an array does not hold integers, or not one for each agent. Without agents
            any empty array will do, as an empty list has no type.
    """
    try:
        given = _CHOSEN[later](actions)
    except AttributeError:
        raise ActionError(
            f"actions are an Actions({', '.join(CHOICES)}), not {shown(actions)}"
        ) from None
    arrays = list(_NO_CHOICES)
    for (k, name, dtype), value in zip(_TYPED[later], given, strict=True):
        fits = _is_plain(value, num_agents, dtype)
        arrays[k] = value if fits else _plain(name, value, num_agents, dtype)
    return Plain(*arrays)


def _is_plain(value: Any, num_agents: int, dtype: "np.dtype[Any]") -> bool:
    """Tell whether an array needs no conversion. That is the common case, once a tick."""
    return (
        type(value) is np.ndarray
        and value.dtype == dtype
        and value.shape == (num_agents,)
        and value.flags.carray
    )


def _plain(name: str, value: Any, num_agents: int, dtype: "np.dtype[Any]") -> Array:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # uneven rows, a tensor on a GPU …
        raise _misfit(name, num_agents, f"no array: {error}") from None
    if array.shape == (num_agents,) == (0,):
        return np.zeros(0, dtype)
    if array.shape != (num_agents,) or array.dtype.kind not in "iu":
        raise _misfit(name, num_agents, f"{array.dtype} of shape {array.shape}")
    if array.dtype != dtype:
        # A number too large for the dtype must not wrap around to an action that exists.
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


def apart(read: Plain) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Take the choices among a fixed number and those of a row apart, as kernels read them."""
    return _HEADS(read), _POINTERS(read)


def further_of(read: Plain, later: bool) -> dict[str, Array]:
    """Copy the choices of a world of which no intent says all that counts, by name."""
    return {name: read[k].copy() for name, k in _FURTHER if later or name not in LATER}


def refusal(actions: Actions, read: Plain, offsets: Array) -> tuple[int, str] | None:
    """Look for an action that does not exist.

    Args:
        actions: the actions as given.
        read: the same actions, converted by ``plain``.
        offsets: int64 (N + 1,), row offsets of the observation acted on.

    Returns:
        The first agent with such an action, 0 … N − 1, and what is wrong with it; None: all exist.
    """
    n, fault = tick.check_actions(*apart(read), offsets)
    if n < 0:
        return None
    name = (*Heads._fields, *Pointers._fields)[fault]
    choice, given = CHOICES[name], np.asarray(getattr(actions, name))[n]
    most = (choice.size or offsets[n + 1] - offsets[n]) - 1
    what = "" if choice.size else ", its rows"
    return n, f"{name} {given} is not in {str(choice.least).replace('-', '−')} … {most}{what}"
