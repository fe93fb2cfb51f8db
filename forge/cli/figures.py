"""Draw the figures of experiments again, from their tables alone."""

from pathlib import Path

import click

from forge.cli.checkout import experiment
from forge.cli.options import InputError

EXPERIMENTS = (
    "tournament", "exploration", "niches", "dependence", "value_map", "learning_curves", "scale",
    "saga", "market",
)  # fmt: skip


@click.command()
@click.argument(
    "folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path)
)  # fmt: skip
def figures(folders: tuple[Path, ...]) -> None:
    """Draw the figures of experiments again: FOLDER/NAME.png from FOLDER/NAME.csv.

    FOLDERS hold such tables, or hold folders that do; by default runs, where experiments write.
    """
    wanted = folders or (Path("runs"),)
    tables = [path for folder in wanted for path in _tables(folder)]
    if not tables:
        where = ", ".join(map(str, wanted))
        raise InputError(
            f"no table of an experiment in {where}: run one, for example "
            "python experiments/exploration.py --minutes 2"
        )
    for path in tables:
        try:
            experiment(path.stem).draw(path.parent)
        except (KeyError, ValueError, IndexError) as error:  # UnicodeDecodeError is a ValueError
            raise InputError(
                f"{path} is no whole table of the experiment {path.stem}, or lies beside one that "
                f"is not ({type(error).__name__}: {error}): run the experiment into a new folder"
            ) from None
        except ImportError as error:
            if error.name != "matplotlib":
                raise
            raise InputError(
                "figures are drawn by matplotlib, which is not installed: "
                "pip install -e '.[figures]'"
            ) from None
        click.echo(path.with_suffix(".png"))


def _tables(folder: Path) -> list[Path]:
    """List the tables of experiments in a folder and in the folders in it."""
    found = [*sorted(folder.glob("*.csv")), *sorted(folder.glob("*/*.csv"))]
    return [path for path in found if path.stem in EXPERIMENTS]
