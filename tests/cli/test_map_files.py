"""Commands on maps of one's own: ``-s map_files=FILE``."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from forge.blade import mapfile, terrain
from forge.blade.records import LIFE
from forge.cli import main
from forge.embyr import watching
from tests.blade.own_maps import lies_on, pond, write

WORLD = ("--config", "law16", "-s", "map_size=24", "-s", "border=4", "-s", "radius=3")
SHORT = ("--ticks", "30", "--warmup", "0", "--no-anchors", "--json")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def run(*arguments, code=0):
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def train(*arguments, code=0):
    return run("--engine", "serial", "--quiet", *arguments, code=code)


def test_a_run_trains_goes_on_and_is_evaluated_on_files(folder):
    files = ("-s", "map_files=pond0.tmx,pond2.tmx", "-s", "horizon=40", "-s", "hidden=4")
    train(*WORLD, *files, "--nRealm", 2, "--run", "run", "--epochs", 1)
    for path in folder.glob("*.tmx"):
        path.unlink()
    train("--resume", "run", "--epochs", 2)
    lives = np.frombuffer((folder / "run" / "lives.bin").read_bytes(), LIFE)
    assert {*lives["map"].tolist()} == {0, 1}
    report = json.loads(run("evaluate", "--load", "run", "--maps", 2, *SHORT))
    assert "pond2.tmx" in report["config"]["map_files"]


def test_agents_are_evaluated_on_other_files_than_they_trained_on(folder):
    train(*WORLD, "-s", "map_files=pond0.tmx", "-s", "hidden=4", "--run", "run", "--epochs", 1)
    other = ("-s", "map_files=pond2.tmx")
    report = json.loads(run("evaluate", "--load", "run", "--maps", 1, *SHORT, *other))
    assert "pond2.tmx" in report["config"]["map_files"]


def test_maps_writes_the_files_that_a_world_has(folder):
    run("maps", *WORLD, "-s", "map_files=pond1.tmx", "--count", 1, "--out", "out", "--no-png")
    assert lies_on(mapfile.read("out/map00000.tmx"), 2)


def test_a_file_that_cannot_be_used_is_named_in_one_line(folder):
    tiles = pond()
    tiles[0, 0] = 2
    mapfile.write("odd.tmx", tiles)
    said = train(*WORLD, "-s", "map_files=odd.tmx", "--run", "run", code=2)
    assert "map_files: odd.tmx: the map has grass at row 0, column 0" in said
    assert not (folder / "run").exists()


def test_agents_are_watched_on_a_file(monkeypatch):
    begun = []
    monkeypatch.setattr(watching, "watch", lambda feed, *_: begun.append(feed.begin()))
    run("watch", *WORLD, "-s", "map_files=pond1.tmx", "--agents", "careful")
    assert lies_on(terrain.generate(begun[0].config, *begun[0].maps), 2)
