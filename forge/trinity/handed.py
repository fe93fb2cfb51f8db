"""Check what user classes hand to each other at one door: where it leaves them.

What a Sword hands up becomes arrays of one type and shape, whatever the engine. Messages become
copies, as they do on their way to another process, so it does not matter what their sender does
to them later. Beyond the door everything can be trusted.

Shape letters: P populations, n parameters of one population.
"""

import copy
import io
import math
import pickle
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from forge.errors import ConfigError, shown
from forge.trinity.trinity import Array, GodBase, PantheonBase, SwordBase
from forge.trinity.update import Update

_PLAIN = (type(None), bool, int, float, str, bytes)  # nobody can change them
_NAMED = (type, FunctionType, ModuleType)  # they are not copied


def checked(update: Update, sword: SwordBase, shape: tuple[int, int]) -> Update:
    """Check what a Sword hands up, without modifying it.

    Args:
        update: the result of ``send_update``.
        sword: the Sword.
        shape: (P, n), the shape of the weights.

    Returns:
        Another Update: gradients float32 (P, n), finite, possibly the Sword's own array; samples
        int64 (P,), ≥ 0; metrics of floats; and a copy of ``extra``.

    Raises:
        TypeError: for values of the wrong kind, naming the class of the Sword.
        ValueError: for a wrong shape, gradients that are not finite, or samples that are no counts.
        ConfigError: if ``extra`` cannot travel to another process.
    """
    source = f"{type(sword).__name__}.send_update"
    made = copy.copy(update)
    if update.gradients is not None:
        made.gradients = _gradients(update.gradients, shape, source)
    made.samples = _samples(update.samples, shape[0], source)
    made.metrics = _metrics(update.metrics, source)
    made.extra = by_value(update.extra, f"Update.extra of {source}")
    return made


def sent(owner: GodBase | PantheonBase, *arguments: Any) -> Any:
    """Let a God or the Pantheon ``send``, and copy the message.

    Raises:
        ConfigError: if it cannot travel to another process.
    """
    return by_value(owner.send(*arguments), f"the message of {type(owner).__name__}.send")


def by_value(value: Any, name: str) -> Any:
    """Copy a value as it would travel to another process; classes and functions stay themselves.

    Args:
        value: anything that can be pickled.
        name: its name, for messages.

    Raises:
        ConfigError: if it cannot be pickled.
    """
    if type(value) in _PLAIN:
        return value
    kept: list[Any] = []
    try:
        file = io.BytesIO()
        _Packer(file, kept).dump(value)
        file.seek(0)
        return _Unpacker(file, kept).load()
    except Exception as error:
        text = " ".join(str(error).split())
        raise ConfigError(
            f"{name} holds something that cannot travel to another process ({text}): "
            "send numbers, text, arrays, or dicts and lists of these"
        ) from error


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, kept: list[Any]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._kept = kept

    def persistent_id(self, thing: Any) -> int | None:
        """Keep what workers may be unable to import; see Unpickler.persistent_load."""
        if not isinstance(thing, _NAMED):
            return None
        self._kept.append(thing)
        return len(self._kept) - 1


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: list[Any]) -> None:
        super().__init__(file)
        self._kept = kept

    def persistent_load(self, number: Any) -> Any:
        return self._kept[number]


def _gradients(given: Any, shape: tuple[int, int], source: str) -> Array:
    found = _numbers(given, f"the gradients of {source}")
    if found.shape != shape:
        raise ValueError(
            f"the gradients of {source} have shape {found.shape}, not {shape}: "
            "a row per population, a column per parameter"
        )
    with np.errstate(over="ignore"):  # too large a number is infinite, see below
        gradients = np.asarray(found, np.float32, order="C")
    if not np.isfinite(gradients).all():
        population = np.flatnonzero(~np.isfinite(gradients).all(axis=1))[0]
        raise ValueError(f"the gradient of population {population} of {source} is not finite")
    return gradients


def _samples(given: Any, populations: int, source: str) -> Array:
    found = _numbers(given, f"Update.samples of {source}")
    if found.shape != (populations,):
        raise ValueError(
            f"Update.samples of {source} has shape {found.shape}, "
            f"not ({populations},): one number per population"
        )
    if not ((found >= 0) & (found < 2**53) & (found == np.floor(found))).all():
        raise ValueError(f"Update.samples of {source} is {shown(found.tolist())}, not counts")
    return found.astype(np.int64)


def _metrics(given: Any, source: str) -> dict[str, float]:
    if not isinstance(given, dict):
        raise TypeError(f"Update.metrics of {source} is {shown(given)}, not a dict of numbers")
    return {_text(name, source): _number(name, value, source) for name, value in given.items()}


def _text(name: Any, source: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"Update.metrics of {source} names a number {shown(name)}, not by a text")
    return name


def _number(name: str, value: Any, source: str) -> float:
    """Convert a metric; it may be infinite or no number."""
    what = f"metrics[{shown(name)}] is a sum over samples, one number; not {shown(value)}"
    if isinstance(value, (str, bytes)) or np.ndim(value):
        raise TypeError(f"{what} ({source})")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        raise TypeError(f"{what} ({source})") from None


def _numbers(given: Any, name: str) -> Array:
    """Read an array of real numbers, of any type.

    Raises:
        TypeError: for anything else.
    """
    try:
        found = np.asarray(given)
    except Exception as error:
        text = " ".join(str(error).split())
        raise TypeError(f"{name} cannot be read as an array: {text}") from error
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{name} is {shown(given)}, not an array of numbers")
    return found
