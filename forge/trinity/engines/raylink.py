"""Connect this program to Ray: to a cluster by its address, or to one started on this machine.

All runs of a program share the connection; the last one to end gives it back. A cluster started
here ends with this process, however it ends. Its processes leave signals to this one, which batch
systems and terminals send to all. A connection that the program has made itself is used, and left.
"""

import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from forge.config import ConfigError
from forge.errors import ForgeError
from forge.trinity.engines import rayguard
from forge.trinity.engines.crew import WorkerDiedError, available_cores
from forge.trinity.engines.spawning import run_aside
from forge.trinity.engines.threads import ONE_EACH, one_thread_for_children
from forge.trinity.signals import HANDLED

logger = logging.getLogger("forge.engine")

LEAST_STORE = 2**27  # size of the object store of a cluster started here, at least [bytes]
REACH = 10.0  # longest wait for a connection to the address of a cluster [s]
TRIES = 2  # to start Ray, which gives up after half a minute on a busy machine
SETTLE = 5.0  # longest wait for cores that ended workers have yet to return [s]
VITAL = "gcs_server", "raylet"  # Ray's processes without which a cluster is no more
AT_ONCE = 1000  # workers may start at a time; Ray counts one that is killed then for a minute
_POLL = 0.1  # between two looks at the cluster's cores [s]


