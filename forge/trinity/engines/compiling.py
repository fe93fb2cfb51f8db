"""Compile the kernels of a run before it begins, in parallel and with progress reports.

A first start takes most of a minute of computing. Each helper process compiles one task at a time;
then every process reads the kernels from the cache, as at every later start. Without helpers or a
cache, each process compiles a kernel when it first calls it.
"""

import errno
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, NamedTuple

from forge.args import Args
from forge.blade import jit
from forge.blade.cachedir import say
from forge.blade.kernelcache import cannot_keep, usable
from forge.config import Config
from forge.errors import ForgeError
from forge.trinity import readable
from forge.trinity.engines.crew import available_cores
from forge.trinity.engines.kernels import Task, tasks
from forge.trinity.engines.processes import Spawned

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

logger = logging.getLogger("forge.engine")

POLL = 0.2  # between two reports [s]
LOCK = "compiling"  # a file that a program locks while it compiles
ROOM = 2**23  # least free space for compiled kernels [bytes]
PATIENCE = 60.0  # longest wait for another program to compile one more kernel [s]


class Compiled(NamedTuple):
    """The progress of compiling; as a text, one line."""

    done: int
    total: int
    last: str  # the kernel compiled last; "": none yet

    def __str__(self) -> str:
        last = f" … {self.last}" if self.last and self.done < self.total else ""
        return f"compiling kernels once: {self.done} of {self.total}{last}"


Report = Callable[[Compiled], None]


class Tally:
    """A count of the kernels in the cache, whichever process has compiled them.

    Attributes:
        kernels: file name → kernel name.
        missing: file names of the kernels that have yet to be compiled.
    """

    def __init__(self, kernels: dict[str, str], report: Report | None) -> None:
        self.kernels = kernels
        self.missing = set(kernels)
        self._report, self._last = report, ""
        self.count()

    def count(self) -> bool:
        """Count again and say whether there is a new kernel. Modifies self in place."""
        before, self.missing = self.missing, jit.not_kept(self.missing)
        new = before - self.missing
        if new:
            self._last = self.kernels[min(new)]
        if self._report is not None and (new or self.missing):
            total = len(self.kernels)
            self._report(Compiled(total - len(self.missing), total, self._last))
        return bool(new)


class OnErrorStream:
    """One line on standard error: a terminal's is updated, any other is written once."""

    def __init__(self) -> None:
        self._said = False

    def __call__(self, now: Compiled) -> None:
        """Tell, if there is anywhere to tell it."""
        stream = sys.stderr
        if stream is None or stream.closed:
            return
        with suppress(OSError):
            if stream.isatty():
                stream.write(f"\r{now}\x1b[K" + "\n" * (now.done == now.total))
                stream.flush()
            elif not self._said:
                readable.say(f"{now}; this takes up to a minute", stream)
        self._said = True


_report: ContextVar[Report | None] = ContextVar("report", default=None)


@contextmanager
def reported_to(report: Report) -> Iterator[None]:
    """Report compiling to a function within the block, in place of a line on standard error.

    Args:
        report: called several times a second, from 0 of m to m of m.
    """
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


def compile_kernels(config: Config, args: Args, learns: bool) -> None:
    """Compile the kernels that a run will call and that the cache lacks.

    Args:
        config: settings of the world and its learner.
        args: ``nWorker``, the most helpers; by default one per core. ``quiet``.
        learns: whether the default Sword and Pantheon play, or classes derived from them.
    """
    folder = jit.cache_directory()
    if folder is None or not usable():
        return
    todo = _waiting(tasks(config, learns))
    if not todo:
        return
    kernels = [kernel for task in todo.values() for kernel in task.kernels]
    try:
        file = _opened(folder)
    except OSError as error:
        say(cannot_keep(folder, error))
        return
    report = None if args.quiet else _report.get() or OnErrorStream()
    tally = Tally(jit.compiled_with(kernels), report)
    began = time.monotonic()
    with file:
        _wait_for_turn(file, tally)
        try:
            _compile(_waiting(todo), (config, learns), args.nWorker, tally)
        except (OSError, ForgeError) as error:
            logger.warning("a helper failed, so kernels are compiled as they are called: %s", error)
    logger.info("compiled %d kernels in %.1f s", len(tally.kernels), time.monotonic() - began)


def _waiting(todo: dict[int, Task]) -> dict[int, Task]:
    """Select the tasks that have yet to be done."""
    return {number: task for number, task in todo.items() if not jit.all_kept(task.kernels)}


def _compile(
    todo: dict[int, Task], setup: tuple[Config, bool], most: int | None, tally: Tally
) -> None:
    """Let helpers do the tasks and report progress; stop when a kernel cannot be cached.

    Raises:
        OSError: if there can be no helpers.
        WorkerError: for an error in a helper, or if a helper is gone.
    """
    crew, waiting = Spawned(), list(todo)
    try:
        helpers = min(most or available_cores(), len(waiting))
        crew.start(help_out, [()] * helpers, setup)
        free, busy = set(range(helpers)), dict[int, int]()  # helper → task
        while waiting or busy:
            while waiting and free:
                helper, number = free.pop(), waiting.pop(0)
                crew.send(helper, number)
                busy[helper] = number
            for helper in crew.answered(busy, POLL):
                for text in crew.receive(helper):
                    say(text)
                if not jit.all_kept(todo[busy.pop(helper)].kernels):
                    return  # the helper has said why
                free.add(helper)
            tally.count()
    finally:
        crew.end(patience=0)


def help_out(setup: tuple[Config, bool]) -> Callable[[int], list[str]]:
    """Become a helper, in a separate process.

    Args:
        setup: the config, and whether the default Sword plays.

    Returns:
        A function that does the task of a number, and returns the warnings to show.
    """
    config, learns = setup
    said: list[str] = []
    warnings = logging.getLogger("forge.kernels")
    warnings.addHandler(_Kept(said))
    warnings.propagate = False

    def compile_one(number: int) -> list[str]:
        said.clear()
        tasks(config, learns)[number].call(config)
        return list(said)

    return compile_one


class _Kept(logging.Handler):
    """Keep the texts of warnings: the parent shows each once for all helpers."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def _opened(folder: Path) -> IO[bytes]:
    """Open the file that a program locks while it compiles.

    Raises:
        OSError: if kernels could not be cached, for example because the disk is full.
    """
    with open(folder / LOCK, "ab") as file:
        file.write(bytes(ROOM))
    os.truncate(folder / LOCK, 0)
    return open(folder / LOCK, "ab")


def _wait_for_turn(file: IO[bytes], tally: Tally) -> None:
    """Wait while another program compiles, as long as it makes progress. Modifies tally."""
    until = time.monotonic() + PATIENCE
    while tally.missing and not _locked(file) and time.monotonic() < until:
        time.sleep(POLL)
        if tally.count():
            until = time.monotonic() + PATIENCE


def _locked(file: IO[bytes]) -> bool:
    """Lock a file while it is open; False: another program has locked it."""
    try:
        if sys.platform == "win32":
            file.seek(ROOM)  # behind all data, as locked bytes cannot be written
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # no locks: go on
    return True
