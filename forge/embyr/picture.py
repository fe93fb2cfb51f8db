"""Draw maps and agents flat, from above: always the same picture for the same world.

Everything is computed. Colours vary with noise, borders between kinds of tiles wander a little,
light falls from the north-west, and trees, tufts and rocks are small drawings in a few versions.
"""

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from forge.blade.kinds import Kind
from forge.blade.maprules import Tiles
from forge.blade.noise import keys, mix, simplex
from forge.blade.tiles import NUM_TILES, WATERS, Tile
from forge.embyr.palette import safe_colour

Floats = NDArray[np.floating[Any]]
Places = NDArray[np.int64]

FLAT_BELOW = 4  # pixels per tile; smaller tiles are squares of one colour
LARGEST = 2**24  # most pixels of a picture
WANDER = 0.2  # how far borders between tiles wander [tiles]
VERSIONS = 8  # of each small drawing

# Two colours of each kind, between which noise chooses: LAVA, WATER, GRASS, FOREST, SCRUB, STONE;
# ORE, SLAG, TREE, STUMP, CRYSTAL, FRAGMENT, HERB, WEEDS, FISH, OCEAN.
DARK = np.array(
    [[66, 22, 20], [28, 84, 138], [98, 140, 62], [52, 88, 48], [134, 122, 70], [104, 104, 112],
     [134, 88, 54], [86, 76, 72], [70, 114, 42], [96, 116, 58], [112, 100, 170],
     [103, 99, 135], [110, 162, 78], [118, 136, 84], [44, 116, 164], [18, 74, 128]],
    np.float32,
)  # fmt: skip
LIGHT = np.array(
    [[120, 40, 24], [52, 124, 176], [128, 168, 80], [70, 112, 58], [162, 148, 88], [146, 144, 148],
     [166, 120, 86], [110, 100, 96], [98, 142, 70], [124, 144, 86], [144, 132, 202],
     [129, 125, 161], [138, 190, 106], [146, 164, 112], [68, 140, 188], [38, 94, 148]],
    np.float32,
)  # fmt: skip
# Height of each kind in the same order, for the shadows.
ALTITUDE = np.array(
    [0.0, 0.0, 0.5, 0.62, 0.52, 1.0,
     0.78, 0.56, 0.6, 0.52, 0.74, 0.56, 0.54, 0.5, 0.0, 0.0],
    np.float32,
)  # fmt: skip
GLOW = np.array([255.0, 138.0, 36.0], np.float32)
FOAM = np.array([178.0, 214.0, 224.0], np.float32)

# What is drawn on resources, layer by layer: how many round shapes, their radius [tiles], colour.
_RESOURCES = {
    Tile.ORE: ((3, 0.2, (118, 104, 96)), (5, 0.09, (236, 148, 66))),
    Tile.SLAG: ((4, 0.13, (84, 78, 76)),),
    Tile.TREE: ((1, 0.4, (62, 118, 58)), (1, 0.24, (92, 156, 74))),
    Tile.STUMP: ((1, 0.17, (150, 108, 66)), (1, 0.1, (198, 160, 108))),
    Tile.CRYSTAL: ((3, 0.17, (150, 126, 226)), (4, 0.08, (222, 208, 255))),
    Tile.FRAGMENT: ((5, 0.07, (160, 150, 206)),),
    Tile.HERB: ((3, 0.13, (76, 142, 62)), (4, 0.07, (244, 132, 178))),
    Tile.WEEDS: ((3, 0.09, (110, 132, 66)),),
    Tile.FISH: ((2, 0.09, (250, 186, 104)),),
}

# NPCs are dark with a light rim, whatever their kind: their outlines tell kinds apart, and no
# population has their colours.
HIDE = (30, 27, 34)
FUR = (246, 238, 216)

# Offsets (down, right) of the agents on one tile [tiles].
_SPREAD = ((0.0, 0.0), (-0.2, -0.2), (0.2, 0.2), (-0.2, 0.2), (0.2, -0.2))


