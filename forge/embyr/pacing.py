"""Drive a spectator: a thread asks it for turns at the viewers' pace and hands on what it sees."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from forge.embyr import overlays, spectator
from forge.embyr.epochs import Lifetimes
from forge.embyr.hub import Hub
from forge.embyr.overlays import Look
from forge.embyr.packets import Command
from forge.embyr.spectator import Asked, Seen
from forge.embyr.worlds import Beginning, Weights
from forge.errors import ForgeError, WorkerError
from forge.trinity.engines import spawning
from forge.trinity.engines.spawning import Child

RATE = 8.0  # ticks a second, until somebody asks for another pace
FRAMES = 30.0  # a second, at most: above this rate a frame spans several ticks
_LOOK = 1.0  # between two looks for newer weights [s]
_LOOK_AGAIN = 0.25  # between two questions for a copy that is not there yet [s]
_NOT_YET = "Waiting for the run's first commit …"
_NO_NEWER = "The run has committed nothing newer yet; the old copy plays on until it has."
_END = 5.0  # for the process to end by itself [s]


class Feed(Protocol):
    """Where worlds come from."""

    def begin(self) -> Beginning | None:
        """Say what a new copy begins with; None: it is not there yet, ask again.

        Raises:
            ForgeError: if there is none.
            OSError: if it cannot be read.
        """

    def news(self) -> Weights | None:
        """Give weights that are newer than those given before, if there are any; never waits."""

    def epochs(self) -> list[Lifetimes]:
        """Give epochs of the run that were not given before; never waits."""


class Pace:
    """How fast a world is played; anybody who watches may change it."""

    def __init__(self, rate: float = RATE) -> None:
        self.rate, self.paused, self.steps = rate, False, 0
        self._due, self._owed = time.monotonic(), 0.0

    def change(self, command: Command) -> None:
        """Do what a viewer asks."""
        if command.type in ("play", "pause"):
            self.paused = command.type == "pause"
        elif command.type == "step":
            self.steps += 1
        elif command.type == "speed":
            self.rate = command.value
            self._due = time.monotonic()
        elif command.type == "act":  # a world that waited for it need not wait any longer
            self._due = min(self._due, time.monotonic())

    def wait(self) -> float | None:
        """Say how long to wait until the next turn [s]; None: until something is asked."""
        if self.steps:
            return 0.0
        return None if self.paused else max(0.0, self._due - time.monotonic())

    def take(self) -> tuple[int, float]:
        """Begin a turn that is due: how many ticks at most, and in how much time [s]."""
        if self.steps:
            steps, self.steps = self.steps, 0
            return steps, 1.0
        now = time.monotonic()
        period = 1.0 / (min(self.rate, FRAMES) or FRAMES)
        self._due = max(self._due, now - period) + period
        if not self.rate:  # as fast as it goes
            return 2**31, period
        self._owed += self.rate * period
        ticks = round(self._owed)
        self._owed -= ticks
        return ticks, max(period, 0.1)


class Driver:
    """The thread, and the process that it drives.

    Attributes:
        hub: takes what is seen.
    """

    def __init__(
        self,
        feed: Feed,
        realms: list[int],
        loop: asyncio.AbstractEventLoop,
        failed: Callable[[ForgeError], object],
        prepare: bool = False,
    ) -> None:
        """Start the thread; the process starts when somebody watches.

        Args:
            feed: where worlds come from.
            realms: that can be watched.
            loop: the hub is used in it.
            failed: called in the loop with what has ended the world.
            prepare: build the first realm's world now, so that who comes need not wait.
        """
        self.hub = Hub(realms, self._steer)
        self._feed, self._loop, self._failed = feed, loop, failed
        self._pace = Pace()
        self._condition = threading.Condition()
        self.hub.set_pace(self._pace.rate, self._pace.paused)
        self._stopped = self._asked = False
        self._fresh = True  # whether to begin anew in the next turn
        self._child: Child | None = None
        self._first = realms[0] if prepare else None
        self._looked, self._said = 0.0, ""
        self._thread = threading.Thread(target=self._run, name="forge-spectator", daemon=True)
        self._thread.start()

    def _steer(self, command: Command) -> None:
        """Hear, in the loop, what a viewer asks."""
        with self._condition:
            self._pace.change(command)
            self._fresh |= command.type == "fresh"
            self._asked = True
            self._condition.notify()
        if command.type in ("play", "pause", "step", "speed"):
            self.hub.set_pace(self._pace.rate, self._pace.paused)

    def stop(self) -> None:
        """End thread and process."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        if self._child is not None:
            self._child.hang_up()
        self._thread.join(_END)

    # -- In the thread ----------------------------------------------------------------------

    def _run(self) -> None:
        error: ForgeError | None = None
        try:
            if self._first is not None:
                self._prepare(self._first)
            while self._turn():
                pass
        except ForgeError as found:
            error = found
        except (EOFError, OSError) as found:
            why = "the process that plays for viewers has ended unexpectedly"
            error = WorkerError(why if self._child else f"there is nothing to watch: {found}")
        except Exception as found:
            error = WorkerError.of(found, "in the viewer")
        finally:
            if self._child is not None:
                self._child.hang_up()
                self._child.end(_END)
        if error is not None and not self._stopped:
            last = error
            self._in_loop(lambda: self.hub.say(f"The world has stopped: {last}"))
            self._in_loop(lambda: self._failed(last))

    def _prepare(self, realm: int) -> None:
        """Build a world that nobody watches yet."""
        self._beginning()
        if self._child is None:  # there is nothing to watch yet
            return
        none: dict[int, frozenset[int]] = {}
        for watched in ({realm: frozenset[int]()}, none):  # who comes then sees it open
            self._child.send(Asked(watched, ticks=0))
            self._child.receive()

    def _turn(self) -> bool:
        """Wait for the next turn and play it; say whether there may be another."""
        ticks, seconds = self._wait()
        if self._stopped:
            return False
        watched: dict[int, frozenset[int]] = {}
        seats: dict[str, Any] = {}
        looks: set[Look] = set()
        expecting: set[int] = set()

        def look() -> None:
            watched.update(self.hub.watched())
            seats.update(self.hub.seats())
            looks.update(self.hub.looks())
            expecting.update(self.hub.expecting())

        self._in_loop(look)
        if not watched:
            return True
        beginning = self._beginning() if self._fresh else None
        if self._child is None:
            with self._condition:
                self._condition.wait_for(lambda: self._stopped, _LOOK_AGAIN)
                self._asked = True
            return True
        news = self._news()
        asked = Asked(
            watched, ticks, seconds, news, beginning, frozenset(looks),
            frozenset(expecting), **seats,
            paused=self._pace.paused,
        )  # fmt: skip
        self._child.send(asked)
        seen: list[Seen] = self._child.receive()
        self._in_loop(lambda: self.hub.see(list(watched), seen))
        return True

    def _wait(self) -> tuple[int, float]:
        """Wait until a turn is due, or something is asked: the ticks to play, and their time."""
        with self._condition:
            while not (self._stopped or self._asked):
                left = self._pace.wait() if self.hub.clients else None
                if left == 0.0:
                    return self._pace.take()
                if self._fresh and self.hub.clients and (left is None or left > _LOOK_AGAIN):
                    self._condition.wait(_LOOK_AGAIN)
                    break
                self._condition.wait(left)
            self._asked = False
            due = self._pace.wait() == 0.0 and self.hub.clients
            return self._pace.take() if due else (0, 0.0)

    def _beginning(self) -> Beginning | None:
        """Take what a new copy begins with, once it is there; until then the old one plays on."""
        try:
            beginning = self._feed.begin()
        except (ForgeError, OSError) as error:
            if self._child is None:
                raise
            self._fresh = False
            self._say(f"There is no new copy; the old one plays on: {error}")
            return None
        if beginning is None:
            self._say(_NOT_YET if self._child is None else _NO_NEWER)
            return None
        self._fresh = False
        if self._child is None:
            self._say("The world is being built …")
            self._start(beginning)
            beginning = None  # it has it
        self._say("")
        return beginning

    def _start(self, beginning: Beginning) -> None:
        """Start the process."""
        children: list[Child] = []
        spawning.start(spectator.main, [(beginning, overlays.pack())], children)
        (self._child,) = children
        self._child.receive()

    def _say(self, text: str) -> None:
        """Tell the viewers how the world is, if they have not been told."""
        if text != self._said:
            self._said = text
            self._in_loop(lambda: self.hub.say(text))

    def _news(self) -> Weights | None:
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return None
        self._looked = now
        epochs = self._feed.epochs()
        if epochs:
            self._in_loop(lambda: self.hub.learn(epochs))
        return self._feed.news()

    def _in_loop(self, job: Callable[[], object]) -> None:
        """Do something in the loop, and wait for it, so that nothing heaps up there."""
        done = threading.Event()

        def whole() -> None:
            try:
                job()
            finally:
                done.set()

        try:
            self._loop.call_soon_threadsafe(whole)
        except RuntimeError:  # the loop is closed
            self._stopped = True
            return
        while not done.wait(_LOOK) and not self._stopped:
            pass
