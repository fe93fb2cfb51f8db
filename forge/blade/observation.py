"""Declare the arrays of observations and actions over a batch of living agents.

Each array of an Observation is declared here once, with its meaning, dtype and shape. The buffers
that a tick fills, the Stim of one agent, the fixed tables of other interfaces and the memory of
rollouts are all made from these declarations.

Each choice that an agent makes in a tick is a line of Actions. The ACTION record, the intents of a
tick, the draws, the columns of a network's output, sampling and scoring, rollouts, spaces and masks
are all made from these lines.
"""

import inspect
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forge.blade.categories import INVENTORY, STANDING, TRAITS
from forge.blade.features import NUM_FEATURES as NUM_FEATURES
from forge.blade.items import NUM_DEALS, PLACES
from forge.blade.numbers import whole
from forge.blade.records import AGENT
from forge.blade.settings import dataclass_transform
from forge.blade.tiles import NUM_MOVES, NUM_STYLES, num_kinds
from forge.errors import ConfigError

Array = NDArray[Any]

Class = TypeVar("Class")

DECLARED = "declared"  # key of a field's metadata
CROP = -1  # in a shape: the side of the crop, 2R + 1
DRAWN = -2  # in a shape: the number of draws
OF_TILES = -1  # kinds of a plane: those of the world's tiles


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
        more: number of further elements.
        kinds: for a plane of kinds, their number, or OF_TILES; 0: the plane counts something.
        alone: whether the array is part of a Stim, the observation of one agent.
        system: the setting or property of a config without which the array has no columns; "": it
            always has them.
        values: for an array of values such as TRAITS, its columns; then ``shape`` follows.
    """

    doc: str
    dtype: Any
    shape: tuple[int, ...] = ()
    by_row: bool = False
    more: int = 0
    kinds: int = 0
    alone: bool = True
    system: str = ""
    values: Mapping[str, int] = field(default_factory=dict)

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
            return (0,)
        sides = self.size(config.window)
        return tuple(num_draws(config) if side == DRAWN else side for side in sides)

    def described(self) -> str:
        """Write dtype and shape, for example uint8 (N, 2R + 1, 2R + 1)."""
        length = ("M" if self.by_row else "N") + (f" + {self.more}" if self.more else "")
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
        given: for a choice of a row, the choice that says which column of the mask counts.
    """

    doc: str
    dtype: Any
    size: int
    least: int
    rest: int
    mask: str
    system: str
    given: str = ""

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
    doc: str, size: int, mask: str = "", least: int = 0, system: str = "", default: Any = MISSING
) -> Any:
    """Declare a choice among a fixed number of options, of which the least does nothing.

    Args:
        doc: as the following of Choice.
        size: see Choice.
        mask: see Choice.
        least: see Choice; the number that does nothing, too.
        system: see Choice.
        default: None if the choice may be left out, and then does nothing.
    """
    choice = Choice(doc, np.int8, size, least, least, mask, system)
    return field(default=default, metadata={DECLARED: choice})


def pointer(doc: str, mask: str, given: str, system: str = "", default: Any = MISSING) -> Any:
    """Declare a choice among the agent's own rows; −1 and 0, the agent itself, mean nobody.

    The arguments are those of ``head``.
    """
    choice = Choice(doc, np.int32, 0, -1, 0, mask, system, given)
    return field(default=default, metadata={DECLARED: choice})


@dataclass_transform(field_specifiers=(seen, plane, valued, head, pointer))
def _listed(cls: type[Class]) -> type[Class]:
    """Make a dataclass of the arrays that a class declares; its docstring lists them."""
    made = dataclass(frozen=True, slots=True, eq=False)(cls)
    about = (f"    {name}: {it.described()}, {it.doc}." for name, it in _declared_in(made).items())
    made.__doc__ = "\n".join((f"{inspect.cleandoc(cls.__doc__ or '')}\n", "Attributes:", *about))
    return made


def _declared_in(cls: Any) -> dict[str, Any]:
    return {f.name: f.metadata[DECLARED] for f in fields(cls) if DECLARED in f.metadata}


