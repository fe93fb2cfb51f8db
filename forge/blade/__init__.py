"""Blade: the world. Arrays, rule systems and the tick; NumPy and Numba only.

Names are imported when they are first used: ``forge.config`` needs the declarations of a world's
settings, and the world needs the config.
"""

from typing import TYPE_CHECKING

from forge.lazily import offered

if TYPE_CHECKING:
    from forge.blade.buffers import Buffers as Buffers
    from forge.blade.kinds import Kind as Kind
    from forge.blade.observation import Actions as Actions
    from forge.blade.observation import Observation as Observation
    from forge.blade.observation import Stim as Stim
    from forge.blade.observing import observe_into as observe_into
    from forge.blade.realm import ActionError as ActionError
    from forge.blade.realm import Realm as Realm
    from forge.blade.realm import Realms as Realms
    from forge.blade.state import State as State
    from forge.blade.tiles import Cause as Cause
    from forge.blade.tiles import Move as Move
    from forge.blade.tiles import Style as Style
    from forge.blade.tiles import Tile as Tile
    from forge.config import Chaos as Chaos
    from forge.config import Config as Config
    from forge.config import ConfigError as ConfigError
    from forge.config import Law as Law
    from forge.config import Saga as Saga
    from forge.config import preset as preset

__getattr__, __dir__, __all__ = offered(
    __name__,
    {
        "forge.blade.buffers": "Buffers",
        "forge.blade.kinds": "Kind",
        "forge.blade.observation": "Actions Observation Stim",
        "forge.blade.observing": "observe_into",
        "forge.blade.realm": "ActionError Realm Realms",
        "forge.blade.state": "State",
        "forge.blade.tiles": "Cause Move Style Tile",
        "forge.config": "Chaos Config ConfigError Law Saga preset",
    },
)
