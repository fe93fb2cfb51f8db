"""Skills by example: levels, experience, damage, being in combat; the twin knows the rest."""

import numpy as np
import pytest

from forge.blade.added import life_in
from forge.blade.categories import STANDING
from forge.blade.kinds import Kind
from forge.blade.realm import Realms
from forge.blade.records import LIFE
from forge.blade.skills import BEATEN, MOST_EXPERIENCE, Skill, level_of, main_style
from forge.blade.tiles import Style
from forge.config import Chaos, ConfigError, Law, Saga
from tests.blade.worlds import agent, play, serve_from, stim, world

MELEE, RANGE, MAGE = Style.MELEE, Style.RANGE, Style.MAGE
EVEN = {f"{style}_damage": 10 for style in ("melee", "range", "mage")}
FAR = {f"{style}_reach": 3 for style in ("melee", "range", "mage")}
FIGHT = {"skills": True, "health": 100, "freeze": 0, "drain": 0.0, **EVEN, **FAR}
HUNTER = {"kind": Kind.HOSTILE, "power": 20, "style": MAGE, "at": (10, 11)}


def skilled(*agents, **settings):
    """Build a world with skills; agents may have ``experience``, a dict by skill."""
    learned = [values.pop("experience", {}) for values in agents]
    realms = world(*agents, **FIGHT | settings)
    for slot, experience in enumerate(learned):
        for skill, amount in experience.items():
            realms.state.skills[0, slot].experience[skill] = amount
    realms.observe()
    return realms


def damage(style, attacker, victim, **settings):
    """Let one agent hit another, and say how much damage it did."""
    realms = skilled({"experience": attacker}, {"experience": victim}, **settings)
    return int(play(realms, attacks={0: (style, 1)})[0].damage_dealt)


def known(realms, slot):
    return realms.state.skills[0, slot]


# -- Levels ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "experience"),
    [*enumerate((0, 90, 217, 373, 553, 754, 974, 1212, 1467, 1737), start=1)],
)
def test_a_level_is_reached_with_its_experience_and_not_before(level, experience):
    assert level_of(experience) == level
    assert level_of(experience - 1) == max(1, level - 1)
    assert level_of(MOST_EXPERIENCE) == 10


def test_there_are_eight_skills_of_which_three_are_the_styles():
    names = "melee range mage fishing herbalism prospecting carving alchemy"
    assert [skill.name.lower() for skill in Skill] == names.split()
    assert [Skill(style) for style in (MELEE, RANGE, MAGE)] == [
        Skill.MELEE,
        Skill.RANGE,
        Skill.MAGE,
    ]


@pytest.mark.parametrize(
    ("experience", "style"),
    [
        ((0, 0, 0), MELEE),
        ((5, 5, 5), MELEE),
        ((5, 6, 6), RANGE),
        ((6, 5, 7), MAGE),
        ((7, 7, 8), MAGE),
    ],
)
def test_the_main_style_has_the_most_experience_and_of_equal_ones_is_the_first(experience, style):
    assert main_style(*experience) == style


def test_mage_beats_melee_beats_range_beats_mage():
    assert (BEATEN[MAGE], BEATEN[MELEE], BEATEN[RANGE]) == (MELEE, RANGE, MAGE)


# -- Damage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("style", [MELEE, RANGE, MAGE])
@pytest.mark.parametrize(
    ("own", "expected"),
    [(0, 10), (90, 15), (1737, 55)],  # 10 + 5 × level − 5, at levels 1, 2 and 10
)
def test_offence_grows_by_five_with_each_level_in_the_style(style, own, expected):
    assert damage(style, {style: own}, {}) == expected


def test_levels_in_other_styles_add_no_offence():
    assert damage(MELEE, {RANGE: 1737, MAGE: 1737, Skill.FISHING: 1737}, {}) == 10


@pytest.mark.parametrize("main", [MELEE, RANGE, MAGE])
def test_defence_is_five_for_each_level_in_the_main_style(main):
    assert damage(main, {main: 754}, {main: 217}) == 10 + 5 * 6 - 5 * 3
    assert damage(main, {main: 754}, {main: 217, Skill.CARVING: 1737}) == 10 + 5 * 6 - 5 * 3


def test_a_quarter_of_the_offence_is_done_at_least():
    assert damage(MELEE, {}, {MELEE: 1737}) == 3  # ⌊15 / 4⌋, though 15 − 50 < 0
    assert damage(MELEE, {MELEE: 90}, {MELEE: 1737}) == 5  # ⌊20 / 4⌋


