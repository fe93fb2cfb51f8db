"""Load the two parts of an engine by its name."""

import importlib
from collections.abc import Callable
from typing import NamedTuple

from forge.registry import facts
from forge.trinity.engines.channel import Channel
from forge.trinity.engines.crew import Crew


class Kind(NamedTuple):
    """The two parts of an engine."""

    crew: Callable[..., Crew]  # without arguments, or with ``Args.address`` if the engine joins
    channel: type[Channel]


def kind(name: str) -> Kind:
    """Load the engine of this name.

    Raises:
        ConfigError: if there is no such engine.
    """
    made: Kind = importlib.import_module(facts(name).module).ENGINE
    return made
