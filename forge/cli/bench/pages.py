"""Write the figures of each benchmark for people."""

from typing import Any

from rich.table import Table

from forge.cli.bench.plan import Plan
from forge.cli.bench.report import Figures
from forge.cli.tabular import explained, table, written

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
    return _explained(
        f"Law, {plan.realms} realms of {plan.agents}, 1 population, {plan.hidden} hidden units, "
        f"medians of {setting['runs']} runs\n"
        f"{figures['machine']['processor']}: one draw {calibration['loop_ns']:.2f} ns, "
        f"copying {calibration['copy_gb_per_s']:.1f} GB/s",
        _rates(figures),
        _side_by_side(figures),
        table(
            ("one core", "µs per agent-step"),
            [(part, f"{figures[f'{part}_us']:.3f}") for part in PARTS],
        ),
        _workers_time(figures),
        _rest(figures),
    )


def _rates(figures: Figures) -> Table:
    """Compare one core with all cores."""
    cores = ("", "_all_cores")
    rows = (
        (title, *(_whole(figures[f"{name}{each}_agent_steps_per_s"]) for each in cores))
        for title, name in RATES
    )
    return table(("agent-steps/s", "one core", _workers(figures)), rows)


def _side_by_side(figures: Figures) -> Table:
    """Compare the ways to play: the world without a policy, and the traffic between processes."""
    rate, traffic = "agent_steps_per_s", "bytes_per_agent_step"
    rows = (
        ("agent-steps/s, no policy, one core", f"env_{rate}", f"vecenv_{rate}", 0),
        ("… all cores", f"env_all_cores_{rate}", f"vecenv_all_cores_{rate}", 0),
        ("bytes per agent-step, pg", traffic, f"vecenv_{traffic}", 1),
        ("bytes per agent-step, ppo", f"{traffic}_ppo", f"vecenv_{traffic}", 1),
    )
    cells = []
    for title, one, other, digits in rows:
        native, stepped = figures[one], figures[other]
        numbers = (f"{number:,.{digits}f}" for number in (native, stepped))
        cells.append((title, *numbers, f"{stepped / native:.2f} ×"))
    return table(("side by side", "Native", "VecEnv", "VecEnv/Native"), cells)


def _workers_time(figures: Figures) -> Table:
    """Show how several workers spend their time."""
    rows = (
        ("computing", "{}_all_cores_running_share"),
        ("waiting for a core", "{}_all_cores_queued_share"),
        ("waiting for the parent's step", "{}_all_cores_parent_share"),
        ("waiting for each other, messages", "{}_all_cores_idle_share"),
        ("core time against one worker, ×", "{}_core_cost_ratio"),
    )
    cells = (
        (title, *(_number(figures.get(name.format(run))) for run in ("train", "train_ppo")))
        for title, name in rows
    )
    return table((f"time of {_workers(figures)}", "pg", "ppo"), cells)


def _workers(figures: Figures) -> str:
    return f"{figures['workers']} workers"


def _rest(figures: Figures) -> Table:
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
    return table(("", ""), rows)


_SIGNS = {"–": "not measured: no second core, no gymnasium, or the system does not tell"}


def _explained(*parts: Table | str) -> str:
    """Write a page, with what its dashes mean."""
    return explained(written(*parts), _SIGNS)


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def skill_page(figures: Figures, plan: Plan) -> str:
    """Write the figures for people."""
    rows = []
    for lifetime in plan.lifetimes:
        seconds = figures[f"lifetime_{lifetime:g}_s"]
        steps = figures[f"lifetime_{lifetime:g}_agent_steps"]
        numbers = ("–", "–") if seconds is None else (f"{seconds:.1f}", f"{steps:,.0f}")
        rows.append((f"{lifetime:g}", *numbers))
    page = written(
        f"Law, {plan.realms} realms of {plan.agents}, 1 population, default learner, "
        f"{figures['workers']} workers, medians of {figures['seeds']} seeds\n"
        f"{figures['machine']['processor']}",
        table(("mean lifetime", "seconds", "agent-steps"), rows),
    )
    return explained(page, {"–": "not reached in time by most seeds"})


def watched_page(figures: Figures) -> str:
    """Write the table for people."""
    rows = [
        (
            title,
            f"{figures[f'alone_{name}']:.2f}",
            f"{figures[f'watched_{name}']:.2f}",
            f"{100 * figures[f'loss_{name}']:+.1f} %",
        )
        for title, name in (
            ("time", "us_per_agent_step"),
            ("the run's processor time", "processor_us_per_agent_step"),
        )
    ]
    return written(
        f"{figures['machine']['processor']}, {figures['cores']} cores\n"
        f"training in one process, medians of {figures['runs']} pairs, µs per agent-step:",
        table(("", "alone", "watched", "difference"), rows),
        f"handing over to the viewer: {figures['hand_over_us_per_epoch']:.0f} µs of its processor "
        "time per epoch",
    )


HEADS = ("realms", "agents", "rows each", "tick µs", "observe µs", "start s", "memory MiB")


def scale_page(figures: Figures) -> str:
    """Write the table for people."""
    rows = map(_cells, figures["scale"])
    title = f"{figures['machine']['processor']}\nper agent and tick:"
    return _explained(title, table(HEADS, rows))


def _cells(line: dict[str, Any]) -> tuple[str, ...]:
    memory = line["memory_bytes"]
    return (
        f"{line['realms']:,}",
        f"{line['agents']:,}",
        f"{line['rows_per_agent']:.1f}",
        f"{line['tick_us']:.3f}",
        f"{line['observe_us']:.3f}",
        f"{line['start_s']:.2f}",
        "–" if memory is None else f"{memory / 2**20:,.0f}",
    )


def saga_page(figures: Figures) -> str:
    """Write the table for people."""
    heads = ("", "realms", "living", "NPCs", "rows each", "tick + observe /s", "random /s",
             "training, pg /s", "bytes observed", "state MiB a realm", "memory MiB")  # fmt: skip
    rows = (
        (
            line["world"],
            f"{line['realms']}",
            f"{line['living']:.0f}",
            f"{line['npcs']:.0f}",
            f"{line['rows_per_agent']:.1f}",
            _whole(line["env_agent_steps_per_s"]),
            _whole(line["random_agent_steps_per_s"]),
            _whole(line["train_agent_steps_per_s"]),
            _whole(line["observed_bytes_per_agent"]),
            f"{line['state_bytes_per_realm'] / 2**20:.2f}",
            "–" if line["memory_bytes"] is None else f"{line['memory_bytes'] / 2**20:,.0f}",
        )
        for line in figures["saga"]
    )
    title = f"{figures['machine']['processor']}\nagent-steps per second of one core's time:"
    return _explained(title, table(heads, rows))
