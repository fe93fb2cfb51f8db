"""Show a run while it trains: a viewer in a process beside it, which takes what the run commits.

The run pays for nothing that nobody watches: it is asked for weights only while somebody does, and
for the state of its worlds only when a copy begins. A thread hands both over, so that the run waits
for nothing.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

from forge.args import Args
from forge.config import Config
from forge.embyr import overlays
from forge.embyr.epochs import EpochFile, Lifetimes
from forge.embyr.overlays import Packed
from forge.embyr.server import check_page
from forge.embyr.watching import Viewer
from forge.embyr.worlds import Beginning, Committed, Weights
from forge.errors import ForgeError, WorkerError
from forge.trinity.engines import spawning, travelling
from forge.trinity.engines.serving import serve
from forge.trinity.engines.spawning import Child
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity

logger = logging.getLogger("forge.embyr")

_NOTHING, _WEIGHTS, _ALL = range(3)  # what the viewer wants of the next commit
_LOOK = 0.25  # between two questions what is wanted [s]
_END = 5.0  # for the process to end by itself [s]


class About(NamedTuple):
    """What a viewer knows of the run beside it, and where it serves."""

    config: Config
    args: Args
    trinity: Trinity
    host: str
    port: int | None


class Beside:
    """A viewer's process, as the run sees it; a context manager.

    Attributes:
        about: what people should know, with the link.
    """

    def __init__(self, about: About) -> None:
        """Start it.

        Raises:
            PageError: if the page is not installed.
            PortError: if the port cannot be had.
            ConfigError: if the classes cannot travel to another process.
        """
        check_page()
        children: list[Child] = []
        spawning.start(main, [(travelling.pack(tuple(about)), overlays.pack())], children)
        (self._child,) = children
        self._wanted, self._ends = _ALL, False
        self._lock = threading.Lock()  # held while an offer is made or a wish is heard
        self._offers: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        try:
            self._child.receive()  # it serves
            self._child.send("open")
            self.about: list[str] = self._child.receive()
        except BaseException:
            self._child.end(_END)
            raise
        self._thread = threading.Thread(target=self._hand_over, daemon=True, name="forge-beside")
        self._thread.start()

    def publish(self, run: Native) -> None:
        """Hand over what the run has committed last, as far as the viewer wants it; never wait."""
        wanted = self._wanted  # once, as it may change at any moment
        if wanted == _NOTHING or not self._offers.empty():
            return
        offer: tuple[Any, ...]
        if wanted == _WEIGHTS:
            offer = (Weights(run.epoch, np.array(run.pantheon.model)),)
        else:
            commit, states = run.last_commit()
            offer = Weights(commit.epoch, commit.model), states
        with self._lock:
            self._wanted = _NOTHING  # until the viewer has this
            self._offers.put(offer)

    def _hand_over(self) -> None:
        """Hand over what is offered, and hear what is wanted, as long as the viewer lives."""
        try:
            while True:
                offer: tuple[Any, ...] | None = ()
                with suppress(queue.Empty):
                    offer = self._offers.get(timeout=_LOOK)
                if offer is None:
                    return
                self._child.send("offer", *offer)
                wanted = self._child.receive()
                with self._lock:
                    if self._offers.empty():  # else the viewer has not seen all when it answered
                        self._wanted = wanted
        except (EOFError, OSError, WorkerError) as error:
            self._wanted = _NOTHING
            if not self._ends:
                failed = isinstance(error, WorkerError)
                why = str(error) if failed else "its process has ended"
                logger.warning("the viewer has stopped, the run goes on: %s", why)

    def __enter__(self) -> "Beside":
        return self

    def __exit__(self, *_: object) -> None:
        self._ends = True
        self._offers.put(None)
        self._child.hang_up()
        self._child.end(_END)


class _Feed:
    """The run, as the viewer's process sees it."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._lock = threading.Lock()
        self._copy: Committed | None = None
        self._newest: Weights | None = None
        self._missing = True  # whether a new copy is waited for
        run = about.args.resume or about.args.run
        self._epochs = None if run is None else EpochFile(run)

    def offer(self, weights: Weights | None = None, states: Sequence[bytes] | None = None) -> None:
        """Take what the run has committed."""
        with self._lock:
            self._newest = weights or self._newest
            if weights is not None and states is not None:
                config, args, trinity = self._about[:3]
                name = args.resume or args.run or "this run"
                self._copy = Committed(config, args, trinity, name, *weights, states)
                self._missing = False

    def wanted(self, watched: bool) -> int:
        """Say what is wanted of the next commit."""
        with self._lock:
            return _ALL if self._missing else _WEIGHTS if watched else _NOTHING

    def begin(self) -> Beginning | None:
        """Give a copy of the run's next commit; None: ask again, the run has not committed yet."""
        with self._lock:
            copy, self._copy = self._copy, None
            self._missing = copy is None
            return copy

    def news(self) -> Weights | None:
        """Give the newest weights, once."""
        with self._lock:
            newest, self._newest = self._newest, None
            return newest

    def epochs(self) -> list[Lifetimes]:
        """Read what the run has written of its epochs."""
        return [] if self._epochs is None else self._epochs.news()


def _tell(error: ForgeError) -> None:
    """Say that nothing more is to be seen; the run needs no viewer."""
    why = f"{error}\n{error.traceback}" if isinstance(error, WorkerError) else str(error)
    logger.warning("the world that viewers watch has stopped, the run goes on: %s", why.rstrip())


class _Beside:
    """The viewer's process: its loop runs in a thread, this answers the run."""

    def __init__(self, about: About) -> None:
        self._feed = _Feed(about)
        realms = list(range(about.args.nRealm))
        self._viewer = Viewer(self._feed, realms, about.host, about.port, _tell)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="forge-viewer").start()

    def answer(self, request: str, *content: Any) -> Any:
        """Do what the run asks."""
        return getattr(self, f"_{request}")(*content)

    def _open(self) -> list[str]:
        """Begin to serve: what people should know."""
        asyncio.run_coroutine_threadsafe(self._viewer.__aenter__(), self._loop).result()
        return self._viewer.about

    def _offer(self, *content: Any) -> int:
        """Take what was committed; say what is wanted of the next commit."""
        self._feed.offer(*content)
        return self._feed.wanted(self._viewer.is_watched)


def main(connection: Connection, about: bytes, packed: Sequence[Packed] = ()) -> None:
    """Be the process."""

    def begin() -> Callable[..., Any]:
        overlays.unpack(packed)
        return _Beside(About(*travelling.unpack(about))).answer

    serve(connection, begin)
