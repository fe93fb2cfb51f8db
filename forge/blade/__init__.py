"""Blade: the world. Arrays, rule systems and the tick; NumPy and Numba only."""

from forge.blade.buffers import Buffers
from forge.blade.kinds import Kind
from forge.blade.observation import Actions, Observation, Stim
from forge.blade.observing import observe_into
from forge.blade.realm import ActionError, Realm, Realms
from forge.blade.state import State
from forge.blade.tiles import Cause, Move, Style, Tile
from forge.config import Chaos, Config, ConfigError, Law, Saga, preset

__all__ = [
    "ActionError",
    "Actions",
    "Buffers",
    "Cause",
    "Chaos",
    "Config",
    "ConfigError",
    "Kind",
    "Law",
    "Move",
    "Observation",
    "Realm",
    "Realms",
    "Saga",
    "State",
    "Stim",
    "Style",
    "Tile",
    "observe_into",
    "preset",
]