@_listed
class Actions:
    """Actions of N agents, in the order of the observation they acted on.

    Choices that are left out, or None, do nothing: ``Actions(moves)`` attacks nobody.
    """

    move: Array = head("a Move each", NUM_MOVES, "can_move")
    style: Array = head(
        "a Style each; −1: no attack", NUM_STYLES, "can_attack", -1, "combat", default=None
    )
    target: Array = pointer(
        "a row counted within the agent's own rows; −1 or 0: none",
        "can_attack",
        "style",
        "combat",
        default=None,
    )
    deal: Array = head(
        f"0: nothing; 1 … {PLACES}: use the item in that place, {PLACES + 1} … {2 * PLACES}: "
        "destroy it",
        NUM_DEALS,
        "can_deal",
        system="items",
        default=None,
    )

    def __post_init__(self) -> None:
        """Fill in the choices that were left out."""
        left_out = [name for name in CHOICES if getattr(self, name) is None]
        for name in left_out:
            object.__setattr__(self, name, CHOICES[name].resting(len(self.move)))

    @classmethod
    def stay(cls, num_agents: int) -> "Actions":
        """Let every agent stay where it is and attack nobody."""
        return cls(np.zeros(whole("the number of agents", num_agents, 0), CHOICES["move"].dtype))


CHOICES: dict[str, Choice] = _declared_in(Actions)
ACTION = tuple((name, choice.dtype) for name, choice in CHOICES.items())  # fields of a record
INTENDED = ("move", "style", "target")  # choices of which the intents of a tick say all that counts
DRAW = {name: k for k, name in enumerate(CHOICES)}  # column of each choice in ``draws``
MOST_OPTIONS = 127  # of a head: choices are stored as int8


def check_choices(choices: Mapping[str, Choice], seen: Mapping[str, Seen]) -> None:
    """Refuse choices that cannot be, or whose masks do not fit them.

    Args:
        choices: the choices of an action, by name.
        seen: the arrays of an observation, by name.

    Raises:
        ConfigError: names the first wrong choice, and says how to mend it.
    """
    for name, it in choices.items():
        where, mask = f"forge.blade.observation: the choice {name}", seen.get(it.mask)
        if it.size and not 1 <= it.options <= MOST_OPTIONS:
            raise ConfigError(f"{where} has {it.options} options: give it 1 … {MOST_OPTIONS}")
        if it.mask and (mask is None or not mask.is_mask):
            raise ConfigError(f"{where} has the mask {it.mask}: name a bool array of Observation")
        given = choices.get(it.given)
        if not it.size and (given is None or mask is None or not mask.by_row):
            raise ConfigError(
                f"{where} points at rows: name a mask with a row per observed agent, and the "
                "choice that says which of its columns counts"
            )
        options = it.size or (given.size if given else 0)
        if mask is not None and mask.shape != (options,):
            raise ConfigError(
                f"{where} has {options} options and its mask {it.mask} the shape {mask.shape}: "
                "give both as many"
            )


def choices(config: Any) -> dict[str, Choice]:
    """List the choices that agents have in a world with these settings, by name."""
    return {name: choice for name, choice in CHOICES.items() if choice.is_in(config)}


def num_draws(config: Any) -> int:
    """Count the columns of ``draws``: up to that of the last choice of this world.

    Worlds without combat draw for its choices, too, so that their other numbers stay what they are.
    """
    drawn = [it.is_in(config) or it.system == "combat" for it in CHOICES.values()]
    return len(drawn) - drawn[::-1].index(True)


def further(config: Any) -> dict[str, Choice]:
    """List the choices of a world of which no intent says all that counts, by name."""
    return {name: it for name, it in choices(config).items() if name not in INTENDED}


class _Found:
    """Room for what finds the arrays of an Observation."""

    __slots__ = ("_find",)


