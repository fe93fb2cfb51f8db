"""The viewer's page is made when the package is installed, once per change, or not at all."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The build backend, over a copy of the page's sources; its steps write empty files."""
    spec = importlib.util.spec_from_file_location("forge_build", ROOT / "tools/forge_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    beside = shutil.ignore_patterns("node_modules")
    shutil.copytree(module.CLIENT, tmp_path / "client", ignore=beside)
    module.CLIENT, module.WEB = tmp_path / "client", tmp_path / "web"
    module.steps = []
    monkeypatch.delenv("FORGE_NO_WEB", raising=False)
    monkeypatch.setattr(module, "_run", lambda *step, cwd: _pretend(module, step, cwd))
    return module


def _pretend(module: ModuleType, step: tuple[str, ...], cwd: Path) -> None:
    module.steps.append(step[:2])
    (cwd / "web").mkdir(exist_ok=True)


def test_an_unchanged_page_is_made_once(builder: ModuleType) -> None:
    builder.bundle()
    builder.bundle()
    assert builder.steps == [("npm", "ci"), ("node", "build.mjs")]
    assert builder.up_to_date()


def test_node_is_asked_for_only_while_the_page_has_to_be_made(builder: ModuleType) -> None:
    assert builder.NODE in builder.get_requires_for_build_wheel()
    builder.bundle()
    assert builder.NODE not in builder.get_requires_for_build_wheel()


@pytest.mark.parametrize("name", ["src/new.ts", "package.json", "index.html"])
def test_any_changed_source_makes_it_again(builder: ModuleType, name: str) -> None:
    builder.bundle()
    with (builder.CLIENT / name).open("a") as file:
        file.write("\n")
    assert not builder.up_to_date()
    builder.bundle()
    assert len(builder.steps) == 4


def test_without_the_web_nothing_is_asked_for_and_no_page_stays(
    builder: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.bundle()
    monkeypatch.setenv("FORGE_NO_WEB", "1")
    builder.bundle()
    assert not builder.WEB.exists()
    assert builder.NODE not in builder.get_requires_for_build_editable()


def test_a_failing_step_stops_the_build_and_leaves_no_page(builder: ModuleType) -> None:
    def fail(*step: str, cwd: Path) -> None:
        raise builder.BundleError("no")

    builder._run = fail
    with pytest.raises(builder.BundleError):
        builder.build_wheel("unused")
    assert not builder.WEB.exists()


def test_the_lock_file_names_no_registry(builder: ModuleType) -> None:
    assert '"resolved"' not in (builder.CLIENT / "package-lock.json").read_text()
