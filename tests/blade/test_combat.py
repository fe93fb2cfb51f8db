"""Phase 1: attack. Agents of ``world`` have health 10, food 32, water 32 and age 20 if not given.

A tick also costs everyone 1 food and 1 water (phase 4), which the arithmetic below includes. Who
has more than half of both stores heals 1, up to 10.
"""

import pytest

from forge.blade.rules import rules
from forge.blade.tiles import Cause, Move, Style
from forge.config import Config
from tests.blade.naive import most_drained
from tests.blade.worlds import (
    EAST,
    MAGE,
    MELEE,
    RANGE,
    WEST,
    agent,
    lives,
    place_of,
    play,
    serve_from,
    stim,
    stores,
    world,
)

REACH = {MELEE: 1, RANGE: 2, MAGE: 3}
STYLES = [MELEE, RANGE, MAGE]
OFFSETS = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("offset", OFFSETS)
def test_an_attack_lands_at_its_reach_in_chebyshev_distance(style, offset):
    row, col = (10 + REACH[style] * step for step in offset)
    realms = world({}, {"at": (row, col), "population": 1})
    events = play(realms, attacks={0: (style, 1)})
    assert events[0].hits == 1


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("offset", OFFSETS)
def test_an_attack_from_one_tile_further_misses(style, offset):
    row, col = (10 + (REACH[style] + 1) * step for step in offset)
    realms = world({}, {"at": (row, col), "population": 1})
    events = play(realms, attacks={0: (style, 1)})
    assert (events[0].hits, events[1].damage_taken) == (0, 0)


@pytest.mark.parametrize("style", STYLES)
def test_an_attack_lands_on_the_same_tile(style):
    realms = world({}, {})
    assert play(realms, attacks={0: (style, 1)})[0].hits == 1


@pytest.mark.parametrize(("style", "damage"), [(RANGE, 2), (MAGE, 1)])
def test_a_hit_takes_its_damage_in_health_food_and_water(style, damage):
    realms = world({}, {"food": 15, "water": 14})
    play(realms, attacks={0: (style, 1)})
    # Half of 32 is 16: no healing. 10 − damage; 15 − damage − 1; 14 − damage − 1.
    assert stores(realms, 1) == (10 - damage, 14 - damage, 13 - damage)


def test_melee_deals_10_and_so_kills_a_healthy_agent():
    realms = world({}, {})
    events = play(realms, attacks={0: (MELEE, 1)})
    assert (events[1].died, events[1].cause, events[1].killer) == (True, Cause.SLAIN, 0)
    assert (events[0].damage_dealt, events[1].damage_taken, events[0].kills) == (10, 10, 1)


def test_the_attacker_gains_what_it_drains():
    realms = world({"food": 10, "water": 5}, {})
    play(realms, attacks={0: (MELEE, 1)})
    # 10 + 10 − 1 food, 5 + 10 − 1 water.
    assert stores(realms, 0)[1:] == (19, 14)


def test_a_hit_drains_no_more_than_the_victim_has_left():
    realms = world({"food": 10, "water": 10}, {"food": 4, "water": 7})
    events = play(realms, attacks={0: (MELEE, 1)})
    # min(10, 4) = 4 and min(10, 7) = 7: 10 + 4 − 1 = 13, 10 + 7 − 1 = 16.
    assert stores(realms, 0)[1:] == (13, 16)
    assert (events[0].food_drained, events[0].water_drained) == (4, 7)


def test_what_exceeds_the_attackers_maximum_is_lost():
    realms = world({"food": 31, "water": 32}, {})
    events = play(realms, attacks={0: (RANGE, 1)})
    # 31 + 2 → 32, 32 + 2 → 32, then −1; the victim lost 2 + 1 of each all the same.
    assert stores(realms, 0)[1:] == (31, 31)
    assert stores(realms, 1)[1:] == (29, 29)
    assert (events[0].food_drained, events[0].water_drained) == (2, 2)


def test_food_and_water_each_have_their_own_maximum():
    realms = world({"food": 3, "water": 3}, {"food": 4, "water": 9}, food=4, water=9)
    play(realms, attacks={0: (RANGE, 1)})
    # min(3 + 2, 4) − 1 and min(3 + 2, 9) − 1.
    assert stores(realms, 0)[1:] == (3, 4)


