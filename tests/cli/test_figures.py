"""The command figures: every figure of an experiment again, from its table alone."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments import scale
from experiments.common import write
from forge.cli import checkout, main
from forge.cli.figures import EXPERIMENTS

FOLDER = checkout.ROOT / "experiments"


def figures(*words: str) -> Result:
    return CliRunner().invoke(main, ["figures", *words])


def measured(folder: Path) -> Path:
    """Write a table of an experiment."""
    folder.mkdir(parents=True)
    lines = [(0.5, 0, 1, 128, 1000, 1, 0.01, 7, 2**20), (0.5, 0, 1, 500, 1000, 1, 0.01, 8, "")]
    write(folder / "scale.csv", scale.COLUMNS, lines)
    return folder


def test_figures_are_drawn_in_the_folders_and_in_those_within(tmp_path: Path) -> None:
    folders = measured(tmp_path / "runs" / "scale"), measured(tmp_path / "other")
    (folders[1] / "notes.csv").write_text("no experiment\n")
    result = figures(str(tmp_path / "runs"), str(folders[1]))
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [str(folder / "scale.png") for folder in folders]
    assert all((folder / "scale.png").stat().st_size > 1000 for folder in folders)


def test_without_a_table_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = figures()
    assert result.exit_code == 2
    assert "no table of an experiment in runs: run one" in result.output


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"a,b\n1,2\n", "has no column million"),
        (b"\xff\xfe", "is no whole table of the experiment scale"),
        (b"million,realms\n1,x\n", "is no whole table of the experiment scale"),
    ],
)
def test_a_table_that_is_none_is_named(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "scale.csv").write_bytes(content)
    result = figures(str(tmp_path))
    assert result.exit_code == 2
    assert f"{tmp_path / 'scale.csv'} {fault}" in result.output


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = figures(str(measured(tmp_path / "a")))
    assert result.exit_code == 2
    assert "pip install -e '.[figures]'" in result.output


def test_every_experiment_that_draws_from_a_folder_is_listed() -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    drawn = {name for name, text in texts.items() if "\ndef draw(out: Path)" in text}
    assert drawn == set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_draws_from_a_folder(name: str) -> None:
    module = checkout.experiment(name)
    assert list(module.draw.__annotations__) == ["out", "return"]
    assert f"{name}.png" in Path(str(module.__file__)).read_text(encoding="utf-8")


def test_without_the_experiments_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "ROOT", Path("/nowhere"))
    with pytest.raises(Exception, match="run it in a checkout"):
        checkout.experiment("niches")
