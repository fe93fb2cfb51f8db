"""Declare the arrays of observations and actions over a batch of living agents.

Each array of an Observation is declared here once, with its meaning, dtype and shape. The buffers
that a tick fills, the Stim of one agent, the fixed tables of other interfaces and the memory of
rollouts are all made from these declarations.

Each choice that an agent makes in a tick is a line of Actions. The ACTION record, the intents of a
tick, the draws, the columns of a network's output, sampling and scoring, rollouts, spaces and masks
are all made from these lines.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.categories import HEARD, INVENTORY, MARKET, QUESTED, STANDING, TRAITS, WEALTH
from forge.blade.declared import (
    DRAWN,
    OF_TILES,
    declared_in,
    head,
    listed,
    plane,
    pointer,
    seen,
    valued,
)
from forge.blade.declared import Choice as Choice
from forge.blade.declared import Seen as Seen
from forge.blade.features import NUM_FEATURES as NUM_FEATURES
from forge.blade.items import NUM_DEALS, NUM_ITEMS, PLACES
from forge.blade.numbers import whole
from forge.blade.records import AGENT
from forge.blade.skills import HIGHEST
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.blade.trades import BUY, GIVE, GIVE_GOLD, NUM_TRADES, NUM_WAYS, OFFER, PRICES
from forge.blade.worldsettings import MOST_WORDS
from forge.errors import ConfigError

Array = NDArray[Any]


@listed
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

    trade: Array = head(
        f"0: nothing; with no deal besides, {OFFER} … {GIVE - 1}: offer a piece of the item in "
        f"place 1 … {PLACES}, {GIVE} … {GIVE_GOLD - 1}: give one to the receiver, {GIVE_GOLD}: "
        f"give it a piece of gold, {BUY + 1} … {NUM_TRADES - 1}: buy an item of kind 1 … "
        f"{NUM_ITEMS - 1}, of the highest level that it can use and pay",
        NUM_TRADES,
        "can_trade",
        system="market",
        default=None,
    )
    price: Array = head(
        f"of what it offers: 1 … {PRICES} times the level, less 1",
        PRICES,
        system="market",
        default=None,
        given="trade",
    )
    receiver: Array = pointer(
        "of what it gives: a row counted within the agent's own rows; −1 or 0: none",
        "can_receive",
        "trade",
        "market",
        default=None,
        ways=NUM_WAYS,
    )
    word: Array = head(
        "0: silence; else the word that it says to its population",
        1 + MOST_WORDS,
        "can_say",
        system="words",
        default=None,
    )

    def __post_init__(self) -> None:
        """Leave room for the choices that were left out: see ``__getattr__``."""
        for name in _OPTIONAL:
            if getattr(self, name) is None:
                object.__delattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        """Let a choice that was left out do nothing, when it is first asked for.

        Few worlds have all choices, and nobody asks for the others.
        """
        if name not in CHOICES:
            raise AttributeError(f"Actions have no {name!r}", name=name, obj=self)
        array = CHOICES[name].resting(len(self.move))
        object.__setattr__(self, name, array)
        return array

    @classmethod
    def stay(cls, num_agents: int) -> "Actions":
        """Let every agent stay where it is and attack nobody."""
        return cls(np.zeros(whole("the number of agents", num_agents, 0), CHOICES["move"].dtype))


CHOICES: dict[str, Choice] = declared_in(Actions)
ACTION = tuple((name, choice.dtype) for name, choice in CHOICES.items())  # fields of a record
INTENDED = ("move", "style", "target")  # choices of which the intents of a tick say all that counts
_OPTIONAL = tuple(name for name in CHOICES if name != "move")
# Choices that most worlds hand over in each tick, and those that only worlds with other systems do.
BASIC = tuple(name for name, it in CHOICES.items() if it.system in ("", "combat", "items"))
LATER = tuple(name for name in CHOICES if name not in BASIC)
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
        options = it.size or it.ways or (given.size if given else 0)
        if mask is not None and mask.shape != (options,):
            raise ConfigError(
                f"{where} has {options} options and its mask {it.mask} the shape {mask.shape}: "
                "give both as many"
            )


def choices(config: Any) -> dict[str, Choice]:
    """List the choices that agents have in a world with these settings, by name."""
    return {name: choice for name, choice in CHOICES.items() if choice.is_in(config)}


def shown_by(name: str) -> str:
    """Name the mask by whose columns a choice is known to be in a world; "": it is in every one."""
    choice = CHOICES[name]
    return choice.mask or (choice.given and CHOICES[choice.given].mask)


def is_there(name: str, seen: Any) -> bool:
    """Tell whether agents have a choice, by what they observe: an Observation, or arrays of it."""
    mask = shown_by(name)
    return not mask or bool(getattr(seen, mask).shape[1])


def num_draws(config: Any) -> int:
    """Count the columns of ``draws``: up to that of the last choice of this world.

    Worlds without combat draw for its choices, too, so that their other numbers stay what they are.
    """
    drawn = [it.is_in(config) or it.system == "combat" for it in CHOICES.values()]
    return len(drawn) - drawn[::-1].index(True)


def has_later(config: Any) -> bool:
    """Tell whether agents have one of the choices ``LATER`` in a world with these settings."""
    return any(CHOICES[name].is_in(config) for name in LATER)


def further(config: Any) -> dict[str, Choice]:
    """List the choices of a world of which no intent says all that counts, by name."""
    return {name: it for name, it in choices(config).items() if name not in INTENDED}


class _Found:
    """Room for what finds the arrays of an Observation."""

    __slots__ = ("_find",)


@listed
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
        "possible moves: not onto a tile that nobody can enter; if frozen, only stay",
        np.bool_,
        NUM_MOVES,
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
    gold: Array = seen("gold that it has; only with market", np.int32, 1, system="market")
    wealth: Array = valued(
        "binary digits of its gold, at most 11; only with market", WEALTH, "market"
    )
    can_trade: Array = seen(
        "possible trades; none but the first in combat; only with market",
        np.bool_,
        NUM_TRADES,
        system="market",
    )
    can_receive: Array = seen(
        "whether that row can be given a piece of an item, and a piece of gold; only with market",
        np.bool_,
        NUM_WAYS,
        by_row=True,
        system="market",
    )
    market: Array = seen(
        "the lowest price at which each kind and level is offered, its own offers included, as a "
        "multiple of the level; 0 where none is; only with market",
        np.uint8,
        NUM_ITEMS - 1,
        HIGHEST,
        by_realm=True,
        system="market",
        values=MARKET,
    )
    heard: Array = valued(
        "the word that the agent in the row said in the last tick; 0: none, or it is of another "
        "population; only with words",
        HEARD,
        "words",
        by_row=True,
    )
    can_say: Array = seen(
        "whether there is each word, silence first; only with words",
        np.bool_,
        1 + MOST_WORDS,
        system="words",
    )
    quest: Array = valued(
        "its quest: the task, its kind, level and other, as `QUEST` has them; binary digits of its "
        "goal, at most 11; tenths of it that are done; only with quests",
        QUESTED,
        "quests",
    )
    draws: Array = seen(
        f"uniform numbers in [0, 1), one for each choice: {', '.join(CHOICES)}",
        np.float64,
        DRAWN,
        counted=num_draws,
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
        each = [(getattr(self, name), SEEN[name]) for name in Stim._fields]
        for i, ent in enumerate(self.ent):
            rows, realm = slice(self.offsets[i], self.offsets[i + 1]), self.realm[i]
            yield (
                ent,
                Stim(
                    *(
                        array[rows if seen.by_row else realm if seen.by_realm else i]
                        for array, seen in each
                    )
                ),
            )


SEEN: dict[str, Seen] = declared_in(Observation)
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
