"""A mixed world of scripted agents: who decides for whom, and a small one as a whole."""

import sys

import numpy as np
import pytest

from experiments import market
from forge.blade import Realms, preset
from forge.blade.scripted import SCRIPTED
from forge.blade.subset import of_agents

CONFIG = preset("saga16").replace(map_size=40, npcs=8, births=4, food=8, water=8)


def test_each_population_plays_as_its_script() -> None:
    obs = Realms(CONFIG.replace(populations=2, births=16), 0).observation
    chosen = market.decide(obs, ["still", "fighter"])
    second = np.flatnonzero(obs.ent["population"] == 1)
    alone = SCRIPTED["fighter"](of_agents(obs, second))
    assert 0 < len(second) < len(obs)
    assert (chosen.move[second] == alone.move).all()
    assert (np.delete(chosen.move, second) == 0).all()


def test_a_small_one_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(market, "preset", lambda name: CONFIG)
    options = ["market.py", "--ticks", "300", "--agents", "gatherer,trader"]
    monkeypatch.setattr(sys, "argv", options)
    market.main()
    first, *others = capsys.readouterr().out.splitlines()
    assert first.endswith("offers standing")
    assert [line.split(":")[0] for line in others[:2]] == ["gatherer", "trader"]
    assert all("lifetime" in line and "earned" in line for line in others[:2])
