"""Record a realm into a file while somebody plays it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from forge.blade.recording.recorder import Recorder
from forge.blade.recording.tape import Tape
from forge.errors import ForgeError

logger = logging.getLogger("forge.recording")


class Taping:
    """A recorder and its file; a context manager that ends the recording, however it is left.

    A file that cannot be written ends the recording, with a warning, and nothing else.

    Attributes:
        closed: whether the recording has ended.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._recorder: Recorder | None = None
        self._seen = False  # whether there is a tick
        self.closed = False

    def begin(self, recorder: Recorder) -> Callable[[], None]:
        """Begin; return what is to be called after every tick."""
        self._recorder = recorder
        return self.see

    def see(self) -> None:
        """Take in a tick."""
        if self._recorder is not None:
            self._seen = True
            self._recorder.see()
            with self._ending():
                self._tape.add(self._recorder.take())

    def close(self) -> None:
        """End the recording, of which nothing is written without a tick; again: do nothing."""
        recorder, self._recorder, self.closed = self._recorder, None, True
        with self._ending():
            if recorder is not None and self._seen:
                self._tape.add(recorder.take(all_of_it=True))
            self._tape.close()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """End the recording where its file cannot be written."""
        try:
            yield
        except ForgeError as error:
            logger.warning("the recording ends here: %s", error)
            self._recorder = None

    def __enter__(self) -> "Taping":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
