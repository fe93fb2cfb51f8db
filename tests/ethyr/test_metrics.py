"""Metrics: hand-made epochs."""

import json

import numpy as np
import pytest

from forge.blade.added import life_in
from forge.blade.records import CLOCK, LIFE, TALLY
from forge.blade.tiles import Cause
from forge.config import Config, preset
from forge.errors import StateError
from forge.ethyr.averages import averaged_in, averaged_of
from forge.ethyr.metrics import Census, Mean, Metrics
from forge.ethyr.summary import Summary


def lives(*pairs, cause=Cause.LAVA):
    """Make records of (population, lifetime)."""
    made = np.zeros(len(pairs), LIFE)
    for life, (population, lifetime) in zip(made, pairs, strict=True):
        life.population, life.lifetime, life.cause = population, lifetime, cause
    return made


def census(**values):
    counts = {"tick": 0, "agent_steps": 0, "forests": 0, "scrubs": 0}
    arrays = {name: np.zeros(2, np.int64) for name in ("living", "harvests", "drinks")}
    return Census(**{**counts, **arrays, **values})


def summary(metrics, *pairs, epoch=1, seconds=1.0, **values):
    return metrics.summary(epoch, seconds, lives(*pairs), census(**values), {})


def test_completed_lifetimes_are_of_lives_that_ended():
    found = summary(Metrics(2), (0, 10), (0, 20), (1, 60))
    assert found["mean_completed_lifetime"] == 30
    assert found["populations"]["mean_completed_lifetime"] == [15, 60]
    assert found["populations"]["lives"] == [2, 1]


def test_mean_lifetimes_are_null_without_a_death():
    found = summary(Metrics(2), (1, 60))
    assert found["populations"]["mean_completed_lifetime"] == [None, 60]
    found = summary(Metrics(2))
    assert (found["mean_completed_lifetime"], found["mean_lifetime"]) == (None, None)


def test_eleventh_epoch_forgets_the_first():
    metrics = Metrics(2)
    means = [
        summary(metrics, (0, 100) if i == 0 else (0, 1))["mean_completed_lifetime"]
        for i in range(11)
    ]
    assert means[9] == 10.9  # (100 + 9) / 10
    assert means[10] == 1


def test_deaths_are_counted_by_cause():
    dead = np.concatenate([lives((0, 1)), lives((0, 1), (1, 1), cause=Cause.SLAIN)])
    found = Metrics(2).summary(1, 1.0, dead, census(), {})["deaths"]
    assert found == {"lava": 1, "starved": 0, "dehydrated": 0, "slain": 2}


def test_harvests_are_those_of_the_epoch():
    metrics = Metrics(2)
    summary(metrics, harvests=np.array([3, 4]))
    assert summary(metrics, harvests=np.array([5, 9]))["populations"]["harvests"] == [2, 5]


def test_rate_counts_the_epoch_only():
    metrics = Metrics(2)
    summary(metrics, agent_steps=100)
    assert summary(metrics, agent_steps=150, seconds=2.0)["agent_steps_per_s"] == 25


def test_forest_standing_is_a_share():
    assert summary(Metrics(2), forests=8, scrubs=2)["forest_standing"] == 0.75
    assert summary(Metrics(2))["forest_standing"] is None


def test_state_makes_later_summaries_the_same():
    one, other = Metrics(2), Metrics(2)
    summary(one, (0, 10), (1, 4), agent_steps=50, harvests=np.array([3, 4]))
    other.load_state(one.state())
    assert summary(one, (0, 5), agent_steps=80) == summary(other, (0, 5), agent_steps=80)


def test_census_adds_up_realms():
    tally, clock = np.zeros((3, 2), TALLY), np.zeros(3, CLOCK)
    tally["living"], tally["agent_ticks"], clock["tick"], clock["forests"] = 1, 10, 7, 5
    whole = Census.of(tally, clock)
    parts = Census.of(tally[:1], clock[:1]) + Census.of(tally[1:], clock[1:])
    assert (whole.tick, whole.agent_steps, whole.forests) == (7, 60, 15)
    assert str(parts) == str(whole)


def test_deaths_of_each_population_are_counted_by_cause():
    dead = np.concatenate([lives((0, 1)), lives((1, 1), (1, 1), cause=Cause.SLAIN)])
    found = Metrics(2).summary(1, 1.0, dead, census(), {})["populations"]["deaths"]
    assert found == {"lava": [1, 0], "starved": [0, 0], "dehydrated": [0, 0], "slain": [0, 2]}


