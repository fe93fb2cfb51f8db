"""Say who plays each population: the learning network, the frozen network or a script."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.actions import ActionError
from forge.blade.numbers import is_whole
from forge.blade.observation import CHOICES, Actions, Observation
from forge.blade.subset import of_agents
from forge.config import Config, ConfigError
from forge.errors import shown
from forge.trinity import casting

Array = NDArray[Any]
Script = Callable[[Observation], Actions]

EVERYBODY = slice(None)


@dataclass(frozen=True)
class Cast:
    """The players of the populations that do not learn. Nothing they do is stored for learning.

    Attributes:
        populations: P.
        scripts: population → a function that answers for all agents of an observation, as the
            functions of forge.blade.scripted do. It sees only the population's agents.
        frozen: populations that the network plays without learning.
    """

    populations: int
    scripts: Mapping[int, Script] = field(default_factory=dict)
    frozen: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Check that every population named exists and has one player, and scripts are functions.

        Raises:
            ConfigError: names the first population for which this is not so.
        """
        if not isinstance(self.scripts, Mapping):
            raise ConfigError(
                f"scripts of a Cast are {{population: function}}, not {shown(self.scripts)}"
            )
        if not isinstance(self.frozen, Iterable) or isinstance(self.frozen, str):
            raise ConfigError(
                f"frozen of a Cast is a set such as {{1, 2}}, not {shown(self.frozen)}"
            )
        for population, script in self.scripts.items():
            if not callable(script):
                raise ConfigError(
                    f"the cast lets {shown(script)} play population {shown(population)}: give a "
                    "function, such as greedy from forge.blade.scripted"
                )
        for population in (*self.scripts, *self.frozen):
            if not is_whole(population) or population not in range(self.populations):
                raise ConfigError(
                    f"the cast names population {shown(population)}: populations are numbered "
                    f"0 … {self.populations - 1}"
                )
            if population in self.scripts and population in self.frozen:
                raise ConfigError(f"population {population} is played by a script, and frozen")

    @classmethod
    def of(cls, config: Config) -> "Cast":
        """Read the cast from the settings ``scripts`` and ``frozen``."""
        named = casting.scripts(config.scripts, config.populations)
        scripts: dict[int, Script] = {}
        if named:
            from forge.blade.scripted import SCRIPTED

            scripts = {population: SCRIPTED[name] for population, name in named.items()}
        return cls(config.populations, scripts, casting.frozen(config.frozen, config.populations))

    @property
    def all_learn(self) -> bool:
        """Whether every population learns."""
        return not (self.scripts or self.frozen)

    @property
    def share(self) -> float:
        """Share of the populations that learn, 0 … 1."""
        return 1 - (len(self.scripts) + len(self.frozen)) / self.populations

    def idle(self, loaded: Iterable[int | None]) -> Iterator[str]:
        """Say in a line each what keeps populations from what they were perhaps meant to do.

        Args:
            loaded: the populations whose weights were loaded; None stands for all.
        """
        known = set(loaded)
        untrained = [] if None in known else sorted(self.frozen - known)
        if untrained:
            first = untrained[0]
            yield (
                f"{_listed(untrained)} frozen without weights: an untrained network plays for the "
                f'whole run; load some (--load {first}=FILE, Args(load="{first}=FILE")), or leave '
                f"{first} out of frozen"
            )
        if not self._learn.any():
            yield (
                "nobody learns: scripts or frozen weights play every population, and the weights "
                "stay as they are; leave a population out of scripts and frozen to train it"
            )

    @cached_property
    def _learn(self) -> Array:
        learn = np.ones(self.populations, np.bool_)
        learn[[*self.scripts, *self.frozen]] = False
        return learn

    def learners(self, obs: Observation) -> Any:
        """Find the agents that learn: integers, ascending, or a slice of all."""
        if self.all_learn:
            return EVERYBODY
        return np.flatnonzero(self._learn[obs.ent["population"]])

    def joined(
        self, obs: Observation, learners: Array, learned: Actions, network: Script
    ) -> Actions:
        """Add the actions of the agents that do not learn.

        Args:
            obs: the observation of all N agents.
            learners: indices of the agents that learn.
            learned: their actions.
            network: answers for the agents of frozen populations.

        Returns:
            The actions of all N agents.
        """
        actions = self.played(obs, network)
        _put(actions, learners, learned)
        return actions

    def played(self, obs: Observation, network: Script | None = None) -> Actions:
        """Let the agents that do not learn act, each by its population's script; all others stay.

        Args:
            obs: the observation of all N agents.
            network: answers for the agents of frozen populations; None: they stay, too.

        Returns:
            The actions of all N agents.
        """
        actions = Actions.stay(len(obs))
        parts: list[tuple[list[int], Script]] = [
            ([population], script) for population, script in self.scripts.items()
        ]
        if self.frozen and network is not None:
            parts.append((sorted(self.frozen), network))
        for populations, play in parts:
            chosen = np.flatnonzero(np.isin(obs.ent["population"], populations))
            given = play(of_agents(obs, chosen))
            if not isinstance(given, Actions):
                raise TypeError(
                    f"the script of population {populations[0]} returned {shown(given)}, "
                    "not the Actions of its agents: return them"
                )
            if play is not network:
                _check_lengths(given, len(chosen), f"{called(play)}, population {populations[0]}")
            _put(actions, chosen, given)
        return actions


def cast_of(sword: Any, config: Config) -> Cast:
    """Ask a class of Swords for its cast.

    Raises:
        TypeError: if it says anything else.
    """
    cast = sword.cast(config)
    if not isinstance(cast, Cast):
        raise TypeError(
            f"{sword.__name__}.cast returned {shown(cast)}, not a Cast, for example "
            "Cast(config.populations, scripts={1: greedy})"
        )
    return cast


def _listed(populations: list[int]) -> str:
    """Begin a sentence about populations."""
    if len(populations) == 1:
        return f"population {populations[0]} is"
    return f"populations {', '.join(map(str, populations))} are"


def called(play: Script) -> str:
    """Name what decides, for messages: a function, a method with its class, or an object."""
    owner = getattr(play, "__self__", None)
    name = getattr(play, "__name__", type(play).__name__)
    return name if owner is None else f"{type(owner).__name__}.{name}"


def _check_lengths(given: Actions, num_agents: int, who: str) -> None:
    """Refuse choices that are not one for each agent: NumPy would spread a single one over all.

    Raises:
        ActionError: names who gave them, the choice and both lengths.
    """
    for name in CHOICES:
        shape = np.shape(getattr(given, name))
        if shape != (num_agents,):
            raise ActionError(
                f"{who}: actions.{name} has the shape {shape}, not ({num_agents},), one "
                "per agent of the observation that it was given"
            )


def _put(actions: Actions, chosen: Array, given: Actions) -> None:
    """Write the actions of some agents. Modifies actions in place."""
    for name in CHOICES:
        getattr(actions, name)[chosen] = getattr(given, name)
