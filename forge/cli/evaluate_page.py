"""The page of an evaluation: its tables for people."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from forge.config import Config
    from forge.trinity.evaluate import Plan

Report = dict[str, Any]  # of one kind of agents; see docs/evaluate.md

LOADED = "loaded"  # the name of agents from files
SIGNS = {
    "–": "no number, as nobody died; no interval, with one map alone or too few deaths",
    "∞": "too few deaths for an upper bound",
}


def page(
    config: "Config", plan: "Plan", reports: dict[str, Report], seeds: int, by_quest: bool
) -> str:
    """Write the tables for people.

    Args:
        config: of the worlds.
        plan: the maps and ticks that were played.
        reports: by the name of the agents.
        seeds: how many were played, from the plan's on.
        by_quest: whether to show each quest.
    """
    from forge.cli.tabular import explained, written
    from forge.trinity.about import game, inhabitants

    groups = "1 population" if config.populations == 1 else f"{config.populations} populations"
    title = (
        f"{game(config)}, {inhabitants(config)}, {groups} · "
        f"{_numbered('map', plan.numbers)} · {plan.warmup} + {plan.ticks} ticks"
    )
    if seeds > 1:
        title += f" · {_numbered('seed', range(plan.seed, plan.seed + seeds))}"
    parts: list[Table | str] = [title, *_tables(reports)]
    name, first = next(iter(reports.items()))
    several = first.get("populations")
    if several:
        who = first["players"] if name == LOADED else [""] * len(several)
        named = {
            f"population {p}" + (f" ({player})" if player else ""): report
            for p, (player, report) in enumerate(zip(who, several, strict=True))
        }
        parts += _tables(named)
    elif name == LOADED:
        parts.insert(1, f"{LOADED}: {first['players'][0]}")
    if by_quest:
        parts += [_by_quest(name, report) for name, report in reports.items()]
    if "events" in first:
        parts.append(_events(name, first))
    return explained(written(*parts), SIGNS)


def _numbered(what: str, numbers: Sequence[int]) -> str:
    """Name things by their numbers, in their order: a stretch by its ends."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1] = [stretches[-1][0], number]
        else:
            stretches.append([number])
    told = ", ".join(" … ".join(map(str, ends)) for ends in stretches)
    return f"{what} {told}" if len(numbers) == 1 else f"{what}s {told}"


def _tables(reports: dict[str, Report]) -> list["Table | str"]:
    first = next(iter(reports.values()))
    more = {"levels": _levels, "trades": _trades, "quests": _quests}
    return [
        _long_lives(reports),
        _lives(reports),
        *(table_of(reports) for name, table_of in more.items() if name in first),
    ]


def _long_lives(reports: dict[str, Report]) -> "Table":
    from forge.cli.tabular import table

    first = next(iter(reports.values()))
    header = ["", "mean lifetime", "95 % interval", "completed", "deaths", "visited", "living"]
    shares = ("share_of_living", "share_of_deaths") if "share_of_living" in first else ()
    header += ["of the living", "of the deaths"] if shares else []
    header += ["rating"] if "rating" in first else []
    rows = [
        [
            name,
            _number(report["mean_lifetime"]),
            _interval(report["lifetime_ci95"]),
            _number(report["mean_completed_lifetime"]),
            f"{report['deaths']:,}",
            f"{100 * report['coverage']:.1f} %",
            _number(report["living_mean"]),
            *(f"{100 * report[share]:.1f} %" for share in shares),
            *([f"{report['rating']:+.0f}"] if "rating" in report else []),
        ]
        for name, report in reports.items()
    ]
    return table(header, rows)


def _lives(reports: dict[str, Report]) -> "Table":
    from forge.blade.tiles import CAUSES
    from forge.cli.tabular import table

    header = ["per life", "harvests", "drinks", "kills", *CAUSES]
    rows = [
        [
            name,
            *(_number(report[f"{what}_per_life"], 2) for what in ("harvests", "drinks", "kills")),
            *(_share(report["causes"][cause], report["deaths"]) for cause in CAUSES),
        ]
        for name, report in reports.items()
    ]
    return table(header, rows)


def _levels(reports: dict[str, Report]) -> "Table":
    from forge.cli.tabular import table

    levels, bounds = _averages(reports, "levels")
    raised = [  # skills that nobody has raised would fill the table with 1.0
        skill
        for skill in next(iter(levels.values()))
        if skill == "combat" or any((each[skill] or 1) > 1 for each in levels.values())
    ]
    header = ["level at death", *raised]
    rows = [
        [
            name,
            _bounded(each["combat"], bounds[name]["combat"]),
            *(_fine(each[skill]) for skill in raised if skill != "combat"),
        ]
        for name, each in levels.items()
    ]
    return table(header, rows)


def _trades(reports: dict[str, Report]) -> "Table":
    from forge.cli.tabular import table

    trades, bounds = _averages(reports, "trades")
    header = ["trades per life", *next(iter(trades.values()))]
    rows = [
        [name, *(_bounded(value, bounds[name][what]) for what, value in it.items())]
        for name, it in trades.items()
    ]
    return table(header, rows)


def _quests(reports: dict[str, Report]) -> "Table":
    from forge.cli.tabular import table

    quests, bounds = _averages(reports, "quests")
    rows = [
        [name] + [_bounded(it[what], bounds[name][what], _percent) for what in ("done", "progress")]
        for name, it in quests.items()
    ]
    return table(["quests", "done", "mean progress"], rows)


def _by_quest(name: str, report: Report) -> "Table | str":
    from forge.cli.tabular import table

    if not report["deaths"]:
        return f"quests of {name}: nobody died, so there is nothing to say of each"
    header = [f"quests of {name}", "lives", "done", "mean progress"]
    rows = [
        [
            f"{it['quest']}. {it['name']}",
            f"{it['lives']:,}",
            _percent(it["done"]),
            _percent(it["progress"]),
        ]
        for it in report["by_quest"]
        if it["lives"]
    ]
    return table(header, rows)


def _events(name: str, report: Report) -> "Table":
    from forge.cli.tabular import table

    rows = [[what.replace("_", " "), f"{number:,}"] for what, number in report["events"].items()]
    return table([f"events of {name}", "number"], rows)


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _averages(reports: dict[str, Report], what: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Look up means over lives, and their intervals, by the name of the report."""
    means, bounds = (
        {name: report[key] for name, report in reports.items()} for key in (what, f"{what}_ci95")
    )
    return means, bounds


def _fine(value: float | None) -> str:
    return _number(value, 2)


def _bounded(
    value: float | None, bounds: list[float] | None, written: Callable[[float | None], str] = _fine
) -> str:
    """Write a mean, and below it its interval, if there is one."""
    if bounds is None:
        return written(value)
    return f"{written(value)}\n" + " … ".join(map(written, bounds))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _interval(bounds: list[float | None] | None) -> str:
    if bounds is None:
        return "–"
    low, high = bounds
    return f"{_number(low)} … {'∞' if high is None else _number(high)}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
