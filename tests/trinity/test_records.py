"""What a resumed run demands of its records."""

import json
import os
import shutil
import tracemalloc

import numpy as np
import pytest

from forge.blade.records import LIFE
from forge.errors import ForgeError
from forge.trinity.commit import Commit
from forge.trinity.records import LIVES, METRICS, Records
from tests.trinity.runs import edit, listing, newest, resume, run
from tests.trinity.tiny import digests


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "run"
    run(path, 3)
    return path


@pytest.fixture
def path(made, tmp_path):
    """A run of three epochs, to be changed."""
    return shutil.copytree(made, tmp_path / "run")


def refused(path, complaint):
    """Refuse to resume, and leave everything as it is."""
    before = listing(path)
    with pytest.raises(ForgeError, match=complaint) as error:
        resume(path)
    assert listing(path) == before
    assert "\n" not in str(error.value)


def lines(path):
    return (path / METRICS).read_bytes().splitlines(keepends=True)


def other(line, **values):
    return json.dumps({**json.loads(line), **values}).encode() + b"\n"


def without(line, name):
    return json.dumps({k: v for k, v in json.loads(line).items() if k != name}).encode() + b"\n"


CHANGES = {
    "a list": (lambda line: b"[1]\n", "line 2: it is a list"),
    "no JSON": (lambda line: b"nothing\n", "line 2: it is not JSON"),
    "empty": (lambda line: b"\n", "line 2: it is not JSON"),
    "no text": (lambda line: b"\xff\n", "line 2: it is not UTF-8"),
    "deep": (lambda line: b"[" * 100_000 + b"\n", "line 2: it nests too deeply"),
    "a long number": (lambda line: b'{"epoch": ' + b"9" * 5000 + b"}\n", "line 2: it holds a numb"),
    "no epoch": (lambda line: without(line, "epoch"), "lacks epoch 2 of 3,"),
    "an epoch that is true": (lambda line: other(line, epoch=True), "lacks epoch 2 of 3,"),
    "an epoch that is a text": (lambda line: other(line, epoch="2"), "lacks epoch 2 of 3,"),
    "an epoch that is real": (lambda line: other(line, epoch=2.0), "lacks epoch 2 of 3,"),
    "another epoch": (lambda line: other(line, epoch=10**30), "lacks epoch 2 of 3,"),
    "twice": (lambda line: line + line, "lacks epoch 3 of 3,"),
    "missing": (lambda line: b"", "lacks epoch 2 of 3,"),
    "no digest": (lambda line: without(line, "digest"), "line 2: it has no digest"),
    "a digest that is none": (lambda line: other(line, digest=3), "line 2: it has no digest"),
    "another number": (lambda line: other(line, lives=7), "metrics.jsonl was changed since"),
    "another spelling": (lambda line: line.replace(b": ", b":"), "metrics.jsonl was changed"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_line_of_the_metrics_is_named(path, name):
    change, complaint = CHANGES[name]
    first, second, third = lines(path)
    (path / METRICS).write_bytes(first + change(second) + third)
    refused(path, rf"{complaint}.*: put the file back as it was, and resume then$")


def test_another_digest_in_the_last_line_is_named(path):
    *before, last = lines(path)
    (path / METRICS).write_bytes(b"".join(before) + other(last, digest="0" * 32))
    refused(path, "line 3: its digest is another one")


@pytest.mark.parametrize("torn", [b"", b'{"epoch": 4, "torn', b"\xff\n[[[\n"])
def test_what_follows_the_checkpoint_is_cut_away(path, torn):
    whole = b"".join(lines(path))
    (path / METRICS).write_bytes(whole + torn)
    with (path / LIVES).open("ab") as file:
        file.write(b"torn")
    assert [line["digest"] for line in resume(path, 4)] == digests(epochs=4)[3:]
    assert (path / METRICS).read_bytes().startswith(whole)
    assert [json.loads(line)["epoch"] for line in lines(path)] == [1, 2, 3, 4]


def test_a_changed_life_is_named(path):
    lives = bytearray((path / LIVES).read_bytes())
    lives[len(lives) // 2] ^= 1
    (path / LIVES).write_bytes(lives)
    refused(path, r"lives.bin was changed since the last checkpoint: put the file back")


def test_missing_lives_are_named(path):
    (path / LIVES).write_bytes((path / LIVES).read_bytes()[:-1])
    refused(path, r"lives.bin is shorter than at the last checkpoint: put the file back")


@pytest.mark.parametrize("name", [METRICS, LIVES])
def test_a_missing_record_is_named(path, name):
    (path / name).unlink()
    refused(path, f"cannot read .*{name}: No such file")


def test_a_count_of_lives_that_is_not_the_records_is_named(path):
    def fewer(tensors, about):
        about["run"]["lives"] -= 1

    edit(newest(path), fewer, again=True)
    refused(path, "lives.bin was changed since the last checkpoint")


def test_an_older_checkpoint_without_sums_of_the_records_is_resumed_from(path):
    edit(newest(path), lambda tensors, about: about["run"].pop("records"), again=True)
    assert [line["digest"] for line in resume(path, 4)] == digests(epochs=4)[3:]


def test_records_are_read_in_constant_memory(tmp_path):
    records, life = Records(tmp_path, LIFE), np.zeros(2000, np.uint8)
    records.begin()
    digest = "0" * 32
    for epoch in range(1, 2001):
        records.append({"epoch": epoch, "digest": digest, "x": "x" * 2000}, life)
    commit = Commit(2000, None, b"", {}, digest=digest, records={METRICS: records.sums[METRICS]})
    tracemalloc.start()
    Records(tmp_path, LIFE).cut_back(commit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert records.sums[METRICS][0] > 4_000_000 > 4 * peak


def test_a_failed_append_leaves_both_records_as_they_were(tmp_path):
    records, life = Records(tmp_path, LIFE), np.zeros(10, np.uint8)
    records.begin()
    records.append({"epoch": 1}, life)
    (tmp_path / METRICS).unlink()
    with pytest.raises(ForgeError, match=METRICS):
        records.append({"epoch": 2}, life)
    assert (tmp_path / LIVES).read_bytes() == life.tobytes()
    assert records.sums[LIVES][0] == 10


def test_versions_that_cannot_be_read_are_told_of(path, caplog):
    (path / "versions.json").write_text("[" * 100_000)
    resume(path, 4)
    assert "it is not known what versions the run began with: cannot read" in caplog.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("name", [METRICS, LIVES])
def test_a_pipe_in_a_records_place_is_not_waited_for(tmp_path, name):
    records = Records(tmp_path, LIFE)
    records.begin()
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(ForgeError, match="it is not a regular file"):
        records.cut_back(Commit(0, None, b"", {}))
