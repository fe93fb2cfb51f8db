"""The tournament: who plays where, what a lifetime and a rating are, and a small one as a whole."""

import signal
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, pace, tournament, training
from experiments.pace import Cost
from experiments.tournament import CAPS, PUBLISHED, SCRIPTED, Match, cell, matches, ratings, world
from experiments.training import Run, Trained
from forge.cli import main
from forge.cli.options import StoppedError
from forge.config import preset
from forge.trinity.engines.serving import die_with_parent

AT_5 = Trained("lifetime", 5)


def test_every_pair_meets_at_every_cap_and_seed() -> None:
    found = list(matches(2))
    assert len(set(found)) == len(found) == 2 * 4 * (10 + len(SCRIPTED) * 4)


def test_sides_have_equal_parts_and_every_population_at_a_cap_has_16_agents() -> None:
    config, load = world(Match(1, 128, (16, 128)))
    assert (config.max_agents, config.populations, config.combat) == (128, 8, False)
    assert load[::2] == [(p, 16, 0) for p in (0, 2, 4, 6)]  # one lent four times
    assert load[1::2] == [(p, 128, k) for p, k in ((1, 1), (3, 2), (5, 3), (7, 4))]


def test_the_smallest_world_is_shared_by_a_script_and_a_population() -> None:
    config, load = world(Match(0, 16, ("greedy", 64)))
    assert (config.populations, config.scripts, load) == (2, "0=greedy", [(1, 64, 0)])


def test_a_cell_is_ticks_by_deaths_and_lies_in_its_interval() -> None:
    seeds = [np.array([[100, 2, 60], [200, 2, 100]]), np.array([[400, 4, 300], [100, 2, 40]])]
    found = cell(seeds, np.random.default_rng(0))
    assert (found.lifetime, found.completed) == (80.0, 50.0)  # 800 ÷ 10, 500 ÷ 10
    assert 50 <= found.low < 80 < found.high <= 100


def line(side: str, opponent: str, number: int, ticks: int) -> dict[str, str]:
    values = ("experience", 1.0, 0, 16, side, opponent, number, ticks, 1, ticks)
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
    changes = {"CAPS": (16, 32), "SCRIPTED": ("greedy",), "REALMS": 1, "ROUND": 1e-3, "GOALS": (5,)}
    for name, value in {**changes, "MAPS": 2, "WARMUP": 0}.items():
        monkeypatch.setattr(tournament, name, value)
    monkeypatch.setattr(tournament.main.params[1], "default", 5)  # --lifetime
    monkeypatch.setattr(common, "RESAMPLES", 20)
    monkeypatch.setattr(training, "ENGINE", "serial")


@pytest.mark.parametrize(
    ("equal", "how"),
    [((), "trained until all lived 5 ticks at home"),
     (("--million", "0.001"), "trained on 0.00 M agent-steps of each population")],
)  # fmt: skip
def test_a_small_one_trains_plays_goes_on_and_is_summed_up(
    small: None, tmp_path: Path, equal: tuple[str, ...], how: str
) -> None:
    options = ["tournament", "--minutes", "0", "--seeds", "1", "--agent-ticks", "640", *equal]
    options += ["--workers", "1", "--out", str(tmp_path)]
    first, again = (CliRunner().invoke(main, options, catch_exceptions=False) for _ in range(2))
    lines = (tmp_path / "tournament.csv").read_text().splitlines()
    assert len(lines) == 1 + 2 * (3 + 2) * 2 * 2  # caps, matches, sides, maps; none played twice
    assert "worlds of 32 agents" in first.output
    assert how in first.output
    assert first.output.splitlines()[-1] == again.output.splitlines()[-1]
    assert (tmp_path / "tournament.png").read_bytes().startswith(b"\x89PNG")


def cost_of(match: Match) -> Cost:
    """Matches take 1 s and half a second a tick, with scripts 2 s and a whole one."""
    times = 2 if "greedy" in match.sides else 1
    return Cost(match.cap, times, times / 2)


