"""Hold every setting of a world and its learner: one documented line each, checked on entry."""

import dataclasses
import difflib
import json
import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """Stand in for the type checker's decorator, which does nothing at run time."""
        return lambda cls: cls


Self = TypeVar("Self", bound="Config")

PRESET_AGENTS = (16, 32, 64, 128)
MAX_AGENTS = 32_767  # slots are int16 in the tables of observations


class ConfigError(ValueError):
    """A setting that is unknown or impossible; the message says which and why."""


def setting(
    default: Any,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    v1: str = "",
) -> Any:
    """Declare one field of a config.

    Args:
        default: its value unless given; also sets the type.
        doc: one line.
        unit: of the value, for example "ticks".
        low: smallest value allowed.
        high: largest value allowed.
        choices: the values allowed, for texts.
        v1: name of the field in Neural MMO v1.0, if it had one.
    """
    about = {"doc": doc, "unit": unit, "low": low, "high": high, "choices": choices, "v1": v1}
    return field(default=default, metadata=about)


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class _Checked:
    """Make every subclass a frozen dataclass and refuse names that no config has."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        known = {f.name: f for base in cls.__mro__[1:] for f in _fields_of(base)}
        annotations = dict(cls.__dict__.get("__annotations__", {}))
        for name, value in list(cls.__dict__.items()):
            if name.startswith("_") or callable(value) or _is_descriptor(value):
                continue
            if name in known:
                if not isinstance(value, dataclasses.Field):
                    setattr(cls, name, field(default=value, metadata=known[name].metadata))
                annotations[name] = known[name].type
            elif not isinstance(value, dataclasses.Field):
                raise ConfigError(_unknown(name, known, f"config class {cls.__name__}"))
        cls.__annotations__ = annotations
        dataclass(frozen=True)(cls)


def _fields_of(cls: type) -> tuple[dataclasses.Field[Any], ...]:
    return fields(cls) if dataclasses.is_dataclass(cls) else ()


def _is_descriptor(value: object) -> bool:
    return isinstance(value, (property, classmethod, staticmethod))


def _unknown(name: str, known: Any, where: str) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "; docs/config.md lists all"
    return f"{where} has no setting {name!r}{hint}"


class Config(_Checked):
    """Settings of a world and its learner; immutable. Subclass it to change a few values."""

    # -- Population -------------------------------------------------------------------------
    max_agents: int = setting(
        128, "agents living at once in a realm", low=1, high=MAX_AGENTS, v1="NENT"
    )
    populations: int = setting(8, "groups that share one network's weights", low=1, v1="NPOP")
    births: int = setting(1, "most births per realm and tick", unit="agents", low=0)

    # -- Map --------------------------------------------------------------------------------
    map_size: int = setting(80, "side of the map", unit="tiles", low=8, high=4096, v1="SZ")
    border: int = setting(9, "width of the lava around the map", unit="tiles", low=1, v1="BORDER")
    maps: int = setting(200, "training draws on maps 0 … maps − 1", low=1, high=10_000, v1="NMAPS")
    map_seed: int = setting(0, "seed of the maps", low=0, high=2**63 - 1)
    octaves: int = setting(8, "octaves of the terrain's ridge fractal", low=1, high=16)
    base_frequency: float = setting(
        16.0, "cells of the first octave per map side", low=0.01, high=4096
    )
    water_cut: float = setting(0.0645, "terrain height below which is water", low=0, high=1)
    grass_cut: float = setting(0.415, "height below which is grass", low=0, high=1)
    forest_cut: float = setting(0.623, "height below which is forest; above: stone", low=0, high=1)

    # -- Agents -----------------------------------------------------------------------------
    radius: int = setting(
        7, "agents observe 2 × radius + 1 tiles", unit="tiles", low=1, high=31, v1="STIM"
    )
    health: int = setting(10, "health at birth, and the most", low=1, high=10_000, v1="HEALTH")
    food: int = setting(32, "food at birth, and the most", low=1, high=10_000, v1="FOOD")
    water: int = setting(32, "water at birth, and the most", low=1, high=10_000, v1="WATER")
    harvest: int = setting(5, "food that one harvest gives", low=0, high=10_000)
    drink: int = setting(5, "water that one tick beside water gives", low=0, high=10_000)
    regrowth: float = setting(
        0.025, "chance of a scrub tile to become forest again", unit="per tick", low=0, high=1
    )

    # -- Combat -----------------------------------------------------------------------------
    combat: bool = setting(True, "whether agents can attack")
    melee_reach: int = setting(1, "reach of melee", unit="tiles", low=0, v1="MELEERANGE")
    melee_damage: int = setting(10, "damage of a melee hit", low=0, high=10_000)
    range_reach: int = setting(2, "reach of range", unit="tiles", low=0, v1="RANGERANGE")
    range_damage: int = setting(2, "damage of a range hit", low=0, high=10_000)
    mage_reach: int = setting(3, "reach of mage", unit="tiles", low=0, v1="MAGERANGE")
    mage_damage: int = setting(1, "damage of a mage hit", low=0, high=10_000)
    freeze: int = setting(
        3,
        "freeze counter set by a mage hit; freeze − 1 moves are lost",
        unit="ticks",
        low=0,
        high=10_000,
    )
    drain: float = setting(1.0, "food and water drained per damage", low=0, high=100)
    immunity: int = setting(
        15, "age below which an agent is immune", unit="ticks", low=0, high=2**30, v1="IMMUNE"
    )
    friendly_fire: bool = setting(True, "whether members of one population can hurt each other")
    auto_target: bool = setting(
        False, "the policy chooses the style only; the weakest in reach is hit", v1="AUTO_TARGET"
    )

    # -- Records ----------------------------------------------------------------------------
    distinct_tiles: str = setting(
        "auto",
        "count distinct tiles per life (auto: on maps up to 128 × 128)",
        choices=("auto", "on", "off"),
    )

    # -- Learner ----------------------------------------------------------------------------
    learner: str = setting(
        "ppo", "pg: one update per rollout; ppo: several, clipped", choices=("pg", "ppo")
    )
    hidden: int = setting(
        64, "width of the network's layers", unit="units", low=1, high=4096, v1="HIDDEN"
    )
    horizon: int = setting(64, "length of a rollout", unit="ticks", low=1, high=100_000)
    updates_per_rollout: int = setting(4, "exchanges per epoch (ppo)", low=1, high=1000)
    gamma: float = setting(0.99, "discount of rewards", unit="per tick", low=0, high=1, v1="GAMMA")
    gae_lambda: float = setting(0.95, "decay of generalised advantages", low=0, high=1)
    clip: float = setting(0.2, "how far ppo may move a probability ratio", low=0, high=10)
    learning_rate: float = setting(1e-3, "step size of Adam", low=0, high=1, v1="LR")
    weight_decay: float = setting(1e-5, "weight decay of Adam", low=0, high=1, v1="DECAY")
    max_grad_norm: float = setting(
        0.5, "norm to which each population's gradient is clipped", low=0
    )
    entropy: float = setting(0.01, "weight of the policy's entropy", low=0, high=10, v1="ENTROPY")
    value_weight: float = setting(
        0.25, "weight of the value's squared error", low=0, high=100, v1="VALUE_WEIGHT"
    )
    reward: str = setting(
        "death", "death: −1 at death; alive: +1 each tick lived", choices=("death", "alive")
    )

    # -- Work -------------------------------------------------------------------------------
    realms_per_shard: int = setting(
        0, "realms computed together (0: min(4, ⌈nRealm / 2⌉))", low=0, high=10_000
    )
    checkpoint_seconds: float = setting(30.0, "most time between checkpoints", unit="s", low=0)

    def __post_init__(self) -> None:
        """Check every value: its type, its range, and that they fit together."""
        for f in fields(self):
            object.__setattr__(self, f.name, _checked(f, getattr(self, f.name)))
        _check_together(self)

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
        _check_names(type(self), values)
        return dataclasses.replace(self, **values)

    def with_texts(self: Self, texts: dict[str, str]) -> Self:
        """Copy this config with some values changed, given as texts ("true", "0.5", "pg").

        Raises:
            ConfigError: for an unknown name, a text that is no such value, an impossible value.
        """
        _check_names(type(self), texts)
        kinds = {f.name: f for f in fields(self)}
        return self.replace(**{name: _parsed(kinds[name], text) for name, text in texts.items()})

    def as_dict(self) -> dict[str, Any]:
        """List all values by name."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """Write all values as JSON; ``Config.from_json`` reads them."""
        return json.dumps(self.as_dict(), indent=2)

    @classmethod
    def from_dict(cls: type[Self], values: dict[str, Any]) -> Self:
        """Build a config from values by name; those left out have their defaults."""
        _check_names(cls, values)
        return cls(**values)

    @classmethod
    def from_json(cls: type[Self], text: str) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ConfigError: if it is no JSON object of known settings.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError(f"config is not JSON: {error}") from None
        if not isinstance(values, dict):
            raise ConfigError("config is not a JSON object of settings")
        return cls.from_dict(values)


class Law(Config):
    """Foraging only."""

    combat = False


class Chaos(Config):
    """Foraging and combat."""


def preset(name: str) -> Config:
    """Find a config by name.

    Args:
        name: law, chaos, or one with its number of agents: law16, law32, law64, law128, chaos16 …
            chaos128 (one population per 16 agents).

    Raises:
        ConfigError: for an unknown name, with the nearest.
    """
    kinds: dict[str, type[Config]] = {"law": Law, "chaos": Chaos}
    table = {kind: cls() for kind, cls in kinds.items()}
    for kind, cls in kinds.items():
        for agents in PRESET_AGENTS:
            table[f"{kind}{agents}"] = cls(max_agents=agents, populations=agents // 16)
    if name not in table:
        near = difflib.get_close_matches(name, list(table), n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"no config is named {name!r}{hint} (there are: {', '.join(table)})")
    return table[name]


def _check_names(cls: type, values: Any) -> None:
    known = [f.name for f in fields(cls)]
    for name in values:
        if name not in known:
            raise ConfigError(_unknown(name, known, "the config"))


def _parsed(f: dataclasses.Field[Any], text: str) -> Any:
    kind = type(f.default)
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() in words:
            return words[text.lower()]
        raise ConfigError(f"{f.name} takes true or false, not {text!r}")
    try:
        return kind(text)
    except ValueError:
        kinds = {int: "a whole number", float: "a number"}
        raise ConfigError(f"{f.name} takes {kinds[kind]}, not {text!r}") from None


def _checked(f: dataclasses.Field[Any], value: Any) -> Any:
    """Check one value's type and range; whole numbers are taken where floats are."""
    kind, about = type(f.default), f.metadata
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(f"{f.name} takes {kind.__name__}, not {value!r}")
    if kind is float and not math.isfinite(value):
        raise ConfigError(f"{f.name} must be finite, not {value!r}")
    if about["choices"] and value not in about["choices"]:
        raise ConfigError(f"{f.name} is one of {', '.join(about['choices'])}; not {value!r}")
    if about["low"] is not None and value < about["low"]:
        raise ConfigError(f"{f.name} must be at least {about['low']}, not {value!r}")
    if about["high"] is not None and value > about["high"]:
        raise ConfigError(f"{f.name} must be at most {about['high']}, not {value!r}")
    return value


def _check_together(c: Config) -> None:
    """Refuse settings that contradict each other."""
    if c.populations > c.max_agents:
        raise ConfigError(
            f"populations ({c.populations}) exceeds max_agents ({c.max_agents}): "
            "some populations would have no place"
        )
    if c.side < 3:
        raise ConfigError(
            f"border ({c.border}) leaves no room on a map of side map_size ({c.map_size}): "
            "map_size − 2 × border must be at least 3"
        )
    if not c.water_cut <= c.grass_cut <= c.forest_cut:
        raise ConfigError(
            "water_cut ≤ grass_cut ≤ forest_cut must hold, not "
            f"{c.water_cut}, {c.grass_cut}, {c.forest_cut}"
        )
    for style in ("melee", "range", "mage"):
        if getattr(c, f"{style}_reach") > c.radius:
            raise ConfigError(
                f"{style}_reach ({getattr(c, f'{style}_reach')}) exceeds radius ({c.radius}): "
                "agents attack only what they observe"
            )
