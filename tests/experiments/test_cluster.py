"""The model of a cluster: checked against a simulation, message by message."""

import dataclasses
import importlib.util
import json

import pytest
from click.testing import CliRunner

from experiments import cluster
from experiments.cluster import Constants, Plan, best, main, memory, parts, simulate

HAS = Constants()


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize(
    ("realms", "workers"), [(1000, 8), (1000, 64), (10_000, 64), (10_000, 250)]
)
def test_model_and_simulation_agree_within_a_tenth(realms, workers, tree):
    plan = Plan(realms, workers, tree=tree)
    assert sum(parts(plan, HAS).values()) == pytest.approx(simulate(plan, HAS), rel=0.1)


def test_one_worker_and_no_cost_but_computing_is_the_sum_of_all_shards():
    free = dataclasses.replace(HAS, worker=0.0, step=0.0, realm=0.0, network=float("inf"))
    found = parts(Plan(8, 1), free)
    assert found == pytest.approx({"compute": 8 * HAS.core, "exchanges": 0, "commit": 0})


def test_parts_by_hand():
    has = Constants(
        core=1, play=0, worker=2, step=3, realm=0.5, matrix=100, state=10, exchanges=2, network=100
    )
    # Two shards a worker: 8 s, 4 s in each exchange. A worker is told in 1 s, a sum taken in 2 s:
    # the first is there after 1 + 4 s, both are taken after 9 s: 5 s beyond computing; then 3 s.
    found = parts(Plan(16, 2), has)
    assert found == pytest.approx({"compute": 8.0, "exchanges": 2 * (5 + 3), "commit": 9.6})
    assert memory(Plan(16, 2), has) == 3 * 16 * 10 + 2 * 100


def test_best_plan_is_no_worse_than_fewer_or_more_workers():
    plan = best(1000, HAS)
    for workers in (plan.workers // 2, plan.workers * 2):
        other = dataclasses.replace(plan, workers=workers)
        assert sum(parts(plan, HAS).values()) <= sum(parts(other, HAS).values())


def test_sums_by_machine_and_several_drivers_shorten_an_epoch():
    plans = [best(10_000, HAS, **more) for more in cluster.PLANS.values()]
    total = [sum(parts(plan, HAS).values()) for plan in plans]
    assert total[3] < total[2] < total[0]
    assert total[3] < total[1] < total[0]


def test_the_command_prints_a_row_for_each_plan():
    found = CliRunner().invoke(main, ["model", "--realms", "1000"])
    assert found.exit_code == 0
    assert found.output.count("\n") == 2 + len(cluster.PLANS)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is missing")
def test_measuring_prints_figures_of_both_engines():
    given = ["measure", "--config", "law16", "--realms", "2", "--epochs", "2", "--fit"]
    found = json.loads(CliRunner().invoke(main, given).output)
    assert found["ray"]["bytes"] > found["processes"]["bytes"] / 2 > 0
    assert found["constants"]["exchanges"] == 8
