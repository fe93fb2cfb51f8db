"""Measure how long trained or scripted agents live on maps that training never sees."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.evaluate_page import LOADED, Report, page
from forge.cli.mapnumbers import MapNumbers
from forge.cli.options import (
    InputError,
    config_for_loaded,
    config_options,
    events_option,
    given,
    lives_option,
    record_options,
    seed_option,
)
from forge.trinity import casting

if TYPE_CHECKING:
    from forge.blade.realm import Realms
    from forge.config import Config
    from forge.trinity.evaluate import Begun, Lives, Plan
    from forge.trinity.eventfile import EventFile
    from forge.trinity.lifefile import LifeFile

    # What is called after the last tick, before the first, and with the lives that ended.
    Seams = tuple[Callable[[Realms], None] | None, Begun | None, Lives | None]

FIRST = "of the first agents listed, with the first seed"


class Scripts(click.ParamType):  # type: ignore[type-arg]
    """Names of scripted agents, separated by commas."""

    name = "NAME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split at commas; every name must exist, and none stand twice."""
        given = value if isinstance(value, tuple) else value.split(",")
        choice = click.Choice(casting.SCRIPTS)
        names = tuple(choice.convert(name.strip(), param, ctx) for name in given)
        for name, count in Counter(names).items():
            if count > 1:
                self.fail(f"{name} is given {count} times", param, ctx)
        return names


