"""Items as viewers see them: what agents carry and wear, and deals that are made by hand."""

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forge.blade import Realm, preset
from forge.blade.items import FACTS, NUM_DEALS, PLACES, Item, Wear, defence_from, offence_from
from forge.blade.recording.replay import Recording
from forge.blade.recording.tape import Tape
from forge.blade.recording.taping import Taping
from forge.blade.records import BAG_COLUMNS
from forge.blade.scripted import still
from forge.embyr import frames, packets, probes
from forge.embyr.frames import BAG_SEEN, Frame, agent_seen
from forge.embyr.orders import Order, Puppeteer, fault
from forge.embyr.page import Scribe
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import ReplayedWorld, Scripted
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(
    quests="", map_size=48, births=4, immunity=3, professions=False, words=0
)
PLACED = ("kind", "level", "quantity", "worn")
COUNTED = ("gained", "used", "destroyed")


@cache
def watched(every: int = 1) -> tuple[Realm, list[Frame]]:
    """Watch a world in which agents find items and wear them."""
    return play(CONFIG, 300, "fighter", every=every)


def placed(frame: Frame, name: str) -> Any:
    """Stack the columns of all places: (n, PLACES)."""
    return np.stack([frame.agents[f"{name}_{k}"] for k in range(PLACES)], axis=1)


@pytest.mark.parametrize("every", [1, 7])
def test_the_page_reads_the_items_that_python_wrote(tmp_path: Path, every: int) -> None:
    start = frames.land(Realm(CONFIG, seed=3), 0)
    seen = watched(every)[1]
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        bags = told["tick"]["agents"]["bags"]
        assert {name: bags[name] for name in PLACED} == {
            name: placed(frame, name).reshape(-1).tolist() for name in PLACED
        }
        assert {name: bags[name] for name in COUNTED} == {
            name: frame.agents[name].tolist() for name in COUNTED
        }
    assert placed(seen[-1], "kind").astype(bool).sum() > 20


def test_agents_are_shown_with_what_they_carry_and_wear() -> None:
    realm, seen = watched()
    bags = realm.state.bags[0, seen[-1].agents["slot"]]
    for name in PLACED:
        assert placed(seen[-1], name).tolist() == bags[name].tolist()
    for name in COUNTED:
        assert seen[-1].agents[name].tolist() == bags[name].tolist()
    assert bags["worn"].any()
    assert {column.name for column in BAG_COLUMNS} == {*PLACED, *COUNTED}


def test_a_world_without_items_is_sent_no_byte_of_them() -> None:
    config = CONFIG.replace(items=False, market=False)
    _, seen = play(config, 20)
    hello = json.loads(packets.hello(frames.setting(config, 0, 0, "A test."), [0]))
    names = [column["name"] for column in hello["schema"]["columns"]]
    assert names == packets.columns(agent_seen(["skills"]))
    assert not {*names} & {*packets.columns(BAG_SEEN)}
    assert "items" not in hello["setting"]
    assert all(frame.agents.dtype == agent_seen(["skills"]) for frame in seen)


def test_the_setting_says_what_each_kind_is_and_does() -> None:
    told = frames.setting(CONFIG, 0, 0, "A test.")["items"]
    assert (told["places"], told["slots"]) == (PLACES, [slot.name.lower() for slot in Wear])
    for kind, about in zip(Item, told["kinds"], strict=True):
        assert about["name"] == kind.name.lower()
        facts = FACTS[kind]
        assert [about[name] for name in ("slot", "skill", "style")] == list(facts)
        for level in range(11):
            assert about["defence"][level] == defence_from(kind, level)
            if facts.style >= 0:
                assert about["offence"][level] == offence_from(kind, level, facts.style)


def bare(frame: Frame) -> Frame:
    return frame._replace(agents=frame.agents[list(agent_seen(["skills"]).names or ())])


def test_items_of_128_agents_take_less_than_600_bytes_a_tick() -> None:
    _, seen = play(
        preset("saga128").replace(births=16, professions=False, market=False, words=0),
        60,
        "fighter",
    )
    sizes = [
        len(packets.tick(new, old)) - len(packets.tick(bare(new), bare(old)))
        for old, new in pairwise(seen[20:])
    ]
    assert min(len(frame.agents) for frame in seen[20:]) > 100
    assert len(packets.columns(BAG_SEEN)) < max(sizes) < 600


def dealer() -> tuple[Realm, int, int]:
    """Play until an agent can put something on: the realm, its row, and the place."""
    realm, _ = play(CONFIG, 60, "fighter")
    for _ in range(20):
        obs = realm.observation
        idle = obs.inventory[:, 2 * PLACES :] == 0
        found = np.argwhere(obs.can_deal[:, 1 : 1 + PLACES] & idle).tolist()
        if found:
            return realm, *found[0]
        realm.step(still(obs))
    raise AssertionError("nobody can put anything on")


