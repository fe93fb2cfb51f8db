"""Lives of a run as arrays and tables; files of lives."""

import csv
import re
import subprocess
import sys

import numpy as np
import pytest

from forge import Args
from forge.blade import preset
from forge.blade.added import life_in
from forge.blade.realm import Realms
from forge.blade.records import LIFE
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import Skill
from forge.blade.tiles import Tile
from forge.errors import ForgeError, RunError
from forge.trinity.lifefile import LifeFile
from forge.trinity.lives import flat, flat_names, read_lives
from forge.trinity.smith import Native
from tests.test_docs import RUNS
from tests.trinity.tiny import CONFIG

LAW = preset("law16").replace(map_size=32, horizon=20, hidden=4, food=8, water=8)
SAGA = preset("saga16").replace(
    map_size=40, npcs=8, births=4, horizon=20, hidden=4, food=8, water=8
)


@pytest.fixture(scope="module", params=[LAW, SAGA], ids=["law", "saga"])
def run(request, tmp_path_factory):
    """The directory of a run, and its config."""
    path = tmp_path_factory.mktemp("runs") / "NAME-DATE"
    with Native(request.param, Args(engine="serial", nRealm=2, run=str(path))) as envs:
        envs.run(3, quiet=True)
    return path, request.param


def test_the_lives_of_a_run_are_those_of_its_file(run):
    path, config = run
    lives, expected = read_lives(path), np.fromfile(path / "lives.bin", life_in(config))
    assert len(lives) == len(expected) > 10
    for name in set(life_in(config).names) - {"spare"}:
        assert np.array_equal(lives[name], expected[name])


def test_the_living_follow_the_lives_that_ended(run):
    path, config = run
    lives, living = read_lives(path), np.fromfile(path / "censored.bin", life_in(config))
    found = read_lives(str(path), living=True)
    assert len(living) > 3
    assert np.array_equal(found[: len(lives)], lives)
    assert np.array_equal(found["id"][len(lives) :], living["id"])
    assert not found["cause"][len(lives) :].any()


def copied(path, to):
    """Copy the files of a run's lives."""
    to.mkdir()
    for name in ("lives.json", "lives.bin", "censored.bin"):
        (to / name).write_bytes((path / name).read_bytes())
    return to


def test_a_record_that_is_being_written_is_left_out(run, tmp_path):
    path, lives = copied(run[0], tmp_path / "run"), read_lives(run[0])
    data = (path / "lives.bin").read_bytes()
    for torn in (1, lives.dtype.itemsize - 1):
        (path / "lives.bin").write_bytes(data[:-torn])
        assert np.array_equal(read_lives(path), lives[:-1])
    (path / "lives.bin").write_bytes(b"")
    assert len(read_lives(path)) == 0


def test_who_has_died_since_the_checkpoint_is_among_the_living_no_more(run, tmp_path):
    path = copied(run[0], tmp_path / "run")
    died = np.fromfile(path / "censored.bin", life_in(run[1]))[:2]
    died["cause"] = 2
    with open(path / "lives.bin", "ab") as file:
        file.write(died.tobytes())
    found = read_lives(path, living=True)
    assert len(found) == len(read_lives(run[0], living=True))
    assert len(set(zip(found["realm"].tolist(), found["id"].tolist(), strict=True))) == len(found)


def test_a_run_at_home_is_found(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    copied(run[0], tmp_path / "run")
    assert np.array_equal(read_lives("~/run"), read_lives(run[0]))


@pytest.mark.parametrize(
    "text",
    ["{}", '{"descr": 3}', '{"descr": [["id", "|O"], ["realm", "<i4"]]}', '{"descr": "<i8"}',
     '{"descr": [["id"]]}', '{"descr": [["id", "<i8"]]}'],
)  # fmt: skip
def test_a_description_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "lives.json").write_text(text)
    with pytest.raises(RunError, match=r"lives.json: it does not describe the lives of a run"):
        read_lives(tmp_path)


def test_a_directory_without_lives_is_refused(tmp_path):
    with pytest.raises(ForgeError, match=r"cannot read .*lives.json: No such file"):
        read_lives(tmp_path)


# -- Tables ---------------------------------------------------------------------------------


def test_columns_are_flat_and_have_the_names_of_their_parts(run):
    lives = read_lives(run[0])
    table = flat(lives)
    assert list(table) == flat_names(lives.dtype)
    assert {column.shape for column in table.values()} == {lives.shape}
    for tile in [tile for tile in Tile if f"ticks_on_{tile.name.lower()}" in table]:
        assert np.array_equal(table[f"ticks_on_{tile.name.lower()}"], lives["ticks_on"][:, tile])
    assert np.array_equal(table["hits_dealt_mage"], lives["hits_dealt"][:, 2])
    assert sum(column.sum() for column in table.values()) == sum(
        lives[name].sum() for name in lives.dtype.names if name != "spare"
    )


