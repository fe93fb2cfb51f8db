"""What agents learn in Saga: lives by hand, and a small experiment as a whole, in two goes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from experiments import common, saga, training
from experiments.saga import Fighter, lines_of, of_lives
from forge.args import Args
from forge.blade import Realms
from forge.blade.added import life_in
from forge.blade.records import EVENT
from forge.config import preset
from forge.trinity import Sword
from forge.trinity.trinity import ShardInfo

CONFIG = preset("saga16").replace(
    map_size=40, npcs=8, births=4, food=8, water=8, hidden=8, horizon=8, populations=1
)  # fmt: skip


def test_a_life_is_averaged_over_lives() -> None:
    lives = np.zeros(2, life_in(CONFIG))
    lives["lifetime"], lives["sold"], lives["earned"] = (10, 20), (1, 0), (0, 3)
    lives["quest"], lives["goal"], lives["progress"] = 1, (4, 2), (1, 2)
    lives["gathered"][:, :2] = ((2, 1), (0, 2))
    # Means: combat level 1; progress (¼ + 1) ÷ 2, one of two done; harvests (3 + 2) ÷ 2.
    assert of_lives(lives) == (15, 1, 0.625, 0.5, 0, 0, 0, 0.5, 1.5, 2.5)


def test_nobody_has_no_mean() -> None:
    assert of_lives(np.zeros(0, life_in(CONFIG))) == ("",) * 10


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The results of two small runs that were trained in two goes."""
    monkeypatch.setattr(training, "ENGINE", "serial")
    monkeypatch.setattr(saga, "REALMS", 2)
    small = {"quests": (CONFIG, Sword), "fights": (CONFIG, Fighter)}
    monkeypatch.setattr(saga, "REWARDS", small)
    for million in ("0.002", "0.008"):
        options = ["--seeds", "1", "--million", million, "--out", str(tmp_path)]
        result = CliRunner().invoke(saga.main, options, catch_exceptions=False)
        assert "fights, seed 0: after 0.0" in result.output
    return tmp_path


def test_a_small_one_as_a_whole(out: Path) -> None:
    lines = common.read(out / "saga.csv")
    assert {line["reward"] for line in lines} == {"quests", "fights"}
    for name in ("quests", "fights"):
        metrics = training.metrics(out / f"{name}-0")
        own = [line for line in lines if line["reward"] == name]
        assert len(metrics) > saga.EVERY
        assert int(own[-1]["epoch"]) == metrics[-1]["epoch"]
        assert int(own[0]["lives"]) == sum(sum(it["deaths"].values()) for it in metrics[:20])
    assert (out / "saga.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_no_run_of_this_experiment_has_no_lines(tmp_path: Path) -> None:
    assert list(lines_of(tmp_path / "other-0")) == []


def test_a_fighter_is_paid_for_hits_that_do_damage_and_for_being_fed() -> None:
    shard = ShardInfo(0, (0,), np.random.default_rng(0))
    fighter = Fighter(CONFIG, Args(engine="serial"), shard)
    realms = Realms(CONFIG.replace(births=4), 0)
    obs, events = realms.observation, np.zeros(4, EVENT).view(np.recarray)
    ent = np.array(obs.ent)
    half = CONFIG.food // 2
    ent["food"], ent["water"] = [half + 1, half, half + 1, half], [half + 1] * 4
    events.damage_dealt[:] = [0, 0, 7, 7]
    found = fighter.reward(replace(obs, ent=ent), events)
    assert found.tolist() == pytest.approx([0.05, 0, 0.25, 0.2])
