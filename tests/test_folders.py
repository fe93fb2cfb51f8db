"""Whoever looks for the tests of a module finds them in the folder of its package."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, TESTS = ROOT / "forge", ROOT / "tests"


def folders(root: Path) -> set[str]:
    """List the folders of Python modules below a root."""
    return {path.parent.relative_to(root).as_posix() for path in root.rglob("*.py")}


def packages(name: str) -> list[str]:
    """List the packages that have a module of that name, from ``forge`` on."""
    found = PACKAGE.rglob(f"{name}.py")
    return [path.parent.relative_to(PACKAGE).as_posix() for path in found]


def test_every_package_has_a_folder_of_tests() -> None:
    assert {name for name in folders(PACKAGE) if "/" not in name} <= folders(TESTS)


def test_every_folder_of_tests_is_that_of_a_package_or_of_scripts() -> None:
    assert folders(TESTS) <= folders(PACKAGE) | {"experiments", "tools"}


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_a_test_that_is_named_as_a_module_stands_in_its_package(path: Path) -> None:
    here, homes = path.parent.relative_to(TESTS).as_posix(), packages(path.stem[5:])
    assert not homes or any(f"{home}/".startswith(f"{here}/") for home in homes)


def test_no_module_has_more_than_400_lines() -> None:
    long = {path for path in PACKAGE.rglob("*.py") if len(path.read_text().splitlines()) > 400}
    assert not long
