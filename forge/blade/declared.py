"""Declare one array of an observation, or one choice of an action (see forge.blade.observation)."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from forge.blade.settings import dataclass_transform
from forge.blade.tiles import num_kinds

Array = NDArray[Any]
Class = TypeVar("Class")

DECLARED = "declared"  # key of a field's metadata
CROP = -1  # in a shape: the side of the crop, 2R + 1
DRAWN = -2  # in a shape: what ``counted`` says of a world
OF_TILES = -1  # kinds of a plane: those of the tiles of a world


def _is_on(system: str, config: Any) -> bool:
    """Tell whether a world has a system, named by its setting or a property; "": all have it."""
    return not system or bool(getattr(config, system))


@dataclass(frozen=True)
class Seen:
    """Declaration of one array of an Observation.

    Attributes:
        doc: one line.
        dtype: dtype of the elements.
        shape: shape of one agent's or row's element; CROP stands for the side of the crop.
        by_row: whether there is one element per observed agent; else one per agent.
        by_realm: whether there is one element per realm of the batch instead.
        more: number of further elements.
        kinds: for a plane of kinds, their number, or OF_TILES; 0: the plane counts something.
        alone: whether the array is part of a Stim, the observation of one agent.
        system: the setting or property of a config without which the array has no columns; "": it
            always has them.
        values: for an array of values such as TRAITS, its columns; then ``shape`` follows.
        counted: for which number DRAWN stands in a world, given its config; only if it does.
    """

    doc: str
    dtype: Any
    shape: tuple[int, ...] = ()
    by_row: bool = False
    by_realm: bool = False
    more: int = 0
    kinds: int = 0
    alone: bool = True
    system: str = ""
    values: Mapping[str, int] = field(default_factory=dict)
    counted: Callable[[Any], int] | None = None

    @property
    def num_values(self) -> int:
        """Count the values of all columns together."""
        return sum(self.values.values())

    def is_in(self, config: Any) -> bool:
        """Tell whether the array has columns in a world with these settings."""
        return _is_on(self.system, config)

    def kinds_in(self, config: Any) -> int:
        """Count the kinds of a plane in a world with these settings; 0: it counts something."""
        return num_kinds(config) if self.kinds == OF_TILES else self.kinds

    @property
    def is_plane(self) -> bool:
        """Whether the array holds a number for each tile of the crop."""
        return self.shape == (CROP, CROP)

    @property
    def is_mask(self) -> bool:
        """Whether the array marks possible actions; a policy may narrow it in place."""
        return self.dtype is np.bool_

    def size(self, window: int) -> tuple[int, ...]:
        """Give the shape of one element, for the given side of the crop."""
        return tuple(window if side == CROP else side for side in self.shape)

    def size_in(self, config: Any) -> tuple[int, ...]:
        """Give the shape of one element in a world with these settings."""
        if not self.is_in(config):
            return (0,) * len(self.shape)
        sides = self.size(config.window)
        drawn = self.counted(config) if self.counted else 0
        return tuple(drawn if side == DRAWN else side for side in sides)

    def described(self) -> str:
        """Write dtype and shape, for example uint8 (N, 2R + 1, 2R + 1)."""
        length = "M" if self.by_row else "W" if self.by_realm else "N"
        length += f" + {self.more}" if self.more else ""
        sides = [{CROP: "2R + 1", DRAWN: "choices"}.get(side, str(side)) for side in self.shape]
        kind = np.dtype(self.dtype)
        name = "AGENT" if kind.names else kind.name
        return f"{name} ({length},)" if not sides else f"{name} ({', '.join([length, *sides])})"


def seen(doc: str, dtype: Any, *shape: int, **more: Any) -> Any:
    """Declare an array of an Observation; for the arguments see Seen."""
    return field(metadata={DECLARED: Seen(doc, dtype, shape, **more)})


def plane(doc: str, dtype: Any, kinds: int = 0) -> Any:
    """Declare an array of an Observation with a number for each tile of the crop."""
    return seen(doc, dtype, CROP, CROP, kinds=kinds)


def valued(doc: str, columns: Mapping[str, int], system: str, by_row: bool = False) -> Any:
    """Declare an array of an Observation whose columns name one of a few values each."""
    shape = len(columns)
    return seen(doc, np.uint8, shape, system=system, values=columns, by_row=by_row)


@dataclass(frozen=True)
class Choice:
    """One part of an action: a choice among a fixed number, or among the agent's own rows.

    Attributes:
        doc: one line.
        dtype: dtype of the stored choice.
        size: number of options, without the number that does nothing if that is −1; 0: the agent's
            own rows are the options.
        least: the smallest number that is an action, 0 or −1.
        rest: the number that does nothing.
        mask: the array of Observation that marks the possible options; "": all are possible.
        system: the setting without which nobody has the choice; "": everybody always has it.
        given: the choice with some of which alone this one counts; for a choice of a row it says
            which column of the mask counts.
        ways: for a choice of a row, the columns of its mask, if not one for each option of
            ``given``.
    """

    doc: str
    dtype: Any
    size: int
    least: int
    rest: int
    mask: str
    system: str
    given: str = ""
    ways: int = 0

    @property
    def options(self) -> int:
        """Count the options, with the number that does nothing; 0: the rows are the options."""
        return self.size - self.least if self.size else 0

    def is_in(self, config: Any) -> bool:
        """Tell whether agents have the choice in a world with these settings."""
        return _is_on(self.system, config)

    def resting(self, num_agents: int) -> Array:
        """Let everybody choose what does nothing: (num_agents,), of the choice's dtype."""
        rest = np.empty(num_agents, self.dtype)
        rest.fill(self.rest)  # np.full would take twice as long, in every tick
        return rest

    def described(self) -> str:
        """Write dtype and shape; other integers are taken too."""
        return "integers (N,)"