@pytest.mark.parametrize(
    ("drain", "style", "taken"),
    [(0.0, RANGE, 0), (0.5, RANGE, 1), (0.5, MAGE, 0), (1.5, MAGE, 1), (2.0, RANGE, 4)],
)
def test_drain_is_damage_times_the_setting_rounded_down(drain, style, taken):
    realms = world({}, {"food": 9, "water": 9}, drain=drain)
    play(realms, attacks={0: (style, 1)})
    # Range deals 2, mage 1: ⌊2 × 0.5⌋ = 1, ⌊1 × 0.5⌋ = 0, ⌊1 × 1.5⌋ = 1, ⌊2 × 2⌋ = 4.
    assert stores(realms, 1)[1:] == (9 - taken - 1, 9 - taken - 1)


def test_drain_is_the_fraction_that_is_written():
    # 100 × 0.29 = 29, where floats make 28.999999999999996 of it; 10 × 0.9999999999 < 10.
    for damage, drain, most in ((100, 0.29, 29), (10, 0.9999999999, 9), (100, 0.57, 57)):
        config = Config(melee_damage=damage, drain=drain)
        assert rules(config)[0].drained[MELEE] == most == most_drained(damage, drain)


def test_twin_and_world_drain_the_same():
    compared = 0
    for hundredths in range(0, 1000, 7):
        damages = {"melee_damage": 100, "range_damage": hundredths, "mage_damage": 43}
        config = Config(drain=hundredths / 100, **damages)
        for damage, drained in zip(damages.values(), rules(config)[0].drained, strict=True):
            assert drained == most_drained(damage, config.drain)
            compared += 1
    assert compared == 3 * 143


def test_two_who_drain_one_victim_are_served_in_order():
    realms = world({"food": 9}, {"food": 9}, {"food": 3})
    serve_from(realms, 0)
    events = play(realms, attacks={0: (RANGE, 2), 1: (RANGE, 2)})
    # Slot 0 takes min(2, 3) = 2, slot 1 the last one.
    assert (events[0].food_drained, events[1].food_drained) == (2, 1)


def test_two_who_drain_one_victim_are_served_downwards_too():
    realms = world({"food": 9}, {"food": 9}, {"food": 3})
    serve_from(realms, 1, downwards=True)
    events = play(realms, attacks={0: (RANGE, 2), 1: (RANGE, 2)})
    assert (events[0].food_drained, events[1].food_drained) == (1, 2)


def test_serving_wraps_round_the_slots():
    realms = world({}, {}, {"food": 3})
    serve_from(realms, 5)  # 5, 6, 7, 0, 1, 2
    events = play(realms, attacks={0: (RANGE, 2), 1: (RANGE, 2)})
    assert (events[0].food_drained, events[1].food_drained) == (2, 1)


def test_food_drained_earlier_in_the_tick_can_be_drained_on():
    realms = world({"food": 0}, {"food": 0}, {"food": 10})
    serve_from(realms, 1)  # 1 drains 2 of slot 2; wrapping on, 0 then drains these 2 of slot 1
    play(realms, attacks={1: (RANGE, 2), 0: (RANGE, 1)})
    # Each then uses 1: slot 0 has 2 − 1, slot 1 has 0.
    assert (agent(realms, 0).food, agent(realms, 1).food) == (1, 0)


def test_a_store_emptied_by_drain_costs_health_in_the_same_tick():
    realms = world({}, {"food": 2})
    play(realms, attacks={0: (RANGE, 1)})
    # Health 10 − 2 damage − 1 for the empty store; food 2 − 2; water 32 − 2 − 1.
    assert stores(realms, 1) == (7, 0, 29)


def test_a_store_emptied_by_drain_keeps_that_tick():
    realms = world({}, {"food": 2})
    play(realms)
    play(realms, attacks={0: (RANGE, 1)})
    play(realms, ticks=2)
    # Tick 1 leaves 1 food, of which tick 2 drains the last.
    assert agent(realms, 1).food_empty == 2


def test_two_can_kill_each_other_in_one_tick():
    realms = world({}, {})
    events = play(realms, attacks={0: (MELEE, 1), 1: (MELEE, 0)})
    assert (events[0].died, events[0].killer) == (True, 1)
    assert (events[1].died, events[1].killer) == (True, 0)


@pytest.mark.parametrize("downwards", [False, True])
def test_those_slain_earlier_in_the_phase_still_strike(downwards):
    realms = world({"health": 1}, {}, {"health": 5})
    serve_from(realms, 1, downwards)
    events = play(realms, attacks={1: (MELEE, 0), 0: (MELEE, 2)})
    assert (events[0].killer, events[2].killer) == (1, 0)


