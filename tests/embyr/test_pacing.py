"""The pace of a world, and the process that plays it."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

import pytest

from forge.blade import preset
from forge.embyr import pacing
from forge.embyr.feeds import FreshFeed
from forge.embyr.hub import Client
from forge.embyr.pacing import Driver, Pace
from forge.embyr.packets import Command
from forge.embyr.worlds import Beginning, Scripted
from forge.errors import CheckpointError, ForgeError, WorkerError


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is moved."""
    now = [100.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    return now


def played(pace: Pace, clock: list[float], seconds: float) -> tuple[int, int]:
    """Play for some time: how many turns, and how many ticks."""
    turns = ticks = 0
    end = clock[0] + seconds
    while (wait := pace.wait()) is not None and clock[0] + wait <= end:
        clock[0] += wait + 1e-9
        turns, ticks = turns + 1, ticks + pace.take()[0]
    return turns, ticks


@pytest.mark.parametrize("rate", [0.25, 1, 8, 24])
def test_each_tick_is_a_turn_at_the_rate_that_was_asked(clock: list[float], rate: float) -> None:
    turns, ticks = played(Pace(rate), clock, 40)
    assert turns == ticks == pytest.approx(40 * rate, abs=1)


def test_fast_worlds_are_seen_in_fewer_turns_than_ticks(clock: list[float]) -> None:
    turns, ticks = played(Pace(1000), clock, 10)
    assert turns == pytest.approx(10 * pacing.FRAMES, abs=1)
    assert ticks == pytest.approx(10_000, rel=0.01)


def test_as_fast_as_it_goes_is_bounded_by_time_alone(clock: list[float]) -> None:
    pace = Pace(0)
    ticks, seconds = pace.take()
    assert ticks > 10**9
    assert seconds == pytest.approx(1 / pacing.FRAMES)


def test_what_was_missed_is_not_caught_up_with(clock: list[float]) -> None:
    pace = Pace(8)
    clock[0] += 60
    assert played(pace, clock, 1)[0] <= 10


def test_paused_it_waits_for_ever_but_for_steps(clock: list[float]) -> None:
    pace = Pace(8)
    pace.change(Command("pause"))
    assert pace.wait() is None
    for _ in range(3):
        pace.change(Command("step"))
    assert (pace.wait(), pace.take()[0], pace.wait()) == (0.0, 3, None)
    pace.change(Command("play"))
    assert pace.wait() is not None


class Feed(FreshFeed):
    """Gives what it is told to give, or raises it; after that the usual world."""

    def __init__(self, *given: Exception | None) -> None:
        super().__init__(Scripted(preset("chaos16"), 0, (0, 1), "greedy"))
        self.given = list(given)

    def begin(self) -> Beginning | None:
        """Give or raise the next one."""
        found = self.given.pop(0) if self.given else super().begin()
        if isinstance(found, Exception):
            raise found
        return found


def test_a_world_that_waited_for_an_order_goes_on_at_once(clock: list[float]) -> None:
    pace = Pace(1)
    pace.take()
    assert pace.wait() == pytest.approx(1)
    pace.change(Command("act"))
    assert pace.wait() == 0.0


def drive(
    scene: Callable[[Driver], None], feed: Feed | None = None, prepare: bool = False
) -> list[ForgeError]:
    """Let a driver play a scripted world; the scene runs in a thread of its own."""
    failures: list[ForgeError] = []

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        driver = Driver(feed or Feed(), [0, 1], loop, failures.append, prepare)
        try:
            await asyncio.wait_for(asyncio.to_thread(scene, driver), 60)
        finally:
            await asyncio.to_thread(driver.stop)

    asyncio.run(whole())
    return failures


def join(driver: Driver) -> Client:
    joined: list[Client] = []
    driver._in_loop(lambda: joined.append(driver.hub.join()))
    return joined[0]


def tick_of(driver: Driver, beyond: int = 0) -> int:
    """Wait for a tick beyond one."""
    while True:
        channel = driver.hub._broadcasts.get(0)
        if channel is not None and channel.frame.tick > beyond:
            return channel.frame.tick
        time.sleep(0.005)


def test_a_world_is_played_only_while_somebody_watches() -> None:
    def scene(driver: Driver) -> None:
        time.sleep(0.2)
        assert driver._child is None
        client = join(driver)
        driver._steer(Command("speed", 200))
        tick_of(driver, 5)
        driver._in_loop(lambda: driver.hub.leave(client))
        time.sleep(0.2)
        before = driver._pace._due
        time.sleep(0.2)
        assert driver._pace._due == before

    assert not drive(scene)


def test_a_world_can_be_ready_before_anybody_comes() -> None:
    def scene(driver: Driver) -> None:
        while "built" in driver.hub._status or driver._child is None:
            time.sleep(0.005)
        join(driver)
        assert tick_of(driver, -1) < 20  # it did not play on while nobody was there

    assert not drive(scene, prepare=True)


def test_viewers_are_told_when_the_process_is_killed() -> None:
    def scene(driver: Driver) -> None:
        client = join(driver)
        tick_of(driver, -1)
        assert driver._child is not None
        os.kill(driver._child.pid, signal.SIGKILL)
        while "stopped" not in driver.hub._status:
            time.sleep(0.005)
        assert any("stopped" in notice for notice in client._notices)

    (error,) = drive(scene)
    assert "ended unexpectedly" in str(error)


def said(driver: Driver, text: str) -> None:
    """Wait until viewers are told something."""
    end = time.monotonic() + 30
    while text not in driver.hub._status:
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("error", [CheckpointError("it is torn"), OSError("it is gone")])
def test_without_a_new_copy_the_old_one_plays_on_and_viewers_know_why(error: Exception) -> None:
    feed = Feed()

    def scene(driver: Driver) -> None:
        join(driver)
        before = tick_of(driver)
        feed.given = [error]
        driver._steer(Command("fresh"))
        said(driver, f"the old one plays on: {error}")
        assert tick_of(driver, before) > before

    assert not drive(scene, feed)


@pytest.mark.parametrize("error", [CheckpointError("it is torn"), OSError("it is gone")])
def test_without_any_copy_there_is_nothing_to_watch(error: Exception) -> None:
    def scene(driver: Driver) -> None:
        join(driver)
        said(driver, f"{error}")

    (found,) = drive(scene, Feed(error))
    assert str(error) in str(found)


@pytest.mark.parametrize("paused", [False, True])
def test_a_copy_that_is_not_there_yet_is_waited_for_as_the_old_one_plays(paused: bool) -> None:
    feed = Feed(None)

    def scene(driver: Driver) -> None:
        join(driver)
        before = tick_of(driver, 3)
        driver._steer(Command("pause" if paused else "play"))
        feed.given = [None, None]
        driver._steer(Command("fresh"))
        said(driver, "nothing newer yet")
        while driver.hub._broadcasts[0].frame.tick >= before:  # it begins anew
            time.sleep(0.005)
        assert driver.hub._status == ""

    assert not drive(scene, feed)


def test_viewers_are_told_of_an_error_that_nobody_expects() -> None:
    feed = Feed()

    def scene(driver: Driver) -> None:
        join(driver)
        tick_of(driver)
        feed.given = [KeyError("spice")]
        driver._steer(Command("fresh"))
        said(driver, "The world has stopped: KeyError")

    (error,) = drive(scene, feed)
    assert isinstance(error, WorkerError)
    assert "in begin" in error.traceback


def test_viewers_are_told_at_once_of_an_error_in_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "_END", 100.0)  # the process would wait for requests so long
    feed = Feed()
    feed._beginning = Scripted(preset("chaos16"), 0, (0, 1), "unheard of")

    def scene(driver: Driver) -> None:
        join(driver)
        said(driver, "The world has stopped: KeyError in a worker")

    (error,) = drive(scene, feed)
    assert "unheard of" in str(error)
