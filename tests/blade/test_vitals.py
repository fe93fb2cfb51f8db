"""Phase 4: live. Everybody's maxima are health 10, food 32, water 32."""

import pytest

from forge.blade.tiles import Cause, Tile
from tests.blade.worlds import (
    EAST,
    MELEE,
    agent,
    life,
    lives,
    play,
    serve_from,
    stores,
    tile,
    visits,
    world,
)

FOREST = {(10, 10): Tile.FOREST}
WATER = {(10, 11): Tile.WATER}


def test_a_still_agent_without_food_and_water_lives_36_ticks():
    realms = world({"age": 0})
    events = [play(realms)[0] for _ in range(36)]
    # 32 ticks empty both stores; tick 32 costs the first 2 of 10 health: 8, 6, 4, 2, 0 in tick 36.
    assert [bool(event.died) for event in events] == [False] * 35 + [True]
    assert life(realms).lifetime == 36


def test_without_food_alone_it_lives_41_ticks():
    realms = world({"age": 0}, tiles=WATER)
    play(realms, ticks=40)
    # Tick 32 costs the first of 10 health, tick 41 the tenth.
    assert play(realms)[0].died
    assert life(realms).cause == Cause.STARVED


def test_without_water_alone_it_lives_41_ticks():
    realms = world({"age": 0}, tiles=FOREST, regrowth=1.0)
    play(realms, ticks=40)
    assert play(realms)[0].died
    assert life(realms).cause == Cause.DEHYDRATED


def test_age_grows_by_1_for_everyone_alive_when_the_tick_began():
    realms = world({"age": 3}, {"age": 7, "freeze": 2}, {"age": 0})
    play(realms)
    assert [int(agent(realms, slot).age) for slot in range(3)] == [4, 8, 1]


def test_the_tick_of_death_counts_in_the_lifetime():
    realms = world({"age": 20}, {"age": 30}, tiles={(10, 11): Tile.LAVA})
    play(realms, moves={0: EAST}, attacks={0: (MELEE, 1)})
    # One walks into lava, the other is slain: 20 + 1 and 30 + 1 ticks.
    assert [record.lifetime for record in lives(realms).values()] == [21, 31]


def test_freeze_falls_by_1_and_not_below_0():
    realms = world({"freeze": 2}, {"freeze": 1}, {"freeze": 0})
    play(realms)
    assert [int(agent(realms, slot).freeze) for slot in range(3)] == [1, 0, 0]


def test_lava_ends_the_turn():
    tiles = {(10, 11): Tile.LAVA, (9, 11): Tile.WATER}
    realms = world({"food": 1}, tiles=tiles)
    events = play(realms, moves={0: EAST})
    # Beside water, but dead before it drinks; dead of lava, not of hunger.
    assert (events[0].drank, events[0].cause, life(realms).drinks) == (False, Cause.LAVA, 0)


def test_lava_kills_at_full_health():
    realms = world({}, tiles={(10, 10): Tile.LAVA})
    assert play(realms)[0].died


@pytest.mark.parametrize(("food", "after"), [(0, 4), (10, 14), (27, 31), (28, 31), (32, 31)])
def test_a_harvest_gives_5_food_up_to_the_maximum(food, after):
    realms = world({"food": food}, tiles=FOREST)
    # min(food + 5, 32) − 1
    assert play(realms)[0].harvested
    assert agent(realms, 0).food == after


def test_a_harvested_tile_turns_to_scrub():
    realms = world({}, tiles=FOREST)
    play(realms)
    assert tile(realms, 10, 10) == Tile.SCRUB


def test_a_full_agent_harvests_too():
    realms = world({"food": 32}, tiles=FOREST)
    play(realms)
    assert (life(realms).harvests, tile(realms, 10, 10)) == (1, Tile.SCRUB)


@pytest.mark.parametrize("kind", [Tile.SCRUB, Tile.GRASS])
def test_scrub_and_grass_give_nothing(kind):
    realms = world({"food": 9}, tiles={(10, 10): kind})
    assert not play(realms)[0].harvested
    assert agent(realms, 0).food == 8


def test_forest_beside_is_not_harvested():
    realms = world({"food": 9}, tiles={(10, 11): Tile.FOREST})
    play(realms)
    assert (agent(realms, 0).food, tile(realms, 10, 11)) == (8, Tile.FOREST)


