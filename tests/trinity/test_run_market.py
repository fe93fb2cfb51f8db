"""Runs in worlds with a market: what is written, learned, handed out and repeated."""

import json
from pathlib import Path

import numpy as np
import pytest

from forge import Args
from forge.blade import preset
from forge.blade.scripted import SCRIPTED
from forge.blade.trades import TRADED
from forge.trinity import evaluate, smith
from forge.trinity.vecenv import VecEnv
from tests.trinity import resumed

CONFIG = preset("saga16").replace(
    max_agents=8, populations=2, npcs=16, map_size=40, births=2, horizon=12, hidden=8, radius=4
)
LEARNED = ("wealth", "market")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train for some epochs: the weights before and after, and the lines of metrics."""
    path = tmp_path_factory.mktemp("run")
    with smith.Native(CONFIG, Args(nRealm=2, engine="serial", run=str(path / "r"))) as envs:
        before, layout = envs.pantheon.model.copy(), envs.pantheon.layout
        envs.run(6, quiet=True)
        lines = Path(path / "r" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return before, envs.pantheon.model.copy(), layout, [json.loads(line) for line in lines]


def test_summaries_average_what_lives_earned_and_traded(run):
    for line in run[3]:
        assert tuple(line["trades"]) == TRADED
    assert any(line["trades"]["sold"] is not None for line in run[3])


def test_networks_learn_of_their_gold(run):
    before, after, layout, _ = run
    assert (before[:, layout.slices["wealth"]] != after[:, layout.slices["wealth"]]).any()
    assert set(LEARNED) <= set(layout.shapes)


def test_a_run_that_is_resumed_ends_with_the_same_digest(tmp_path):
    resumed.ends_as_without_a_stop(CONFIG, tmp_path)


def markets(engine, ticks=150):
    """Let traders play three realms: what each realm's market was, tick by tick."""
    with VecEnv(CONFIG, Args(nRealm=3, engine=engine)) as envs:
        observations, seen = envs.reset(), []
        for _ in range(ticks):
            observations, *_ = envs.step([SCRIPTED["trader"](obs) for obs in observations])
            assert all(obs.market.shape == (1, 16, 10) for obs in observations)
            seen.append([obs.market[0].copy() for obs in observations])
        stims = [stim for obs in observations for _, stim in obs]
        assert {stim.market.shape for stim in stims} == {(16, 10)}
        return np.array(seen)


def test_vecenv_hands_each_realm_its_own_market():
    found = markets("serial")
    assert (found == markets("processes")).all()
    assert (found[-1, 0] != found[-1, 1]).any()


def test_evaluation_averages_trades_over_lives():
    plan = evaluate.Plan(maps=2, ticks=300, warmup=20)
    report = evaluate.evaluate(CONFIG, SCRIPTED["trader"], plan)
    earned = np.array([population["trades"]["earned"] for population in report["populations"]])
    deaths = np.array([population["deaths"] for population in report["populations"]])
    assert tuple(report["trades"]) == TRADED
    assert report["trades"]["earned"] > 0
    assert report["trades"]["earned"] == pytest.approx((earned @ deaths) / deaths.sum(), abs=1e-3)
    without = evaluate.evaluate(CONFIG.replace(market=False), SCRIPTED["trader"], plan)
    assert not {"trades", "trades_ci95"} & without.keys()


def test_evaluation_bounds_trades_over_seeds_and_maps():
    plan = evaluate.Plan(maps=2, ticks=300, warmup=20)
    report = evaluate.over_seeds(CONFIG, lambda plan: SCRIPTED["trader"], plan, 2)
    for each in (report, *report["populations"]):
        assert tuple(each["trades_ci95"]) == TRADED
        low, high = each["trades_ci95"]["earned"]
        assert 0 < low <= each["trades"]["earned"] <= high
    assert report["trades_ci95"]["earned"][0] < report["trades_ci95"]["earned"][1]
