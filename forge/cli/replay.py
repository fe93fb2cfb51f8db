"""Replay: play a recording in the browser, verify it, or make pictures and films of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forge.cli.exporting import Export, export_options
from forge.cli.options import StoppedError, given, plain_errors, serving_options

if TYPE_CHECKING:
    from forge.blade.recording.replay import Recording


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--verify", is_flag=True,
    help="Only play it to its end and check it against its digests, as fast as it goes.",
)  # fmt: skip
@click.option(
    "--unfinished", is_flag=True,
    help="Take a recording that was cut off, up to its last whole part.",
)  # fmt: skip
@export_options
@serving_options
@click.pass_context
def replay(ctx: click.Context, /, file: Path, **values: Any) -> None:
    """Play a recording (--record) in the browser, verify it, or make pictures and films of it.

    FILE is played by the rules from its first state and its agents' actions; the world is checked
    against the recorded one as it goes. A file that was damaged is refused, with the tick.
    """
    from forge.blade.recording.replay import Recording
    from forge.embyr import watching
    from forge.embyr.feeds import ReplayFeed
    from forge.embyr.worlds import Recorded

    with plain_errors():
        export = Export.of(ctx, values)
        others = (given(ctx, name) for name in ("port", "host", "tick", "ticks"))
        if values["verify"] and (export or any(others)):
            raise click.UsageError("--verify only verifies: give it alone")
        if given(ctx, "ticks") and not export:
            raise click.UsageError("--ticks goes with --png, --gif, --mp4 or --html")
        recording = Recording.read(file, values["unfinished"])
        if values["verify"]:
            _verify(recording)
        elif export:
            export.play(Recorded(recording), recording.head.realm)
        else:
            feed = ReplayFeed(recording)
            watching.watch(feed, feed.realms, values["host"], values["port"], click.echo)


def _verify(recording: "Recording") -> None:
    from forge.blade.recording.replay import Replay

    replay = Replay(recording)
    head, clock = recording.head, replay.realms.state.clock[0]
    try:
        while not replay.ended:
            replay.play()
    except KeyboardInterrupt:
        raise StoppedError(
            f"{recording.path} is verified up to tick {int(clock['tick']):,} of {recording.last:,}"
        ) from None
    click.echo(
        f"{recording.path}: {recording.ticks:,} ticks, {head.tick + 1:,} … {recording.last:,}, are "
        "as they were recorded"
        f"{', and there it was cut off' if recording.cut_off else ''}.\n"
        f"realm {head.realm}, map {head.map}: {head.source}\n"
        f"{int(clock['living']):,} agents live at the end, of {int(clock['next_id']):,} born\n"
        f"digest {replay.realms.digest()}"
    )
