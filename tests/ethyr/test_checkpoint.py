"""Checkpoints: whole or refused."""

import errno
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from forge import files
from forge.blade.observation import VALUED
from forge.blade.questtable import LONGEST_NAME, MOST_QUESTS
from forge.config import Chaos, Law
from forge.errors import CheckpointError, ForgeError, VersionError
from forge.ethyr import checkpoint, misfit
from forge.ethyr.layout import Layout
from forge.trinity import ann

LAYOUT = Layout({"w": ((3, 2), "linear"), "b": ((2,), "zeros")})


@pytest.fixture
def model():
    return LAYOUT.initialise(2, np.random.default_rng(0))


@pytest.fixture
def path(tmp_path, model):
    checkpoint.save_model(tmp_path / "a.safetensors", model, LAYOUT, Law(horizon=7))
    return tmp_path / "a.safetensors"


def test_weights_come_back_to_the_bit(path, model):
    assert (checkpoint.load_model(path, LAYOUT) == model).all()


def test_config_comes_with_the_weights(path):
    assert checkpoint.open_config(path).horizon == 7


def test_every_flipped_bit_is_noticed(path):
    data, refused = path.read_bytes(), 0
    for bit in range(0, 8 * len(data), 11):
        harmed = bytearray(data)
        harmed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(harmed)
        with pytest.raises(CheckpointError, match=path.name):
            checkpoint.read(path)
        refused += 1
    assert refused > 500


def test_every_truncation_is_noticed(path):
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(CheckpointError, match="truncated or corrupted"):
            checkpoint.read(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"cannot read checkpoint .*none: No such file"):
        checkpoint.read(tmp_path / "none")


@pytest.mark.parametrize("written", [0, checkpoint.VERSION + 1])
def test_other_version_is_refused(tmp_path, monkeypatch, model, written):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "VERSION", written)
        checkpoint.write(tmp_path / "file", {"model": model}, {})
    with pytest.raises(VersionError, match=f"is of version {written}; {OURS}"):
        checkpoint.read(tmp_path / "file")


@pytest.mark.parametrize("written", [1, 2, 3, 4])
def test_the_versions_before_are_read(tmp_path, monkeypatch, model, written):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "VERSION", written)
        checkpoint.write(tmp_path / "file", {"model": model}, {})
    tensors, about = checkpoint.read(tmp_path / "file")
    assert (tensors["model"].tolist(), about["version"]) == (model.tolist(), written)


def test_other_layout_is_refused(path):
    other = Layout({"w": ((3, 2), "zeros"), "c": ((2,), "zeros")})
    with pytest.raises(CheckpointError, match="c has shape none there"):
        checkpoint.load_model(path, other)


ITEMS = {"skills": True, "items": True}
WORK = {**ITEMS, "professions": True}


@pytest.mark.parametrize(
    ("trained", "here", "words"),
    [
        ({}, {"npcs": 9}, "traits .* without NPCs, so set npcs to 0"),
        ({"npcs": 9}, {}, "traits .* among NPCs, so set npcs to their number"),
        ({}, {"skills": True}, "standing .* without skills, so set skills to false"),
        ({"skills": True}, {}, "standing .* with skills, so set skills to true"),
        ({"npcs": 9}, {"skills": True}, "standing .* without skills, so set skills to false"),
        ({"skills": True}, {"npcs": 9}, "standing .* with skills, so set skills to true"),
        (ITEMS, WORK, "tile .* without professions, so set professions to false"),
        (WORK, ITEMS, "tile .* with professions, so set professions to true"),
        ({}, {"quests": "standard"}, 'quest .* without quests, so set quests to ""'),
        ({"quests": "standard"}, {}, "quest .* with quests, so set quests to standard"),
        ({"radius": 3}, {}, r"tile has shape \(49, 6, 2\) there, \(225, 6, 2\) here$"),
    ],
)
def test_weights_of_a_world_with_other_systems_say_what_to_do(tmp_path, trained, here, words):
    theirs, ours = (Chaos(hidden=2, **systems) for systems in (trained, here))
    layout, path = Layout(ann.parameters(theirs)), tmp_path / "theirs.safetensors"
    model = layout.initialise(1, np.random.default_rng(0))
    checkpoint.save_model(path, model, layout, theirs)
    with pytest.raises(CheckpointError, match=f"another network: {words}"):
        checkpoint.load_model(path, Layout(ann.parameters(ours)))


def test_for_each_array_that_some_worlds_lack_it_is_known_what_to_do():
    of_systems = {name for name, seen in VALUED.items() if seen.system}
    assert set(misfit.OF_WORLDS) == {"tile"} | of_systems


