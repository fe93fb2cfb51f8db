"""Maps as .tmx: round trips, what Tiled may write, and files that cannot be used."""

import base64
import gzip
import os
import re
import xml.etree.ElementTree as ET
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Config, Tile, mapfile
from forge.blade.terrain import MapError, check, generate
from forge.errors import ForgeError

CONFIG = Config(map_size=20, border=3)
TILES = np.array([[0, 1, 2], [3, 4, 5]], np.uint8)
KINDS = ", ".join(kind.name.lower() for kind in Tile)
TEXT = mapfile.encode(TILES).decode()
CSV = "1,2,3,\n4,5,6"  # the layer of TEXT
PACKERS = {"": bytes, "zlib": zlib.compress, "gzip": gzip.compress}


@pytest.fixture
def read(tmp_path):
    """Read a text, or bytes, as if it were a file."""

    def read_content(content, name="map.tmx"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return mapfile.read(path)

    return read_content


def with_data(data, attributes='encoding="csv"'):
    """Make a file with another layer."""
    text, count = re.subn(
        r'<data encoding="csv">.*?</data>', f"<data {attributes}>{data}</data>", TEXT, flags=re.S
    )
    assert count == 1
    return text


def with_base64(numbers, packing=""):
    raw = PACKERS[packing](np.array(numbers, "<u4").tobytes())
    compression = f' compression="{packing}"' if packing else ""
    return with_data(base64.b64encode(raw).decode(), f'encoding="base64"{compression}')


def changed(before, after):
    assert before in TEXT
    return TEXT.replace(before, after)


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
    pictures = [data.text for data in ET.fromstring(TEXT).iterfind("tileset/tile/image/data")]
    assert len(set(pictures)) == len(Tile)
    for picture in pictures:
        assert base64.b64decode(picture).startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("packing", PACKERS)
def test_base64_is_read(read, packing):
    assert (read(with_base64([1, 2, 3, 4, 5, 6], packing)) == TILES).all()


def test_layer_of_elements_is_read(read):
    cells = "".join(f'<tile gid="{number}"/>' for number in range(1, 7))
    assert (read(with_data(cells, "")) == TILES).all()


@pytest.mark.parametrize("bit", [28, 29, 30, 31])
def test_turned_tiles_are_the_same_tiles(read, bit):
    flags = [number | 1 << bit for number in range(1, 7)]
    assert (read(with_base64(flags)) == TILES).all()
    assert (read(with_data(",".join(map(str, flags)))) == TILES).all()


def test_tilesets_may_start_at_any_number(read):
    text = with_data("101,102,103,104,105,106").replace('firstgid="1"', 'firstgid="101"')
    assert (read(text) == TILES).all()


def test_kinds_are_told_by_name_not_by_number(read):
    text = changed('type="lava"', 'type="water"').replace(
        'id="1" type="water"', 'id="1" type="lava"'
    )
    assert read(text).tolist() == [[1, 0, 2], [3, 4, 5]]


@pytest.mark.parametrize("given_name", ['type=" Lava "', 'class="lava"', 'type="" class="LAVA"'])
def test_class_of_a_tile_names_its_kind(read, given_name):
    assert (read(changed('type="lava"', given_name)) == TILES).all()


def test_property_of_a_tile_goes_before_its_class(read):
    named = '<tile id="1" type="x"><properties><property name="kind" value="{}"/></properties>'
    assert (read(changed('<tile id="1" type="water">', named.format("water"))) == TILES).all()
    assert read(changed('<tile id="1" type="water">', named.format("stone")))[0, 1] == Tile.STONE


def test_tileset_may_lie_beside_the_map(read, tmp_path):
    tileset = re.search(r"<tileset.*</tileset>", TEXT, re.S)[0]
    (tmp_path / "kinds.tsx").write_text(tileset.replace(' firstgid="1"', ""))
    assert (read(changed(tileset, '<tileset firstgid="1" source="kinds.tsx"/>')) == TILES).all()


def test_missing_tileset_is_named(read):
    tileset = re.search(r"<tileset.*</tileset>", TEXT, re.S)[0]
    with pytest.raises(MapError, match=r"none\.tsx: No such file"):
        read(changed(tileset, '<tileset firstgid="1" source="none.tsx"/>'))


def test_layer_named_tiles_counts_among_several(read):
    other = '<layer id="2" name="notes" width="1" height="1"><data encoding="csv">0</data></layer>'
    assert (read(changed("</map>", other + "</map>")) == TILES).all()


def test_byte_order_mark_is_no_fault(read):
    assert (read(b"\xef\xbb\xbf" + TEXT.encode()) == TILES).all()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_truncated_file_is_refused(read, share):
    with pytest.raises(MapError, match=r"map\.tmx: it is cut off or damaged .* save it from Tiled"):
        read(TEXT[: int(share * len(TEXT))])


def sized(width):
    return changed('name="tiles" width="3"', f'name="tiles" width="{width}"')


BAD_LAYERS = {
    "5 tiles, not 3 × 2": with_data("1,2,3,4,5"),
    "7 tiles, not 3 × 2": with_data("1,2,3,4,5,6,1"),
    "not a list of tile numbers": with_data("1,2,x,4,5,6"),
    "its layer is not a list of tile": with_data("1,2,,4,5,6"),
    "not a list of": with_data(f"1,2,{2**32},4,5,6"),
    "not a list": with_data("-1,2,3,4,5,6"),
    "cannot be unpacked": with_data("!!!!", 'encoding="base64"'),
    "cannot be unpacked .*decompressing": with_data(
        "AAAAAAAA", 'encoding="base64" compression="zlib"'
    ),
    "3 tiles, not": with_base64([1, 2, 3], "zlib"),
    "7 tiles, not": with_base64(np.ones(10**6), "gzip"),  # unpacked no further than needed
    "compressed by zstd: choose CSV": with_data("AA", 'encoding="base64" compression="zstd"'),
    "encoded as 'hex': choose CSV": with_data("AA", 'encoding="hex"'),
    "gid of <tile> must be 0": with_data('<tile gid="a"/>', ""),
    "row 0, column 1 there is no tile: use tiles whose class": with_data("1,0,3,4,5,6"),
    "row 1, column 2 tile 7 is of no known kind: use": with_data("1,2,3,4,5,7"),
}
BAD_MAPS = {
    rf"no known kind \('swamp'\): use tiles .* one of {KINDS}": changed('"grass"', '"swamp"'),
    "its orientation is isometric: make it": changed("orthogonal", "isometric"),
    "it is infinite: turn off Infinite": changed('infinite="0"', 'infinite="1"'),
    "needs one layer of tiles": changed("layer", "group"),
    "or one of several with the name 'tiles'": changed("<layer ", "<layer/><layer ").replace(
        '"tiles"', '"a"'
    ),
    "width of <layer> must be 1 … 4096, not '0'": sized("0"),
    "not '9999999'": sized("9999999"),
    "not '²'": sized("²"),
    "not ''": sized(""),
    "firstgid of <tileset> must be": changed('firstgid="1"', 'firstgid="-1"'),
    "id of <tile> must be": changed('tile id="3"', "tile"),
    "it holds a <html>, not a <map>": "<html></html>",
    "its layer has no <data>": re.sub(r"<data encoding=.csv.*</data>", "", TEXT, flags=re.S),
    "not a text in UTF-8": b"\xff\xfe<\x00m\x00",
}


@pytest.mark.parametrize(("message", "content"), [*BAD_LAYERS.items(), *BAD_MAPS.items()])
def test_faulty_file_is_refused_with_its_name_and_a_remedy(read, message, content):
    with pytest.raises(MapError, match=rf"cannot use the map .*faulty\.tmx: .*{message}"):
        read(content, "faulty.tmx")


def test_entities_are_refused_before_they_are_expanded(read):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(MapError, match="declares a document type or entities: delete"):
        read(bomb + TEXT.partition("?>")[2])


def test_oversized_file_is_refused(read, monkeypatch):
    monkeypatch.setattr(mapfile, "FILE_SIZE", 1000)
    with pytest.raises(MapError, match="larger than"):
        read(TEXT)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(MapError, match=r"none\.tmx: No such file"):
        mapfile.read(tmp_path / "none.tmx")


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    mapfile.write(tmp_path / "map.tmx", TILES)

    def fail(_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ForgeError, match=r"cannot write .*map\.tmx: disk full"):
        mapfile.write(tmp_path / "map.tmx", TILES[::-1])
    assert os.listdir(tmp_path) == ["map.tmx"]
    assert (mapfile.read(tmp_path / "map.tmx") == TILES).all()
