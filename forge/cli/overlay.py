"""Write an overlay of the viewer as a picture and as a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.options import (
    InputError,
    config_for_loaded,
    config_options,
    load_overlays,
    overlay_option,
    world_options,
)
from forge.trinity import casting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forge.config import Config
    from forge.embyr.overlays import Overlay
    from forge.embyr.worlds import World


@click.command()
@click.argument("name")
@click.option(
    "--load", multiple=True, metavar="FILE",
    help="Trained agents, as for evaluate: a checkpoint, a run's directory, pretrained:law or "
    "pretrained:chaos; 2=FILE loads population 2 alone (repeatable).",
)  # fmt: skip
@click.option(
    "--agents", type=click.Choice(casting.SCRIPTS), metavar="NAME",
    help=f"Scripted agents instead: {casting.LISTED}.",
)  # fmt: skip
@world_options("Ticks to play before the overlay is computed.")
@click.option(
    "--population", type=click.IntRange(0), metavar="N",
    help="Population to show, for overlays of one; for Dependence that of the second agent.  "
    "[default: all where the overlay can, else 0]",
)  # fmt: skip
@click.option(
    "--agent", type=click.IntRange(0), metavar="ID",
    help="Id of the agent, for overlays of one agent.  [default: the oldest that lives]",
)  # fmt: skip
@click.option(
    "--alone", is_flag=True,
    help="Empty the world; an overlay of an agent gets one standard agent in the middle.",
)  # fmt: skip
@click.option(
    "--png", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path),
    help="Draw it over the land; an existing file is replaced.",
)  # fmt: skip
@click.option(
    "--csv", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path),
    help="Write row, col and value of each tile; an existing file is replaced.",
)  # fmt: skip
@overlay_option
@config_options(default="law128", of_loaded=True)
@click.pass_context
def overlay(ctx: click.Context, /, config: "Config", **values: Any) -> None:
    """Write the overlay NAME of a world as a picture and as a table.

    NAME is Counts, Values, Dependence, or an overlay of --overlays. The numbers are those that the
    viewer shows. Loaded agents play the world they were trained in, unless --config names another.
    """
    from forge.embyr import charts
    from forge.files import check_place, write_atomic
    from forge.trinity.engines.surroundings import Surroundings

    if (values["agents"] is None) == (not values["load"]):
        raise click.UsageError("say who lives there: either --load FILE or --agents NAME")
    files = {kind: values[kind] for kind in ("png", "csv") if values[kind] is not None}
    if not files:
        raise click.UsageError("say what to write: --png OUT, --csv OUT, or both")
    for kind, path in files.items():
        check_place(path, f".{kind}", InputError)
    found = _found(values["name"], values["overlays"])
    _check_agent(found, values)
    if values["load"]:
        config = config_for_loaded(ctx, config, values["load"][0])
    with Surroundings():
        world = _played(config, values)
        numbers = _numbers(world, found, values)
    for kind, path in files.items():
        is_table = kind == "csv"
        data = charts.table(numbers) if is_table else charts.encoded(world.realms, found, numbers)
        write_atomic(path, data)
        click.echo(f"{kind}: {path}")


def _found(name: str, sources: tuple[str, ...]) -> "Overlay":
    """Find an overlay by its name, in small or in capital letters."""
    import forge.embyr.layers  # noqa: F401 – registers those that come with the viewer
    from forge.embyr.overlays import OF_THE_PAGE, OVERLAYS

    load_overlays(sources)
    by_name = {known.lower(): found for known, found in OVERLAYS.items()}
    if name.lower() not in by_name:
        there = f"there are: {', '.join(OVERLAYS)}"
        if name.capitalize() in OF_THE_PAGE:
            raise InputError(
                f"{name.capitalize()} is an overlay of the page alone, of what it has seen: watch, "
                f"then press T; as a file {there}"
            )
        raise InputError(f"no overlay is called {name!r} ({there})")
    return by_name[name.lower()]


def _check_agent(found: "Overlay", values: dict[str, Any]) -> None:
    """Refuse an agent that nothing is asked of, before anything is played."""
    if values["agent"] is not None and values["alone"]:
        raise click.UsageError("--agent names one that lives; --alone leaves nobody")
    if values["agent"] is not None and "agent" not in found.takes:
        raise click.UsageError(f"{found.name} is of no agent: leave --agent out")


def _played(config: "Config", values: dict[str, Any]) -> "World":
    """Play the world up to the tick that is shown."""
    from forge.embyr.worlds import Loaded, Scripted
    from forge.trinity.defaults import default_trinity
    from forge.trinity.policy import weights

    begun = config, values["seed"], (values["number"],)
    if values["agents"] is not None:
        casting.refuse(config, f"--agents {values['agents']}")
        return Scripted(*begun, values["agents"], values["warmup"]).build(0)
    model = weights(config, values["load"], default_trinity().Sword)
    return Loaded(*begun, " ".join(values["load"]), model, values["warmup"]).build(0)


def _numbers(world: "World", found: "Overlay", values: dict[str, Any]) -> "NDArray[np.float64]":
    """Compute the overlay, and say of what it is.

    Raises:
        InputError: if there is nothing to show.
    """
    from forge.embyr import probes
    from forge.embyr.overlays import ALL, Look, NothingToShowError, OverlayError

    realms, population, agent = world.realms, values["population"], values["agent"]
    asks = "agent" in found.takes and agent is None
    if values["alone"]:
        probes.clear(realms, 0)
        if asks:
            agent = probes.put_alone(realms, 0, population or 0, *probes.middle(realms, 0))
    elif asks and len(living := probes.living(realms, 0)):
        agent = int(living["id"][living["age"].argmax()])
    given = (ALL if each is None else each for each in (population, agent))
    look = found.reduced(Look(0, found.name, *given))
    try:
        numbers: NDArray[np.float64] = found.draw(realms, world.sword, 0, look)
    except (NothingToShowError, OverlayError) as error:
        raise InputError(f"{found.name}: {error}") from None
    parts = [f"{found.name}, map {values['number']}, tick {realms.state.clock[0].tick}"]
    parts += [f"population {look.population}"] * (look.population != ALL)
    parts += [f"agent {look.agent}"] * (look.agent != ALL)
    click.echo(", ".join(parts))
    return numbers