@contextmanager
def _unheard() -> Iterator[None]:
    """Set the environment so that a Ray imported in the block reports nothing to anybody.

    Ray prints its complaints about ended workers on standard error, where a run says the same.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    name = "RAY_DEDUP_LOGS_SKIP_REGEX"
    if name in os.environ:
        yield
        return
    os.environ[name] = "."
    try:
        yield
    finally:
        del os.environ[name]


@contextmanager
def _own_handlers() -> Iterator[None]:
    """Put the handlers of signals back after the block, in which Ray takes SIGTERM for its own.

    Ray would end the process without a checkpoint. Only the main thread may do so.
    """
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number in HANDLED:
                if (handler := signal.getsignal(number)) is not None:
                    signal.signal(number, handler)


try:
    with _unheard():
        import ray as _ray
except ImportError as error:
    raise ForgeError(
        f"the engine ray needs Ray, which cannot be imported ({error}): pip install -e '.[ray]' "
        "brings it"
    ) from error

ray: Any = _ray  # parts of it have no types


class Link:
    """The connection to Ray.

    Attributes:
        session: number of the connection; actors belong to one.
    """

    def __init__(self) -> None:
        self.session = 0
        self._lock = threading.RLock()
        self._room: dict[int, int] = {}  # by run, for its objects [bytes]
        self._count = 0
        self._address: str | None = None
        self._folder: str | None = None  # files of the cluster that was started here
        self._guard: Any = None
        self._ours = False  # whether the connection was made here
        self._owner = os.getpid()
        weakref.finalize(self, Link._give_back, self)  # at exit, if a run was not closed

    def enter(self, room: int) -> int:
        """Take note of a run; return its number for ``leave``.

        Args:
            room: size of the objects that it stores at a time [bytes].
        """
        with self._lock:
            self._count += 1
            self._room[self._count] = room
            return self._count

    def leave(self, run: int) -> None:
        """Take note of a run's end; the last one gives the connection back."""
        if os.getpid() != self._owner:
            return  # in a forked process
        with self._lock:
            self._room.pop(run, None)
            if not self._room:
                self._give_back()

    def connect(self, address: str | None, workers: int) -> None:
        """Connect, unless connected; a cluster started here whose processes are gone is replaced.

        Args:
            address: of the cluster to join; None: start one on this machine.
            workers: number of workers that the caller will start.

        Raises:
            ConfigError: if the program is connected to another cluster.
            ForgeError: if Ray refuses.
        """
        with self._lock:
            self._owner = os.getpid()
            if self._ours and self._lost():
                self._give_back()
            if ray.is_initialized():
                if address is not None and address != self._address:
                    raise ConfigError(
                        f"this program is connected to Ray already, so it cannot join {address}: "
                        "leave the address out, or end that connection first (ray.shutdown())"
                    )
                return
            began = time.monotonic()
            self._try(address, workers)
            self._address, self._ours = address, True
            self.session += 1
            logger.info("connected to Ray in %.1f s", time.monotonic() - began)

    def _try(self, address: str | None, workers: int) -> None:
        """Start Ray or join a cluster.

        Raises:
            ForgeError: if Ray refuses.
        """
        job = partial(self._start, workers) if address is None else partial(_join, address)
        for tries_left in reversed(range(TRIES if address is None else 1)):
            try:
                with _own_handlers():
                    run_aside(job)
                return
            except Exception as error:
                what = "start Ray" if address is None else f"join the Ray cluster at {address}"
                with suppress(Exception), _own_handlers():
                    ray.shutdown()
                self._clean_up()
                text = f"cannot {what}: {_first_line(error)}"
                if not tries_left:
                    raise ForgeError(text) from error
                logger.warning("%s; trying again", text)

    def _start(self, workers: int) -> None:
        """Start a cluster on this machine. Called in the thread that starts processes."""
        # Paths of sockets are short, so the folder cannot be anywhere.
        top = "/tmp" if os.path.isdir("/tmp") else None
        self._folder = tempfile.mkdtemp(prefix="forge-ray-", dir=top)
        if sys.platform != "win32":  # where Ray sees to it
            self._guard = rayguard.watch(self._folder)
        store = max(LEAST_STORE, sum(self._room.values()))
        with one_thread_for_children():
            ray.init(
                address="local",
                num_cpus=workers,
                num_gpus=0,
                object_store_memory=store,
                _system_config={"worker_maximum_startup_concurrency": AT_ONCE},
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
                _temp_dir=self._folder,
            )
        if self._guard is not None:
            rayguard.tell(self._guard, [(pid, rayguard.started_at(pid)) for pid in _family()])

    def is_whole(self) -> bool:
        """Say whether this program is connected, and to a cluster whose processes live."""
        return bool(ray.is_initialized()) and not self._lost()

    def _lost(self) -> bool:
        """Say whether a process of the cluster that was started here is gone."""
        if self._folder is None:
            return False
        own = own_processes()
        return any(own[kind].poll() is not None for kind in VITAL if kind in own)

    def check(self) -> None:
        """Notice the end of the cluster that was started here.

        Raises:
            WorkerDiedError: if it is gone, and with it all workers.
        """
        if self._lost():
            raise WorkerDiedError("Ray's own processes on this machine died")

    def workers(self) -> list[int] | None:
        """List the processes of workers, also those that start yet.

        Returns:
            None if that is unknown, as on a cluster that was not started here.
        """
        raylet = own_processes().get("raylet") if self._folder is not None else None
        if raylet is None:
            return None
        import psutil  # comes with Ray

        with suppress(psutil.Error):
            children = psutil.Process(raylet.pid).children()
            return [child.pid for child in children if _works(child)]
        return None

    @property
    def is_shared(self) -> bool:
        """Whether others may use the cluster, so that cores are asked for."""
        return self._folder is None

    def cores(self, address: str | None) -> int:
        """Count the cores of the cluster, or of this machine if one is to be started."""
        if address is None and not (ray.is_initialized() and self.is_shared):
            return available_cores()
        self.connect(address, 0)
        return max(1, _all_cores())

    def placed(self, workers: int) -> list[dict[str, Any]]:
        """List the options of an actor for each worker.

        In a cluster of others a worker asks for a core. If there are fewer free cores, as after
        the loss of a machine, the last workers ask for none and share the cores of others.
        """
        if not self.is_shared:
            return [{"num_cpus": 0}] * workers
        until = time.monotonic() + SETTLE
        while (free := _free_cores()) < min(workers, _all_cores()) and time.monotonic() < until:
            time.sleep(_POLL)
        if free < workers:
            logger.warning(
                "the cluster has %d free cores for %d workers: some share a core", free, workers
            )
        common = {"scheduling_strategy": "SPREAD", "runtime_env": {"env_vars": dict(ONE_EACH)}}
        return [{"num_cpus": int(number < free), **common} for number in range(workers)]

    def _give_back(self) -> None:
        if not self._ours or os.getpid() != self._owner:
            return
        self._ours, self._address = False, None
        if self._folder is not None:
            for process in own_processes().values():
                # Ray would ask and wait for each; they leave signals to this process.
                process.terminate = process.kill
        with suppress(Exception), _own_handlers():
            ray.shutdown()
        self._clean_up()

    def _clean_up(self) -> None:
        """Kill what is left of a cluster that was started here, and remove its files."""
        folder, self._folder = self._folder, None
        guard, self._guard = self._guard, None
        if guard is not None:
            rayguard.work(guard)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _join(address: str) -> None:
    """Join a cluster.

    Raises:
        OSError: if nobody listens at the address.
        Exception: if Ray refuses.
    """
    if "://" in address:
        raise ValueError("the address is HOST:PORT, given on a machine of the cluster")
    host, _, port = address.rpartition(":")
    if address != "auto":
        if not host or not port.isdigit():
            raise ValueError('the address is HOST:PORT, as "ray start --head" says, or "auto"')
        socket.create_connection((host.strip("[]"), int(port)), REACH).close()
    ray.init(address=address, log_to_driver=False, logging_level="ERROR")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _all_cores() -> int:
    return int(ray.cluster_resources().get("CPU", 0))


def _free_cores() -> int:
    return int(ray.available_resources().get("CPU", 0))


def own_processes() -> dict[str, Any]:
    """List Ray's processes that this one has started, by type; {} if Ray does not say."""
    node = getattr(sys.modules.get("ray._private.worker"), "_global_node", None)
    listed: dict[str, list[Any]] = getattr(node, "all_processes", {})
    return {kind: found[0].process for kind, found in listed.items() if found}


def _works(process: Any) -> bool:
    """Say whether a process that Ray started is one of a worker, and lives."""
    import psutil

    try:
        command = " ".join(process.cmdline()).strip()
    except psutil.Error:  # it has ended
        return False
    renamed = command.startswith("ray::") and not command.endswith("Agent")
    return renamed or "default_worker.py" in command  # a zombie has no command


def _family() -> list[int]:
    """List Ray's processes that this one has started, and theirs."""
    import psutil  # comes with Ray

    pids = [process.pid for process in own_processes().values()]
    for pid in list(pids):
        with suppress(psutil.Error):
            pids += [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return pids


LINK = Link()
