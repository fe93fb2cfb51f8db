"""Hold every setting of a world and its learner: one documented line each, checked on entry."""

import dataclasses
import difflib
import json
from dataclasses import fields
from typing import Any, TypeVar

from forge import casting
from forge.blade.former import renewed
from forge.blade.settings import Checked, check_names, checked, parsed, setting
from forge.blade.settings import plain as plain
from forge.errors import ConfigError as ConfigError
from forge.errors import shown
from forge.files import parse_json

Self = TypeVar("Self", bound="Config")

PRESET_AGENTS = (16, 32, 64, 128)
LARGE_AGENTS = 1024  # of the largest preset of Saga
MAX_AGENTS = 65_535  # all may stand on one tile, whose crowd is uint16


class Config(Checked):
    """Settings of a world and its learner; immutable. Subclass Config to change a few values."""

    # -- Population -------------------------------------------------------------------------
    max_agents: int = setting(
        "agents living at once in a realm", default=128, low=1, high=MAX_AGENTS, v1="NENT"
    )
    populations: int = setting(
        "groups that share one network's weights", default=8, low=1, v1="NPOP"
    )
    births: int = setting("most births per realm and tick", default=1, unit="agents", low=0)
    npcs: int = setting(
        "NPCs of a realm, which the world drives (needs combat)", default=0, low=0, high=MAX_AGENTS
    )

    # -- Map --------------------------------------------------------------------------------
    map_size: int = setting("side of the map", default=80, unit="tiles", low=8, high=4096, v1="SZ")
    border: int = setting(
        "width of the lava around the map", default=9, unit="tiles", low=1, v1="BORDER"
    )
    maps: int = setting(
        "realm k lives on map k modulo maps", default=200, low=1, high=10_000, v1="NMAPS"
    )
    map_epochs: int = setting(
        "epochs of training after which a realm moves on to another map (0: never)",
        default=0,
        unit="epochs",
        low=0,
        high=10**9,
    )
    map_seed: int = setting("seed of the maps", default=0, low=0, high=2**63 - 1)
    octaves: int = setting("octaves of the terrain's ridge fractal", default=8, low=1, high=16)
    base_frequency: float = setting(
        "cells of the first octave per map side", default=16.0, low=0.01, high=4096
    )
    water_cut: float = setting("terrain below this height is water", default=0.0645, low=0, high=1)
    grass_cut: float = setting("terrain below this height is grass", default=0.415, low=0, high=1)
    forest_cut: float = setting(
        "terrain below this height is forest, above it stone", default=0.623, low=0, high=1
    )

    # -- Agents -----------------------------------------------------------------------------
    radius: int = setting(
        "agents observe 2 × radius + 1 tiles", default=7, unit="tiles", low=1, high=31, v1="STIM"
    )
    health: int = setting(
        "health at birth, and the maximum", default=10, low=1, high=10_000, v1="HEALTH"
    )
    food: int = setting("food at birth, and the maximum", default=32, low=1, high=10_000, v1="FOOD")
    water: int = setting(
        "water at birth, and the maximum", default=32, low=1, high=10_000, v1="WATER"
    )
    harvest: int = setting("food that one harvest gives", default=5, low=0, high=10_000)
    drink: int = setting("water that one tick beside water gives", default=5, low=0, high=10_000)
    starvation: int = setting(
        "health that each empty store costs",
        default=1,
        unit="per tick",
        low=0,
        high=10_000,
    )
    regeneration: int = setting(
        "health gained while food and water are above half",
        default=1,
        unit="per tick",
        low=0,
        high=10_000,
    )
    regrowth: float = setting(
        "chance that a scrub tile becomes forest again",
        default=0.025,
        unit="per tick",
        low=0,
        high=1,
    )

    # -- Combat -----------------------------------------------------------------------------
    combat: bool = setting("whether agents can attack", default=True)
    melee_reach: int = setting("reach of melee", default=1, unit="tiles", low=0, v1="MELEERANGE")
    melee_damage: int = setting("damage of a melee hit", default=10, low=0, high=10_000)
    range_reach: int = setting("reach of range", default=2, unit="tiles", low=0, v1="RANGERANGE")
    range_damage: int = setting("damage of a range hit", default=2, low=0, high=10_000)
    mage_reach: int = setting("reach of mage", default=3, unit="tiles", low=0, v1="MAGERANGE")
    mage_damage: int = setting("damage of a mage hit", default=1, low=0, high=10_000)
    freeze: int = setting(
        "freeze counter set by a mage hit; freeze − 1 moves are lost",
        default=3,
        unit="ticks",
        low=0,
        high=10_000,
    )
    drain: float = setting(
        "food and water drained per point of damage", default=1.0, low=0, high=100
    )
    immunity: int = setting(
        "age below which an agent is immune",
        default=15,
        unit="ticks",
        low=0,
        high=2**30,
        v1="IMMUNE",
    )
    friendly_fire: bool = setting(
        "whether members of one population can hurt each other", default=True
    )
    auto_target: bool = setting(
        "the policy chooses only the style; the weakest agent in reach is hit",
        default=False,
        v1="AUTO_TARGET",
    )

    # -- Records ----------------------------------------------------------------------------
    distinct_tiles: str = setting(
        "count distinct tiles per life (auto: on maps up to 128 × 128)",
        default="auto",
        choices=("auto", "on", "off"),
    )

    # -- Learner ----------------------------------------------------------------------------
    learner: str = setting(
        "pg: one step per rollout; ppo: clipped steps on minibatches, in passes",
        default="ppo",
        choices=("pg", "ppo"),
    )
    hidden: int = setting(
        "width of the network's layers", default=32, unit="units", low=1, high=4096, v1="HIDDEN"
    )
    horizon: int = setting("length of a rollout", default=32, unit="ticks", low=1, high=100_000)
    passes: int = setting("how often ppo learns from each sample", default=1, low=1, high=1000)
    minibatches: int = setting(
        "parts of a pass, each one step of the optimiser (ppo)", default=8, low=1, high=1000
    )
    gamma: float = setting(
        "discount of rewards", default=0.99, unit="per tick", low=0, high=1, v1="GAMMA"
    )
    gae_lambda: float = setting("decay of generalised advantages", default=0.95, low=0, high=1)
    clip: float = setting("how far ppo may move a probability ratio", default=0.2, low=0, high=10)
    learning_rate: float = setting(
        "step size of Adam for 8192 samples or more", default=6e-3, low=0, high=1, v1="LR"
    )
    weight_decay: float = setting("weight decay of Adam", default=1e-5, low=0, high=1, v1="DECAY")
    max_grad_norm: float = setting(
        "norm to which each population's gradient is clipped", default=0.5, low=0
    )
    entropy: float = setting(
        "weight of the policy's entropy", default=0.01, low=0, high=10, v1="ENTROPY"
    )
    value_weight: float = setting(
        "weight of the value's squared error", default=0.25, low=0, high=100, v1="VALUE_WEIGHT"
    )
    reward: str = setting(
        "death: −1 at death; alive: +1 for each tick lived",
        default="death",
        choices=("death", "alive"),
    )

    # -- Who plays ---------------------------------------------------------------------------
    scripts: str = setting(
        "populations that a script plays (1=greedy,2=careful; random, still)", default=""
    )
    frozen: str = setting("populations whose weights do not change (1,2)", default="")

    # -- Work -------------------------------------------------------------------------------
    realms_per_shard: int = setting(
        "realms computed together (0: half of nRealm, at most 4; 8 with several populations)",
        default=0,
        low=0,
        high=10_000,
    )
    checkpoint_seconds: float = setting(
        "most time between checkpoints", default=30.0, unit="s", low=0
    )
    keep: int = setting(
        "newest checkpoints to keep, beside the best (0: all)", default=3, low=0, high=10**9
    )

    def __post_init__(self) -> None:
        """Check the type and range of every value, and that the values fit together."""
        for f in fields(self):
            object.__setattr__(self, f.name, checked(f, getattr(self, f.name)))
        _check_together(self)

    @property
    def slots(self) -> int:
        """Entity slots of a realm: those of agents, then those of NPCs."""
        return self.max_agents + self.npcs

    @property
    def side(self) -> int:
        """Side of the playable square: the interior and the spawn ring around it [tiles]."""
        return self.map_size - 2 * self.border

    @property
    def window(self) -> int:
        """Side of the observed crop [tiles]."""
        return 2 * self.radius + 1

    @property
    def counts_distinct_tiles(self) -> bool:
        """Whether lives count the distinct tiles they visited."""
        return self.distinct_tiles == "on" or (
            self.distinct_tiles == "auto" and self.map_size <= 128
        )

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

        Names of earlier versions are understood, as the values may come from an old file (see
        forge.blade.former).

        Raises:
            ConfigError: for an unknown name or an impossible value.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"a config is an object of settings by name, not {shown(values)}")
        values = renewed(values)
        check_names(cls, values)
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
    """Foraging, combat and NPCs: as many as agents."""

    npcs = 128
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
        near = difflib.get_close_matches(str(name), list(table), n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
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


def _check_together(c: Config) -> None:
    """Refuse settings that contradict each other."""
    if c.populations > c.max_agents:
        raise ConfigError(
            f"populations ({shown(c.populations)}) exceeds max_agents ({c.max_agents}): "
            "some populations would have no agent"
        )
    if c.npcs and not c.combat:
        raise ConfigError(f"npcs ({shown(c.npcs)}) needs combat: set combat to true, or npcs to 0")
    if c.slots > MAX_AGENTS:
        raise ConfigError(
            f"max_agents ({shown(c.max_agents)}) and npcs ({c.npcs}) exceed {MAX_AGENTS} together: "
            "all may stand on one tile, which counts no more"
        )
    casting.check(c)
    if c.map_epochs and c.maps < 2:
        raise ConfigError(
            f"map_epochs ({c.map_epochs}) moves realms on to other maps, but there is only one: "
            "maps must be at least 2"
        )
    if c.side < 3:
        raise ConfigError(
            f"border ({shown(c.border)}) leaves no room on a map of side map_size ({c.map_size}): "
            "map_size − 2 × border must be at least 3"
        )
    if not c.water_cut <= c.grass_cut <= c.forest_cut:
        raise ConfigError(
            "water_cut ≤ grass_cut ≤ forest_cut must hold, not "
            f"{c.water_cut}, {c.grass_cut}, {c.forest_cut}"
        )
    for style in ("melee", "range", "mage"):
        reach = getattr(c, f"{style}_reach")
        if reach > c.radius:
            raise ConfigError(
                f"{style}_reach ({shown(reach)}) exceeds radius ({c.radius}): "
                "agents attack only what they observe"
            )
