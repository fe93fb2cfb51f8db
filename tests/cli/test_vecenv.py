"""``Forge.py --api vecenv``: the two forward passes, and the loop that plays them."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from forge.args import Args
from forge.blade import Actions, Chaos, Config, Law, Realm
from forge.blade.streams import Owner, generator
from forge.cli import main
from forge.cli.forward import Batched, PerAgent, pick
from forge.ethyr.layout import Layout
from forge.trinity import ann
from forge.trinity.smith import VecEnv

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--config", "law16", "-s", "horizon=8", "-s", "hidden=4", "--engine", "serial")
VECENV = ("--api", "vecenv", *SMALL)
WORLD: dict[str, Any] = {
    "max_agents": 24, "births": 24, "populations": 1, "map_size": 32, "border": 4, "maps": 2,
    "immunity": 0, "hidden": 8, "horizon": 8,
}  # fmt: skip


def forge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def weights(config: Config, spread: float = 1.0) -> Any:
    """Draw weights that make a policy of strong preferences."""
    model = Layout(ann.parameters(config)).initialise(1, generator(3, Owner.WEIGHTS))
    return model * np.float32(spread)


def heads_of_both(config: Config, realm: Realm) -> tuple[Any, Any]:
    obs, model = realm.observation, weights(config, 3.0)
    one, all_ = PerAgent(config, model), Batched(config, model)
    return np.array([one.forward(stim) for _, stim in obs]), all_.forward(all_.batch(obs))


@pytest.mark.parametrize(
    "config",
    [
        Law(**WORLD),
        Chaos(**WORLD),
        Chaos(**WORLD, radius=3, auto_target=True),
        Chaos(**WORLD, npcs=24),
        Chaos(**WORLD, skills=True),
        Chaos(**WORLD, skills=True, items=True),
        Chaos(**WORLD, npcs=24, skills=True, items=True, market=True),
    ],
)
def test_both_passes_give_the_same_logits(config: Config) -> None:
    realm, checked = Realm(config), 0
    for _ in range(20):
        one, all_ = heads_of_both(config, realm)
        np.testing.assert_allclose(one, all_, rtol=1e-4, atol=1e-4)
        checked += one.size
        realm.step(Actions.stay(len(realm.observation)))
    assert checked > 20 * 24


def digests(config: Config, policy: Any, ticks: int = 100) -> list[str]:
    with VecEnv(config, Args(nRealm=2, engine="serial")) as envs:
        obs = envs.reset()
        for _ in range(ticks):
            obs, *_ = envs.step([policy.decide(each) for each in obs])
        return envs.digests()


@pytest.mark.parametrize(
    "config",
    [
        Law(**WORLD),
        Chaos(**WORLD),
        Chaos(**WORLD, npcs=24),
        Chaos(**WORLD, npcs=24, skills=True),
        Chaos(**WORLD, npcs=24, skills=True, items=True, market=True),
    ],
)
def test_both_passes_choose_the_same_actions(config: Config) -> None:
    model = weights(config, 3.0)
    stay = digests(config, Still())
    assert digests(config, PerAgent(config, model)) == digests(config, Batched(config, model))
    assert digests(config, PerAgent(config, model)) != stay


class Still:
    def decide(self, obs: Any) -> dict[int, Any]:
        return {}


def test_agents_attack_whom_they_can() -> None:
    config = Chaos(**WORLD)
    realm, policy = Realm(config), PerAgent(config, weights(config))
    attacks = 0
    for _ in range(20):
        for ent, stim in realm.observation:
            move, style, target = policy.act(stim)
            assert stim.can_move[move]
            assert (style < 0) == (target is None)
            if target is not None:
                (row,) = np.flatnonzero(stim.who == target)
                assert stim.can_attack[row, style]
                assert target != ent.id
                attacks += 1
        realm.step(Actions.stay(len(realm.observation)))
    assert attacks > 20


def test_picks_follow_the_probabilities_of_what_is_allowed() -> None:
    logits = np.log(np.array([1.0, 100.0, 3.0]))
    allowed = np.array([True, False, True])  # a quarter and three quarters
    assert [pick(logits, allowed, draw) for draw in (0.0, 0.24, 0.26, 0.999999)] == [0, 0, 2, 2]


def test_it_shows_progress_and_ends_with_a_summary() -> None:
    result = forge(*VECENV, "--nRealm", "2", "--epochs", "2")
    assert result.exit_code == 0, result.output
    first, *_, before, summary, traffic = result.output.splitlines()
    assert re.match(
        r"epoch 1 \| 0:00:0\d \| [\d,]+ agent-steps \| [\d,]+/s \| completed lifetime", first
    )
    assert before.startswith("epoch 2 | ")
    assert re.match(r"16 ticks, [\d,]+ agent-steps in 0:00:0\d, completed lifetime [\d–]", summary)
    assert traffic == "Between processes: 0 bytes per agent-step."


def test_both_passes_tell_the_same_story() -> None:
    one, all_ = (
        re.sub(r"0:\d\d:\d\d", "", forge(*VECENV, *more, "--epochs", "3", "--quiet").output)
        for more in ((), ("--batched",))
    )
    assert one == all_
    assert one.startswith("24 ticks, ")


def test_the_loop_computes_under_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asking(Batched):
        def decide(self, obs: Any) -> Any:
            threads.add(torch.get_num_threads())
            return super().decide(obs)

    threads: set[int] = set()
    monkeypatch.setattr("forge.cli.forward.Batched", Asking)
    assert forge(*VECENV, "--batched", "--epochs", "1").exit_code == 0
    assert threads == {1}


def test_traffic_of_nobody_is_no_number() -> None:
    result = forge(*VECENV, "--epochs", "0")
    assert result.output.splitlines()[-1] == "Between processes: - bytes per agent-step."


def test_interrupt_at_the_start_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(VecEnv, "__init__", interrupted)
    result = forge(*VECENV)
    assert (result.exit_code, result.output) == (130, "Stopped at once.\n")


def test_it_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert forge(*VECENV, "--epochs", "1").exit_code == 0
    assert not list(tmp_path.rglob("*"))


def test_weights_of_a_run_are_played(tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained = forge(*SMALL, "--run", str(run), "--epochs", "3", "-s", "learning_rate=0.5")
    assert trained.exit_code == 0
    results = [
        forge(*VECENV, "--epochs", "4", "--quiet", *more).output
        for more in ((), ("--load", str(run)))
    ]
    assert results[0] != results[1]
    assert "32 ticks, " in results[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--run", "x"], "--run makes no sense with --api vecenv"),
        (["--resume", "x"], "--resume makes no sense with --api vecenv"),
        (["-s", "populations=2"], "--api vecenv plays one population"),
        (["--load", "nowhere"], "cannot read checkpoint nowhere"),
        (["--nRealm", "0"], "nRealm must be 1"),
    ],
)
def test_what_makes_no_sense_is_one_line(arguments: list[str], words: str) -> None:
    result = forge(*VECENV, "--epochs", "1", *arguments)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert result.output.splitlines()[-1].startswith("Error: ")


@pytest.mark.skipif(os.name == "nt", reason="consoles there have no SIGINT for one process")
def test_ctrl_c_ends_with_a_summary_and_exits_zero() -> None:
    command = [sys.executable, "Forge.py", "--api", "vecenv", "--config", "law16", "--batched",
               "-s", "horizon=8", "-s", "hidden=4"]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("epoch 1 "):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
    assert process.returncode == 0
    assert re.search(r"^[\d,]+ ticks, [\d,]+ agent-steps in ", output, re.MULTILINE)
    assert re.search(r"Between processes: [1-9][\d,]* bytes per agent-step", output)
