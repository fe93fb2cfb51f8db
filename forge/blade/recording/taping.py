"""Record a realm into a file while somebody plays it."""

from collections.abc import Callable

from forge.blade.recording.recorder import Recorder
from forge.blade.recording.tape import Tape


class Taping:
    """A recorder and its file; a context manager that ends the recording, however it is left."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._recorder: Recorder | None = None
        self._seen = False  # whether there is a tick

    def begin(self, recorder: Recorder) -> Callable[[], None]:
        """Begin; return what is to be called after every tick."""
        self._recorder = recorder
        return self.see

    def see(self) -> None:
        """Take in a tick.

        Raises:
            ForgeError: if the file cannot be written.
        """
        assert self._recorder is not None
        self._seen = True
        self._recorder.see()
        self._tape.add(self._recorder.take())

    def close(self) -> None:
        """End the recording, of which nothing is written without a tick; again: do nothing.

        Raises:
            ForgeError: if the file cannot be written.
        """
        recorder, self._recorder = self._recorder, None
        if recorder is not None and self._seen:
            self._tape.add(recorder.take(all_of_it=True))
        self._tape.close()

    def __enter__(self) -> "Taping":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