def draw(
    tiles: Tiles,
    agents: NDArray[Any] | None = None,
    npcs: NDArray[Any] | None = None,
    *,
    scale: int = 8,
    wander: float = WANDER,
) -> Image.Image:
    """Draw a map from above, north up.

    Args:
        tiles: uint8 (rows, columns), kinds of tiles.
        agents: records with ``row``, ``col`` and ``population`` (from an observation, or the
            living agents of a state); None: no agents.
        npcs: records with ``row``, ``col`` and ``kind`` (of ``frames.npcs``); None: no NPCs.
        scale: pixels per tile, 1 … 64.
        wander: how far borders between tiles wander [tiles], 0 … 0.4.

    Returns:
        An RGB picture of rows × scale by columns × scale pixels.

    Raises:
        ValueError: for a scale out of range, or a picture of more than ``LARGEST`` pixels.
    """
    if not 1 <= scale <= 64:
        raise ValueError(f"a tile is drawn 1 to 64 pixels wide, not {scale}")
    if tiles.size * scale * scale > LARGEST:
        raise ValueError(f"a picture of {tiles.shape} tiles is too large at scale {scale}")
    if scale < FLAT_BELOW:
        flat = ((DARK + LIGHT) / 2.0)[tiles]
        canvas = flat.repeat(scale, axis=0).repeat(scale, axis=1)
    else:
        canvas = _land(tiles, scale, wander)
        _blend(canvas, *_details(tiles, scale))
    for position, one, is_npc in _arranged(agents, npcs):
        if is_npc:
            _stamp(canvas, position, HIDE, scale, FUR, _OUTLINES[int(one["kind"])])
        else:
            _stamp(canvas, position, safe_colour(int(one["population"])), scale)
    return Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8))


