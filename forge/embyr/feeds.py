"""Say where watched worlds come from: scripts, or a run's checkpoints."""

import logging
import os
from pathlib import Path

from forge.args import Args
from forge.blade.recording.replay import Recording
from forge.blade.recording.tape import Tape
from forge.embyr.epochs import EpochFile, Lifetimes
from forge.embyr.pacing import Feed
from forge.embyr.taping import Taped
from forge.embyr.worlds import Beginning, Committed, Recorded, Weights
from forge.errors import CheckpointError, ForgeError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.files import at_home
from forge.trinity import resume
from forge.trinity.defaults import default_trinity

logger = logging.getLogger("forge.embyr")


class FreshFeed:
    """Worlds in which nobody learns; a new copy is the same world from its start."""

    def __init__(self, beginning: Beginning) -> None:
        self._beginning = beginning

    def begin(self) -> Beginning:
        """Say what a new copy begins with."""
        return self._beginning

    def news(self) -> Weights | None:
        """Nothing is learnt here."""
        return None

    def epochs(self) -> list[Lifetimes]:
        """Nothing is learnt here."""
        return []


class ReplayFeed(FreshFeed):
    """A recording.

    Attributes:
        realms: the number of its realm.
    """

    def __init__(self, recording: Recording) -> None:
        super().__init__(Recorded(recording))
        self.realms = [recording.head.realm]


class TapedFeed:
    """Another feed, of which one realm is recorded while it is watched; a context manager."""

    def __init__(self, feed: Feed, path: str | os.PathLike[str], realm: int) -> None:
        """Claim the file, which must be new.

        Raises:
            ForgeError: if there is one of that name, or it cannot be written.
        """
        path = at_home(path)
        self._feed, self._path, self._realm = feed, Path(path), realm
        Tape(path).leave()

    def begin(self) -> Beginning | None:
        """Say what a new copy begins with."""
        beginning = self._feed.begin()
        return beginning and Taped(beginning, os.fspath(self._path), self._realm)

    def news(self) -> Weights | None:
        """Give newer weights, if there are any."""
        return self._feed.news()

    def epochs(self) -> list[Lifetimes]:
        """Give what the run has written of further epochs."""
        return self._feed.epochs()

    def __enter__(self) -> "TapedFeed":
        return self

    def __exit__(self, *_: object) -> None:
        if self._path.is_file() and not self._path.stat().st_size:  # nobody watched
            self._path.unlink()


class RunFeed:
    """A run, finished or still training, as its checkpoints show it.

    Attributes:
        realms: their numbers.
    """

    def __init__(self, path: str | os.PathLike[str], warmup: int = 0) -> None:
        """Read the newest checkpoint.

        Args:
            path: the run's directory.
            warmup: ticks of a copy before the first that is seen.

        Raises:
            ForgeError: if there is no usable one.
        """
        path = at_home(path)
        self._path, self._epochs, self._warmup = Path(path), EpochFile(path), warmup
        first = self._read()
        self.realms = list(range(first.args.nRealm))
        self._first: Committed | None = first
        self._seen = first.epoch

    def begin(self) -> Beginning:
        """Read the newest checkpoint."""
        first, self._first = self._first, None
        beginning = first or self._read()
        self._seen = beginning.epoch
        return beginning

    def _read(self) -> Committed:
        commit, states, about = resume.last_commit(self._path)
        config, trinity = checkpoint.config_of(about, self._path), default_trinity()
        own = checkpoint.own_sword(about)
        layout = Layout(trinity.Sword.parameters(config)).described()
        if about.get("layout") != layout:
            whose = "another network" if own is None else f"a Sword of its own, {own}"
            raise CheckpointError(
                f"{self._path} was trained by {whose}: Forge's Sword cannot play with its weights"
            )
        if own is not None:
            logger.warning("%s was trained by %s; here Forge's own Sword plays", self._path, own)
        return Committed(
            config=config,
            args=Args(**about["args"]),
            trinity=trinity,
            name=os.fspath(self._path),
            epoch=commit.epoch,
            model=commit.model,
            states=states,
            warmup=self._warmup,
        )

    def news(self) -> Weights | None:
        """Read a newer checkpoint, if the run has written one."""
        found = checkpoint.in_run(self._path)
        newest = checkpoint.epoch_of(found[-1]) if found else None
        if newest is None or newest <= self._seen:
            return None
        try:
            commit, _, _ = resume.last_commit(self._path)
        except (ForgeError, OSError) as error:  # it may be gone again already
            logger.warning("no newer weights: %s", error)
            return None
        self._seen = commit.epoch
        return Weights(commit.epoch, commit.model)

    def epochs(self) -> list[Lifetimes]:
        """Read what the run has written of its epochs."""
        return self._epochs.news()
