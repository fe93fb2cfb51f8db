"""Skills as viewers see them: what agents have learned, their levels, and who is in combat."""

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forge.blade import Realm, preset
from forge.blade.recording.replay import Recording
from forge.blade.recording.tape import Tape
from forge.blade.recording.taping import Taping
from forge.blade.records import AGENT
from forge.blade.scripted import still
from forge.blade.skills import IN_COMBAT, NUM_SKILLS, REACHED, Skill, level_of
from forge.blade.tiles import NUM_STYLES
from forge.embyr import frames, packets, probes
from forge.embyr.frames import SEEN_OF, SKILLS_SEEN, Frame, agent_seen
from forge.embyr.orders import Order, Puppeteer, attackable, foretell
from forge.embyr.page import Scribe
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import ReplayedWorld, Scripted, World
from tests.embyr.test_npcs_shown import met
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(map_size=48, births=4, immunity=3)
NAMES = [skill.name.lower() for skill in Skill]


@cache
def watched(every: int = 1) -> tuple[Realm, list[Frame]]:
    """Watch a world in which agents learn to fight."""
    return play(CONFIG, 300, "fighter", every=every)


def levels(frame: Frame) -> list[list[int]]:
    """Find the level of each agent in each skill, a list per skill."""
    return [[level_of(int(gained)) for gained in frame.agents[name]] for name in NAMES]


@pytest.mark.parametrize("every", [1, 7])
def test_the_page_reads_the_skills_that_python_wrote(tmp_path: Path, every: int) -> None:
    start = frames.land(Realm(CONFIG, seed=3), 0)
    seen = watched(every)[1]
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        skills = told["tick"]["agents"]["skills"]
        assert skills["experience"] == [frame.agents[name].tolist() for name in NAMES]
        assert skills["inCombat"] == frame.agents["in_combat"].astype(int).tolist()
    assert np.max(seen[-1].agents["melee"]) > REACHED[1]


def test_the_page_finds_the_levels_of_the_rules(tmp_path: Path) -> None:
    start = frames.land(Realm(CONFIG, seed=3), 0)
    seen = watched()[1]
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        skills, known = told["tick"]["agents"]["skills"], levels(frame)
        assert skills["level"] == known
        assert skills["best"] == [*map(max, *known)]
        assert skills["combat"] == [*map(max, *known[:NUM_STYLES])]
    assert max(max(each) for each in known) > 1


def test_all_levels_up_to_the_highest_are_told_apart(tmp_path: Path) -> None:
    people = np.zeros(len(REACHED) * 2 - 1, agent_seen(SEEN_OF))
    people["id"] = np.arange(len(people))
    people["mage"] = [*REACHED, *(reached - 1 for reached in REACHED[1:])]
    frame = watched()[1][0]._replace(agents=people)
    start = frames.land(Realm(CONFIG, seed=3), 0)
    told = decode(tmp_path, CONFIG, [packets.land(start), packets.tick(frame, None)])["told"]
    assert told[1]["tick"]["agents"]["skills"]["level"][Skill.MAGE] == [
        *range(1, 11),
        *range(1, 10),
    ]


def test_a_world_without_skills_is_sent_no_byte_of_them() -> None:
    config = CONFIG.replace(
        skills=False, items=False, professions=False, market=False, words=0, quests=""
    )
    _, seen = play(config, 20)
    hello = json.loads(packets.hello(frames.setting(config, 0, 0, "A test."), [0]))
    assert [column["name"] for column in hello["schema"]["columns"]] == packets.columns(AGENT)
    assert "skills" not in hello["setting"]
    assert all(frame.agents.dtype == AGENT for frame in seen)


def test_the_setting_names_the_skills_and_what_each_level_takes() -> None:
    setting = frames.setting(CONFIG, 0, 0, "A test.")
    assert setting["skills"] == {"names": NAMES, "reached": list(REACHED)}
    assert setting["skills"]["names"][:NUM_STYLES] == setting["styleNames"]
    assert packets.columns(SKILLS_SEEN) == [*NAMES, "in_combat"]


def test_agents_are_shown_with_what_they_know() -> None:
    realm, seen = watched()
    known = realm.state.skills[0, seen[-1].agents["slot"]]
    assert np.stack([seen[-1].agents[name] for name in NAMES], 1).tolist() == (
        known["experience"].tolist()
    )
    assert known["experience"].shape == (len(seen[-1].agents), NUM_SKILLS)
    assert known["experience"].any()


