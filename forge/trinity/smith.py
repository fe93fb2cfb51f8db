"""Wire Pantheon, Gods and Swords together and run them, epoch by epoch.

An epoch is a transaction: a rollout, the exchanges, a commit. If a worker process dies, the whole
epoch runs again from the last commit, so the run ends with the same digest.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import Any

import numpy as np

from forge.args import MOST_EPOCHS, Args, given
from forge.blade.added import life_in
from forge.blade.numbers import whole
from forge.config import Config, ConfigError
from forge.errors import ForgeError, RunError
from forge.ethyr.checkpoint import parse_load
from forge.ethyr.layout import Layout
from forge.ethyr.metrics import Mean, Metrics
from forge.ethyr.summary import Summary
from forge.trinity import progress as progresses
from forge.trinity.about import HISTORY, About, nothing_to_do
from forge.trinity.cast import cast_of
from forge.trinity.commit import Commit, packed
from forge.trinity.deaths import Deaths
from forge.trinity.defaults import default_trinity
from forge.trinity.engines.crew import WorkerDiedError
from forge.trinity.engines.engine import Engine
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.eventfile import EventFile
from forge.trinity.guard import Guard, Holder, NotYoursError
from forge.trinity.handed import sent
from forge.trinity.handover import Handover
from forge.trinity.idle import warn_of_idle
from forge.trinity.interrupt import Interrupt
from forge.trinity.keeper import Keeper
from forge.trinity.needs import estimate
from forge.trinity.outputs import Outputs
from forge.trinity.resume import check_same, last_commit, resuming
from forge.trinity.resume import settings as settings
from forge.trinity.shortage import Headroom
from forge.trinity.trinity import Array, Trinity, given_trinity
from forge.trinity.update import Update
from forge.trinity.vecenv import VecEnv as VecEnv
from forge.trinity.versions import warn_if_older
from forge.trinity.weights import check_made, model_of, stepped

logger = logging.getLogger("forge.run")

_CLOSED = "this run is closed"
_COUNTED = "Epochs are counted from the start of the run: give run() a higher number to go on."


class Native(Holder):
    """Train: whole rollouts run where the realms live.

    Iterating runs one epoch at a time and yields its summary (see ``Metrics.summary``), up to
    ``args.epochs`` or Ctrl-C. A Native is a context manager that closes the workers on exit. It
    belongs to the process that made it, and one thread at a time runs it.

    Attributes:
        config: settings of the world and its learner.
        args: how the run is carried out.
        pantheon: the Pantheon; its ``model`` holds the weights.
    """

    def __init__(self, config: Config | str, args: Args, trinity: Trinity | None = None) -> None:
        """Start the workers for a new run, or for the run that ``args.resume`` names.

        Args:
            config: settings of the world and its learner, or the name of a preset.
            args: how the run is carried out.
            trinity: the classes; None: the defaults.

        Raises:
            ConfigError: for arguments that are not what they should be, and settings that do not
                fit the run to be resumed.
            ForgeError: if a file or directory cannot be used.
        """
        config, args = given(config, args)
        if args.api != "native":
            raise ConfigError(
                f"Native trains: api={args.api!r} goes with smith.VecEnv(config, args), "
                "which your own loop steps; leave it out here"
            )
        self.config, self.args = config, args
        self.trinity = default_trinity() if trinity is None else given_trinity(trinity)
        self._interrupt = Interrupt()
        self._guard, self._surroundings = Guard("run"), Surroundings()
        self._began = time.perf_counter()
        self._engine: Any = None
        self._used: tuple[int, list[int]] = 0, []  # bytes exchanged and workers, once it is closed
        self._keeper = Keeper(config, args, self.trinity)
        self._recent: deque[Summary] = deque(maxlen=HISTORY)
        self._outputs = Outputs(args)
        try:
            with self._surroundings:
                cast_of(self.trinity.Sword, config)
                self._headroom = Headroom(partial(estimate, trinity=self.trinity), config, args)
                with self._headroom.explained():
                    self._open()
        except BaseException:
            self._keeper.sound = False
            self.close()
            raise

    def _open(self) -> None:
        config, args = self.config, self.args
        self._outputs.open_files(args)
        parameters = self.trinity.Sword.parameters(config)
        layout = Layout(parameters)
        self._shape = (config.populations, layout.size)
        self._metrics = Metrics(config.populations)
        resumed = None if args.resume is None else last_commit(args.resume, type(config))
        if resumed is not None:
            check_same(resumed[2], config, args, self.trinity, layout)
        self.pantheon = self.trinity.Pantheon(config, args, parameters)
        check_made(self.pantheon)
        for text in args.load:
            self.pantheon.load(*parse_load(text))
        if resumed is None:
            model_of(self.pantheon, self._shape)
            self._commit = Commit.start(self.pantheon, self._metrics)
        else:
            self._commit = resumed[0]
            with resuming(args.resume, resumed[0].epoch):
                self._roll_back_own()
        warn_of_idle(self.trinity, config, args)  # shown to all, as the log is not yet open
        self._keeper.open(self._commit, layout)
        self._outputs.begin_curves(config, args, self._metrics.agent_steps)
        if resumed is not None:
            warn_if_older(resumed[2])
        logger.info("the run %s", self._headroom)
        states, logs = (resumed[1] if resumed else []), self._keeper.logs
        self._engine = Engine(config, args, self.trinity, layout.size, states, logs)
        self._began -= self._commit.seconds

    @property
    def epoch(self) -> int:
        """Number of committed epochs, counted from the start of the run."""
        return self._commit.epoch

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C has asked for a stop at the end of the epoch."""
        return self._interrupt.requested

    @property
    def digest(self) -> str:
        """Hash of the last commit."""
        return self._commit.digest

    @property
    def events(self) -> EventFile | None:
        """The file of events, if ``args.events`` asks for one."""
        return self._outputs.events

    @property
    def bytes_exchanged(self) -> int:
        """Bytes that workers have read and written so far, see Engine."""
        engine = self._engine
        return self._used[0] if engine is None else int(engine.bytes_exchanged)

    @property
    def pids(self) -> list[int]:
        """Ids of the worker processes, also of those that have ended; none with ``serial``."""
        engine = self._engine
        return list(self._used[1] if engine is None else engine.pids)

    def last_commit(self) -> tuple[Commit, list[bytes]]:
        """Return the last commit and the shards' states, as a checkpoint holds them.

        Before the first epoch there are no states.

        Raises:
            RunError: if the run is closed.
        """
        if self._engine is None:
            raise RunError(f"{_CLOSED}: ask for its last commit before")
        return self._commit, self._engine.states() if self.epoch else []

    def hand_over(self, realm: int = 0) -> Handover:
        """Copy the last commit of a shard, for another process to play on; see ``play_from``.

        Args:
            realm: a realm of that shard; all realms of the shard are handed over.

        Raises:
            ConfigError: if there is no such realm.
            RunError: if the run is closed, or another thread is using it.
        """
        realm = whole("realm", realm, 0, self.args.nRealm - 1)
        with self._guard:
            if self._engine is None:
                raise RunError(_CLOSED)
            shard, state = self._engine.state(realm)
            made, commit = (self.config, self.args, self.trinity), self._commit
            return Handover(*made, commit.epoch, commit.model, shard, state)

    # -- Running ----------------------------------------------------------------------------

    def run(
        self,
        epochs: int | None = None,
        report: Callable[[Summary], object] | None = None,
        quiet: bool = False,
        progress: progresses.Progress | None = None,
    ) -> Summary | None:
        """Run until the limit, or until interrupted; then write a checkpoint.

        Progress is shown on standard output: a live table if it is a terminal, else a line every
        few seconds. Ctrl-C, SIGTERM and SIGHUP ask for a stop at the end of the epoch, see
        Interrupt.

        Args:
            epochs: stop after this many, counted from the start of the run; None:
                ``args.epochs``.
            report: called with each epoch's summary, in place of the progress; ``print`` prints a
                line for each.
            quiet: show no progress, as ``args.quiet`` does for all calls.
            progress: a display to use in place of the usual one; already entered.

        Returns:
            The last epoch's summary; None if there was none to run, which is said unless it is
            quiet.

        Raises:
            ConfigError: if ``epochs`` is not 0 … 2^63 − 1; the run goes on.
            RunError: if the run is closed, or another thread is using it.
        """
        limit = self.args.epochs if epochs is None else whole("epochs", epochs, 0, MOST_EPOCHS)
        quiet, last = quiet or self.args.quiet or progress is not None, None
        with ExitStack() as stack:
            if progress is None:
                about = About.of(self.config, self.args, limit, self._headroom.need)
                hidden = quiet or report is not None
                progress = stack.enter_context(progresses.choose(about, hidden))
            progress.begin(self._past())
            for last in stack.enter_context(closing(self._epochs(limit, progress.stopping))):
                progress.show(last)
                if report is not None:
                    report(last)
        if last is None and limit is not None and self.epoch >= limit and not quiet:
            progresses.tell(f"{nothing_to_do(self.epoch)} {_COUNTED}")
        return last

    def _past(self) -> list[Summary]:
        """List the last epochs of the run, including those before it was resumed."""
        if not self._recent:
            self._recent.extend(self._keeper.past())
        return list(self._recent)

    def __iter__(self) -> Iterator[Summary]:
        return self._epochs(self.args.epochs)

    def _epochs(
        self, limit: int | None, stopping: Callable[[], None] | None = None
    ) -> Generator[Summary, None, None]:
        with self._guard:
            if self._engine is None:
                raise RunError(_CLOSED)
            self._interrupt = Interrupt(stopping, saves=True)
        with self._interrupt:
            try:
                while (limit is None or self.epoch < limit) and not self.interrupted:
                    with self._guard, self._headroom.explained():
                        summary = self._run_epoch()
                        self._recent.append(summary)
                        self._save_if_asked()
                    yield summary
                with self._guard:
                    self._save()
            except GeneratorExit:  # the loop over the epochs was left
                with suppress(NotYoursError), self._guard:
                    self._save()
                raise
            except NotYoursError:
                raise
            except Exception as error:
                closed = self._engine is None
                self.close()
                if closed:
                    raise RunError("this run was closed by another thread") from error
                raise
            except KeyboardInterrupt:
                self._keeper.sound = False
                self.close()
                raise

    def _run_epoch(self) -> Summary:
        """Run one epoch, and run it again if a worker dies.

        Raises:
            WorkerError: for an error in a shard, or if workers keep dying, see Deaths.
        """
        began = time.perf_counter()
        deaths, died = Deaths(self._headroom), False
        while True:
            try:
                if died:
                    self._engine.rollback()
                lives, learning = self._play()
                summary, left = self._end(began, lives, learning)
                break
            except WorkerDiedError as death:
                died = True
                self._roll_back_own()
                logger.warning("%s; epoch %d runs again", deaths.note(death), self.epoch + 1)
                if death.traceback:
                    logger.info("its stacks:\n%s", death.traceback)
        self._keeper.record(summary, np.concatenate([lives, left], dtype=lives.dtype))
        self._outputs.keep(summary)
        return summary

    def _save_if_asked(self) -> None:
        """Write a checkpoint if it is due, or if SIGUSR1 has asked for one."""
        if self._interrupt.save_requested or self._keeper.due:
            self._interrupt.save_requested = False
            self._save()

    def _play(self) -> tuple[Array, dict[str, float]]:
        """Play a rollout and make the exchanges.

        Returns:
            LIFE (k,), the lives that ended; and the metrics that the Swords report.
        """
        self._engine.weights[...] = self.pantheon.model
        updates: list[Update] = self._engine.play()
        lives = np.concatenate([it.lives for it in updates], dtype=life_in(self.config))
        self._outputs.take(updates)
        learning = Mean()
        self._step(updates, learning)
        for _ in range(self.trinity.Sword.exchanges(self.config) - 1):
            updates = self._engine.update()
            self._step(updates, learning)
        return lives, learning.values()

    def _step(self, updates: list[Update], learning: Mean) -> None:
        for update in updates:
            learning.add(int(update.samples.sum()), update.metrics)
        with self._surroundings:
            self._engine.weights[...] = stepped(self.pantheon, updates, self._shape)

    def _end(self, began: float, lives: Array, learning: dict[str, float]) -> tuple[Summary, Array]:
        """Commit the epoch and sum it up; list the lives that were cut off as realms moved."""
        with self._surroundings:
            messages = [sent(self.pantheon, realm) for realm in range(self.args.nRealm)]
            model, pantheon = model_of(self.pantheon, self._shape).copy(), packed(self.pantheon)
        self._keeper.sound = False
        ends = self._engine.commit(messages)
        self._outputs.arrive(ends.recorded)
        now, epoch = time.perf_counter(), self.epoch + 1
        summary = self._metrics.summary(epoch, now - began, lives, ends.census, learning)
        ended, spent = len(lives) + len(ends.left), now - self._began
        self._commit = self._commit.next(model, pantheon, self._metrics, spent, ended, ends.digests)
        self._keeper.sound = True
        summary.update(seconds=round(spent, 3), digest=self.digest)
        self._outputs.count(summary, self.config)
        return summary, ends.left

    def _roll_back_own(self) -> None:
        """Bring Pantheon and metrics back to the last commit."""
        with self._surroundings:
            self._commit.restore(self.pantheon)
        self._metrics.load_state(self._commit.metrics)
        self._keeper.sound = True

    # -- Keeping ----------------------------------------------------------------------------

    def _save(self) -> None:
        """Write a checkpoint of the last commit, unless it is written already."""
        if self._engine is not None:
            self._keeper.save(self._commit, self._engine.states)

    def close(self) -> None:
        """Write a last checkpoint and end the workers. Calling it again does nothing.

        A run without an epoch leaves no directory, so that its name is free again.
        """
        if self._guard.is_elsewhere:
            return  # in a forked process: the run goes on in the process that made it
        try:
            self._outputs.close_files()
            self._save()
        except ForgeError as error:
            logger.error("%s", error)
        finally:
            engine = self._engine
            if engine is not None:
                self._used = int(engine.bytes_exchanged), list(engine.pids)
                self._engine = None
                engine.close()
            self._outputs.close_curves()
            self._keeper.close()
