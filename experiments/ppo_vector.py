"""Learn to live in Law with PPO in one file, on the gymnasium VectorEnv.

    python experiments/ppo_vector.py                        # three seeds, ten minutes each at most
    python experiments/ppo_vector.py --seeds 1 --minutes 2 --out /tmp/ppo

Needs gymnasium (``pip install -e '.[gymnasium]'``). This file holds everything between the
environment and the curve: network, rollout, advantages, loss. PPO differs here in three points:

* Rows are agent slots. Many are empty: they are left out of every loss, and so out of the networks.
* Death terminates: nothing is bootstrapped beyond it. A life that a rollout cuts off is
  bootstrapped with the value of its next observation. The world itself is never reset.
* All agents share one policy.

Writes ppo_vector.csv, and ppo_vector.png if matplotlib is installed.

Shape letters: T ticks, R rows, N living agents in a batch, K others, H hidden units.
"""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import click
import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

import forge.adaptors.gymnasium  # registers the ids
from experiments import common

gymnasium.register_envs(forge.adaptors.gymnasium)

# -- Settings ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """The settings of a run."""

    env_id: str = "Forge/Law128-v0"  # any registered Law
    realms: int = 8  # realms in the batch; rows are realms × agents
    nearest: int = 8  # others that an agent observes
    horizon: int = 64  # ticks of a rollout
    passes: int = 4  # passes of learning over each rollout
    minibatch: int = 4096  # agent-steps per gradient step
    learning_rate: float = 1e-3  # of Adam, constant
    gamma: float = 0.99  # discount per tick
    gae_lambda: float = 0.95  # decay of the advantages
    clip: float = 0.2  # the probability ratio is clipped to 1 ± this
    entropy: float = 0.01  # weight of the policy's entropy
    value_weight: float = 0.25  # weight of the value's squared error
    max_grad_norm: float = 0.5  # gradients are clipped to this norm
    hidden: int = 64  # width of the layers
    window: int = 10  # the mean lifetime is over lives that ended in so many rollouts


TARGET = 60  # mean lifetime to reach [ticks]


@dataclass(frozen=True)
class Line:
    """The log of one rollout."""

    seed: int
    rollout: int
    agent_steps: int  # ticks of living agents, since the start
    seconds: float  # wall-clock time since the start
    cpu_seconds: float  # computing time of this process since the start
    mean_lifetime: float  # of the lives that ended in the last rollouts [ticks]
    lives: int  # number of these lives
    living: float  # agents per realm
    entropy: float  # of the policy [nats]


# -- Network ----------------------------------------------------------------------------------

KINDS = 6  # kinds of tiles
FEATURES = 11  # numbers in a row about an agent
MOVES = 5
CROWD = 4  # larger numbers of agents on a tile count as this

Batch = dict[str, Tensor]


class Agent(nn.Module):
    """One hidden layer over the tiles, the agent's own row and the others' maximum; two heads."""

    def __init__(self, cells: int, hidden: int) -> None:
        super().__init__()
        self.tiles = linear(cells * (KINDS + 1), hidden)
        self.own = linear(FEATURES, hidden)
        self.others = linear(FEATURES, hidden)
        self.mixed = linear(3 * hidden, hidden)
        self.policy = linear(hidden, MOVES, 0.01)
        self.value = linear(hidden, 1, 1.0)

    def forward(self, obs: Batch) -> tuple[Tensor, Tensor]:
        """Return the masked logits [N, 5] and the value [N]."""
        tiles = obs["tiles"].flatten(1)  # [N, cells]
        planes = [tiles == kind for kind in range(KINDS)]
        crowd = obs["crowd"].flatten(1).clamp(max=CROWD).float() / CROWD
        crop = torch.cat([*(plane.float() for plane in planes), crowd], dim=1)  # [N, cells × 7]
        others = torch.relu(self.others(obs["others"]))  # [N, K, H]
        nearby = (others * obs["others_mask"].unsqueeze(-1)).amax(dim=1)  # [N, H]; 0: nobody
        parts = [torch.relu(self.tiles(crop)), torch.relu(self.own(obs["own"])), nearby]
        state = torch.relu(self.mixed(torch.cat(parts, dim=1)))  # [N, H]
        logits = self.policy(state).masked_fill(obs["action_mask"] == 0, -1e8)
        return logits, self.value(state).squeeze(1)


