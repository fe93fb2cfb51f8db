"""Runs in worlds with skills keep what agents learned: in records, metrics, VecEnv, evaluation."""

import json

import numpy as np
import pytest

from forge import Args, Saga
from forge.blade.added import life_in
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import LEVELS, levels_of
from forge.trinity import evaluate, smith
from tests.trinity import resumed

CONFIG = Saga(
    max_agents=12, populations=2, npcs=12, map_size=40, births=4, hidden=4, horizon=8, immunity=0
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train for some epochs, and give the run's folder and its summaries."""
    folder = tmp_path_factory.mktemp("runs") / "skilled"
    with smith.Native(CONFIG, Args(nRealm=2, engine="serial", run=str(folder))) as envs:
        envs.run(6, quiet=True)
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return folder, [json.loads(line) for line in lines]


GIVEN = [15, 15, 15, 30, 30]  # experience of a harvest: ore, trees, crystals, herbs, fish


def lives_of(folder, name):
    about = json.loads((folder / "lives.json").read_text())
    columns = [(column, kind, tuple(shape)) for column, kind, shape in about["columns"]]
    assert about["itemsize"] == life_in(CONFIG).itemsize
    assert [column for column, _, _ in columns] == list(life_in(CONFIG).names)
    return np.fromfile(folder / name, life_in(CONFIG))


def test_the_records_of_a_run_hold_the_experience_of_each_life(run):
    lives = lives_of(run[0], "lives.bin")
    assert (lives["experience"][:, :3] == 6 * lives["hits_dealt"]).all()
    assert lives["experience"].any()
    assert (lives["experience"][:, [5, 6, 7, 4, 3]] == lives["gathered"] * GIVEN).all()
    assert lives["gathered"].any()
    living = lives_of(run[0], "censored.bin")
    assert (living["experience"][:, :3] == 6 * living["hits_dealt"]).all()


def test_summaries_average_the_levels_of_the_lives_that_ended(run):
    folder, lines = run
    lives, start = lives_of(folder, "lives.bin"), 0
    for line in lines:
        died = lives[start : start + sum(line["deaths"].values())]
        start += len(died)
        means = levels_of(died["experience"]).mean(axis=0) if len(died) else [None] * 9
        assert list(line["levels"].values()) == pytest.approx(list(means), abs=1e-4)
        assert tuple(line["levels"]) == LEVELS
    assert start == len(lives) > 0


def test_a_run_goes_on_after_a_stop_as_without_it(tmp_path):
    resumed.ends_as_without_a_stop(CONFIG, tmp_path)


def test_vecenv_hands_out_standing_and_experience():
    env = smith.VecEnv(CONFIG.replace(food=3, water=3, health=30), Args(nRealm=2, engine="serial"))
    try:
        observations, found = env.reset(), []
        for _ in range(30):
            observations, _, _, infos = env.step([SCRIPTED["careful"](o) for o in observations])
            found += [info["lives"] for info in infos]
        assert [obs.standing.shape for obs in observations] == [(len(o), 9) for o in observations]
        assert sum(map(len, found)) > 0
        assert all(lives["experience"].shape == (len(lives), 8) for lives in found)
    finally:
        env.close()


def test_evaluation_averages_levels_at_death():
    plan = evaluate.Plan(maps=2, ticks=60, warmup=20)
    report = evaluate.evaluate(CONFIG, SCRIPTED["greedy"], plan)
    means = np.array([population["levels"]["melee"] for population in report["populations"]])
    deaths = np.array([population["deaths"] for population in report["populations"]])
    assert tuple(report["levels"]) == tuple(report["levels_ci95"]) == LEVELS
    low, high = report["levels_ci95"]["melee"]
    assert low <= report["levels"]["melee"] <= high
    assert report["levels"]["melee"] == pytest.approx((means @ deaths) / deaths.sum(), abs=1e-3)
    assert "levels" not in evaluate.evaluate(
        CONFIG.replace(skills=False, items=False, professions=False, market=False),
        SCRIPTED["greedy"],
        plan,
    )
