"""Share what experiments need: intervals, tables, figures, options.

An experiment keeps its runs and results in one folder, ``out``: a run of training in a folder of
its own (see ``experiments.training``), its numbers in NAME.csv, and its figure in NAME.png. Its
module draws the figure by ``draw(out)``, from the CSV alone.
"""

import csv
import functools
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from forge import files
from forge.cli.options import InputError, plain_errors
from forge.cli.script import kept_lines
from forge.embyr.palette import safe_colour
from forge.ethyr import lifetimes

Array = NDArray[Any]
Row = dict[str, str]  # a line of a CSV

RESAMPLES = 2000
SETTINGS = "settings.json"  # see keep
COLOURS = tuple("#{:02x}{:02x}{:02x}".format(*safe_colour(k)) for k in (1, 6, 0, 4, 2, 5))

# -- Intervals ------------------------------------------------------------------------------


class Estimate(NamedTuple):
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float

    def __format__(self, form: str) -> str:
        return f"{self.value:{form}} ({self.low:{form}} … {self.high:{form}})"


def ratio(total: Array) -> float:
    """Divide the first sum by the second, such as agent-ticks by deaths; no deaths count as one."""
    return float(total[0] / (total[1] or 1))


def estimate(
    seeds: Sequence[Array],
    rng: np.random.Generator,
    statistic: Callable[[Array], float] = ratio,
) -> Estimate:
    """Find a statistic of sums over seeds and maps, and bound it by the percentile bootstrap.

    Seeds and maps are drawn again and again, see ``forge.ethyr.lifetimes.resampled``. With few
    seeds the interval is too narrow, as every bootstrap's is.

    Args:
        seeds: (maps, columns) for each seed, the same maps for all.
        rng: draws.
        statistic: of the sums (columns,); draws of which it is nan are left out.
    """
    drawn = [statistic(sums) for sums in lifetimes.resampled(seeds, rng, RESAMPLES)]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Estimate(statistic(np.concatenate(seeds).sum(axis=0)), float(low), float(high))


# -- Tables ---------------------------------------------------------------------------------


def read(path: Path, columns: Iterable[str] = ()) -> list[Row]:
    """Read a CSV; nothing if there is none yet.

    Args:
        path: the CSV.
        columns: those that it must have.

    Raises:
        InputError: if it lacks one, as an earlier version wrote it.
    """
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        for name in set(columns).difference(table.fieldnames or ()):
            raise InputError(
                f"{path} has no column {name}, so another version wrote it: run the "
                "experiment into a new folder"
            )
        return list(table)


