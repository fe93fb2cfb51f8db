"""Imports run one way, and light modules stay light."""

import ast
import graphlib
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Which packages each package may import: blade <- ethyr <- trinity <- embyr, all of these
# <- adaptors <- cli. What embyr draws and sends needs blade alone; see below.
LIGHT = ("config", "errors", "files", "lazily")  # modules of forge that all may import
ALLOWED = {
    "blade": {"blade", *LIGHT},
    "embyr": {"blade", "ethyr", "trinity", "embyr", *LIGHT, "args"},
    "ethyr": {"blade", "ethyr", *LIGHT},
    "trinity": {"blade", "ethyr", "trinity", *LIGHT, "args", "registry"},
    "adaptors": {"blade", "ethyr", "trinity", "embyr", "adaptors", *LIGHT, "args", "registry"},
    "cli": {"blade", "ethyr", "trinity", "embyr", "adaptors", "cli", *LIGHT, "args", "registry"},
}
DRAWN = ("frames", "packets", "palette", "picture", "sheet")  # modules of embyr
HEAVY = ("torch", "asyncio", "multiprocessing", "PIL", "click", "rich", "aiohttp")
ECOSYSTEM = ("gymnasium", "pettingzoo", "supersuit", "stable_baselines3", "torchrl", "ray")


def sources(package: str) -> list[Path]:
    return sorted((ROOT / "forge" / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            # `from forge import x` may import a module, `from forge.blade import Config` does not.
            alone = node.module == "forge"
            names = [f"forge.{name.name}" for name in node.names] if alone else [node.module]
            yield from names


def loaded_by(statement: str) -> set[str]:
    """Import something in a fresh process, and list the top-level modules that it loaded."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_run_one_way(package: str) -> None:
    checked = 0
    for path in sources(package):
        parts = [name.split(".") for name in imported(path)]
        ours = {part[1] for part in parts if part[0] == "forge" and len(part) > 1}
        assert ours <= ALLOWED[package] | {"__version__"}, f"{path} imports {ours}"
        checked += 1
    assert checked > 0


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def needed(path: Path, modules: set[str]) -> set[str]:
    """List the modules of the package that a file names, also inside functions and for types."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    pairs = [
        (node.module, f"{node.module}.{name.name}")
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ]
    return (plain | {inner if inner in modules else str(outer) for outer, inner in pairs}) & modules


def test_no_module_needs_itself_through_others() -> None:
    files = {module_of(path): path for path in (ROOT / "forge").rglob("*.py")}
    graph = {name: needed(path, set(files)) for name, path in files.items()}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) == len(files) > 200


def test_modules_are_attributes_of_their_packages() -> None:
    code = "import forge; print(forge.blade.tiles.Tile.LAVA.name, hasattr(forge, 'nothing'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["LAVA", "False"]


DECLARATIONS = ("blade/worldsettings", "ethyr/learnersettings", "trinity/runsettings")


@pytest.mark.parametrize("declared", DECLARATIONS)
def test_declarations_of_settings_need_nothing_of_what_they_set(declared: str) -> None:
    named = {name for name in imported(ROOT / f"forge/{declared}.py") if name.startswith("forge")}
    # From the last two come casting, quests and kinds, which know the values of settings.
    allowed = {"forge.blade.settings", "forge.errors", "forge.trinity", "forge.blade"}
    assert "forge.blade.settings" in named <= allowed


@pytest.mark.parametrize("module", DRAWN)
def test_what_embyr_draws_and_sends_needs_the_world_alone(module: str) -> None:
    parts = [name.split(".") for name in imported(ROOT / f"forge/embyr/{module}.py")]
    assert {part[1] for part in parts if part[0] == "forge"} <= {"blade", "embyr", "config"}


def test_blade_needs_numpy_and_numba_only() -> None:
    top = {name.split(".")[0] for path in sources("blade") for name in imported(path)}
    ours = top - set(sys.stdlib_module_names)
    # zstandard is imported where a map needs it, and may be missing.
    assert ours <= {"forge", "numpy", "numba", "llvmlite", "typing_extensions", "zstandard"}


def test_the_core_of_ethyr_needs_no_torch() -> None:
    core = [path for path in sources("ethyr") if "torch" not in path.relative_to(ROOT).parts]
    assert len(core) > 2
    for path in core:
        assert not any(name.split(".")[0] == "torch" for name in imported(path)), path


@pytest.mark.parametrize(
    ("statement", "banned"),
    [
        ("from forge import Law", {*HEAVY, *ECOSYSTEM, "numba"}),
        ("import forge.config", {*HEAVY, *ECOSYSTEM, "numba"}),
        ("from forge.trinity.runsettings import RunSettings", {*HEAVY, *ECOSYSTEM, "numba"}),
        ("from forge.blade import *", {"torch", "asyncio", "PIL", "click", "rich"}),
        ("import forge", {*HEAVY, *ECOSYSTEM, "numpy", "numba"}),
        ("import forge.adaptors", {*HEAVY, *ECOSYSTEM, "numpy", "numba"}),
        ("import forge.blade.mapfile", {"zstandard", "torch", "PIL", "click"}),
        ("import forge.embyr.packets", {"torch", "asyncio", "aiohttp", "PIL", "click", "rich"}),
        ("import forge.embyr.spectator", {"torch", "asyncio", "aiohttp", "PIL", "click", "rich"}),
        ("import forge.blade", {"torch", "asyncio", "PIL", "click", "rich"}),
        ("import forge.trinity.trinity", {"torch", "PIL", "click", "rich"}),
        ("from forge.cli import main; main(['--help'], standalone_mode=False)", {"numba", "torch"}),
    ],
)
def test_light_modules_stay_light(statement: str, banned: set[str]) -> None:
    assert not loaded_by(statement) & banned


def test_blade_itself_imports_no_processes() -> None:
    # Numba loads multiprocessing for itself: what counts is what the sources name.
    named = {name.split(".")[0] for path in sources("blade") for name in imported(path)}
    assert not named & set(HEAVY)


def test_only_adaptors_name_the_packages_of_others() -> None:
    others = {*ECOSYSTEM} - {"ray"}  # which may also be a way to run workers
    named = {
        path.relative_to(ROOT / "forge").parts[0]
        for path in sorted((ROOT / "forge").rglob("*.py"))
        if {name.split(".")[0] for name in imported(path)} & others
    }
    assert named <= {"adaptors"}


def test_the_program_looks_for_every_package_that_forge_needs():
    spec = importlib.util.spec_from_file_location("program", ROOT / "Forge.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = project.partition("\ndependencies = [")[2].partition("]")[0]
    names = re.findall(r'"([\w-]+)>=', listed)
    modules = {"PIL" if name == "Pillow" else name.replace("-", "_") for name in names}
    assert modules == set(program.NEEDED)
