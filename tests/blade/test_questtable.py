"""Tables of quests: how they are read, what is wrong with them, and which a world can fulfil."""

import copy
import csv
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings

from forge.blade import Chaos, Law, Realms, Saga
from forge.blade.happenings import FACTS, Happening
from forge.blade.quests import quests_in
from forge.blade.questtable import MOST_QUESTS
from forge.blade.questtasks import MEASURES, TASKS, Quantity, task_number
from forge.blade.questwords import described
from forge.blade.skills import Skill
from forge.errors import ConfigError
from tests.blade.naive_quests import STANDARD
from tests.blade.quest_tables import tables
from tests.blade.worlds import (
    NEUTRAL,
    PASSIVE,
)

WHOLE = Saga(distinct_tiles="on")


LONELY = WHOLE.replace(max_agents=1, populations=1)
PEACEFUL = Chaos(populations=1, friendly_fire=False)


def listed(text, config=WHOLE):
    return quests_in(config.replace(quests=text))


def refusal(value, config=WHOLE):
    with pytest.raises(ConfigError) as caught:
        config.replace(quests=value)
    return str(caught.value)


# -- The setting ----------------------------------------------------------------------------


def test_rows_may_be_given_as_they_are():
    rows = [{"does": "hit", "kind": "mage", "number": np.int64(7)}, {"does": "eat", "number": 3}]
    text = json.dumps([{**rows[0], "number": 7}, rows[1]])
    assert WHOLE.replace(quests=rows) == WHOLE.replace(quests=text)
    assert Saga(quests=tuple(rows)) == Saga(quests=text)

    class Hunting(Saga):
        quests = rows

    assert Hunting().quests == Saga(quests=text).quests


def test_a_file_may_be_given_as_a_path(tmp_path):
    (tmp_path / "few.csv").write_text("does,number\neat,3\n", encoding="utf-8")
    assert [it.name for it in listed(tmp_path / "few.csv")] == ["eat 3 times"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([{"does": "eat", "number": {1}}], "quests: {1} is neither a text nor a number"),
        ([], "quests: 0 rows: give 1 … 255"),
        ({"does": "eat"}, "quests takes a text, not {'does': 'eat'}"),
        (["eat"], "quests: row 1"),
    ],
)
def test_other_rows_are_refused(value, why):
    assert refusal(value).startswith(why)


# -- Tables ---------------------------------------------------------------------------------


def test_the_table_that_comes_with_forge_asks_for_every_task_but_a_few():
    found = listed("standard")
    assert len(found) == 80
    assert {it.weight for it in found} == {1}
    left_out = {task_number(it) for it in TASKS.values()} - {it.task for it in found}
    assert left_out == {Happening.DIE}


def test_of_the_standard_table_a_world_has_what_is_possible_in_it():
    simple = {"eat", "drink", "go", "visit", "live"}
    assert {it.name.split()[0] for it in listed("standard", Law())} == simple
    assert {it.name.split()[0] for it in listed("standard", Chaos())} == simple | {"hit", "slay"}
    assert not any("passive" in it.name for it in listed("standard", Chaos()))
    assert any("passive" in it.name for it in listed("standard", Chaos(npcs=1)))
    mined = [it.name for it in listed("standard", WHOLE.replace(professions=False))]
    assert not any("ration" in name or "fishing" in name or "bow" in name for name in mined)
    assert not any("gold" in it.name for it in listed("standard", WHOLE.replace(npcs=0)))


def test_the_standard_table_names_what_each_quest_is_in_nmmo():
    named = {(row["does"], row["nmmo"]) for row in csv.DictReader(STANDARD)}
    assert {does for does, name in named if "GO_FARTHEST" in name} == {"distance"}
    assert [does for does, name in named if not name] == ["tiles"]


def test_a_row_names_a_task_its_kind_level_other_number_weight_and_name():
    row = {"does": "hit", "kind": "mage", "level": 3, "other": "hostile", "number": 7}
    (quest,) = listed(json.dumps([row | {"weight": 5, "name": "Punish the proud"}]))
    assert quest == ("Punish the proud", Happening.HIT, 3, 3, 4, 7, 5)


