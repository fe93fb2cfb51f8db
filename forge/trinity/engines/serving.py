"""Serve the parent process from a worker: answer requests until it says so, or is gone.

Requests and replies are pickled tuples; None ends the worker. A reply is ("done", value) or
("failed", message, traceback).
"""

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

import cloudpickle

from forge.errors import WorkerError

Answer = Callable[..., Any]


def serve(connection: Connection, begin: Callable[[], Answer]) -> None:
    """Answer requests.

    Args:
        connection: pipe to the parent.
        begin: called at the first request; returns what answers requests, called with the
            elements of each. An error in either is sent to the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    threading.Thread(target=_watch_parent, daemon=True).start()
    answer: Answer | None = None
    while True:
        try:
            data = connection.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            request = pickle.loads(data)
            if request is None:
                return
            answer = answer or begin()
            reply = cloudpickle.dumps(("done", answer(*request)))
        except WorkerError as error:
            reply = pickle.dumps(("failed", str(error), error.traceback))
        except Exception as error:
            text = f"{type(error).__name__} in a worker: {error}"
            reply = pickle.dumps(("failed", text, traceback.format_exc()))
        try:
            connection.send_bytes(reply)
        except OSError:
            return


def _watch_parent() -> None:
    """End this process as soon as its parent has, however that happened."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
