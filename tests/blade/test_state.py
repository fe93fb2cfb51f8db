import numpy as np
import pytest

from forge.blade import Law, Realms, preset
from forge.blade import state as states
from forge.blade.added import ADDED, OF_AGENTS
from forge.blade.records import AGENT, CLOCK, HAPPENED, LIFE, TALLY

RECORDS = {
    "AGENT": AGENT, "LIFE": LIFE, "CLOCK": CLOCK, "TALLY": TALLY, "HAPPENED": HAPPENED,
    **{name: it.dtype for name, it in ADDED.items() if it.dtype.names},
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_records_have_no_padding(name):
    dtype = RECORDS[name]
    fields = sum(dtype[column].itemsize for column in dtype.names)
    assert fields == dtype.itemsize


def test_an_agent_fills_one_cache_line():
    assert AGENT.itemsize == 64


def test_state_has_at_most_twenty_arrays():
    """Each takes about 0.1 µs whenever it is handed to a kernel, also where its system is off."""
    assert len(states.State._fields) <= 20


def test_arrays_of_agents_are_listed():
    config = preset("saga16").replace(max_agents=5, npcs=2)
    shapes = {name: shape for name, (shape, _) in states.layout(config, 1).items()}
    assert {name for name in shapes if shapes[name][1:2] == (5,)} == {
        "lives", "seen", *OF_AGENTS
    }  # fmt: skip


@pytest.mark.parametrize("name", states.State._fields)
def test_digest_sees_every_array(name):
    realms = Realms(preset("saga16").replace(max_agents=4, populations=1, npcs=2, map_size=40), 0)
    before = realms.digest()
    array = getattr(realms.state, name)
    array.view(np.uint8).reshape(-1)[-1] ^= 1
    assert realms.digest() != before


def test_stored_maps_are_padded_where_the_border_is_narrower_than_the_crop():
    assert states.padding(Law(border=9, radius=7)) == 0
    assert states.padding(Law(border=2, radius=7)) == 5


def test_distinct_tiles_are_not_counted_on_large_maps_unless_asked_for():
    assert Law(map_size=128).counts_distinct_tiles
    assert not Law(map_size=129).counts_distinct_tiles
    assert Law(map_size=129, distinct_tiles="on").counts_distinct_tiles
    assert not Law(distinct_tiles="off").counts_distinct_tiles
