"""Who plays whom is read from two settings, and a cast that cannot be is refused."""

import pytest

from forge.adaptors.arguments import world
from forge.args import Args
from forge.blade.scripted import SCRIPTED
from forge.config import Chaos, ConfigError, Law
from forge.trinity import smith
from forge.trinity.casting import LISTED, SCRIPTS, frozen, scripts
from tests.trinity.tiny import Wanderer


def test_scripts_are_read_by_population():
    assert scripts(" 1=greedy, 3 = still ", 4) == {1: "greedy", 3: "still"}
    assert scripts("", 4) == {}


def test_frozen_populations_are_read():
    assert frozen("0, 2", 3) == {0, 2}


def test_the_names_are_those_of_the_scripts():
    assert tuple(SCRIPTED) == SCRIPTS


def test_a_forager_is_greedy_and_keeps_the_name_that_was_asked_for():
    assert SCRIPTED["forager"] is SCRIPTED["greedy"]
    assert scripts("1=forager,2=greedy", 4) == {1: "forager", 2: "greedy"}
    assert "forager is another name of greedy" in LISTED


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"scripts": "1"}, "population 1 is to be played by ''; there are random"),
        ({"scripts": "1=gready"}, "played by 'gready'; there are random, careful"),
        ({"scripts": "8=greedy"}, r"names population 8: .* numbered 0 … 7"),
        ({"scripts": "greedy"}, "by number .for example scripts=1=greedy,2=careful., not 'greedy'"),
        ({"scripts": "1=greedy,1=still"}, "names population 1 twice"),
        ({"frozen": "x"}, "by number .for example frozen=1,2., not 'x'"),
        ({"frozen": "-1"}, "not '-1'"),
        ({"frozen": "1,"}, "not ''"),
        ({"frozen": "1", "scripts": "1=still"}, "population 1 is in scripts and in frozen"),
    ],
)
def test_a_cast_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        Chaos(**settings)


@pytest.mark.parametrize("setting", ["scripts", "frozen"])
@pytest.mark.parametrize("player", [lambda c: smith.VecEnv(c, Args()), Wanderer.cast, world])
def test_a_cast_is_refused_where_somebody_else_plays_everybody(setting, player):
    config = Law(**{setting: "0=greedy" if setting == "scripts" else "0"})
    with pytest.raises(ConfigError, match=f"plays every population: leave the setting {setting}"):
        player(config)
