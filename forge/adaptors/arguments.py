"""Check users' arguments: configs, numbers, seeds, the options of a reset."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from forge.blade.numbers import LARGEST_INDEX, wholes
from forge.blade.numbers import master_seed as master_seed
from forge.blade.numbers import whole as whole
from forge.config import Config, ConfigError, configured
from forge.errors import shown
from forge.trinity import casting

MOST_NEAREST = 2**15  # others in a row
MOST_NAMES = 2**22  # names of agents in an episode; libraries want them all beforehand
IGNORED_OPTION = "options"  # PettingZoo's tests reset with {"options": 1}
MODES = (None, "rgb_array", "human")  # PettingZoo's render test builds each environment with human
LARGEST_SCALE = 64  # pixels per tile


def world(config: Any) -> Config:
    """Check a config, or find the config of a preset.

    Raises:
        ConfigError: for an unknown preset, another type, or a config in which nobody is born or
            the caller does not play everybody.
    """
    checked = configured(config)
    if checked.births < 1:
        raise ConfigError("births is 0: in such a world there is nobody to act")
    casting.refuse(checked, "the caller of an environment")
    return checked


def truth(name: str, value: Any) -> bool:
    """Check a setting that is on or off.

    Raises:
        ConfigError: names the setting and its possible values.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ConfigError(f"{name} is True or False, not {shown(value)}")
    return bool(value)


def drawing(render_mode: Any) -> str | None:
    """Check the render mode of an environment.

    Raises:
        ConfigError: names the possible modes.
    """
    if render_mode is not None and (not isinstance(render_mode, str) or render_mode not in MODES):
        raise ConfigError(f"render_mode is None or 'rgb_array', not {shown(render_mode)}")
    return render_mode


def most_births(config: Config, horizon: int, populations: int = 1) -> int:
    """Count the agents that an episode can have; each has a name per population.

    Raises:
        ValueError: for more than ``MOST_NAMES`` names.
    """
    births = min(config.births, config.max_agents) * horizon
    if births * populations > MOST_NAMES:
        raise ValueError(
            f"horizon {horizon} is too long: all {births * populations} names that agents can have "
            f"are listed beforehand, and {MOST_NAMES} at most"
        )
    return births


def maps_in(options: Any, realms: int) -> tuple[int, ...] | None:
    """Read the options of a reset: the number of each realm's map; None: not given.

    Args:
        options: {"map": number of the map of all realms}, or {"maps": one for each}; None: none.
        realms: how many there are.

    Raises:
        ValueError: for another option, for both, or for impossible maps.
    """
    if not isinstance(options, (Mapping, type(None))):
        raise ValueError(f"options of reset are a dict, not {shown(options)}")
    given = dict(options or {})
    given.pop(IGNORED_OPTION, None)
    number, maps = given.pop("map", None), given.pop("maps", None)
    if given:
        raise ValueError(f"reset has no option {next(iter(given))!r}; it has 'map' and 'maps'")
    if number is not None and maps is not None:
        raise ValueError("'map' is for all realms, 'maps' has one for each: give one of the two")
    if number is not None:
        return (whole("option 'map'", number, 0, LARGEST_INDEX),) * realms
    return map_numbers(maps, realms)


def map_numbers(maps: Any, realms: int) -> tuple[int, ...] | None:
    """Check the number of each realm's map; None: not given.

    Args:
        maps: one number per realm, 0 … 2^31 − 1; of one realm the number itself will do.
        realms: how many there are.

    Raises:
        ValueError: for anything else.
    """
    if maps is None:
        return None
    if realms == 1 and not isinstance(maps, Iterable):
        maps = (maps,)
    found = wholes("the number of a map", maps, 0)
    if len(found) != realms:
        raise ValueError(f"{len(found)} maps were given for {realms} realms")
    return found
