"""A mixed world of scripted agents: who decides for whom, and a small one as a whole."""

import numpy as np
import pytest
from click.testing import CliRunner

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


def test_a_small_one_as_a_whole() -> None:
    size = ("map_size=40", "npcs=8", "births=4", "food=8", "water=8")
    options = ["--ticks", "300", "--agents", "gatherer,trader", "--config", "saga16"]
    done = CliRunner().invoke(market.main, [*options, *(f"-s{setting}" for setting in size)])
    assert done.exit_code == 0, done.output
    first, *others = done.output.splitlines()
    assert first.endswith("offers standing")
    assert [line.split(":")[0] for line in others[:2]] == ["gatherer", "trader"]
    assert all("lifetime" in line and "earned" in line for line in others[:2])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--config", "law128"), "this world has no market"),
        (("--agents", "nobody"), "'nobody' is not one of"),
        (("--ticks", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_line(options: tuple[str, ...], why: str) -> None:
    refused = CliRunner().invoke(market.main, options)
    assert refused.exit_code == 2
    assert why in refused.output
