"""Read and write maps as Tiled's .tmx, a format in XML (https://doc.mapeditor.org).

A tile's kind is the *type* (also called class) that its tileset gives it: lava, water, grass,
forest, scrub or stone. So files may number their tiles as they like, and Tiled may reorder them.
"""

import base64
import os
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from forge.blade.config import Config
from forge.blade.terrain import MapError, Tiles, check
from forge.blade.tiles import Tile

TILE_PIXELS = 16  # side of a tile in Tiled
IMAGE = "tiles.png"  # the picture of the tileset, expected beside the map; Tiled opens it without
LAYER = "tiles"  # name of the layer with the kinds, where a file has several
LARGEST_SIDE = 4096  # tiles; protects from files that claim to be huge

_KINDS = {tile.name.lower(): tile for tile in Tile}
_NO_FLAGS = np.uint32(0x0FFFFFFF)  # the four highest bits of a number say how a tile is turned
_ANY_ZLIB = 47  # window bits for zlib and gzip, told apart by the header


def encode(tiles: Tiles) -> bytes:
    """Write a map as the text of a .tmx file.

    Args:
        tiles: uint8 (rows, columns), kinds of tiles.

    Returns:
        UTF-8; the same for the same map.
    """
    rows, columns = tiles.shape
    side = f'tilewidth="{TILE_PIXELS}" tileheight="{TILE_PIXELS}"'
    size = f'width="{columns}" height="{rows}"'
    kinds = "\n".join(f'  <tile id="{tile}" type="{name}"/>' for name, tile in _KINDS.items())
    cells = ",\n".join(",".join(str(kind + 1) for kind in row) for row in tiles.tolist())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" orientation="orthogonal" renderorder="right-down" {size} {side} infinite="0"\
 nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" name="forge" {side} tilecount="{len(Tile)}" columns="{len(Tile)}">
  <image source="{IMAGE}" width="{len(Tile) * TILE_PIXELS}" height="{TILE_PIXELS}"/>
{kinds}
 </tileset>
 <layer id="1" name="{LAYER}" {size}>
  <data encoding="csv">
{cells}
</data>
 </layer>
