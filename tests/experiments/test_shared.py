"""What the experiments share: intervals by hand, tables, and training that goes on."""

import importlib
from pathlib import Path
from types import ModuleType

import click
import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, networks, training
from experiments.common import Estimate, estimate, estimates, ratio
from experiments.training import Run
from tests.trinity.tiny import CONFIG


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_an_estimate_is_of_the_sums_over_seeds_and_maps() -> None:
    seeds = [np.array([[100.0, 2], [200, 2]]), np.array([[400.0, 4], [100, 2]])]
    assert estimate(seeds, rng()).value == 80  # 800 ÷ 10


def test_what_does_not_vary_has_an_interval_of_no_width() -> None:
    assert estimate([np.array([[6.0, 2], [9, 3]])] * 2, rng()) == Estimate(3, 3, 3)


def test_the_interval_spans_what_the_seeds_found() -> None:
    # One map each: both seeds are drawn, or one of them twice with a chance of a quarter each.
    assert estimate([np.array([[0.0, 1]]), np.array([[2.0, 1]])], rng()) == Estimate(1, 0, 2)


def test_the_interval_spans_what_the_maps_of_one_seed_found() -> None:
    assert estimate([np.array([[0.0, 1], [2, 1]])], rng()) == Estimate(1, 0, 2)


def test_another_statistic_is_taken_of_the_sums() -> None:
    found = estimate([np.array([[3.0, 4]])], rng(), lambda total: float(total[0] - total[1]))
    assert found == Estimate(-1, -1, -1)


def test_nothing_by_nothing_is_nothing() -> None:
    assert ratio(np.array([0.0, 0.0])) == 0


def test_numbers_are_collected_by_key_and_seed(tmp_path: Path) -> None:
    lines = [("a", 0, 1, 2), ("a", 0, 3, 2), ("a", 1, 7, 3), ("a", 1, 1, 1), ("b", 0, 5, 1)]
    common.add(tmp_path / "t.csv", ("key", "seed", "x", "n"), lines[:2])
    common.add(tmp_path / "t.csv", ("key", "seed", "x", "n"), lines[2:])
    found = estimates(common.read(tmp_path / "t.csv"), ("key",), ("x", "n"))
    assert {key: each.value for key, each in found.items()} == {("a",): 12 / 8, ("b",): 5}


def test_those_that_have_learned_longest_count(tmp_path: Path) -> None:
    common.write(tmp_path / "t.csv", ("million", "x"), [(0.5, 1), (10.0, 2), (2.0, 3)])
    assert [line["x"] for line in common.latest(tmp_path / "t.csv")] == ["2"]


def test_a_table_that_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="lacks results: the experiment makes them"):
        common.latest(tmp_path / "t.csv")


def test_a_table_of_another_version_is_refused_by_its_columns(tmp_path: Path) -> None:
    common.write(tmp_path / "t.csv", ("million", "seed"), [(1, 0)])
    assert common.latest(tmp_path / "t.csv") == [{"million": "1", "seed": "0"}]
    with pytest.raises(click.ClickException, match="has no column much, so another version"):
        common.latest(tmp_path / "t.csv", by="much")


def test_runs_learn_in_turn_from_as_many_steps_and_go_on(tmp_path: Path) -> None:
    runs = [Run(tmp_path / str(seed), CONFIG, 2, seed, "serial") for seed in (0, 1)]
    learned = training.train_in_turn(runs, 0, 1e-5)  # at least one round
    first = training.metrics(tmp_path / "0")
    assert len(first) == 1
    assert training.train_in_turn(runs, 0, 1e-5, 2 * learned) >= 2 * learned > 0
    assert min(map(training.million, runs)) >= 2 * learned
    assert training.metrics(tmp_path / "0")[: len(first)] == first


def test_new_runs_come_up_to_the_others_first(tmp_path: Path) -> None:
    runs = [Run(tmp_path / str(seed), CONFIG, 2, seed, "serial") for seed in (0, 1)]
    learned = training.train_in_turn(runs[:1], 0, 1e-5, 3e-5)
    assert training.train_in_turn(runs, 0, 1e-5) >= learned > 0
    assert training.million(runs[1]) >= learned


def test_results_that_were_made_otherwise_are_not_mixed(tmp_path: Path) -> None:
    common.keep(tmp_path / "a", ticks=8)
    common.keep(tmp_path / "a", ticks=8)
    with pytest.raises(click.ClickException, match=r"holds results with ticks 8, not 64"):
        common.keep(tmp_path / "a", ticks=64)


def test_pretrained_and_trained_networks_have_a_folder_each(tmp_path: Path) -> None:
    networks.keep_networks(tmp_path, True)
    networks.keep_networks(tmp_path, True)
    with pytest.raises(click.ClickException, match="with networks pretrained, not trained"):
        networks.keep_networks(tmp_path, False)


def test_what_an_earlier_version_did_not_note_is_as_it_is_now(tmp_path: Path) -> None:
    common.keep(tmp_path, ticks=8)
    common.keep(tmp_path, ticks=8, networks="trained")
    with pytest.raises(click.ClickException, match="with networks trained"):
        common.keep(tmp_path, ticks=8, networks="pretrained")


def test_a_run_that_is_done_is_not_touched(tmp_path: Path) -> None:
    run = Run(tmp_path / "a", CONFIG, 1, 0, "serial")
    lines = training.train(run, lambda line: line["epoch"] == 2)
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert training.train(run, lambda line: line["epoch"] >= 1) == lines
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [line["epoch"] for line in lines] == [1, 2]


def test_a_figure_is_not_drawn_without_matplotlib(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)

    def draw(out: Path) -> None:
        with common.figure(out / "a.png"):
            pass

    common.draw_if_possible(draw, tmp_path)
    assert "matplotlib is not installed" in capsys.readouterr().out


def test_a_run_begun_with_other_settings_is_left_and_another_folder_named(tmp_path: Path) -> None:
    run = Run(tmp_path / "a", CONFIG, 2, engine="serial")
    training.train(run, lambda line: True)
    other = run._replace(config=CONFIG.replace(gamma=0.5))
    with pytest.raises(click.ClickException, match=r"gamma is .* or begin anew in another folder"):
        training.train(other, lambda line: line["epoch"] > 1)
    assert len(training.metrics(run.path)) == 1


FILES = [*Path(common.__file__).parent.glob("*.py")]
COMMANDS = [path.stem for path in FILES if "@common.command(" in path.read_text(encoding="utf-8")]


def command_of(name: str) -> tuple[ModuleType, click.Command]:
    module = importlib.import_module(f"experiments.{name}")
    return module, module.main


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_every_command_on_a_line_of_its_own(name: str) -> None:
    module, main = command_of(name)
    typed = [line for line in (module.__doc__ or "").splitlines() if line.startswith("    python ")]
    shown = CliRunner().invoke(main, ["--help"]).output.splitlines()
    assert typed
    assert [line[2:] for line in shown if line.startswith("      python ")] == typed


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_in_the_place_of_the_folder_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    _, main = command_of(name)
    refused = CliRunner().invoke(main, ["--out", str(tmp_path / "taken")])
    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert refused.output.splitlines()[-1].startswith("Error: ")
    assert str(tmp_path / "taken") in refused.output
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_every_experiment_is_read_in_one_sitting() -> None:
    assert len(FILES) > len(COMMANDS) >= 10
    assert {path.name for path in FILES if len(path.read_text().splitlines()) > 350} == set()
