"""The compiled tick against its plain-Python twin: equal to the bit, over settings that tie."""

from hypothesis import given, settings
from hypothesis import strategies as st

from forge.config import Config
from tests.blade.quest_tables import SIDE, tables
from tests.blade.twin import Twins
from tests.jit import amount

EXAMPLES, TICKS = amount((60, 40), (12, 12))

# Few distinct values each, so that stores run out together and agents meet.
SETTINGS = {
    "max_agents": st.integers(2, 8),
    "populations": st.integers(1, 2),
    "births": st.sampled_from([1, 1, 2, 2, 3, 5, 5, 0]),
    "map_size": st.integers(9, 12),
    "border": st.integers(1, 2),
    "radius": st.integers(1, 8),
    "health": st.sampled_from([2, 3, 10]),
    "food": st.sampled_from([1, 2, 8, 32]),
    "water": st.sampled_from([1, 2, 8, 32]),
    "harvest": st.sampled_from([0, 1, 5]),
    "drink": st.sampled_from([0, 1, 5]),
    "regrowth": st.sampled_from([0.0, 0.25, 1.0]),
    "combat": st.sampled_from([True, True, True, False]),
    "melee_reach": st.integers(0, 8),
    "range_reach": st.integers(0, 8),
    "mage_reach": st.integers(0, 8),
    "melee_damage": st.sampled_from([0, 1, 3, 10, 100]),
    "range_damage": st.integers(0, 2),
    "mage_damage": st.integers(0, 1),
    "freeze": st.integers(0, 3),
    "drain": st.sampled_from([0.0, 0.29, 0.5, 1.0, 2.0]),
    "immunity": st.sampled_from([0, 0, 1, 3]),
    "friendly_fire": st.booleans(),
    "auto_target": st.booleans(),
    "distinct_tiles": st.sampled_from(["auto", "off"]),
}


def config(radius, **values):
    """Build a config whose reaches stay inside the crop, as they must."""
    for style in ("melee", "range", "mage"):
        values[f"{style}_reach"] = min(values[f"{style}_reach"], radius)
    return Config(radius=radius, **values)


CONFIGS = st.builds(config, **SETTINGS)
SEEDS = st.integers(0, 2**64 - 1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(CONFIGS, st.integers(1, 3), SEEDS)
def test_every_tick_equals_that_of_the_plain_twin(config, realms, seed):
    twins = Twins(config, realms, seed)
    compared = sum(twins.play() for _ in range(TICKS))
    # Tiles, crowd and visits alone are three values per tile of the map.
    assert compared >= TICKS * realms * 3 * config.map_size**2


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(CONFIGS, st.integers(1, 3), SEEDS)
def test_ticks_whose_newborns_a_god_tags_equal_those_of_the_plain_twin(config, realms, seed):
    twins = Twins(config, realms, seed)
    compared = sum(twins.play_with_god() for _ in range(TICKS))
    assert compared >= TICKS * realms * 3 * config.map_size**2


# Worlds with NPCs: fights are often, health is more than a hit, and squares are wide enough to have
# all kinds of NPCs, at several levels.
NPCS = {
    "npcs": st.sampled_from([0, 1, 2, 7, 20, 40]),
    "npc_level": st.sampled_from([0, 1, 5, 9, 9]),
    "map_size": st.integers(8, 26),
    "border": st.just(1),
    "health": st.sampled_from([3, 10, 100]),
    "starvation": st.sampled_from([0, 1, 10]),
    "regeneration": st.sampled_from([0, 1, 10]),
    "melee_damage": st.sampled_from([0, 3, 10, 90]),
    "range_damage": st.sampled_from([1, 30]),
    "mage_damage": st.sampled_from([0, 50]),
    "combat": st.just(True),
}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **SETTINGS | NPCS), st.integers(1, 3), SEEDS)
def test_every_tick_with_npcs_equals_that_of_the_plain_twin(config, realms, seed):
    twins = Twins(config, realms, seed)
    compared = sum(twins.play() for _ in range(TICKS))
    # Tiles, crowd and visits, and 9 columns of each NPC.
    assert compared >= TICKS * realms * (3 * config.map_size**2 + 9 * config.npcs)


