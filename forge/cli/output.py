"""Make the standard streams usable, however the program was started.

A stream that is closed leads nowhere, and no file of a run takes its number. What an encoding lacks
is written readably. A fault of standard output names it; of standard error, where nobody could be
told, it is passed over.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from forge.errors import ForgeError
from forge.trinity.readable import ERRORS


class OutputError(ForgeError):
    """Standard output cannot be written."""


@contextmanager
def usable() -> Iterator[None]:
    """Make standard output and standard error usable; on exit they are as before."""
    _open_descriptors()
    before = sys.stdout, sys.stderr
    files = [_Descriptor(1, "standard output"), _Descriptor(2, "")]
    sys.stdout = _stream(sys.stdout, files[0])
    sys.stderr = _stream(sys.stderr, files[1])
    try:
        yield
    finally:
        for stream, file in zip((sys.stdout, sys.stderr), files, strict=True):
            with suppress(OSError, OutputError):
                stream.flush()
            file.lost = True  # what is still to be written was complained of
        sys.stdout, sys.stderr = before


def _open_descriptors() -> None:
    """Open those of 0, 1, 2 that are closed, so that no other file is taken for a stream."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _stream(stream: Any, file: "_Descriptor") -> Any:
    """Wrap the stream of a plain descriptor; leave those that others have put in its place."""
    if stream is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        return open(nowhere, "w", encoding="utf-8", errors=ERRORS, closefd=False)
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # python -u has no buffer between
    if type(raw) is not io.FileIO or raw.fileno() != file.fileno():
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ERRORS)
        return stream
    with suppress(OSError):
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=ERRORS,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Descriptor(io.FileIO):
    """A descriptor whose faults name it.

    Attributes:
        lost: whether all that is still written is dropped.
    """

    def __init__(self, number: int, title: str) -> None:
        super().__init__(number, "wb", closefd=False)
        self._title = title
        self.lost = False

    def write(self, data: Any) -> int | None:  # type: ignore[override]
        """Write, as FileIO does.

        Raises:
            OutputError: if it cannot be written; what nobody reads any more is a BrokenPipeError.
        """
        if self.lost:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            if not self._title:
                self.lost = True
                return len(data)
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(f"cannot write {self._title}: {error.strerror}") from error
