"""What would be published: a wheel that works by itself, and sources that hold everything."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.web import needs_page

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (".ci", "docs", "examples", "experiments", "forge", "tests", "tools")
CLIENT = "forge/embyr/client/"  # what the page is made from
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, as a build leaves files beside them."""
    copy = tmp_path_factory.mktemp("checkout")
    beside = shutil.ignore_patterns("__pycache__", "node_modules")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=beside)
    for file in filter(Path.is_file, ROOT.iterdir()):
        shutil.copy(file, copy)
    return copy


@pytest.fixture(scope="module")
def dist(checkout: Path) -> Path:
    """What ``python -m build`` makes of them: the sources packed, and from these the wheel."""
    run("-m", "build", "--no-isolation", cwd=checkout)
    return checkout / "dist"


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    run("-m", "pip", "install", "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
    return target


def test_an_index_would_take_the_packages_and_can_show_the_readme(dist: Path) -> None:
    checked = run("-m", "twine", "check", "--strict", *dist.iterdir(), cwd=dist)
    assert checked.count("PASSED") == 2


def test_the_wheel_holds_the_package_alone_with_types_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    about = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"forge", about}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "forge").rglob("*.py")}
    modules = {name for name in modules if not name.startswith(CLIENT)}
    assert modules <= set(names)
    assert not [name for name in names if name.startswith(CLIENT)]
    assert {"forge/py.typed", f"{about}/licenses/LICENSE"} <= set(names)


@needs_page
def test_wheel_and_sources_hold_the_page_so_that_neither_needs_node(dist: Path) -> None:
    page = {f"forge/embyr/web/{name}" for name in ("index.html", "app.js", "app.css", "stamp")}
    names = zipfile.ZipFile(next(dist.glob("*.whl"))).namelist()
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sources:
        packed = {name.partition("/")[2] for name in sources.getnames()}
    assert page <= set(names)
    assert page <= packed


def test_the_installed_wheel_answers_help(installed: Path) -> None:
    assert "Usage:" in run("-m", "forge", "--help", cwd=installed)
    where = run("-c", "import forge; print(forge.__file__)", cwd=installed)
    assert Path(where.strip()).is_relative_to(installed)
    entry = next(installed.glob("*.dist-info/entry_points.txt")).read_text(encoding="utf-8")
    assert "forge = forge.cli:main" in entry


def test_the_source_distribution_holds_the_whole_checkout(checkout: Path, dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sources:
        found = {name.partition("/")[2] for name in sources.getnames()}
    wanted = {
        path.relative_to(checkout).as_posix()
        for folder in FOLDERS
        for path in (checkout / folder).rglob("*.*")
    }
    more = {"LICENSE", "README.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "Forge.py"}
    assert len(wanted) > 200
    assert (wanted | more) - found == set()


def test_version_and_date_are_the_same_in_project_changelog_and_citation() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[\d.]*)\] - (\d{4}-\d\d-\d\d)$", changes, re.MULTILINE)
    version = re.search(r'^version = "(.+)"$', PROJECT, re.MULTILINE)
    assert version is not None
    assert released[0] == (version[1], str(citation["date-released"]))
    assert citation["version"] == version[1]


def test_the_citation_names_what_it_must_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "license"} <= set(citation)
    assert "1903.00784" in str(citation["references"])