@pytest.mark.parametrize(("downwards", "winner"), [(False, 0), (True, 1)])
def test_of_two_on_one_forest_tile_the_first_served_harvests(downwards, winner):
    realms = world({}, {}, tiles=FOREST)
    serve_from(realms, winner, downwards)
    events = play(realms)
    assert [bool(events[slot].harvested) for slot in (0, 1)] == [winner == 0, winner == 1]


def test_harvest_comes_after_the_move():
    realms = world({}, tiles={(10, 11): Tile.FOREST})
    assert play(realms, moves={0: EAST})[0].harvested


@pytest.mark.parametrize("place", [(10, 11), (11, 10), (10, 9), (9, 10)])
def test_an_agent_beside_water_drinks_5(place):
    realms = world({"water": 10}, tiles={place: Tile.WATER})
    assert play(realms)[0].drank
    assert agent(realms, 0).water == 10 + 5 - 1


@pytest.mark.parametrize("place", [(9, 9), (9, 11), (11, 9), (11, 11), (10, 12), (12, 10)])
def test_water_at_a_corner_or_two_tiles_off_is_not_beside(place):
    realms = world({"water": 10}, tiles={place: Tile.WATER})
    assert not play(realms)[0].drank
    assert agent(realms, 0).water == 9


def test_two_waters_beside_give_one_drink():
    realms = world({"water": 10}, tiles={(10, 11): Tile.WATER, (10, 9): Tile.WATER})
    play(realms)
    assert (agent(realms, 0).water, life(realms).drinks) == (14, 1)


@pytest.mark.parametrize(("water", "after"), [(26, 30), (27, 31), (28, 31), (32, 31)])
def test_water_is_drunk_up_to_the_maximum(water, after):
    realms = world({"water": water}, tiles=WATER)
    assert play(realms)[0].drank
    assert agent(realms, 0).water == after


def test_water_is_endless():
    realms = world({}, {}, tiles=WATER)
    play(realms, ticks=20)
    assert [record.drinks for record in lives(realms).values()] == [20, 20]
    assert tile(realms, 10, 11) == Tile.WATER


@pytest.mark.parametrize(
    ("food", "water", "health"), [(17, 17, 6), (16, 32, 5), (32, 16, 5), (16, 16, 5), (32, 32, 6)]
)
def test_health_grows_if_both_stores_are_above_half(food, water, health):
    realms = world({"health": 5, "food": food, "water": water})
    play(realms)
    # 2 × 17 > 32, but 2 × 16 is not; judged before this tick's use.
    assert agent(realms, 0).health == health


def test_harvest_and_drink_come_before_healing():
    realms = world({"health": 5, "food": 12, "water": 12}, tiles=FOREST | WATER)
    play(realms)
    # 12 + 5 = 17 of each, which is above half.
    assert stores(realms, 0) == (6, 16, 16)


def test_health_does_not_grow_beyond_its_maximum():
    realms = world({"health": 10})
    play(realms)
    assert agent(realms, 0).health == 10


def test_half_of_an_odd_maximum_is_not_rounded():
    realms = world({"health": 1, "food": 2, "water": 2}, food=3, water=3)
    play(realms)
    # 2 × 2 > 3: two of three is above half.
    assert agent(realms, 0).health == 2


def test_food_and_water_fall_by_1_a_tick():
    realms = world({"food": 9, "water": 12})
    play(realms)
    assert stores(realms, 0) == (10, 8, 11)


@pytest.mark.parametrize(
    ("food", "water", "health"), [(2, 2, 9), (1, 9, 8), (9, 1, 8), (1, 1, 7), (0, 9, 8), (0, 0, 7)]
)
def test_each_store_that_is_now_0_costs_1_health_on_the_same_tick(food, water, health):
    realms = world({"health": 9, "food": food, "water": water})
    play(realms)
    assert stores(realms, 0) == (health, max(food - 1, 0), max(water - 1, 0))


def test_an_empty_store_that_is_filled_costs_nothing():
    realms = world({"health": 9, "food": 0, "water": 9}, tiles=FOREST)
    play(realms)
    assert stores(realms, 0) == (9, 4, 8)


def test_health_0_kills_and_health_1_does_not():
    realms = world({"health": 2, "food": 1, "water": 9}, {"health": 1, "food": 1, "water": 9})
    events = play(realms)
    assert [bool(events[slot].died) for slot in (0, 1)] == [False, True]


def test_health_never_falls_below_0():
    realms = world({"health": 1, "food": 1, "water": 1})
    assert play(realms)[0].died  # 1 − 2
    assert life(realms).cause == Cause.DEHYDRATED


