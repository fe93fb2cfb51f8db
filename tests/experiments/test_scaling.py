"""Scale: what a measurement counts, and a small one as a whole."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import common, scale


def test_every_agent_lives_through_every_tick() -> None:
    line = dict(zip(scale.COLUMNS, scale.measure_one(1e-9, 0, 2, 8), strict=True))
    assert line["agent_steps"] == 2 * 8 * 32  # realms, agents, ticks of an epoch
    assert line["rows_per_agent"] >= 1
    assert line["seconds"] > 0


def lines(*sizes: tuple[int, int, int, float]) -> list[tuple[float, ...]]:
    """Measurements: realms, agents, agent-steps, seconds of a core."""
    return [(0.5, 0, W, E, steps, 1, core, 7, 2**20) for W, E, steps, core in sizes]


def test_cost_is_compared_with_the_cheapest_of_the_small_realms(tmp_path: Path) -> None:
    found = lines((1, 128, 1000, 0.03), (100, 128, 1000, 0.01), (1, 1000, 1000, 0.004))
    common.write(tmp_path / "scale.csv", scale.COLUMNS, found)
    costs = scale.costs(tmp_path)
    assert scale.reference(costs) == ((100, 128), pytest.approx(10))  # 0.01 s ÷ 1000 [µs]
    result = CliRunner().invoke(scale.main, ["--figures", "--out", str(tmp_path)])
    assert "4.00 µs" in result.output.replace("(4.00 … 4.00) ", "")
    assert "0.40 of 100 × 128" in result.output
    assert (tmp_path / "scale.png").read_bytes().startswith(b"\x89PNG")


def test_rounds_that_were_measured_are_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "SIZES", ((1, 8),))
    options = ["--minutes", "0", "--seeds", "1", "--million", "1e-6", "--out", str(tmp_path)]
    for _ in range(2):
        CliRunner().invoke(scale.main, options, catch_exceptions=False)
    assert [line["seed"] for line in common.read(tmp_path / "scale.csv")] == ["0"]
