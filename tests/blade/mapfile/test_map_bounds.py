"""Hostile files cost little: no waiting, no other files, no more than their declared size."""

import gzip
import os
import time
import tracemalloc
import zlib

import numpy as np
import pytest

from forge.blade import mapfile
from forge.blade.mapfile import document, nearby, outline
from forge.blade.mapfile.faults import UnusableError
from forge.blade.terrain import MapError
from tests.blade.mapfile.samples import (
    TEXT,
    TILES,
    TILESET,
    changed,
    read,
    with_base64,
    with_data,
    with_elements,
    with_packed,
    with_source,
)

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs pipes, devices and links")
DECLARED = f'<!DOCTYPE map [<!ENTITY a0 "ha">{LAUGHS}]>'


def refuse(folder, content, message):
    """Refuse a file in little time and memory."""
    (folder / "map.tmx").write_bytes(content if isinstance(content, bytes) else content.encode())
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(MapError, match=message):
        mapfile.read(folder / "map.tmx")
    took, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 2
    assert peak < 2**24


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed("<map", DECLARED + "<map").replace("1,2", "&a9;,2"), "DOCTYPE has declarations"),
        (changed("<map", '<!DOCTYPE map SYSTEM "x.dtd"><map').replace("1,", "1&e;,"), "entity 'e'"),
        (changed("</map>", "<a>" * 10**5), "nested more than 64 deep"),
        (changed('"forge"', f'"{"x" * 10**7}"'), "a tag or comment longer than 1 MiB"),
        (changed("</map>", f"<!--{'x' * 10**7}"), "a tag or comment longer than 1 MiB"),
        (changed("</map>", "".join(f"<a{n}/>" for n in range(10**5))), "too many names"),
        (changed("<layer", '<tileset firstgid="{}"/>' * 3 + "<layer"), "firstgid='{}'"),
        (with_data("1," * 10**6 + "1"), "more than 3 × 2 tiles"),
        (with_data("1" * 10**7), "for a tile's number at row 0, column 0"),
        (with_elements([1] * 10**4), "more than 3 × 2 tiles"),
        (with_data("<tile>" * 3 * 10**4, ""), "its <data> holds elements that hold others"),
        (with_data("<data>", ""), "its <data> holds elements that hold others"),
        (with_base64(np.ones(10**6)), "more than 3 × 2 tiles"),
        (with_packed(zlib.compress(bytes(10**7)), "zlib"), "more than 3 × 2 tiles"),
        (with_packed(gzip.compress(bytes(10**7)), "gzip"), "more than 3 × 2 tiles"),
    ],
    ids=lambda value: value[-30:] if len(value) < 60 else "",
)
def test_bomb_is_refused_before_it_grows(tmp_path, text, message):
    refuse(tmp_path, text, message)


def test_bomb_of_zstd_is_refused_before_it_grows(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    refuse(tmp_path, with_packed(zstandard.compress(bytes(10**7)), "zstd"), "more than 3 × 2 tiles")


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (document.Budget(elements=5), "more than 1048576 elements"),
        (document.Budget(size=len(TEXT.encode()) - 1), "larger than 256 MiB"),
    ],
)
def test_what_is_read_is_bounded(tmp_path, budget, message):
    (tmp_path / "map.tmx").write_text(TEXT)
    with (
        open(tmp_path / "map.tmx", "rb") as file,
        pytest.raises(UnusableError, match=message),
    ):
        document.parse(file, "map", outline.Outline(), budget)


def test_map_and_its_tilesets_share_a_budget(tmp_path, monkeypatch):
    (tmp_path / "kinds.tsx").write_text(TILESET)
    text = with_source("kinds.tsx")
    monkeypatch.setattr(document.Budget.__init__, "__defaults__", (len(TILESET) + 99, 10**6))
    with pytest.raises(MapError, match=r"its tileset 'kinds\.tsx': it is larger than"):
        read(tmp_path, text)