def test_what_is_left_out_is_any_and_the_weight_1():
    (quest,) = listed('[{"does": "kill", "number": 2}]')
    assert quest == ("slay somebody, twice", Happening.KILL, 0, 0, 0, 2, 1)


def test_a_level_is_reached_from_the_first():
    (quest,) = listed('[{"does": "level", "kind": "mage", "number": 3}]')
    assert quest[1:6] == (len(Happening) + Quantity.LEVEL, Skill.MAGE + 1, 0, 0, 2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"does": "eat", "number": 10}, "eat 10 times"),
        ({"does": "give_gold", "number": 2}, "give gold away, twice"),
        ({"does": "level", "kind": "mage", "number": 3}, "reach level 3 in mage"),
        ({"does": "level", "number": 3}, "reach level 3 in any skill"),
        (
            {"does": "hit", "kind": "mage", "other": "hostile", "level": 3, "number": 10},
            "hit a hostile NPC of level 3 or more with mage, 10 times",
        ),
        (
            {"does": "level_up", "level": 3, "number": 1},
            "gain a level (3 or higher) in any skill, once",
        ),
        ({"does": "shoot", "number": 4}, "shoot ammunition, 4 times"),
        ({"does": "die", "kind": "lava", "number": 1}, "die (lava)"),
        ({"does": "owned", "kind": "gloves", "number": 2}, "carry 2 gloves"),
        ({"does": "find_gold", "other": "agent", "number": 1}, "take the gold of an agent, once"),
        (
            {"does": "owned", "kind": "hat", "level": 2, "number": 1},
            "carry 1 hat of level 2 or more",
        ),
        ({"does": "worn", "level": 2, "number": 2}, "wear 2 items of level 2 or more"),
    ],
)
def test_a_quest_without_a_name_is_described(row, said):
    assert described(row) == listed(json.dumps([row]))[0].name == said


CSV = "does,kind,number,hint,weight\nhit,mage,3,aim,2\n\neat,,4,,\n"
ROWS = [
    {"does": "hit", "kind": "mage", "number": 3, "weight": 2},
    {"does": "eat", "number": 4},
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", CSV),
        ("b.CSV", "\ufeff" + CSV),  # as spreadsheets write it
        ("c.csv", CSV.replace("\n", "\r\n")),
        ("d.csv", CSV.replace(",", ", ")),
        ("h.csv", CSV.replace(",", " , ")),
        ("i.csv", CSV.replace("\n", "\r")),  # as old Macs did
        ("j.json", json.dumps(ROWS).replace('"mage"', '" mage "').replace('"kind"', '" kind"')),
        ("e.json", json.dumps([row | {"hint": [1]} for row in ROWS])),
        ("f.json", "\ufeff" + json.dumps(ROWS)),
        ("g.json", json.dumps([row | {"number": str(row["number"])} for row in ROWS])),
    ],
)
def test_a_file_is_read_once_and_kept_as_json(tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode())
    config = WHOLE.replace(quests=str(tmp_path / name))
    assert json.loads(config.quests) == ROWS
    (tmp_path / name).unlink()
    assert pickle.loads(pickle.dumps(config)) == copy.deepcopy(config) == config
    assert [it.task for it in quests_in(config.replace(npcs=9))] == [Happening.HIT, Happening.EAT]


@settings(max_examples=200, deadline=None)
@given(tables())
def test_any_table_is_a_setting_that_stays_as_it_is(text):
    config = WHOLE.replace(quests=text)
    assert WHOLE.replace(quests=config.quests) == config
    assert len(quests_in(config)) == len(json.loads(text))


def test_every_task_is_documented_in_one_line():
    for facts in (*FACTS.values(), *MEASURES.values()):
        assert facts.doc
        assert "\n" not in facts.doc


def test_an_agent_of_kind_passive_is_never_asked_for_what_nobody_is():
    assert {it.other for it in listed("standard")} == {0, 1, PASSIVE + 1, NEUTRAL + 1, 4}


