"""What viewers are told of words."""

import json

import numpy as np

from forge.blade import Realms, preset
from forge.blade.observation import Actions
from forge.embyr import frames, packets, probes
from forge.embyr.orders import Order, Puppeteer, fault
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Scripted

CONFIG = preset("law16").replace(map_size=40, births=8, words=7)


def test_viewers_are_told_the_word_of_each_agent() -> None:
    realms, rng = Realms(CONFIG, 1), np.random.default_rng(0)
    for _ in range(5):
        actions = Actions.stay(len(realms.observation))
        actions.word[:] = rng.integers(0, 8, len(actions.move))
        realms.step(actions)
    alive = realms.state.agents["alive"][0]
    said = frames.agents(realms, 0)["said"]
    assert said.tolist() == realms.state.said[0][alive].tolist()
    assert said.any()
    assert frames.setting(CONFIG, 0, 0, "A test.")["words"] == 7


def test_a_world_without_words_is_sent_no_byte_of_them() -> None:
    setting = frames.setting(CONFIG.replace(words=0), 0, 0, "A test.")
    hello = json.loads(packets.hello(setting, [0]))
    assert "words" not in setting
    assert "said" not in [column["name"] for column in hello["schema"]["columns"]]


def test_who_plays_by_hand_says_the_word_that_is_chosen() -> None:
    realms, player = Realms(CONFIG, 1), Puppeteer(CONFIG.auto_target)
    obs = realms.observation
    first = int(obs.ent["id"][0])
    player.orders = {(0, first): Order(word=5)}
    realms.step(player.override(obs, Actions.stay(len(obs))))
    here = frames.agents(realms, 0)
    assert here["said"][here["id"] == first].tolist() == [5]
    assert np.count_nonzero(here["said"]) == 1


def test_a_word_that_there_is_not_is_refused() -> None:
    (seen,) = Spectator(Scripted(CONFIG, 1, (0,), "greedy")).turn(Asked({0: frozenset(range(9))}))
    sight = next(iter(seen.inspections.values()))["sight"]
    assert sight["words"] == 7
    assert [fault(Order(word=word), sight) for word in (0, 7)] == ["", ""]
    assert fault(Order(word=8), sight) == "there is no word 8 here"
    assert fault(Order(word=1), {**sight, "words": 0}) == "there is no word 1 here"


def test_networks_are_asked_about_agents_that_hear_the_same_words() -> None:
    realms, rng = Realms(CONFIG, 1), np.random.default_rng(0)
    for _ in range(9):
        actions = Actions.stay(len(realms.observation))
        actions.word[:] = rng.integers(0, 8, len(actions.move))
        realms.step(actions)
    here, heard = probes.living(realms, 0), 0
    for n, agent in enumerate(realms.observation.ent["id"].tolist()):
        rows = slice(*realms.observation.offsets[n : n + 2])
        (copy,) = probes.observe_copies(realms, 0, [here], agent)
        assert copy.heard.tolist() == realms.observation.heard[rows].tolist()
        heard += int(copy.heard.sum())
    assert heard > 0