</map>
""".encode()


def read(path: str | os.PathLike[str], config: Config | None = None) -> Tiles:
    """Read a map from a .tmx file.

    Args:
        path: of the file.
        config: if given, the map must also be usable with it (``terrain.check``).

    Returns:
        uint8 (rows, columns), kinds of tiles.

    Raises:
        MapError: if the file cannot be read or used; the message names it.
    """
    path = Path(path)
    try:
        tiles = _decode(_parse(path), path.parent)
        if config is not None:
            check(tiles, config)
    except MapError as error:
        raise MapError(f"{path}: {error}") from None
    return tiles


def _parse(path: Path) -> Element:
    """Parse an XML file; entities, which can grow without limit, are refused."""

    def refuse(*_: object) -> None:
        raise MapError("a map has no document type and no entities; this file declares some")

    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(path.read_bytes(), True)
        return builder.close()
    except OSError as error:
        raise MapError(f"cannot be read ({error.strerror})") from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, MapError):
            raise
        raise MapError(f"is no whole .tmx file ({error})") from None


def _decode(root: Element, folder: Path) -> Tiles:
    if root.tag != "map":
        raise MapError(f"is no map: its outermost element is <{root.tag}>")
    if root.get("orientation", "orthogonal") != "orthogonal" or root.get("infinite", "0") != "0":
        raise MapError("only orthogonal maps of a fixed size can be used (Map › Map Properties)")
    columns, rows = _whole(root, "width"), _whole(root, "height")
    if not (0 < columns <= LARGEST_SIDE and 0 < rows <= LARGEST_SIDE):
        raise MapError(f"width and height must be 1 … {LARGEST_SIDE}, not {columns} and {rows}")
    layer = _find_layer(root)
    if (_whole(layer, "width"), _whole(layer, "height")) != (columns, rows):
        raise MapError("its layer and the map have different sizes")
    numbers = _numbers(layer, rows * columns) & _NO_FLAGS
    return _kinds(numbers.reshape(rows, columns), _tile_kinds(root, folder))


def _whole(element: Element, name: str) -> int:
    text = element.get(name, "")
    try:
        return int(text)
    except ValueError:
        raise MapError(f"<{element.tag}> needs a whole number as {name}, not {text!r}") from None


def _find_layer(root: Element) -> Element:
    """Find the only layer of tiles, or the one with the name ``LAYER``."""
    layers = list(root.iter("layer"))
    if len(layers) > 1:
        layers = [layer for layer in layers if layer.get("name") == LAYER]
    if len(layers) != 1:
        raise MapError(f"needs one layer of tiles, or one of several with the name {LAYER!r}")
    return layers[0]


def _numbers(layer: Element, count: int) -> NDArray[np.uint32]:
    """Decode the tile numbers of a layer.

    Returns:
        uint32 (count,), with flags.
    """
    data = layer.find("data")
    if data is None:
        raise MapError("its layer has no data")
    encoding, packing = data.get("encoding"), data.get("compression", "")
    try:
        if encoding is None:
            listed = [int(tile.get("gid", "0")) for tile in data.iter("tile")]
            numbers = np.array(listed, dtype=np.uint32)
        elif encoding == "csv":
            listed = [int(text) for text in (data.text or "").split(",")]
            numbers = np.array(listed, dtype=np.uint32)
        elif encoding == "base64":
            raw = base64.b64decode("".join((data.text or "").split()), validate=True)
            raw = _unpack(raw, packing, 4 * count)
            numbers = np.frombuffer(raw, dtype="<u4").astype(np.uint32)
        else:
            raise MapError(f"encoding {encoding!r} is unknown: save the map as CSV")
    except (ValueError, OverflowError, zlib.error) as error:
        if isinstance(error, MapError):
            raise
        raise MapError(f"its layer is damaged or cut off ({error})") from None
    if len(numbers) != count:
        raise MapError(f"its layer is damaged or cut off: {len(numbers)} tiles, not {count}")
    return numbers


def _unpack(raw: bytes, packing: str, size: int) -> bytes:
    """Decompress no more than is expected, whatever the data would grow to."""
    if packing == "":
        return raw
    if packing not in ("zlib", "gzip"):
        raise MapError(f"compression {packing!r} is not supported: save the map as CSV")
    unpacker = zlib.decompressobj(_ANY_ZLIB)
    plain = unpacker.decompress(raw, size + 1)
    if len(plain) != size or not unpacker.eof:
        raise MapError("its layer is damaged or cut off: the compressed data has another length")
    return plain


def _tile_kinds(root: Element, folder: Path) -> dict[int, Tile]:
    """List the kinds of all tiles of all tilesets by their number in this map."""
    kinds = {}
    for entry in root.findall("tileset"):
        source = entry.get("source")
        tileset = entry
        if source is not None:
            try:
                tileset = _parse(folder / source)
            except MapError as error:
                raise MapError(f"its tileset {source}: {error}") from None
        for tile in tileset.findall("tile"):
            kind = _KINDS.get(_type_of(tile))
            if kind is not None:
                kinds[_whole(entry, "firstgid") + _whole(tile, "id")] = kind
    return kinds


def _type_of(tile: Element) -> str:
    """Find a tile's type: ``type`` or ``class``, or a property of one of these names."""
    texts = [tile.get("type"), tile.get("class")]
    for entry in tile.iterfind("properties/property"):
        if entry.get("name") in ("type", "class", "kind"):
            texts.append(entry.get("value"))
    return next((text.strip().lower() for text in texts if text), "")


def _kinds(numbers: NDArray[np.uint32], kinds: dict[int, Tile]) -> Tiles:
    used, places, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    for number, place in zip(used.tolist(), places.tolist(), strict=True):
        if number not in kinds:
            row, column = divmod(place, numbers.shape[1])
            what = f"tile {number} has no known type" if number else "there is no tile"
            raise MapError(
                f"{what} at row {row}, column {column}: give each tile of the tileset one of the "
                f"types {', '.join(_KINDS)}"
            )
    table = np.array([kinds[number] for number in used.tolist()], dtype=np.uint8)
    return table[inverse].reshape(numbers.shape)
