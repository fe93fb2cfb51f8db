"""Register overlays: functions that give a number for each tile of a map, for the viewer to show.

``@overlay("Name")`` registers a function, in the package or in a module of a user. It is called as
``function(realms, sword)``, with those of the keywords ``w``, ``population`` and ``agent`` that it
declares as parameters. The processes that serve and play a world take the registered functions
along: each imports the module that defines them.
"""

import importlib
import importlib.util
import inspect
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from forge.errors import ForgeError, shown
from forge.files import at_home

Array = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])

ALL = -1  # in place of a population: all of them; in place of an agent: none is selected
SCALES = ("linear", "log", "signed")
LONGEST_NAME = 40  # characters
OF_THE_PAGE = ("Sight", "Deaths")  # overlays that the page makes itself
_KEYWORDS = ("w", "population", "agent")  # that a function may declare
_NO_AGENT = "Choose an agent first: click one, or press N."


class OverlayError(ForgeError):
    """A function cannot be an overlay, or gives what cannot be shown."""


class NothingToShowError(ForgeError):
    """Raised by an overlay that has nothing to show now; the page shows the message.

    It is no fault, so that nothing is logged.
    """


class Look(NamedTuple):
    """What somebody wants to see of a realm."""

    realm: int
    name: str
    population: int = ALL
    agent: int = ALL  # id


class Overlay(NamedTuple):
    """A registered function, and how the page shows what it gives."""

    name: str
    function: Callable[..., Any]
    about: str  # one sentence
    unit: str
    scale: str  # one of SCALES
    takes: tuple[str, ...]  # keywords that the function declares
    optional: tuple[str, ...]  # those of them that may be None

    def described(self) -> dict[str, Any]:
        """Say what the page should know, as JSON values."""
        one = "any" if "population" in self.optional else "one"
        return {
            "name": self.name,
            "about": self.about,
            "unit": self.unit,
            "scale": self.scale,
            "populations": one if "population" in self.takes else "none",
            "agent": "agent" in self.takes,
        }

    def reduced(self, look: Look) -> Look:
        """Leave out of a look what the function does not ask for."""
        population, agent = look.population, look.agent
        if "population" not in self.takes:
            population = ALL
        elif population == ALL and "population" not in self.optional:
            population = 0
        return look._replace(population=population, agent=agent if "agent" in self.takes else ALL)

    def draw(self, realms: Any, sword: Any, w: int, look: Look) -> Array:
        """Call the function, and check what it gives.

        Args:
            realms: the batch.
            sword: decides for its agents; None: a script does.
            w: the realm's place in the batch.
            look: what is to be shown.

        Returns:
            float64 (map_size, map_size); NaN: nothing there.

        Raises:
            NothingToShowError: if there is nothing.
            OverlayError: if the function gives no such array.
        """
        if "agent" in self.takes and look.agent == ALL and "agent" not in self.optional:
            raise NothingToShowError(_NO_AGENT)
        if look.population >= realms.config.populations:
            raise NothingToShowError(f"There is no population {look.population}.")
        known = {"w": w, "population": look.population, "agent": look.agent}
        given = {name: None if known[name] == ALL else known[name] for name in self.takes}
        array = _checked(self.function(realms, sword, **given), realms, w)
        if self.scale == "log" and (array < 0).any():
            raise OverlayError("it gave negative numbers, which have no place on a log scale")
        return array


def _checked(result: Any, realms: Any, w: int) -> Array:
    """Check an overlay's result."""
    size = realms.config.map_size
    one, every = (size, size), (len(realms.indices), size, size)
    try:
        array = np.asarray(result)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise OverlayError(f"it gave {shown(result)}, which is no array of numbers")
    if array.shape not in (one, every):
        raise OverlayError(f"it gave an array of shape {array.shape}: the map's is {one}")
    array = array[w] if array.shape == every else array
    array = array.astype(np.float64)
    if np.isinf(array).any():
        raise OverlayError("it gave infinite numbers; NaN stands for a tile without a number")
    return array


OVERLAYS: dict[str, Overlay] = {}


