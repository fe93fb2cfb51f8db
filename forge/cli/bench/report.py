"""Turn measurements into the figures that are reported: names, medians, and a readable page."""

import platform
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from forge.cli.bench.plan import Plan

Figures = dict[str, Any]


@dataclass
class Samples:
    """Measurements by name, in the order of the runs; those of one run belong together."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Keep one more measurement. Modifies self in place."""
        self.of.setdefault(name, []).append(value)

    def medians(self) -> dict[str, float]:
        """Take the median of each."""
        return {name: median(values) for name, values in self.of.items()}

    def ratio(self, above: str, below: str) -> float:
        """Take the median of the ratios of pairs, each measured in the same run."""
        pairs = zip(self.of[above], self.of[below], strict=True)
        return median(a / b for a, b in pairs)


def machine() -> Figures:
    """Describe the machine and the libraries."""
    names = ("numpy", "numba", "torch")
    return {
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in names},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


RATES = (
    ("tick + observe", "env"),
    ("rollout", "rollout"),
    ("training, pg", "train"),
    ("training, ppo", "train_ppo"),
)
PARTS = ("tick", "observe", "decide", "collect", "learn", "other")


def page(figures: Figures, plan: Plan) -> str:
    """Write the figures for people."""
    setting, calibration = figures["setting"], figures["calibration"]
    lines = [
        f"Law, {plan.realms} realms of {plan.agents}, 1 population, {plan.hidden} hidden units, "
        f"medians of {setting['runs']} runs",
        f"{figures['machine']['processor']}: one draw {calibration['loop_ns']:.2f} ns, "
        f"copying {calibration['copy_gb_per_s']:.1f} GB/s",
        "",
        f"{'agent-steps/s':<18}{'one core':>14}{_workers(figures):>14}",
    ]
    for title, name in RATES:
        one = figures[f"{name}_agent_steps_per_s"]
        many = figures[f"{name}_all_cores_agent_steps_per_s"]
        lines.append(f"{title:<18}{one:>14,.0f}{many:>14,.0f}")
    lines += ["", *_side_by_side(figures)]
    lines += ["", f"{'one core':<18}{'µs per agent-step':>18}"]
    lines += [f"{part:<18}{figures[f'{part}_us']:>18.3f}" for part in PARTS]
    lines += ["", *_workers_time(figures), "", *_rest(figures)]
    return "\n".join(lines)


def _side_by_side(figures: Figures) -> list[str]:
    """Compare the ways to play: the world without a policy, and what goes between processes."""
    rate, traffic = "agent_steps_per_s", "bytes_per_agent_step"
    rows = (
        ("agent-steps/s, no policy, one core", f"env_{rate}", f"vecenv_{rate}", 0),
        ("… all cores", f"env_all_cores_{rate}", f"vecenv_all_cores_{rate}", 0),
        ("bytes per agent-step, pg", traffic, f"vecenv_{traffic}", 1),
        ("bytes per agent-step, ppo", f"{traffic}_ppo", f"vecenv_{traffic}", 1),
    )
    lines = [f"{'side by side':<36}{'Native':>12}{'VecEnv':>12}{'VecEnv/Native':>15}"]
    for title, one, other, digits in rows:
        native, stepped = figures[one], figures[other]
        numbers = f"{native:>12,.{digits}f}{stepped:>12,.{digits}f}"
        lines.append(f"{title:<36}{numbers}{stepped / native:>13.2f} ×")
    return lines


def _workers_time(figures: Figures) -> list[str]:
    """Say where the time of several workers goes."""
    rows = (
        ("computing", "{}_all_cores_running_share"),
        ("waiting for a core", "{}_all_cores_queued_share"),
        ("waiting for the parent's step", "{}_all_cores_parent_share"),
        ("waiting for each other, messages", "{}_all_cores_idle_share"),
        ("core time against one worker, ×", "{}_core_cost_ratio"),
    )
    lines = [f"{'time of ' + _workers(figures):<36}{'pg':>12}{'ppo':>12}"]
    for title, name in rows:
        values = [_number(figures.get(name.format(run))) for run in ("train", "train_ppo")]
        lines.append(f"{title:<36}{values[0]:>12}{values[1]:>12}")
    return lines


def _workers(figures: Figures) -> str:
    return f"{figures['workers']} workers"


def _rest(figures: Figures) -> list[str]:
    memory = figures["peak_memory_bytes"]
    rows = [
        ("Gymnasium, agent-steps/s, one core", _whole(figures["vectorenv_agent_steps_per_s"])),
        ("two workers over one core", f"{_number(figures['two_workers_speedup'])} ×"),
        ("all cores over one core, ppo", f"{figures['all_cores_speedup_ppo']:.2f} ×"),
        ("8 populations over 1, cost", f"{figures['eight_populations_cost_ratio']:.2f} ×"),
        ("peak memory, all processes", "–" if memory is None else f"{memory / 2**20:,.0f} MiB"),
        ("start to first tick, serial", f"{_number(figures['start_to_first_tick_serial_s'])} s"),
        ("… processes", f"{_number(figures['start_to_first_tick_processes_s'])} s"),
        ("living per realm", f"{figures['living_mean']:.1f}"),
        ("rows per agent", f"{figures['rows_per_agent']:.2f}"),
    ]
    return [f"{title:<36}{value:>12}" for title, value in rows]


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
