"""Restored state: what no world can be is refused by name, and nothing else is."""

import re
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.state import layout, padding
from forge.blade.tiles import Tile
from forge.blade.validity import MOST, SnapshotError
from forge.config import Chaos, Law
from tests.blade import restoring
from tests.blade.test_realm import run
from tests.blade.test_tick_twin import CONFIGS, SEEDS

# A border narrower than the crop: lava is stored around the map.
CONFIG = Chaos(
    map_size=20, border=2, radius=4, max_agents=8, populations=2, births=2, immunity=0,
    food=10_000, water=10_000,
)  # fmt: skip
PAD = padding(CONFIG)  # 2
ARRAYS = list(layout(CONFIG, 1))
NUMBERS = (7, 3)  # of the two realms in their run


@lru_cache(maxsize=1)
def played():
    """Play two realms for a while; their world must not be changed."""
    realms = Realms(CONFIG, 21, NUMBERS)
    run(realms, 40)
    return realms.snapshot()


def snapshot():
    """Copy a snapshot in which all slots of the first realm live, the first newly born."""
    return restoring.copied(played())


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


def column(array, name, value, place=0):
    """Make an edit of one column in the first realm."""

    def edit(arrays):
        arrays[array][name][0, place] = value

    return edit


def clock(name, value):
    def edit(arrays):
        arrays["clock"][name][0] = value

    return edit


def tile(row, col, kind):
    def edit(arrays):
        arrays["tiles"][0, row + PAD, col + PAD] = kind

    return edit


EDITS = {
    "slot 0: agents.row must be 2 … 17, not 30000": column("agents", "row", 30_000),
    "slot 0: agents.row must be 2 … 17, not -30000": column("agents", "row", -30_000),
    "slot 0: agents.row must be 2 … 17, not 1": column("agents", "row", 1),
    "slot 1: agents.col must be 2 … 17, not 18": column("agents", "col", 18, 1),
    "slot 0: agents.slot must be 0, not 5": column("agents", "slot", 5),
    "slot 0: agents.slot must be 0, not 10000000": column("agents", "slot", 10**7),
    "slot 0: agents.population must be 0 … 1, not 2": column("agents", "population", 2),
    "slot 0: agents.population must be 0 … 1, not -1": column("agents", "population", -1),
    "slot 0: agents.age must be 0 … 1073741824, not -1": column("agents", "age", -1),
    "slot 0: agents.health must be 1 … 10, not 0": column("agents", "health", 0),
    "slot 0: agents.health must be 1 … 10, not 11": column("agents", "health", 11),
    "slot 0: agents.food must be 0 … 10000, not -1": column("agents", "food", -1),
    "slot 0: agents.water must be 0 … 10000, not 10001": column("agents", "water", 10_001),
    "slot 0: agents.freeze must be 0 … 3, not 4": column("agents", "freeze", 4),
    "slot 0: agents.damage must be 0 … 80, not -5": column("agents", "damage", -5),
    "slot 0: agents.spare[1] must be 0, not 9": column("agents", "spare", [0, 9, 0]),
    "slot 0: agents.food_empty must be 0 … 40, not 41": column("agents", "food_empty", 41),
    "slot 0: agents.water_empty must be 0 … 40, not -1": column("agents", "water_empty", -1),
    "slot 0: agents.id must be 0 … ": column("agents", "id", 10**6),
    "slot 0: lives.id must be ": column("lives", "id", -1),
    "slot 0: lives.population must be ": column("lives", "population", 2),
    "slot 0: lives.realm must be 7, not 3": column("lives", "realm", 3),
    "slot 0: lives.map must be 7, not 0": column("lives", "map", 0),
    "slot 0: lives.birth_tick must be ": column("lives", "birth_tick", 10**6),
    "slot 0: lives.death_tick must be -1, not 5": column("lives", "death_tick", 5),
    "slot 0: lives.killer must be -1, not 0": column("lives", "killer", 0),
    "slot 0: lives.cause must be 0, not 4": column("lives", "cause", 4),
    "slot 1: lives.lifetime must be 0 … ": column("lives", "lifetime", 10**6, 1),
    "slot 1: lives.ticks_on[2] must be 0 … ": column("lives", "ticks_on", [0, 0, 99, 0, 0, 0], 1),
    "slot 1: lives.distinct[5] must be 0, not 1": column(
        "lives", "distinct", [0, 0, 0, 0, 0, 1], 1
    ),
    "slot 1: lives.harvests must be 0 … ": column("lives", "harvests", 10**6, 1),
    "slot 1: lives.drinks must be 0 … ": column("lives", "drinks", -1, 1),
    "slot 0: lives.hits_dealt[1] must be 0, not -1": column("lives", "hits_dealt", [0, -1, 0]),
    "slot 0: lives.hits_taken[0] must be 0, not 1": column("lives", "hits_taken", [1, 0, 0]),
    "slot 0: lives.kills must be 0, not 1": column("lives", "kills", 1),
    "slot 0: lives.damage_dealt[1] must be 0, not 2": column("lives", "damage_dealt", [0, 2, 0]),
    "slot 0: lives.damage_taken[2] must be 0, not -9": column("lives", "damage_taken", [0, 0, -9]),
    "slot 0: lives.food_drained must be 0, not -1": column("lives", "food_drained", -1),
    "slot 1: lives.water_drained must be 0 … ": column("lives", "water_drained", 10**6, 1),
    "population 1: tally.living must be ": column("tally", "living", 8, 1),
    "population 0: tally.births must be ": column("tally", "births", 10**6),
    "population 0: tally.deaths must be 0 … 70368744177664, not -1": column("tally", "deaths", -1),
    "population 0: visits must add up to agent_ticks": column("tally", "agent_ticks", 10**6),
    "clock.tick must be 0 … 70368744177664, not -1": clock("tick", -1),
    "clock.tick must be 0 … 70368744177664, not 70368744177665": clock("tick", MOST + 1),
    "clock.next_id must be ": clock("next_id", 3),
    "clock.realm must be 0 … 2147483647, not -2": clock("realm", -2),
    "clock.living must be ": clock("living", 0),
    "clock.top must be ": clock("top", 30_000),
    "clock.top must be 8, not 0": clock("top", 0),
    "clock.scrubs must be 0 … 576, not -1": clock("scrubs", -1),
    "clock.scrubs must be 0 … 576, not 577": clock("scrubs", 577),
    "clock.map must be 0 … 2147483647, not -7": clock("map", -7),
    "clock.forests must be ": clock("forests", 0),
    "tiles: the map has kind 200 at row 9, column 4": tile(9, 4, 200),
    "tiles: the map has grass at row 0, column 19": tile(0, 19, Tile.GRASS),
    "tiles: the map has stone at row 2, column 5": tile(2, 5, Tile.STONE),
    "row -1, column 6: tiles must be 0, not 2": tile(-1, 6, Tile.GRASS),
}