@pytest.mark.parametrize(
    ("style", "main"), [(MAGE, MELEE), (MELEE, RANGE), (RANGE, MAGE)], ids=lambda it: it.name
)
def test_an_attack_on_a_weak_main_style_has_one_and_a_half_times_the_offence(style, main):
    assert damage(style, {}, {main: 6}) == 17  # ⌊1.5 × 15⌋ − 5
    assert damage(main, {}, {style: 6}) == 10  # the other way round: 15 − 5
    assert damage(style, {}, {style: 6}) == 10


def test_the_least_damage_is_a_quarter_of_the_offence_itself():
    assert damage(MAGE, {}, {MELEE: 1737}) == 3  # ⌊1.5 × 15⌋ − 50 < ⌊15 / 4⌋


def test_nobody_is_weak_without_experience_in_fights():
    assert damage(MAGE, {}, {}) == 10  # melee is its main style by default
    assert damage(MAGE, {}, {Skill.FISHING: 90}) == 10


def test_npcs_have_no_main_style_and_agents_no_power():
    realms = skilled({}, npcs=({**HUNTER, "kind": Kind.PASSIVE, "style": MELEE, "power": 7},))
    event = play(realms, attacks={0: (MAGE, realms.config.max_agents)})[0]
    assert event.damage_dealt == 15 - 7


@pytest.mark.parametrize(
    ("experience", "expected"), [({}, 15), ({MELEE: 6}, 25), ({RANGE: 90}, 10)]
)
def test_npcs_hit_agents_by_the_same_rule(experience, expected):
    # Power 20: 20 − 5; mage beats melee: 30 − 5; level 2 in range: 20 − 10.
    realms = skilled({"experience": experience, "at": (10, 10)}, npcs=(HUNTER,))
    assert play(realms)[0].damage_taken == expected


@pytest.mark.parametrize(("drain", "drained"), [(0.0, 0), (0.29, 2), (1.0, 10), (0.999, 9)])
def test_a_hit_drains_by_its_damage(drain, drained):
    # ⌊10 × 0.29⌋ = 2, ⌊10 × 0.999⌋ = 9
    realms = skilled({"food": 1, "water": 1}, {}, drain=drain)
    event = play(realms, attacks={0: (MELEE, 1)})[0]
    assert (event.food_drained, event.water_drained) == (drained, drained)


# -- Experience -----------------------------------------------------------------------------


@pytest.mark.parametrize("style", [MELEE, RANGE, MAGE])
def test_an_attack_gives_six_experience_in_its_style(style):
    realms = skilled({}, {})
    play(realms, attacks={0: (style, 1)}, ticks=2)
    assert known(realms, 0).experience.tolist() == [12 * (skill == style) for skill in range(8)]
    assert not known(realms, 1).experience.any()


def test_an_attack_that_does_not_land_teaches_nothing():
    realms = skilled({"at": (10, 10)}, {"at": (10, 14)})
    play(realms, attacks={0: (MELEE, 1)})  # 4 tiles away, reach 3
    assert not realms.state.skills["experience"].any()
    assert not realms.state.skills["combat_until"].any()


def test_attacks_on_npcs_teach_too():
    realms = skilled({}, npcs=({},))
    play(realms, attacks={0: (RANGE, realms.config.max_agents)})
    assert known(realms, 0).experience[RANGE] == 6


@pytest.mark.parametrize("first", [0, 1])
def test_what_a_tick_teaches_counts_from_the_next_one(first):
    # Both would reach level 2 by their hit; served first or second, each does 15 − 5.
    realms = skilled({"experience": {MELEE: 84}}, {"experience": {MELEE: 84}})
    serve_from(realms, first)
    events = play(realms, attacks={0: (MELEE, 1), 1: (MELEE, 0)})
    assert [events[slot].damage_dealt for slot in (0, 1)] == [10, 10]
    events = play(realms, attacks={0: (MELEE, 1), 1: (MELEE, 0)})
    assert [events[slot].damage_dealt for slot in (0, 1)] == [20 - 10, 20 - 10]


def test_experience_is_not_counted_beyond_its_most():
    realms = skilled({"experience": {MELEE: MOST_EXPERIENCE - 4}}, {})
    play(realms, attacks={0: (MELEE, 1)})
    assert known(realms, 0).experience[MELEE] == MOST_EXPERIENCE


