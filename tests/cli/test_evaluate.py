"""The command ``evaluate``: names of its JSON, its page, bad input."""

import csv
import itertools
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from forge.blade.realm import Realms
from forge.blade.recording.replay import Recording, verify
from forge.blade.scripted import careful
from forge.cli import main
from forge.config import Config, Law
from forge.embyr.sheet import draw_sheet
from forge.errors import ForgeError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.trinity.sword import Sword
from tests.test_docs import DOCS, rows

SHORT = ("--maps", "2", "--ticks", "40", "--warmup", "10")
SAGA = ("--config", "saga16", "-s", "map_size=40", "-s", "npcs=8", "-s", "births=4")
SMALL = Config(max_agents=8, populations=2, map_size=24, border=4, radius=3, births=2, hidden=8)


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["evaluate", *SHORT, *arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def trained(tmp_path):
    path = tmp_path / "agents.safetensors"
    layout = Layout(Sword.parameters(SMALL))
    model = layout.initialise(2, np.random.default_rng(0))
    checkpoint.save_model(path, model, layout, SMALL)
    return str(path)


@pytest.mark.parametrize("agents", ["random", "careful", "greedy", "still"])
def test_json_has_the_names_that_scripts_rely_on(agents):
    found = json.loads(run("--agents", agents, "--config", "law16", "--json"))
    names = {"mean_lifetime", "mean_completed_lifetime", "lifetime_ci95", "deaths"}
    assert names <= found.keys()
    assert found["agents"] == agents


def test_the_page_shows_the_mean_lifetime():
    text = run("--agents", "random", "--config", "chaos32", "-s", "births=4")
    for word in ("mean lifetime", "95 % interval", "random", "population 1", "maps 10000 … 10001"):
        assert word in text


def test_one_map_is_called_one_and_a_dash_is_explained():
    text = run("--agents", "random", "--config", "law16", "--maps", "1")
    assert " · map 10000 · " in text
    assert text.endswith("no interval, with one map alone or too few deaths\n")


# -- The page of the documentation ----------------------------------------------------------

PAGE = (DOCS / "evaluate.md").read_text(encoding="utf-8")
ALL = ("--agents", "fighter,still", *SAGA, "-s", "populations=2", "--seeds", "2", "--quests")


def documented(heading, column):
    """The entries of a column of the table below a heading."""
    return [row[column].strip("`") for row in rows(PAGE, heading) if row[column]]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A report with all that can be in one, and its page."""
    paths = (tmp_path_factory.mktemp("events") / name for name in ("a.csv", "b.csv"))
    one, other = ((*ALL, "--events", str(path)) for path in paths)
    return json.loads(run(*one, "--json")), run(*other)


def told(figures):
    """Name the figures of a report; the causes of death one by one."""
    causes = {f"causes.{name}" for name in figures["causes"]}
    return {name for name in figures if not name.endswith("_ci95")} - {"causes"} | causes


def test_every_entry_of_the_json_is_documented(everything):
    report, _ = everything
    means = set(documented("of lives", 0))
    figures = {name for name in documented("figure", 0) if name != "lifetime_ci95"}
    assert told(report) == figures | means | set(documented("entry", 0))
    intervals = {name for name in report if name.endswith("_ci95")}
    assert intervals == {f"{name}_ci95" for name in (*means, "lifetime")}
    by_map = {"mean_lifetime_by_map", "mean_lifetime_by_seed"}
    one = told(report["populations"][0])
    assert one == figures - by_map | means | set(documented("of a population", 0))


def test_every_column_of_the_page_is_documented(everything):
    _, page = everything
    names = [name for heading in ("figure", "of a population", "of lives")
             for name in documented(heading, 1)]  # fmt: skip
    heads = [
        line
        for line in page.splitlines()
        if re.match(r"(per life| +mean|level|trades|quests)", line)
    ]
    assert len(names) > 18
    assert [name for name in names if not any(name in head for head in heads)] == []
    columns = [re.split(r"\s{2,}", head)[1:] for head in heads if head[0] in " p"]
    assert [name for name in itertools.chain(*columns) if name not in names] == []


def test_the_anchors_stand_beside_loaded_agents(trained):
    text = run("--load", trained)
    assert "chaos, 8 agents, 2 populations" in text
    for word in ("loaded", "random", "careful", "greedy"):
        assert word in text


def test_loaded_agents_bring_their_own_config(trained):
    found = json.loads(run("--load", trained, "-s", "births=3", "--json", "--no-anchors"))
    assert found["config"] == SMALL.replace(births=3).as_dict()
    assert "anchors" not in found


def test_a_named_config_keeps_the_networks_width(trained):
    found = json.loads(
        run("--load", f"0={trained}#1", "--config", "chaos16", "-s", "radius=3", "--json")
    )
    assert (found["config"]["max_agents"], found["config"]["hidden"]) == (16, 8)
    assert set(found["anchors"]) == {"random", "careful", "greedy"}


def test_agents_of_another_network_are_refused(trained):
    text = run("--load", trained, "--config", "law32", "-s", "radius=3", code=1)
    assert "is of another network" in text
    assert "it was trained with combat=true, and here it is combat=false: give the same" in text


def test_a_file_that_is_no_checkpoint_is_one_clear_line(tmp_path):
    path = tmp_path / "junk.safetensors"
    path.write_bytes(b"junk")
    text = run("--load", str(path), code=1)
    assert str(path) in text
    assert len(text.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [(), ("--agents", "random", "--load", "file")])
def test_either_agents_or_a_file_is_named(arguments):
    assert "either --agents NAME or --load FILE" in run(*arguments, code=2)


def test_unknown_agents_are_refused():
    assert "'clever' is not one of" in run("--agents", "clever", code=2)


def test_png_shows_the_realms_as_the_last_tick_leaves_them(tmp_path):
    path = tmp_path / "realms.png"
    text = run("--agents", "careful", "-s", "map_size=24", "-s", "border=4", "--png", str(path))
    assert text.endswith(f"picture: {path}\n")
    realms = Realms(Law(map_size=24, border=4), 0, range(2), (10_000, 10_001))
    for _ in range(50):
        realms.step(careful(realms.observation))
    with Image.open(path) as image:
        assert (np.asarray(image) == np.asarray(draw_sheet(realms))).all()


def test_png_shows_the_loaded_agents_not_the_anchors(trained, tmp_path):
    paths = [tmp_path / "with.png", tmp_path / "without.png"]
    for path, anchors in zip(paths, ("--anchors", "--no-anchors"), strict=True):
        run("--load", trained, "--json", anchors, "--png", str(path))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_png_replaces_a_file(tmp_path):
    path = tmp_path / "realms.png"
    path.write_text("mine")
    run("--agents", "still", "--config", "law16", "--png", str(path))
    assert path.read_bytes().startswith(b"\x89PNG")


def test_png_in_no_folder_is_refused_before_playing(tmp_path):
    text = run("--agents", "still", "--png", str(tmp_path / "none" / "a.png"), code=2)
    assert "there is no such folder" in text
    assert "it is a folder" in run("--agents", "still", "--png", "", code=2)


@pytest.mark.parametrize("name", ["a.jpg", "a"])
def test_png_of_another_name_is_refused(tmp_path, name):
    text = run("--agents", "still", "--png", str(tmp_path / name), code=2)
    assert "ends in .png" in text


def test_png_into_a_read_only_folder_is_refused_before_playing(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    text = run("--agents", "still", "--png", str(tmp_path / "a.png"), code=2)
    assert "read-only" in text


def test_figures_are_printed_even_if_the_picture_cannot_be_written(tmp_path, monkeypatch):
    def full(path, data):
        raise ForgeError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr("forge.files.write_atomic", full)
    text = run("--agents", "still", "--config", "law16", "--png", str(tmp_path / "a.png"), code=1)
    assert "mean lifetime" in text
    assert text.splitlines()[-1].endswith("No space left on device")


def test_png_of_maps_too_large_is_refused(tmp_path):
    large = ("-s", "map_size=3000", "--maps", "2", "--png", str(tmp_path / "a.png"))
    text = run("--agents", "still", "--config", "law16", *large, code=2)
    assert "a picture of 2 maps of 3000 × 3000 tiles is too large" in text


def test_one_population_of_a_file_can_be_named(trained):
    words = " ".join(run("--help").split())
    assert "2=FILE loads population 2 alone, 2=FILE#0 loads it from the file's population" in words
    found = json.loads(run("--load", f"0={trained}#1", "--load", f"1={trained}#0", "--json"))
    assert found["agents"] == "loaded"


def test_several_scripts_play_one_after_the_other_and_are_rated():
    found = json.loads(run("--agents", "greedy,still", "--config", "law16", "--json"))
    assert (found["agents"], list(found["anchors"])) == ("greedy", ["still"])
    assert found["rating"] == -found["anchors"]["still"]["rating"] > 0
    assert "rating" in run("--agents", "greedy,still", "--config", "law16")


def test_the_scripts_of_saga_play_by_these_names():
    names = "forager,fighter,gatherer,trader"
    found = json.loads(run("--agents", names, "--config", "saga16", "-s", "map_size=40", "--json"))
    assert found["agents"] == "forager"
    assert list(found["anchors"]) == ["fighter", "gatherer", "trader"]
    assert found["players"] == ["forager"]
    assert "forager is another name of greedy" in " ".join(run("--help").split())


def test_several_seeds_are_pooled_and_listed():
    several = ("--agents", "random", "--config", "law16", "--seeds", "2")
    found = json.loads(run(*several, "--seed", "5", "--json"))
    alone = [
        json.loads(run("--agents", "random", "--config", "law16", "--seed", seed, "--json"))
        for seed in ("5", "6")
    ]
    assert found["seeds"] == [5, 6]
    assert found["mean_lifetime_by_seed"] == [each["mean_lifetime"] for each in alone]
    assert found["deaths"] == sum(each["deaths"] for each in alone)
    assert "seeds 0 … 1" in run(*several)


def test_seeds_beyond_the_last_are_refused():
    many = ("--agents", "still", "--seed", str(2**64 - 1), "--seeds", "2")
    assert "the last seed would be above" in run(*many, code=2)


def test_page_and_json_say_which_file_plays_which_population(trained):
    loads = ("--load", f"0={trained}#1", "--load", f"1={trained}", "--no-anchors")
    found = json.loads(run(*loads, "--json"))
    assert found["players"] == [f"{trained}#1", f"{trained}#1"]
    text = run(*loads)
    assert f"population 0 ({trained}#1)" in text
    assert "of the living" in text


def test_a_script_beside_a_file_is_named_too(trained):
    found = json.loads(run("--load", trained, "-s", "scripts=1=greedy", "--json", "--no-anchors"))
    assert found["players"] == [f"{trained}#0", "greedy"]


def test_populations_share_the_living_and_the_deaths_and_are_rated(trained):
    each = json.loads(run("--load", trained, "--json", "--no-anchors"))["populations"]
    for name, total in (("share_of_living", 1), ("share_of_deaths", 1), ("rating", 0)):
        assert sum(report[name] for report in each) == pytest.approx(total, abs=1e-3)


def test_realms_that_move_in_training_stay_where_they_are(trained):
    moving = run("--load", trained, "-s", "map_epochs=1", "--json", "--no-anchors")
    here, there = json.loads(moving), json.loads(run("--load", trained, "--json", "--no-anchors"))
    assert here.pop("config") != there.pop("config")
    assert here == there


# -- Levels and trades ----------------------------------------------------------------------


def test_the_page_shows_levels_and_trades_with_their_intervals():
    options = "--agents", "fighter", *SAGA, "--ticks", "120"
    report, lines = json.loads(run(*options, "--json")), run(*options).splitlines()
    for title, name, what in (("level at death", "levels", "combat"),
                              ("trades per life", "trades", "earned")):  # fmt: skip
        row = next(k for k, line in enumerate(lines) if line.startswith(title)) + 1
        low, high = report[f"{name}_ci95"][what]
        assert lines[row].split()[:2] == ["fighter", f"{report[name][what]:.2f}"]
        assert lines[row + 1].strip().startswith(f"{low:.2f} … {high:.2f}")


def test_the_page_of_one_map_has_no_intervals_below_its_means():
    lines = run("--agents", "fighter", *SAGA, "--maps", "1").splitlines()
    row = next(k for k, line in enumerate(lines) if line.startswith("trades per life")) + 1
    assert lines[row + 1] == ""


# -- Quests and events ----------------------------------------------------------------------


def test_the_page_sums_quests_up_and_lists_them_when_asked():
    text = run("--agents", "fighter", *SAGA, "--ticks", "120")
    assert "mean progress" in text
    assert "quests of fighter" not in text
    listed = run("--agents", "fighter", *SAGA, "--ticks", "120", "--quests")
    assert "quests of fighter" in listed
    assert len(listed.splitlines()) > len(text.splitlines()) + 2


def test_the_page_says_that_nobody_died_in_place_of_a_list_of_quests():
    text = run("--agents", "still", *SAGA, "--warmup", "0", "--ticks", "2", "--quests")
    assert "quests of still: nobody died" in text


def test_quests_of_a_world_without_any_are_refused():
    assert "--quests: this world has none" in run("--agents", "still", "--quests", code=2)


def test_events_are_written_to_a_file_and_counted(tmp_path):
    path = tmp_path / "a.csv"
    found = json.loads(run("--agents", "fighter,greedy", *SAGA, "--json", "--events", str(path)))
    lines = path.read_text().splitlines()
    assert lines[0] == "tick,realm,who,event,kind,level,number,price,other"
    assert sum(found["events"].values()) == len(lines) - 1 > 100
    assert found["events"]["drink"] == sum(",drink,," in line for line in lines)
    assert {line.split(",")[1] for line in lines[1:]} == {"0", "1"}
    assert min(int(line.split(",")[0]) for line in lines[1:]) > 10  # none of the warm-up
    assert "events" not in found["anchors"]["greedy"]


def test_events_change_no_figure_and_go_with_a_recording(tmp_path):
    asked = ("--agents", "fighter", *SAGA, "--json")
    more = ("--events", str(tmp_path / "a.csv"), "--record", str(tmp_path / "a"))
    plain, found = json.loads(run(*asked)), json.loads(run(*asked, *more))
    assert found.pop("events")
    assert found == plain
    assert verify(Recording.read(tmp_path / "a"))


def test_the_page_counts_events(tmp_path):
    path = tmp_path / "a.csv"
    text = run("--agents", "greedy", "--config", "law16", "--events", str(path))
    lines = len(path.read_text().splitlines()) - 1
    assert "events of greedy" in text
    assert text.endswith(f"\nevents: {lines} lines in {path}\n")


def test_events_are_counted_where_they_cannot_be_written(tmp_path, monkeypatch):
    asked = ("--agents", "greedy", "--config", "law16", "--json", "--events")
    expected = json.loads(run(*asked, str(tmp_path / "a.csv")))["events"]

    def full(*_, **__):
        raise ForgeError("the disk is full")

    monkeypatch.setattr("forge.files.append", full)
    result = CliRunner().invoke(main, ["evaluate", *SHORT, *asked, str(tmp_path / "b.csv")])
    assert json.loads(result.stdout)["events"] == expected


@pytest.mark.parametrize("world", [("--config", "law16"), SAGA], ids=["law", "saga"])
def test_lives_are_written_to_a_file(tmp_path, world):
    path = tmp_path / "a.csv"
    asked = ("--agents", "random,greedy", *world, "--seeds", "2", "--ticks", "100")
    text = run(*asked, "--lives", str(path))
    first = json.loads(run("--agents", "random", *asked[2:-4], "--ticks", "100", "--json"))
    with open(path, newline="", encoding="utf-8") as file:
        lives = list(csv.DictReader(file))
    assert len(lives) == first["deaths"] > 5
    assert np.mean([int(it["lifetime"]) for it in lives]) == pytest.approx(
        first["mean_completed_lifetime"], abs=1e-4
    )
    assert {int(it["map"]) for it in lives} <= {10_000, 10_001}
    assert text.endswith(f"\nlives: {len(lives)} lines in {path}\n")


def test_lives_and_events_agree_and_change_no_figure(tmp_path):
    asked = ("--agents", "fighter", *SAGA, "--ticks", "100", "--json")
    more = ("--lives", str(tmp_path / "a.csv"), "--events", str(tmp_path / "b.csv"))
    found, plain = json.loads(run(*asked, *more)), json.loads(run(*asked))
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 1 + found["events"]["die"] > 1
    assert {name: found[name] for name in plain} == plain


def test_lives_replace_no_file(tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    text = run("--agents", "greedy", "--lives", str(tmp_path / "a.csv"), code=1)
    assert "exists, and a file of lives replaces nothing" in text
    assert (tmp_path / "a.csv").read_text() == "mine"


def test_lives_and_events_need_two_files(tmp_path):
    path = str(tmp_path / "a.csv")
    assert "exists" in run("--agents", "greedy", "--events", path, "--lives", path, code=1)
    assert list(tmp_path.iterdir()) == []


def test_events_need_a_name():
    assert "give a name" in run("--agents", "greedy", "--events", "", code=1)


@pytest.mark.parametrize("name", ["there.csv", "a.txt", "none/a.csv"])
def test_events_that_cannot_be_written_are_refused_before_anything_starts(tmp_path, name):
    (tmp_path / "there.csv").touch()
    text = run("--agents", "greedy", "--events", str(tmp_path / name), code=1)
    assert name in text
    assert len(text.splitlines()) == 1
