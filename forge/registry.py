"""Name the engines that there are, and say what each can do, without loading one.

The command line, ``Args``, the estimate of memory, training and VecEnv all ask here.
"""

from typing import Any, NamedTuple

from forge.errors import ConfigError, shown


class EngineFacts(NamedTuple):
    """What is known of an engine."""

    module: str  # which defines its ``ENGINE``, see forge.trinity.engines
    doc: str  # where it computes
    workers: bool = True  # whether in processes of its own, ``nWorker`` of them
    steps: bool = True  # whether VecEnv can step on it: workers share memory with its caller


ENGINES = {
    "serial": EngineFacts("forge.trinity.engines.serial", "in this process", workers=False),
    "processes": EngineFacts("forge.trinity.engines.processes", "in several processes"),
}


def facts(name: Any) -> EngineFacts:
    """Look an engine up.

    Raises:
        ConfigError: if there is none of this name.
    """
    if not isinstance(name, str) or name not in ENGINES:
        raise ConfigError(f"engine is one of {', '.join(ENGINES)}; not {shown(name)}")
    return ENGINES[name]


def stepping(name: Any) -> EngineFacts:
    """Look an engine up that VecEnv is to step on.

    Raises:
        ConfigError: if there is none, or it cannot.
    """
    found = facts(name)
    if not found.steps:
        able = ", ".join(each for each in ENGINES if ENGINES[each].steps)
        raise ConfigError(
            f"VecEnv steps on one of {able}; not on {name!r}, whose workers share no memory with it"
        )
    return found
