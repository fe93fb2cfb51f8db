"""NPCs as viewers see them: who they are, whom they hunt, whom they strike, and who slays them."""

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forge.blade import Config, Realm, preset
from forge.blade.kinds import HEALTH, SIGHT, Kind
from forge.blade.realm import Realms
from forge.blade.records import NPC
from forge.blade.scripted import greedy
from forge.blade.state import agents_of
from forge.blade.tiles import Cause, Style, Tile
from forge.embyr import frames, packets, picture
from forge.embyr.frames import NPC_SEEN, Frame
from forge.embyr.orders import Order, Puppeteer, attackable
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(map_size=48, births=4, immunity=3)
SHOWN = ("id", "kind", "level", "style", "power", "row", "col", "age", "health", "freeze",
         "damage", "prey")  # fmt: skip


@cache
def watched(every: int = 1) -> tuple[Realm, list[Frame]]:
    """Watch a world in which agents and NPCs fight."""
    return play(CONFIG, 300, every=every)


def npcs_of(frame: Frame) -> Any:
    assert frame.npcs is not None
    return frame.npcs


@pytest.mark.parametrize("every", [1, 7])
def test_the_page_reads_the_npcs_that_python_wrote(tmp_path: Path, every: int) -> None:
    _, seen = watched(every)
    start = frames.land(Realm(CONFIG, seed=3), 0)
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        npcs = npcs_of(frame)
        assert {name: npcs[name].tolist() for name in SHOWN} == {
            name: told["tick"]["npcs"][name] for name in SHOWN
        }
        assert [list(row.values()) for row in told["tick"]["deaths"]] == [*map(list, frame.deaths)]
    assert max(len(npcs_of(frame)) for frame in seen) > 20


def test_a_world_without_npcs_is_sent_no_byte_of_them() -> None:
    config = preset("chaos16")
    _, seen = play(config, 20)
    hello = json.loads(packets.hello(frames.setting(config, 0, 0, "A test."), [0]))
    assert hello["schema"]["npcs"] == []
    assert "npcs" not in hello["setting"]
    assert all(frame.npcs is None for frame in seen)
    with_them = seen[-1]._replace(npcs=np.zeros(0, NPC_SEEN))
    assert len(packets.tick(with_them, None)) > len(packets.tick(seen[-1], None))


def test_every_column_of_an_npc_is_sent_but_what_it_remembers() -> None:
    assert set(packets.columns(NPC_SEEN)) == set(SHOWN)
    remembered = {"births", "depth", "prey_id", "until"}
    assert set(NPC.names or ()) - set(SHOWN) <= {*remembered, "spare"}


def test_128_npcs_take_less_than_a_kilobyte_a_tick() -> None:
    _, seen = play(preset("saga128").replace(births=8), 60)
    sizes = [
        len(packets.tick(new, old)) - len(packets.tick(bare(new), bare(old)))
        for old, new in pairwise(seen[10:])
        if len(npcs_of(new)) == 128  # a slain one is not always replaced at once
    ]
    assert len(sizes) > 40
    assert max(sizes) < 1000


def bare(frame: Frame) -> Frame:
    return frame._replace(npcs=None)


def test_an_npc_strikes_in_the_next_tick_whom_it_is_said_to_hunt() -> None:
    _, seen = watched()
    struck = 0
    for before, after in pairwise(seen):
        prey = dict(zip(*(npcs_of(before)[name].tolist() for name in ("id", "prey")), strict=True))
        for attack in after.attacks[after.attacks["from"] < 0].tolist():
            assert prey[attack[0]] == attack[1]
            struck += 1
    assert struck > 50


def test_an_npc_steps_towards_whom_it_is_said_to_hunt() -> None:
    _, seen = watched()
    stepped = 0
    for before, after in pairwise(seen):
        where = {one["id"]: (int(one["row"]), int(one["col"])) for one in before.agents}
        now = {one["id"]: (int(one["row"]), int(one["col"])) for one in npcs_of(after)}
        for one in npcs_of(before)[npcs_of(before)["prey"] >= 0]:
            (row, col), prey = (int(one["row"]), int(one["col"])), where[one["prey"]]
            if now.get(one["id"], (row, col)) != (row, col):
                assert steps(now[one["id"]], prey) == steps((row, col), prey) - 1
                stepped += 1
    assert stepped > 50


def steps(one: tuple[int, int], other: tuple[int, int]) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def test_damage_of_agents_and_npcs_is_the_sum_of_the_attacks_that_are_shown() -> None:
    _, seen = watched()
    hurt = []
    for frame in seen:
        for one in [*frame.agents, *npcs_of(frame)]:
            hits = frame.attacks[frame.attacks["to"] == one["id"]]
            assert hits["damage"].sum() == one["damage"]
            hurt += [one["id"] < 0] * int(one["damage"] > 0)
    assert sum(hurt) > 20
    assert len(hurt) - sum(hurt) > 50


def test_npcs_that_are_gone_were_slain_by_an_agent_that_is_named() -> None:
    _, seen = watched()
    gone, slain = set(), set()
    for before, after in pairwise(seen):
        gone |= set(npcs_of(before)["id"].tolist()) - set(npcs_of(after)["id"].tolist())
        for death in after.deaths[after.deaths["id"] < 0].tolist():
            assert death[1] == Cause.SLAIN
            assert death[2] in before.agents["id"]
            slain.add(death[0])
    assert gone == slain
    assert len(slain) > 5


