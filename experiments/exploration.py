"""Explore: how much of a map do 1, 8, 32 and 128 agents visit?

    python experiments/exploration.py --minutes 30    # 3 seeds
    python experiments/exploration.py --minutes 2 --seeds 1 --ticks 1024    # a look
    python experiments/exploration.py --figures       # sum up and draw what there is

One foraging population is trained in worlds of each number of agents, all on as many agent-steps.
Then it is put, in the same number, on maps that nobody has seen, and the tiles are counted that
agents have visited of those of the interior that they can stand on. Many agents visit much merely
because they are many: so the share is given after equal ticks, and also after equal agent-ticks,
as many as the lone agent lives in all.

Runs are kept under ``--out`` (default runs/exploration). The command writes exploration.csv (a line
for each map and power of two of ticks), exploration_maps.csv (the visits of one map) and
exploration.png there.

Source: Suarez et al., "Neural MMO", 2019, arXiv 1903.00784.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import click
import numpy as np

from experiments import common, training
from experiments.common import Array
from experiments.training import Run
from forge.blade.realm import Realms
from forge.config import Law
from forge.trinity import evaluate

# -- Settings -------------------------------------------------------------------------------

AGENTS = (1, 8, 32, 128)
REALMS = 16  # of a run
ROUND = 0.1  # agent-steps in a round of training [10⁶]
MAPS, WARMUP = 8, 500
COLUMNS = ("million", "agents", "seed", "map", "ticks", "agent_ticks", "visited", "walkable")
VISITS = ("million", "agents", "row", "col", "ticks")  # of the first map, seed 0

# -- Playing --------------------------------------------------------------------------------


def runs(out: Path, seeds: int) -> list[Run]:
    """List the runs of training."""
    return [
        Run(out / f"{agents}-{seed}", Law(max_agents=agents, populations=1), REALMS, seed)
        for seed, agents in product(range(seeds), AGENTS)
    ]


class Walk:
    """Watch where agents go, from the first tick that counts."""

    def __init__(self, ticks: int) -> None:
        self.stops = {2**k for k in range(ticks.bit_length())} | {ticks}
        self.tick = 0
        self.seen: list[tuple[int, Array, Array]] = []  # ticks, agent-ticks (W,), visits (W, S, S)

    def begin(self, realms: Realms) -> Callable[[], None]:
        """Begin; call what is returned after every tick."""
        state = realms.state
        visits, lived = (
            each.sum(axis=1).astype(np.int64) for each in (state.visits, state.tally["agent_ticks"])
        )

        def after() -> None:
            self.tick += 1
            if self.tick in self.stops:
                now = state.visits.sum(axis=1) - visits
                self.seen.append((self.tick, state.tally["agent_ticks"].sum(axis=1) - lived, now))

        return after


def play(run: Run, learned: float, ticks: int) -> tuple[list[tuple[Any, ...]], Array]:
    """Play on the maps: lines of the CSV, and the visits of the first map (S, S)."""
    plan, walk = evaluate.Plan(MAPS, ticks, WARMUP, run.seed), Walk(ticks)
    decide = evaluate.trained(run.config, [str(run.path)], plan)
    walkable = evaluate.play(run.config, decide, plan, begun=walk.begin).walkable
    lines = [
        (learned, run.config.max_agents, run.seed, number, tick, int(lived[w]),
         visited(visits[w], walkable[w]), int(walkable[w].sum()))
        for tick, lived, visits in walk.seen
        for w, number in enumerate(plan.numbers)
    ]  # fmt: skip
    return lines, walk.seen[-1][2][0]


def visited(visits: Array, walkable: Array) -> int:
    """Count the walkable tiles that somebody has visited."""
    return int(((visits > 0) & walkable).sum())


def play_all(out: Path, seeds: int, learned: float, ticks: int) -> None:
    """Play what the CSV lacks, and add it."""
    path = out / "exploration.csv"
    done = {tuple(line[name] for name in COLUMNS[:3]) for line in common.read(path)}
    for run in runs(out, seeds):
        if tuple(map(str, (learned, run.config.max_agents, run.seed))) not in done:
            lines, visits = play(run, learned, ticks)
            if run.seed == 0:
                found = [
                    (learned, run.config.max_agents, row, col, int(visits[row, col]))
                    for row, col in np.argwhere(visits).tolist()
                ]
                common.add(out / "exploration_maps.csv", VISITS, found)
            common.add(path, COLUMNS, lines)
            click.echo(f"played: {run.config.max_agents} agents, seed {run.seed}")


# -- Results --------------------------------------------------------------------------------

Shares = dict[tuple[int, int], common.Estimate]  # of (agents, ticks)


def shares(lines: list[common.Row]) -> Shares:
    """Find the share of the map that is visited, of every number of agents and ticks."""
    found = common.estimates(lines, ("agents", "ticks"), ("visited", "walkable"))
    return {(int(agents), int(ticks)): each for (agents, ticks), each in found.items()}


def compared(found: Shares) -> dict[str, list[common.Estimate]]:
    """Compare the numbers of agents: after as many ticks, and about as many agent-ticks.

    Living agents are fewer than the greatest number, which counts here: this favours few agents.
    """
    numbers = sorted({agents for agents, _ in found})
    ticks = max(ticks for _, ticks in found)
    alike = [max(t for n, t in found if n == agents and t * agents <= ticks * numbers[0])
             for agents in numbers]  # fmt: skip
    return {
        f"after {ticks:,} ticks": [found[agents, ticks] for agents in numbers],
        f"after {ticks * numbers[0]:,} agent-ticks": [
            found[agents, t] for agents, t in zip(numbers, alike, strict=True)
        ],
    }


def complete(out: Path) -> list[common.Row]:
    """Read what was played last, by every number of agents.

    Raises:
        InputError: if some did not play yet.
    """
    lines = common.latest(out / "exploration.csv")
    if {int(line["agents"]) for line in lines} != set(AGENTS):
        raise common.lacking(out, "some numbers of agents")
    return lines


def report(out: Path) -> None:
    """Print the shares."""
    lines = complete(out)
    seeds, maps = (len({line[name] for line in lines}) for name in ("seed", "map"))
    click.echo(
        f"share of the map visited, 95 % interval over {seeds} seeds and {maps} maps; "
        f"{float(lines[0]['million']):.2f} M agent-steps of training"
    )
    for name, found in compared(shares(lines)).items():
        for agents, each in zip(AGENTS, found, strict=True):
            click.echo(f"  {name}: {agents:4} agents {each:.3f}")


def draw(out: Path) -> None:
    """Draw the visits of one map, and the share against the number of agents."""
    lines = complete(out)
    found = shares(lines)
    numbers = sorted({agents for agents, _ in found})
    size, rim = Law().map_size, Law().border
    with common.figure(
        out / "exploration.png", 1, len(numbers) + 1, (4 * len(numbers) + 4, 3.8)
    ) as axes:
        for axis, agents in zip(axes[0], numbers, strict=False):
            shown = np.zeros((size, size))
            for line in common.latest(out / "exploration_maps.csv"):
                if int(line["agents"]) == agents:
                    shown[int(line["row"]), int(line["col"])] = float(line["ticks"])
            axis.imshow(np.log1p(shown[rim:-rim, rim:-rim]), cmap="inferno")
            axis.set_title("1 agent" if agents == 1 else f"{agents} agents")
            axis.set_axis_off()
        for (name, each), colour in zip(compared(found).items(), common.COLOURS[1:], strict=False):
            common.curve(axes[0, -1], numbers, each, label=name, color=colour)
        axes[0, -1].set(xscale="log", xlabel="agents", ylabel="share of the map visited", ylim=0)
        axes[0, -1].set_xticks(numbers, list(map(str, numbers)))
        axes[0, -1].minorticks_off()
        axes[0, -1].grid(alpha=0.3)
        axes[0, -1].legend(frameon=False)


# -- Command --------------------------------------------------------------------------------


@common.command(__doc__)
@common.options("runs/exploration", minutes=30)
@click.option("--ticks", default=8192, show_default=True, type=click.IntRange(1),
              help="Ticks on each held-out map.")  # fmt: skip
def main(
    minutes: float, million: float | None, seeds: int, out: Path, figures: bool, ticks: int
) -> None:
    """Train, play and sum up."""
    if not figures:
        if ticks < AGENTS[-1]:
            raise click.UsageError(
                f"--ticks is at least {AGENTS[-1]}, for as many agent-ticks of one agent as of "
                f"{AGENTS[-1]} in one tick"
            )
        common.keep(out, ticks=ticks)
        learned = training.train_in_turn(runs(out, seeds), minutes, ROUND, million)
        play_all(out, seeds, learned, ticks)
    report(out)
    common.draw_if_possible(draw, out)


if __name__ == "__main__":
    main()
