"""Keep a recording in a file that grows chunk by chunk."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from forge.blade.recording import content
from forge.blade.recording.blocks import digest_of, num_ticks
from forge.blade.recording.chunks import END, HEAD, MOVE, STATE, TICKS, Chunk, framed
from forge.blade.recording.content import Head
from forge.errors import ForgeError, ReplayError
from forge.files import at_home, open_new, plain_faults


class _Written(NamedTuple):
    """What is in the file."""

    ticks: int = 0
    digest: str = ""  # of the realm after them
    check: bytes = b""  # of the last chunk; b"": there is none


class Tape:
    """A new file for one recording; a context manager that ends it.

    The file is written where it is to stay, not renamed at its end: what a killed process has
    recorded can then be read, up to its last chunk, and as nothing is ever replaced there is
    nothing to be lost.

    Attributes:
        path: the file.
    """

    def __init__(self, path: str | os.PathLike[str], claimed: bool = False) -> None:
        """Make the file.

        Args:
            path: the file.
            claimed: it is there already, made by a Tape that was left (see ``leave``).

        Raises:
            ForgeError: if there is one of that name, or it cannot be written.
        """
        path = at_home(path)
        self.path, self._written = Path(path), _Written()
        self._file: IO[bytes] | None
        if claimed:
            with plain_faults("write", path):
                self._file = open(path, "rb+", buffering=0)  # noqa: SIM115
        else:
            self._file = open_new(path, "a recording")

    @property
    def ticks(self) -> int:
        """How many ticks are recorded so far."""
        return self._written.ticks

    def add(self, chunks: Iterable[Chunk]) -> None:
        """Write chunks of a recorder.

        The recorder may be a new one that goes on where the last one was: its beginning is then
        left out.

        Raises:
            ForgeError: if the file cannot be written; it then ends with the chunk before.
        """
        listed = list(chunks)
        if self._file is None or not listed:
            return
        ticks, digest = self._written.ticks, self._written.digest
        kept = []
        for chunk in listed:
            if chunk.kind == HEAD:
                digest = self._began(content.read_head(chunk.payload))
            elif chunk.kind == TICKS:
                ticks += num_ticks(chunk.payload)
                digest = digest_of(chunk.payload)
            elif chunk.kind == MOVE:
                digest, _ = content.read_move(chunk.payload)
            if not (self._written.check and chunk.kind in (HEAD, STATE)):
                kept.append(chunk)
        self._write(kept, ticks, digest)

    def _began(self, head: Head) -> str:
        """Refuse another world than the one that is recorded; return the digest of this one."""
        if self._written.check and head.digest != self._written.digest:
            raise ReplayError(
                f"{self.path} cannot go on at tick {head.tick}: another world begins there"
            )
        return head.digest

    def _write(self, chunks: list[Chunk], ticks: int, digest: str) -> None:
        """Write chunks, all or none of them."""
        assert self._file is not None
        data, check = framed(chunks, self._written.check)
        before, rest = self._file.tell(), memoryview(data)
        try:
            with plain_faults("write", self.path):
                while rest:
                    rest = rest[self._file.write(rest) :]
            self._written = _Written(ticks, digest, check)
        except BaseException as error:
            with suppress(OSError):
                self._file.truncate(before)
                self._file.seek(before)
            if isinstance(error, ForgeError):
                self._file.close()
                self._file = None
            raise

    def leave(self) -> None:
        """Close the file without an end, for another process to write it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """End the recording; a file without any is removed. Calling it again does nothing.

        Raises:
            ForgeError: if the file cannot be written.
        """
        if self._file is None:
            return
        ticks, digest, check = self._written
        if check:
            self._write([Chunk(END, content.write_end(ticks, digest))], ticks, digest)
        self._file.close()
        self._file = None
        if not check:
            with suppress(OSError):
                self.path.unlink()

    def __enter__(self) -> "Tape":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