def test_with_skills_weights_fit_with_and_without_npcs():
    layouts = [Layout(ann.parameters(Chaos(skills=True, npcs=npcs))) for npcs in (0, 9)]
    assert layouts[0].shapes == layouts[1].shapes


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failed_write_leaves_the_old_file_and_nothing_else(path, model, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(os, call, full)
    with pytest.raises(ForgeError, match=r"cannot write .*a.safetensors: No space left"):
        checkpoint.save_model(path, model + 1, LAYOUT, Law())
    assert os.listdir(path.parent) == [path.name]
    assert path.read_bytes() == before


def test_one_population_can_be_merged_into_another(model):
    loaded = np.ones_like(model)
    merged = checkpoint.merged(model, loaded, 1, 0, "a")
    assert (merged[0] == model[0]).all()
    assert (merged[1] == 1).all()


def test_single_population_fills_all(model):
    assert (checkpoint.merged(model, np.ones((1, LAYOUT.size)), None, None, "a") == 1).all()


@pytest.mark.parametrize(
    ("population", "source", "complaint"),
    [
        (None, None, "holds 3 populations, the config 2"),
        (2, None, "cannot load population 2: the config has 2"),
        (0, 3, "has no population 3"),
    ],
)
def test_populations_that_do_not_exist_are_refused(model, population, source, complaint):
    loaded = np.ones((3, LAYOUT.size), np.float32)
    with pytest.raises(CheckpointError, match=complaint):
        checkpoint.merged(model, loaded, population, source, "a")


def test_a_runs_directory_stands_for_its_last_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for epoch in (3, 10):
        path = tmp_path / "checkpoints" / f"epoch-{epoch:08}.safetensors"
        checkpoint.write(path, {}, {"epoch": epoch})
    assert checkpoint.read(tmp_path)[1]["epoch"] == 10


def test_a_directory_without_checkpoints_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is no run that holds a checkpoint"):
        checkpoint.read(tmp_path)


def forged(path, about, header=None):
    """Write a file with any text about it, and its checksum."""
    metadata = {"about": about, "sha256": hashlib.sha256(about.encode()).hexdigest()}
    header = json.dumps({"__metadata__": metadata}).encode() if header is None else header
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    return path


FORMAT = '"format": "forge checkpoint"'
OURS = f"this is version {checkpoint.VERSION}"


@pytest.mark.parametrize(
    ("about", "complaint"),
    [
        ("[" * 100_000, "is damaged: its description: it nests too deeply"),
        ("[]", "is damaged: its description: it is a list, not an object"),
        ("3", "is damaged: its description: it is a number, not an object"),
        ("null", "is damaged: its description: it is null"),
        ("", "is damaged: its description: it is not JSON"),
        ('{"version": 3, "version": 2}', "is damaged: its description: a name comes twice"),
        ('{"version": NaN}', "is damaged: its description: it holds NaN"),
        ('{"version": ' + "9" * 5000 + "}", "is damaged: its description: it holds a number of"),
        ("{}", "is no checkpoint of Forge"),
        (f'{{{FORMAT}, "version": "3"}}', "is no checkpoint of Forge"),
        (f'{{{FORMAT}, "version": true}}', "is no checkpoint of Forge"),
        (f'{{{FORMAT}, "version": [3]}}', "is no checkpoint of Forge"),
        (
            f'{{{FORMAT}, "version": {10**30}}}',
            f"is of version {10**30}; {OURS}",
        ),
    ],
)
def test_a_description_that_is_none_is_one_line(tmp_path, about, complaint):
    with pytest.raises(CheckpointError, match=complaint) as error:
        checkpoint.read(forged(tmp_path / "a", about))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000, b"[]", b"3", b"{}", b'{"__metadata__": 3}', b'{"__metadata__": {}}',
        b'{"__metadata__": {"about": 3, "sha256": 3}}', b"\xff", b"",
        b'{"a": {"dtype": "F32", "shape": [9223372036854775807, 4], "data_offsets": [0, 0]}}',
        b'{"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}',
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_one_line(tmp_path, header):
    with pytest.raises(CheckpointError, match="is no checkpoint, or was truncated or corrupted"):
        checkpoint.read(forged(tmp_path / "a", "{}", header))


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
def test_what_is_no_plain_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(CheckpointError, match=r"checkpoint .*: it is not a regular file"):
            checkpoint.read(path)


def test_checkpoints_are_in_the_order_of_their_epochs(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    names = ["epoch-99999999", "epoch-100000000", "epoch-00000007", "best", "epoch-7"]
    for name in names:
        (tmp_path / "checkpoints" / f"{name}.safetensors").touch()
    found = [checkpoint.epoch_of(path) for path in checkpoint.in_run(tmp_path)]
    assert found == [7, 99_999_999, 100_000_000]
    assert checkpoint.epoch_of("best.safetensors") is None


def of_class(path, model, module):
    classes = {"Sword": [module, "Harvester"]}
    about = {"layout": LAYOUT.described(), "config": Law().as_dict(), "classes": classes}
    checkpoint.write(path, {"model": model}, about)
    return path


def test_weights_of_somebodys_own_sword_say_what_to_do(tmp_path, model):
    other = Layout({"w": ((3, 2), "zeros")})
    path = of_class(tmp_path / "a", model, "harvest")
    with pytest.raises(CheckpointError, match=r"its own, Harvester \(of harvest\): load it from P"):
        checkpoint.load_model(path, other)
    with pytest.raises(CheckpointError, match=r"b has shape \(2,\) there, none here$"):
        checkpoint.load_model(of_class(path, model, "forge.trinity.sword"), other)


@pytest.mark.parametrize("classes", [None, [], {"Sword": 3}, {"Sword": ["a"]}, {"Sword": [1, 2]}])
def test_classes_that_are_none_are_nobodys(classes):
    assert checkpoint.own_sword({"classes": classes}) is None


def test_the_longest_table_of_quests_fits_into_a_checkpoint(tmp_path, model):
    rows = [{"does": "eat", "number": 1, "name": "\U0001f3fa" * LONGEST_NAME}] * MOST_QUESTS
    config = Law(quests=json.dumps(rows))
    checkpoint.save_model(tmp_path / "long.safetensors", model, LAYOUT, config)
    assert checkpoint.open_config(tmp_path / "long.safetensors").quests == config.quests


def test_a_file_that_a_checkpoint_names_is_not_opened(monkeypatch):
    described = checkpoint.config_described(Law())
    described["config"]["quests"] = "/etc/quests.csv"
    monkeypatch.setattr(files, "read", None)
    with pytest.raises(CheckpointError, match="checkpoint of: quests: a config that is read names"):
        checkpoint.config_of(described, "of")
