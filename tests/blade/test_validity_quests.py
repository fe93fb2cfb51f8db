"""Restored quests: what nobody can have done is refused by name, and nothing else is."""

import json
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Realms, Saga
from forge.blade.items import Item
from forge.blade.quests import quests_in
from forge.blade.questtasks import TASKS, task_number
from forge.blade.trades import GOLD
from tests.blade import restoring
from tests.blade.test_tick_twin import ALL, FIGHTING, SEEDS, STANDARD, config
from tests.jit import amount

MOST = {"level": 10, "die": 1, "level_up": 72, "distance": 19, "tiles": 400, "equipment": 47,
        "owned": 3060, "worn": 5}  # fmt: skip
ROWS = [
    {"does": does, "number": MOST.get(does, 20_000)} for does in TASKS
] + [
    {"does": "hit", "kind": "mage", "number": 20_000},
    {"does": "hit", "other": "hostile", "level": 2, "number": 20_000},
    {"does": "kill", "other": "agent", "number": 20_000},
    {"does": "kill", "other": "passive", "number": 20_000},
    {"does": "level", "kind": "fishing", "number": 10},
    {"does": "level_up", "kind": "melee", "level": 3, "number": 8},
    {"does": "consume", "kind": "potion", "number": 20_000},
    {"does": "owned", "kind": "arrow", "level": 2, "number": 3060},
]  # fmt: skip
CONFIG = Saga(
    map_size=24, border=2, radius=4, max_agents=60, populations=2, births=6, npcs=20, food=10_000,
    water=10_000, clusters=30, singles=60, immunity=0, forest_cut=1.0, quests=json.dumps(ROWS),
    melee_damage=2, range_damage=2, mage_damage=2,
)  # fmt: skip
NUMBERS = (7, 3)


@lru_cache(maxsize=1)
def played():
    """Play two realms until somebody of the first has each quest; they must not be changed."""
    realms, numbers = Realms(CONFIG, 21, NUMBERS), set(range(1, 1 + len(ROWS)))
    for tick in range(300):
        realms.advance(restoring.act(realms.observation, tick))
        for _ in range(realms.births_due(0)):
            missing = numbers - set(realms.state.quests["quest"][0].tolist())
            realms.place(0, 0, lambda newborn, missing=missing: min(missing, default=None))
        realms.bear(np.array([False, True]))
        if tick > amount(60, 8) and numbers <= set(realms.state.quests["quest"][0].tolist()):
            return realms.snapshot()
    raise AssertionError("somebody died too early")


def snapshot():
    return restoring.copied(played())


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


def living():
    return np.flatnonzero(played()["agents"]["alive"][0, : CONFIG.max_agents])


def with_quest(does, **row):
    """Find an agent of the first realm that has a quest; of several, the oldest."""
    asked = [{name: it for name, it in each.items() if name != "number"} for each in ROWS]
    number = 1 + asked.index({"does": does, **row})
    slots = np.flatnonzero(played()["quests"]["quest"][0] == number)
    return int(slots[played()["agents"]["age"][0, slots].argmax()])


def edited(column, value, slot=None):
    arrays, slot = snapshot(), int(living()[0]) if slot is None else slot
    arrays["quests"][column][0, slot] = value
    return f"slot {slot}: ", refused(arrays)


def test_everybody_has_a_quest_of_the_table():
    for value in (0, len(ROWS) + 1, 255):
        where, said = edited("quest", value)
        assert f"{where}quests.quest must be 1 … {len(ROWS)}, not {value}" in said


@pytest.mark.parametrize("column", ["task", "kind", "level", "other", "goal"])
def test_a_quest_is_what_the_table_says(column):
    slot = int(living()[0])
    true = int(played()["quests"][column][0, slot])
    where, said = edited(column, true + 1)
    assert f"{where}quests.{column} must be {true}, not {true + 1}" in said


@pytest.mark.parametrize("value", [-1, 20_001])
def test_progress_ends_at_the_goal(value):
    where, said = edited("progress", value, with_quest("eat"))
    assert f"{where}quests.progress must be 0 … 20000, not {value}" in said


