"""Files that are no maps are refused with one line: the file, what is wrong, how to mend it."""

import re
import zlib

import numpy as np
import pytest

from forge.blade import Tile, mapfile
from forge.blade.terrain import MapError
from tests.blade.mapfile.samples import (
    TEXT,
    TILESET,
    changed,
    read,
    with_base64,
    with_data,
    with_elements,
    with_packed,
    with_source,
)

KINDS = ", ".join(kind.name.lower() for kind in Tile)


def sized(width):
    return changed('name="tiles" width="3"', f'name="tiles" width="{width}"')


BAD_LAYERS = {
    "has 5 tiles, not 3 × 2: save": with_data("1,2,3,4,5"),
    "has more than 3 × 2 tiles": with_data("1,2,3,4,5,6,1"),
    "has 'x' for a tile's number at row 0, column 2": with_data("1,2,x,4,5,6"),
    "has '' for a tile's number at row 0, column 2": with_data("1,2,,4,5,6"),
    "has '' for a tile's number at row 2, column 0": with_data("1,2,3,4,5,6,"),
    "has '' for a tile's number at row 0, column 0": with_data(" "),
    "has '3 4' for": with_data("1,2,3 4,5,6"),
    f"has '{2**32}' for": with_data(f"1,2,{2**32},4,5,6"),
    "has '00000000001' for": with_data("00000000001,2,3,4,5,6"),
    "has '-1' for": with_data("-1,2,3,4,5,6"),
    r"has '\?' for": with_data("²,2,3,4,5,6"),
    r"cannot be unpacked \(.*base64": with_data("!!!!", 'encoding="base64"'),
    "its base64 is cut off": with_data("AQAAA", 'encoding="base64"'),
    r"\(it ends within a tile\)": with_data("AQ==", 'encoding="base64"'),
    "cannot be unpacked .*decompressing": with_packed(bytes(6), "zlib"),
    "cannot be unpacked .*it is cut off": with_packed(zlib.compress(bytes(24))[:-2], "zlib"),
    "3 tiles, not": with_base64([1, 2, 3], "zlib"),
    "more than 3 × 2 tiles: save": with_base64(np.ones(10**6), "gzip"),
    "compressed by 'lzma': choose CSV": with_packed(b"AA", "lzma"),
    "encoded as 'hex': choose CSV": with_data("AA", 'encoding="hex"'),
    "has 'a' for a tile's number at row 0, column 1": with_elements([1, "a", 3, 4, 5, 6]),
    "has '2,3' for": with_elements([1, "2,3", 4, 5, 6]),
    "has 5 tiles": with_elements([1, 2, 3, 4, 5]),
    "more than 3 × 2 tiles": with_elements(range(7)),
    "holds a 'chunk', not only tiles": with_data("<chunk/>", ""),
    "is in chunks: turn off Infinite": with_data("<chunk>1,2</chunk>"),
    "several <data>": with_data("1</data><data>"),
    "row 0, column 1 there is no tile: use tiles whose class": with_data("1,0,3,4,5,6"),
    "row 0, column 2 there is no tile": with_data(
        '<tile gid="1"/><tile gid="2"/>' + "<tile/>" * 4, ""
    ),
    r"row 1, column 2 tile 7 is of no known kind \(ID 6 of the tileset 'forge'\): use": with_data(
        "1,2,3,4,5,7"
    ),
    r"column 0 tile 268435455 is of no known kind": with_base64([2**32 - 1, 1, 1, 1, 1, 1]),
    "row 0, column 0 tile 1 is of no known kind: use": changed(TILESET, ""),
    "column 0 tile 1 is of no known kind: use": with_data("1,2,3,4,5,6").replace(
        'firstgid="1"', 'firstgid="2"'
    ),
}
BAD_MAPS = {
    rf"known kind \(ID 2 of the tileset 'forge': 'swamp'\): use tiles .* one of {KINDS}": changed(
        '"grass"', '"swamp"'
    ),
    "its orientation is 'isometric': make it": changed("orthogonal", "isometric"),
    "it is infinite: turn off Infinite": changed('infinite="0"', 'infinite="1"'),
    "needs one layer of tiles": changed("layer", "group"),
    "or one of several with the name 'tiles'": changed("<layer ", "<layer/><layer ").replace(
        '"tiles"', '"a"'
    ),
    "one of several with the name": changed("<layer ", '<layer name="TILES"/><layer '),
    "its <layer> has width='0', which must be 1 … 4096": sized("0"),
    "width='-3', which": sized("-3"),
    "width='9999999', which": sized("9999999"),
    "width='²', which": sized("²"),
    "width='', which": sized(""),
    f"width='{'9' * 40}…', which": sized("9" * 5000),
    "its <tileset> has firstgid='-1', which must be": changed('firstgid="1"', 'firstgid="-1"'),
    "two of its tilesets have firstgid": changed("<tileset", '<tileset firstgid="1"/><tileset'),
    "its <tile> has id='', which must be": changed('tile id="3"', "tile"),
    "it holds a 'html', not a 'map': save": "<html></html>",
    "its layer has no <data>": re.sub(r"<data encoding=.csv.*</data>", "", TEXT, flags=re.S),
    "it is cut off, damaged or not in UTF-8": b"\xff\xfe<\x00m\x00",
    "damaged or not in UTF-8 .*line 3": TEXT.replace('"forge"', '"f\xf6rge"').encode("latin-1"),
    "undefined entity": changed("1,2", "1&comma;2"),
    "it holds JSON, not XML: save it from Tiled as .tmx": '{"height": 2, "layers": []}',
    "holds JSON": b"\xef\xbb\xbf\n[]",
}


