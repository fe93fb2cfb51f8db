"""Channels: what one end hands over arrives at the other, whichever way it travels."""

import numpy as np
import pytest

from forge.trinity.engines.channel import Channel, RecalledError, Sizes
from forge.trinity.engines.processes import SharedMemory
from forge.trinity.update import Update

SIZES = Sizes(weights=(2, 3), shards=3, state=64)
EVERY = pytest.mark.parametrize("channel", [Channel, SharedMemory])


def ends(channel, apart=True):
    """Make both ends, the worker's as another process would."""
    ours = channel(SIZES, apart)
    return ours, ours.opener()()


def updates(theirs):
    """Let a worker hand up the gradients of all shards, which lie in the same buffer."""
    gradients, found = np.zeros((2, 3), np.float32), {}
    for shard in range(SIZES.shards):
        gradients[...] = 10**shard
        found[shard] = Update(gradients, np.zeros(2, np.int64))
        theirs.hand_up(shard, found[shard])
    return found


@EVERY
def test_weights_are_read_as_they_are_when_they_are_sent(channel):
    ours, theirs = ends(channel)
    copy = np.zeros((2, 3), np.float32)
    ours.weights[...] = 7
    theirs.read_weights(ours.send_weights(), copy)
    ours.weights[...] = 8
    assert (copy == 7).all()


@EVERY
def test_gradients_of_each_shard_arrive(channel):
    ours, theirs = ends(channel)
    found = updates(theirs)
    ours.collect(found, [theirs.sums()])
    assert [found[shard].gradients[0, 0] for shard in range(3)] == [1, 10, 100]


def test_shared_memory_hands_up_one_sum_of_neighbours():
    ours, theirs = ends(SharedMemory, apart=False)
    found = updates(theirs)
    ours.collect(found, [theirs.sums()])
    assert found[0].gradients[0, 0] == 111
    assert [found[shard].gradients for shard in (1, 2)] == [None, None]


@EVERY
@pytest.mark.parametrize("size", [0, 64, 1000])
def test_states_arrive_and_stay_until_the_next_commit_is_whole(channel, size):
    ours, theirs = ends(channel)
    assert (ours.state(1), ours.send_state(1)) == (None, None)
    first, second = b"a" * size, b"b" * size
    ours.keep([theirs.write_state(shard, ours.turn, first) for shard in range(3)])
    theirs.write_state(1, ours.turn, second)  # the rest of this commit never comes
    assert ours.state(1) == bytes(theirs.find_state(1, ours.send_state(1))) == first


@EVERY
def test_restored_states_are_those_of_the_last_commit(channel):
    ours, theirs = ends(channel)
    ours.restore([b"a", b"b", b"c"])
    assert bytes(theirs.find_state(2, ours.send_state(2))) == ours.state(2) == b"c"


def test_last_sign_of_life_is_found_among_the_shards_of_a_worker():
    ours, theirs = ends(SharedMemory)
    assert ours.beats([0, 1, 2]) is None
    theirs.beat(2, 7, True)
    theirs.beat(0, 9, False)
    assert ours.beats([1, 2])[1:] == (2, 7, True)
    assert ours.beats([0, 1, 2])[1:] == (0, 9, False)


def test_recalled_worker_gives_up_at_its_next_sign_of_life():
    ours, theirs = ends(SharedMemory)
    ours.recall(True)
    with pytest.raises(RecalledError, match="goes back to its last commit"):
        theirs.beat(0, 1, True)
    ours.recall(False)
    theirs.beat(0, 1, True)


def test_channel_of_messages_carries_no_signs_of_life():
    ours, theirs = ends(Channel)
    ours.recall(True)
    theirs.beat(0, 1, True)
    assert ours.beats([0]) is None
