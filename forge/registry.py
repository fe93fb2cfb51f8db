"""List the engines and the loggers, and what each can do, without loading one.

The command line, ``Args``, the estimate of memory, training and VecEnv all ask here.
"""

from typing import Any, NamedTuple

from forge.errors import ConfigError, shown


class EngineFacts(NamedTuple):
    """Facts about an engine."""

    module: str  # the module that defines its ``ENGINE``, see forge.trinity.engines
    doc: str  # where it computes
    workers: bool = True  # whether it starts ``nWorker`` workers
    apart: bool = True  # whether each worker has a process to itself, and so its settings
    steps: bool = True  # whether its workers share memory with the caller, as VecEnv needs
    joins: bool = False  # whether an address can name machines to join


ENGINES = {
    "serial": EngineFacts("forge.trinity.engines.serial", "in this process", False, apart=False),
    "processes": EngineFacts("forge.trinity.engines.processes", "in several processes"),
    "ray": EngineFacts(
        "forge.trinity.engines.ray", "on a Ray cluster of machines", steps=False, joins=True
    ),
}


class LoggerFacts(NamedTuple):
    """Facts about a tool that draws training curves."""

    module: str  # the module that defines its ``Logger``, see forge.trinity.loggers
    package: str  # that has to be installed


LOGGERS = {
    "tensorboard": LoggerFacts("forge.trinity.loggers.tensorboard", "tensorboard"),
    "wandb": LoggerFacts("forge.trinity.loggers.wandb", "wandb"),
    "trackio": LoggerFacts("forge.trinity.loggers.trackio", "trackio"),
}


def facts(name: Any) -> EngineFacts:
    """Look an engine up by its name.

    Raises:
        ConfigError: if no engine has this name.
    """
    if not isinstance(name, str) or name not in ENGINES:
        raise ConfigError(f"engine is one of {', '.join(ENGINES)}; not {shown(name)}")
    return ENGINES[name]


def joining() -> str:
    """Name the engines that join machines by an address."""
    return ", ".join(name for name, each in ENGINES.items() if each.joins)


def stepping(name: Any) -> EngineFacts:
    """Look up an engine on which VecEnv is to step.

    Raises:
        ConfigError: if no engine has this name, or VecEnv cannot step on it.
    """
    found = facts(name)
    if not found.steps:
        able = ", ".join(each for each in ENGINES if ENGINES[each].steps)
        raise ConfigError(
            f"VecEnv steps on one of {able}; not on {name!r}, whose workers share no memory with it"
        )
    return found
