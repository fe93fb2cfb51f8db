"""A crew that is watched: who hangs is found, who is stopped with the run is not."""

import pytest

from forge.errors import WorkerError
from forge.trinity.engines.crew import MOST_STARTS, Beat, WorkerDiedError
from forge.trinity.engines.stacks import innermost
from forge.trinity.engines.watch import Watch

STACK = """Thread 0x1 (most recent call first):
  File "/a/threading.py", line 982 in run

Current thread 0x2 (most recent call first):
  File "/my/sword.py", line 12 in decide
  File "/a/shard.py", line 3 in tick
"""


class Silent:
    """Two workers that answer when they are told to."""

    def __init__(self):
        self.pids, self.ready, self.replies = [], set(), {}
        self.sent, self.replaced = [], []

    def __len__(self):
        return 2

    def send(self, number, *request):
        self.sent.append((number, *request))

    def receive(self, number):
        reply = self.replies.pop(number, None)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def answered(self, numbers, timeout=None):
        return sorted(self.ready.intersection(numbers))

    def died(self, number):
        raise WorkerDiedError("died", -9)

    def replace(self, numbers):
        self.replaced += numbers

    def stack(self, number):
        return STACK


@pytest.fixture
def crew():
    return Silent()


def test_worker_without_a_sign_of_life_hangs_and_is_named_with_its_stack(crew):
    watch = Watch(crew, 20.0, lambda number: Beat(1, 5, 7, True), here=True)
    watch.send(1, "play")
    with pytest.raises(
        WorkerDiedError, match=r"^worker 1 has hung for 20 s in decide \(/my/sw"
    ) as e:
        watch.answered()
    assert (e.value.hung, e.value.traceback, e.value.beat.tick) == (True, STACK, 7)
    assert watch.present == {0}


def test_worker_that_gives_signs_of_life_may_take_its_time(crew):
    times = iter(range(500))

    def beat(number):
        if (time := next(times)) == 499:
            crew.ready = {1}
        return Beat(time // 15, 0, 0, True)

    watch = Watch(crew, 20.0, beat, here=True)
    watch.send(1, "play")
    assert watch.answered() == [1]


def test_nobody_hangs_if_that_is_switched_off(crew):
    looks = iter(range(100_000))

    def beat(number):
        crew.ready = {1} if next(looks) == 99_999 else set()

    watch = Watch(crew, 0.0, beat, here=True)
    watch.send(1, "play")
    assert watch.answered() == [1]


def test_dead_worker_alone_is_replaced_and_the_others_forget(crew):
    watch = Watch(crew, 0.0, lambda number: None, here=True)
    watch.send(0, "play")
    watch.send(1, "play")
    crew.ready, crew.replies = {0, 1}, {0: WorkerError("given up"), 1: WorkerDiedError("died")}
    with pytest.raises(WorkerDiedError):
        watch.receive(1)
    crew.ready = {0}
    watch.renew()
    assert crew.replaced == [1]
    assert crew.sent[2:] == [(0, "forget")]


def test_worker_that_is_killed_as_it_starts_is_replaced_and_no_epoch_is_lost(crew):
    watch = Watch(crew, 0.0, lambda number: None, here=True)
    crew.ready, crew.replies = {0, 1}, {0: WorkerDiedError("died", -9)}
    watch.send(1, "play")
    watch._replace([0])
    assert watch.answered() == [1]
    assert crew.replaced == [0, 0]
    watch.answered()
    assert watch.present == {0, 1}


def test_worker_that_is_killed_at_every_start_is_a_death_in_the_end(crew):
    watch = Watch(crew, 0.0, lambda number: None, here=True)
    crew.ready, crew.receive = {0}, lambda number: crew.died(number)
    watch._replace([0])
    for _ in range(MOST_STARTS - 1):
        watch.answered()
    with pytest.raises(WorkerDiedError):
        watch.answered()
    assert len(crew.replaced) == MOST_STARTS


def test_worker_that_crashes_as_it_starts_is_a_death(crew):
    watch = Watch(crew, 0.0, lambda number: None, here=True)
    crew.ready, crew.replies = {0}, {0: WorkerDiedError("died", -11)}
    watch._replace([0])
    with pytest.raises(WorkerDiedError):
        watch.answered()


@pytest.mark.parametrize(("stack", "where"), [(STACK, "decide (/my/sword.py, line 12)"), ("", "")])
def test_stack_is_told_by_the_main_threads_innermost_frame(stack, where):
    assert innermost(stack) == where