def test_the_killer_is_whose_hit_first_brought_health_to_0():
    realms = world({"health": 3}, {}, {}, {})
    serve_from(realms, 1)
    events = play(realms, attacks={1: (MAGE, 0), 2: (RANGE, 0), 3: (MELEE, 0)})
    # 3 − 1 = 2, 2 − 2 = 0: slot 2, though slot 3 hit harder afterwards.
    assert (events[0].killer, events[0].damage_taken) == (2, 1 + 2 + 10)
    assert [events[slot].kills for slot in (1, 2, 3)] == [0, 1, 0]


def test_the_killer_depends_on_the_serving_order():
    realms = world({"health": 3}, {}, {}, {})
    serve_from(realms, 3, downwards=True)
    events = play(realms, attacks={1: (MAGE, 0), 2: (RANGE, 0), 3: (MELEE, 0)})
    assert events[0].killer == 3


def test_health_1_left_is_alive():
    realms = world({}, {"health": 3, "food": 10})
    events = play(realms, attacks={0: (RANGE, 1)})
    # 3 − 2 = 1; with 10 − 2 ≤ 16 food nothing heals.
    assert not events[1].died
    assert agent(realms, 1).health == 1


def test_health_exactly_0_is_dead():
    realms = world({}, {"health": 2})
    events = play(realms, attacks={0: (RANGE, 1)})
    assert (events[1].died, events[1].cause) == (True, Cause.SLAIN)


def test_damage_taken_is_the_sum_of_the_nominal_damage_of_all_hits():
    realms = world({"health": 3}, {}, {})
    events = play(realms, attacks={1: (MELEE, 0), 2: (MELEE, 0)})
    assert events[0].damage_taken == 20


def test_damage_is_observed_one_tick_long():
    realms = world({}, {"food": 10}, {})
    play(realms, attacks={0: (RANGE, 1), 2: (MAGE, 1)})
    assert agent(realms, 1).damage == 3
    play(realms)
    assert agent(realms, 1).damage == 0


@pytest.mark.parametrize("style", STYLES)
def test_an_agent_below_age_15_takes_no_damage_no_drain_no_freeze(style):
    realms = world({}, {"age": 14, "food": 9, "water": 9})
    events = play(realms, attacks={0: (style, 1)})
    assert stores(realms, 1) == (10, 8, 8)
    assert (agent(realms, 1).freeze, agent(realms, 1).damage) == (0, 0)
    assert (events[0].hits, events[0].food_drained) == (0, 0)


@pytest.mark.parametrize("style", STYLES)
def test_an_agent_of_age_15_can_be_hit(style):
    realms = world({}, {"age": 15})
    assert play(realms, attacks={0: (style, 1)})[0].hits == 1


def test_an_immune_agent_may_attack():
    realms = world({"age": 0}, {})
    assert play(realms, attacks={0: (MELEE, 1)})[1].died


@pytest.mark.parametrize("style", STYLES)
def test_members_of_one_population_can_hurt_each_other(style):
    realms = world({"population": 1}, {"population": 1})
    assert play(realms, attacks={0: (style, 1)})[0].hits == 1


@pytest.mark.parametrize(("population", "hits"), [(0, 0), (1, 1)])
def test_a_setting_forbids_friendly_fire(population, hits):
    realms = world({"population": 0}, {"population": population}, friendly_fire=False)
    assert play(realms, attacks={0: (RANGE, 1)})[0].hits == hits


def test_attacking_oneself_is_no_attack():
    realms = world({"food": 10})
    events = play(realms, attacks={0: (MELEE, 0)})
    assert (events[0].hits, events[0].damage_taken) == (0, 0)
    assert stores(realms, 0) == (10, 9, 31)


def test_in_law_attacks_do_nothing():
    realms = world({}, {}, combat=False)
    events = play(realms, attacks={0: (MELEE, 1)})
    assert (events[0].hits, stores(realms, 1)) == (0, (10, 31, 31))
    assert not realms.observation.can_attack.any()


def test_a_victim_that_walks_away_is_hit_where_it_was_observed():
    realms = world({}, {"at": (10, 11)})
    events = play(realms, moves={1: EAST}, attacks={0: (MELEE, 1)})
    assert events[1].died


def test_an_attacker_that_approaches_reaches_only_what_it_reached_before():
    realms = world({}, {"at": (10, 12)})
    events = play(realms, moves={0: EAST, 1: WEST}, attacks={0: (MELEE, 1)})
    assert (events[0].hits, place_of(realms, 0)) == (0, (10, 11))