def test_agents_that_an_npc_slew_name_it() -> None:
    _, seen = watched()
    deaths = [(before, death) for before, after in pairwise(seen)
              for death in after.deaths[after.deaths["killer"] < -1].tolist()]  # fmt: skip
    assert len(deaths) > 3
    assert all(killer in npcs_of(before)["id"] for before, (_, _, killer) in deaths)


def wild(kind: Kind, *agents: tuple[int, int, int]) -> Realms:
    """Put an NPC on (10, 10), and agents at (row, column, age), the first with id 1."""
    realms = Realms(CONFIG.replace(npcs=1), 0)
    state = realms.state
    state.agents[0, : CONFIG.max_agents]["alive"] = False
    for e, (row, col, age) in enumerate(agents):
        one = state.agents[0, e]
        one.id, one.row, one.col, one.age, one.alive = e + 1, row, col, age, True
    beast = state.agents[0, CONFIG.max_agents]
    beast.id, beast.row, beast.col, beast.alive, beast.health = -2, 10, 10, True, HEALTH
    state.npcs[0, 0].kind = kind
    return realms


@pytest.mark.parametrize(
    ("agents", "prey"),
    [
        ([(10, 10 + SIGHT, 9)], 1),
        ([(10, 11 + SIGHT, 9)], -1),  # out of sight
        ([(10, 14, 9), (13, 10, 9)], 2),  # the nearest
        ([(10, 14, 9), (14, 10, 9)], 1),  # as near: the lowest slot
        ([(10, 11, 2), (10, 15, 3)], 2),  # the first is immune for another tick
        ([], -1),
    ],
)
def test_a_hostile_npc_hunts_the_nearest_in_sight(agents: Any, prey: int) -> None:
    assert frames.hunting_npcs(wild(Kind.HOSTILE, *agents), 0)["prey"].tolist() == [prey]


@pytest.mark.parametrize(("until", "prey"), [(0, -1), (5, -1), (6, 2)])
def test_a_neutral_npc_hunts_who_hit_it_until_the_hunt_is_over(until: int, prey: int) -> None:
    realms = wild(Kind.NEUTRAL, (10, 11, 9), (10, 14, 9))
    mind = realms.state.npcs[0, 0]
    mind.prey, mind.prey_id, mind.until = 1, 2, until
    realms.state.clock[0].tick = 5  # the next tick is the sixth
    assert frames.hunting_npcs(realms, 0)["prey"].tolist() == [prey]


def test_a_passive_npc_hunts_nobody() -> None:
    assert frames.hunting_npcs(wild(Kind.PASSIVE, (10, 11, 9)), 0)["prey"].tolist() == [-1]


def pixels(*kinds: Kind, scale: int = 9) -> Any:
    """Draw NPCs on grass, one on each third tile of a row."""
    tiles = np.full((5, 3 * len(kinds) + 2), Tile.GRASS, np.uint8)
    npcs = np.zeros(len(kinds), NPC_SEEN)
    npcs["row"], npcs["col"], npcs["kind"] = 2, 3 * np.arange(len(kinds)) + 2, kinds
    return np.asarray(picture.draw(tiles, None, npcs, scale=scale)).astype(int)


def test_kinds_of_npcs_are_drawn_dark_and_with_outlines_of_their_own() -> None:
    shown = pixels(Kind.PASSIVE, Kind.NEUTRAL, Kind.HOSTILE, scale=15)
    marks = [shown[30:45, 45 * k + 30 : 45 * k + 45].sum(-1) < 130 for k in range(3)]
    assert all(mark[7, 7] for mark in marks)
    differing = [(a != b).sum() for i, a in enumerate(marks) for b in marks[:i]]
    assert min(differing) > 10


def test_no_population_has_the_colour_of_npcs() -> None:
    gaps = [np.abs(np.subtract(picture.safe_colour(p), picture.HIDE)).sum() for p in range(64)]
    assert min(gaps) > 100


@pytest.mark.parametrize("scale", [1, 2, 8])
def test_pictures_of_worlds_show_their_npcs(scale: int) -> None:
    from forge.embyr.sheet import draw_realm

    realm, _ = watched()
    shown = np.asarray(draw_realm(realm, scale=scale))
    agents = agents_of(realm.state, 0)
    alone = picture.draw(frames.land(realm, 0), agents[agents["alive"]], scale=scale)
    assert (shown != np.asarray(alone)).any(-1).sum() > 20


def met(config: Config) -> tuple[Realms, int, int]:
    """Play until an agent can strike an NPC: the world, the agent's place, the NPC's id."""
    realms = Realms(config, 0)
    for _ in range(300):
        obs = realms.observation
        for n in range(len(obs)):
            for each in attackable(obs, n, auto_target=False):
                if each["id"] < -1:
                    return realms, n, each["id"]
        realms.step(greedy(obs))
    raise AssertionError("nobody met an NPC")


def test_who_plays_by_hand_can_strike_an_npc() -> None:
    realms, n, npc = met(CONFIG)
    obs, player = realms.observation, Puppeteer(auto_target=False)
    order = {"move": 0, "style": int(Style.MELEE), "target": npc, "deal": 0}
    text = json.dumps({"type": "act", **order})
    assert packets.read_command(text).more["target"] == npc
    player.orders = {(0, int(obs.ent["id"][n])): Order(0, Style.MELEE, npc)}
    done = player.override(obs, greedy(obs))
    assert obs.who[obs.offsets[n] + int(done.target[n])] == npc
