"""Make, measure and draw maps; write them for Tiled and read them back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.options import InputError, StoppedError, config_options, given

if TYPE_CHECKING:
    from forge.blade.mapstats import MapStatistics
    from forge.blade.terrain import Tiles
    from forge.config import Config

WIDTH = 10  # of a column
LARGEST_SCALE = 8  # pixels per tile, unless asked for more
PICTURE_SIDE = 2048  # pixels; larger maps get fewer pixels per tile
# Parameter → option that means nothing with --read.
MAKING = {"first": "from"} | {
    name: name for name in ("count", "out", "png", "tmx", "scale", "force")
}


@click.command()
@click.option(
    "--from", "first", default=0, show_default=True, type=click.IntRange(0, 2**62), metavar="K",
    help="Number of the first map; held-out maps start at 10000.",
)  # fmt: skip
@click.option(
    "--count", default=8, show_default=True, type=click.IntRange(1, 100_000), metavar="N",
    help="How many maps.",
)  # fmt: skip
@click.option(
    "--out", default="maps", show_default=True, metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.",
)  # fmt: skip
@click.option("--png/--no-png", default=True, show_default=True, help="Draw a picture of each.")
@click.option("--tmx/--no-tmx", default=True, show_default=True, help="Write a Tiled file of each.")
@click.option(
    "--scale", type=click.IntRange(1, 64), metavar="N",
    help=f"Pixels per tile of pictures (default: {LARGEST_SCALE}, fewer for large maps).",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option(
    "--read", "source", metavar="FILE", type=click.Path(path_type=Path),
    help="Make no maps: read a .tmx file, say whether it can be used, and measure it.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, shares as 0 … 1.")
@config_options(default="law128")
@click.pass_context
def maps(ctx: click.Context, /, config: "Config", **values: Any) -> None:
    """Make maps, their statistics and pictures.

    Shares are of the interior, the area within the spawn ring; "reachable" is the share of
    walkable tiles that are connected to the ring.
    """
    if values["source"] is not None:
        for name, option in MAKING.items():
            if given(ctx, name):
                raise click.UsageError(f"--read makes no maps, so --{option} means nothing with it")
        _read(values["source"], config, values["as_json"])
        return
    _make(config, values)


def _read(source: Path, config: "Config", as_json: bool) -> None:
    """Print the statistics of a file."""
    from forge.blade import mapfile, mapstats, terrain
    from forge.config import ConfigError

    tiles = mapfile.read(source)
    try:
        found = mapstats.statistics(tiles, config.replace(map_size=len(tiles)))
    except (terrain.MapError, ConfigError) as error:
        raise InputError(f"{source}: {error}") from None
    if as_json:
        click.echo(json.dumps({"map": str(source), "size": len(tiles), **found.by_name()}))
    else:
        click.echo(f"{source}: {len(tiles)} × {len(tiles)} tiles")
        columns = _columns(config, made=False)
        click.echo(_line("", columns))
        click.echo(_row("", found, columns))


def _make(config: "Config", values: dict[str, Any]) -> None:
    """Make maps, write their files and print their statistics."""
    from forge.blade import mapstats, terrain

    numbers = range(values["first"], values["first"] + values["count"])
    _claim(numbers, values)
    as_json, columns = values["as_json"], _columns(config, made=True)
    if not as_json:
        click.echo(_line("map", columns))
    found: list[MapStatistics] = []
    try:
        for number in numbers:
            tiles = terrain.generate(config, number)
            statistics = mapstats.statistics(tiles, config)
            for path, content in _files(number, tiles, values):
                _write(path, content)
            found.append(statistics)
            if not as_json:
                click.echo(_row(str(number), statistics, columns))
    except KeyboardInterrupt:
        raise StoppedError(_how_far(numbers, len(found), values)) from None
    if as_json:
        click.echo(json.dumps(_report(config, numbers, found, values), indent=2))
    else:
        click.echo(_row("mean", mapstats.mean(found), columns))
        if values["png"] or values["tmx"]:
            click.echo(f"files: {values['out']}")


def _how_far(numbers: range, done: int, values: dict[str, Any]) -> str:
    """Say how many maps are made, and how to make the others."""
    made = f"{done} of {len(numbers)} maps are made"
    if not _kinds(values):
        return made
    return f"{made}; for the others: --from {numbers[done]} --count {len(numbers) - done} --force"


def _claim(numbers: range, values: dict[str, Any]) -> None:
    """Make the folder, or refuse before the first map if a file would be replaced."""
    kinds = _kinds(values)
    if not kinds:
        return
    if not values["force"]:
        names = (_path(values["out"], number, kind) for number in numbers for kind in kinds)
        existing = next((path for path in names if path.exists()), None)
        if existing is not None:
            raise InputError(f"{existing} exists: choose another --out, or replace with --force")
    try:
        values["out"].mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the folder {values['out'].absolute()}: {error.strerror}; choose another "
            "place with --out"
        ) from None


def _kinds(values: dict[str, Any]) -> list[str]:
    return [kind for kind in ("png", "tmx") if values[kind]]


def _path(folder: Path, number: int, kind: str) -> Path:
    return folder / f"map{number:05}.{kind}"


def _files(number: int, tiles: "Tiles", values: dict[str, Any]) -> Iterator[tuple[Path, bytes]]:
    """Yield each file of a map and its content."""
    from forge.blade import mapfile
    from forge.embyr import picture

    if values["png"]:
        scale = values["scale"] or min(LARGEST_SCALE, max(1, PICTURE_SIDE // len(tiles)))
        try:
            image = picture.draw(tiles, scale=scale)
        except ValueError as error:
            raise InputError(str(error)) from None
        yield _path(values["out"], number, "png"), picture.png(image)
    if values["tmx"]:
        yield _path(values["out"], number, "tmx"), mapfile.encode(tiles)


def _write(path: Path, content: bytes) -> None:
    from forge.files import write_atomic

    write_atomic(path, content)


def _report(
    config: "Config", numbers: range, found: "list[MapStatistics]", values: dict[str, Any]
) -> dict[str, Any]:
    from forge.blade import mapstats

    files = [_path(values["out"], number, kind) for number in numbers for kind in _kinds(values)]
    return {
        "maps": [
            {"map": number, **one.by_name()} for number, one in zip(numbers, found, strict=True)
        ],
        "mean": mapstats.mean(found).by_name(),
        "files": [str(path) for path in files],
        "config": config.as_dict(),
    }


def _line(name: str, cells: tuple[str, ...]) -> str:
    return f"{name:>{WIDTH}}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)


def _row(name: str, found: "MapStatistics", columns: tuple[str, ...]) -> str:
    shares = found.by_name()
    return _line(name, tuple(f"{shares[column]:.1%}" for column in columns))


def _columns(config: "Config", made: bool) -> tuple[str, ...]:
    """Name the columns of the table: kinds of tiles, without harvested ones for maps just made."""
    from forge.blade.professions import SPENT
    from forge.blade.tiles import Tile, kinds_in

    kinds = [kind for kind in kinds_in(config)[1:] if not (made and kind in SPENT)]
    return (*(kind.name.lower() for kind in (*kinds, Tile.LAVA)), "reachable")