@pytest.mark.parametrize("said", EDITS)
def test_an_edit_is_refused_by_its_name(said):
    arrays = snapshot()
    EDITS[said](arrays)
    assert refused(arrays).startswith(f"no such world can be: realm 7, {said}")


def test_the_realm_is_named_by_its_number_in_the_run():
    arrays = snapshot()
    arrays["agents"]["health"][1, 0] = 77
    assert "realm 3, slot 0: agents.health must be 1 … 10, not 77" in refused(arrays)


def test_a_truth_value_is_one_of_two_bytes():
    arrays = snapshot()
    arrays["agents"]["alive"].view(np.uint8)[0, 0] = 2
    assert "slot 0: agents.alive must be 0 … 1, not 2" in refused(arrays)


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("agents", "age", "slot 3: agents.age must be 0, not 5"),
        ("lives", "kills", "slot 3: lives.kills must be 0, not 5"),
        ("seen", slice(None), "slot 3: seen[0] must be 0, not 5"),
    ],
)
def test_a_free_slot_is_empty(name, place, said):
    arrays = snapshot()
    for each in ("agents", "lives", "seen"):
        arrays[each][0, 3] = np.zeros((), arrays[each].dtype)
    arrays[name][0, 3][place] = 5
    assert said in refused(arrays)


def test_no_id_is_used_twice():
    arrays = snapshot()
    for name in ("agents", "lives"):
        arrays[name]["id"][0, 4] = arrays[name]["id"][0, 1]
    assert "slot 4: agents.id must be unique" in refused(arrays)


@pytest.mark.parametrize("kind", [Tile.LAVA, Tile.WATER, Tile.STONE])
def test_nobody_stands_on_what_kills_or_blocks(kind):
    arrays = snapshot()
    inner = np.argwhere(arrays["tiles"][0, 6:18, 6:18] == kind) + 6 - PAD
    row, col = inner[0] if len(inner) else (8, 8)
    arrays["tiles"][0, row + PAD, col + PAD] = kind
    arrays["agents"]["row"][0, 0], arrays["agents"]["col"][0, 0] = row, col
    count = (arrays["tiles"][0] == Tile.FOREST).sum()
    arrays["clock"]["forests"][0] = count + arrays["clock"]["scrubs"][0]
    assert f"slot 0: stands on {kind.name.lower()} at row {row}, column {col}" in refused(arrays)