@pytest.fixture
def costly(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let matches take what ``cost_of`` says, and no time go by."""
    monkeypatch.setattr(tournament, "cost", lambda out, trained, match: cost_of(match))
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(tournament, "LEAST", 64)
    monkeypatch.setattr(pace, "SPARE", 0)


def test_matches_are_as_long_as_the_time_that_is_left_allows(costly: None, tmp_path: Path) -> None:
    # At each cap 3 matches take 1 s at least and 2 with a script take 2 s: 14 s. Of 70 s 56 remain
    # for (3 × ½ + 2 × 1) × (x ÷ 16 + x ÷ 32) s, and x is 170.
    assert tournament.length(tmp_path, AT_5, 1, 70, workers=1) == 170
    assert tournament.length(tmp_path, AT_5, 2, 140, workers=1) == 170
    assert tournament.length(tmp_path, AT_5, 1, -9, workers=1) == 64


def test_matches_stay_as_long_as_they_were_in_the_folder(costly: None, tmp_path: Path) -> None:
    common.keep(tmp_path, agent_ticks=320)
    assert tournament.length(tmp_path, AT_5, 1, 60, workers=1) == 320


@pytest.mark.parametrize(("goal", "seconds"), [((), 40), (("--million", "1"), 12)])
def test_matches_get_what_training_leaves_or_a_fifth(
    costly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, goal: tuple[str, ...],
    seconds: float,
) -> None:  # fmt: skip
    def train(runs: object, minutes: float, *others: object) -> int:
        assert minutes == pytest.approx(0.8)
        monkeypatch.setattr(tournament, "time", SimpleNamespace(monotonic=lambda: 20.0))
        return 5

    given: list[float] = []
    monkeypatch.setattr(tournament, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(training, "train_in_turn", train)
    monkeypatch.setattr(training, "train_equally", train)
    monkeypatch.setattr(tournament, "length", lambda *about: given.append(about[3]) or 1)
    options = ["tournament", "--minutes", "1", "--out", str(tmp_path), *goal]
    for name in ("play_all", "report", "draw"):
        monkeypatch.setattr(tournament, name, lambda *about: None)
    CliRunner().invoke(main, options, catch_exceptions=False)
    assert given == [pytest.approx(seconds)]


def test_a_small_one_takes_the_least_length_where_time_is_short(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "TIMED", 4)
    monkeypatch.setattr(tournament, "LEAST", 160)
    options = ["tournament", "--minutes", "0", "--seeds", "1", "--workers", "1"]
    result = CliRunner().invoke(main, [*options, "--out", str(tmp_path)], catch_exceptions=False)
    assert "matches: 160 agent-ticks on each of 2 maps" in result.output


def test_figures_of_what_was_not_played_are_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["tournament", "--figures", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "lacks matches: the experiment makes them" in result.output


def test_processes_that_play_end_with_the_command_however_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    monkeypatch.setattr(tournament, "matches", lambda seeds: [])
    monkeypatch.setattr(
        pace, "ProcessPoolExecutor", lambda *given: begun.append(given) or nullcontext()
    )
    tournament.play_all(tmp_path, AT_5, 1, 1, workers=1)
    assert [given[2] for given in begun] == [die_with_parent]


def test_agents_that_live_equally_long_are_kept_as_they_first_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "HOME_TICKS", 1_600)
    monkeypatch.setattr(training, "HOME_WARMUP", 10)
    config = preset("law16").replace(births=16)
    runs = [Run(tmp_path / str(seed), config, 1, seed, "serial") for seed in (0, 1)]
    assert training.train_equally(runs, 0, (4, 1000)) == 4  # the first goal, however long it takes
    kept = [training.lived(run.path, 4) for run in runs]
    first = [path.read_bytes() for path in kept]
    for run, weights in zip(runs, kept, strict=True):
        assert training.metrics(run.path)[-1]["epoch"] >= 10
        assert training.lifetime_at_home(run, weights) >= 4
    assert training.train_equally(runs, 0, (4,)) == 4  # again: nothing is done
    assert [path.read_bytes() for path in kept] == first
    assert Trained("lifetime", 4).weights(runs[0].path) == kept[0]
    assert Trained("experience", 1).weights(runs[0].path) == runs[0].path


def test_those_who_live_too_short_at_home_are_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def home(run: Run, weights: Path) -> float:
        looked.append(weights.read_bytes())
        return 3.0 if len(looked) == 1 else 5.0

    monkeypatch.setattr(training, "lifetime_at_home", home)
    run = Run(tmp_path, preset("law16").replace(births=16), 1, 0, "serial")
    assert training.train_equally([run], 0, (4,)) == 4
    assert len(set(looked)) == len(looked) == 2
    assert training.lived(run.path, 4).read_bytes() == looked[1]


def test_ctrl_c_while_agents_are_at_home_stops_the_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def home(run: Run, weights: Path) -> float:
        signal.raise_signal(signal.SIGINT)
        return 50.0

    monkeypatch.setattr(training, "lifetime_at_home", home)
    config = preset("law16").replace(births=16)
    runs = [Run(tmp_path / str(seed), config, 1, seed, "serial") for seed in (0, 1)]
    with pytest.raises(StoppedError, match="goes on"):
        training.train_equally(runs, 0, (4,))
    assert training.lived(runs[0].path, 4).is_file()  # nothing of it is lost
    assert not runs[1].path.exists()