def png(image: Image.Image) -> bytes:
    """Encode a picture as PNG."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def tileset(scale: int = 16) -> Image.Image:
    """Draw one tile of each kind side by side, in the order of ``Tile``."""
    strip = np.arange(NUM_TILES, dtype=np.uint8)[None, :]
    return draw(strip, scale=scale, wander=0.0)


@lru_cache(maxsize=16)
def _noise(rows: int, columns: int, scale: int, cells: float, key: int) -> Floats:
    """Compute noise over a picture; cached, because the frames of a film share it.

    Args:
        rows: rows of tiles.
        columns: columns of tiles.
        scale: pixels per tile.
        cells: cells of the noise per tile.
        key: another key gives another noise.

    Returns:
        float32 (rows × scale, columns × scale), in (−1, 1), read-only.
    """
    x = (np.arange(columns * scale, dtype=np.float64) + 0.5) * (cells / scale)
    y = (np.arange(rows * scale, dtype=np.float64) + 0.5) * (cells / scale)
    noise = simplex(x[None, :] + 0.37, y[:, None] + 0.71, keys(0, key, 1)).astype(np.float32)
    noise.flags.writeable = False
    return noise


@lru_cache(maxsize=4)
def _ground(rows: int, columns: int, scale: int, wander: float) -> tuple[Places, Places, Floats]:
    """Compute the parts of the ground that depend on the position alone, not on kinds of tiles.

    Returns:
        int64 (rows × scale, columns × scale) twice, row and column of the tile whose kind each
        pixel shows; float32 of this shape, in 0 … 1, the lightness of each pixel.
    """
    y, x = np.indices((rows * scale, columns * scale)) / scale + 0.5 / scale
    down, right = (_noise(rows, columns, scale, 1.3, key) for key in (1, 2))
    row = np.clip(np.floor(y + wander * down), 0, rows - 1).astype(np.int64)
    column = np.clip(np.floor(x + wander * right), 0, columns - 1).astype(np.int64)
    parts = ((0.28, 0.16, 3), (0.16, 0.9, 4), (0.14, 4.0, 5))
    light = 0.5 + sum(
        share * _noise(rows, columns, scale, cells, key) for share, cells, key in parts
    )
    return row, column, np.clip(light, 0, 1).astype(np.float32)


def _land(tiles: Tiles, scale: int, wander: float) -> Floats:
    """Draw the ground: float32 (rows × scale, columns × scale, 3)."""
    rows, columns = tiles.shape
    row, column, light = _ground(rows, columns, scale, wander)
    kind = tiles[row, column]
    canvas: Floats = DARK[kind] + (LIGHT - DARK)[kind] * light[..., None]
    _water(canvas, np.isin(kind, WATERS), scale, _noise(rows, columns, scale, 0.8, 6))
    _lava(canvas, kind == Tile.LAVA, _noise(rows, columns, scale, 0.36, 7))
    height = _blur(_blur(ALTITUDE[kind], scale // 4), scale // 4)
    slope = np.zeros_like(height)  # positive: rises towards the south-east, facing the light
    slope[1:, 1:] = height[1:, 1:] - height[:-1, :-1]
    canvas *= (1.0 + np.clip(0.9 * slope * scale / 4, -0.28, 0.22))[..., None]
    return canvas


def _water(canvas: Floats, water: NDArray[np.bool_], scale: int, noise: Floats) -> None:
    """Add depth, waves and foam to water. Modifies canvas in place."""
    depth = _blur(_blur(water.astype(np.float32), scale // 2), scale // 3)[water]
    foam = np.clip((0.66 - depth) * 3.0, 0.0, 0.75) * 0.6
    wave = np.where(np.abs(noise[water]) < 0.07, np.float32(0.22), np.float32(0.0))
    colour = canvas[water] * (1.12 - 0.3 * depth)[:, None]
    canvas[water] = colour + (FOAM - colour) * np.maximum(foam, wave)[:, None]


def _lava(canvas: Floats, lava: NDArray[np.bool_], noise: Floats) -> None:
    """Let lava glow along the zero lines of noise. Modifies canvas in place."""
    glow = np.clip(1.0 - np.abs(noise[lava]) * 6.0, 0.0, 1.0)
    colour = canvas[lava]
    canvas[lava] = colour + (GLOW - colour) * (glow * glow * 0.7)[:, None]


def _blur(picture: Floats, radius: int) -> Floats:
    """Average over squares of side 2 × radius + 1 pixels; pixels at the edge repeat beyond it."""
    if radius < 1:
        return picture
    rows, columns = picture.shape
    wide = np.pad(picture, radius, mode="edge")
    across = wide[:, :columns].copy()
    for k in range(1, 2 * radius + 1):
        across += wide[:, k : k + columns]
    total = across[:rows].copy()
    for k in range(1, 2 * radius + 1):
        total += across[k : k + rows]
    blurred: Floats = total / np.float32((2 * radius + 1) ** 2)
    return blurred


def _details(tiles: Tiles, scale: int) -> tuple[Floats, Floats]:
    """Choose a small drawing for each tile: colours (H, W, 3) and opacities (H, W, 1)."""
    rows, columns = tiles.shape
    number = np.arange(tiles.size, dtype=np.uint64).reshape(rows, columns)
    version = (mix(number) % np.uint64(VERSIONS)).astype(np.int64)
    drawings = _drawings(scale)[tiles, version]  # (rows, columns, scale, scale, 4)
    whole = drawings.transpose(0, 2, 1, 3, 4).reshape(rows * scale, columns * scale, 4)
    return whole[..., :3], whole[..., 3:]


@lru_cache(maxsize=4)
def _drawings(scale: int) -> Floats:
    """Draw trees, tufts and rocks, and the resources of the professions.

    Returns:
        float32 (kinds, VERSIONS, scale, scale, 4): red, green, blue, opacity.
    """
    drawings = np.zeros((NUM_TILES, VERSIONS, scale, scale, 4), np.float32)
    rng = np.random.default_rng(8)
    for version in range(VERSIONS):
        _crowns(drawings[Tile.FOREST, version], rng.random((5, 4)), 0.25, (44, 96, 44))
        _crowns(drawings[Tile.SCRUB, version], rng.random((4, 4)), 0.09, (104, 112, 52))
        _crowns(drawings[Tile.STONE, version], rng.random((4, 4)), 0.17, (146, 144, 148))
        _crowns(drawings[Tile.GRASS, version], rng.random((2, 4)), 0.05, (152, 186, 96))
    rng = np.random.default_rng(9)
    for kind, layers in _RESOURCES.items():
        for version in range(VERSIONS):
            for count, radius, colour in layers:
                _crowns(drawings[kind, version], rng.random((count, 4)), radius, colour)
    return drawings


def _crowns(drawing: Floats, random: Floats, radius: float, colour: tuple[int, ...]) -> None:
    """Add round crowns with a shadow, lit from the north-west. Modifies drawing in place.

    Args:
        drawing: float32 (scale, scale, 4).
        random: float64 (crowns, 4): x and y, size and tone of each; in 0 … 1.
        radius: approximate radius [tiles].
        colour: colour in the middle.
    """
    scale = len(drawing)
    y, x = np.indices((scale, scale), dtype=np.float64) / scale + 0.5 / scale
    for at_x, at_y, size, tone in random[np.argsort(random[:, 1])].tolist():
        r = radius * (0.75 + 0.5 * size)
        dx, dy = x - (r + at_x * (1 - 2 * r)), y - (r + at_y * (1 - 2 * r))
        shadow = np.clip((r - _length(dx - 0.35 * r, dy - 0.35 * r)) * scale + 0.5, 0, 1) * 0.4
        body = np.clip((r - _length(dx, dy)) * scale + 0.5, 0, 1)
        light = 0.85 + 0.3 * tone - 0.38 * (dx + dy) / r
        _over(drawing, np.zeros(3), shadow)
        _over(drawing, np.multiply.outer(light, np.array(colour, float)), body)


def _length(dx: Floats, dy: Floats) -> Floats:
    length: Floats = np.sqrt(dx * dx + dy * dy)
    return length


def _over(drawing: Floats, colour: Floats, opacity: Floats) -> None:
    """Lay a colour over a drawing that may be transparent. Modifies drawing in place."""
    below = drawing[..., 3] * (1 - opacity)
    total = np.maximum(below + opacity, 1e-9)
    share = (opacity / total)[..., None]
    drawing[..., :3] += (colour - drawing[..., :3]) * share
    drawing[..., 3] = below + opacity


def _blend(canvas: Floats, colours: Floats, opacities: Floats) -> None:
    """Lay colours over the canvas. Modifies canvas in place."""
    canvas += (colours - canvas) * opacities


def _arranged(
    agents: NDArray[Any] | None, npcs: NDArray[Any] | None
) -> list[tuple[tuple[float, float], Any, bool]]:
    """Give each agent and NPC a position [tiles]; those on the same tile stand a little apart.

    Returns:
        For each its position, its record, and whether it is an NPC.
    """
    crowd: dict[tuple[int, int], int] = {}
    arranged = []
    for table in (agents, npcs):
        for one in () if table is None else table:
            tile = (int(one["row"]), int(one["col"]))
            down, right = _SPREAD[crowd.get(tile, 0) % len(_SPREAD)]
            crowd[tile] = crowd.get(tile, 0) + 1
            position = (tile[0] + 0.5 + down, tile[1] + 0.5 + right)
            arranged.append((position, one, table is npcs))
    return arranged


def _diamond(dx: Floats, dy: Floats) -> Floats:
    away: Floats = (np.abs(dx) + np.abs(dy)) * 0.8
    return away


def _box(dx: Floats, dy: Floats) -> Floats:
    away: Floats = np.maximum(np.abs(dx), np.abs(dy)) * 1.15
    return away


def _wedge(dx: Floats, dy: Floats) -> Floats:
    """Measure as a triangle does that points north."""
    away: Floats = np.maximum(0.866 * np.abs(dx) - 0.5 * dy, dy) * 1.5
    return away


# How far a point is from the middle of a mark, for each kind of NPC.
_OUTLINES = {int(Kind.PASSIVE): _diamond, int(Kind.NEUTRAL): _box, int(Kind.HOSTILE): _wedge}


def _stamp(
    canvas: Floats,
    position: tuple[float, float],
    colour: tuple[int, ...],
    scale: int,
    rim_colour: tuple[int, ...] = (18, 18, 18),
    outline: Callable[[Floats, Floats], Floats] = _length,
) -> None:
    """Draw an agent: a disc with a dark rim, lit from the north-west. Modifies canvas in place.

    On small tiles the disc is larger than its tile, as it would otherwise hardly be seen.

    Args:
        canvas: float32 (H, W, 3).
        position: of its middle [tiles].
        colour: of the disc.
        scale: pixels per tile.
        rim_colour: of the rim.
        outline: measures how far points right and down are; another than of length makes NPCs.
    """
    radius, rim_width = max(0.36, min(3.0, 0.75 * scale) / scale), max(0.09, 1.2 / scale)
    reach = (radius + rim_width + 0.03) * (1 if outline is _length else 1.6)  # corners
    top, left = (max(0, int((at - reach) * scale)) for at in position)
    bottom, right = (int((at + reach) * scale) + 1 for at in position)
    patch = canvas[top:bottom, left:right]
    grid = np.indices(patch.shape[:2], dtype=np.float64)
    dy = (grid[0] + (top + 0.5)) / scale - position[0]
    dx = (grid[1] + (left + 0.5)) / scale - position[1]
    away = outline(dx, dy)
    rim = np.clip((radius + rim_width - away) * scale + 0.5, 0, 1)[..., None]
    disc = np.clip((radius - away) * scale + 0.5, 0, 1)[..., None]
    light = np.clip(1.0 - 0.45 * (dx + dy) / radius, 0.6, 1.25)[..., None]
    _blend(patch, np.array(rim_colour, float), rim * 0.9)
    _blend(patch, np.array(colour, float) * light, disc)