def linear(inputs: int, outputs: int, gain: float = 2**0.5) -> nn.Linear:
    """Make a layer with orthogonal weights and zero bias."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


# -- Rollout ----------------------------------------------------------------------------------

OBSERVED = ("tiles", "crowd", "own", "others", "others_mask", "action_mask")


@dataclass
class Rollout:
    """Tensors [T, R, …], undefined in empty rows. values and alive have T + 1 ticks."""

    obs: Batch
    moves: Tensor
    log_probs: Tensor
    values: Tensor
    rewards: Tensor
    terminated: Tensor
    alive: Tensor

    @classmethod
    def allocate(cls, envs: gymnasium.vector.VectorEnv, ticks: int) -> "Rollout":
        """Allocate the tensors."""
        R, spaces = envs.num_envs, envs.single_observation_space
        obs = {
            name: torch.from_numpy(np.zeros((ticks, R, *spaces[name].shape), spaces[name].dtype))
            for name in OBSERVED
        }
        numbers = torch.zeros(4, ticks + 1, R)
        return cls(
            obs,
            torch.zeros(ticks, R, dtype=torch.int64),
            numbers[0, :ticks],
            numbers[1],
            numbers[2, :ticks],
            numbers[3, :ticks],
            torch.zeros(ticks + 1, R, dtype=torch.bool),
        )

    def observe(self, t: int, obs: dict[str, np.ndarray], agent: Agent) -> tuple[Tensor, Tensor]:
        """Store the observation of tick t and its value.

        Returns:
            The rows with living agents [N], and their logits [N, 5].
        """
        self.alive[t] = torch.from_numpy(obs["alive"] == 1)
        rows = self.alive[t].nonzero().squeeze(1)
        if t < len(self.moves):
            for name, kept in self.obs.items():
                kept[t] = torch.from_numpy(obs[name])
        batch = {name: torch.from_numpy(obs[name])[rows] for name in OBSERVED}
        with torch.no_grad():
            logits, values = agent(batch)
        self.values[t].zero_()[rows] = values
        return rows, logits

    def act(self, t: int, rows: Tensor, logits: Tensor) -> np.ndarray:
        """Draw and store the moves of tick t; empty rows stay."""
        policy = torch.distributions.Categorical(logits=logits)
        moves = policy.sample()
        self.moves[t].zero_()[rows] = moves
        self.log_probs[t, rows] = policy.log_prob(moves)
        return self.moves[t].numpy()

    def advantages(self, gamma: float, gae_lambda: float) -> Tensor:
        """Compute generalised advantages [T, R], bootstrapped except after deaths.

        Equation: δ_t = r_t + γ c_t v_{t+1} − v_t, A_t = δ_t + γ λ c_t A_{t+1}, with c_t = 0 where
        the agent died in tick t, else 1. A row whose agent lives on holds the same agent in t + 1.
        """
        going_on = 1 - self.terminated
        result = torch.zeros_like(self.rewards)
        later = torch.zeros_like(self.rewards[0])
        for t in reversed(range(len(result))):
            delta = self.rewards[t] + gamma * going_on[t] * self.values[t + 1] - self.values[t]
            later = result[t] = delta + gamma * gae_lambda * going_on[t] * later
        return result


# -- Learning ---------------------------------------------------------------------------------


def learn(agent: Agent, optimiser: torch.optim.Optimizer, rollout: Rollout, s: Settings) -> float:
    """Improve the policy on one rollout; return its mean entropy."""
    acted = rollout.alive[:-1]  # [T, R]
    advantages = rollout.advantages(s.gamma, s.gae_lambda)
    obs = {name: kept[acted] for name, kept in rollout.obs.items()}
    returns = (advantages + rollout.values[:-1])[acted]
    moves, old_log_probs, advantages = (
        kept[acted] for kept in (rollout.moves, rollout.log_probs, advantages)
    )
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-3)
    entropies = []
    for _ in range(s.passes):
        for batch in torch.randperm(len(moves)).split(s.minibatch):
            logits, values = agent({name: kept[batch] for name, kept in obs.items()})
            policy = torch.distributions.Categorical(logits=logits)
            ratio = (policy.log_prob(moves[batch]) - old_log_probs[batch]).exp()
            clipped = ratio.clamp(1 - s.clip, 1 + s.clip)
            gain = torch.minimum(ratio * advantages[batch], clipped * advantages[batch]).mean()
            entropy = policy.entropy().mean()
            error = (values - returns[batch]).square().mean()
            loss = s.value_weight * error - gain - s.entropy * entropy
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), s.max_grad_norm)
            optimiser.step()
            entropies.append(entropy.item())
    return float(np.mean(entropies))


def train(settings: Settings, seed: int, seconds: float) -> Iterator[Line]:
    """Train one seed for a time [s], at least for one rollout; yield a line per rollout."""
    torch.manual_seed(seed)
    envs = gymnasium.make_vec(settings.env_id, realms=settings.realms, nearest=settings.nearest)
    if not isinstance(envs.single_action_space, gymnasium.spaces.Discrete):
        raise click.UsageError("agents here only move: choose --env Forge/Law128-v0, Law16 …")
    agent = Agent(int(np.prod(envs.single_observation_space["tiles"].shape)), settings.hidden)
    optimiser = torch.optim.Adam(agent.parameters(), settings.learning_rate, eps=1e-5)
    rollout = Rollout.allocate(envs, settings.horizon)
    ended: deque[list[int]] = deque(maxlen=settings.window)
    start, cpu_start, agent_steps, number = time.monotonic(), time.process_time(), 0, 0
    obs, _ = envs.reset(seed=seed)
    while number == 0 or time.monotonic() - start < seconds:
        number += 1
        ended.append([])
        for t in range(settings.horizon):
            moves = rollout.act(t, *rollout.observe(t, obs, agent))
            obs, rewards, terminations, _, infos = envs.step(moves)
            rollout.rewards[t] = torch.from_numpy(rewards)
            rollout.terminated[t] = torch.from_numpy(terminations)
            if terminations.any():
                ended[-1].extend(infos["final_info"]["lifetime"][terminations].tolist())
        rollout.observe(settings.horizon, obs, agent)
        entropy = learn(agent, optimiser, rollout, settings)
        living = int(rollout.alive[:-1].sum())
        agent_steps += living
        lives = [lifetime for of_rollout in ended for lifetime in of_rollout]
        yield Line(
            seed=seed,
            rollout=number,
            agent_steps=agent_steps,
            seconds=round(time.monotonic() - start, 1),
            cpu_seconds=round(time.process_time() - cpu_start, 1),
            mean_lifetime=round(float(np.mean(lives)), 2) if lives else float("nan"),
            lives=len(lives),
            living=round(living / settings.horizon / settings.realms, 1),
            entropy=round(entropy, 4),
        )
    envs.close()


# -- Results ----------------------------------------------------------------------------------


def report(lines: list[Line]) -> str:
    """Describe how far a seed came, and when it reached the target."""
    last = lines[-1]
    there = next((line for line in lines if line.mean_lifetime >= TARGET), None)
    when = "never" if there is None else f"at {describe(there)}"
    return (
        f"seed {last.seed}: mean lifetime {last.mean_lifetime:.1f} at {describe(last)}; "
        f"{TARGET} reached {when}"
    )


def describe(line: Line) -> str:
    """Describe the position of a line in its run."""
    minutes = f"{line.seconds / 60:.1f} min ({line.cpu_seconds / 60:.1f} of one core)"
    return f"{line.agent_steps / 1e6:.2f} M agent-steps, {minutes}"


def write_csv(path: Path, runs: list[list[Line]]) -> None:
    """Write all lines."""
    names = [field.name for field in fields(Line)]
    common.write(
        path, names, [[getattr(line, name) for name in names] for run in runs for line in run]
    )


def draw(path: Path, runs: list[list[Line]]) -> None:
    """Draw the mean lifetime against agent-steps, a curve per seed."""
    with common.figure(path, size=(6, 3.6)) as [[axis]]:
        for run in runs:
            steps = [line.agent_steps / 1e6 for line in run]
            label = f"seed {run[-1].seed}: {run[-1].seconds / 60:.1f} min"
            axis.plot(steps, [line.mean_lifetime for line in run], label=label, linewidth=1.2)
        axis.axhline(TARGET, color="black", linewidth=0.8, linestyle="--")
        axis.set(xlabel="agent-steps [10⁶]", ylabel="mean lifetime [ticks]")
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)


# -- Command ----------------------------------------------------------------------------------


@common.command(__doc__)
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1),
              help="Number of runs.")  # fmt: skip
@click.option("--minutes", default=10.0, show_default=True, type=click.FloatRange(0, min_open=True),
              help="Longest time of each run.")  # fmt: skip
@click.option("--out", default="runs/ppo_vector", show_default=True,
              type=click.Path(path_type=Path), help="Folder of the results.")  # fmt: skip
@click.option("--env", "env_id", default=Settings.env_id, show_default=True,
              help="Id of the environment, as Gymnasium knows it.")  # fmt: skip
@click.option("--realms", default=Settings.realms, show_default=True, type=click.IntRange(1),
              help="Worlds that run side by side.")  # fmt: skip
def main(seeds: int, minutes: float, out: Path, env_id: str, realms: int) -> None:
    """Train all seeds, one after the other; write the results after each."""
    torch.set_num_threads(1)  # several threads on shared cores mostly wait for each other
    out.mkdir(parents=True, exist_ok=True)
    runs = []
    for seed in range(seeds):
        run: list[Line] = []
        for line in train(Settings(env_id=env_id, realms=realms), seed, 60 * minutes):
            run.append(line)
            click.echo(f"seed {seed}: mean lifetime {line.mean_lifetime:.1f} at {describe(line)}")
        runs.append(run)
        write_csv(out / "ppo_vector.csv", runs)
        click.echo(report(run))
    try:
        draw(out / "ppo_vector.png", runs)
    except ImportError:
        click.echo("no figure: matplotlib is not installed (pip install -e '.[figures]')")


if __name__ == "__main__":
    main()
