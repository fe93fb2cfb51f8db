"""A mixed world of scripted agents: who decides for whom, measures by hand, a small one whole."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from experiments import common, market
from experiments.common import Row
from forge.blade import Realms, preset
from forge.blade.happenings import Happening
from forge.blade.scripted import SCRIPTED
from forge.blade.subset import of_agents
from forge.trinity.cast import Cast

CONFIG = preset("saga16").replace(map_size=40, npcs=8, births=4)


def test_each_population_plays_as_its_script() -> None:
    obs = Realms(CONFIG.replace(populations=2, births=16), 0).observation
    chosen = Cast.of(market.world(["still", "fighter"])).played(obs)
    second = np.flatnonzero(obs.ent["population"] == 1)
    alone = SCRIPTED["fighter"](of_agents(obs, second))
    assert 0 < len(second) < len(obs)
    assert (chosen.move[second] == alone.move).all()
    assert (np.delete(chosen.move, second) == 0).all()


def lived(seed: int, number: int, name: str, *counts: int) -> Row:
    """A line of market.csv of ten ticks: agent-ticks, deaths, trades."""
    values = (seed, number, name, 10, *counts, 0, 0, 0, 0, 0)
    return dict(zip(market.COLUMNS, map(str, values), strict=True))


def offered(part: int, level: int, *counts: int) -> Row:
    """A line of market_prices.csv of ten ticks: offers, places, offered, multiples."""
    values = (0, 10_000, part, level, 10, *counts)
    return dict(zip(market.PRICED, map(str, values), strict=True))


def test_a_world_has_all_its_kinds_and_levels() -> None:
    lives = [lived(0, 10_000, "fighter", 30, 1, 4), lived(0, 10_000, "trader", 50, 1, 6)]
    prices = [offered(1, level, 3, 0, 0, 0) for level in range(1, 11)]
    found = market.of_worlds(lives, prices)
    # (30 + 50) ÷ 10 ticks; (4 + 6) ÷ 10; ten levels with 3 offers in ten ticks.
    assert [each.value for each in found.values()] == pytest.approx([8, 1, 3])


def test_maps_are_drawn_as_wholes_and_not_kinds() -> None:
    # Both maps have 8 agents living, of other kinds: nothing varies.
    lives = [lived(0, number, name, 30 + 20 * ((name == "trader") == (number == 10_000)), 1, 0)
             for number in (10_000, 10_001) for name in ("fighter", "trader")]  # fmt: skip
    prices = [offered(1, 1, 0, 0, 0, 0)] * 2
    assert market.of_worlds(lives, prices)["living"] == pytest.approx((8, 8, 8))


def test_prices_and_shares_are_of_levels() -> None:
    lines = [offered(1, 1, 0, 20, 10, 10), offered(2, 1, 0, 20, 20, 50), offered(1, 2, 0, 20, 0, 0)]
    share, price = market.of_levels(lines)
    # 30 of 40 places, at 60 in all; nobody has offered anything of level 2.
    assert {key: each.value for key, each in share.items()} == {("1",): 0.75, ("2",): 0}
    assert {key: each.value for key, each in price.items()} == {("1",): 2}
    assert market.of_levels(lines, "part")[1]["1", "2"].value == 2.5


def test_a_price_is_bounded_where_something_is_offered() -> None:
    lines = [offered(1, 1, 0, 20, 10, 30), offered(1, 1, 0, 20, 0, 0) | {"map": "10001"}]
    assert market.of_levels(lines)[1]["1",] == (3, 3, 3)


def test_kinds_are_compared_in_the_same_worlds() -> None:
    # Traders live twice as long on each map, whichever maps are drawn.
    lives = [lived(0, 10_000 + k, name, times * (1 + k) * 10, 1, 0)
             for k in range(3) for name, times in (("fighter", 1), ("trader", 2))]  # fmt: skip
    assert market.beside(lives, "trader", "fighter") == pytest.approx((2, 2, 2))


def run(out: Path, *options: str) -> Result:
    words = ["--out", str(out), "--agents", "gatherer,trader", "--maps", "2", "--ticks", "300"]
    return CliRunner().invoke(market.main, [*words, *options], catch_exceptions=False)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "CONFIG", CONFIG)
    monkeypatch.setattr(market, "WARMUP", 100)
    monkeypatch.setattr(common, "RESAMPLES", 20)


def test_a_small_one_goes_on_and_is_summed_up(small: None, tmp_path: Path) -> None:
    run(tmp_path / "a", "--seeds", "1")
    assert "seed 0" not in run(tmp_path / "a", "--seeds", "2").output
    whole = run(tmp_path / "b", "--seeds", "2")
    for name in ("market.csv", "market_prices.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "market.png").read_bytes().startswith(b"\x89PNG")
    assert "95 % intervals over 2 seeds and 2 maps, 300 ticks" in whole.output
    assert "trader: lifetime" in whole.output


def test_a_seed_that_was_not_finished_is_played_again(small: None, tmp_path: Path) -> None:
    run(tmp_path / "a", "--seeds", "1")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "market.csv").unlink()  # what is written last
    run(tmp_path / "b", "--seeds", "1")
    for name in ("market.csv", "market_prices.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_its_numbers_fit_together(small: None, tmp_path: Path) -> None:
    run(tmp_path, "--seeds", "1")
    lives = common.read(tmp_path / "market.csv")
    prices = common.read(tmp_path / "market_prices.csv")
    assert {line["map"] for line in lives} == {line["map"] for line in prices} == {"10000", "10001"}
    assert {line["ticks"] for line in prices} == {"75"}
    assert {line["places"] for line in prices} == {str(75 * 16)}
    assert sum(int(line["offers"]) for line in prices) > 0
    assert all(
        int(line["offered"]) <= int(line["multiples"]) <= 9 * int(line["offered"])
        for line in prices
    )


def test_trades_are_the_pieces_bought_in_the_ticks_that_count(small: None) -> None:
    names = ["gatherer", "trader"]
    lives, _ = market.play(0, 4, 300, names)
    realms = Realms(CONFIG.replace(populations=2), 0, range(4), range(10_000, 10_004))
    decide = Cast.of(market.world(names)).played
    for tick in range(100 + 300):
        realms.keep_happenings(tick >= 100)
        realms.step(decide(realms.observation))
    happened = realms.take_happenings()
    bought = int((happened["code"] == Happening.BUY).sum())
    assert sum(line[market.COLUMNS.index("trades")] for line in lives) == bought > 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--agents", "nobody"), "'nobody' is not one of"),
        (("--agents", "greedy,trader,greedy"), "greedy is given 2 times"),
        (("--ticks", "3"), "3 is not in the range"),
        (("--figures",), "lacks trades: the experiment makes them"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line(
    tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    refused = run(tmp_path, *options)
    assert refused.exit_code > 0
    assert why in refused.output


def test_other_agents_need_another_folder(small: None, tmp_path: Path) -> None:
    run(tmp_path, "--seeds", "1")
    assert "holds results with agents gatherer,trader" in run(tmp_path, "--agents", "trader").output