def test_a_home_is_on_the_ring():
    where, said = edited("home_row", 1)
    assert f"{where}quests.home_row must be 2 … 21, not 1" in said
    slot, arrays = int(living()[0]), snapshot()
    arrays["quests"]["home_row"][0, slot] = arrays["quests"]["home_col"][0, slot] = 10
    said = refused(arrays)
    assert f"slot {slot}: quests.home_row and home_col must be on the ring where agents are" in said


def test_a_home_is_no_farther_than_a_walk():
    arrays = snapshot()
    slot = int(living()[played()["agents"]["age"][0, living()].argmin()])
    agent, quest = arrays["agents"][0, slot], arrays["quests"][0, slot]
    assert agent["age"] < 19
    quest["home_row"] = 2 if agent["row"] >= 12 else 21
    quest["home_col"] = 2 if agent["col"] >= 12 else 21
    assert f"slot {slot}: quests.home_row, in steps from it, must be 0 … " in refused(arrays)


@pytest.mark.parametrize("more", [-1, 1])
@pytest.mark.parametrize(
    "asked",
    [
        {"does": "eat"},
        {"does": "drink"},
        {"does": "hit"},
        {"does": "hit", "kind": "mage"},
        {"does": "kill", "other": "agent"},
        {"does": "die"},
        {"does": "level_up"},
        {"does": "level_up", "kind": "melee", "level": 3},
        {"does": "consume"},
        {"does": "level"},
        {"does": "level", "kind": "fishing"},
        {"does": "tiles"},
        {"does": "lifetime"},
    ],
)
def test_what_lives_tell_is_what_was_done(asked, more):
    slot = with_quest(**asked)
    done = int(played()["quests"]["progress"][0, slot])
    where, said = edited("progress", done + more, slot)
    if done + more < 0:
        assert f"{where}quests.progress must be 0 … " in said
    else:
        assert f"{where}quests.progress must be {done}, not {done + more}" in said


@pytest.mark.parametrize(
    "asked",
    [{"does": does} for does in TASKS if does not in ("level", "distance")]
    + [{"does": "kill", "other": "passive"}, {"does": "consume", "kind": "potion"}],
)
def test_nobody_did_more_than_its_life_allows(asked):
    slot = with_quest(**asked)
    value = max(int(played()["quests"]["goal"][0, slot]) - 1, 1)
    where, said = edited("progress", value, slot)
    assert f"{where}quests.progress must be " in said
    assert f"not {value}" in said


@pytest.mark.parametrize("does", ["eat", "hit", "level_up", "offer"])
def test_what_was_counted_was_reached(does):
    slot = with_quest(does)
    counted = int(played()["quests"]["counted"][0, slot])
    where, said = edited("counted", counted + 1, slot)
    assert f"{where}quests.counted must be {counted}, not" in said or (
        f"{where}quests.progress must be {counted + 1}, not {counted}" in said
    )


@pytest.mark.parametrize(
    ("does", "column"),
    [("buy", "bought"), ("sell", "sold"), ("spent", "spent"), ("earned", "gold")],
)
def test_no_more_was_counted_than_was_done(does, column):
    slot = with_quest(does)
    most = int(played()["purses"][column][0, slot])
    where, said = edited("counted", most + 1, slot)
    assert f"{where}quests.counted must be " in said
    assert f"not {most + 1}" in said


def test_nobody_has_spent_more_gifts_than_gold():
    slot = with_quest("earned")
    least = -int(played()["purses"]["spent"][0, slot])
    where, said = edited("counted", least - 1, slot)
    assert f"{where}quests.counted must be {least}" in said


@pytest.mark.parametrize("does", ["tiles", "gold", "worn"])
def test_nothing_is_counted_where_a_quantity_is_measured(does):
    where, said = edited("counted", 1, with_quest(does))
    assert f"{where}quests.counted must be 0, not 1" in said