@pytest.mark.parametrize(
    ("food", "water", "cause"),
    [(1, 3, Cause.STARVED), (3, 1, Cause.DEHYDRATED), (2, 2, Cause.DEHYDRATED)],
)
def test_the_store_that_emptied_earlier_names_the_cause(food, water, cause):
    realms = world({"health": 6, "food": food, "water": water})
    while not (events := play(realms))[0].died:
        pass
    # Equal ticks count as dehydrated.
    assert events[0].cause == cause


@pytest.mark.parametrize(
    ("food", "water", "cause"), [(1, 9, Cause.STARVED), (9, 1, Cause.DEHYDRATED)]
)
def test_a_store_that_is_not_empty_does_not_name_the_cause(food, water, cause):
    realms = world({"health": 1, "food": food, "water": water})
    agent(realms, 0).food_empty = agent(realms, 0).water_empty = 0
    assert play(realms)[0].cause == cause


def test_only_the_last_time_a_store_became_empty_counts():
    # Food is empty in tick 1, filled by a harvest in tick 2, empty again in tick 6 (4, 3, 2, 1, 0);
    # water is empty in tick 4 and then for good, so it named the cause though food was first.
    realms = world({"food": 1, "water": 4}, tiles={(10, 11): Tile.FOREST}, regrowth=0.0)
    play(realms)
    play(realms, moves={0: EAST})
    while not (events := play(realms))[0].died:
        pass
    assert events[0].cause == Cause.DEHYDRATED


def test_the_tick_in_which_a_store_became_empty_is_kept():
    realms = world({"food": 2, "water": 3})
    play(realms, ticks=4)
    assert (agent(realms, 0).food_empty, agent(realms, 0).water_empty) == (2, 3)


def test_a_slain_agent_neither_harvests_nor_drinks_nor_eats_up_its_stores():
    realms = world({}, {"at": (10, 11)}, tiles=FOREST | {(9, 10): Tile.WATER})
    events = play(realms, attacks={1: (MELEE, 0)})
    assert (events[0].harvested, events[0].drank) == (False, False)
    assert tile(realms, 10, 10) == Tile.FOREST


def test_ticks_on_sum_to_the_lifetime():
    realms = world({"at": (10, 8), "age": 0}, tiles={(10, 10): Tile.FOREST, (10, 14): Tile.LAVA})
    while not play(realms, moves={0: EAST})[0].died:
        pass
    # Grass at columns 9, 11, 12, 13; forest at 10 (judged before its harvest); lava at 14.
    record = life(realms)
    assert record.ticks_on.tolist() == [1, 0, 4, 1, 0, 0]
    assert record.ticks_on.sum() == record.lifetime == 6


def test_ticks_on_a_harvested_tile_count_as_scrub_from_the_next():
    realms = world({"age": 0}, tiles=FOREST, regrowth=0.0)
    play(realms, ticks=3)
    assert life(realms).ticks_on[[Tile.FOREST, Tile.SCRUB]].tolist() == [1, 2]


def test_distinct_tiles_count_once_by_their_kind_at_first_visit():
    realms = world({"age": 0}, tiles=FOREST, regrowth=0.0)
    play(realms, ticks=3)
    play(realms, moves={0: EAST}, ticks=2)
    assert life(realms).distinct.tolist() == [0, 0, 2, 1, 0, 0]


def test_distinct_tiles_are_off_where_the_config_says_so():
    realms = world({}, distinct_tiles="off")
    play(realms, ticks=3)
    assert life(realms).distinct.sum() == realms.state.seen.size == 0


def test_visits_are_counted_by_population_and_tile():
    realms = world({"population": 1}, {"population": 1}, {"population": 0, "at": (5, 5)})
    play(realms, ticks=3)
    assert (visits(realms, 1, 10, 10), visits(realms, 0, 5, 5)) == (6, 3)
    assert realms.state.visits[0].sum() == 9


def test_totals_of_a_population_are_the_sums_of_its_lives():
    realms = world({"age": 0}, {"age": 0}, tiles=FOREST | WATER, regrowth=0.0, immunity=0)
    play(realms, ticks=3)
    play(realms, attacks={1: (MELEE, 0)})
    totals, records = realms.state.tally[0, 0], lives(realms).values()
    assert totals.agent_ticks == sum(record.lifetime for record in records) == 8
    for name, total in {"harvests": 1, "drinks": 7, "kills": 1}.items():
        assert totals[name] == sum(record[name] for record in records) == total
    assert (totals.births, totals.deaths, totals.living, totals.lifetimes) == (2, 1, 1, 4)
