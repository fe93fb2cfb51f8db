"""Words, by example: who hears what, and for how long."""

import numpy as np
import pytest

from forge.blade import Chaos, Law, Realms, preset
from forge.blade.observation import Actions
from forge.blade.validity import SnapshotError
from forge.blade.worldsettings import MOST_WORDS
from forge.errors import ConfigError
from tests.blade.worlds import agent, settle, world


def say(realms, words, ticks=1):
    """Let agents say words, by slot; all else stay and are silent."""
    for _ in range(ticks):
        slots = realms.observation.ent["slot"].tolist()
        actions = Actions.stay(len(slots))
        for slot, word in words.items():
            actions.word[slots.index(slot)] = word
        realms.step(actions)


def heard(realms, slot):
    """List what the agent in a slot hears, by the slot of the speaker."""
    obs = realms.observation
    n = obs.ent["slot"].tolist().index(slot)
    rows = slice(obs.offsets[n], obs.offsets[n + 1])
    return dict(zip(obs.slot[rows].tolist(), obs.heard[rows, 0].tolist(), strict=True))


def test_one_population_hears_a_word_and_the_speaker_too():
    others = {"at": (10, 12)}, {"at": (10, 8), "population": 1}
    realms = world({"at": (10, 10)}, *others, words=5, combat=False)
    say(realms, {0: 3, 2: 4})
    assert heard(realms, 0) == {0: 3, 1: 0, 2: 0}
    assert heard(realms, 1) == {0: 3, 1: 0, 2: 0}
    assert heard(realms, 2) == {0: 0, 1: 0, 2: 4}


def test_a_word_is_heard_for_one_tick():
    realms = world({}, {"at": (10, 12)}, words=5)
    say(realms, {0: 3})
    assert heard(realms, 1)[0] == 3
    say(realms, {})
    assert heard(realms, 1)[0] == 0


def test_nobody_hears_whom_it_does_not_see():
    realms = world({"at": (4, 4)}, {"at": (16, 16)}, words=5, radius=7)
    say(realms, {0: 3})
    assert heard(realms, 1) == {1: 0}


def test_npcs_say_nothing():
    realms = world({}, npcs=[{"at": (10, 12)}], words=5, skills=True)
    say(realms, {0: 3})
    assert heard(realms, 0) == {0: 3, realms.config.max_agents: 0}


@pytest.mark.parametrize("words", [1, 16, MOST_WORDS])
def test_the_mask_marks_the_words_that_there_are_and_no_other_is_said(words):
    realms = world({}, words=words)
    possible = np.flatnonzero(realms.observation.can_say[0])
    assert possible.tolist() == list(range(words + 1))
    for word in range(1 + MOST_WORDS):
        say(realms, {0: word})
        assert heard(realms, 0)[0] == (word if word <= words else 0)


def test_the_dead_and_who_comes_after_them_have_said_nothing():
    realms = world({"food": 0, "water": 0, "health": 1}, words=5)
    say(realms, {0: 3})
    assert not agent(realms, 0).alive
    assert realms.state.said[0, 0] == 0
    settle(realms, 0)
    realms.observe()
    assert heard(realms, 0) == {0: 0}


def test_realms_that_move_are_silent():
    realms = Realms(preset("law16").replace(words=4, map_epochs=1), 1)
    say(realms, {0: 2})
    assert realms.state.said.any()
    realms.move({0: 3})
    assert not realms.state.said.any()


@pytest.mark.parametrize(("slot", "word"), [(0, 6), (0, 255), (3, 1)])
def test_a_restored_word_must_be_one_that_a_living_agent_can_say(slot, word):
    realms = world({}, words=5)
    say(realms, {0: 5})
    arrays = realms.snapshot()
    realms.restore(arrays)
    arrays["said"][0, slot] = word
    most = "0 … 5" if slot == 0 else "0"
    with pytest.raises(SnapshotError, match=f"slot {slot}: said must be {most}, not {word}"):
        realms.restore(arrays)


def test_words_take_no_memory_where_there_are_none():
    for config in (Law(), Chaos(skills=True, items=True)):
        realms = Realms(config, 0)
        assert realms.state.said.nbytes == 0
        assert realms.observation.heard.nbytes == realms.observation.can_say.nbytes == 0
        assert "said" not in realms.snapshot()


@pytest.mark.parametrize("words", [-1, 32])
def test_there_are_at_most_31_words(words):
    with pytest.raises(ConfigError, match=f"words must be at (least|most) (0|31), not {words}"):
        Law(words=words)
