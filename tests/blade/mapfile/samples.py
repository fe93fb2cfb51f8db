"""Small maps in every form that Tiled writes, to be read as they are or damaged."""

import base64
import gzip
import re
import zlib

import numpy as np

from forge.blade import mapfile

TILES = np.array([[0, 1, 2], [3, 4, 5]], np.uint8)
TEXT = mapfile.encode(TILES).decode()
TILESET = re.search(r"<tileset.*</tileset>", TEXT, re.S)[0]
PACKERS = {"": bytes, "zlib": zlib.compress, "gzip": gzip.compress}

# As the terrain generator of Neural MMO v1.0 writes them; its tiles.tsx lies two folders up.
V1_MAP = """<?xml version="1.0" encoding="UTF-8"?>
<map version="1.0" tiledversion="1.1.5" orientation="orthogonal" renderorder="right-down" width="3"
 height="2" tilewidth="128" tileheight="128" infinite="0" nextobjectid="1">
 <tileset firstgid="0" source="../../tiles.tsx"/>
 <layer name="Tile Layer 1" width="3" height="2">
  <data encoding="csv">
  1, 2, 3, 5, 4, 6
</data>
 </layer>
</map>"""
V1_KINDS = ("lava", "water", "grass", "scrub", "forest", "stone")
V1_TILESET = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<tileset name="tiles" tilewidth="128" tileheight="128" tilecount="6" columns="0">\n'
    ' <grid orientation="orthogonal" width="1" height="1"/>\n'
    + "".join(
        f' <tile id="{index}">\n  <image width="128" height="128" source="../tiles/{kind}.png"/>\n'
        " </tile>\n"
        for index, kind in enumerate(V1_KINDS, start=1)
    )
    + "</tileset>\n"
)


def read(folder, content, name="map.tmx"):
    """Read a text, or bytes, as if it were a file."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return mapfile.read(folder / name)


def with_data(data, attributes='encoding="csv"', width=3, height=2):
    """Make a file with another layer."""
    text, count = re.subn(
        r'width="3" height="2">\s*<data encoding="csv">.*?</data>',
        lambda _: f'width="{width}" height="{height}"><data {attributes}>{data}</data>',
        TEXT,
        flags=re.S,
    )
    assert count == 1
    return text


def with_base64(numbers, packing="", **size):
    raw = PACKERS[packing](np.asarray(numbers).astype("<u4").tobytes())
    return with_packed(raw, packing, **size)


def with_packed(raw, packing, **size):
    compression = f' compression="{packing}"' if packing else ""
    return with_data(base64.b64encode(raw).decode(), f'encoding="base64"{compression}', **size)


def with_elements(numbers, **size):
    return with_data("".join(f'<tile gid="{number}"/>' for number in numbers), "", **size)


def with_source(source):
    """Make a file whose tileset is another file."""
    return changed(TILESET, f'<tileset firstgid="1" source="{source}"/>')


def changed(before, after):
    assert before in TEXT
    return TEXT.replace(before, after)
