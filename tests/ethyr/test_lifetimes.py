"""Mean lifetimes: hand numbers, honesty without deaths, and the interval's coverage."""

import numpy as np
import pytest

from forge.blade.skills import LEVELS
from forge.blade.trades import TRADED
from forge.ethyr.lifetimes import (
    bootstrap_interval,
    bounds_of,
    mean_completed_lifetime,
    mean_lifetime,
    means_of,
    over_seeds,
    per_life,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_mean_is_agent_ticks_over_deaths_pooled_over_maps():
    # (100 + 300) / (4 + 1) = 80, which is not the mean of 25 and 300.
    assert mean_lifetime([100, 300], [4, 1]) == 80.0


def test_the_completed_mean_averages_lives_that_ended():
    assert mean_completed_lifetime([90, 10], [3, 1]) == 25.0


def test_trades_are_averaged_over_lives_that_ended():
    means = means_of(TRADED, [10, 4, 2, 1, 0], 4)
    assert means == {"earned": 2.5, "spent": 1.0, "bought": 0.5, "sold": 0.25, "given": 0.0}
    assert set(means_of(TRADED, np.zeros(5), 0).values()) == {None}


def test_levels_are_averaged_over_lives_that_ended():
    assert means_of(LEVELS, range(2, 20, 2), 2) == dict(zip(LEVELS, range(1, 10), strict=True))
    assert means_of(LEVELS, [0] * 9, 0) == dict.fromkeys(LEVELS)


def test_bounds_of_means_are_over_seeds_and_maps():
    # A map of two lives each, means 0 and 2; where both seeds have both, the maps alone are drawn.
    maps = np.array([[2, 0, 6], [2, 4, 6]])  # deaths, gold, harvests
    assert bounds_of(("gold", "harvests"), [maps], rng()) == {"gold": [0, 2], "harvests": [3, 3]}
    each = [maps[:1], maps[1:]]  # two seeds of one map
    assert bounds_of(("gold", "harvests"), each, rng()) == {"gold": [0, 2], "harvests": [3, 3]}


def test_bounds_of_means_leave_out_draws_in_which_nobody_died():
    # Two maps, deaths on one: a quarter of the draws has none of that one.
    assert bounds_of(("gold",), [np.array([[4, 6], [0, 0]])], rng()) == {"gold": [1.5, 1.5]}


def test_one_map_or_no_death_gives_no_bounds_of_means():
    assert bounds_of(("gold",), [np.array([[4, 6]])], rng()) == {"gold": None}
    assert bounds_of(("gold",), [np.zeros((3, 2))], rng()) == {"gold": None}


def test_rates_are_per_life():
    assert per_life([6, 2], [1, 3]) == 2.0


def test_without_deaths_there_is_no_mean():
    assert mean_lifetime([1000, 1000], [0, 0]) is None
    assert mean_completed_lifetime([0], [0]) is None
    assert bootstrap_interval([1000, 1000], [0, 0], rng()) is None


def test_one_map_gives_no_interval():
    assert bootstrap_interval([1000], [10], rng()) is None


def test_equal_maps_give_an_interval_without_width():
    assert bootstrap_interval([100] * 5, [4] * 5, rng()) == (25.0, 25.0)


def test_the_upper_bound_is_open_where_most_resamples_see_no_death():
    # One map of four had deaths: (3/4)^4 = 32 % of the resamples have none.
    low, high = bootstrap_interval([100] * 4, [0, 0, 0, 2], rng())
    assert low < 100
    assert high is None


def test_the_lower_bound_is_never_infinite():
    # One map of 16 had a death: 36 % of the resamples have none, the rest are finite.
    low, _ = bootstrap_interval([100] * 16, [1] + [0] * 15, rng())
    assert np.isfinite(low)


def test_the_same_generator_gives_the_same_interval():
    ticks, deaths = [100, 220, 310], [3, 4, 5]
    assert bootstrap_interval(ticks, deaths, rng(5)) == bootstrap_interval(ticks, deaths, rng(5))


def test_the_interval_holds_the_mean_it_belongs_to():
    ticks, deaths = [100, 220, 310, 90], [3, 4, 5, 6]
    low, high = bootstrap_interval(ticks, deaths, rng())
    assert low <= mean_lifetime(ticks, deaths) <= high


def test_a_wider_level_gives_a_wider_interval():
    ticks, deaths = [100, 220, 310, 90], [3, 4, 5, 6]
    low, high = bootstrap_interval(ticks, deaths, rng(), level=0.5)
    wide = bootstrap_interval(ticks, deaths, rng(), level=0.99)
    assert wide[0] <= low <= high <= wide[1]


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    # 200 samples of 20 maps, 10 lives of mean 50 each; small-sample bootstrap: a bit under 95 %.
    data, hits = rng(1), 0
    for _ in range(200):
        ticks = data.exponential(50, (20, 10)).sum(axis=1)
        low, high = bootstrap_interval(ticks, np.full(20, 10), data, resamples=400)
        hits += low <= 50 <= high
    assert 0.87 <= hits / 200 <= 1.0


@pytest.mark.parametrize("window", [50, 400])
def test_agent_ticks_over_deaths_has_no_bias_where_the_completed_mean_has(window):
    # Lives of exactly 100 ticks, renewed at once, in 4000 places, begun at random times.
    ages = rng(2).integers(0, 100, 4000)
    deaths = ((ages + window) // 100).sum()  # each place dies whenever its clock passes 100
    assert mean_lifetime([4000 * window], [deaths]) == pytest.approx(100, rel=0.05)


def seeds(rng, spread, number=3, maps=4):
    """Draw counts of several seeds: lives of a map are 50 ticks long, give or take its seed's."""
    made = []
    for _ in range(number):
        deaths = rng.integers(80, 120, maps)
        mean = 50 + spread * rng.normal()
        made.append(np.stack([deaths * mean, deaths, deaths * 0], axis=1))
    return made


def test_the_mean_over_seeds_pools_all_maps():
    counts = [[[10, 1, 7], [20, 2, 7]], [[30, 3, 7], [40, 4, 7]]]
    assert over_seeds(counts, np.random.default_rng(0)) == (10, 10, 10)


def test_seeds_have_to_play_the_same_maps():
    with pytest.raises(ValueError, match="the same maps, not 2, 1"):
        over_seeds([[[10, 1], [20, 2]], [[30, 3]]], np.random.default_rng(0))


def test_more_seeds_on_the_same_maps_do_not_narrow_what_the_maps_leave_open():
    maps = np.array([[400.0, 10], [500, 10], [600, 10], [700, 10]])  # whatever the seed
    one, ten = (over_seeds([maps] * n, np.random.default_rng(0)) for n in (1, 10))
    assert one.mean == ten.mean == 55
    assert ten.high - ten.low > 0.9 * (one.high - one.low)


def test_seeds_that_differ_widen_the_interval():
    wide, narrow = (
        over_seeds(seeds(np.random.default_rng(1), spread), np.random.default_rng(0))
        for spread in (5, 0.1)
    )
    assert wide.high - wide.low > 10 * (narrow.high - narrow.low)
    assert wide.low < wide.mean < wide.high


def test_one_seed_has_the_interval_of_its_maps():
    rng = np.random.default_rng(2)
    maps = np.stack([rng.integers(800, 1200, 6), rng.integers(8, 12, 6)], axis=1)
    found = over_seeds([maps], np.random.default_rng(0))
    alone = bootstrap_interval(*maps.T, np.random.default_rng(0))
    assert found[1:] == pytest.approx(alone, rel=0.02)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[[10, 0], [10, 0]]], (None, None, None)),
        ([[[10, 2]]], (5, None, None)),
        ([[[10, 1]], [[10, 0]]], (20, 10, None)),
    ],
)
def test_too_few_seeds_maps_or_deaths_leave_bounds_open(counts, expected):
    assert over_seeds(counts, np.random.default_rng(0)) == expected


def test_the_interval_over_seeds_holds_the_truth_most_of_the_time():
    held = 0
    for k in range(60):
        made = seeds(np.random.default_rng(k), 5, number=8)
        _, low, high = over_seeds(made, np.random.default_rng(k), resamples=500)
        held += low <= 50 <= high
    assert 48 <= held <= 60
