"""Write a map as Tiled's .tmx, with a small picture of each kind, so that Tiled can open it."""

import base64
import os
import struct
import xml.etree.ElementTree as ET
import zlib

import numpy as np

from forge import files
from forge.blade.mapfile.outline import LAYER
from forge.blade.maprules import MapError, Tiles
from forge.blade.tiles import NUM_COMMON, NUM_TILES, Tile

PIXELS = 16  # side of a tile's picture
_COLOURS = {
    Tile.LAVA: 0x8C2A1A,
    Tile.WATER: 0x2F7FB5,
    Tile.GRASS: 0x86B050,
    Tile.FOREST: 0x2F6B35,
    Tile.SCRUB: 0xA89A55,
    Tile.STONE: 0x8A8A90,
    Tile.ORE: 0xC07A3C,
    Tile.SLAG: 0x5C5450,
    Tile.TREE: 0x4E9246,
    Tile.STUMP: 0x96713F,
    Tile.CRYSTAL: 0x9A7CE0,
    Tile.FRAGMENT: 0x74709A,
    Tile.HERB: 0xE884B2,
    Tile.WEEDS: 0x9AA85E,
    Tile.FISH: 0x4FA8D8,
    Tile.OCEAN: 0x1D568C,
}
_OTHER = 0x404040  # of a kind that is not listed


def write(path: str | os.PathLike[str], tiles: Tiles) -> None:
    """Write a map as a .tmx file, completely or not at all.

    Args:
        path: path of the file; a file of that name is replaced.
        tiles: uint8 (height, width), kinds of tiles.

    Raises:
        MapError: if tiles is not a map.
        ForgeError: if the file cannot be written; an earlier file of that name is then unchanged.
    """
    files.write_atomic(files.at_home(path), encode(tiles))


def encode(tiles: Tiles) -> bytes:
    """Make the content of a .tmx file, with its layer as CSV; the bytes are the same everywhere.

    Its tileset has the kinds of tiles that all worlds have, and the others if there is one of them.

    Args:
        tiles: uint8 (height, width), kinds of tiles.

    Raises:
        MapError: if tiles is not a map.
    """
    _check(tiles)
    kinds = tuple(Tile) if tiles.max() >= NUM_COMMON else tuple(Tile)[:NUM_COMMON]
    height, width = (str(side) for side in tiles.shape)
    side = str(PIXELS)
    root = ET.Element(
        "map", version="1.10", orientation="orthogonal", renderorder="right-down", width=width,
        height=height, tilewidth=side, tileheight=side, infinite="0", nextlayerid="2",
        nextobjectid="1",
    )  # fmt: skip
    tileset = ET.SubElement(
        root, "tileset", firstgid="1", name="forge", tilewidth=side, tileheight=side,
        tilecount=str(len(kinds)), columns="0",
    )  # fmt: skip
    for kind in kinds:
        tile = ET.SubElement(tileset, "tile", id=str(int(kind)), type=kind.name.lower())
        image = ET.SubElement(tile, "image", format="png", width=side, height=side)
        ET.SubElement(image, "data", encoding="base64").text = _png(_COLOURS.get(kind, _OTHER))
    layer = ET.SubElement(root, "layer", id="1", name=LAYER, width=width, height=height)
    rows = [",".join(str(kind + 1) for kind in row) for row in tiles.tolist()]
    ET.SubElement(layer, "data", encoding="csv").text = "\n" + ",\n".join(rows) + "\n"
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _check(tiles: Tiles) -> None:
    cells = np.asarray(tiles)
    is_map = cells.ndim == 2 and cells.size > 0 and cells.dtype.kind in "iu"
    if not is_map or cells.min() < 0 or cells.max() >= NUM_TILES:
        raise MapError(
            f"a map is a whole number of 0 … {NUM_TILES - 1} for each row and column, which this "
            f"array of shape {cells.shape} and type {cells.dtype} is not"
        )


def _png(colour: int) -> str:
    """Make a picture in one colour, as base64; uncompressed, so that its bytes never differ."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", PIXELS, PIXELS, 1, 3, 0, 0, 0))
    palette = chunk(b"PLTE", colour.to_bytes(3, "big"))
    pixels = chunk(b"IDAT", zlib.compress(bytes(PIXELS * (1 + PIXELS // 8)), 0))
    return base64.b64encode(
        b"\x89PNG\r\n\x1a\n" + header + palette + pixels + chunk(b"IEND", b"")
    ).decode()
