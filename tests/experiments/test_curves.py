"""Learning curves: a line sums up ten epochs, and a small one as a whole."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, learning_curves, training
from experiments.learning_curves import Curve, lines_of, of_lives, reached
from forge.blade.records import LIFE
from tests.trinity.tiny import CONFIG


def test_a_life_is_averaged_over_lives() -> None:
    lives = np.zeros(2, LIFE)
    lives["lifetime"], lives["harvests"] = (10, 20), (1, 4)
    lives["distinct"][:, :2] = ((3, 1), (4, 2))
    assert of_lives(lives) == (15, 5, 2.5)


def test_nobody_has_no_mean() -> None:
    assert of_lives(np.zeros(0, LIFE)) == ("", "", "")


def test_the_first_line_that_is_high_enough_counts() -> None:
    lines = [{"mean_lifetime": text, "epoch": str(k)} for k, text in enumerate(("9", "12", "15"))]
    assert reached(lines, 12) == lines[1]
    assert reached(lines, 16) is None


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The results of a small curve that was trained in two goes."""
    monkeypatch.setattr(training, "ENGINE", "serial")
    monkeypatch.setattr(learning_curves, "REALMS", 2)
    for million in (5e-4, 3e-3):
        curves = {"chaos": Curve("small", CONFIG, million, ((1, 1), (900, 1)))}
        monkeypatch.setattr(learning_curves, "CURVES", curves)
        options = ["--seeds", "1", "--out", str(tmp_path)]
        result = CliRunner().invoke(learning_curves.main, options, catch_exceptions=False)
        assert "900 never (bar: 1 M)" in result.output
    return tmp_path


def test_a_small_one_as_a_whole(out: Path) -> None:
    lines, metrics = common.read(out / "learning_curves.csv"), training.metrics(out / "chaos-0")
    assert len(metrics) > 10
    everybody = [line for line in lines if line["population"] == "all"]
    assert [int(line["epoch"]) for line in everybody][:1] == [10]
    assert float(everybody[0]["mean_lifetime"]) == metrics[9]["mean_completed_lifetime"]
    assert int(everybody[0]["lives"]) == sum(sum(x["deaths"].values()) for x in metrics[:10])
    assert len(lines) == len(everybody) * (1 + CONFIG.populations)
    assert (out / "learning_curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_no_run_of_a_curve_has_no_lines(tmp_path: Path) -> None:
    assert list(lines_of(tmp_path / "other-0")) == []