# Agents learn by hits that do damage; NPCs hit, too.
SKILLS = {"skills": st.just(True), "npcs": st.sampled_from([0, 0, 7, 20])}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **SETTINGS | NPCS | SKILLS), st.integers(1, 3), st.booleans(), SEEDS)
def test_every_tick_with_skills_equals_that_of_the_plain_twin(config, realms, taught, seed):
    twins = Twins(config, realms, seed)
    compared = 0
    for tick in range(TICKS):
        if taught and tick % 5 == 0:
            twins.teach()
        compared += twins.play()
    # Tiles, crowd and visits, 9 columns of each NPC, 9 numbers of what each slot has learned.
    per_realm = 3 * config.map_size**2 + 9 * config.npcs + 9 * config.max_agents
    assert compared >= TICKS * realms * per_realm


def played_laden(config, realms, seed):
    """Play twins whose agents are given experience and items now and then: values compared."""
    twins, compared = Twins(config, realms, seed), 0
    for tick in range(TICKS):
        if tick % 7 == 0:
            twins.teach()
            twins.equip()
        compared += twins.play()
    return compared


ITEMS = {"items": st.just(True), "health": st.sampled_from([10, 30, 100])}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **SETTINGS | NPCS | SKILLS | ITEMS), st.integers(1, 3), SEEDS)
def test_every_tick_with_items_equals_that_of_the_plain_twin(config, realms, seed):
    compared = played_laden(config, realms, seed)
    # Tiles, crowd and visits, 9 columns of each NPC, 60 numbers of what each slot knows and has.
    per_realm = 3 * config.map_size**2 + 9 * config.npcs + 60 * config.max_agents
    assert compared >= TICKS * realms * per_realm


PROFESSIONS = {"professions": st.just(True), "map_size": st.integers(9, 16)}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **SETTINGS | NPCS | SKILLS | ITEMS | PROFESSIONS), SEEDS)
def test_every_tick_with_professions_equals_that_of_the_plain_twin(config, seed):
    compared = played_laden(config, 2, seed)
    # As with items; 25 counts of each slot, 17 of the ledger.
    per_realm = 3 * config.map_size**2 + 9 * config.npcs + 85 * config.max_agents + 17
    assert compared >= TICKS * 2 * per_realm


WORDS = {"words": st.sampled_from([1, 2, 16, 31])}


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(st.builds(config, **SETTINGS | WORDS), st.integers(1, 3), SEEDS)
def test_every_tick_with_words_equals_that_of_the_plain_twin(config, realms, seed):
    twins = Twins(config, realms, seed)
    compared = sum(twins.play() for _ in range(TICKS))
    # Tiles, crowd and visits, and what each slot says.
    assert compared >= TICKS * realms * (3 * config.map_size**2 + config.max_agents)


MARKET = {"words": st.sampled_from([0, 5]), "market": st.just(True), "professions": st.booleans()}


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **SETTINGS | NPCS | SKILLS | ITEMS | MARKET), st.integers(1, 3), SEEDS)
def test_every_tick_with_a_market_equals_that_of_the_plain_twin(config, realms, seed):
    compared = played_laden(config, realms, seed)
    # Tiles, crowd and visits, 9 columns of each NPC, 65 numbers of what each slot knows and has.
    per_realm = 3 * config.map_size**2 + 9 * config.npcs + 65 * config.max_agents
    assert compared >= TICKS * realms * per_realm