@click.command()
@click.option(
    "--agents", type=Scripts(), metavar="NAME[,NAME]",
    help=f"Scripted agents: {casting.LISTED}. Several play one after the other, each "
    "alone in its worlds (for one world see the setting scripts).",
)  # fmt: skip
@click.option(
    "--load", multiple=True, metavar="FILE",
    help="Trained agents: a checkpoint, a run's directory for its last checkpoint, or "
    "pretrained:chaos, pretrained:law for those that come with Forge. 2=FILE loads "
    "population 2 alone, 2=FILE#0 loads it from the file's population 0 (repeatable).",
)  # fmt: skip
@click.option(
    "--maps", default=8, show_default=True, type=MapNumbers(), metavar="N|A-B[,…]",
    help="Number of held-out maps: 10 000, 10 001, …; or which maps, for example 10100-10107 or "
    "10000,10005,10020-10022 (10008-10008 is one). Held-out maps begin at 10 000; agents may have "
    "trained on maps below.",
)  # fmt: skip
@click.option(
    "--ticks", default=8000, show_default=True, type=click.IntRange(1), metavar="N",
    help="Ticks to measure.",
)  # fmt: skip
@click.option(
    "--warmup", default=500, show_default=True, type=click.IntRange(0), metavar="N",
    help="Ticks before measuring, while the realms fill up.",
)  # fmt: skip
@seed_option
@click.option(
    "--seeds", default=1, show_default=True, type=click.IntRange(1, 1000), metavar="N",
    help="Play with so many master seeds: that one and those after it. Intervals are then over "
    "seeds and maps.",
)  # fmt: skip
@click.option(
    "--anchors/--no-anchors", default=True, show_default=True,
    help="Also play the scripted agents, for comparison with loaded agents.",
)  # fmt: skip
@click.option(
    "--png", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the realms after the last tick; an existing file is replaced.",
)  # fmt: skip
@click.option(
    "--quests", "by_quest", is_flag=True,
    help="Also show how lives did with each quest (worlds with quests).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@events_option(f"in the measured ticks (after --warmup), {FIRST}.")
@lives_option(f"in the measured ticks (after --warmup), {FIRST}.")
@record_options(f"the measured ticks (after --warmup), {FIRST}; realm 0 is on the first map.")
@config_options(default="law128", of_loaded=True)
@click.pass_context
def evaluate(ctx: click.Context, /, config: "Config", **values: Any) -> None:
    """Measure how long trained or scripted agents live.

    The mean lifetime is agent-ticks lived ÷ deaths, which has no bias. The mean over the lives
    that ended ("completed") is too low where lives are long. Loaded agents play the world they
    were trained in, unless --config names another. A rating says who lives longer on a map: 400
    points are odds of ten to one. docs/evaluate.md explains every column and the fields of --json.
    """
    from forge.files import write_atomic
    from forge.trinity.evaluate import Plan

    load = values["load"]
    if (values["agents"] is None) == (not load):
        raise click.UsageError("say whom to evaluate: either --agents NAME or --load FILE")
    if load:
        config = config_for_loaded(ctx, config, load[0])
    plan = Plan(*(values[name] for name in ("maps", "ticks", "warmup", "seed")))
    if plan.seed + values["seeds"] > 2**64:
        raise InputError("--seeds: the last seed would be above 2^64 − 1")
    if values["png"] is not None:
        _check_picture(values["png"], plan.num_maps, config)
    pictures: list[bytes] = []
    draw = None if values["png"] is None else partial(_draw, pictures)
    if given(ctx, "record_realm") and values["record"] is None:
        raise click.UsageError("--record-realm goes with --record")
    if values["record_realm"] >= plan.num_maps:
        raise InputError(
            f"--record-realm: there is no realm {values['record_realm']}: each of the "
            f"{plan.num_maps} of --maps has one, from 0 on"
        )
    if values["by_quest"] and not config.quests:
        raise InputError("--quests: this world has none")
    with _listed(values) as events, _lived(values, config) as lives, _taped(values) as taped:
        take = None if lives is None else lives.write
        reports = _reports(config, plan, values, (draw, _both(taped, events), take))
    if events is not None:
        _count(events, config, reports)
    if values["as_json"]:
        click.echo(json.dumps(_joined(config, reports), indent=2, allow_nan=False))
    else:
        click.echo(page(config, plan, reports, values["seeds"], values["by_quest"]))
    made = [str(file) for file in (events, lives) if file is not None]
    if pictures:  # last, so that a fault of the disk leaves the figures
        write_atomic(values["png"], pictures[0])
        made.append(f"picture: {values['png']}")
    if made and not values["as_json"]:
        click.echo("\n" + "\n".join(made))


def _reports(
    config: "Config",
    plan: "Plan",
    values: Mapping[str, Any],
    seams: "Seams",
) -> dict[str, Report]:
    """Evaluate the agents named by the options, then the anchors; the first with the seams."""
    from forge.blade.scripted import SCRIPTED
    from forge.trinity.evaluate import over_seeds, players, trained

    load, seeds = values["load"], values["seeds"]
    scripted = values["agents"] or (casting.ANCHORS if values["anchors"] else ())
    makers: dict[str, Any] = {}
    if load:
        makers[LOADED] = lambda plan: trained(config, load, plan)
    else:
        casting.refuse(config, f"--agents {','.join(scripted)}")
    makers |= {name: lambda plan, name=name: SCRIPTED[name] for name in scripted}
    reports: dict[str, Report] = {}
    for name, maker in makers.items():
        of_these = (None, None, None) if reports else seams
        with _progress(name, seeds * (plan.warmup + plan.ticks)) as progress:
            report = over_seeds(config, maker, plan, seeds, progress, *of_these)
        each = players(config, load) if name == LOADED else [name] * config.populations
        reports[name] = {**report, "players": each}
    _rate(reports)
    return reports


def _rate(reports: dict[str, Report]) -> None:
    """Rate the players beside each other: who lives longer on a map wins. Modifies reports."""
    from forge.ethyr.rating import rate_lives

    if len(reports) < 2:
        return
    lived = [
        [float("inf") if mean is None else mean for mean in report["mean_lifetime_by_map"]]
        for report in reports.values()
    ]
    for report, rating in zip(reports.values(), rate_lives(lived), strict=True):
        report["rating"] = round(float(rating), 1)


@contextmanager
def _listed(values: Mapping[str, Any]) -> "Iterator[EventFile | None]":
    """Make a file of events, if one is asked for; Ctrl-C leaves none."""
    if values["events"] is None:
        yield None
        return
    from forge.files import kept_if_done
    from forge.trinity.eventfile import EventFile

    file = EventFile(values["events"])
    with kept_if_done(values["events"]), file:
        yield file


@contextmanager
def _lived(values: Mapping[str, Any], config: "Config") -> "Iterator[LifeFile | None]":
    """Make a file of lives, if one is asked for; Ctrl-C leaves none."""
    if values["lives"] is None:
        yield None
        return
    from forge.files import kept_if_done
    from forge.trinity.lifefile import LifeFile

    file = LifeFile(values["lives"], config)
    with kept_if_done(values["lives"]), file:
        yield file


def _both(taped: "Begun | None", events: "EventFile | None") -> "Begun | None":
    """Let realms be recorded and their events written, whichever is asked for."""
    listed = [it for it in (taped, None if events is None else events.follow) if it is not None]

    def begun(realms: "Realms") -> Callable[[], object]:
        after = [it(realms) for it in listed]
        return lambda: [each() for each in after]

    return begun if listed else None


def _count(events: "EventFile", config: "Config", reports: dict[str, Report]) -> None:
    """Add how often what happened to the report of the first agents. Modifies reports."""
    from forge.trinity.eventfile import events_in

    first = next(iter(reports.values()))
    first["events"] = {name: events.counts[name] for name in events_in(config)}


@contextmanager
def _taped(values: Mapping[str, Any]) -> "Iterator[Begun | None]":
    """Make a recording, if one is asked for; Ctrl-C leaves none."""
    if values["record"] is None:
        yield None
        return
    from forge.blade.recording.recorder import Recorder
    from forge.blade.recording.tape import Tape
    from forge.blade.recording.taping import Taping
    from forge.files import kept_if_done

    agents = values["agents"]
    who = f"Scripted agents ({agents[0]})" if agents else " ".join(values["load"])
    source = f"{who}, while they were evaluated."
    tape = Tape(values["record"])
    with kept_if_done(values["record"]), Taping(tape) as taping:
        yield lambda realms: taping.begin(Recorder(realms, values["record_realm"], source))


def _check_picture(path: Path, maps: int, config: "Config") -> None:
    """Refuse a picture that could not be written, before anything is played."""
    from forge.embyr import sheet
    from forge.files import check_place

    check_place(path, ".png", InputError)
    try:
        sheet.layout(maps, config.map_size)
    except ValueError as error:
        raise InputError(str(error)) from None


def _draw(pictures: list[bytes], realms: "Realms") -> None:
    """Add a picture of the realms, as a PNG file holds it."""
    from forge.embyr import picture, sheet

    pictures.append(picture.png(sheet.draw_sheet(realms)))


@contextmanager
def _progress(name: str, ticks: int) -> Iterator[Callable[[int], object] | None]:
    """Show a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=ticks, label=f"{name:8}", file=sys.stderr) as bar:
        yield bar.update


def _joined(config: "Config", reports: dict[str, Report]) -> Report:
    """Join the reports: the first report, with the anchors' reports under ``anchors``."""
    (name, report), *others = reports.items()
    joined = {"agents": name, **report}
    if others:
        joined["anchors"] = dict(others)
    return {**joined, "config": config.as_dict()}