def test_a_life_begins_without_experience():
    realms = skilled({"experience": {MELEE: 90}, "health": 1}, {}, births=1)
    play(realms, attacks={1: (MELEE, 0)})
    assert agent(realms, 0).age == 0  # born in the same slot
    assert not known(realms, 0).experience.any()
    assert known(realms, 0).combat_until == 0


# -- Combat ---------------------------------------------------------------------------------


def test_agents_are_in_combat_for_three_ticks_after_an_attack_made_or_suffered():
    realms = skilled({}, {}, {"at": (4, 4)})
    play(realms, attacks={0: (MELEE, 1)})
    seen = []
    for _ in range(4):
        seen.append([int(stim(realms, slot).standing[-1]) for slot in range(3)])
        play(realms)
    assert seen == [[1, 1, 0]] * 3 + [[0, 0, 0]]


@pytest.mark.parametrize("power", [0, 20])
def test_a_hit_by_an_npc_is_combat_too(power):
    realms = skilled({"at": (10, 10)}, npcs=({**HUNTER, "power": power},))
    play(realms)
    assert stim(realms, 0).standing[-1] == 1


# -- Observed -------------------------------------------------------------------------------


def test_each_agent_observes_its_own_levels():
    realms = skilled({"experience": {MAGE: 90, Skill.ALCHEMY: 1737}})
    assert dict(zip(STANDING, stim(realms, 0).standing.tolist(), strict=True)) == {
        "melee": 1,
        "range": 1,
        "mage": 2,
        "fishing": 1,
        "herbalism": 1,
        "prospecting": 1,
        "carving": 1,
        "alchemy": 10,
        "in_combat": 0,
    }


def test_others_observe_an_agents_level_and_main_style():
    realms = skilled({}, {"experience": {RANGE: 217, Skill.FISHING: 553}}, npcs=({"style": MAGE},))
    assert stim(realms, 0).traits.tolist() == [[0, 1, 0], [0, 5, RANGE], [1, 1, MAGE]]


def test_without_skills_agents_among_npcs_show_no_level():
    realms = world({}, npcs=({},))
    assert stim(realms, 0).traits[0].tolist() == [0, 0, 0]
    assert stim(realms, 0).standing.shape == (0,)


# -- Records --------------------------------------------------------------------------------


def test_the_record_of_a_life_holds_its_experience():
    realms = skilled({"experience": {MELEE: 90}, "health": 1}, {"experience": {MAGE: 7}})
    play(realms, attacks={1: (MAGE, 0)})
    ended, running = realms.take_lives(), realms.censored()
    assert ended.dtype == running.dtype == life_in(realms.config)
    assert ended["experience"].tolist() == [[90, 0, 0, 0, 0, 0, 0, 0]]
    assert running["experience"][0, MAGE] == 7 + 6
    assert ended["cause"].tolist() == [int(ended["cause"][0])] != [0]


def test_more_lives_than_there_is_room_for_keep_their_experience():
    small = Saga(max_agents=8, npcs=8, populations=1, map_size=24, border=4, births=8)
    realms = Realms(small.replace(professions=False))  # so that nothing else teaches
    realms.state.agents["health"] = 1
    for _ in range(80):
        realms.state.skills["experience"][:, :8][realms.state.agents["alive"][:, :8]] = 5
        realms.state.lives["hits_dealt"] = 0
        realms.state.agents["food"] = realms.state.agents["water"] = 0
        realms.state.agents["health"] = np.minimum(realms.state.agents["health"], 1)
        realms.observe()
        play(realms)
    lives = realms.take_lives()
    assert len(lives) > 8 + 64  # the room at first
    assert (lives["experience"] == 5).all()


def test_lives_without_skills_have_the_columns_of_life_alone():
    assert life_in(Chaos()) is life_in(Law()) is LIFE


def test_realms_that_move_forget_what_was_learned():
    realms = Realms(Saga(max_agents=8, populations=1, map_size=24, border=4, map_epochs=1))
    realms.state.skills["experience"][0, 0] = 90
    left = realms.move({0: 3})
    assert left["experience"].tolist() == [[90] * 8]
    assert not realms.state.skills["experience"].any()


# -- Settings -------------------------------------------------------------------------------


def test_skills_need_combat():
    with pytest.raises(ConfigError, match="skills needs combat"):
        Law(skills=True)


@pytest.mark.parametrize("drain", [0.30000000000000004, 1e-300])
def test_a_drain_with_too_many_decimals_is_refused_with_skills_only(drain):
    assert Chaos(drain=drain).drain == drain
    with pytest.raises(ConfigError, match="too many decimals for skills"):
        Chaos(drain=drain, skills=True)