def test_oversized_file_is_refused_without_reading_it(tmp_path):
    (tmp_path / "map.tmx").write_text("<map>")
    os.truncate(tmp_path / "map.tmx", 2**28 + 1)
    with pytest.raises(MapError, match="larger than 256 MiB"):
        mapfile.read(tmp_path / "map.tmx")


def test_number_of_tilesets_is_bounded(tmp_path):
    many = "".join(f'<tileset firstgid="{n}" source="a.tsx"/>' for n in range(100, 1200))
    refuse(tmp_path, changed("<layer", many + "<layer"), "more than 1000 tilesets")


def test_many_kinds_of_tiles_take_one_pass(tmp_path):
    side, count = 512, 20_000
    numbers = np.random.default_rng(0).integers(1, count + 1, side * side)
    tiles = "".join(f'<tile id="{n}" type="grass"/>' for n in range(count))
    text = with_base64(numbers, width=side, height=side)
    start = time.process_time()
    found = read(tmp_path, text.replace(TILESET, f'<tileset firstgid="1">{tiles}</tileset>'))
    assert time.process_time() - start < 2
    assert (found == 2).all()


@pytest.mark.parametrize(
    "source",
    [
        "/kinds.tsx",
        "~/kinds.tsx",
        "C:\\kinds.tsx",
        "c:kinds.tsx",
        "\\\\server\\kinds.tsx",
        "http://host/kinds.tsx",
        "file:///kinds.tsx",
        "../../../kinds.tsx",
        "a/../../../../kinds.tsx",
        "..\\..\\..\\kinds.tsx",
        "kinds.txt",
        "",
        "..",
        "tsx",
    ],
)
def test_tileset_far_away_is_refused(tmp_path, source):
    with pytest.raises(MapError, match=r"its tileset '.*': it m(ust|ay) .*: save it|ends in \.tsx"):
        read(tmp_path, with_source(source))


@pytest.mark.parametrize("source", ["../../a.tsx", "./b/../b/a.tsx", "..\\c\\a.tsx", "A.TSX"])
def test_tileset_near_the_map_is_read(tmp_path, source):
    folder = tmp_path / "x" / "y"
    (folder / "b").mkdir(parents=True)
    (tmp_path / "x" / "c").mkdir()
    for place in (tmp_path, tmp_path / "x" / "c", folder / "b"):
        (place / "a.tsx").write_text(TILESET)
    (folder / "A.TSX").write_text(TILESET)
    assert (read(folder, with_source(source)) == TILES).all()


@pytest.fixture
def odd(tmp_path):
    """A folder with a pipe, links and folders where files are expected."""
    (tmp_path / "folder.tsx").mkdir()
    (tmp_path / "far.tsx").symlink_to("/dev/zero")
    (tmp_path / "circle.tsx").symlink_to("circle.tsx")
    os.mkfifo(tmp_path / "pipe.tsx")
    return tmp_path


@POSIX
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pipe.tsx", "it is a pipe or a device, not a file"),
        ("folder.tsx", "it is a folder, not a file"),
        ("far.tsx", "it is a (link to '/dev/zero', far away|pipe or a device)"),
        ("circle.tsx", "it cannot be found|[Ss]ymbolic links"),
    ],
)
def test_only_plain_files_are_opened(odd, name, message):
    with pytest.raises(MapError, match=rf"its tileset '{name}': ({message})"):
        read(odd, with_source(name))
    with pytest.raises(MapError, match=rf"{name}: .*({message})"):
        mapfile.read(odd / name)


@POSIX
def test_pipe_that_takes_the_place_of_a_file_is_not_waited_for(odd, monkeypatch):
    monkeypatch.setattr(nearby.os, "stat", lambda _: os.lstat(__file__))
    with pytest.raises(MapError, match="it is a pipe or a device"):
        mapfile.read(odd / "pipe.tsx")
