"""Compose one flat config of all settings, each of which is declared where it is read.

A world's are in forge.blade.worldsettings, the learner's in forge.ethyr.learnersettings, a run's in
forge.trinity.runsettings.
"""

import dataclasses
import json
from dataclasses import fields
from typing import Any, TypeVar

from forge.blade import ownmaps, questtable
from forge.blade.former import renewed
from forge.blade.settings import check_names, parsed
from forge.blade.settings import plain as plain
from forge.blade.worldsettings import WorldSettings
from forge.errors import ConfigError as ConfigError
from forge.errors import nearest, shown
from forge.ethyr.learnersettings import LearnerSettings
from forge.files import parse_json
from forge.trinity.runsettings import RunSettings

Self = TypeVar("Self", bound="Config")

PRESET_AGENTS = (16, 32, 64, 128)
LARGE_AGENTS = 1024  # of the largest preset of Saga


class Config(RunSettings, LearnerSettings, WorldSettings):
    """Settings of a world and its learner; immutable. Subclass Config to change a few values."""

    def replace(self: Self, **values: Any) -> Self:
        """Copy this config with some values changed.

        Raises:
            ConfigError: for an unknown name or an impossible value.
        """
        check_names(type(self), values)
        return _made(type(self), self.as_dict() | values)

    def with_texts(self: Self, texts: dict[str, str]) -> Self:
        """Copy this config with some values changed, given as texts ("true", "0.5", "pg").

        Raises:
            ConfigError: for an unknown name, an unreadable text or an impossible value.
        """
        check_names(type(self), texts)
        kinds = {f.name: f for f in fields(self)}
        return self.replace(**{name: parsed(kinds[name], text) for name, text in texts.items()})

    def as_dict(self) -> dict[str, Any]:
        """List all values by name."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """Write all values as JSON; ``Config.from_json`` reads them."""
        return json.dumps(self.as_dict(), indent=2)

    @classmethod
    def from_dict(cls: type[Self], values: dict[str, Any]) -> Self:
        """Build a config from values by name; missing values have their defaults.

        The values may come from a file of anybody's. So names of earlier versions are understood
        (see forge.blade.former), and ``quests`` and ``map_files`` cannot name files: none is
        opened.

        Raises:
            ConfigError: for an unknown name or an impossible value.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"a config is an object of settings by name, not {shown(values)}")
        values = renewed(values)
        check_names(cls, values)
        questtable.check_stored(values.get("quests"))
        ownmaps.check_stored(values.get("map_files"))
        return _made(cls, values)

    @classmethod
    def from_json(cls: type[Self], text: str) -> Self:
        """Read a config that ``to_json`` wrote.

        Raises:
            ConfigError: if the text is not a JSON object of known settings.
        """
        try:
            return cls.from_dict(parse_json(text, dict))
        except ConfigError:
            raise
        except ValueError as error:
            raise ConfigError(f"the text is no config: {error}") from None


class Law(Config):
    """Foraging only."""

    combat = False


class Chaos(Config):
    """Foraging and combat. The settings of the learner suit short lives, see docs/learning.md."""

    horizon = 64
    passes = 2
    minibatches = 4
    gamma = 0.95
    gae_lambda = 0.8
    learning_rate = 0.012


class Saga(Chaos):
    """Foraging, combat, NPCs (as many as agents), and all other systems."""

    npcs = 128
    skills = True
    items = True
    professions = True
    market = True
    words = 16
    quests = "standard"
    map_size = 146
    health = 100
    starvation = 10
    regeneration = 10
    melee_reach = 3
    range_reach = 3
    melee_damage = 10
    range_damage = 10
    mage_damage = 10
    freeze = 0
    drain = 0.0


def preset(name: str) -> Config:
    """Find a config by name.

    Args:
        name: law, chaos or saga, with or without a number of agents: law16, law32, law64, law128,
            chaos16 … chaos128, saga16 … saga128, saga1024 (one population per 16 agents; in saga
            as many NPCs as agents).

    Raises:
        ConfigError: for an unknown name; suggests the nearest.
    """
    kinds: dict[str, type[Config]] = {"law": Law, "chaos": Chaos, "saga": Saga}
    table = {kind: cls() for kind, cls in kinds.items()}
    for kind, cls in kinds.items():
        for agents in (*PRESET_AGENTS, LARGE_AGENTS) if cls is Saga else PRESET_AGENTS:
            npcs = agents if table[kind].npcs else 0
            table[f"{kind}{agents}"] = cls(max_agents=agents, populations=agents // 16, npcs=npcs)
    if not isinstance(name, str) or name not in table:
        hint = nearest(name, table, cutoff=0.4)
        raise ConfigError(f"no config is named {shown(name)}{hint} (there are: {', '.join(table)})")
    return table[name]


def configured(config: Any) -> Config:
    """Take a config as it is, or find the preset of that name.

    Raises:
        ConfigError: for anything else; suggests the nearest preset for an unknown name.
    """
    if isinstance(config, str):
        return preset(config)
    if not isinstance(config, Config):
        raise ConfigError(
            f"config is a Config, or the name of a preset; not {shown(config)} "
            "(for example Law(), or 'law16')"
        )
    return config


def _made(cls: type[Self], values: dict[str, Any]) -> Self:
    """Build a config from values by name, without calling the constructor of its class."""
    config = object.__new__(cls)
    for f in fields(cls):
        object.__setattr__(config, f.name, values.get(f.name, f.default))
    config.__post_init__()
    return config
