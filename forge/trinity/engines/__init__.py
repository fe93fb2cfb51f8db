"""Engines run shards and nothing else; results do not depend on the engine.

An engine has two parts. A crew starts workers, talks to them and notices their end; a channel
carries weights, gradients and states between the workers and the run. An engine is a module that
defines ``ENGINE`` and whose name is in forge.registry. The rest is common: ``engine`` drives an
epoch, ``schedule`` gives shards to workers, ``worker`` runs in a worker. VecEnv steps on the same
crews.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from forge.args import Args
from forge.blade.config import Config
from forge.registry import facts
from forge.trinity.engines.channel import Channel
from forge.trinity.engines.crew import Crew
from forge.trinity.engines.crew import WorkerDiedError as WorkerDiedError
from forge.trinity.trinity import Trinity

if TYPE_CHECKING:
    from forge.trinity.engines.engine import Engine


class Kind(NamedTuple):
    """The two parts of an engine."""

    crew: Callable[[], Crew]
    channel: type[Channel]


def kind(name: str) -> Kind:
    """Load the engine of this name.

    Raises:
        ConfigError: if there is no such engine.
    """
    made: Kind = importlib.import_module(facts(name).module).ENGINE
    return made


def start(
    config: Config,
    args: Args,
    trinity: Trinity,
    parameters: int,
    states: Sequence[bytes] = (),
    logs: Any = None,
) -> "Engine":
    """Start the engine that ``args.engine`` names; arguments as of Engine.

    Raises:
        ConfigError: for an unknown engine.
        ForgeError: if the system refuses processes or shared memory.
    """
    from forge.trinity.engines.compiling import compile_kernels
    from forge.trinity.engines.engine import Engine
    from forge.trinity.sword import Sword

    compile_kernels(config, args, issubclass(trinity.Sword, Sword))
    return Engine(config, args, trinity, parameters, states, logs)
