"""The command ``maps``: files, statistics, bad input."""

import errno
import json
import os

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from forge.blade import Config, Tile, mapfile, terrain
from forge.cli import main

SMALL = ("-s", "map_size=20", "-s", "border=3")
CONFIG = Config(map_size=20, border=3)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["maps", *SMALL, *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def error(*arguments, code=2):
    lines = run(*arguments, code=code).strip().splitlines()
    assert "Traceback" not in "".join(lines)
    return lines[-1]


def size(path):
    with Image.open(path) as image:
        return image.size


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_map_gets_a_picture_and_a_tiled_file(tmp_path):
    run("--out", tmp_path, "--from", 3, "--count", 2)
    assert names(tmp_path) == ["map00003.png", "map00003.tmx", "map00004.png", "map00004.tmx"]
    tiles = mapfile.read(tmp_path / "map00004.tmx")
    assert (tiles == terrain.generate(CONFIG, 4)).all()
    assert size(tmp_path / "map00003.png") == (160, 160)


def test_scale_is_pixels_per_tile(tmp_path):
    run("--out", tmp_path, "--count", 1, "--no-tmx", "--scale", 3)
    assert size(tmp_path / "map00000.png") == (60, 60)


def test_nothing_is_written_without_files_to_write(tmp_path):
    assert "files" not in run("--out", tmp_path / "none", "--no-png", "--no-tmx")
    assert names(tmp_path) == []


def test_table_has_a_line_per_map_and_the_mean(tmp_path):
    lines = run("--no-png", "--no-tmx", "--count", 3, "--from", 10000).splitlines()
    assert [line.split()[0] for line in lines] == ["map", "10000", "10001", "10002", "mean"]
    assert lines[0].split()[1:] == [
        "water", "grass", "forest", "scrub", "stone", "lava", "reachable",
    ]  # fmt: skip


def test_json_has_maps_mean_and_files(tmp_path):
    found = json.loads(run("--out", tmp_path, "--count", 2, "--no-png", "--json"))
    shares = [one["grass"] for one in found["maps"]]
    assert found["mean"]["grass"] == pytest.approx(np.mean(shares))
    assert [one["map"] for one in found["maps"]] == [0, 1]
    assert found["files"] == [str(tmp_path / f"map0000{k}.tmx") for k in (0, 1)]
    assert found["config"]["map_size"] == 20


def test_read_measures_a_file_of_any_size(tmp_path):
    run("--out", tmp_path, "--count", 1, "--no-png")
    made = json.loads(run("--no-png", "--no-tmx", "--count", 1, "--json"))["maps"][0]
    # The file is 20 wide; the config says 24.
    read = json.loads(run("-s", "map_size=24", "--read", tmp_path / "map00000.tmx", "--json"))
    assert read["size"] == 20
    assert {name: read[name] for name in ("water", "reachable")} == {
        name: made[name] for name in ("water", "reachable")
    }


def test_read_prints_a_table(tmp_path):
    run("--out", tmp_path, "--count", 1, "--no-png")
    text = run("--read", tmp_path / "map00000.tmx")
    assert "20 × 20 tiles" in text
    assert "reachable" in text


def test_existing_files_are_kept_unless_forced(tmp_path):
    (tmp_path / "map00001.tmx").write_text("mine")
    assert "map00001.tmx exists" in error("--out", tmp_path, "--count", 2)
    assert names(tmp_path) == ["map00001.tmx"]
    run("--out", tmp_path, "--count", 2, "--force")
    assert (tmp_path / "map00001.tmx").read_text() != "mine"
    assert len(names(tmp_path)) == 4


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "maps").write_text("")
    assert "maps" in error("--out", tmp_path / "maps" / "inner", "--count", 1)


def test_a_folder_that_cannot_be_made_is_named_with_its_whole_path(tmp_path, monkeypatch):
    def refuse(path, **_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    assert error("--count", 1) == (
        f"Error: cannot make the folder {tmp_path / 'maps'}: Permission denied; choose another "
        "place with --out"
    )


def test_unreadable_map_is_named(tmp_path):
    path = tmp_path / "broken.tmx"
    path.write_bytes(mapfile.encode(terrain.generate(CONFIG, 0))[:700])
    assert "broken.tmx" in error("--read", path)
    assert "none.tmx" in error("--read", tmp_path / "none.tmx")


def test_map_with_pictures_for_kinds_is_measured(tmp_path):
    text = mapfile.encode(terrain.generate(CONFIG, 0)).decode()
    for kind in Tile:
        name = kind.name.lower()
        text = text.replace(f' type="{name}"', f' title="{name}"')
        text = text.replace('format="png"', f'source="../tiles/{name}.png"', 1)
    (tmp_path / "map.tmx").write_text(text)
    assert "20 × 20 tiles" in run("--read", tmp_path / "map.tmx")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_pipe_is_no_map(tmp_path):
    os.mkfifo(tmp_path / "map.tmx")
    assert "it is a pipe or a device, not a file" in error("--read", tmp_path / "map.tmx")


def test_map_that_no_world_can_use_is_named(tmp_path):
    path = tmp_path / "dry.tmx"
    path.write_bytes(mapfile.encode(np.full((20, 20), 2, np.uint8)))
    message = error("--read", path)
    assert "dry.tmx" in message
    assert "row 0, column 0" in message


@pytest.mark.parametrize(
    "arguments",
    [("--count", "0"), ("--from", "-1"), ("--scale", "0"), ("-s", "water_cut=2"), ("-s", "x=1")],
)
def test_impossible_values_are_refused(arguments, tmp_path):
    error("--out", tmp_path, *arguments)
    assert names(tmp_path) == []


def test_options_for_making_are_refused_with_read(tmp_path):
    assert "--from means nothing with it" in error("--read", tmp_path / "a.tmx", "--from", "2")


def test_picture_too_large_is_refused(tmp_path):
    assert "too large" in error(
        "--out", tmp_path, "-s", "map_size=300", "--scale", "64", "--count", "1"
    )
