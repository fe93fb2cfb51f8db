"""Declare the settings of a world: its agents, its map and its rules."""

from decimal import Decimal

from forge.blade import kinds, ownmaps, quests, questtable
from forge.blade.settings import Checked, setting
from forge.errors import ConfigError, shown

MAX_AGENTS = 65_535  # all may stand on one tile, whose crowd is uint16
MOST_WORDS = 31  # a word is a number, and 0 is silence
MOST_DRAIN = 2**48  # largest number of the fraction of drain: int64 holds it times any damage


class WorldSettings(Checked):
    """Settings of a world."""

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
    npc_level: int = setting(
        "NPCs have level 1 + ⌊npc_level × danger⌋, where the danger is below 1",
        default=kinds.HIGHEST_NPC,
        low=0,
        high=kinds.HIGHEST_NPC,
    )
    skills: bool = setting(
        "whether agents learn skills, and fight by their levels (needs combat)", default=False
    )
    items: bool = setting("whether agents carry, wear and use items (needs skills)", default=False)
    professions: bool = setting(
        "whether there are resources, which agents harvest for items (needs items)", default=False
    )
    market: bool = setting(
        "whether agents have gold, and buy, sell and give items (needs items)", default=False
    )
    words: int = setting(
        "words, of which an agent can say one each tick to its own population (0: none)",
        default=0,
        low=0,
        high=MOST_WORDS,
    )
    quests: str = setting(
        "tasks of agents: standard, or a table in a .csv or .json file, or as JSON; nothing: none",
        default="",
        take=questtable.text_of,
        read=questtable.table,
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
    map_files: str = setting(
        "maps of your own: .tmx files, or folders of them, with commas between; nothing: maps are "
        "generated",
        default="",
        take=ownmaps.text_of,
        read=ownmaps.kept,
        brief=ownmaps.brief,
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

    clusters: float = setting(
        "patches of ore, of trees and of crystals, each, if there are professions",
        default=4.0,
        unit="per 1 000 tiles",
        low=0,
        high=1000,
    )
    singles: float = setting(
        "herbs, and fish, each, if there are professions",
        default=16.0,
        unit="per 1 000 tiles",
        low=0,
        high=1000,
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

    @property
    def num_maps(self) -> int:
        """Maps on which realms live, unless they are given others: ``maps``, or fewer files."""
        files = len(ownmaps.maps_in(self.map_files))
        return min(self.maps, files) if files else self.maps

    @property
    def slots(self) -> int:
        """Entity slots of a realm: those of agents, then those of NPCs."""
        return self.max_agents + self.npcs

    @property
    def varied(self) -> bool:
        """Whether entities differ in kind, level or style."""
        return self.npcs > 0 or self.skills

    @property
    def side(self) -> int:
        """Side of the playable square: the interior and the spawn ring around it [tiles]."""
        return self.map_size - 2 * self.border

    @property
    def window(self) -> int:
        """Side of the observed crop [tiles]."""
        return 2 * self.radius + 1

    @property
    def drain_ratio(self) -> tuple[int, int]:
        """Drain as a fraction: that of its decimals, as in binary 100 × 0.29 is less than 29."""
        return Decimal(repr(self.drain)).as_integer_ratio()

    @property
    def counts_distinct_tiles(self) -> bool:
        """Whether lives count the distinct tiles they visited."""
        return self.distinct_tiles == "on" or (
            self.distinct_tiles == "auto" and self.map_size <= 128
        )

    def check_together(self) -> None:
        """See Checked."""
        super().check_together()
        if self.populations > self.max_agents:
            raise ConfigError(
                f"populations ({shown(self.populations)}) exceeds max_agents ({self.max_agents}): "
                "some populations would have no agent"
            )
        if self.npcs and not self.combat:
            raise ConfigError(
                f"npcs ({shown(self.npcs)}) needs combat: set combat to true, or npcs to 0"
            )
        if self.skills and not self.combat:
            raise ConfigError("skills needs combat: set combat to true, or skills to false")
        if self.items and not self.skills:
            raise ConfigError("items needs skills: set skills to true, or items to false")
        if self.professions and not self.items:
            raise ConfigError("professions needs items: set items to true, or professions to false")
        if self.market and not self.items:
            raise ConfigError("market needs items: set items to true, or market to false")
        if self.skills and max(self.drain_ratio) > MOST_DRAIN:
            raise ConfigError(
                f"drain ({shown(self.drain)}) has too many decimals for skills, with which the "
                "damage of hits differs: round it"
            )
        if self.slots > MAX_AGENTS:
            raise ConfigError(
                f"max_agents ({shown(self.max_agents)}) and npcs ({self.npcs}) exceed {MAX_AGENTS} "
                "together: all may stand on one tile, which counts no more"
            )
        if self.map_epochs and self.num_maps < 2:
            short = "maps must be at least 2" if self.maps < 2 else "name more files in map_files"
            raise ConfigError(
                f"map_epochs ({self.map_epochs}) moves realms on to other maps, but there is only "
                f"one: {short}"
            )
        if self.side < 3:
            raise ConfigError(
                f"border ({shown(self.border)}) leaves no room on a map of side map_size "
                f"({self.map_size}): map_size − 2 × border must be at least 3"
            )
        if not self.water_cut <= self.grass_cut <= self.forest_cut:
            raise ConfigError(
                "water_cut ≤ grass_cut ≤ forest_cut must hold, not "
                f"{self.water_cut}, {self.grass_cut}, {self.forest_cut}"
            )
        for style in ("melee", "range", "mage"):
            reach = getattr(self, f"{style}_reach")
            if reach > self.radius:
                raise ConfigError(
                    f"{style}_reach ({shown(reach)}) exceeds radius ({self.radius}): "
                    "agents attack only what they observe"
                )
        ownmaps.check(self)
        quests.check(self)
