"""The agents that come with the package: made by their command, fresh, and able."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments import agents
from experiments.agents import SETS, Set, train, write
from experiments.training import ended
from forge.blade.scripted import SCRIPTED
from forge.config import Config
from forge.ethyr.checkpoint import load_model, open_config
from forge.ethyr.layout import Layout
from forge.ethyr.pretrained import FOLDER
from forge.trinity.defaults import default_trinity
from forge.trinity.evaluate import Plan, evaluate, trained
from tests.trinity.tiny import CONFIG

SHORT = Plan(maps=2, ticks=200, warmup=150)
ANEW = "the network has changed: make the agents anew, python experiments/agents.py"


@pytest.mark.parametrize("name", SETS)
def test_they_are_of_todays_network_and_of_the_config_beside_them(name: str) -> None:
    config = open_config(f"pretrained:{name}")
    about = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert config.as_dict() == SETS[name].shipped.as_dict(), ANEW
    assert Config.from_dict(about["config"]).as_dict() == config.as_dict()  # newer settings apart
    layout = Layout(default_trinity().Sword.parameters(config))
    assert len(load_model(f"pretrained:{name}", layout)) == config.populations, ANEW


@pytest.mark.parametrize("name", SETS)
def test_they_outlive_random_agents_three_times_on_maps_they_do_not_know(name: str) -> None:
    config = open_config(f"pretrained:{name}")
    decide = trained(config, [f"pretrained:{name}"], SHORT)
    ours, theirs = (evaluate(config, d, SHORT) for d in (decide, SCRIPTED["random"]))
    assert ours["mean_lifetime"] > 3 * theirs["mean_lifetime"], ANEW


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3e6


def test_the_command_writes_weights_and_how_they_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Set(CONFIG, realms=2, million=0.0001)
    monkeypatch.setattr(agents, "PLAN", Plan(maps=2, ticks=20, warmup=5))
    lines = train(one, tmp_path / "run")
    write("tiny", one, tmp_path / "run", lines, tmp_path)
    about = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    assert about["evaluation"]["trained"].keys() == about["evaluation"]["random"].keys()
    assert open_config(tmp_path / "tiny.safetensors").as_dict() == CONFIG.as_dict()
    assert len((tmp_path / "tiny.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_a_run_that_has_not_come_far_enough_goes_on(tmp_path: Path) -> None:
    one = Set(CONFIG, realms=2, million=0.0001)
    first = train(one, tmp_path / "run")
    assert ended(first[-1], one.million)
    further = replace(one, million=0.0005)
    assert not ended(first[-1], further.million)
    assert train(further, tmp_path / "run")[: len(first)] == first
