"""Maps are written so that they come back, whole or not at all."""

import base64
import os
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Config, Tile, mapfile
from forge.blade.terrain import MapError, check, generate
from forge.blade.tiles import NUM_COMMON
from forge.errors import ForgeError
from tests.blade.mapfile.samples import TEXT, TILES

CONFIG = Config(map_size=20, border=3)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32))
def test_what_is_written_is_read(tmp_path_factory, rows, columns, seed):
    path = tmp_path_factory.getbasetemp() / "round.tmx"
    tiles = np.random.default_rng(seed).integers(0, len(Tile), (rows, columns)).astype(np.uint8)
    mapfile.write(path, tiles)
    found = mapfile.read(path)
    assert found.dtype == np.uint8
    assert (found == tiles).all()


def test_generated_map_comes_back_and_can_be_used(tmp_path):
    mapfile.write(tmp_path / "map.tmx", generate(CONFIG, 0))
    tiles = mapfile.read(tmp_path / "map.tmx")
    check(tiles, CONFIG)
    assert (tiles == generate(CONFIG, 0)).all()


def test_same_map_gives_the_same_bytes():
    assert mapfile.encode(TILES) == mapfile.encode(TILES.copy())


def test_each_kind_has_a_picture_in_the_file():
    for text, kinds in ((TEXT, NUM_COMMON), (mapfile.encode(TILES + 10).decode(), len(Tile))):
        pictures = [data.text for data in ET.fromstring(text).iterfind("tileset/tile/image/data")]
        assert len(pictures) == len(set(pictures)) == kinds
        for picture in pictures:
            assert base64.b64decode(picture).startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    "tiles",
    [TILES + 11, TILES - 1.0, TILES[0], TILES[:, :0], TILES.astype(np.int8) - 1, TILES > 2, 3],
)
def test_what_is_no_map_is_not_written(tmp_path, tiles):
    with pytest.raises(MapError, match=r"a map is a whole number of 0 … 15 for each row"):
        mapfile.write(tmp_path / "map.tmx", tiles)
    assert os.listdir(tmp_path) == []


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    mapfile.write(tmp_path / "map.tmx", TILES)

    def fail(_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ForgeError, match=r"cannot write .*map\.tmx: disk full"):
        mapfile.write(tmp_path / "map.tmx", TILES[::-1])
    assert os.listdir(tmp_path) == ["map.tmx"]
    assert (mapfile.read(tmp_path / "map.tmx") == TILES).all()
