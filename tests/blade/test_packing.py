"""Named tuples of arrays reach kernels as one table, which always shows their own arrays."""

import copy
import os
import pickle
import subprocess
import sys
import weakref
from typing import NamedTuple

import numpy as np
import pytest

from forge.blade import state as states
from forge.blade.buffers import Buffers
from forge.blade.jit import lean
from forge.blade.observing import observe_into
from forge.blade.packing import packable, packed, packed_to_read, unpacked
from forge.blade.realm import MORE_LIVES, Realms
from forge.blade.records import record
from tests.blade.test_realm import CONFIG, chance_actions, run

copies = pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))], ids=["copy", "pickle"]
)

BEAST = record(("weight", np.float64), ("legs", np.int16))


@packable(lambda: herd(0, 0))
class Herd(NamedTuple):
    """Beasts, what they see, and how they are counted."""

    beasts: np.ndarray  # BEAST (n,)
    sight: np.ndarray  # uint8 (n, s, s)
    tally: np.ndarray  # int64 (1,)


def herd(n, s):
    """Make a herd whose beasts have 1, 2, … legs and see 0, 1, …"""
    beasts = np.zeros(n, BEAST)
    beasts["legs"] = np.arange(n) + 1
    sight = np.arange(n * s * s, dtype=np.uint8).reshape(n, s, s)
    return Herd(beasts, sight, np.zeros(1, np.int64))


@lean
def count(given):
    """Add up the legs and what each beast sees last; weigh the beasts. Modifies the herd."""
    herd = unpacked(Herd, given)
    for n in range(len(herd.beasts)):
        herd.beasts[n].weight = 2.5
        herd.tally[0] += herd.beasts[n].legs
        if herd.sight.size:
            herd.tally[0] += herd.sight[n, -1, -1]
    return herd.sight.shape


def counted(herd):
    return count(packed(herd)), int(herd.tally[0])


def test_a_kernel_reads_and_writes_the_arrays_that_were_packed():
    mine = herd(3, 2)
    assert counted(mine) == ((3, 2, 2), 1 + 2 + 3 + 3 + 7 + 11)
    assert mine.beasts["weight"].tolist() == [2.5] * 3


@pytest.mark.parametrize(("n", "s", "total"), [(0, 0, 0), (0, 4, 0), (2, 0, 3)])
def test_arrays_may_be_empty(n, s, total):
    assert counted(herd(n, s)) == ((n, s, s), total)


def test_a_table_is_made_once():
    mine = herd(2, 2)
    assert packed(mine) is packed(mine) is packed_to_read(mine)


def test_a_herd_with_another_array_has_another_table():
    mine = herd(2, 0)
    packed(mine)
    other = mine._replace(beasts=herd(4, 0).beasts)
    assert counted(other) == ((2, 0, 0), 1 + 2 + 3 + 4)  # into the tally of both
    assert counted(mine) == ((2, 0, 0), 10 + 1 + 2)


@copies
def test_a_copy_has_a_table_of_its_own(copied):
    mine = herd(3, 0)
    packed(mine)
    other = copied(mine)
    assert type(other) is Herd
    assert (counted(other)[1], mine.tally[0]) == (6, 0)


def test_whoever_holds_a_table_holds_the_arrays():
    mine = herd(3, 0)
    table, seen = packed(mine), weakref.ref(mine.tally)
    del mine
    assert count(table) == (3, 0, 0)
    assert seen()[0] == 6
    del table
    assert seen() is None


def test_a_table_keeps_nothing_alive_beyond_its_arrays():
    seen = weakref.ref(herd(1, 1).tally)
    assert seen() is None


def odd(**arrays):
    return herd(2, 2)._replace(**arrays)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (odd(tally=np.zeros(4, np.int64)[::2]), "Herd.tally must be a C-contiguous, aligned array"),
        (odd(sight=np.zeros((2, 2, 2), np.uint8).T), r"uint8 \(2, 2, 2\) with strides of \(1, 2,"),
        (odd(tally=np.zeros(1, np.int32)), r"array of int64 with 1 axes: it is int32 \(1,\)"),
        (odd(beasts=np.zeros(2, BEAST[0])), "Herd.beasts .* it is float64"),
        (odd(tally=np.zeros((1, 1), np.int64)), r"with 1 axes: it is int64 \(1, 1\)"),
        (odd(tally=np.zeros(9, np.uint8)[1:].view(np.int64)), "aligned .* it is int64"),
        (odd(tally=[0]), r"it is \[0\]"),
    ],
)
def test_what_a_kernel_cannot_take_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        packed_to_read(given)


