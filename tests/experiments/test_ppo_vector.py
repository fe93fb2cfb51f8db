"""The single-file PPO: its advantages, what it ignores, and the files it writes."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click
import pytest
import torch
from click.testing import CliRunner

from experiments.ppo_vector import TARGET, Agent, Line, Rollout, Settings, main, train
from forge.adaptors.gymnasium import ForgeVectorEnv
from forge.blade import preset

TINY = Settings(env_id="Forge/Law16-v0", realms=2, horizon=16, minibatch=64, hidden=8, window=3)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def allocated(ticks: int) -> Rollout:
    return Rollout.allocate(ForgeVectorEnv(preset("law16")), ticks)


def test_advantages_stop_at_death_and_are_bootstrapped_elsewhere() -> None:
    rollout = allocated(2)
    rollout.values[:, 0] = torch.tensor([1.0, 2.0, 4.0])  # lives on
    rollout.values[:, 1] = torch.tensor([1.0, 2.0, 4.0])  # dies in tick 0; then a newborn
    rollout.rewards[0, 1], rollout.terminated[0, 1] = -1, 1
    found = rollout.advantages(gamma=0.5, gae_lambda=0.5)
    # δ_1 = 0.5 × 4 − 2 = 0 in both rows. Row 0: δ_0 = 0.5 × 2 − 1 = 0. Row 1: δ_0 = −1 − 1.
    assert found[:, :2].tolist() == [[0.0, -2.0], [0.0, 0.0]]


def test_advantages_decay_by_gamma_lambda() -> None:
    rollout = allocated(3)
    rollout.rewards[2, 0] = 1
    found = rollout.advantages(gamma=0.5, gae_lambda=0.5)
    assert found[:, 0].tolist() == [1 / 16, 1 / 4, 1]


def test_empty_rows_do_not_matter() -> None:
    agent, rollout = Agent(225, 8), allocated(1)
    env = ForgeVectorEnv(preset("law16"))
    obs, _ = env.reset(seed=0)
    rows, logits = rollout.observe(0, obs, agent)
    assert rows.tolist() == [0]
    assert logits.shape == (1, 5)
    moves = rollout.act(0, rows, logits)
    assert not moves[1:].any()
    assert not rollout.values[0, 1:].any()


def observed() -> dict[str, Any]:
    env = ForgeVectorEnv(preset("law16"), 4, nearest=8)
    obs, _ = env.reset(seed=0)
    for _ in range(20):
        obs, *_ = env.step(env.action_space.sample() * 0)
    return {name: torch.from_numpy(array[obs["alive"] == 1]) for name, array in obs.items()}


def test_moves_that_the_mask_forbids_have_no_chance() -> None:
    obs = observed()
    obs["action_mask"][:, 2] = 0
    logits, _ = Agent(225, 8)(obs)
    assert not logits.softmax(1)[:, 2].any()
    assert len(logits) > 10


def test_rows_of_nobody_do_not_matter() -> None:
    obs, agent = observed(), Agent(225, 8)
    logits, values = agent(obs)
    obs["others"][obs["others_mask"] == 0] = 9.0
    again, same = agent(obs)
    assert torch.equal(logits, again)
    assert torch.equal(values, same)


def without_time(line: Line) -> dict[str, Any]:
    return {name: value for name, value in asdict(line).items() if "seconds" not in name}


def test_a_seed_decides_what_is_learned() -> None:
    runs = [[without_time(line) for line in islice(train(TINY, 3, 60), 3)] for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0][-1]["agent_steps"] > runs[0][0]["agent_steps"] > 0
    assert runs[0][-1]["lives"] > 0


def test_one_rollout_is_played_however_short_the_time() -> None:
    assert len(list(train(TINY, 0, 1e-9))) == 1


def test_it_writes_its_curve_and_figure(tmp_path: Path) -> None:
    options = ["--seeds", "2", "--minutes", "0.01", "--out", str(tmp_path), "--realms", "1"]
    done = CliRunner().invoke(main, [*options, "--env", "Forge/Law16-v0"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "60 reached never" in done.output
    with open(tmp_path / "ppo_vector.csv", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {line["seed"] for line in lines} == {"0", "1"}
    assert all(int(line["agent_steps"]) > 0 for line in lines)
    assert (tmp_path / "ppo_vector.png").read_bytes().startswith(b"\x89PNG")


def test_only_a_law_can_be_learned() -> None:
    with pytest.raises(click.UsageError, match="agents here only move"):
        next(train(Settings(env_id="Forge/Chaos16-v0", realms=1), 0, 1))


@pytest.mark.slow
def test_it_reaches_its_target() -> None:
    lines = train(Settings(), 0, seconds=600)
    reached = next((line for line in lines if line.mean_lifetime >= TARGET), None)
    assert reached is not None
    assert reached.agent_steps < 1e6  # 0.5 M in docs/ppo_vector.md
