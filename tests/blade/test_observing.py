"""Observing is a function of the state: anybody can look at any time, and nothing moves."""

import numpy as np
import pytest

from forge.blade.buffers import Buffers
from forge.blade.observing import observe_into
from forge.blade.realm import Realms
from forge.blade.state import State, layout
from forge.blade.streams import POLICY
from tests.blade.test_handed_out import ARRAYS, CONFIGS
from tests.blade.test_realm import CONFIG, chance_actions

CROWDED = CONFIG.replace(births=16, radius=31)  # more rows than find room at first


def played(config, look=lambda realms: None, ticks=20):
    """Play some ticks, with a look at the world before each."""
    realms = Realms(config, 5, (0, 1))
    for _ in range(ticks):
        actions = chance_actions(realms.observation)
        look(realms)
        realms.step(actions)
    return realms


@pytest.mark.parametrize("config", [CONFIG, CROWDED])
def test_others_observe_a_state_as_its_realms_do(config):
    realms = played(config)
    seen = observe_into(State(**realms.snapshot()), Buffers(config, 2))
    for name in ARRAYS:
        assert getattr(seen, name).tobytes() == getattr(realms.observation, name).tobytes()
    assert (len(seen), seen.num_realms) == (len(realms.observation), 2)


@CONFIGS
def test_whoever_looks_on_changes_no_run(config):
    buffers = Buffers(config, 2)
    watched = played(config, lambda realms: observe_into(realms.state, buffers))
    assert watched.digest() == played(config).digest()


def test_looking_writes_nothing_into_the_state():
    realms = played(CONFIG)
    before = realms.digest()
    observe_into(realms.state, Buffers(CONFIG, 2))
    assert realms.digest() == before


def test_what_a_state_must_look_like_is_listed_once_for_all_looks():
    buffers = Buffers(CONFIG, 2)
    before = buffers.layout
    observe_into(played(CONFIG, ticks=1).state, buffers)
    assert buffers.layout is before
    assert before == layout(CONFIG, 2)


def test_draws_are_those_of_the_state_looked_at_whatever_was_seen_before():
    early, late = played(CONFIG, ticks=3), played(CONFIG, ticks=9)
    buffers = Buffers(CONFIG, 2)
    observe_into(late.state, buffers)
    assert observe_into(early.state, buffers).draws.tolist() == early.observation.draws.tolist()


def test_a_tick_goes_on_from_the_stream_of_its_state_alone():
    realms, other = played(CONFIG), played(CONFIG)
    other.state.streams[:, POLICY] = 1, 2, 3, 4
    other.observe()
    other.state.streams[...] = realms.state.streams
    actions = chance_actions(realms.observation)
    for each in (realms, other):
        each.step(actions)
    assert realms.digest() == other.digest()


def test_a_state_of_other_realms_is_refused():
    realms = Realms(CONFIG, 5, (0, 1))
    with pytest.raises(ValueError, match=r"for 3 realms .* state.agents is .* \(3, "):
        observe_into(realms.state, Buffers(CONFIG, 3))
    with pytest.raises(ValueError, match=r"state\.tally is"):
        observe_into(realms.state._replace(tally=np.zeros(2)), Buffers(CONFIG, 2))
