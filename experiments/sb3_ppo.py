"""Train Stable-Baselines3's PPO, through SuperSuit, on the flat view of Law with 128 agents.

    python experiments/sb3_ppo.py                              # as documented in docs/sb3_ppo.md
    python experiments/sb3_ppo.py --seeds 1 --minutes 2 --out /tmp/sb3_ppo

Writes sb3_ppo.csv, the curves; sb3_ppo.json, the trained agents' lifetimes on maps that training
never sees; and sb3_ppo.png, if matplotlib is installed (``pip install -e '.[figures]'``). Needs
``pip install -e '.[sb3]'``.
"""

import json
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import supersuit
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import set_random_seed

from experiments import common
from forge.adaptors.columns import Columns
from forge.adaptors.flat import FlatEnv
from forge.blade.observation import Actions, Observation
from forge.blade.slots import Slots
from forge.config import preset
from forge.files import write_atomic
from forge.trinity.engines.threads import one_thread
from forge.trinity.evaluate import Decide, Plan, evaluate

# -- Settings -------------------------------------------------------------------------------

CONFIG = preset("law128").replace(populations=1)  # one policy for all
REALMS = 8  # 1024 slots
CROP = 11  # of 15: a first layer of half the size
NEAREST = 1  # others in a row; Law has little use for them
PPO_SETTINGS: dict[str, Any] = {
    "n_steps": 32,  # ticks of a rollout
    "n_epochs": 4,  # passes over it
    "batch_size": 4096,  # samples
    "learning_rate": 1e-3,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "ent_coef": 0.01,
    "policy_kwargs": {"net_arch": [128], "activation_fn": torch.nn.ReLU},
}
COLUMNS = ("seed", "agent_steps", "seconds", "mean_lifetime", "living_per_realm")
HELD_OUT = Plan(maps=8, ticks=2000)  # the evaluation

# -- Setup ----------------------------------------------------------------------------------


class LivingOnly(RolloutBuffer):
    """A rollout that leaves empty slots out of its batches."""

    def get(self, batch_size: int | None = None) -> Any:
        """Yield the batches that are not empty."""
        return (batch for batch in super().get(batch_size) if len(batch.observations))

    def _get_samples(self, batch_inds: Any, env: Any = None) -> Any:
        living = self.observations[batch_inds, 0] > 0  # column 0: alive
        return super()._get_samples(batch_inds[living], env)


def environment(seed: int) -> Any:
    """Build an environment for SB3: a row per slot of all realms."""
    # Returns end where a life ends: the learner reads this in terminations.
    options: dict[str, Any] = {"crop": CROP, "nearest": NEAREST, "terminate": True}
    flat = FlatEnv(CONFIG, num_realms=REALMS, seed=seed, **options)
    vector = supersuit.pettingzoo_env_to_vec_env_v1(flat)
    return supersuit.concat_vec_envs_v1(vector, 1, base_class="stable_baselines3")


# -- Loop -----------------------------------------------------------------------------------


class Log(BaseCallback):
    """Keep a line per rollout, and stop at the time limit.

    Args:
        seed: seed of this run.
        minutes: limit of computing time, which does not depend on other programs; at least one
            rollout is played.
    """

    def __init__(self, seed: int, minutes: float) -> None:
        super().__init__()
        self.seed, self.minutes = seed, minutes
        self.lines: list[dict[str, Any]] = []
        self.agent_steps = self.steps = self.deaths = 0
        self.start = time.process_time()

    @property
    def seconds(self) -> float:
        """Computing time since the run began [s]."""
        return time.process_time() - self.start

    def _on_step(self) -> bool:
        self.steps += int((self.locals["obs_tensor"][:, 0] > 0).sum())
        self.deaths += sum(info["lifetime"] > 0 for info in self.locals["infos"])
        return not self.lines or self.seconds < 60 * self.minutes

    def _on_rollout_end(self) -> None:
        self.agent_steps += self.steps
        living = self.steps / (self.locals["n_rollout_steps"] * REALMS)
        lifetime = self.steps / max(self.deaths, 1)  # agent-steps ÷ deaths
        values = (self.seed, self.agent_steps, self.seconds, lifetime, living)
        self.lines.append(dict(zip(COLUMNS, values, strict=True)))
        if len(self.lines) % 10 == 0:
            click.echo(told(self.lines[-1]))
        self.steps = self.deaths = 0


def told(line: dict[str, Any]) -> str:
    """Describe how far a run has come."""
    return (
        f"seed {line['seed']}: mean lifetime {line['mean_lifetime']:.1f} after "
        f"{line['agent_steps'] / 1e6:.2f} M agent-steps in {line['seconds'] / 60:.1f} min"
    )


