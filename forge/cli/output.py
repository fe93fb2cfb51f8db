"""Make the standard streams usable, however the program was started.

Output to a closed stream is dropped, and no file of a run takes its number. Characters that an
encoding lacks are written as readable ASCII. A fault of standard output is an error that names it;
a fault of standard error is ignored, as there is nowhere left to report it.
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
            file.lost = True  # the rest of the buffer has been reported as lost
        sys.stdout, sys.stderr = before


def _open_descriptors() -> None:
    """Open the closed ones among descriptors 0, 1, 2, so that no other file takes their number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _stream(stream: Any, file: "_Descriptor") -> Any:
    """Wrap the stream of a descriptor; leave a stream that the program has replaced."""
    if stream is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        return open(nowhere, "w", encoding="utf-8", errors=ERRORS, closefd=False)
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # python -u has no buffer
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
    """A descriptor whose errors name it.

    Attributes:
        lost: whether further output is dropped.
    """

    def __init__(self, number: int, title: str) -> None:
        super().__init__(number, "wb", closefd=False)
        self._title = title
        self.lost = False

    def write(self, data: Any) -> int | None:  # type: ignore[override]
        """Write, as FileIO does.

        Raises:
            OutputError: if it cannot be written.
            BrokenPipeError: if the reader is gone.
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