# -- What is wrong with a table -------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (3, "row 1 is 3: a quest is an object"),
        ({}, "row 1: does is missing (docs/saga.md lists what a quest can ask for)"),
        ({"does": "jump"}, "row 1: 'jump' is no task (docs/saga.md lists what"),
        ({"does": "distanse"}, "'distanse' is no task; did you mean 'distance'? (docs/saga.md"),
        ({"does": "EAT"}, "row 1: 'EAT' is no task; did you mean 'eat'?"),
        ({"does": ["eat"]}, "row 1: ['eat'] is no task"),
        ({"does": "eat"}, "row 1: number is missing: how often, or how much?"),
        ({"does": "eat", "number": 0}, "row 1: number is 1 … 1073741824, not 0"),
        ({"does": "eat", "number": 2**30 + 1}, "row 1: number is 1 … 1073741824, not 1073741825"),
        ({"does": "eat", "number": 10**40}, "row 1: number is 1 … 1073741824, not 1000"),
        ({"does": "eat", "number": "9" * 40}, "row 1: number is 1 … 1073741824, not '9999"),
        ({"does": "eat", "number": 1.5}, "row 1: number is 1 … 1073741824, not 1.5"),
        ({"does": "eat", "number": True}, "row 1: number is 1 … 1073741824, not True"),
        ({"does": "eat", "number": "²"}, "row 1: number is 1 … 1073741824, not '²'"),
        ({"does": "level", "number": 1}, "row 1: number is 2 … 10, not 1"),
        ({"does": "level", "number": 11}, "row 1: number is 2 … 10, not 11"),
        ({"does": "die", "number": 2}, "row 1: number is 1, not 2"),
        ({"does": "level_up", "number": 73}, "row 1: number is 1 … 72, not 73"),
        ({"does": "level_up", "kind": "mage", "number": 10}, "number is 1 … 9, not 10"),
        ({"does": "level_up", "level": 3, "number": 65}, "number is 1 … 64, not 65"),
        ({"does": "level_up", "kind": "axe", "number": 1}, "is one of melee, range, mage, fish"),
        ({"does": "equipment", "number": 48}, "row 1: number is 1 … 47, not 48"),
        ({"does": "owned", "kind": "potion", "number": 13}, "number is 1 … 12, not 13"),
        ({"does": "worn", "number": 6}, "row 1: number is 1 … 5, not 6"),
        ({"does": "worn", "kind": "axe", "number": 2}, "row 1: number is 1, not 2"),
        ({"does": "equip", "number": 2}, "row 1: 'equip' is no task (docs/saga.md lists what"),
        ({"does": "owned", "kind": "rune", "number": 3061}, "number is 1 … 3060, not 3061"),
        ({"does": "owned", "number": 3061}, "row 1: number is 1 … 3060, not 3061"),
        ({"does": "loot", "kind": "bow", "other": "neutral", "number": 1},
         "kind of loot from a neutral NPC is one of hat, top, bottom, rod, gloves, pickaxe, axe,"),
        ({"does": "eat", "number": 1, "Kind": "hat"}, "no column 'Kind'; did you mean 'kind'?"),
        ({"does": "hit", "number": 1, "knd": "mage"}, "no column 'knd'; did you mean 'kind'?"),
        ({"does": "hit", "number": 1, "level ": 1, "level": 2}, "the column level is there twi"),
        ({"does": "eat", "number": 1, "weight": -1}, "row 1: weight is 0 … 10000, not -1"),
        ({"does": "eat", "number": 1, "level": 1}, "row 1: eat has no level: leave it out"),
        ({"does": "worn", "number": 1, "level": 11}, "row 1: level is 1 … 10, not 11"),
        ({"does": "eat", "number": 1, "kind": "hat"}, "kind of eat: there is none: leave it out"),
        ({"does": "buy", "number": 1, "other": "agent"}, "other of buy: there is none: leave"),
        ({"does": "hit", "number": 1, "kind": "hat"}, "kind of hit is one of melee, range, "),
        ({"does": "hit", "number": 1, "kind": "none"}, "kind of hit is one of melee, range, "),
        ({"does": "shoot", "number": 1, "kind": "hat"}, "is one of whetstone, arrow, rune; not"),
        ({"does": "die", "number": 1, "kind": "alive"}, "is one of lava, starved, dehydrated"),
        ({"does": "hit", "number": 1, "other": "npc"}, "is one of agent, passive, neutral"),
        ({"does": "hit", "number": 1, "other": {}}, "is one of agent, passive, neutral"),
        ({"does": "eat", "number": 1, "name": "a\nb"}, "row 1: name is one line of at most 60"),
        ({"does": "eat", "number": 1, "name": 5}, "name is one line of at most 60 charac"),
        ({"does": "eat", "number": 1, "name": "é" * 61}, "name is one line of at most 60 char"),
        ({"does": "eat", "number": 1, "weight": 0}, "every weight is 0, so no quest would"),
    ],
)  # fmt: skip
def test_a_row_that_makes_no_quest_is_refused(row, said):
    assert refusal(json.dumps([row])).startswith("quests: ")
    assert said in refusal(json.dumps([row]))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("no.csv", None, "cannot read {}: No such file or directory"),
        ("a.csv", b"", "{}, 0 rows: give 1 … 255"),
        ("a.csv", b"does,number\n", "{}, 0 rows: give 1 … 255"),
        ("a.csv", b"does,number\neat,3\n\nhit,x\n", "{}, line 4: number is 1 … 1073741824, not '"),
        ("a.csv", b"does,number\neat,3,4\n", "{}, line 2 has more values than columns: quote"),
        ("a.csv", b"dose,number\neat,3\n", "{}: there is no column 'dose'; did you mean 'does'?"),
        ("a.csv", b"does,number,Level\neat,3,\n", "{}: there is no column 'Level'; did you mean"),
        ("a.csv", b"does,number,kind,kind \neat,3,,\n", "{}: the column kind is there twice"),
        ("a.csv", b"does;number\neat;3\n", "{} has no column does and no column number, but ['do"),
        ("a.csv", b"does,count\neat,3\n", "{} has no column number, but ['does', 'count']: its"),
        ("a.csv", b"does,number\n,3\n", "{}, line 2: does is missing (docs/saga.md lists"),
        ("a.csv", b'does,number\n"eat"x,3\n', "{}: ',' expected after '\"'"),
        ("a.csv", b"does,number\nea\xff,3\n", "{} is not UTF-8"),
        ("a.csv", b"x" * (2 << 20), "cannot read {}: it is larger than 1048576 bytes"),
        ("a.json", b"[", "{}: it is not JSON: "),
        ("a.json", b"{}", "{}: it is an object, not a list"),
        ("a.json", b"[" * 100_000, "{}: it nests too deeply"),
        ("a.json", b'[{"does":"eat","number":NaN}]', "{}: it holds NaN, which is no number"),
        ("a.json", b'[{"does":"eat","does":"hit"}]', "{}: a name comes twice in one of its"),
        ("a.json", b'[{"does":"eat","number":' + b"9" * 5000 + b"}]", "{}: it holds a number of"),
        ("a.json", b"[null]", "{}, row 1 is None: a quest is an object"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_by_its_name(tmp_path, name, data, said):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    assert ("quests: " + said.format(path)) in refusal(str(path))


def test_a_folder_or_another_file_is_no_table(tmp_path):
    (tmp_path / "a.csv").mkdir()
    assert "it is a folder" in refusal(str(tmp_path / "a.csv"))
    said = "quests is '', standard, a .csv or .json file, or a table in JSON; not 'Standard'"
    assert said in refusal("Standard")
    assert "embedded null byte" in refusal("a\0.csv")


def test_the_quests_setting_is_a_text():
    assert "quests" in refusal(3)


def test_a_table_has_a_number_in_a_byte_for_each_quest():
    row = {"does": "eat", "number": 1}
    assert len(listed(json.dumps([row] * MOST_QUESTS))) == MOST_QUESTS
    assert "quests: 256 rows: give 1 … 255" in refusal(json.dumps([row] * 256))
    assert "quests: 0 rows: give 1 … 255" in refusal("[]")


def test_a_table_stays_short_enough_for_a_line():
    rows = [{"does": "eat", "number": 1, "name": "x" * 60, "kind": None}] * 255
    assert len(listed(json.dumps(rows))) == 255
    rows = [{"does": "lifetime", "number": 2**30, "weight": 10_000, "notes": "x" * 300,
             "name": '"' * 60}] * 255  # fmt: skip
    assert "characters as JSON, and at most 40000 are possible" in refusal(json.dumps(rows))


@pytest.mark.parametrize(
    ("row", "config", "said"),
    [
        ({"does": "hit"}, Law(), "hit somebody, 5 times: this world has none of it: switch combat"),
        ({"does": "gold"}, WHOLE.replace(market=False), "switch market on, or leave the row out"),
        ({"does": "tiles"}, Saga(), "set distinct_tiles to on, or leave the row out"),
        ({"does": "kill", "other": "hostile"}, Chaos(), "set npcs above 0, or leave"),
        ({"does": "hit", "level": 2}, Chaos(), "set npcs above 0 or switch skills on, or leave"),
        ({"does": "hit", "level": 2, "other": "agent"}, Chaos(npcs=1), "switch skills on, or"),
        ({"does": "hit", "level": 2, "other": "passive"}, Chaos(), "set npcs above 0, or leave"),
        ({"does": "earned"}, WHOLE.replace(npcs=0), "set npcs above 0, or leave the row out"),
        ({"does": "worn", "kind": "hat"}, WHOLE.replace(npcs=0), "set npcs above 0, or leave"),
        ({"does": "worn", "kind": "bow"}, WHOLE.replace(professions=False), "switch professions"),
        ({"does": "shoot"}, WHOLE.replace(professions=False), "switch professions on, or leave"),
        ({"does": "equipment"}, Chaos(skills=True, items=True), "npcs above 0 or switch profess"),
        ({"does": "level", "kind": "carving"}, Chaos(skills=True), "switch professions on, or"),
        ({"does": "die", "kind": "slain"}, Law(), "switch combat on, or leave the row out"),
        ({"does": "die", "kind": "slain"}, PEACEFUL, "fire) or set npcs above 0, or"),
        ({"does": "die", "kind": "starved"}, Law(starvation=0), "set starvation above 0, or le"),
        ({"does": "hit", "other": "agent"}, PEACEFUL, "let agents hit others (max_agents, popula"),
        ({"does": "kill", "other": "agent"}, LONELY, "let agents hit others (max_agents, popula"),
        ({"does": "loot", "other": "agent"}, LONELY, "let agents hit others (max_agents, popula"),
        ({"does": "kill"}, LONELY.replace(npcs=0), "fire) or set npcs above 0, or"),
        ({"does": "shoot"}, LONELY.replace(npcs=0), "fire) or set npcs above 0, or"),
        ({"does": "level", "kind": "mage"}, LONELY.replace(npcs=0), "fire) or set npcs above 0"),
        ({"does": "spent"}, LONELY, "set max_agents above 1, or leave the row out"),
        ({"does": "give", "kind": "hat"}, LONELY, "set max_agents above 1, or leave the row out"),
        ({"does": "sell", "kind": "hat"}, LONELY, "set max_agents above 1, or leave the row out"),
    ],
)  # fmt: skip
def test_a_quest_for_which_a_world_lacks_a_system_is_refused(row, config, said):
    number = 1 if row["does"] in ("die", "worn") else 5
    assert said in refusal(json.dumps([row | {"number": number}]), config)
    assert refusal(json.dumps([row | {"number": number}]), config).startswith("quests: row 1 asks ")


# Without professions nobody learns to use tools beyond level 1, which NPCs beside the ring have.
FOUND = WHOLE.replace(professions=False)
MINED = WHOLE.replace(npcs=0)
BARE = Chaos(skills=True, items=True, professions=True)


# Saga's square is 128 wide, Law's 62.
@pytest.mark.parametrize(
    ("row", "config", "most"),
    [
        ({"does": "distance", "number": 128}, WHOLE, 127),
        ({"does": "distance", "number": 62}, Law(), 61),
        ({"does": "tiles", "number": 62 * 62 + 1}, Law(), 62 * 62),
        ({"does": "hit", "level": 10}, Chaos(npcs=1), 9),  # agents have no level there
        ({"does": "hit", "level": 10, "other": "hostile"}, WHOLE, 9),
        ({"does": "kill", "level": 9, "other": "neutral"}, WHOLE, 8),
        ({"does": "kill", "level": 6, "other": "passive"}, WHOLE, 5),
        ({"does": "loot", "level": 6, "other": "passive"}, WHOLE, 5),
        ({"does": "worn", "kind": "hat", "level": 10}, WHOLE, 9),  # NPCs alone leave hats
        ({"does": "worn", "level": 10}, WHOLE.replace(professions=False), 9),
        ({"does": "harvest", "level": 2}, WHOLE.replace(npcs=0), 1),  # without any tool
        ({"does": "consume", "level": 2}, MINED, 1),
        ({"does": "shoot", "level": 2}, MINED, 1),
        ({"does": "worn", "kind": "spear", "level": 2}, BARE, 1),
        ({"does": "worn", "kind": "rod", "level": 2}, FOUND, 1),
        ({"does": "buy", "kind": "rod", "level": 2}, FOUND, 1),
        ({"does": "sell", "kind": "rod", "level": 2}, FOUND, 1),
        ({"does": "owned", "kind": "rod", "level": 10}, FOUND, 9),  # it carries what it cannot use
        ({"does": "hit", "level": 10}, LONELY, 9),
        ({"does": "equipment", "number": 3}, BARE, 2),  # a weapon and ammunition
        ({"does": "equipment", "number": 29}, FOUND, 3 * 9 + 1),  # armour, and a tool
        ({"does": "equipment", "number": 28}, FOUND.replace(map_size=36), 3 * 9),  # NPCs from 2 on
        ({"does": "equipment", "number": 47}, WHOLE.replace(map_size=28), 3 * 8 + 9 + 9),
        ({"does": "worn", "number": 3}, MINED, 2),
        ({"does": "worn", "number": 5}, FOUND, 4),
        ({"does": "worn", "level": 2, "number": 4}, FOUND, 3),
        ({"does": "worn", "level": 10, "number": 3}, WHOLE, 2),  # NPCs leave armour up to 9
        ({"does": "owned", "number": 13}, FOUND, 12),  # only ammunition stacks
        ({"does": "level_up", "number": 28}, Chaos(skills=True), 27),
        ({"does": "level_up", "level": 3, "number": 25}, Chaos(skills=True), 24),
        ({"does": "level_up", "number": 46}, LONELY.replace(npcs=0), 45),  # five professions
        ({"does": "hit", "level": 2, "other": "hostile"}, WHOLE.replace(npc_level=0), 1),
        ({"does": "kill", "level": 5, "other": "neutral"}, WHOLE.replace(npc_level=5), 4),
        ({"does": "worn", "kind": "hat", "level": 4}, WHOLE.replace(npc_level=3), 3),
        ({"does": "harvest", "level": 3}, WHOLE.replace(npc_level=0), 2),  # with a tool of level 1
        ({"does": "equipment", "number": 8}, WHOLE.replace(npc_level=0), 7),  # 3 × 1 + 2 × 2
        ({"does": "equipment", "number": 3}, WHOLE.replace(npcs=0), 2),  # a weapon and ammunition
        # Three pieces of armour and a tool.
        ({"does": "equipment", "number": 5}, WHOLE.replace(npc_level=0, professions=False), 4),
    ],
)  # fmt: skip
def test_a_quest_that_is_more_than_a_world_can_fulfil_is_refused(row, config, most):
    name = "number" if "number" in row else "level"
    said = f"quests: row 1 asks to {described({'number': 1} | row)}: "
    said += f"level {most} is the highest" if name == "level" else f"{most} is the most there can"
    assert said in refusal(json.dumps([{"number": 1} | row]), config)
    assert listed(json.dumps([{"number": 1} | row | {name: most}]), config)


@pytest.mark.parametrize(
    ("config", "way"),
    [
        (BARE.replace(professions=False, npcs=9), "switch professions on"),
        (BARE, "set npcs above 0"),
        (WHOLE.replace(map_size=28), "enlarge map_size"),
    ],
)
def test_who_asks_for_too_much_is_told_how_there_is_more(config, way):
    said = refusal('[{"does": "equipment", "number": 47}]', config)
    assert said.endswith(f"ask for less, or {way}, or leave the row out")


def test_tools_that_nobody_can_use_are_neither_worn_nor_bought():
    # In a square 18 wide NPCs begin at level 1 + 18 ÷ 18 = 2; nobody learns to use their tools.
    small = FOUND.replace(map_size=36)
    for does in ("worn", "buy"):
        said = refusal(json.dumps([{"does": does, "kind": "axe", "number": 1}]), small)
        assert "nobody here can reach the level to use it: switch professions on" in said
    assert listed('[{"does": "owned", "kind": "axe", "number": 1}]', small)
    assert listed('[{"does": "worn", "kind": "axe", "number": 1}]', small.replace(map_size=37))


@pytest.mark.parametrize(
    "row",
    [
        {"does": "hit", "level": 10},
        {"does": "hit", "level": 10, "other": "agent"},
        {"does": "worn", "level": 10},
        {"does": "loot", "kind": "bow", "level": 10, "other": "agent"},
        {"does": "owned", "kind": "arrow", "level": 10},
        {"does": "level_up", "kind": "fishing", "level": 10},
    ],
)
def test_agents_and_what_they_harvest_reach_the_highest_level(row):
    assert listed(json.dumps([row | {"number": 1}]))


@pytest.mark.parametrize(("side", "there"), [(8, False), (9, True)])
def test_a_small_world_has_no_hostile_npc(side, there):
    # The greatest danger is 2 · 3 ÷ 8 = 0.75 there, and 2 · 4 ÷ 9 = 0.89; from 0.8 on hostile.
    config = Chaos(npcs=1, map_size=side + 2, border=1)
    text = '[{"does": "kill", "other": "hostile", "number": 1}]'
    if there:
        assert len(listed(text, config)) == 1
    else:
        assert "this world is too small for hostile NPCs: give it mo" in refusal(text, config)
    assert any("hostile" in it.name for it in listed("standard", config)) == there


def test_of_the_standard_table_a_small_world_has_what_is_possible_in_it():
    far = [it.number for it in listed("standard", Law(map_size=34, border=1)) if "go" in it.name]
    assert far == [16]  # the square is 32 wide, so 32 is too far
    low = listed("standard", WHOLE.replace(npc_level=0))  # 3 × 1 + 2 × 2 levels, so not 15
    assert [it.number for it in low if "levels in all" in it.name] == [
        5
    ]  # but not 15: there are 3 × 1 + 2 × 2 levels
    names = [it.name for it in listed("standard", WHOLE.replace(npcs=0))]
    assert not any("level 2" in name for name in names if name[:5] != "reach")


def test_of_the_standard_table_a_world_without_npcs_has_little_to_wear():
    names = [it.name for it in listed("standard", BARE)]
    assert not any("levels in all" in name for name in names)
    assert "wear 1 item" in names


@pytest.mark.parametrize("config", [Law(), Chaos(npcs=3), Chaos(skills=True, items=True, npcs=2)])
def test_the_standard_table_is_possible_everywhere(config):
    realms = Realms(
        config.replace(quests="standard", map_size=32, max_agents=4, populations=1, births=4), 3
    )
    quests = realms.state.quests["quest"][0]
    assert (quests > 0).all()
    assert realms.observation.quest.shape == (4, 6)
