"""Blade: the world. Arrays, rule systems and the tick; NumPy and Numba only."""

from forge.blade.config import Chaos, Config, ConfigError, Law, preset
from forge.blade.observation import Actions, Observation, Stim
from forge.blade.realm import ActionError, Realm, Realms
from forge.blade.tiles import Cause, Move, Style, Tile

__all__ = [
    "ActionError",
    "Actions",
    "Cause",
    "Chaos",
    "Config",
    "ConfigError",
    "Law",
    "Move",
    "Observation",
    "Realm",
    "Realms",
    "Stim",
    "Style",
    "Tile",
    "preset",
]
