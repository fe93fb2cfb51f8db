"""Read and write maps as Tiled's .tmx: a tile layer, and a tileset that names the kinds of tiles.

A kind is named by a tile's property ``kind``, or else by its class (``type`` or ``class`` in the
file): lava, water, grass, forest, scrub, stone. Files may number their tiles as they like. Those
written here hold a small picture of each kind, so that Tiled opens them as they are.
"""

import base64
import os
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from forge import files
from forge.blade.terrain import MapError, Tiles
from forge.blade.tiles import Tile

Ids = NDArray[np.uint32]

SIDE = 4096  # of the largest map read [tiles]
FILE_SIZE = 2**28  # of the largest file read [bytes]
FLIPS = 0xF0000000  # bits of a tile's id that say how it is turned, which no rule sees
PIXELS = 16  # side of a tile's picture
LAYER = "tiles"  # the layer that counts where a file has several
_COLOURS = (0x8C2A1A, 0x2F7FB5, 0x86B050, 0x2F6B35, 0xA89A55, 0x8A8A90)  # in the order of Tile
_CSV = re.compile(r"\s*\d{1,10}\s*(?:,\s*\d{1,10}\s*)*", re.ASCII)


def read(path: str | os.PathLike[str]) -> Tiles:
    """Read a map from a .tmx file; ``terrain.check`` tells whether a world can use it.

    Args:
        path: of the file. Its layer may be stored as CSV, as base64 (plain, zlib or gzip) or as
            XML; its tilesets in the file or beside it.

    Returns:
        uint8 (height, width), kinds of tiles.

    Raises:
        MapError: if there is no such map in it; names the file, what is wrong, and how to mend it.
    """
    path = Path(path)
    root = _parse(path, "map")
    if root.get("orientation", "orthogonal") != "orthogonal":
        _refuse(path, f"its orientation is {root.get('orientation')}: make it orthogonal")
    if root.get("infinite", "0") != "0":
        _refuse(path, "it is infinite: turn off Infinite in its map properties")
    layers = list(root.iter("layer"))
    if len(layers) > 1:
        layers = [layer for layer in layers if layer.get("name") == LAYER]
    if len(layers) != 1:
        _refuse(path, f"it needs one layer of tiles, or one of several with the name {LAYER!r}")
    ids = _ids(path, layers[0]) & np.uint32(0xFFFFFFFF ^ FLIPS)
    return _translate(path, ids, _kinds(path, root))


def write(path: str | os.PathLike[str], tiles: Tiles) -> None:
    """Write a map as a .tmx file: the whole of it, or, if that fails, nothing.

    Args:
        path: of the file; one of that name is replaced.
        tiles: uint8 (height, width), kinds of tiles.

    Raises:
        ForgeError: if it cannot be written; a file of that name is then as it was.
    """
    files.write_atomic(path, encode(tiles))


