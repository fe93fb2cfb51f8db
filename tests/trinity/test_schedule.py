"""Who computes which shard: a pure schedule, played through without a process."""

from hypothesis import given
from hypothesis import strategies as st

from forge.trinity.engines.schedule import Schedule

SIZES = {"shards": st.integers(1, 9), "workers": st.integers(1, 4)}
EPOCHS = st.lists(st.randoms(use_true_random=False), min_size=1, max_size=4)


class Workers:
    """Do what a schedule says, and check that every worker has what it is taken to have.

    Attributes:
        held: the shards that each worker has in its memory.
        fresh: workers that have read no weights in this rollout.
        checked: tasks whose worker was found to hold what it should.
    """

    def __init__(self, schedule):
        self.schedule = schedule
        self.held = [set() for _ in range(schedule.workers)]
        self.checked = 0

    def take(self, task):
        """Let a worker take a shard, as ``worker.Worker.play`` does."""
        mine = self.held[task.worker]
        mine -= set(task.forget)
        assert not task.here or task.shard in mine
        assert task.first == (task.worker in self.fresh)
        mine.add(task.shard)
        self.fresh.discard(task.worker)
        assert mine == set(self.schedule.held()[task.worker])
        self.checked += 1

    def epoch(self, rng):
        """Play a rollout in which workers become free in any order; list the tasks."""
        self.fresh, tasks = set(range(self.schedule.workers)), []
        self.schedule.begin()
        while True:
            while (task := self.schedule.assign()) is not None:
                self.take(task)
                tasks.append(task)
            if not self.schedule.busy:
                return tasks
            self.schedule.done(rng.choice(sorted(self.schedule.busy)))


@given(**SIZES, epochs=EPOCHS)
def test_every_shard_is_played_once_in_every_epoch(shards, workers, epochs):
    crew = Workers(Schedule(shards, workers))
    for rng in epochs:
        assert sorted(task.shard for task in crew.epoch(rng)) == list(range(shards))


@given(**SIZES, epochs=EPOCHS)
def test_exchanges_of_a_shard_are_its_players(shards, workers, epochs):
    crew = Workers(Schedule(shards, workers))
    for rng in epochs:
        played = {task.shard: task.worker for task in crew.epoch(rng)}
        held = crew.schedule.held()
        assert {shard: worker for worker in held for shard in held[worker]} == played


@given(**SIZES, epochs=EPOCHS)
def test_worker_that_plays_holds_no_shard_that_others_took(shards, workers, epochs):
    crew = Workers(Schedule(shards, workers))
    tasks = [task for rng in epochs for task in crew.epoch(rng)]
    assert len(tasks) == crew.checked == shards * len(epochs)


@given(**SIZES, epochs=EPOCHS, data=st.data())
def test_death_returns_all_shards_of_a_worker_and_no_others(shards, workers, epochs, data):
    crew = Workers(Schedule(shards, workers))
    for rng in epochs:
        crew.epoch(rng)
    before, dead = crew.schedule.held(), data.draw(st.integers(0, workers - 1))
    crew.schedule.lose(dead)
    crew.held[dead] = set()
    assert crew.schedule.held() == {w: held for w, held in before.items() if w != dead}
    again = crew.epoch(epochs[0])
    assert not any(task.here for task in again if task.shard in before.get(dead, ()))
    assert len(again) == shards


@given(**SIZES)
def test_workers_go_on_with_their_own_shards_while_nobody_is_late(shards, workers):
    schedule, tasks = Schedule(shards, workers), []
    for _ in range(2):
        schedule.begin()
        while (task := schedule.assign()) or schedule.busy:
            tasks.append(task)
            if task is None:
                schedule.done(next(iter(schedule.busy)))
    again = [task for task in tasks if task is not None][shards:]
    assert [task.here for task in again] == [True] * shards


def test_slow_shard_does_not_hold_up_the_rest():
    schedule = Schedule(4, 2)
    schedule.begin()
    slow, other = schedule.assign(), schedule.assign()
    for _ in range(2):
        schedule.done(other.worker)
        assert schedule.assign().worker == other.worker
    schedule.done(other.worker)
    assert schedule.assign() is None
    assert schedule.held()[slow.worker] == [slow.shard]


@given(**SIZES, epochs=EPOCHS, data=st.data())
def test_worker_that_joins_late_plays_from_then_on(shards, workers, epochs, data):
    crew = Workers(Schedule(shards, workers))
    crew.schedule.begin(present := data.draw(st.sets(st.integers(0, workers - 1))))
    for late in [None, *(set(range(workers)) - present)]:
        crew.schedule.join(present if late is None else {*present, late})
        present |= {late} - {None}
        while (task := crew.schedule.assign()) is not None:
            assert task.worker in present
    assert crew.schedule.unfinished
    assert len(crew.schedule.busy) == min(shards, workers)


def test_neighbours_go_to_the_same_worker():
    schedule = Schedule(8, 2)
    schedule.begin()
    while schedule.assign() or schedule.busy:
        for worker in list(schedule.busy):
            schedule.done(worker)
    assert schedule.held() == {0: [0, 1, 2, 3], 1: [4, 5, 6, 7]}


def test_one_worker_has_no_more_than_one_shard_at_a_time():
    schedule = Schedule(3, 1)
    schedule.begin()
    assert (schedule.assign().shard, schedule.assign(), schedule.busy) == (0, None, {0: 0})