def number(value: float | None) -> str:
    """Write a lifetime; None: nobody has died."""
    return "–" if value is None else f"{value:.1f}"


def train(seed: int, minutes: float) -> tuple[PPO, list[dict[str, Any]]]:
    """Train one seed for a time."""
    set_random_seed(seed)  # PPO's argument would seed SuperSuit's wrapper, which takes no seeds
    model = PPO(
        "MlpPolicy", environment(seed), rollout_buffer_class=LivingOnly, device="cpu",
        **PPO_SETTINGS,
    )  # fmt: skip
    log = Log(seed, minutes)
    model.learn(10**12, log)
    return model, log.lines


def player(model: PPO) -> Decide:
    """Let a trained model decide on observations of the world itself."""
    slots, columns = Slots(CONFIG, HELD_OUT.num_maps, NEAREST), Columns(CONFIG, NEAREST, CROP)

    def decide(obs: Observation) -> Actions:
        slots.lay_out(obs)
        actions = Actions.stay(len(obs))
        actions.move[:] = model.predict(columns.rows(slots.table, slots.place))[0]
        return actions

    return decide


# -- Log ------------------------------------------------------------------------------------


def write_csv(path: Path, lines: list[dict[str, Any]]) -> None:
    """Write a line per rollout."""
    table = (list(line.values()) for line in lines)
    common.write(path, COLUMNS, [[*it[:2], *(round(value, 1) for value in it[2:])] for it in table])


def pooled(lines: list[dict[str, Any]], rollouts: int = 10) -> list[float]:
    """Smooth the curve of one seed: agent-steps ÷ deaths over the last rollouts."""
    ends = np.array([line["agent_steps"] for line in lines], np.float64)
    steps = np.diff(ends, prepend=0)
    deaths = np.cumsum(steps / [line["mean_lifetime"] for line in lines])
    before = np.maximum(np.arange(len(lines)) - rollouts, -1)
    earlier = before >= 0
    numerator = ends - np.where(earlier, ends[before], 0)
    denominator = deaths - np.where(earlier, deaths[before], 0)
    smooth: list[float] = (numerator / denominator).tolist()
    return smooth


def draw(path: Path, lines: list[dict[str, Any]]) -> None:
    """Draw mean lifetime against agent-steps and against time, a line per seed."""
    units = (("agent_steps", 1e6, "agent-steps [10⁶]"), ("seconds", 60, "computing time [min]"))
    with common.figure(path, columns=2, size=(10, 3.6), sharey=True) as [axes]:
        for axis, (column, unit, label) in zip(axes, units, strict=True):
            for seed in dict.fromkeys(line["seed"] for line in lines):
                of_seed = [line for line in lines if line["seed"] == seed]
                across = [line[column] / unit for line in of_seed]
                axis.plot(across, pooled(of_seed), label=f"seed {seed}")
            axis.axhline(45, color="grey", linewidth=0.8, linestyle="dashed")  # scripted: careful
            axis.set_xlabel(label)
        axes[0].set_ylabel("mean lifetime [ticks]")
        axes[0].set_title("Law, 128 agents: Stable-Baselines3 PPO")
        axes[1].legend()


@common.command(__doc__)
@click.option(
    "--seeds", default=3, show_default=True, type=click.IntRange(1), help="Number of runs."
)
@click.option(
    "--minutes", default=4.0, show_default=True, type=click.FloatRange(0, min_open=True),
    help="Computing time of each run.",
)  # fmt: skip
@click.option(
    "--out", default="runs/sb3_ppo", show_default=True, type=click.Path(path_type=Path),
    help="Folder of the results.",
)  # fmt: skip
def main(seeds: int, minutes: float, out: Path) -> None:
    """Train and evaluate all seeds; write the results after each."""
    lines: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    out.mkdir(parents=True, exist_ok=True)
    with one_thread():
        for seed in range(seeds):
            model, of_seed = train(seed, minutes)
            lines += of_seed
            found.append({"seed": seed, **evaluate(CONFIG, player(model), HELD_OUT)})
            write_csv(out / "sb3_ppo.csv", lines)
            write_atomic(out / "sb3_ppo.json", (json.dumps(found, indent=1) + "\n").encode())
            low, high = found[-1]["lifetime_ci95"] or (None, None)
            lived, low, high = map(number, (found[-1]["mean_lifetime"], low, high))
            click.echo(f"{told(of_seed[-1])}; on held-out maps {lived} ({low} … {high})")
    try:
        draw(out / "sb3_ppo.png", lines)
    except ImportError:
        click.echo("no picture: matplotlib is not installed")


if __name__ == "__main__":
    main()