def encode(tiles: Tiles) -> bytes:
    """Make the content of a .tmx file: a layer as CSV; the same bytes everywhere.

    Args:
        tiles: uint8 (height, width), kinds of tiles.
    """
    height, width = (str(side) for side in tiles.shape)
    side = str(PIXELS)
    root = ET.Element(
        "map", version="1.10", orientation="orthogonal", renderorder="right-down", width=width,
        height=height, tilewidth=side, tileheight=side, infinite="0", nextlayerid="2",
        nextobjectid="1",
    )  # fmt: skip
    tileset = ET.SubElement(
        root, "tileset", firstgid="1", name="forge", tilewidth=side, tileheight=side,
        tilecount=str(len(Tile)), columns="0",
    )  # fmt: skip
    for kind in Tile:
        tile = ET.SubElement(tileset, "tile", id=str(int(kind)), type=kind.name.lower())
        image = ET.SubElement(tile, "image", format="png", width=side, height=side)
        ET.SubElement(image, "data", encoding="base64").text = _png(_COLOURS[kind])
    layer = ET.SubElement(root, "layer", id="1", name=LAYER, width=width, height=height)
    rows = [",".join(str(kind + 1) for kind in row) for row in tiles.tolist()]
    ET.SubElement(layer, "data", encoding="csv").text = "\n" + ",\n".join(rows) + "\n"
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _png(colour: int) -> str:
    """Make a picture in one colour, as base64; not compressed, so that its bytes never differ."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", PIXELS, PIXELS, 1, 3, 0, 0, 0))
    palette = chunk(b"PLTE", colour.to_bytes(3, "big"))
    pixels = chunk(b"IDAT", zlib.compress(bytes(PIXELS * (1 + PIXELS // 8)), 0))
    return base64.b64encode(
        b"\x89PNG\r\n\x1a\n" + header + palette + pixels + chunk(b"IEND", b"")
    ).decode()


def _refuse(path: Path, reason: str) -> NoReturn:
    raise MapError(f"cannot use the map {path}: {reason}") from None


def _parse(path: Path, tag: str) -> ET.Element:
    """Parse a file of XML that declares no document type, hence no entities."""
    try:
        with open(path, "rb") as file:
            content = file.read(FILE_SIZE + 1)
    except OSError as error:
        _refuse(path, error.strerror or str(error))
    if len(content) > FILE_SIZE:
        _refuse(path, f"it is larger than {FILE_SIZE >> 20} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse(path, "it is not a text in UTF-8: save it from Tiled as .tmx")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        _refuse(path, "it declares a document type or entities: delete those lines")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        _refuse(path, f"it is cut off or damaged ({error}): save it from Tiled as .tmx")
    if root.tag != tag:
        _refuse(path, f"it holds a <{root.tag}>, not a <{tag}>: save it from Tiled as .tmx")
    return root


def _number(path: Path, element: ET.Element, name: str, high: int, low: int = 1) -> int:
    text = element.get(name, "")
    if text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high:
        return int(text)
    _refuse(path, f"{name} of <{element.tag}> must be {low} … {high}, not {text!r}")


def _ids(path: Path, layer: ET.Element) -> Ids:
    """Read the ids of a layer's tiles: uint32 (height, width)."""
    width, height = (_number(path, layer, name, SIDE) for name in ("width", "height"))
    data = layer.find("data")
    if data is None:
        _refuse(path, "its layer has no <data>: save it from Tiled as .tmx")
    encoding = data.get("encoding")
    if encoding == "csv":
        ids = _from_csv(path, data.text or "")
    elif encoding == "base64":
        ids = _from_base64(path, data, 4 * width * height)
    elif encoding is None:
        numbers = [_number(path, tile, "gid", 2**32 - 1, 0) for tile in data.iter("tile")]
        ids = np.array(numbers, dtype=np.uint32)
    else:
        _refuse(path, f"its layer is encoded as {encoding!r}: choose CSV as Tile Layer Format")
    if len(ids) != width * height:
        what = f"{len(ids)} tiles, not {width} × {height}"
        _refuse(path, f"its layer has {what}: it is cut off, save it from Tiled again")
    return ids.reshape(height, width)


def _from_csv(path: Path, text: str) -> Ids:
    if _CSV.fullmatch(text):
        ids = np.fromstring(text, dtype=np.int64, sep=",")
        if ids.max() < 2**32:
            return ids.astype(np.uint32)
    _refuse(path, "its layer is not a list of tile numbers: save it from Tiled again")


def _from_base64(path: Path, data: ET.Element, size: int) -> Ids:
    """Decode a layer, unpacking hardly more than its size [bytes], whatever it would grow to."""
    compression = data.get("compression") or "none"
    if compression not in ("none", "zlib", "gzip"):
        _refuse(path, f"its layer is compressed by {compression}: choose CSV as Tile Layer Format")
    try:
        packed = base64.b64decode("".join((data.text or "").split()), validate=True)
        if compression != "none":
            # With 32 the header tells zlib from gzip.
            packed = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS).decompress(packed, size + 4)
    except (ValueError, zlib.error) as error:  # binascii.Error is a ValueError
        _refuse(path, f"its layer cannot be unpacked ({error}): save it from Tiled again")
    return np.frombuffer(packed[: len(packed) // 4 * 4], dtype="<u4").astype(np.uint32)


def _kinds(path: Path, root: ET.Element) -> dict[int, Tile | str]:
    """List the kind of each tile by its id in layers, or the name that is no kind."""
    names = {kind.name.lower(): kind for kind in Tile}
    kinds: dict[int, Tile | str] = {}
    for tileset in root.findall("tileset"):
        first = _number(path, tileset, "firstgid", FLIPS)
        source = tileset.get("source")
        if source is not None:
            tileset = _parse(path.parent / source, "tileset")
        for tile in tileset.findall("tile"):
            name = _name(tile)
            kinds[first + _number(path, tile, "id", FLIPS, 0)] = names.get(name, name)
    return kinds


def _name(tile: ET.Element) -> str:
    given = tile.find("properties/property[@name='kind']")
    name = tile.get("type") or tile.get("class") if given is None else given.get("value")
    return (name or "").strip().lower()


def _translate(path: Path, ids: Ids, kinds: dict[int, Tile | str]) -> Tiles:
    """Turn ids of tiles into kinds."""
    tiles = np.empty(ids.shape, dtype=np.uint8)
    for number in np.unique(ids).tolist():
        kind = kinds.get(number)
        here = ids == number
        if not isinstance(kind, Tile):
            row, col = (int(index) for index in np.argwhere(here)[0])
            what = "there is no tile" if number == 0 else f"tile {number} is of no known kind"
            named = f" ({kind!r})" if kind else ""
            _refuse(
                path,
                f"at row {row}, column {col} {what}{named}: use tiles whose class in the tileset "
                f"is one of {', '.join(kind.name.lower() for kind in Tile)}",
            )
        tiles[here] = kind
    return tiles