def write(path: Path, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    """Write a CSV anew; the old or the new one is there, whatever happens."""
    files.write_atomic(path, _csv([columns, *lines]))


def add(path: Path, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    """Add lines to a CSV in one piece: all or none of them."""
    if not path.exists():
        return write(path, columns, lines)
    files.append(path, _csv(lines))


def _csv(lines: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def latest(path: Path, what: str = "results", by: str = "million") -> list[Row]:
    """Read what a CSV says of the agents that have learned most.

    Args:
        path: the CSV.
        what: it holds, for messages.
        by: the column that says how far they have learned.

    Raises:
        InputError: if there is nothing.
    """
    lines = read(path, (by,))
    if not lines:
        raise lacking(path.parent, what)
    most = max(float(line[by]) for line in lines)
    return [line for line in lines if float(line[by]) == most]


def lacking(out: Path, what: str) -> InputError:
    """Say that a folder does not hold all that is to be summed up."""
    return InputError(
        f"{out} lacks {what}: the experiment makes them, given again without --figures"
    )


def keep(out: Path, **settings: int | str) -> None:
    """Note in a folder how its results are made, so that none are made otherwise.

    A setting that an earlier version has not noted is taken to be as it is now.

    Raises:
        InputError: if it holds results that were.
    """
    out.mkdir(parents=True, exist_ok=True)
    noted = _noted(out)
    for name, value in settings.items():
        if noted.setdefault(name, value) != value:
            raise InputError(
                f"{out} holds results with {name.replace('_', ' ')} {noted[name]}, not {value}: "
                "give the same again, or another folder (--out)"
            )
    if noted != _noted(out):
        files.write_atomic(out / SETTINGS, json.dumps(noted).encode())


def kept(out: Path, name: str) -> int | str | None:
    """Look up a setting that ``keep`` has noted; None if it has not."""
    return _noted(out).get(name)


def _noted(out: Path) -> dict[str, int | str]:
    """Read all settings that ``keep`` has noted."""
    path = out / SETTINGS
    found: dict[str, int | str] = {}
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else found


def by_seed(
    lines: Iterable[Row], keys: Sequence[str], values: Sequence[str]
) -> dict[tuple[str, ...], list[Array]]:
    """Collect for every key the numbers of each seed: (maps, values) each."""
    found: dict[tuple[str, ...], dict[str, list[list[float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for line in lines:
        key = tuple(line[name] for name in keys)
        found[key][line["seed"]].append([float(line[name]) for name in values])
    return {key: [np.array(maps) for maps in seeds.values()] for key, seeds in found.items()}


def estimates(
    lines: Iterable[Row],
    keys: Sequence[str],
    values: Sequence[str],
    statistic: Callable[[Array], float] = ratio,
) -> dict[tuple[str, ...], Estimate]:
    """Estimate a statistic for every key; the same draws each time that it is called."""
    rng, found = np.random.default_rng(0), by_seed(lines, keys, values)
    return {key: estimate(seeds, rng, statistic) for key, seeds in found.items()}


# -- Figures --------------------------------------------------------------------------------


@contextmanager
def figure(
    path: Path, rows: int = 1, columns: int = 1, size: tuple[float, float] = (6, 4), **more: Any
) -> Iterator[Any]:
    """Give axes (rows, columns) to draw on, then write the figure.

    Args:
        path: a PNG file.
        rows: rows of axes.
        columns: columns of axes.
        size: width and height of the whole [inches].
        **more: for matplotlib's ``subplots``.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    more = {"figsize": size, "squeeze": False, "layout": "constrained", **more}
    drawing, axes = pyplot.subplots(rows, columns, **more)
    try:
        yield axes
        drawn = io.BytesIO()
        drawing.savefig(drawn, format="png", dpi=110)
        files.write_atomic(path, drawn.getvalue())
    finally:
        pyplot.close(drawing)


def curve(axis: Any, x: Sequence[float], found: Sequence[Estimate], **style: Any) -> None:
    """Draw estimates with their intervals."""
    y = [each.value for each in found]
    bounds = [(each.value - each.low, each.high - each.value) for each in found]
    axis.errorbar(x, y, yerr=np.array(bounds).T.clip(0), capsize=3, marker="o", **style)


def draw_if_possible(draw: Callable[[Path], None], out: Path) -> None:
    """Draw the figure of an experiment, or say what is missing for it."""
    try:
        draw(out)
    except ImportError:
        click.echo("no figure: matplotlib is not installed (pip install -e '.[figures]')")


# -- Options --------------------------------------------------------------------------------

SEEDS = "Runs of each kind."
OUT = "Folder of runs and results; given again, the command goes on there."


def command(
    doc: str | None, name: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of a function; errors that can be expected end it with one line.

    Args:
        doc: docstring of the module, which is the help: commands and lists, which follow an empty
            line, indented or with an asterisk, keep their lines.
        name: of the command; None: that of the function.
    """

    def decorated(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def plain(*args: Any, **kwargs: Any) -> None:
            with plain_errors():
                function(*args, **kwargs)

        return click.command(name, help=kept_lines(doc))(plain)

    return decorated


def options(out: str, minutes: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that experiments share; see the help of each.

    Args:
        out: default folder.
        minutes: default time of training.
    """
    made = (
        click.option("--minutes", default=minutes, show_default=True, type=click.FloatRange(0),
                     help="Time of training, of all runs together; there is at least one round."),
        click.option("--million", type=click.FloatRange(0, min_open=True),
                     help="Train each population for so many million agent-steps instead."),
        click.option("--seeds", default=3, show_default=True, type=click.IntRange(1),
                     help=SEEDS),
        click.option("--out", default=out, show_default=True, type=click.Path(path_type=Path),
                     help=OUT),
        click.option("--figures", is_flag=True,
                     help="Neither train nor play: sum up and draw what there is."),
    )  # fmt: skip

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(made):
            function = option(function)
        return function

    return decorated
