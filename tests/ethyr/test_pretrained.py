"""Agents that come with the package are found by their names."""

from pathlib import Path

import pytest

from forge.errors import CheckpointError
from forge.ethyr.pretrained import FOLDER, SETS, fitting, located


@pytest.mark.parametrize("name", SETS)
def test_a_name_stands_for_a_file_of_the_package(name: str) -> None:
    assert located(f"pretrained:{name}") == FOLDER / f"{name}.safetensors"
    assert (FOLDER / f"{name}.safetensors").is_file()


@pytest.mark.parametrize("path", ["runs/a", "./pretrained:chaos", Path("pretrained:chaos")])
def test_other_paths_are_what_they_are(path: str | Path) -> None:
    assert located(path) == Path(path)


def test_other_names_are_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        CheckpointError, match=r"'pretrained:lwa' .*pretrained:chaos, pretrained:law"
    ):
        located("pretrained:lwa")


def test_worlds_with_and_without_combat_have_a_set_each() -> None:
    assert (fitting(True), fitting(False)) == ("pretrained:chaos", "pretrained:law")