def test_an_attacker_moves_in_the_tick_of_its_attack():
    realms = world({}, {"at": (10, 11)})
    play(realms, moves={0: WEST}, attacks={0: (MELEE, 1)})
    assert place_of(realms, 0) == (10, 9)


def test_only_mage_freezes():
    realms = world({}, {}, {})
    play(realms, attacks={0: (RANGE, 1)})
    assert agent(realms, 1).freeze == 0


def test_the_record_counts_hits_and_damage_by_style():
    realms = world({}, {"health": 9})
    play(realms, attacks={0: (RANGE, 1), 1: (MAGE, 0)})
    play(realms, attacks={0: (RANGE, 1)})
    one, other = lives(realms).values()
    assert one.hits_dealt.tolist() == other.hits_taken.tolist() == [0, 2, 0]
    assert one.damage_dealt.tolist() == other.damage_taken.tolist() == [0, 4, 0]
    assert other.damage_dealt.tolist() == one.damage_taken.tolist() == [0, 0, 1]


def test_the_record_counts_kills_and_what_was_drained():
    realms = world({}, {"food": 3, "water": 32})
    play(realms, attacks={0: (MELEE, 1)})
    record = lives(realms)[0]
    assert (record.kills, record.food_drained, record.water_drained) == (1, 3, 10)
    assert realms.state.tally[0, 0].kills == 1


@pytest.mark.parametrize(
    ("victims", "hit"),
    [
        ([{"health": 5}, {"health": 4}, {"health": 4, "at": (10, 11)}], 2),  # lowest health
        ([{"health": 4, "at": (10, 11)}, {"health": 4}, {"health": 5}], 2),  # then nearest
        ([{"health": 4}, {"health": 4}, {"health": 4}], 1),  # then lowest slot
        ([{"health": 1, "age": 14}, {"health": 9}, {"health": 1, "at": (10, 13)}], 2),  # in reach
    ],
)
@pytest.mark.parametrize("target", [0, 3])
def test_auto_target_hits_the_weakest_in_reach_whatever_target_is_given(victims, hit, target):
    realms = world({}, *victims, auto_target=True)
    events = play(realms, attacks={0: (RANGE, target)})
    assert [slot for slot in range(1, 4) if events[slot].damage_taken] == [hit]


def test_auto_target_hits_nobody_where_nobody_is_in_reach():
    realms = world({}, {"at": (10, 13)}, auto_target=True)
    assert play(realms, attacks={0: (RANGE, 1)})[0].hits == 0


def test_auto_target_leaves_it_to_the_policy_not_to_attack():
    assert play(world({}, {}, auto_target=True))[0].hits == 0


def test_weakest_is_judged_as_it_was_observed():
    realms = world({}, {"health": 6}, {"health": 5}, {}, auto_target=True)
    serve_from(realms, 3)  # slot 3 is served first and hits slot 2 as well
    events = play(realms, attacks={0: (RANGE, 1), 3: (RANGE, 1)})
    assert events[2].damage_taken == 4


def crowd():
    """Settle agents near each other that differ in age, population and distance."""
    places = [(10, 10), (10, 11), (11, 9), (8, 10), (10, 13), (14, 10), (10, 10), (7, 7)]
    return [
        {"at": at, "age": 14 + slot % 3, "population": slot % 2} for slot, at in enumerate(places)
    ]


@pytest.mark.parametrize("friendly_fire", [True, False])
@pytest.mark.parametrize("style", STYLES)
def test_the_mask_says_exactly_which_attacks_land(style, friendly_fire):
    realms = world(*crowd(), friendly_fire=friendly_fire)
    start = realms.snapshot()
    for attacker in range(8):
        seen = stim(realms, attacker)
        mask = dict(zip(seen.who.tolist(), seen.can_attack.copy(), strict=True))
        for victim in range(8):
            events = play(realms, attacks={attacker: (style, victim)})
            assert events[attacker].hits == mask[victim][style]
            realms.restore(start)


def test_each_mask_of_the_crowd_allows_some_attacks_and_forbids_some():
    masks = world(*crowd()).observation.can_attack
    # 3 of 8 are below 15 (slots 0, 3, 6 are 14 years old), the ends are out of reach of some.
    assert masks.any(axis=0).all()
    assert not masks.all(axis=0).any()
    assert not masks[world(*crowd()).observation.offsets[:-1]].any()  # nobody itself


def test_the_names_of_styles_and_moves_count_from_their_columns():
    assert [int(style) for style in (Style.NONE, *STYLES)] == [-1, 0, 1, 2]
    assert [move.name for move in Move] == ["STAY", "EAST", "SOUTH", "WEST", "NORTH"]
