"""The Stable-Baselines3 experiment, on a small world."""

import csv
import json

import pytest
from click.testing import CliRunner
from stable_baselines3 import PPO

from experiments import sb3_ppo
from forge.blade import Law
from forge.trinity.engines.threads import one_thread
from forge.trinity.evaluate import Plan

SMALL = Law(max_agents=6, populations=1, map_size=24, border=4, radius=3, maps=4)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(sb3_ppo, "CONFIG", SMALL)
    monkeypatch.setattr(sb3_ppo, "CROP", 3)
    monkeypatch.setattr(sb3_ppo, "HELD_OUT", Plan(maps=2, ticks=100, warmup=10))
    monkeypatch.setitem(sb3_ppo.PPO_SETTINGS, "batch_size", 512)  # a third of 32 × 8 × 6 samples
    with one_thread():
        yield


def test_it_learns_from_the_living_only():
    envs = sb3_ppo.environment(seed=1)
    buffer = {"rollout_buffer_class": sb3_ppo.LivingOnly, "n_steps": 32}
    model = PPO("MlpPolicy", envs, batch_size=512, n_epochs=1, device="cpu", **buffer)
    model.learn(32 * envs.num_envs)
    living = (model.rollout_buffer.observations[:, 0] > 0).sum()
    batches = list(model.rollout_buffer.get(100))
    assert sum(len(batch.observations) for batch in batches) == living < 32 * envs.num_envs
    assert all((batch.observations[:, 0] == 1).all() for batch in batches)


def test_batches_in_which_nobody_lives_are_left_out():
    envs = sb3_ppo.environment(seed=1)
    buffer = {"rollout_buffer_class": sb3_ppo.LivingOnly, "n_steps": 2}
    model = PPO("MlpPolicy", envs, batch_size=8, n_epochs=1, device="cpu", **buffer)
    model.learn(2 * envs.num_envs)  # 24 of 96 samples live
    batches = list(model.rollout_buffer.get(1))
    assert len(batches) == (model.rollout_buffer.observations[:, 0] > 0).sum() < 96


def test_one_rollout_is_played_however_short_the_time(tmp_path):
    out = tmp_path / "new" / "folder"
    arguments = ["--seeds", "1", "--minutes", "1e-9", "--out", str(out)]
    result = CliRunner().invoke(sb3_ppo.main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert len((out / "sb3_ppo.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--minutes", "0"]])
def test_nothing_to_do_is_refused(arguments):
    assert CliRunner().invoke(sb3_ppo.main, arguments).exit_code == 2


def test_the_command_trains_evaluates_and_writes(tmp_path):
    arguments = ["--seeds", "2", "--minutes", "0.01", "--out", str(tmp_path)]
    result = CliRunner().invoke(sb3_ppo.main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    with open(tmp_path / "sb3_ppo.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["seed"] for line in lines} == {"0", "1"}
    assert all(float(line["mean_lifetime"]) > 1 for line in lines)
    found = json.loads((tmp_path / "sb3_ppo.json").read_text())
    assert [run["maps"] for run in found] == [[10_000, 10_001]] * 2
    assert all(run["deaths"] > 5 for run in found)


def test_a_line_tells_steps_time_and_lifetime():
    line = dict(zip(sb3_ppo.COLUMNS, (3, 1_500_000, 90.0, 61.26, 50.0), strict=True))
    assert sb3_ppo.told(line) == ("seed 3: mean lifetime 61.3 after 1.50 M agent-steps in 1.5 min")


def test_curves_are_pooled_over_rollouts():
    lines = [
        {"agent_steps": steps, "mean_lifetime": lifetime}
        for steps, lifetime in ((100, 10.0), (300, 20.0), (600, 30.0))
    ]
    # Deaths: 100 / 10 = 10, 200 / 20 = 10, 300 / 30 = 10; two rollouts each: 300 / 20, 500 / 20.
    assert sb3_ppo.pooled(lines, 2) == [10.0, 15.0, 25.0]