# Every task there is, in worlds in which it is possible: so all other systems are on.
QUESTS = {
    "quests": tables(),
    "professions": st.just(True),
    "distinct_tiles": st.just("on"),
    "npcs": st.sampled_from([1, 7, 20, 40]),
    "npc_level": st.just(9),
    "map_size": st.integers(SIDE + 2, 20),  # the border is 1 wide
    "populations": st.just(2),  # agents of one may be friends, whom nobody can hit
    "starvation": st.sampled_from([1, 10]),
}
ALL = SETTINGS | NPCS | SKILLS | ITEMS | MARKET | QUESTS


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **ALL), st.integers(1, 3), SEEDS)
def test_every_tick_with_quests_equals_that_of_the_plain_twin(config, realms, seed):
    compared = played_laden(config, realms, seed)
    # Tiles, crowd and visits, 9 columns of each NPC, 74 numbers of what each slot knows and has.
    per_realm = 3 * config.map_size**2 + 9 * config.npcs + 74 * config.max_agents
    assert compared >= TICKS * realms * per_realm


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.builds(config, **ALL), SEEDS)
def test_ticks_in_which_a_god_chooses_quests_equal_those_of_the_plain_twin(config, seed):
    twins = Twins(config, 2, seed)
    compared = sum(twins.play_with_god() for _ in range(TICKS))
    assert compared >= TICKS * 2 * (3 * config.map_size**2 + 9 * config.max_agents)


STANDARD = {"quests": st.just("standard")}
FIGHTING = SETTINGS | NPCS | {"npcs": st.sampled_from([0, 7])}
LADEN = FIGHTING | SKILLS | ITEMS
SYSTEMS = (SETTINGS, FIGHTING, FIGHTING | SKILLS, LADEN, LADEN | PROFESSIONS, LADEN | MARKET)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(st.builds(config, **it | STANDARD) for it in SYSTEMS), SEEDS)
def test_the_standard_quests_of_worlds_with_fewer_systems_are_those_of_the_twin(config, seed):
    twins = Twins(config, 1, seed)
    compared = sum(twins.play() for _ in range(TICKS))
    assert compared >= TICKS * (3 * config.map_size**2 + 9 * config.max_agents)


# A playable square of 7 or 9 tiles in the middle of a wide border: all agents are many lines away
# from the edge, and crops may be wider than the square.
FAR = st.sampled_from([{"map_size": 131, "border": 61}, {"map_size": 257, "border": 125}])


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(CONFIGS, FAR, st.sampled_from([1, 7, 8, 30, 31]), SEEDS)
def test_agents_far_from_the_edge_observe_as_the_plain_twin_says(config, far, radius, seed):
    reach = {f"{style}_reach": 1 for style in ("melee", "range", "mage")}
    twins = Twins(config.replace(births=2, radius=radius, **reach, **far), 2, seed)
    compared = sum(twins.play() for _ in range(TICKS // 4))
    assert compared >= TICKS // 4 * 2 * 3 * 131**2


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(CONFIGS, FAR, st.sampled_from([1, 7, 30]), st.sampled_from([3, 12, 70]), SEEDS)
def test_npcs_far_from_the_edge_are_observed_as_the_plain_twin_says(
    config, far, radius, npcs, seed
):
    reach = {f"{style}_reach": 1 for style in ("melee", "range", "mage")}
    more = {"births": 2, "radius": radius, "combat": True, "npcs": npcs}
    twins = Twins(config.replace(**more, **reach, **far), 2, seed)
    compared = sum(twins.play() for _ in range(TICKS // 4))
    assert compared >= TICKS // 4 * 2 * 3 * 131**2


@settings(max_examples=EXAMPLES // 8, deadline=None)
@given(CONFIGS, st.sampled_from([63, 64, 65, 130]), SEEDS)
def test_a_crowd_of_more_than_64_equals_that_of_the_plain_twin(config, agents, seed):
    crowded = config.replace(max_agents=agents, populations=7, births=agents, radius=8)
    twins = Twins(crowded, 2, seed)
    compared = sum(twins.play() for _ in range(TICKS // 8))
    # All agents live at the first tick, each with at least 17 × 17 tiles and as many crowds.
    assert compared >= 2 * 17**2 * 2 * agents
