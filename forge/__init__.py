"""Forge: a persistent, massively multi-agent world and the Trinity API for research on it.

Names are imported when they are first used, so that ``import forge`` is light.
"""

from typing import TYPE_CHECKING

from forge.lazily import offered

if TYPE_CHECKING:
    from forge.adaptors.pettingzoo import parallel_env as parallel_env
    from forge.args import Args as Args
    from forge.config import Chaos as Chaos
    from forge.config import Config as Config
    from forge.config import ConfigError as ConfigError
    from forge.config import Law as Law
    from forge.config import Saga as Saga
    from forge.config import preset as preset
    from forge.errors import ForgeError as ForgeError

__version__ = "0.1.0"

__getattr__, __dir__, _ = offered(
    __name__,
    {
        "forge.adaptors.pettingzoo": "parallel_env",
        "forge.args": "Args",
        "forge.config": "Chaos Config ConfigError Law Saga preset",
        "forge.errors": "ForgeError",
    },
)
