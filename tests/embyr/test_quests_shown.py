"""Quests as viewers see them: what each agent is to do, and how much of it is done."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from forge.blade import Realm, preset
from forge.blade.quests import quests_in
from forge.embyr import frames, packets, probes
from forge.embyr.frames import Frame
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(map_size=48, births=4, immunity=3)


@cache
def watched() -> tuple[Realm, list[Frame]]:
    return play(CONFIG, 150, "gatherer")


def test_viewers_are_told_each_quest_once() -> None:
    told = frames.setting(CONFIG, 0, 0, "A test.")["quests"]
    listed = quests_in(CONFIG)
    assert [one["name"] for one in told] == [quest.name for quest in listed]
    assert [one["goal"] for one in told] == [quest.number for quest in listed]
    about = {one["name"]: (one["about"], one["first"]) for one in told}
    assert about["hit somebody with melee, 20 times"] == ("hit another", 0)
    assert about["reach level 3 in mage"] == ("level of a skill, or of its best one", 1)


def test_the_page_reads_the_quests_that_python_wrote(tmp_path: Path) -> None:
    realm, seen = watched()
    start = frames.land(Realm(CONFIG, seed=3), 0)
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        quests = told["tick"]["agents"]["quests"]
        assert quests["number"] == frame.agents["quest"].tolist()
        assert quests["progress"] == frame.agents["progress"].tolist()
    last, state = seen[-1].agents, realm.state
    goals = [quest.number for quest in quests_in(CONFIG)]
    assert last["progress"].tolist() == state.quests["progress"][0, last["slot"]].tolist()
    assert [goals[n - 1] for n in last["quest"]] == state.quests["goal"][0, last["slot"]].tolist()
    assert last["progress"].any()


def test_a_world_without_quests_is_sent_no_byte_of_them() -> None:
    config = CONFIG.replace(quests="")
    setting = frames.setting(config, 0, 0, "A test.")
    names = [it["name"] for it in json.loads(packets.hello(setting, [0]))["schema"]["columns"]]
    assert "quests" not in setting
    assert not {"quest", "progress"} & set(names)
    assert not {"quest", "progress"} & set(frames.agents(Realm(config), 0).dtype.names)


def test_networks_are_asked_about_agents_with_their_quests() -> None:
    realm, _ = watched()
    here, obs = probes.living(realm, 0), realm.observation
    some = here[here["slot"] >= 5]  # in a copy they have other slots
    for agent in some["id"].tolist():
        (copy,) = probes.observe_copies(realm, 0, [some], agent)
        n = int(np.flatnonzero(obs.ent["id"] == agent)[0])
        assert copy.quest[0].tolist() == obs.quest[n].tolist()
