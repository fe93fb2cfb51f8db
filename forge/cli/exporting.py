"""Share the options that make pictures and films, without a browser or a display."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.options import given

if TYPE_CHECKING:
    from forge.embyr.worlds import Beginning, World

Function = Callable[..., Any]

# Each kind of file, the end of its name, and what it is.
KINDS = {
    "png": "a picture of one tick",
    "gif": "a film",
    "mp4": "a film, where ffmpeg is installed",
    "html": "a page with the viewer and the ticks inside, to be opened from the disk",
}
TICKS = 240  # of a film, by default


def export_options(function: Function) -> Function:
    """Add ``--png``, ``--gif``, ``--mp4``, ``--html``, ``--tick`` and ``--ticks`` to a command."""
    options = [
        *(
            click.option(
                f"--{kind}", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path),
                help=f"Serve nothing: write {about}. An existing file is replaced.",
            )
            for kind, about in KINDS.items()
        ),
        click.option(
            "--tick", type=click.IntRange(0), metavar="N",
            help="Draw this tick, or begin a film here.  [default: the last tick, the first]",
        ),
        click.option(
            "--ticks", type=click.IntRange(1), metavar="N",
            help="Serve nothing: play so many ticks, at most.  [default: all of a recording; else "
            f"{TICKS} for a film]",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@dataclass(frozen=True)
class Export:
    """What is to be written, and of which ticks."""

    files: dict[str, Path]
    tick: int | None
    ticks: int | None

    @classmethod
    def of(cls, ctx: click.Context, values: dict[str, Any]) -> "Export":
        """Read the options, and refuse those that mean nothing together.

        Raises:
            ForgeError: if a file could not be written.
        """
        from forge.embyr.exports import ExportError, check_film
        from forge.files import check_place

        files = {kind: values[kind] for kind in KINDS if values[kind] is not None}
        for kind, path in files.items():
            check_place(path, f".{kind}", ExportError)
        if "mp4" in files:
            check_film()
        if not files and given(ctx, "tick"):
            raise click.UsageError("--tick goes with --png, --gif, --mp4 or --html")
        if files and (given(ctx, "port") or given(ctx, "host")):
            raise click.UsageError(
                f"--{next(iter(files))} serves nothing: give no --port or --host"
            )
        return cls(files, values["tick"], values["ticks"])

    def __bool__(self) -> bool:
        return bool(self.files)

    def play(self, beginning: "Beginning | None", realm: int, records: bool = False) -> None:
        """Play a world, and write the files.

        Args:
            beginning: of the worlds.
            realm: the number of the realm that is shown.
            records: whether there is something to be seen without any file.
        """
        from forge.embyr.taping import close_tapes
        from forge.trinity.engines.surroundings import Surroundings

        assert beginning is not None  # only a run that has just begun keeps one waiting
        group = next(g for g, realms in enumerate(beginning.groups()) if realm in realms)
        with Surroundings():
            try:
                world = beginning.build(group)
                self._make(world, beginning.groups()[group].index(realm), records)
            finally:
                close_tapes()

    def _make(self, world: "World", w: int, records: bool) -> None:
        from forge.embyr import exports

        films = {kind: path for kind, path in self.files.items() if kind != "png"}
        if self.tick is not None:
            exports.go(world, w, self.tick)
            self._draw(world, w)
        elsewhere = TICKS if films or records else 0
        ticks = self.ticks or (elsewhere if world.left is None else world.left)
        exports.write_films(world, w, films, ticks)
        if self.tick is None:
            self._draw(world, w)
        for kind, path in self.files.items():
            click.echo(f"{kind}: {path}")

    def _draw(self, world: "World", w: int) -> None:
        from forge.embyr import exports

        if "png" in self.files:
            exports.write_png(world, w, self.files["png"])
