"""Exploration and niches: coverage and overlap by hand, and a small one of each as a whole."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, exploration, niches, training
from experiments.common import Estimate
from experiments.exploration import compared, visited
from experiments.niches import by_chance, counted, overlap, territory
from forge.embyr.palette import safe_colour


def test_coverage_counts_walkable_tiles_once() -> None:
    visits = np.array([[3, 0], [1, 7]])
    assert visited(visits, np.array([[True, True], [True, False]])) == 2


def test_many_agents_are_also_compared_after_as_many_agent_ticks() -> None:
    found = {
        (agents, ticks): Estimate(agents + ticks / 1000, 0, 1)
        for agents in (1, 4)
        for ticks in (1, 2, 4, 8)
    }
    both = list(compared(found).values())
    assert [each.value for each in both[0]] == [1.008, 4.008]
    assert [each.value for each in both[1]] == [1.008, 4.002]  # 4 agents × 2 ticks = 8


def test_overlap_is_what_two_distributions_have_in_common() -> None:
    # p = (½, ½, 0), q = (¼, 0, ¾): min is ¼ on the first tile, 0 elsewhere.
    assert overlap(np.array([[2, 2, 0], [1, 0, 3]])) == 0.25


def test_overlap_of_several_is_the_mean_over_pairs() -> None:
    # The first and second are alike (1), the third is apart from both (0, 0).
    assert overlap(np.array([[5, 0], [1, 0], [0, 2]])) == pytest.approx(1 / 3)


def test_a_population_that_nobody_was_of_overlaps_with_none() -> None:
    assert overlap(np.array([[5, 1], [0, 0]])) == 0


def test_time_is_counted_by_population_and_tile() -> None:
    population, tile = np.array([0, 1, 1, 1]), np.array([2, 0, 0, 2])
    assert counted(population, tile, 2, 3).tolist() == [[0, 0, 1], [2, 0, 1]]


def test_by_chance_whole_lives_change_their_population() -> None:
    # Two lives of two ticks each, on a tile of their own: whoever is whose, none overlap.
    ways = np.array([[7, 0, 0], [9, 1, 1], [7, 0, 0], [9, 1, 1]])
    assert by_chance(ways, 2, 2, np.random.default_rng(0)).tolist() == [0] * niches.SHUFFLES


def test_by_chance_populations_keep_their_numbers_of_lives() -> None:
    # Lives 0, 1 of population 0 share tile 0, lives 2, 3 of population 1 share tile 1. Permuted,
    # either both tiles are split (overlap 1) or none is (0); 2 of 6 ways leave none split.
    ways = np.array([[0, 0, 0], [1, 0, 0], [2, 1, 1], [3, 1, 1]])
    found = by_chance(ways, 2, 2, np.random.default_rng(0))
    assert set(found.tolist()) == {0.0, 1.0}
    assert found.mean() == pytest.approx(4 / 6, abs=0.12)


def test_a_tile_has_the_colour_of_who_was_there_longest() -> None:
    names = ("world", "populations", "population", "row", "col", "ticks")
    lines = [
        dict(zip(names, ("law", "2", p, "5", "6", ticks), strict=True))
        for p, ticks in (("0", "2"), ("1", "3"))
    ]
    shown = territory(lines, "law", "2")
    assert shown[5, 6] == pytest.approx(np.array(safe_colour(1)) / 255)
    assert shown.sum() == pytest.approx(shown[5, 6].sum())


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, step in ((exploration, 1e-3), (niches, 1e-2)):  # longer than an epoch
        for name, value in {"REALMS": 1, "ROUND": step, "MAPS": 2, "WARMUP": 0}.items():
            monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(exploration, "AGENTS", (1, 3))
    monkeypatch.setattr(niches, "POPULATIONS", (1, 2))
    monkeypatch.setattr(common, "RESAMPLES", 20)
    monkeypatch.setattr(training, "ENGINE", "serial")


OPTIONS = ["--minutes", "0", "--seeds", "1", "--ticks", "8"]


def test_exploration_as_a_whole(tmp_path: Path) -> None:
    options = [*OPTIONS, "--out", str(tmp_path)]
    first, again = (
        CliRunner().invoke(exploration.main, options, catch_exceptions=False) for _ in range(2)
    )
    lines = common.read(tmp_path / "exploration.csv")
    assert len(lines) == 2 * 2 * 4  # numbers of agents, maps, ticks 1, 2, 4, 8: none played twice
    assert {int(line["agent_ticks"]) for line in lines if line["agents"] == "1"} <= {1, 2, 4, 8}
    assert first.output.splitlines()[-1] == again.output.splitlines()[-1]
    assert (tmp_path / "exploration.png").read_bytes().startswith(b"\x89PNG")


def test_niches_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(niches, "SHUFFLES", 5)
    options = [*OPTIONS, "--world", "law", "--out", str(tmp_path)]
    first, again = (
        CliRunner().invoke(niches.main, options, catch_exceptions=False) for _ in range(2)
    )
    lines = common.read(tmp_path / "niches.csv")
    assert len(lines) == 2 * 2  # numbers of populations, maps
    assert all(0 <= float(line["overlap"]) <= 1 for line in lines)
    assert "law    2 populations" in again.output
    assert first.output.splitlines()[-1] == again.output.splitlines()[-1]
    assert (tmp_path / "niches.png").read_bytes().startswith(b"\x89PNG")
