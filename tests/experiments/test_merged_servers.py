"""The tournament: who plays where, what a lifetime and a rating are, and a small one as a whole."""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, tournament, training
from experiments.tournament import CAPS, PUBLISHED, SCRIPTED, Match, cell, matches, ratings, world
from forge.cli import main
from forge.trinity.engines.serving import die_with_parent


def test_every_pair_meets_at_every_cap_and_seed() -> None:
    found = list(matches(2))
    assert len(set(found)) == len(found) == 2 * 4 * (10 + len(SCRIPTED) * 4)


def test_sides_have_equal_parts_and_every_population_at_a_cap_has_16_agents() -> None:
    config, load = world(Match(1, 128, (16, 128)))
    assert (config.max_agents, config.populations, config.combat) == (128, 8, False)
    assert load[::2] == [f"{p}={{}}/16-1#0" for p in (0, 2, 4, 6)]  # one lent four times
    assert load[1::2] == [f"{p}={{}}/128-1#{k}" for p, k in ((1, 1), (3, 2), (5, 3), (7, 4))]


def test_the_smallest_world_is_shared_by_a_script_and_a_population() -> None:
    config, load = world(Match(0, 16, ("greedy", 64)))
    assert (config.populations, config.scripts, load) == (2, "0=greedy", ["1={}/64-0#0"])


def test_a_cell_is_ticks_by_deaths_and_lies_in_its_interval() -> None:
    seeds = [np.array([[100, 2, 60], [200, 2, 100]]), np.array([[400, 4, 300], [100, 2, 40]])]
    found = cell(seeds, np.random.default_rng(0))
    assert (found.lifetime, found.completed) == (80.0, 50.0)  # 800 ÷ 10, 500 ÷ 10
    assert 50 <= found.low < 80 < found.high <= 100


def line(side: str, opponent: str, number: int, ticks: int) -> dict[str, str]:
    values = (1.0, 0, 16, side, opponent, number, ticks, 1, ticks)
    return dict(zip(tournament.COLUMNS, map(str, values), strict=True))


def test_who_lives_longer_wins() -> None:
    lines = [line("a", "b", k, 9 if k else 1) for k in range(10)]
    lines += [line("b", "a", k, 5) for k in range(10)]
    # Nine wins and one loss, and half a win each way: 9.5 to 1.5.
    assert ratings(lines)["a"] == pytest.approx(200 * np.log10(9.5 / 1.5))


def test_the_published_order_holds_in_all_16_columns() -> None:
    tables = np.array([PUBLISHED[cap] for cap in CAPS])
    assert tables.shape == (4, 4, 4)
    assert (np.diff(tables, axis=1) > 0).all()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {"CAPS": (16, 32), "SCRIPTED": ("greedy",), "REALMS": 1, "ROUND": 1e-3}
    for name, value in {**changes, "MAPS": 2, "WARMUP": 0}.items():
        monkeypatch.setattr(tournament, name, value)
    monkeypatch.setattr(common, "RESAMPLES", 20)
    monkeypatch.setattr(training, "ENGINE", "serial")


def test_a_small_one_trains_plays_goes_on_and_is_summed_up(small: None, tmp_path: Path) -> None:
    options = ["tournament", "--minutes", "0", "--seeds", "1", "--agent-ticks", "640"]
    options += ["--workers", "1", "--out", str(tmp_path)]
    first, again = (CliRunner().invoke(main, options, catch_exceptions=False) for _ in range(2))
    lines = (tmp_path / "tournament.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * (3 + 2) * 2 * 2  # caps, matches, sides, maps; none played twice
    assert "worlds of 32 agents" in first.output
    assert first.output.splitlines()[-1] == again.output.splitlines()[-1]
    assert (tmp_path / "tournament.png").read_bytes().startswith(b"\x89PNG")


def test_figures_of_what_was_not_played_are_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["tournament", "--figures", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "lacks matches: the experiment makes them" in result.output


def test_processes_that_play_end_with_the_command_however_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    monkeypatch.setattr(tournament, "matches", lambda seeds: [])
    monkeypatch.setattr(training, "rounds_of", lambda runs, step: 0)
    monkeypatch.setattr(
        tournament, "ProcessPoolExecutor", lambda *given: begun.append(given) or nullcontext()
    )
    tournament.play_all(tmp_path, 1, 1, workers=1)
    assert [given[2] for given in begun] == [die_with_parent]