def in_combat(frame: Frame) -> set[int]:
    return set(frame.agents["id"][frame.agents["in_combat"]].tolist())


def test_who_attacks_or_is_hit_is_in_combat_for_three_ticks() -> None:
    _, seen = watched()
    checked = 0
    for t in range(IN_COMBAT, len(seen)):
        here, late = seen[t].agents["id"], seen[t - IN_COMBAT + 1 : t + 1]
        fought = {one for frame in late for name in ("from", "to") for one in frame.attacks[name]}
        assert in_combat(seen[t]) == fought & set(here.tolist())
        checked += len(fought) * (0 < len(in_combat(seen[t])) < len(here))
    assert checked > 100


def bare(frame: Frame) -> Frame:
    return frame._replace(agents=frame.agents[list(AGENT.names or ())])


def test_skills_of_128_agents_take_less_than_300_bytes_a_tick() -> None:
    config = preset("saga128").replace(
        births=16, items=False, professions=False, market=False, words=0
    )
    _, seen = play(config, 60, "fighter")
    sizes = [
        len(packets.tick(new, old)) - len(packets.tick(bare(new), bare(old)))
        for old, new in pairwise(seen[20:])
    ]
    assert min(len(frame.agents) for frame in seen[20:]) > 100
    assert 9 < max(sizes) < 300


def seen_of(world: World) -> list[Any]:
    """Write down what a viewer is sent of a world: the binary messages."""
    scribe = Scribe(world, 0)
    for _ in range(30):
        world.play()
        scribe.add()
    return [message for message in scribe.messages if isinstance(message, bytes)]


def test_a_recording_and_pages_made_of_it_show_the_same_skills(tmp_path: Path) -> None:
    world = Scripted(CONFIG, 3, (0,), "fighter", warmup=60).build(0)
    with Taping(Tape(tmp_path / "film")) as taping:
        world.after.append(taping.begin(world.recorder(0)))
        live = seen_of(world)
    replayed = ReplayedWorld(Recording.read(tmp_path / "film"))
    assert seen_of(replayed) == live
    told = decode(tmp_path, CONFIG, live)["told"]
    assert max(told[-1]["tick"]["agents"]["skills"]["best"]) > 1


def test_what_a_style_would_do_to_a_target_is_what_it_does() -> None:
    realms, n, npc = met(CONFIG)
    obs = realms.observation
    agent = int(obs.ent["id"][n])
    sight = {"canAttack": attackable(obs, n, auto_target=False)}
    foretell(sight, realms, 0, agent)
    (target,) = [each for each in sight["canAttack"] if each["id"] == npc]
    player = Puppeteer(auto_target=False)
    style = target["styles"].index(True)
    player.orders = {(0, agent): Order(0, style, npc)}
    events = realms.advance(player.override(obs, still(obs)))
    assert events["damage_dealt"][n] == target["damage"][style] > 0


@pytest.mark.parametrize("skills", [True, False])
def test_only_worlds_with_skills_say_what_each_style_would_do(skills: bool) -> None:
    world = Scripted(
        CONFIG.replace(skills=skills, items=skills, professions=skills, market=skills),
        3,
        (0,),
        "fighter",
        warmup=60,
    )
    (seen,) = Spectator(world).turn(Asked({0: frozenset(range(999))}))
    told = [each for one in seen.inspections.values() for each in one["sight"]["canAttack"]]
    assert len(told) > 3
    assert all(("damage" in each) == skills for each in told)


def test_networks_are_asked_about_agents_that_have_learned_what_they_have() -> None:
    realm, _ = watched()
    obs, here = realm.observation, probes.living(realm, 0)
    some = here[here["slot"] >= 5]  # in a copy they have other slots
    newborn = probes.standard(realm, 0, 0, some["row"][:1], some["col"][:1])
    known = {int(ent["id"]): told.tolist() for ent, told in zip(obs.ent, obs.standing, strict=True)}
    for agent in [*some["id"].tolist(), int(newborn["id"][0])]:
        (copy,) = probes.observe_copies(realm, 0, [np.append(some, newborn)], agent)
        assert copy.standing[0].tolist() == known.get(agent, [1] * NUM_SKILLS + [0])
    assert len(some) > 10
    assert max(map(max, known.values())) > 2
    assert any(told[-1] for told in known.values())
