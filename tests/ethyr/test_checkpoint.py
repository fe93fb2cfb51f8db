"""Checkpoints: whole or refused."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from forge.blade.config import Law
from forge.errors import CheckpointError, ForgeError, VersionError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout

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


@pytest.mark.parametrize("written", [0, 3])
def test_other_version_is_refused(tmp_path, monkeypatch, model, written):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "VERSION", written)
        checkpoint.write(tmp_path / "file", {"model": model}, {})
    with pytest.raises(VersionError, match=f"is of version {written}; this is version 2"):
        checkpoint.read(tmp_path / "file")


def test_the_version_before_is_read(tmp_path, monkeypatch, model):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "VERSION", 1)
        checkpoint.write(tmp_path / "file", {"model": model}, {})
    tensors, about = checkpoint.read(tmp_path / "file")
    assert (tensors["model"].tolist(), about["version"]) == (model.tolist(), 1)


def test_other_layout_is_refused(path):
    other = Layout({"w": ((3, 2), "zeros"), "c": ((2,), "zeros")})
    with pytest.raises(CheckpointError, match="c has shape none there"):
        checkpoint.load_model(path, other)


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
