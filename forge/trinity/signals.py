"""Name the signals that a run handles, and restore their handlers in forked processes."""

import os
import signal
import threading
from collections.abc import Callable


def _existing(*names: str) -> tuple[int, ...]:
    """List the numbers of the named signals that this system has."""
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


ENDINGS = _existing("SIGTERM", "SIGHUP")  # from a batch system; from a closed terminal
SAVING = _existing("SIGUSR1")  # a batch system's warning
HANDLED = (signal.SIGINT, *ENDINGS, *SAVING)

# Called in processes forked from this one, the last first, to restore handlers.
at_fork: list[Callable[[], None]] = []

_forking = threading.local()


def start_tracker() -> None:
    """Start multiprocessing's resource tracker with these signals blocked: it would die of them."""
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            resource_tracker.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _before_fork() -> None:
    """Block signals, so that the new process gets them only after its handlers are restored."""
    _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED if at_fork else ())


def _in_parent() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


def _in_child() -> None:
    while at_fork:
        at_fork.pop()()
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