def test_law_has_the_columns_of_all_worlds():
    names = flat_names(LIFE)
    assert names[9:15] == [
        f"ticks_on_{it}" for it in ("lava", "water", "grass", "forest", "scrub", "stone")
    ]
    assert names[-3:] == ["damage_taken_melee", "damage_taken_range", "damage_taken_mage"]
    assert len(set(names)) == len(names) == 9 + 2 * 6 + 5 + 4 * 3


def test_saga_has_the_columns_of_its_systems():
    names = flat_names(life_in(SAGA))
    assert len(set(names)) == len(names)
    expected = {f"ticks_on_{tile.name.lower()}" for tile in Tile}
    expected |= {f"experience_{skill.name.lower()}" for skill in Skill}
    expected |= {"gathered_ore", "gathered_fish", "distinct_ocean", "earned", "quest", "goal"}
    assert expected <= set(names)
    assert not [name for name in names if re.search(r"_\d", name)]


def test_parts_without_a_name_are_numbered():
    lives = np.zeros(3, [("id", "<i8"), ("mine", "<i4", (2,)), ("hits_dealt", "<i4", (4,))])
    assert list(flat(lives))[1:4] == ["mine_0", "mine_1", "hits_dealt_melee"]
    assert list(flat(lives))[-1] == "hits_dealt_3"


def test_pandas_makes_a_table_of_it(run):
    pandas = pytest.importorskip("pandas")
    lives = read_lives(run[0])
    table = pandas.DataFrame(flat(lives))
    assert table.shape == (len(lives), len(flat_names(lives.dtype)))
    assert table["lifetime"].mean() == pytest.approx(lives["lifetime"].mean())


def test_reading_lives_needs_no_torch():
    code = "import sys, forge.trinity.lives; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- Files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [CONFIG, SAGA], ids=["law", "saga"])
def test_a_file_holds_the_lives_that_were_written(tmp_path, config):
    realms = Realms(config, 3, (4, 5))
    for _ in range(60):
        realms.step(SCRIPTED["random"](realms.observation))
    lives = realms.take_lives()
    with LifeFile(tmp_path / "a.csv", config) as file:
        file.write(lives[:3])
        file.write(lives[3:])
    with open(tmp_path / "a.csv", newline="", encoding="utf-8") as lines:
        found = list(csv.DictReader(lines))
    assert len(found) == len(lives) > 5
    for name, column in flat(lives).items():
        assert [int(row[name]) for row in found] == column.tolist()
    assert str(file) == f"lives: {len(lives)} lines in {tmp_path / 'a.csv'}"


def test_a_file_replaces_nothing(tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(ForgeError, match="exists, and a file of lives replaces nothing"):
        LifeFile(tmp_path / "a.csv", CONFIG)
    assert (tmp_path / "a.csv").read_text() == "mine"


# -- The documentation ----------------------------------------------------------------------


def test_the_snippets_of_the_documentation_run(run, tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib").use("agg")
    pytest.importorskip("pandas")
    (tmp_path / "runs").mkdir()
    copied(run[0], tmp_path / "runs" / "NAME-DATE")
    monkeypatch.chdir(tmp_path)
    section = RUNS.partition("\n## lives.bin\n")[2].partition("\n## ")[0]
    snippets, found = re.findall(r"```python\n(.*?)```", section, re.DOTALL), {}
    for snippet in snippets:
        found = {}
        exec(compile(snippet, "runs.md", "exec"), found)
    assert len(snippets) == 4
    assert (tmp_path / "survival.png").exists()
    assert len(capsys.readouterr().out.splitlines()) > 2


def test_the_curve_of_the_documentation_is_that_of_kaplan_and_meier():
    section = RUNS.partition("share of lives that last longer")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    lines = [it for it in code.splitlines() if re.match(r"(gone|died|lasted|share) = ", it)]
    # Ages 1, 2, 2, 4; the second of age 2 was cut off, so it counts as at risk and has not died.
    lives = np.zeros(4, LIFE)
    lives["lifetime"], lives["cause"] = [1, 2, 2, 4], [1, 2, 0, 4]
    names = {"np": np, "lives": lives}
    exec("\n".join(lines), names)
    # 1 − 1/4; then one of the three that are left dies at 2, none at 3, and the last at 4.
    assert names["share"].tolist() == pytest.approx([1, 3 / 4, 3 / 4 * 2 / 3, 1 / 2, 0])
    assert len(lines) == 4
