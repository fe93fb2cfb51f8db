"""Serve the parent process from a worker: answer requests until the pipe breaks.

Requests and replies are pickled tuples. A reply is ("done", value) or ("failed", message,
traceback); the first, without a request, says that the worker serves.

A worker does not outlive its parent, however that ends and whatever the worker does meanwhile. On
Linux the system kills it, even if it is stopped or never comes back from its user's code;
elsewhere a thread watches. The pipe alone would not tell: others may hold its end.
"""

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

import cloudpickle

from forge.errors import WorkerError
from forge.trinity.engines.crew import Answer
from forge.trinity.engines.lossy import make_lossy
from forge.trinity.signals import HANDLED, at_fork

_PR_SET_PDEATHSIG = 1  # of Linux's prctl
_LOOK = 0.5  # between two looks at who the parent is, where nothing else tells [s]


def serve(connection: Connection, begin: Callable[[], Answer]) -> None:
    """Answer requests.

    Args:
        connection: pipe to the parent.
        begin: called at the first request; returns what answers requests, called with the
            elements of each. An error in either is sent to the parent.
    """
    _die_with_parent()
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
        except WorkerError as error:
            trouble = error.traceback
            reply = pickle.dumps(("failed", str(error), trouble))
        except Exception as error:
            text = f"{type(error).__name__} in a worker: {error}"
            trouble = traceback.format_exc()
            reply = pickle.dumps(("failed", text, trouble))
        if os.getpid() != us:  # user code has forked, and let its child come back here
            if trouble and sys.stderr is not None:
                sys.stderr.write(trouble)
            os._exit(1)


def _die_with_parent() -> None:
    """End this process as soon as its parent has, however that happened."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: Any) -> None:
    while _is_ours(parent.pid) and not wait([parent.sentinel], _LOOK):
        pass
    os._exit(1)


def _is_ours(parent: int) -> bool:
    """Whether that process still is our parent; Windows never says another."""
    return sys.platform == "win32" or os.getppid() == parent


def _leave_signals_to_parent() -> None:
    """Let signals pass that the parent handles: batch systems and terminals send them to us too.

    Processes that user code starts get them as ever: handlers, unlike ignoring, are not handed on
    to other programs, and a fork puts back what was there before.
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
