"""Time rollouts and training, as any run does them, in one process and in several."""

from dataclasses import dataclass
from time import perf_counter

from forge.args import Args
from forge.blade.config import Config
from forge.cli.bench.plan import Plan
from forge.trinity import God, Pantheon, Trinity, smith
from forge.trinity.trinity import SwordBase


@dataclass
class TrainingTimes:
    """What one measurement showed.

    Attributes:
        agent_steps: ticks of living agents.
        seconds: wall time [s].
        bytes: read and written by workers: weights, gradients, messages and states.
    """

    agent_steps: int
    seconds: float
    bytes: int

    @property
    def agent_steps_per_s(self) -> float:
        """Rate of whole epochs."""
        return self.agent_steps / self.seconds


class Training:
    """A run after its warm-up, continued a few epochs per measurement; a context manager.

    Args:
        plan: the setting.
        config: of the world and its learner.
        sword: who plays.
        workers: processes; 0: none besides this one.

    Attributes:
        epochs: epochs per measurement.
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
        self.epochs = max(1, plan.exchanges // sword.exchanges(config))
        self.envs = smith.Native(config, args, Trinity(Pantheon, God, sword))
        self._agent_steps = 0

    def warm_up(self) -> None:
        """Play the plan's ticks of warm-up."""
        self._play(-(-self.plan.warmup // self.plan.horizon))

    def run(self) -> TrainingTimes:
        """Measure once."""
        steps, bytes_ = self._agent_steps, self.envs.bytes_exchanged
        start = perf_counter()
        self._play(self.epochs)
        seconds = perf_counter() - start
        return TrainingTimes(self._agent_steps - steps, seconds, self.envs.bytes_exchanged - bytes_)

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