def test_a_summary_prints_as_a_line_and_is_written_as_json():
    found = summary(Metrics(1), (0, 10), agent_steps=1500, living=np.array([3]))
    found.update(seconds=3_725.4)
    assert str(found) == (
        "epoch 1 | 1:02:05 | 1,500 agent-steps | 1,500/s | completed lifetime 10.0 | 3 living"
    )
    assert json.loads(json.dumps(found)) == found


def test_a_summary_tells_populations_apart():
    found = summary(Metrics(2), (1, 10))
    found.update(seconds=0)
    assert "| completed lifetime 10.0 (- 10.0) |" in str(found)


def test_the_mean_lifetime_counts_lives_that_go_on_too():
    metrics = Metrics(2)
    summary(metrics, agent_steps=90)
    found = summary(metrics, (0, 10), (1, 20), agent_steps=120)
    assert (found["mean_completed_lifetime"], found["mean_lifetime"]) == (15, 60)
    assert summary(Metrics(2), agent_steps=9)["mean_lifetime"] is None


def test_sums_of_an_earlier_version_go_on_from_where_steps_are_known():
    metrics, state = Metrics(2), {}
    summary(metrics, (0, 10), agent_steps=90)
    state = metrics.state()
    del state["steps"]
    metrics.load_state(state)
    assert summary(metrics, (0, 10), agent_steps=120)["mean_lifetime"] == 30


@pytest.mark.parametrize("steps", [[1, 2], [-1], "1", None])
def test_impossible_steps_are_refused(steps):
    metrics = Metrics(2)
    summary(metrics, (0, 10), agent_steps=90)
    with pytest.raises(StateError):
        metrics.load_state({**metrics.state(), "steps": steps})


def questers(numbers, goals, progress):
    """Make records of lives with quests."""
    dead = np.zeros(len(numbers), life_in(Config(quests='[{"does":"eat","number":4}]')))
    dead["quest"], dead["goal"], dead["progress"] = numbers, goals, progress
    dead["lifetime"] = dead["cause"] = 1
    return dead


def test_quests_that_lives_of_the_epoch_had_are_listed_by_number():
    dead = questers([7, 255, 7, 7], [4, 2, 4, 4], [4, 1, 1, 0])
    found = Metrics(2).summary(1, 1.0, dead, census(), {})["quests"]["by_number"]
    assert found == {
        "7": {"lives": 3, "done": 0.3333, "progress": 0.4167},  # ⅓; (1 + ¼ + 0) ÷ 3
        "255": {"lives": 1, "done": 0, "progress": 0.5},
    }


def test_quests_are_averaged_over_the_lives_of_the_epoch():
    dead = questers([1, 1, 1, 1], [4, 4, 8, 8], [4, 1, 2, 8])
    found = Metrics(2).summary(1, 1.0, dead, census(), {})["quests"]
    assert (found["done"], found["progress"]) == (0.5, 0.625)  # 2 of 4; (1 + ¼ + ¼ + 1) ÷ 4
    nobody = Metrics(2).summary(1, 1.0, dead[:0], census(), {})
    assert nobody["quests"] == {"done": None, "progress": None, "by_number": {}}
    assert "quests" not in summary(Metrics(2))


def test_what_is_averaged_follows_from_the_config_and_from_the_columns():
    for config in (Config(), preset("saga16"), preset("saga16").replace(market=False)):
        listed = [*averaged_in(config)]
        assert [*averaged_of(np.zeros(1, life_in(config)))] == listed
    assert listed == ["levels", "quests"]


def test_a_mean_is_over_the_samples_with_which_its_sums_came():
    mean = Mean()
    mean.add(10, {"loss": 5.0, "once": 20.0})
    mean.add(30, {"loss": 15.0})
    assert mean.values() == {"loss": 0.5, "once": 2.0}


def test_lines_of_an_earlier_version_have_todays_names():
    line = {
        "mean_lifetime": 9,
        "agent_steps_per_death": 12,
        "populations": {"mean_lifetime": [9, None]},
    }
    found = Summary.read(json.dumps(line))
    assert (found["mean_completed_lifetime"], found["mean_lifetime"]) == (9, 12)
    assert found["populations"] == {"mean_completed_lifetime": [9, None]}
    assert Summary.read(json.dumps(found)) == found
    del line["agent_steps_per_death"]  # still earlier, nobody knew it
    assert Summary.read(json.dumps(line))["mean_lifetime"] is None
