"""Check users' arguments: configs, numbers, seeds, the options of a reset."""

from collections.abc import Mapping
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


def map_in(options: Mapping[str, Any] | None) -> int | None:
    """Read the options of a reset: the number of the map; None: not given.

    Raises:
        ValueError: for another option, or an impossible map.
    """
    given = _options(options)
    given.pop(IGNORED_OPTION, None)
    number = _only(given, "map")
    return None if number is None else whole("option 'map'", number, 0, LARGEST_INDEX)


def maps_in(options: Mapping[str, Any] | None, realms: int) -> tuple[int, ...] | None:
    """Read the options of a reset: the number of each realm's map; None: not given.

    Raises:
        ValueError: for another option, or impossible maps.
    """
    maps = _only(_options(options), "maps")
    return None if maps is None else map_numbers(maps, realms)


def map_numbers(maps: Any, realms: int) -> tuple[int, ...]:
    """Check the number of each realm's map.

    Raises:
        ValueError: if they are not one number per realm, 0 … 2^31 − 1.
    """
    found = wholes("the number of a map", maps, 0)
    if len(found) != realms:
        raise ValueError(f"{len(found)} maps were given for {realms} realms")
    return found


def _options(options: Any) -> dict[str, Any]:
    if not isinstance(options, (Mapping, type(None))):
        raise ValueError(f"options of reset are a dict, not {shown(options)}")
    return dict(options or {})


def _only(given: dict[str, Any], name: str) -> Any:
    """Read the only option there is; None if it was not given."""
    value = given.pop(name, None)
    if given:
        raise ValueError(f"reset has no option {next(iter(given))!r}; it has {name!r}")
    return value
