"""Forge: a persistent, massively multi-agent world and the Trinity API for research on it.

Names are imported when they are first used, so that ``import forge`` is light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forge.adaptors.pettingzoo import parallel_env as parallel_env
    from forge.args import Args as Args
    from forge.blade.config import Chaos as Chaos
    from forge.blade.config import Config as Config
    from forge.blade.config import ConfigError as ConfigError
    from forge.blade.config import Law as Law
    from forge.blade.config import Saga as Saga
    from forge.blade.config import preset as preset
    from forge.errors import ForgeError as ForgeError

__version__ = "0.1.0"

_HOMES = {
    "Args": "forge.args",
    "Chaos": "forge.blade.config",
    "Config": "forge.blade.config",
    "ConfigError": "forge.blade.config",
    "ForgeError": "forge.errors",
    "Law": "forge.blade.config",
    "Saga": "forge.blade.config",
    "parallel_env": "forge.adaptors.pettingzoo",
    "preset": "forge.blade.config",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
