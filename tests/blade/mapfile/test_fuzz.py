"""Whatever happens to a map's file, it is read as a map or refused with one line.

``FORGE_FUZZ`` multiplies the number of files tried: ``FORGE_FUZZ=100 python -m pytest
tests/blade/mapfile/test_fuzz.py`` takes some minutes.
"""

import os
import re
import time

import numpy as np
import pytest

from forge.blade import mapfile
from forge.blade.terrain import MapError
from forge.blade.tiles import NUM_TILES
from tests.blade.mapfile.samples import (
    TEXT,
    TILESET,
    V1_MAP,
    V1_TILESET,
    with_base64,
    with_elements,
    with_source,
)
from tests.mutations import TIMES

FILES = 60 * TIMES  # of each form

FORMS = {
    "csv": TEXT.encode(),
    "base64": with_base64(range(1, 7)).encode(),
    "zlib": with_base64(range(1, 7), "zlib").encode(),
    "gzip": with_base64(range(1, 7), "gzip").encode(),
    "zstd": with_base64(range(1, 7), "zlib").replace("zlib", "zstd").encode(),
    "xml": with_elements(range(1, 7)).encode(),
    "utf-16": TEXT.replace("UTF-8", "UTF-16").encode("utf-16"),
    "tileset beside": with_source("kinds.tsx").encode(),
    "v1": V1_MAP.encode(),
}
# What takes the place of a value, or comes between elements.
VALUES = (
    b"", b"0", b"-1", b"1", b"4096", b"4097", b"268435455", b"4294967295", b"1e309", b"99999999999",
    b"csv", b"base64", b"zlib", b"zstd", b"lava", b"tiles", b"..", b"../kinds.tsx", b"/dev/zero",
    b"pipe.tsx", "²ü\u2028".encode(), b"&amp;&#10;", b"x" * 5000,
)  # fmt: skip
ELEMENTS = (
    b"<a>", b"</a>", b"<a/>", b"<layer>", b"</layer>", b"<data>", b"</data>", b"<tile/>",
    b'<tileset firstgid="3" source="kinds.tsx"/>', b'<layer name="Tiles" width="1" height="1"/>',
    b'<property name="kind">', b"<chunk/>", b"<!-- -->", b"<![CDATA[1,2]]>", b"<?x?>", b"\0",
    b"<!DOCTYPE map [ ]>",
)  # fmt: skip


def mutate(content, rng):
    """Change bytes, values and elements of a file, in one to four places."""
    for _ in range(rng.integers(1, 5)):
        content = CHANGES[rng.integers(len(CHANGES))](content, rng)
    return content


def flip(content, rng):
    at = rng.integers(len(content) + 1)
    return content[:at] + bytes([rng.integers(256)]) + content[at + 1 :]


def insert(content, rng):
    at = rng.integers(len(content) + 1)
    return content[:at] + ELEMENTS[rng.integers(len(ELEMENTS))] + content[at:]


def cut(content, rng):
    start, end = sorted(rng.integers(len(content) + 1, size=2))
    return content[:start] + content[end:] if end - start < 99 else content[:end]


def repeat(content, rng):
    start, end = sorted(rng.integers(len(content) + 1, size=2))
    return content[:end] + content[start:]


def revalue(content, rng):
    found = list(re.finditer(rb'(?<==")[^"]*(?=")|(?<=>)[^<>]+(?=<)', content))
    return replace(content, found, VALUES[rng.integers(len(VALUES))], rng)


def swap(content, rng):
    found = list(re.finditer(rb"<[^<>]*>", content))
    return replace(content, found, found[rng.integers(len(found))][0], rng) if found else content


def replace(content, found, new, rng):
    if not found:
        return content
    start, end = found[rng.integers(len(found))].span()
    return content[:start] + new + content[end:]


CHANGES = (flip, insert, cut, repeat, revalue, swap)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder two levels down, with the tilesets that the maps name, and a pipe."""
    top = tmp_path_factory.mktemp("fuzz")
    folder = top / "procedural" / "map0"
    folder.mkdir(parents=True)
    (top / "tiles.tsx").write_text(V1_TILESET)
    (folder / "kinds.tsx").write_text(TILESET)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.tsx")
    return folder


def outcome(path):
    """Read a file; tell whether it was a map, after checking what came of it."""
    start = time.process_time()
    tiles, message = None, ""
    try:
        tiles = mapfile.read(path)
    except MapError as error:
        message = str(error)
    assert time.process_time() - start < 2
    assert "\n" not in message
    assert len(message) < 1000
    if tiles is not None:
        assert (tiles.dtype, tiles.ndim) == (np.uint8, 2)
        assert tiles.max() < NUM_TILES
    return tiles is not None


@pytest.mark.parametrize("form", FORMS)
def test_damaged_map_is_read_or_refused(folder, form):
    rng = np.random.default_rng(len(form))
    maps = 0
    for _ in range(FILES):
        (folder / "map.tmx").write_bytes(mutate(FORMS[form], rng))
        maps += outcome(folder / "map.tmx")
    assert maps < FILES


@pytest.mark.parametrize(("name", "content"), [("kinds.tsx", TILESET), ("tiles.tsx", V1_TILESET)])
def test_damaged_tileset_is_read_or_refused(folder, name, content):
    rng = np.random.default_rng(len(name))
    (folder / "map.tmx").write_text(V1_MAP.replace("../../tiles.tsx", "damaged.tsx"))
    maps = 0
    for _ in range(FILES):
        (folder / "damaged.tsx").write_bytes(mutate(content.encode(), rng))
        maps += outcome(folder / "map.tmx")
    assert maps < FILES