def test_nobody_has_gone_farther_than_its_steps():
    arrays, template = snapshot(), snapshot()["quests"][0, with_quest("distance")]
    slot = int(living()[played()["agents"]["age"][0, living()].argmin()])
    asks_for(arrays["quests"][0, slot], template)
    steps = int(arrays["agents"]["age"][0, slot])
    arrays["quests"]["progress"][0, slot] = steps + 1
    assert f"slot {slot}: quests.progress must be " in (said := refused(arrays))
    assert f"not {steps + 1}" in said


def asks_for(quest, template):
    """Let a quest ask for what another does."""
    for name in ("quest", "task", "kind", "level", "other", "goal"):
        quest[name] = template[name]
    quest["counted"] = 0


def given_a_hat(arrays, slot, worn):
    """Let an agent have one hat and nothing else, as far as its bag and the ledger tell."""
    bag, ledger = arrays["bags"][0, slot], arrays["ledger"][0]
    for kind, quantity in zip(bag["kind"], bag["quantity"], strict=True):
        ledger["lost"][kind] += quantity
    for name in ("kind", "level", "quantity", "worn"):
        bag[name] = 0
    bag["kind"][0], bag["level"][0], bag["quantity"][0], bag["worn"][0] = Item.HAT, 1, 1, worn
    bag["gained"] += 1
    ledger["looted"][Item.HAT] += 1


@pytest.mark.parametrize(("does", "worn"), [("owned", 0), ("equipment", 1), ("worn", 1)])
def test_what_is_carried_now_was_reached(does, worn):
    arrays, slot = snapshot(), with_quest(does)
    given_a_hat(arrays, slot, worn)
    arrays["quests"]["progress"][0, slot] = 0
    assert f"slot {slot}: quests.progress must be 1" in refused(arrays)


def test_gold_that_is_there_was_reached():
    arrays, slot = snapshot(), with_quest("gold")
    purse = arrays["purses"][0, slot]
    purse["gold"] += 5
    purse["earned"] += 5
    arrays["ledger"]["looted"][0, GOLD] += 5
    arrays["quests"]["progress"][0, slot] = 0
    assert f"slot {slot}: quests.progress must be {purse['gold']}" in refused(arrays)


def test_the_distance_now_was_reached():
    arrays, template = snapshot(), snapshot()["quests"][0, with_quest("distance")]
    agents, quests = arrays["agents"][0, living()], arrays["quests"][0, living()]
    away = np.maximum(
        abs(agents["row"] - quests["home_row"]), abs(agents["col"] - quests["home_col"])
    )
    slot, quest = int(living()[away.argmax()]), arrays["quests"][0, living()[away.argmax()]]
    asks_for(quest, template)
    quest["progress"] = 0
    assert f"slot {slot}: quests.progress must be {away.max()}" in refused(arrays)


def test_free_slots_have_no_quest():
    realms = Realms(CONFIG.replace(births=0), 6, NUMBERS)
    arrays = realms.snapshot()
    arrays["quests"]["goal"][0, 3] = 1
    said = restoring.refused(CONFIG.replace(births=0), NUMBERS, arrays)
    assert "slot 3: quests.goal must be 0, not 1" in said


def test_a_snapshot_of_another_table_is_refused():
    other = CONFIG.replace(quests='[{"does":"eat","number":3}]')
    said = restoring.refused(other, NUMBERS, snapshot())
    assert "quests.quest must be 1, not " in said


def test_all_tasks_were_given():
    tasks = {quest.task for quest in quests_in(CONFIG)}
    assert tasks == {task_number(it) for it in TASKS.values()}
    assert set(played()["quests"]["task"][0]) >= tasks


@restoring.WORLDS
@given(st.builds(config, **ALL), SEEDS, st.integers(0, 20))
def test_every_world_with_quests_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.WORLDS
@given(st.builds(config, **FIGHTING | STANDARD), SEEDS, st.integers(0, 20))
def test_every_world_with_few_quests_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, {"quests": np.s_[0]}))
def test_an_edit_of_quests_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays, restoring.act)