def test_what_can_only_be_read_is_packed_to_be_read_alone():
    mine = herd(2, 2)
    mine.tally.flags.writeable = False
    packed_to_read(mine)
    with pytest.raises(ValueError, match=r"Herd\.tally can only be read: give a copy"):
        packed(mine)


CODE = """
import sys
import numpy
from typing import NamedTuple
from forge.blade.jit import lean
from forge.blade.packing import packable, packed, unpacked
@packable(lambda: One(numpy.zeros(0)))
class One(NamedTuple):
    array: numpy.ndarray
@lean
def pick(one, i):
    return unpacked(One, one).array[i]
print(pick(packed(One(numpy.arange(float(sys.argv[1])))), 2), len(pick.stats.cache_hits))
"""


def picked(script, length, bounds_check="0"):
    """Pick the third element of an array through a table, in a process of its own."""
    environment = {
        **os.environ,
        "FORGE_CACHE_DIR": str(script.parent),
        "PYTHONPATH": os.getcwd(),
        "NUMBA_BOUNDSCHECK": bounds_check,
        "NUMBA_DISABLE_JIT": "0",
    }
    command = [sys.executable, str(script), str(length)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(CODE)
    return path


def test_a_kernel_of_another_process_takes_the_addresses_of_this_one(script):
    assert picked(script, 3).stdout == "2.0 0\n"
    assert picked(script, 10**6).stdout == "2.0 1\n"  # the kernel was kept


def test_bounds_are_checked_in_unpacked_arrays(script):
    assert picked(script, 3, bounds_check="1").stdout == "2.0 0\n"
    assert "IndexError" in picked(script, 2, bounds_check="1").stderr


# -- Of realms ---------------------------------------------------------------------------------


def test_realms_go_on_from_a_state_put_in_place_of_theirs():
    realms, other = Realms(CONFIG, 5, (0, 1)), Realms(CONFIG, 5, (0, 1))
    run(realms)
    before = realms.state
    other.state = states.copy(before)
    other.observe()
    digest = states.digest(before)
    assert run(other) != digest == states.digest(before)
    assert run(realms) == other.digest()


@copies
def test_realms_and_their_copy_go_on_alone(copied):
    realms = Realms(CONFIG, 5, (0, 1))
    run(realms)
    other, digest = copied(realms), realms.digest()
    after = run(other)
    assert realms.digest() == digest
    del other
    assert run(realms) == after


def test_realms_go_on_after_a_snapshot_and_a_reset():
    realms = Realms(CONFIG, 5, (0, 1))
    snapshot = realms.snapshot()
    after = run(realms)
    realms.restore(snapshot)
    assert run(realms) == after
    realms.reset()
    assert run(realms) == after


def test_lives_are_kept_when_their_room_is_enlarged():
    realms, other = (Realms(CONFIG.replace(food=4, water=4), 5) for _ in range(2))
    found, room = [], realms._ended
    while sum(map(len, found)) <= CONFIG.max_agents + MORE_LIVES:
        for each in (realms, other):
            each.step(chance_actions(each.observation))
        found.append(other.take_lives())
    assert realms._ended is not room
    assert realms.take_lives().tobytes() == np.concatenate(found).tobytes()


def test_realms_refuse_a_state_that_they_cannot_write():
    realms = Realms(CONFIG)
    tally = np.array(realms.state.tally)
    tally.flags.writeable = False
    realms.state = realms.state._replace(tally=tally)
    with pytest.raises(ValueError, match=r"State\.tally can only be read"):
        realms.step(chance_actions(realms.observation))


def test_onlookers_read_a_state_that_nobody_can_write_but_none_that_is_scattered():
    realms, buffers = Realms(CONFIG), Buffers(CONFIG, 1)
    state = states.copy(realms.state)
    for array in state:
        array.flags.writeable = False
    assert observe_into(state, buffers).own.tolist() == realms.observation.own.tolist()
    scattered = np.asfortranarray(state.tiles[0])[None]
    with pytest.raises(ValueError, match=r"State\.tiles must be a C-contiguous"):
        observe_into(state._replace(tiles=scattered), buffers)
