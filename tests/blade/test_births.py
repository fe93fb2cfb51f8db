"""Phase 5, second half: newborns enter on the spawn ring."""

from collections import Counter

import numpy as np
import pytest

from forge.blade.realm import Realms
from forge.blade.rules import spawn_ring
from forge.blade.streams import WORLD
from forge.blade.tiles import Tile
from forge.config import Chaos, Config
from tests.blade.naive import Naive
from tests.blade.naive_streams import Stream
from tests.blade.worlds import BORDER, EAST, MELEE, SIZE, agent, field, play, world

FIRST, LAST = BORDER, SIZE - 1 - BORDER


def test_a_newborn_is_young_and_full():
    realms = world(births=1)
    one = agent(realms, 0)
    assert (one.health, one.food, one.water, one.age) == (10, 32, 32, 0)
    assert (one.freeze, one.damage, one.food_empty, one.water_empty) == (0, 0, 0, 0)


def test_the_ring_has_244_distinct_tiles():
    ring = spawn_ring(80, 9)
    # 62 × 62 tiles less 60 × 60.
    assert len({tuple(tile) for tile in ring.tolist()}) == len(ring) == 244
    assert ring.min() == 9
    assert ring.max() == 70


def test_the_ring_is_listed_row_by_row():
    ring = spawn_ring(7, 1)
    assert ring.tolist() == sorted(ring.tolist())


@pytest.mark.parametrize(("size", "border"), [(80, 9), (21, 2), (9, 3), (8, 1)])
def test_the_ring_lies_just_inside_the_border(size, border):
    naive = Naive(Config(map_size=size, border=border, melee_reach=0), [], [], [])
    assert [tuple(tile) for tile in spawn_ring(size, border).tolist()] == naive.ring()


def test_every_newborn_stands_on_the_ring():
    realms = world(births=4, max_agents=100, populations=1)
    play(realms, ticks=24)
    born = realms.state.agents[0]
    at_birth = born[born["age"] >= 0]
    edges = [(row, col) for row, col in zip(at_birth["row"], at_birth["col"], strict=True)]
    assert len(edges) == 100
    assert all(FIRST in edge or LAST in edge for edge in edges)


def test_every_tile_of_the_ring_can_be_a_birthplace():
    config = Config(map_size=8, border=2, births=150, max_agents=150, populations=1)
    born = Realms(config, terrain=field(config)[None]).state.agents[0]
    # The ring of a 4 × 4 square has 12 tiles; one is missed with chance 12 × (11/12)^150 < 1e-4.
    counts = Counter(zip(born["row"].tolist(), born["col"].tolist(), strict=True))
    assert sorted(counts) == [tuple(tile) for tile in spawn_ring(8, 2).tolist()]
    # 150 / 12 = 12.5 each, with a deviation of 3.4.
    assert max(counts.values()) < 12.5 + 5 * 3.4


def test_occupied_tiles_are_allowed():
    config = Config(map_size=8, border=2, births=13, max_agents=13, populations=1)
    realms = Realms(config, terrain=field(config)[None])
    # 13 agents on 12 tiles.
    assert realms.state.clock[0].living == 13
    assert realms.state.crowd.max() >= 2


def test_a_realm_starts_with_one_birth_phase():
    realms = world(births=3, max_agents=8)
    assert (realms.state.clock[0].living, realms.state.clock[0].tick) == (3, 0)
    assert len(realms.observation) == 3


def test_any_number_of_births_is_bounded_by_the_places():
    realms = world(births=2**40, max_agents=8)
    assert len(realms.observation) == 8


@pytest.mark.parametrize("births", [0, 1, 2, 5])
def test_at_most_the_set_number_is_born_in_a_tick(births):
    realms = world(births=births)
    living = [int(realms.state.clock[0].living)]
    for _ in range(4):
        play(realms)
        living.append(int(realms.state.clock[0].living))
    assert living == [min(8, births * ticks) for ticks in range(1, 6)]


def test_one_is_born_a_tick_by_default():
    assert Config().births == 1


def test_nobody_is_born_while_max_agents_live():
    realms = world(births=1, max_agents=2)
    play(realms, ticks=5)
    assert (realms.state.clock[0].living, realms.state.clock[0].next_id) == (2, 2)


def test_a_newborn_takes_the_lowest_free_slot():
    realms = world({}, {"age": 99}, {}, tiles={(10, 11): Tile.LAVA}, births=1)
    play(realms, moves={0: EAST, 2: EAST})
    # Slots 0 and 2 fall free in this tick; its one newborn takes slot 0, the next slot 2.
    assert (agent(realms, 0).age, agent(realms, 1).age, agent(realms, 2).alive) == (0, 100, False)
    play(realms)
    assert (agent(realms, 2).alive, agent(realms, 2).age) == (True, 0)


