"""Write what a run is asked for beside its directory: a recording, events, training curves."""

from typing import Any

from forge.args import Args
from forge.config import Config
from forge.ethyr.summary import Summary
from forge.trinity.eventfile import EventFile, RunEvents
from forge.trinity.loggers import Curves
from forge.trinity.recording import RunRecording
from forge.trinity.update import Update


class Outputs:
    """The recording, the events and the training curves of a run, as far as it has them.

    An epoch's part of them is held until the epoch is committed, as it may have to run again.
    """

    def __init__(self, args: Args) -> None:
        """Import what the curves need; no file is made yet.

        Raises:
            ConfigError: if a package is missing.
        """
        self._recording: RunRecording | None = None
        self._events: RunEvents | None = None
        self._curves = Curves(args.log)

    def open_files(self, args: Args) -> None:
        """Make the files.

        Raises:
            ForgeError: if one exists, or cannot be written.
        """
        if args.record is not None:
            self._recording = RunRecording(args.record)
        if args.events is not None:
            self._events = RunEvents(args.events)

    def begin_curves(self, config: Config, args: Args, agent_steps: int) -> None:
        """Say what the run is, and how far it has come."""
        self._curves.begin(config, args, agent_steps)

    @property
    def events(self) -> EventFile | None:
        """The file of events, if one is asked for."""
        return None if self._events is None else self._events.file

    def take(self, updates: list[Update]) -> None:
        """Take in what the shards have played."""
        if self._recording is not None:
            self._recording.take(updates)
        if self._events is not None:
            self._events.take([update.happened for update in updates])

    def arrive(self, recorded: list[Any]) -> None:
        """Take in that the recorded realm has moved at the end of the epoch, if it has."""
        if self._recording is not None:
            self._recording.arrive(recorded)

    def count(self, summary: Summary, config: Config) -> None:
        """Add the number of events of each name. Modifies summary in place."""
        if self._events is not None:
            summary["events"] = self._events.counts(config)

    def keep(self, summary: Summary) -> None:
        """Write an epoch that is committed."""
        if self._recording is not None:
            self._recording.keep()
        if self._events is not None:
            self._events.keep()
        self._curves.write(summary)

    def close_files(self) -> None:
        """End the files; a fault of one is logged."""
        if self._recording is not None:
            self._recording.close()
        if self._events is not None:
            self._events.close()

    def close_curves(self) -> None:
        """End the curves, which may wait for a network."""
        self._curves.close()
