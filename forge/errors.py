"""Name the errors that end a run with one clear line; the command line maps them to exit codes."""

import difflib
from collections.abc import Iterable
from traceback import format_exc
from typing import Any

MOST_SHOWN = 80  # characters of a value in a message


class ForgeError(Exception):
    """Something outside the program is wrong; the message is one line that says what and where."""


class ConfigError(ForgeError, ValueError):
    """A setting or an argument is unknown or impossible; the message says which and why."""


class RunError(ForgeError):
    """A run directory or its files cannot be used or written."""


class CheckpointError(ForgeError):
    """A checkpoint is unreadable, corrupted, of another version, or does not fit."""


class VersionError(CheckpointError):
    """A checkpoint is whole, but of a version that cannot be read."""


class StateError(ForgeError):
    """A ``state()`` holds something that cannot be committed."""


class ReplayError(ForgeError):
    """A recording is damaged, cut off, or of another world; the message names the tick."""


class RemoteError(Exception):
    """Stands for an error in another process: its text is that error's traceback."""

    def __str__(self) -> str:
        return "in a worker process:\n\n" + super().__str__()


class WorkerError(ForgeError):
    """User code or the world failed while a shard was computed, or workers keep dying.

    Attributes:
        traceback: text of the original traceback; "" if there is none.
    """

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback

    @classmethod
    def of(cls, error: BaseException, where: str) -> "WorkerError":
        """Wrap an error that is being handled.

        Args:
            error: the error.
            where: words that follow the error's name, for example "in realm 3, tick 7".
        """
        text = " ".join(str(error).split())
        return cls(f"{type(error).__name__} {where}: {text}", format_exc())


def shown(value: Any) -> str:
    """Write a value for a message, on one line and at a readable length."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # the value nests too deeply, or has thousands of digits
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def nearest(word: Any, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Ask whether the nearest of the known words was meant, at the end of a message.

    Args:
        word: as given.
        known: words that there are.
        cutoff: how near a word has to be, 0 … 1.

    Returns:
        For example "; did you mean 'hidden'?"; "": no word is near.
    """
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=cutoff)
    return f"; did you mean {near[0]!r}?" if near else ""