def overlay(name: str, *, unit: str = "", scale: str = "linear") -> Callable[[Function], Function]:
    """Register a function as an overlay of the viewer; the function itself stays as it is.

    The function takes the realms and the Sword (None: a script decides), and by keyword, if it
    declares them as parameters: ``w``, the place of the shown realm in the batch; ``population``,
    the chosen one; ``agent``, the id of the selected agent. A default of None says that the
    function can do without: then None stands for all populations, or for nobody. It gives numbers
    of the shape (map_size, map_size), NaN where there is nothing, or such an array for each
    realm. The first line of its docstring is shown below its name.

    Args:
        name: as the page lists it.
        unit: of the numbers.
        scale: how colours follow the numbers: linear, log, or signed, which puts 0 in the middle.

    Raises:
        OverlayError: if the function cannot be an overlay, or the name is taken.
    """
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise OverlayError(
            f"an overlay has a name of 1 to {LONGEST_NAME} characters, as in "
            f'@overlay("Thirst"); not {shown(name)}'
        )
    if name in ("None", *OF_THE_PAGE):
        raise OverlayError(f"the viewer has an overlay {name!r} of its own: take another name")
    if scale not in SCALES:
        raise OverlayError(f"the scale of {name!r} is one of {', '.join(SCALES)}")

    def register(function: Function) -> Function:
        made = _read(name, function, unit, scale)
        taken = OVERLAYS.get(name)
        if taken is not None and _source(taken.function) != _source(function):
            raise OverlayError(
                f"two overlays are called {name!r}: {_source(taken.function)} and "
                f"{_source(function)}; give one another name"
            )
        OVERLAYS[name] = made
        return function

    return register


def _read(name: str, function: Any, unit: str, scale: str) -> Overlay:
    """Read from a function's parameters what it asks for."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise OverlayError(f"the overlay {name!r} is {shown(function)}, no function") from None
    takes = tuple(each.name for each in parameters[2:])
    if len(parameters) < 2 or not set(takes) <= set(_KEYWORDS):
        raise OverlayError(
            f"{_source(function)} takes ({', '.join(each.name for each in parameters)}): an "
            f"overlay takes (realms, sword), and of {', '.join(_KEYWORDS)} what it needs"
        )
    optional = tuple(each.name for each in parameters[2:] if each.default is None)
    about = inspect.getdoc(function) or ""
    return Overlay(name, function, about.partition("\n")[0], unit, scale, takes, optional)


def _source(function: Any) -> str:
    module = getattr(function, "__module__", "?")
    return f"{module}.{getattr(function, '__qualname__', type(function).__name__)}"


def load(source: str) -> None:
    """Import a module that registers overlays.

    Args:
        source: a file, ``folder/hunger.py``, or the name of a module that can be imported.

    Raises:
        OverlayError: if it cannot be imported, or registers nothing.
    """
    before, path = dict(OVERLAYS), Path(at_home(source))
    name = path.stem if path.suffix == ".py" else source
    if path.suffix == ".py":
        if not path.is_file():
            raise OverlayError(f"there is no file {source} to read overlays from")
        sys.path.append(os.fspath(path.resolve().parent))  # other processes look there too
    try:
        module = importlib.import_module(name)
    except OverlayError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        raise OverlayError(
            f"cannot import overlays from {source}: {type(error).__name__}: {text}"
        ) from error
    found = getattr(module, "__file__", None)
    if path.suffix == ".py" and (found is None or not path.samefile(found)):
        raise OverlayError(f"{source} has the name of another module, {found}: rename it")
    if OVERLAYS.keys() == before.keys() and not any(
        each.function.__module__ == name for each in OVERLAYS.values()
    ):
        raise OverlayError(f'{source} registers no overlay: write @overlay("Name") above one')


class Packed(NamedTuple):
    """An overlay on its way to another process."""

    shown: Overlay  # with a stand-in for its function
    function: bytes  # pickled by its name; empty: it cannot be
    fault: str  # why not


def pack() -> list[Packed]:
    """Write all overlays, for ``unpack`` in another process."""
    return [_packed(each) for each in OVERLAYS.values()]


def _packed(each: Overlay) -> Packed:
    function, bare = each.function, each._replace(function=_fail)
    if function.__module__ == "__main__":
        fault = "it stands in the script itself, which other processes cannot import: move it "
        return Packed(bare, b"", f"{fault}into a module")
    try:
        return Packed(bare, pickle.dumps(function), "")
    except Exception:
        fault = f"other processes cannot import {_source(function)}: define it in a module"
        return Packed(bare, b"", fault)


def unpack(packed: Sequence[Packed]) -> None:
    """Register overlays that another process has packed; one that cannot be imported says so."""
    for shown_, function, fault in packed:
        try:
            found = pickle.loads(function) if function else partial(_fail, fault)
        except Exception as error:
            text = " ".join(str(error).split())
            found = partial(_fail, f"it cannot be imported: {type(error).__name__}: {text}")
        OVERLAYS[shown_.name] = shown_._replace(function=found)


def _fail(fault: str, *_: Any, **__: Any) -> Array:
    """Stand in for a function that is not here."""
    raise OverlayError(fault)