def carried_out(destroys: bool) -> tuple[Any, Any, int]:
    """Let somebody put on or destroy something: the bag before and after, the place."""
    realm, n, k = dealer()
    obs, player = realm.observation, Puppeteer(auto_target=False)
    slot, before = obs.ent["slot"][n], realm.state.bags[0].copy()
    player.orders = {(0, int(obs.ent["id"][n])): Order(deal=1 + k + destroys * PLACES)}
    realm.advance(player.override(obs, still(obs)))
    return before[slot], realm.state.bags[0, slot], k


def test_who_plays_by_hand_puts_on_what_it_carries() -> None:
    before, after, k = carried_out(destroys=False)
    assert (before["worn"][k], after["worn"][k]) == (0, 1)
    assert after["kind"].tolist() == before["kind"].tolist()


def test_who_plays_by_hand_destroys_what_it_carries() -> None:
    before, after, k = carried_out(destroys=True)
    assert (before["kind"][k] > 0, after["kind"][k]) == (True, 0)
    assert after["destroyed"] == before["destroyed"] + before["quantity"][k]


def test_a_seat_is_told_which_deals_are_possible() -> None:
    stage = Spectator(Scripted(CONFIG, 3, (0,), "fighter", warmup=100))
    (seen,) = stage.turn(Asked({0: frozenset(range(999))}))
    world = stage._worlds[0]
    told = {agent: one["sight"]["canDeal"] for agent, one in seen.inspections.items()}
    obs = world.realms.observation
    assert told == dict(zip(obs.ent["id"].tolist(), obs.can_deal.tolist(), strict=True))
    assert sum(map(sum, told.values())) > len(told) > 10


def test_worlds_without_items_tell_of_no_deals() -> None:
    stage = Spectator(Scripted(CONFIG.replace(items=False, market=False), 3, (0,), "fighter"))
    (seen,) = stage.turn(Asked({0: frozenset(range(999))}, 9))
    assert len(seen.inspections) > 10
    assert not any("canDeal" in one["sight"] for one in seen.inspections.values())


def test_a_deal_that_is_not_possible_is_refused_with_its_place() -> None:
    sight = {"canMove": [True] * 5, "canAttack": []}
    can = {**sight, "canDeal": [k in (0, 3, 13) for k in range(NUM_DEALS)]}
    assert [fault(Order(deal=deal), can) for deal in (0, 3, 13)] == ["", "", ""]
    assert fault(Order(deal=2), can) == "it cannot use what is in place 2 now"
    assert fault(Order(deal=24), can) == "it cannot destroy what is in place 12 now"
    assert fault(Order(deal=3), sight) == "it cannot use what is in place 3 now"
    assert fault(Order(), sight) == ""


def test_a_recording_and_pages_made_of_it_show_the_same_items(tmp_path: Path) -> None:
    def seen_of(world: Any) -> list[Any]:
        scribe = Scribe(world, 0)
        for _ in range(30):
            world.play()
            scribe.add()
        return [message for message in scribe.messages if isinstance(message, bytes)]

    world = Scripted(CONFIG, 3, (0,), "fighter", warmup=60).build(0)
    with Taping(Tape(tmp_path / "film")) as taping:
        world.after.append(taping.begin(world.recorder(0)))
        live = seen_of(world)
    assert seen_of(ReplayedWorld(Recording.read(tmp_path / "film"))) == live
    told = decode(tmp_path, CONFIG, live)["told"]
    assert sum(told[-1]["tick"]["agents"]["bags"]["worn"]) > 0


def test_networks_are_asked_about_agents_that_carry_what_they_do() -> None:
    realm, _ = watched()
    obs, here = realm.observation, probes.living(realm, 0)
    some = here[here["slot"] >= 5]  # in a copy they have other slots
    carried = {int(ent["id"]): bag for ent, bag in zip(obs.ent, obs.inventory, strict=True)}
    for agent in some["id"].tolist():
        (copy,) = probes.observe_copies(realm, 0, [some], agent)
        assert copy.inventory[0].tolist() == carried[agent].tolist()
    assert sum(map(np.any, carried.values())) > 5


def test_npcs_are_shown_to_do_the_damage_that_armour_lets_through() -> None:
    checked = 0
    for frame in watched()[1]:
        to = frame.attacks["to"].tolist()
        alone = {attack["to"]: attack for attack in frame.attacks if to.count(attack["to"]) == 1}
        for who in frame.agents:
            attack = alone.get(who["id"])
            if attack is not None and attack["from"] < 0:
                assert who["damage"] == attack["damage"]
                checked += any(who[f"worn_{k}"] for k in range(PLACES))
    assert checked > 5
