"""Serve the parent process from a worker: answer requests until the pipe breaks.

Requests and replies are pickled tuples. A reply is ("done", value) or ("failed", message,
traceback); the first, without a request, says that the worker serves.

A worker does not outlive its parent, however the parent ends and whatever the worker is doing. On
Linux the system kills the worker, even if it is stopped or never returns from its user's code;
elsewhere a thread watches. The pipe alone would not tell, as other processes may hold its end.
"""

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

import cloudpickle

from forge.trinity.engines.crew import Answer, failure, value_of
from forge.trinity.engines.lossy import make_lossy
from forge.trinity.signals import HANDLED, at_fork

_PR_SET_PDEATHSIG = 1  # of Linux's prctl
_LOOK = 0.5  # time between two checks of the parent's id, where nothing else tells [s]


def serve(connection: Connection, begin: Callable[[], Answer]) -> None:
    """Answer requests until the pipe breaks.

    Args:
        connection: pipe to the parent.
        begin: called at the first request; returns the function that answers requests, called
            with the elements of each. An error in either is sent to the parent.
    """
    die_with_parent()
    _leave_signals_to_parent()
    make_lossy()
    us, answer, reply = os.getpid(), None, pickle.dumps(("done", None))
    while True:
        try:
            connection.send_bytes(reply)
            data = connection.recv_bytes()
        except (EOFError, OSError):
            return
        trouble = ""
        try:
            request = pickle.loads(data)
            answer = answer or begin()
            reply = cloudpickle.dumps(("done", answer(*request)))
        except Exception as error:
            failed = failure(error)
            trouble, reply = failed[-1], pickle.dumps(failed)
        if os.getpid() != us:  # user code has forked, and its child has returned to here
            if trouble and sys.stderr is not None:
                sys.stderr.write(trouble)
            os._exit(1)


def read_reply(data: bytes, setup: Any = None) -> Any:
    """Read what ``serve`` has answered.

    Args:
        data: the answer.
        setup: see ``value_of``.

    Raises:
        WorkerError: what failed in the worker, with its traceback.
    """
    return value_of(pickle.loads(data), setup)


def belong_to_parent() -> None:
    """Leave signals to the parent, and die with it where the system sees to that (Linux)."""
    _ask_to_die_with_parent()
    _leave_signals_to_parent()


def _ask_to_die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with_parent() -> None:
    """End this process as soon as its parent ends, in whatever way."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    _ask_to_die_with_parent()
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: Any) -> None:
    while _is_ours(parent.pid) and not wait([parent.sentinel], _LOOK):
        pass
    os._exit(1)


def _is_ours(parent: int) -> bool:
    """Say whether that process still is our parent; Windows never reports a change."""
    return sys.platform == "win32" or os.getppid() == parent


def _leave_signals_to_parent() -> None:
    """Ignore signals that the parent handles: batch systems and terminals send them here too.

    Processes that user code starts handle them as usual: other programs do not inherit handlers (as
    they would inherit ignored signals), and a fork restores the earlier handlers.
    """
    before = {number: signal.getsignal(number) for number in HANDLED}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
            if hasattr(signal, "siginterrupt"):
                signal.siginterrupt(number, False)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    at_fork.append(put_back)