def head(
    doc: str,
    size: int,
    mask: str = "",
    least: int = 0,
    system: str = "",
    default: Any = MISSING,
    given: str = "",
) -> Any:
    """Declare a choice among a fixed number of options, of which the least does nothing.

    Args:
        doc: as the following of Choice.
        size: see Choice.
        mask: see Choice.
        least: see Choice; the number that does nothing, too.
        system: see Choice.
        default: None if the choice may be left out, and then does nothing.
        given: see Choice.
    """
    choice = Choice(doc, np.int8, size, least, least, mask, system, given)
    return field(default=default, metadata={DECLARED: choice})


def pointer(
    doc: str, mask: str, given: str, system: str = "", default: Any = MISSING, ways: int = 0
) -> Any:
    """Declare a choice among the agent's own rows; −1 and 0, the agent itself, mean nobody.

    The arguments are those of ``head`` and Choice.
    """
    choice = Choice(doc, np.int32, 0, -1, 0, mask, system, given, ways)
    return field(default=default, metadata={DECLARED: choice})


@dataclass_transform(field_specifiers=(seen, plane, valued, head, pointer))
def listed(cls: type[Class]) -> type[Class]:
    """Make a dataclass of the arrays that a class declares; its docstring lists them."""
    made = dataclass(frozen=True, slots=True, eq=False)(cls)
    about = (f"    {name}: {it.described()}, {it.doc}." for name, it in declared_in(made).items())
    made.__doc__ = "\n".join((f"{inspect.cleandoc(cls.__doc__ or '')}\n", "Attributes:", *about))
    setattr(made, "__setattr__", _set)  # noqa: B010 – a frozen dataclass may not define it itself
    return made


def _set(self: Any, name: str, value: Any) -> None:
    """Take the array that is there already, which ``obs.can_attack &= mine`` hands back.

    Raises:
        FrozenInstanceError: for anything else; says how an array is changed.
    """
    declared = declared_in(self)
    if name not in declared:
        raise FrozenInstanceError(f"{type(self).__name__} has no array {name!r} to be changed")
    if value is not getattr(self, name):
        _refuse(self, name, declared[name])


def _refuse(self: Any, name: str, it: Any) -> NoReturn:
    """Say how an array is changed, where another was to take its place."""
    if isinstance(it, Choice):
        how = f"choices are changed in place: actions.{name}[...] = …"
    elif it.is_mask:
        how = f"masks are narrowed in place: obs.{name}[...] = …"
    else:
        how = "it can only be read, unlike the masks"
    raise FrozenInstanceError(f"cannot set {name} of {type(self).__name__}: {how}")


def declared_in(cls: Any) -> dict[str, Any]:
    """List what a class declares, by name."""
    return {f.name: f.metadata[DECLARED] for f in fields(cls) if DECLARED in f.metadata}
