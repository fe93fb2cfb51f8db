"""What VecEnv is made of: memory that grows, and what is laid out in it."""

import errno
import os
import sys

import numpy as np
import pytest

from forge.blade import Actions, Chaos, preset
from forge.blade.realm import Realms
from forge.errors import ForgeError
from forge.trinity.engines.sharing import ALIGN, SharedBytes, placed
from forge.trinity.stepping.stage import Report, Stage, Turns
from forge.trinity.stepping.stepper import split
from forge.trinity.stepping.views import observations, size
from tests.jit import amount
from tests.trinity.test_vecenv import ALL, arrays, same

MANY = amount(1000, 70)
ROOMY = {"map_size": 40, "border": 4, "radius": 3, "maps": 1, "populations": 1}


def written(realms, turns, stage):
    """View what stands on a stage as another process would: by its memory alone."""
    other = Stage(realms.config, len(realms.indices), stage.memory)
    seen = realms.observation
    capacity = len(stage.rows[turns.half].who)
    return other, Report(turns.half, len(seen), len(seen.who), capacity, 0)


def gathered(agents):
    """Bear many agents, on a stage and not, and bring them all to one tile of one realm."""
    config = Chaos(max_agents=agents, births=agents, **ROOMY)
    stage = Stage(config, 1)
    turns = Turns(stage)
    for realms in (Realms(config, buffers=turns), Realms(config)):
        people = realms.state.agents[0]
        realms.state.crowd[...] = 0
        people["row"], people["col"] = 20, 20
        realms.state.crowd[0, 20, 20] = agents
        realms.observe()
        yield realms
    yield stage
    yield turns


def test_thousand_agents_on_one_tile_all_see_each_other():
    realms, plain, stage, turns = gathered(MANY)
    assert len(realms.observation.who) == MANY * MANY
    assert same(arrays(realms.observation), arrays(plain.observation)) == ALL
    rows = MANY * MANY * (44 + 8 + 4 + 2 + 1 + 3)  # bytes: all that can be needed, and no more
    assert rows <= stage.memory[1 + turns.half].size <= rows + 6 * ALIGN


def test_rows_made_room_for_elsewhere_are_followed():
    realms, plain, stage, turns = gathered(100)
    other, report = written(realms, turns, stage)
    assert len(other.rows[turns.half].who) < report.capacity
    other.follow(turns.half, report.capacity)
    found = other.rows[turns.half]
    np.testing.assert_array_equal(found.who[: 100 * 100], plain.observation.who)
    np.testing.assert_array_equal(found.can_attack[: 100 * 100], plain.observation.can_attack)


def test_room_made_anew_holds_no_attacks():
    stage = Stage(Chaos(max_agents=64, **ROOMY), 1)
    for array in stage.rows[0]:
        array.view(np.uint8)[...] = 1
    stage.grow(0, 2000)
    assert len(stage.rows[0].who) == 2000
    assert not stage.rows[0].can_attack.any()


def test_each_realm_has_its_part_of_a_group():
    config = Chaos(max_agents=12, births=3, **ROOMY)
    stage = Stage(config, 3)
    turns = Turns(stage)
    realms, alone = Realms(config, 0, (4, 2, 7), buffers=turns), Realms(config, 0, (2,))
    for batch in (realms, alone):
        batch.step(Actions.stay(len(batch.observation)))
    other, report = written(realms, turns, stage)
    parts = observations(other, report, 3)
    assert [len(part) for part in parts] == np.bincount(realms.observation.realm).tolist()
    assert same(arrays(parts[1]), arrays(alone.observation)) == ALL


def test_what_a_realm_has_once_is_counted_once():
    stage = Stage(preset("saga16"), 2)
    nobody, two = (Report(0, n, 0, 0, 0) for n in (0, 2))
    market = stage.sights[0].market[0].nbytes
    own = sum(a.strides[0] for a in stage.sights[0] if a.size) - market + stage.gains[0].itemsize
    assert size(stage, nobody) == 2 * market > 0
    assert size(stage, two) == 2 * market + 2 * own


def test_shared_bytes_grow_and_keep_what_they_hold():
    memory = SharedBytes()
    first = memory.view(100)
    first[:3] = b"abc"
    second = memory.view(10_000)
    first[3:6] = b"def"  # views of any size are of the same bytes
    assert (second[:6], second[9_999], memory.size) == (b"abcdef", 0, 10_000)
    memory.close()
    assert second[:6] == b"abcdef"


def test_arrays_are_placed_alike_and_aligned():
    def build(allocate):
        return allocate(3, np.uint8), allocate((2, 5), np.float64), allocate(0, np.int8)

    memory = SharedBytes()
    one, other = placed(memory, build), placed(memory, build)
    one[1][...] = np.arange(10).reshape(2, 5)
    np.testing.assert_array_equal(one[1], other[1])
    assert [array.ctypes.data % ALIGN for array in (*one, *other)] == [0] * 6


@pytest.mark.parametrize(
    ("realms", "groups", "sizes"),
    [(1, 1, [1]), (5, 2, [2, 3]), (16, 3, [5, 5, 6]), (4, 4, [1] * 4)],
)
def test_realms_are_split_evenly(realms, groups, sizes):
    parts = split(realms, groups)
    assert [len(part) for part in parts] == sizes
    assert sum(parts, ()) == tuple(range(realms))


@pytest.mark.skipif(sys.platform == "win32", reason="memory is no file there")
def test_systems_without_files_in_memory_share_one_without_a_name(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    memory = SharedBytes()
    memory.view(100)[:3] = b"abc"
    assert memory.view(200)[:3] == b"abc"
    assert os.fstat(memory._fd).st_nlink == 0


@pytest.mark.skipif(sys.platform == "win32", reason="memory is no file there")
class TestRoom:
    """A lack of it is an error before anyone writes, which would end the process."""

    @pytest.mark.parametrize("without", ["nothing", "memfd_create", "posix_fallocate"])
    def test_too_little_is_one_line_that_says_what_to_do(self, monkeypatch, without):
        import resource

        monkeypatch.delattr(os, without, raising=False)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
        try:
            with pytest.raises(ForgeError, match=r"no room for 3.0 MiB .*: --engine serial"):
                SharedBytes().view(3 * 2**20)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def test_more_than_the_machine_has_is_not_even_tried(self):
        with pytest.raises(ForgeError, match="no room for"):
            SharedBytes().view(2**50)

    def test_calls_that_the_system_refuses_are_done_without(self, monkeypatch):
        def refused(*_):
            raise OSError(errno.ENOSYS, "not implemented")

        monkeypatch.setattr(os, "memfd_create", refused, raising=False)
        monkeypatch.setattr(os, "posix_fallocate", refused, raising=False)
        memory = SharedBytes()
        memory.view(3 * 2**20)[-3:] = b"abc"
        assert os.fstat(memory._fd).st_blocks * 512 >= 3 * 2**20
