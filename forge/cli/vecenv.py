"""Play step by step: ``python Forge.py --api vecenv``. Nothing is learned, nothing is written."""

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import click

from forge.cli.options import given
from forge.ethyr.summary import COMPLETED, Summary, clock, number
from forge.trinity import casting

if TYPE_CHECKING:
    from forge.args import Args
    from forge.cli.forward import Batched, PerAgent
    from forge.config import Config
    from forge.trinity.progress import Progress
    from forge.trinity.smith import VecEnv

LAST_EPOCHS = 10  # the mean lifetime is over the lives that ended in these

REFUSED = {"run": "--run", "resume": "--resume"}  # options that make no sense here


def play(ctx: click.Context, config: "Config", values: dict[str, Any]) -> None:
    """Play the forward pass of one population until the limit, or Ctrl-C.

    Args:
        ctx: context of the command.
        config: settings of the world and the network; its populations are replaced by one.
        values: the options: ``batched``, and the fields of Args.
    """
    from forge.args import Args
    from forge.trinity import progress
    from forge.trinity.about import About
    from forge.trinity.engines.compiling import reported_to
    from forge.trinity.smith import VecEnv

    for name, option in REFUSED.items():
        if given(ctx, name):
            raise click.UsageError(f"{option} makes no sense with --api vecenv: it writes no run")
    if config.populations != 1 and "populations" in dict(ctx.params["settings"]):
        raise click.UsageError("--api vecenv plays one population: leave -s populations out")
    casting.refuse(config, "with --api vecenv the network")
    config = config.replace(populations=1)
    batched = values.pop("batched")
    args = Args(**values)
    about = About("", args.epochs)
    try:
        policy = _policy(config, args, batched)
        shown: Progress = progress.Quiet() if args.quiet else progress.Lines(about)
        with shown, reported_to(shown.compiling), VecEnv(config, args) as envs:
            session = Session(envs, policy)
            session.run(args.epochs, shown)
    except KeyboardInterrupt:
        click.echo("Stopped at once.", err=True)
        ctx.exit(130)
    click.echo(session.summed_up())


def _policy(config: "Config", args: "Args", batched: bool) -> "PerAgent | Batched":
    """Build the policy, with fresh weights or the weights of ``args.load``."""
    from forge.cli.forward import Batched, PerAgent
    from forge.ethyr.checkpoint import parse_load
    from forge.trinity import PantheonBase, ann

    class Frozen(PantheonBase):
        """Weights that never change."""

        def step(self, updates: Any) -> Any:
            return self.model

    pantheon = Frozen(config, args, ann.parameters(config))
    for text in args.load:
        pantheon.load(*parse_load(text))
    return Batched(config, pantheon.model) if batched else PerAgent(config, pantheon.model)


class Session:
    """The loop and its counters.

    Attributes:
        ticks: ticks played.
        agent_steps: ticks of living agents.
        seconds: time since the first tick [s].
    """

    def __init__(self, envs: "VecEnv", policy: "PerAgent | Batched") -> None:
        self.envs, self.policy = envs, policy
        self.ticks = self.agent_steps = 0
        self.seconds = 0.0
        self._living = 0
        self._lives: deque[list[int]] = deque(maxlen=LAST_EPOCHS)  # [number ended, sum of ticks]

    def run(self, epochs: int | None, progress: "Progress") -> None:
        """Play epochs of ``config.horizon`` ticks up to a number or Ctrl-C; None: no limit."""
        from forge.trinity.engines.threads import one_thread
        from forge.trinity.interrupt import Interrupt

        config, epoch = self.envs.config, 0
        obs = self.envs.reset()
        began = time.perf_counter()
        with one_thread(), Interrupt() as interrupt:
            while (epochs is None or epoch < epochs) and not interrupt.requested:
                epoch, start, steps = epoch + 1, self.seconds, self.agent_steps
                self._lives.append([0, 0])
                for _ in range(config.horizon):
                    self.agent_steps += sum(map(len, obs))
                    # The whole loop: observe, decide, step.
                    actions = [self.policy.decide(each) for each in obs]
                    obs, _rewards, _dones, infos = self.envs.step(actions)
                    self._count(infos)
                    if interrupt.requested:
                        break
                self._living = sum(map(len, obs))
                self.seconds = time.perf_counter() - began
                if not interrupt.requested:  # a whole epoch
                    rate = (self.agent_steps - steps) / (self.seconds - start)
                    progress.show(self._summary(epoch, rate))

    def _count(self, infos: list[dict[str, Any]]) -> None:
        self.ticks += 1
        for info in infos:
            self._lives[-1][0] += len(info["lives"])
            self._lives[-1][1] += int(info["lives"].lifetime.sum())

    @property
    def lives(self) -> int:
        """Number of lives that ended in the last epochs."""
        return sum(lives for lives, _ in self._lives)

    @property
    def completed(self) -> float | None:
        """Mean over the lives that ended in the last epochs [ticks]; None: there are none."""
        return sum(ticks for _, ticks in self._lives) / self.lives if self.lives else None

    def _summary(self, epoch: int, rate: float) -> Summary:
        """Sum up an epoch: the figures that are shown."""
        return Summary(
            epoch=epoch,
            seconds=self.seconds,
            agent_steps=self.agent_steps,
            agent_steps_per_s=rate,
            mean_completed_lifetime=self.completed,
            living=self._living,
            populations={COMPLETED: [self.completed]},
        )

    def summed_up(self) -> str:
        """Sum up the session in two lines."""
        steps = self.agent_steps
        traffic = self.envs.bytes_exchanged / steps if steps else None
        return (
            f"{self.ticks:,} ticks, {steps:,} agent-steps in {clock(self.seconds)}, "
            f"completed lifetime {number(self.completed)} over the last {self.lives:,} lives, "
            f"{self._living} living.\n"
            f"Between processes: {number(traffic, 0)} bytes per agent-step."
        )
