"""Files of events: what they say, that they grow while realms are played, and their faults."""

import csv
import json
import os
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from forge import Args
from forge.blade import preset
from forge.blade.happenings import FACTS, Happening
from forge.blade.items import Item
from forge.blade.realm import Realms
from forge.blade.records import HAPPENED
from forge.blade.scripted import SCRIPTED
from forge.blade.tiles import Cause
from forge.config import ConfigError
from forge.errors import ForgeError
from forge.trinity.eventfile import COLUMNS, EventFile, events_in, lines
from forge.trinity.handover import play_from
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity
from forge.trinity.vecenv import VecEnv
from tests.trinity import tiny
from tests.trinity.tiny import CONFIG, Alternating, Counting

SAGA = preset("saga16").replace(max_agents=8, npcs=8, map_size=40, births=2)
LAW, HEADER = CONFIG.replace(horizon=20), ",".join(COLUMNS)


def happened(**columns):
    row = np.zeros(1, HAPPENED)
    for name, value in columns.items():
        row[name] = value
    return row


def read(path):
    """Read a file of events as programs do."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (
            {"code": Happening.EAT, "tick": 7, "who": 3, "other": -1, "number": 1},
            "7,0,3,eat,,0,1,0,-1",
        ),
        (
            {"code": Happening.HIT, "kind": 3, "level": 4, "number": 12, "other": -5, "realm": 2},
            "0,2,0,hit,mage,4,12,0,-5",
        ),
        (
            {"code": Happening.BUY, "kind": Item.RATION, "level": 2, "number": 1, "price": 9},
            "0,0,0,buy,ration,2,1,9,0",
        ),
        (
            {"code": Happening.LEVEL_UP, "kind": 4, "level": 2, "number": 1, "other": -1},
            "0,0,0,level_up,fishing,2,1,0,-1",
        ),
        ({"code": Happening.DIE, "kind": Cause.STARVED, "other": -1}, "0,0,0,die,starved,0,0,0,-1"),
    ],
)
def test_lines_name_what_happened(columns, line):
    assert lines(happened(**columns)) == line + "\n"


def test_every_kind_of_everything_that_happens_has_a_name():
    named = 0
    for it, about in FACTS.items():
        for kind, name in about.named.items():
            found = lines(happened(code=it, kind=kind))
            assert found.split(",")[3:5] == [it.name.lower(), name]
            named += 1
    assert named > 100


def test_a_world_names_what_can_happen_in_it():
    assert events_in(CONFIG.replace(combat=False)) == ["eat", "drink", "die"]
    assert events_in(SAGA) == [it.name.lower() for it in Happening]


def test_a_file_holds_what_realms_hand_over(tmp_path):
    path, expected = tmp_path / "a.csv", Realms(SAGA, 3, (4, 5))
    expected.keep_happenings()
    followed = Realms(SAGA, 3, (4, 5))
    with EventFile(path) as file:
        after = file.follow(followed)
        for _ in range(80):
            for realms in (expected, followed):
                realms.step(SCRIPTED["fighter"](realms.observation))
            after()
            assert len(followed.take_happenings()) == 0  # memory does not grow
    rows, found = expected.take_happenings(), read(path)
    assert len(found) == len(rows) == file.counts.total() > 500
    for name in ("tick", "realm", "who", "level", "number", "price", "other"):
        assert [int(row[name]) for row in found] == rows[name].tolist()
    codes = [Happening[row["event"].upper()] for row in found]
    assert codes == rows["code"].tolist()


def test_what_was_given_is_there_before_the_end(tmp_path):
    file = EventFile(tmp_path / "a.csv")
    file.write(happened(code=Happening.EAT))
    assert (tmp_path / "a.csv").read_text() == f"{HEADER}\n0,0,0,eat,,0,0,0,0\n"


def test_a_file_without_a_row_is_removed(tmp_path):
    with EventFile(tmp_path / "a.csv"):
        assert (tmp_path / "a.csv").read_text() == HEADER + "\n"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "there.csv",
            "there.csv exists, and a file of events replaces nothing: choose another name",
        ),
        ("a.txt", "the name of such a file ends in .csv"),
        ("none/a.csv", "there is no such folder"),
        ("folder.csv", "it is a folder"),
    ],
)
def test_a_file_that_cannot_be_made_is_refused(tmp_path, name, said):
    (tmp_path / "there.csv").write_text("mine")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ForgeError, match=said):
        EventFile(tmp_path / name)
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_a_full_disk_ends_the_file_and_nothing_else(tmp_path, monkeypatch, caplog):
    file = EventFile(tmp_path / "a.csv")
    file.write(happened(code=Happening.EAT))
    before = (tmp_path / "a.csv").read_bytes()

    def full(*_, **__):
        raise ForgeError("cannot write a.csv: the disk is full")

    monkeypatch.setattr("forge.files.append", full)
    for _ in range(2):
        file.write(happened(code=Happening.EAT))
    file.close()
    assert caplog.text.count("the file of events ends here, all else goes on: cannot write") == 1
    assert (tmp_path / "a.csv").read_bytes() == before
    assert (file.counts, file.num_lines) == ({"eat": 3}, 1)  # what happened is counted all the same
    assert str(file) == f"events: 1 line in {tmp_path / 'a.csv'}; 2 more could not be written"


def test_a_file_that_never_took_a_line_is_removed(tmp_path, monkeypatch):
    def full(*_, **__):
        raise ForgeError("cannot write a.csv: the disk is full")

    monkeypatch.setattr("forge.files.append", full)
    with EventFile(tmp_path / "a.csv") as file:
        file.write(happened(code=Happening.EAT))
    assert file.counts == {"eat": 1}
    assert str(file).startswith(f"events: 0 lines, so {tmp_path / 'a.csv'} is not kept; 1 more")
    assert os.listdir(tmp_path) == []


def test_a_file_without_a_name_is_refused():
    with pytest.raises(ForgeError, match=r"a name, which ends in \.csv: give a name"):
        EventFile("")


# -- Runs -----------------------------------------------------------------------------------


def trained(path, trinity=tiny.STATEFUL, epochs=4, **args):
    """Train for some epochs; give the digest of the end and the rows of the file."""
    made = Args(nRealm=3, events=None if path is None else str(path), **args)
    with Native(LAW, made, trinity) as envs:
        envs.run(epochs, quiet=True)
        digest = envs.digest
    return digest, None if path is None else read(path)


def test_a_run_writes_the_events_of_every_epoch_and_stays_the_same_run(tmp_path):
    digest, rows = trained(tmp_path / "a.csv", engine="serial")
    assert digest == trained(None, engine="serial")[0]
    assert {row["realm"] for row in rows} == {"0", "1", "2"}
    assert {int(row["tick"]) // LAW.horizon for row in rows} >= {0, 1, 2, 3}
    assert trained(tmp_path / "b.csv", engine="processes", nWorker=2) == (digest, rows)


def test_summaries_count_the_events_of_their_epoch(tmp_path):
    with Native(LAW, Args(nRealm=3, events=str(tmp_path / "a.csv"), engine="serial")) as envs:
        summaries = [*islice(envs, 3)]
    for summary in summaries:
        last = summary["epoch"] * LAW.horizon
        rows = [it for it in read(tmp_path / "a.csv") if 0 <= last - int(it["tick"]) < LAW.horizon]
        found = Counter(row["event"] for row in rows)
        assert summary["events"] == {name: found[name] for name in events_in(LAW)}
        assert summary["events"]["drink"] > 0


def test_an_epoch_that_runs_again_is_written_once(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    mark.touch()
    monkeypatch.setenv("FORGE_TEST_MARK", str(mark))
    suicidal = Trinity(Counting, Alternating, tiny.KillsItsWorker)
    found = trained(tmp_path / "a.csv", suicidal, engine="processes", nWorker=2)
    assert found == trained(tmp_path / "b.csv", engine="serial")
    assert not mark.exists()  # a worker was killed indeed


def test_deaths_of_a_run_are_those_of_its_lives(tmp_path):
    _, rows = trained(tmp_path / "a.csv", engine="serial", run=str(tmp_path / "run"))
    about = json.loads((tmp_path / "run" / "lives.json").read_text())
    lives = np.fromfile(
        tmp_path / "run" / "lives.bin", np.lib.format.descr_to_dtype(about["descr"])
    )
    died = {(row["realm"], row["who"], row["kind"]) for row in rows if row["event"] == "die"}
    assert len(lives) > 5
    assert died == {
        (str(it["realm"]), str(it["id"]), Cause(it["cause"]).name.lower()) for it in lives
    }


def test_a_resumed_run_writes_a_new_file_from_where_it_is(tmp_path):
    _, rows = trained(tmp_path / "a.csv", engine="serial")
    trained(None, epochs=2, engine="serial", run=str(tmp_path / "run"))
    args = Args(
        engine="serial", resume=str(tmp_path / "run"), nRealm=3, events=str(tmp_path / "b.csv")
    )
    with Native(LAW, args, tiny.STATEFUL) as envs:
        envs.run(4, quiet=True)
    assert read(tmp_path / "b.csv") == [row for row in rows if int(row["tick"]) > 2 * LAW.horizon]


def test_a_run_refuses_a_file_that_exists_before_it_starts(tmp_path):
    (tmp_path / "a.csv").touch()
    with pytest.raises(ForgeError, match="exists, and a file of events replaces nothing"):
        trained(tmp_path / "a.csv", engine="serial", run=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_copy_of_a_run_keeps_no_events(tmp_path):
    with Native(CONFIG, Args(engine="serial", events=str(tmp_path / "a.csv"))) as envs:
        envs.run(1, quiet=True)
        handed = envs.hand_over()
    shard = next(iter(play_from(handed)))
    assert len(shard.realms.take_happenings()) == 0


def test_vecenv_writes_no_events():
    with pytest.raises(ConfigError, match="leave events out"):
        VecEnv(CONFIG, Args(events="a.csv"))
