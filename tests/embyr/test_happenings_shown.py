"""What happens in a world as viewers are told of it: rows of each tick, in few bytes."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forge.blade import Realm, preset
from forge.blade.happenings import FACTS, Happening
from forge.blade.records import HAPPENED
from forge.blade.scripted import SCRIPTED
from forge.embyr import frames, happened, packets
from forge.embyr.frames import Witness
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Scripted
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(map_size=48, births=4, immunity=3)
KINDS = Path(frames.__file__).parent / "client/src/ui/kinds.ts"
TOLD = [code for code in Happening if code not in happened.TOLD_OTHERWISE]


def rows(*codes: int, tick: int = 7) -> Any:
    """Make rows of these codes, of the agents 0, 1, 2 …"""
    made = np.zeros(len(codes), HAPPENED)
    made["tick"], made["who"], made["code"], made["other"] = tick, range(len(codes)), codes, -1
    return made


@pytest.mark.parametrize("every", [1, 5])
def test_the_page_reads_the_rows_that_python_wrote(tmp_path: Path, every: int) -> None:
    _, seen = play(CONFIG, 200, "trader", every=every)
    start = frames.land(Realm(CONFIG, seed=3), 0)
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        read_rows, written = told["tick"]["happened"], frame.happened
        assert len(read_rows) == len(written)
        for name in written.dtype.names:
            assert [row[name] for row in read_rows] == written[name].tolist()
    codes = np.concatenate([frame.happened["code"] for frame in seen])
    assert set(codes.tolist()) <= set(TOLD)
    assert len(set(codes.tolist())) > 6


def test_rows_are_the_worlds_own() -> None:
    realm = Realm(CONFIG, seed=3)
    realm.keep_happenings()
    witness = Witness(realm, 0)
    for _ in range(50):
        obs = realm.observation
        actions = SCRIPTED["fighter"](obs)
        events = realm.advance(actions)
        kept = realm.take_happenings()
        witness.see(obs, actions, events, kept)
        realm.bear()
        told, wanted = witness.frame().happened, kept[np.isin(kept["code"], TOLD)]
        assert (told["ago"] == 0).all()
        for name in set(told.dtype.names) - {"ago"}:
            assert (
                told[name].tolist()
                == wanted[np.argsort(wanted["code"], kind="stable")][name].tolist()
            )


def test_rows_are_ordered_by_code_and_say_how_long_ago_they_were() -> None:
    eat, drink, offer = int(Happening.EAT), int(Happening.DRINK), int(Happening.OFFER)
    told = happened.seen([rows(offer, eat, drink, tick=5), rows(eat, tick=7)], 8)
    assert told["code"].tolist() == [eat, eat, drink, offer]
    assert told["ago"].tolist() == [3, 1, 3, 3]
    assert told["who"].tolist() == [1, 0, 2, 0]


def test_what_frames_tell_otherwise_is_in_no_row() -> None:
    told = happened.seen([rows(*Happening)], 7)
    assert told["code"].tolist() == sorted(TOLD)


def test_of_many_alike_the_newest_are_told() -> None:
    eat, offer = int(Happening.EAT), int(Happening.OFFER)
    told = happened.seen([rows(*[eat] * (happened.MOST + 9), offer)], 7)
    assert told["code"].tolist() == [eat] * happened.MOST + [offer]
    assert told["who"].tolist() == [*range(9, 10 + happened.MOST)]


@pytest.mark.parametrize("name", ["law16", "chaos16", "saga16"])
def test_viewers_are_told_what_can_happen_in_a_world(name: str) -> None:
    config = preset(name)
    names = frames.setting(config, 0, 0, "A test.")["happenings"]
    for code in Happening:
        system = FACTS[code].system
        is_in = code in TOLD and (not system or bool(getattr(config, system)))
        assert names[code] == (code.name.lower() if is_in else "")


def test_the_page_knows_every_row_that_it_is_told() -> None:
    """What it does not know it would leave out, without a word."""
    listed = re.findall(r"rows: \[(.*?)\]", KINDS.read_text(encoding="utf-8"))
    known = [name for each in listed for name in re.findall(r'"(\w+)"', each)]
    assert sorted(known) == sorted(code.name.lower() for code in TOLD)


def test_rows_of_other_realms_of_a_batch_are_not_told() -> None:
    stage = Spectator(Scripted(CONFIG, 3, (0, 1), "gatherer", warmup=60))
    turns = [stage.turn(Asked({0: frozenset(), 1: frozenset()})) for _ in range(20)]
    told = 0
    for turn in turns:
        for seen in turn:
            known = {*seen.frame.agents["id"].tolist(), *seen.frame.deaths["id"].tolist()}
            assert set(seen.frame.happened["who"].tolist()) <= known
            told += len(seen.frame.happened)
    assert told > 20


def test_nothing_is_kept_while_nobody_watches() -> None:
    stage = Spectator(Scripted(CONFIG, 3, (0,), "gatherer", warmup=30))
    (seen,) = stage.turn(Asked({0: frozenset()}, ticks=0))
    realms = stage._worlds[0].realms
    assert len(seen.frame.happened) == len(realms.take_happenings()) == 0
    (seen,) = stage.turn(Asked({0: frozenset()}))
    assert len(seen.frame.happened) > 0
    assert len(realms.take_happenings()) == 0  # the world has taken them


def test_a_watched_world_is_the_same_as_one_that_nobody_watches() -> None:
    alone = Realm(CONFIG, 3, index=0)
    stage = Spectator(Scripted(CONFIG, 3, (0,), "gatherer"))
    stage.turn(Asked({0: frozenset()}, ticks=40))
    for _ in range(40):
        alone.step(SCRIPTED["gatherer"](alone.observation))
    assert stage._worlds[0].realms.digest() == alone.digest()


def size_of_rows(config: Any, agents: str) -> int:
    """Measure the most bytes that rows add to a tick."""
    _, seen = play(config, 60, agents)
    bare = [frame._replace(happened=frame.happened[:0]) for frame in seen]
    sizes = [
        [len(packets.tick(*pair[::-1])) for pair in pairwise(each[20:])] for each in (seen, bare)
    ]
    assert len(seen[-1].agents) > 100
    return max(a - b for a, b in zip(*sizes, strict=True))


def test_rows_of_128_agents_take_less_than_150_bytes_a_tick_in_law_and_chaos() -> None:
    law, chaos = preset("law128").replace(births=128), preset("chaos128").replace(births=128)
    assert size_of_rows(law, "careful") < 150
    assert size_of_rows(chaos, "careful") < 150


def test_rows_of_128_agents_take_less_than_800_bytes_a_tick_in_saga() -> None:
    assert size_of_rows(preset("saga128").replace(births=16), "gatherer") < 800


def test_a_frame_without_rows_takes_four_bytes_and_one_for_each_column() -> None:
    frame = play(CONFIG, 0)[1][0]
    assert len(frame.happened) == 0
    hello = json.loads(packets.hello(frames.setting(CONFIG, 0, 0, "A test."), [0]))
    told = hello["schema"]["happened"]
    assert packets.tick(frame, None)[-4 - len(told) :] == bytes(4 + len(told))
    assert {it["name"]: it["usual"] for it in told}["code"] is None
