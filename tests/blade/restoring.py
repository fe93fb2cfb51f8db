"""What every test of restoring does: copy a world that was played, spoil it, restore it."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from forge.blade.realm import Realms
from forge.blade.validity import SnapshotError
from tests.blade.test_market import possible_actions
from tests.blade.test_realm import chance_actions
from tests.blade.twin import Twins
from tests.jit import amount
from tests.mutations import TIMES

WORLDS = settings(max_examples=TIMES * amount(40, 4), deadline=None)
EDITS = settings(max_examples=TIMES * amount(500, 60), deadline=None)
ODD = [-(2**31), -30_000, -1, 0, 1, 2, 3, 7, 8, 19, 20, 200, 255, 30_000, 2**31 - 1, 2**62]


class Edit(NamedTuple):
    """One value written into a snapshot; one that does not fit its column wraps around."""

    array: str
    field: str | None
    part: tuple  # of the array
    place: int  # in the part, counted flat
    value: int

    def make(self, arrays):
        target = arrays[self.array][self.part]
        target = target if self.field is None else target[self.field]
        kind = np.uint8 if target.dtype == np.bool_ else target.dtype
        bytes_ = np.array(self.value & (2**64 - 1), np.uint64).tobytes()[: np.dtype(kind).itemsize]
        value = np.frombuffer(bytes_, kind)[0]
        target.view(kind)[np.unravel_index(self.place, target.shape)] = value


@st.composite
def edits(draw, played, parts):
    """Draw an edit of one of the parts, given by array, of what played() returns."""
    name = draw(st.sampled_from(list(parts)))
    part = played()[name][parts[name]]
    field = draw(st.sampled_from(part.dtype.names)) if part.dtype.names else None
    place = draw(st.integers(0, (part if field is None else part[field]).size - 1))
    value = draw(st.sampled_from(ODD) | st.integers(-(2**63), 2**63 - 1))
    return Edit(name, field, parts[name], place, value)


def act(obs, seed=0):
    """Draw deals and trades that are possible, and anything else."""
    return possible_actions(obs, np.random.default_rng(seed))


def copied(arrays):
    return {name: array.copy() for name, array in arrays.items()}


def refused(config, numbers, arrays):
    """Restore a snapshot that no world can be; return what is said of it."""
    realms = Realms(config, 6, numbers)
    before, observation = realms.digest(), realms.observation
    with pytest.raises(SnapshotError) as caught:
        realms.restore(arrays)
    assert realms.digest() == before
    assert realms.observation is observation
    return str(caught.value)


def refused_or_plays_on(config, numbers, arrays, act=chance_actions):
    """Restore a snapshot; where it is a world, play it and restore what came of it."""
    realms = Realms(config, 6, numbers)
    try:
        realms.restore(arrays)
    except SnapshotError:
        return
    for _ in range(amount(30, 5)):
        realms.step(act(realms.observation))
    realms.restore(realms.snapshot())


def restored_after(config, seed, ticks):
    """Play a world beside its twin, take a snapshot and restore it: nothing may change."""
    twins = Twins(config, 2, seed)
    for _ in range(ticks):
        twins.play_with_god()
    before = twins.realms.digest()
    twins.realms.restore(twins.realms.snapshot())
    assert twins.realms.digest() == before
