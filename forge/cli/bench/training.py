"""Time rollouts and training, as in any run, in one process and in several."""

from dataclasses import dataclass
from time import perf_counter, process_time

from forge.args import Args
from forge.cli.bench.cores import Use, between, use_of
from forge.cli.bench.plan import Plan
from forge.config import Config
from forge.trinity import God, Pantheon, Trinity, smith
from forge.trinity.trinity import Array, SwordBase
from forge.trinity.update import Update


@dataclass
class TrainingTimes:
    """The result of one measurement.

    Attributes:
        agent_steps: ticks of living agents.
        seconds: wall time [s].
        bytes: traffic of the workers: weights, gradients, messages and states.
        use: time used by the workers; None: no workers, or the system does not tell.
        parent: time of the parent's steps [s].
        core: time of cores that the work of the shards took, and without workers all of it [s].
    """

    agent_steps: int
    seconds: float
    bytes: int
    use: Use | None
    parent: float
    core: float | None

    @property
    def agent_steps_per_s(self) -> float:
        """Rate of whole epochs."""
        return self.agent_steps / self.seconds


class Training:
    """A run after its warm-up, continued a few epochs per measurement; a context manager.

    Args:
        plan: the setting.
        config: settings of the world and its learner.
        sword: class of the Sword.
        workers: worker processes; 0: only this process.

    Attributes:
        epochs: epochs per measurement.
        horizon: length of an epoch [ticks].
    """

    def __init__(
        self, plan: Plan, config: Config, sword: type[SwordBase], workers: int = 0
    ) -> None:
        args = Args(
            nRealm=plan.realms,
            engine="processes" if workers else "serial",
            nWorker=workers or None,
            quiet=True,
        )
        self.plan = plan
        self.epochs = plan.epochs
        self.horizon = config.horizon
        self.envs = smith.Native(config, args, Trinity(Pantheon, God, sword))
        self._agent_steps = 0
        self._parent = 0.0
        self._step = self.envs.pantheon.step
        self.envs.pantheon.step = self._timed_step  # type: ignore[method-assign]

    def warm_up(self) -> None:
        """Play the plan's ticks of warm-up."""
        self._play(-(-self.plan.warmup // self.horizon))

    def run(self) -> TrainingTimes:
        """Take one measurement."""
        steps, bytes_, parent = self._agent_steps, self.envs.bytes_exchanged, self._parent
        before, core = use_of(self.envs.pids), process_time()
        start = perf_counter()
        self._play(self.epochs)
        seconds, core = perf_counter() - start, process_time() - core
        use = between(before, use_of(self.envs.pids))
        return TrainingTimes(
            self._agent_steps - steps,
            seconds,
            self.envs.bytes_exchanged - bytes_,
            use,
            self._parent - parent,
            (use.running if use else None) if self.envs.pids else core,
        )

    def _timed_step(self, updates: list[Update]) -> Array:
        start = perf_counter()
        model = self._step(updates)
        self._parent += perf_counter() - start
        return model

    def _play(self, epochs: int) -> None:
        last = self.envs.run(self.envs.epoch + epochs)
        if last is None or self.envs.interrupted:
            raise KeyboardInterrupt
        self._agent_steps = last["agent_steps"]

    def __enter__(self) -> "Training":
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers."""
        self.envs.close()