def test_an_id_is_never_used_twice():
    realms = world(births=2, max_agents=3, food=1, water=1, health=2)
    seen = []
    for _ in range(30):
        seen += realms.observation.ent["id"].tolist()
        play(realms)
    # Ids count births: each is observed for as many ticks as it lives, then never again.
    assert max(seen) + 1 >= len(set(seen)) > 30
    assert sorted(set(seen)) == list(range(max(seen) + 1))


@pytest.mark.parametrize(
    ("agents", "populations", "places"),
    [(8, 2, [4, 4]), (8, 3, [3, 3, 2]), (5, 5, [1] * 5), (7, 4, [2, 2, 2, 1])],
)
def test_places_are_shared_out_as_evenly_as_it_goes(agents, populations, places):
    realms = world(births=agents, max_agents=agents, populations=populations)
    assert realms.living(0).tolist() == places


def test_the_population_is_uniform_among_those_with_a_free_place():
    config = Chaos(map_size=SIZE, border=BORDER, max_agents=4, populations=4)
    terrain = np.repeat(field(config)[None], 800, axis=0)
    realms = Realms(config, 3, range(800), maps=[0] * 800, terrain=terrain)
    counts = np.bincount(realms.state.agents["population"][:, 0])
    # 800 first births: 200 of each population, with a deviation of √(800 × ¼ × ¾) = 12.
    assert abs(counts - 200).max() < 60


def test_a_population_without_a_free_place_gets_nobody():
    realms = world(*[{"population": 0}] * 4, births=1)
    play(realms, ticks=4)
    assert realms.living(0).tolist() == [4, 4]


def test_a_birth_draws_its_population_then_its_tile():
    realms = world(births=1, seed=5)
    stream = Stream(world(births=0, seed=5).state.streams[0, WORLD])
    population, tile = stream.below(2), spawn_ring(SIZE, BORDER)[stream.below(64)]
    # The ring of the 17 × 17 square has 4 × 16 = 64 tiles.
    assert agent(realms, 0).population == population
    assert [agent(realms, 0).row, agent(realms, 0).col] == tile.tolist()
    assert realms.state.streams[0, WORLD].tolist() == stream.words


@pytest.mark.parametrize("population", [0.5, 1.0, None, "0", True, np.True_, [1], np.array(1)])
def test_what_is_no_number_of_a_population_is_refused(population):
    realms = world(births=0)
    before = realms.digest()
    with pytest.raises(ValueError, match=r"realm 0, tick 0: population .* is not a whole number"):
        realms.place(0, population)
    assert realms.digest() == before


def test_a_population_may_be_one_of_numpys_integers():
    realms = world(births=0)
    realms.place(np.int64(0), np.uint8(1))
    assert realms.living(0).tolist() == [0, 1]


def test_births_follow_burials_within_a_tick():
    realms = world({}, {}, max_agents=2, births=1)
    play(realms, attacks={0: (MELEE, 1)})
    # The slot of the slain is filled in the same tick.
    assert (realms.state.clock[0].living, agent(realms, 1).id) == (2, 2)


def test_a_god_of_ones_own_can_place_newborns():
    realms = world({"population": 0}, births=2)
    assert realms.births_due(0) == 2
    assert [realms.place(0, 1), realms.place(0, 1)] == [1, 2]
    realms.observe()
    assert realms.observation.ent["population"].tolist() == [0, 1, 1]


def test_a_newborns_record_tells_the_tick_of_its_birth():
    realms = world({}, births=1)
    play(realms, ticks=3)
    # One was settled by hand, then one was born in each tick.
    assert [record["birth_tick"] for record in realms.censored()[1:]] == [1, 2, 3]


def test_births_due_ends_at_the_free_slots():
    realms = world(*[{}] * 7, births=5)
    assert realms.births_due(0) == 1


@pytest.mark.parametrize("population", [-1, 2])
def test_placing_one_of_a_population_that_does_not_exist_is_refused(population):
    with pytest.raises(ValueError, match="realm 0, tick 0: population"):
        world().place(0, population)


def test_placing_one_more_than_there_are_slots_is_refused():
    realms = world(*[{}] * 8)
    with pytest.raises(ValueError, match="all 8 slots live"):
        realms.place(0, 0)


def test_the_number_living_settles_near_the_mean_lifetime():
    realms = world(births=1, max_agents=100, populations=1)
    play(realms, ticks=60)
    # Still agents live 36 ticks, with one birth a tick: those aged 0 … 35 live.
    assert realms.state.clock[0].living == 36
