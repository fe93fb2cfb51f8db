"""Maps that Tiled or Neural MMO v1.0 may write are read."""

import re
import sys

import numpy as np
import pytest

from forge.blade import Tile
from forge.blade.terrain import MapError
from tests.blade.mapfile.samples import (
    PACKERS,
    TEXT,
    TILES,
    TILESET,
    V1_MAP,
    V1_TILESET,
    changed,
    read,
    with_base64,
    with_data,
    with_elements,
    with_packed,
    with_source,
)

IDS = (1, 2, 3, 4, 5, 6)  # the layer of TEXT


@pytest.mark.parametrize("packing", PACKERS)
def test_base64_is_read(tmp_path, packing):
    assert (read(tmp_path, with_base64(IDS, packing)) == TILES).all()


def test_zstd_is_read(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    raw = zstandard.compress(np.array(IDS, "<u4").tobytes())
    assert (read(tmp_path, with_packed(raw, "zstd")) == TILES).all()


def test_zstd_without_its_package_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MapError, match=r"zstd.*pip install -e '\.\[tiled\]'.*, or choose CSV"):
        read(tmp_path, with_packed(b"", "zstd"))


def test_layer_of_elements_is_read(tmp_path):
    assert (read(tmp_path, with_elements(IDS)) == TILES).all()


def test_layer_of_many_elements_is_read_in_parts(tmp_path):
    side = 120
    numbers = np.random.default_rng(0).integers(1, 7, side * side)
    tiles = read(tmp_path, with_elements(numbers, width=side, height=side))
    assert (tiles.ravel() == numbers - 1).all()


@pytest.mark.parametrize("sep", [",", ", ", " ,\n\t", ",\r\n"])
def test_csv_may_hold_spaces(tmp_path, sep):
    assert (read(tmp_path, with_data(f" {sep.join(map(str, IDS))} ")) == TILES).all()


@pytest.mark.parametrize("first", [1, 90, 9_999, 2**28 - 7])
def test_csv_longer_than_a_chunk_is_read_whole(tmp_path, first):
    numbers = np.random.default_rng(0).integers(first, first + 6, 200 * 300)
    text = with_data(",\n".join(map(str, numbers.tolist())), width=300, height=200)
    tiles = read(tmp_path, text.replace('firstgid="1"', f'firstgid="{first}"'))
    assert tiles.shape == (200, 300)
    assert (tiles.ravel() == numbers - first).all()


@pytest.mark.parametrize("bit", [28, 29, 30, 31])
def test_turned_tiles_are_the_same_tiles(tmp_path, bit):
    flags = [number | 1 << bit for number in IDS]
    assert (read(tmp_path, with_base64(flags)) == TILES).all()
    assert (read(tmp_path, with_data(",".join(map(str, flags)))) == TILES).all()


def test_tilesets_may_start_at_any_number(tmp_path):
    text = with_data("101,102,103,104,105,106").replace('firstgid="1"', 'firstgid="101"')
    assert (read(tmp_path, text) == TILES).all()


def test_each_tile_belongs_to_the_last_tileset_that_starts_before_it(tmp_path):
    other = '<tileset firstgid="3"><tile id="0" type="stone"/><tile id="3" type="lava"/></tileset>'
    text = changed("</tileset>", f"</tileset>{other}")
    assert read(tmp_path, text.replace("1,2,3,\n4,5,6", "1,2,3,\n3,2,6")).tolist() == [
        [0, 1, 5],
        [5, 1, 0],
    ]


def test_kinds_are_told_by_name_not_by_number(tmp_path):
    text = changed('type="lava"', 'type="water"').replace(
        'id="1" type="water"', 'id="1" type="lava"'
    )
    assert read(tmp_path, text).tolist() == [[1, 0, 2], [3, 4, 5]]


@pytest.mark.parametrize("given_name", ['type=" Lava "', 'class="lava"', 'type="" class="LAVA"'])
def test_class_of_a_tile_names_its_kind(tmp_path, given_name):
    assert (read(tmp_path, changed('type="lava"', given_name)) == TILES).all()


@pytest.mark.parametrize(
    "given",
    [
        '<property name="kind" value="{}"/>',
        '<property name="Kind">{}</property>',
        '<property name="kind">\n {}\n</property>',
        '<property name="other">x</property><property name="kind" value="{}">y</property>',
    ],
)
def test_property_of_a_tile_goes_before_its_class(tmp_path, given):
    named = f'<tile id="1" type="x"><properties>{given}</properties>'
    for kind in (Tile.WATER, Tile.STONE):
        text = changed('<tile id="1" type="water">', named.format(kind.name.lower()))
        assert read(tmp_path, text)[0, 1] == kind


@pytest.mark.parametrize("picture", ["lava.png", "../tiles/lava.png", "C:\\tiles\\Lava.PNG"])
def test_picture_names_the_kind_where_nothing_else_does(tmp_path, picture):
    text = changed('type="lava"', "").replace('image format="png"', f'image source="{picture}"', 1)
    assert (read(tmp_path, text) == TILES).all()
    assert read(tmp_path, changed('format="png"', 'source="stone.png"'))[0, 0] == Tile.LAVA


def test_maps_of_neural_mmo_v1_are_read(tmp_path):
    folder = tmp_path / "procedural" / "map0"
    folder.mkdir(parents=True)
    (tmp_path / "tiles.tsx").write_text(V1_TILESET)
    assert (read(folder, V1_MAP) == TILES).all()


def test_tileset_may_lie_beside_the_map(tmp_path):
    (tmp_path / "kinds.tsx").write_text(TILESET.replace(' firstgid="1"', ""))
    assert (read(tmp_path, with_source("kinds.tsx")) == TILES).all()


def test_tileset_that_no_tile_is_of_need_not_exist(tmp_path):
    text = changed("<layer ", '<tileset firstgid="100" source="none.tsx"/><layer ')
    assert (read(tmp_path, text) == TILES).all()


@pytest.mark.parametrize("name", ["tiles", "Tiles", " TILES "])
def test_layer_named_tiles_counts_among_several(tmp_path, name):
    text = TEXT.replace('name="tiles"', f'name="{name}"')
    other = '<layer name="notes" width="1" height="1"><data encoding="{}">0</data></layer>'
    for encoding in ("csv", "base64", "of another day"):
        text = text.replace("<layer ", other.format(encoding) + "<layer ", 1)
    assert (read(tmp_path, text) == TILES).all()


def test_layer_may_lie_in_groups(tmp_path):
    text = re.sub(r"(<layer.*</layer>)", r"<group><group>\1</group></group>", TEXT, flags=re.S)
    assert (read(tmp_path, text) == TILES).all()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_told_apart(tmp_path, encoding):
    named = TEXT.replace("UTF-8", "UTF-16" if "16" in encoding else "UTF-8")
    assert (read(tmp_path, named.encode(encoding)) == TILES).all()


def test_doctype_is_no_fault(tmp_path):
    doctype = '<!DOCTYPE map SYSTEM "http://mapeditor.org/dtd/1.0/map.dtd">\n<map'
    assert (read(tmp_path, changed("<map", doctype)) == TILES).all()