@pytest.mark.parametrize(("message", "content"), [*BAD_LAYERS.items(), *BAD_MAPS.items()])
def test_faulty_file_is_refused_with_its_name_and_a_remedy(tmp_path, message, content):
    with pytest.raises(
        MapError, match=rf"cannot use the map .*faulty\.tmx: .*({message})"
    ) as found:
        read(tmp_path, content, "faulty.tmx")
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 500


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_truncated_file_is_refused(tmp_path, share):
    with pytest.raises(MapError, match=r"map\.tmx: it is cut off, damaged .* save it from Tiled"):
        read(tmp_path, TEXT[: int(share * len(TEXT))])


def test_number_is_not_joined_across_the_end_of_a_chunk(tmp_path):
    for count in range(65_500, 65_540):  # chunks are of 2^16 bytes; "1 2" ends up astride two
        text = with_data(" " * (count - TEXT.index("1,2,3,")) + "1 2,3,4,5,6,1")
        with pytest.raises(MapError, match="has '1 2' for a tile's number at row 0, column 0"):
            read(tmp_path, text)


def test_zstd_that_is_damaged_is_refused(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    whole = zstandard.compress(np.arange(1, 7, dtype="<u4").tobytes())
    for cut in range(len(whole)):
        with pytest.raises(MapError, match="its layer"):
            read(tmp_path, with_packed(whole[:cut], "zstd"))


def test_missing_tileset_is_named(tmp_path):
    with pytest.raises(MapError, match=r"map\.tmx: its tileset 'none\.tsx': No such file"):
        read(tmp_path, with_source("none.tsx"))


@pytest.mark.parametrize("name", ["kinds.tsj", "kinds.json", "kinds.tsx"])
def test_tileset_in_json_is_named_as_such(tmp_path, name):
    (tmp_path / name).write_text('{"tiles": []}')
    message = rf"its tileset '{name}': it holds JSON, not XML: save it from Tiled as \.tsx"
    with pytest.raises(MapError, match=message):
        read(tmp_path, with_source(name))


@pytest.mark.parametrize("name", ["none.tmx", "a\0b"])
def test_missing_file_is_named(tmp_path, name):
    with pytest.raises(MapError, match=f"{name}: (No such file|.*null)"):
        mapfile.read(tmp_path / name)