@_listed
class Observation(_Found):
    """Observations of N living agents, ordered by realm, then slot. Iterating yields one at a time.

    The arrays are views of buffers that the next tick overwrites: copy them to keep them. They are
    read-only, except for the masks (``can_move`` …), which may be narrowed in place before
    deciding. The next tick reads only ``can_attack`` from an observation, and only with
    ``auto_target``: it looks for the weakest agent among the rows that the mask still allows.
    """

    ent: Array = seen("the agents themselves (id, population, position, stats)", AGENT, alone=False)
    realm: Array = seen("which realm of the batch each lives in, 0 … W − 1", np.int32, alone=False)
    tiles: Array = plane(
        "kinds of the tiles around it; lava outside the map", np.uint8, kinds=OF_TILES
    )
    crowd: Array = plane("agents and NPCs on each of these tiles, itself included", np.uint16)
    own: Array = seen("its own row", np.float32, NUM_FEATURES)
    can_move: Array = seen(
        "possible moves: not into water or stone; if frozen, only stay", np.bool_, NUM_MOVES
    )
    offsets: Array = seen(
        "rows offsets[i] … offsets[i + 1] − 1 belong to agent i", np.int64, more=1, alone=False
    )
    others: Array = seen(
        "a row for every agent and NPC in the crop: itself first, then by slot",
        np.float32,
        NUM_FEATURES,
        by_row=True,
    )
    who: Array = seen("the id behind each row", np.int64, by_row=True)
    slot: Array = seen("the slot behind each row", np.int32, by_row=True, alone=False)
    cell: Array = seen(
        "the row's tile in the crop, row-major, 0 … (2R + 1)² − 1",
        np.uint16,
        by_row=True,
        alone=False,
    )
    reach: Array = seen("Chebyshev distance [tiles]", np.uint8, by_row=True)
    can_attack: Array = seen(
        "whether each style can attack that row", np.bool_, NUM_STYLES, by_row=True
    )
    traits: Array = valued(
        "kind, level and style of the entity in the row: of an NPC its only style, of an agent the "
        "level of its best skill and the style it has the most experience in, 0 without skills; "
        "only with NPCs or skills",
        TRAITS,
        "varied",
        by_row=True,
    )
    standing: Array = valued(
        "its level in each skill, 1 … 10, and whether it is in combat; only with skills",
        STANDING,
        "skills",
    )
    inventory: Array = valued(
        f"the kinds of the items in its {PLACES} places, then their levels, then which of them it "
        "wears; only with items",
        INVENTORY,
        "items",
    )
    quantity: Array = seen(
        "pieces in each of these places; only with items", np.uint8, PLACES, system="items"
    )
    can_deal: Array = seen(
        "possible deals; none but the first in combat; only with items",
        np.bool_,
        NUM_DEALS,
        system="items",
    )
    draws: Array = seen(
        f"uniform numbers in [0, 1), one for each choice: {', '.join(CHOICES)}",
        np.float64,
        DRAWN,
    )
    num_realms: int

    @classmethod
    def found(cls, find: Callable[[str], Array], **given: Any) -> "Observation":
        """Make an Observation whose arrays are found, by name, when they are first asked for.

        Few readers ask for all, and in a small realm to view them all takes as long as some phases
        of a tick.

        Args:
            find: called with the name of an array.
            given: the number of realms, and arrays that need not be found.
        """
        observation = object.__new__(cls)
        for name, value in (("_find", find), *given.items()):
            object.__setattr__(observation, name, value)
        return observation

    def __getattr__(self, name: str) -> Any:
        """Find an array that is asked for the first time."""
        if name not in SEEN:
            raise AttributeError(f"an Observation has no {name!r}", name=name, obj=self)
        array = self._find(name)
        object.__setattr__(self, name, array)
        return array

    def __len__(self) -> int:
        """Count the agents."""
        return len(self.ent)

    def __iter__(self) -> Iterator[tuple[Any, "Stim"]]:
        """Yield (ent, stim) for each agent."""
        each = [(getattr(self, name), SEEN[name].by_row) for name in Stim._fields]
        for i, ent in enumerate(self.ent):
            rows = slice(self.offsets[i], self.offsets[i + 1])
            yield ent, Stim(*(array[rows] if by_row else array[i] for array, by_row in each))


SEEN: dict[str, Seen] = _declared_in(Observation)
PLANES = {name: seen for name, seen in SEEN.items() if seen.is_plane}
MASKS = tuple(name for name, seen in SEEN.items() if seen.is_mask)
VALUED = {name: seen for name, seen in SEEN.items() if seen.values}
check_choices(CHOICES, SEEN)


def named(names: Iterable[str]) -> Any:
    """Make the base class of a named tuple whose fields come from a list."""
    return namedtuple("_Listed", list(names))


class Stim(named(name for name, seen in SEEN.items() if seen.alone)):  # type: ignore[misc]
    """The observation of one agent: its part of the arrays of Observation marked ``alone``."""

    __slots__ = ()
