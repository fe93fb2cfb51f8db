"""Time training while somebody watches it, against the same training unwatched."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter, process_time, thread_time

from forge.args import Args
from forge.cli.bench.measure import Say
from forge.cli.bench.plan import Plan
from forge.cli.bench.report import Figures, Samples, machine
from forge.embyr.beside import About, Beside
from forge.errors import ForgeError
from forge.trinity import smith
from forge.trinity.defaults import default_trinity

_HOST, _ANY_PORT = "127.0.0.1", 0
_SETTLING = 3  # ticks that the onlooker sees before the watched epochs are timed


def measure_watched(plan: Plan, say: Say) -> Figures:
    """Train in one process, alone and watched in turn; the viewer and who watches are others.

    The world is played at its usual 8 ticks per second. What the run does itself for the viewer is
    timed apart, as processes that share a machine slow each other down in any case.

    Args:
        plan: ``epochs`` of training per measurement, ``runs`` of both kinds.
        say: shows the progress.

    Returns:
        Medians over the runs, and of the ratios of pairs, as JSON values.

    Raises:
        ForgeError: if the onlooker sees nothing.
    """
    config = plan.config("ppo")
    args = Args(nRealm=plan.realms, engine="serial", quiet=True)
    about = About(config, args, default_trinity(), _HOST, _ANY_PORT)
    samples = Samples()
    with Beside(about) as viewer, smith.Native(config, args) as envs:
        run = _Run(envs, viewer, plan.epochs)
        run.measure()  # warm up
        for k in range(plan.runs):
            say(f"run {k + 1} of {plan.runs}")
            _add(samples, "alone", run.measure())
            with _onlooker(run):
                _add(samples, "watched", run.measure())
    ratios = {name: samples.ratio(f"watched_{name}", f"alone_{name}") - 1 for name in _COSTS}
    return {
        "machine": machine(),
        "cores": plan.cores,
        "runs": plan.runs,
        "hand_over_us_per_epoch": 1e6 * median(run.handed_over),
        **samples.medians(),
        **{f"loss_{name}": ratio for name, ratio in ratios.items()},
    }


_COSTS = ("us_per_agent_step", "processor_us_per_agent_step")


def _add(samples: Samples, kind: str, cost: tuple[float, float]) -> None:
    """Add both costs of some epochs. Modifies samples in place."""
    for name, seconds in zip(_COSTS, cost, strict=True):
        samples.add(f"{kind}_{name}", 1e6 * seconds)


class _Run:
    """A run with a viewer beside it, continued a few epochs per measurement.

    Attributes:
        watched: whether somebody watches it now.
        handed_over: time on the processor of each hand-over to the viewer while it is watched [s].
    """

    def __init__(self, envs: smith.Native, viewer: Beside, epochs: int) -> None:
        self._envs, self.viewer, self._number = envs, viewer, epochs
        self._epochs = iter(envs)
        self._steps, self.watched = 0, False
        self.handed_over: list[float] = []

    def measure(self) -> tuple[float, float]:
        """Train some epochs as the command line does.

        Returns:
            Time, and this process's time on the processor [s per agent-step].
        """
        before, began, used = self._steps, perf_counter(), process_time()
        for _ in range(self._number):
            self._steps = next(self._epochs)["agent_steps"]
            self.publish()
        done = self._steps - before
        return (perf_counter() - began) / done, (process_time() - used) / done

    def publish(self) -> None:
        """Hand over the last commit, as far as the viewer wants it."""
        began = thread_time()
        self.viewer.publish(self._envs)
        if self.watched:
            self.handed_over.append(thread_time() - began)


@contextmanager
def _onlooker(run: _Run) -> Iterator[None]:
    """Let a process watch; go on when it sees the world."""
    command = [sys.executable, "-m", "forge.cli.bench.onlooker", run.viewer.about[-1].split()[-1]]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            for _ in range(_SETTLING):
                run.publish()
                if process.stdout is None or not process.stdout.readline():
                    raise ForgeError("nobody could watch the run: the onlooker's process has ended")
            run.watched = True
            yield
        finally:
            run.watched = False
            process.kill()