def test_the_crowd_is_who_stands_there():
    arrays = snapshot()
    arrays["crowd"][0, 3 + PAD, 4 + PAD] += 5
    assert "row 3, column 4: crowd must be " in refused(arrays)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (-1, "entry 0: scrub must be 0 … 575, not -1"),
        (10**6, "entry 0: scrub must be 0 … 575, not 1000000"),
        (0, "entry 0: scrub must be the index of a harvested tile, not 0, which is lava"),
        (None, "entry 1: scrub must not hold "),
    ],
)
def test_what_is_to_regrow_is_scrub_and_listed_once(entry, said):
    arrays = snapshot()
    if entry is None:
        arrays["scrub"][0, 1] = arrays["scrub"][0, 0]
    else:
        arrays["scrub"][0, 0] = entry
    assert said in refused(arrays)


def test_the_list_of_what_is_to_regrow_may_hold_anything_behind_its_end():
    arrays = snapshot()
    arrays["scrub"][0, arrays["clock"]["scrubs"][0] :] = -9
    realms = Realms(CONFIG, 6, NUMBERS)
    assert len(realms.restore(arrays)) == arrays["clock"]["living"].sum()


def test_all_ticks_were_spent_somewhere():
    arrays = snapshot()
    arrays["lives"]["ticks_on"][0, 1, 1:3] = arrays["agents"]["age"][0, 1]
    assert "slot 1: lives.ticks_on, taken together, must be 0 … " in refused(arrays)


def test_tiles_seen_are_those_counted():
    arrays = snapshot()
    arrays["seen"][0, 0, 0] ^= np.uint64(1)
    assert "slot 0: seen.bits must be " in refused(arrays)


@pytest.mark.parametrize(("stream", "name"), [(0, "world"), (1, "policy")])
def test_a_generator_is_not_all_zero(stream, name):
    arrays = snapshot()
    arrays["streams"][0, stream] = 0
    assert f"realm 7, the {name}'s stream must not be all 0" in refused(arrays)


@pytest.mark.parametrize("arrays", [None, [1], np.zeros(3)])
def test_what_is_no_dict_is_refused(arrays):
    assert "a snapshot is a dict of arrays, not" in refused(arrays)


def test_an_array_too_many_is_refused():
    assert refused({**snapshot(), "zz": np.zeros(3)}) == "a snapshot holds no 'zz'"


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda array: array.tolist(), "missing"),
        (lambda array: array[:1], r".* \(1,"),
        (lambda array: array.view(np.uint8), "uint8"),
        (lambda array: array.astype(object), "object"),
    ],
)
def test_an_array_of_another_kind_is_refused(name, change, found):
    arrays = snapshot()
    if name == "tiles" and found == "uint8":
        arrays["tiles"] = arrays["tiles"][..., None]
    arrays[name] = change(arrays[name])
    assert re.match(rf"snapshot is of other realms: {name} is {found}", refused(arrays))


@pytest.mark.parametrize(
    "change", [np.asfortranarray, lambda array: array[:, ::-1].copy()[:, ::-1]]
)
def test_memory_may_be_in_any_order(change):
    arrays, realms = snapshot(), Realms(CONFIG, 6, NUMBERS)
    for name in ("tiles", "agents", "visits"):
        arrays[name] = change(arrays[name])
        arrays[name].flags.writeable = False
    realms.restore(arrays)
    same = Realms(CONFIG, 6, NUMBERS)
    same.restore(snapshot())
    assert realms.digest() == same.digest()


def test_a_realm_without_agents_and_without_counting_of_tiles_is_restored():
    realms = Realms(Law(map_size=20, border=2, births=0, max_agents=8, distinct_tiles="off"))
    realms.step(Actions.stay(0))
    before = realms.digest()
    realms.restore(realms.snapshot())
    assert realms.digest() == before


@pytest.mark.parametrize(
    ("array", "name", "value", "said"),
    [
        ("tally", "births", 0, "population 0: tally.births must be "),
        ("tally", "agent_ticks", 0, "population 0: visits must add up to at most agent_ticks, 0,"),
    ],
)
def test_where_realms_move_totals_may_be_larger_than_what_is_on_the_map(array, name, value, said):
    realms, arrays = Realms(CONFIG.replace(map_epochs=1), 6, NUMBERS), snapshot()
    arrays["tally"]["agent_ticks"] += 1
    realms.restore(arrays)
    column(array, name, value)(arrays)
    with pytest.raises(SnapshotError, match=said):
        realms.restore(arrays)


# -- By chance --------------------------------------------------------------------------------


@restoring.WORLDS
@given(CONFIGS, SEEDS, st.integers(0, 10))
def test_every_world_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, dict.fromkeys(ARRAYS, np.s_[:])))
def test_an_edit_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays)
