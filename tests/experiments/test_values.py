"""Dependence and value maps: the measures by hand, and both as a whole."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, dependence, networks, training, value_map
from experiments.agents import Set
from experiments.dependence import measures
from experiments.value_map import correlation, distances, ranks
from forge.config import Config

CONFIG = Config(max_agents=8, populations=2, map_size=30, border=4, radius=3, hidden=4, horizon=8)


def cells(*changes: tuple[int, int, float, float]) -> list[common.Row]:
    """Lines of one network and map: row, col, sum of changes and of their sizes, of two places."""
    values = [(1.0, "law", "trained", 0, 10_000, *each, 2) for each in changes]
    return [dict(zip(dependence.COLUMNS, map(str, each), strict=True)) for each in values]


def test_dependence_is_measured_near_and_far_and_everywhere() -> None:
    # Mean changes of −3 at distance 1, 1 at distance 4, −1 at distance 6; two places each.
    lines = cells((0, 1, -6, 6), (4, 2, 2, 4), (-6, 0, -2, 2))
    found = {name: each["law", "trained"].value for name, each in measures(lines).items()}
    assert found["change"] == pytest.approx((-6 + 2 - 2) / 6)
    assert found["size"] == pytest.approx((6 + 4 + 2) / 6)
    assert found["pull"] == pytest.approx(-3 - -1)


def test_what_an_own_tile_changes_is_no_pull() -> None:
    assert measures(cells((0, 0, -9, 9)))["pull"]["law", "trained"].value == 0


def test_the_mean_map_puts_the_first_agent_in_the_middle() -> None:
    shown = dependence.mean_map(cells((0, 1, -6, 6), (-7, -7, 4, 4)), "law", "trained")
    assert (shown[7, 8], shown[0, 0]) == (-3, 2)
    assert np.isnan(shown).sum() == 15 * 15 - 2


def test_places_see_land_alone_and_come_once() -> None:
    free = np.ones((9, 9), bool)
    found = dependence.places(free, 3, 1)
    assert sorted(found) == [[row, col] for row in (3, 4, 5) for col in (3, 4, 5)]


def test_distance_is_counted_in_steps_to_the_nearest() -> None:
    there = np.zeros((3, 3), bool)
    there[0, 0] = there[2, 2] = True
    assert distances(there).tolist() == [[0, 1, 2], [1, 2, 1], [2, 1, 0]]
    assert distances(there & False).min() >= 6


def test_equal_numbers_share_their_rank() -> None:
    assert ranks(np.array([5.0, 1, 5, 9])).tolist() == [1.5, 0, 1.5, 3]


def test_correlation_is_of_ranks() -> None:
    x = np.array([1.0, 2, 3, 4])
    assert correlation(x, x**3) == pytest.approx(1)
    assert correlation(x, -np.exp(x)) == pytest.approx(-1)
    # Ranks 0 1 2 3 and 1 0 3 2: 1 − 6 × 4 / (4 × 15) = 0.6.
    assert correlation(x, np.array([2.0, 1, 4, 3])) == pytest.approx(0.6)
    assert correlation(x, np.ones(4)) == 0


def test_seeds_of_a_value_map_are_seeds() -> None:
    # On both maps the value grows with the distance to water in one seed and falls in the other.
    lines = [
        dict(zip(value_map.COLUMNS,
                 map(str, (1.0, "law", "trained", seed, number, 0, k, (1 - 2 * seed) * k, k, k, k)),
                 strict=True))
        for seed in (0, 1) for number in (10_000, 10_001) for k in range(3)
    ]  # fmt: skip
    found = value_map.correlations(lines)["law", "trained", "water"]
    assert found == (pytest.approx(0), pytest.approx(-1), pytest.approx(1))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sets = {"law": Set(CONFIG, 1, 1)}
    for module in (networks, dependence, value_map):
        monkeypatch.setattr(module, "SETS", sets)
    for name, value in {"REALMS": 1, "ROUND": 1e-3}.items():
        monkeypatch.setattr(networks, name, value)
    monkeypatch.setattr(dependence, "PLACES", 2)
    monkeypatch.setattr(common, "RESAMPLES", 20)
    monkeypatch.setattr(training, "ENGINE", "serial")
    return ["--minutes", "0", "--seeds", "1"]


def test_both_as_a_whole_on_the_same_runs(
    small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (dependence, value_map):
        monkeypatch.setattr(module, "MAPS", 2)
        options = [*small, "--out", str(tmp_path)]
        result = CliRunner().invoke(module.main, options, catch_exceptions=False)
        assert "law    trained" in result.output
    lines = common.read(tmp_path / "dependence.csv")
    assert len(lines) == 2 * 2 * 7 * 7  # networks, maps, tiles of a crop
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_untrained_networks_are_those_that_a_run_begins_with(small: list[str]) -> None:
    one, other = networks.initial(CONFIG, 3), networks.initial(CONFIG, 4)
    assert one.tolist() == networks.initial(CONFIG, 3).tolist() != other.tolist()
