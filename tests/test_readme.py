"""What README and docs say is so: snippets run, commands parse, links lead somewhere."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from forge.cli import main
from tests.jit import but_for_compiling

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
NAMED = ("bench", "evaluate", "maps", "overlay", "watch")  # commands whose words are read, too
RECIPES = ROOT / "docs" / "extend.md"  # its snippets are parts of recipes: see test_extend.py


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


SNIPPETS = [
    pytest.param(text, id=f"{page.relative_to(ROOT).with_suffix('').as_posix()}-{number}")
    for page in PAGES
    if page != RECIPES
    for number, text in enumerate(blocks(page, "python"))
]
COMMANDS = sorted(
    {
        line.partition("#")[0].strip()
        for page in PAGES
        for block in blocks(page, "bash")
        for line in block.replace(" && ", "\n").splitlines()
        if "Forge.py" in line
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run under the name that the pages use."""
    folder = tmp_path_factory.mktemp("reader")
    options = ["--run", "runs/NAME-DATE", "--config", "law16", "--epochs", "1"]
    options += ["--events", "events.csv"]
    command = [sys.executable, str(ROOT / "Forge.py"), "--engine", "serial", *options]
    importlib.import_module("matplotlib.font_manager")  # tells once that it looks for fonts
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return folder


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_run_as_written(snippet: str, folder: Path) -> None:
    script = folder / "snippet.py"
    script.write_text(snippet, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert but_for_compiling(done.stderr) == ""
    for name in re.findall(r'\.save\("([\w.]+)"', snippet):
        assert (folder / name).stat().st_size > 0


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command: str) -> None:
    words = shlex.split(command)[2:]  # after python Forge.py
    if "--help" in words:
        return
    name = words[0] if words and words[0] in NAMED else None
    parser = main if name is None else main.get_command(main.make_context("forge", []), name)
    assert parser is not None
    parser.make_context("forge", words if name is None else words[1:])


def test_there_are_commands_and_snippets_to_try() -> None:
    assert len(COMMANDS) >= 7
    assert len(SNIPPETS) >= 6


def test_readme_names_the_command_that_the_checks_run() -> None:
    check = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for words in ("pip install", "-e '.[test]'", "bin/python -m tests"):
        assert words in README
        assert words in check


def test_every_link_leads_to_a_file() -> None:
    links = [
        (page, link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(links) > 5
    assert [str(link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_folder_that_readme_names_exists() -> None:
    named = re.findall(r"`((?:forge|tests|examples|experiments|docs)/[\w/.]*)`", README)
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def build() -> ModuleType:
    """Load docs/build.py."""
    spec = importlib.util.spec_from_file_location("build", ROOT / "docs" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_settings_is_up_to_date() -> None:
    written = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    assert build().config_page() == written, "run: python docs/build.py"


def test_the_tables_of_lists_are_up_to_date() -> None:
    made, found = build(), set()
    for name in made.FILLED:
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert made.filled(page) == page, "run: python docs/build.py"
        found |= {table for table in made.TABLES if f"<!-- {table} -->" in page}
    assert found == set(made.TABLES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_name_no_address_of_a_download(page: Path) -> None:
    assert not re.search(r"https?://", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_each_of_the_four_hooks_takes_less_than_ten_lines(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)[2]
    hooks = re.findall(
        r"^\*\*([\w ]+)[.。]\*\*.*?```python\n(.*?)```", section, re.DOTALL | re.MULTILINE
    )
    assert len(hooks) == 4
    for name, code in hooks:
        assert sum(bool(line.strip()) for line in code.splitlines()) < 10, name


def test_the_chinese_page_gives_the_same_commands() -> None:
    ours, theirs = (blocks(ROOT / page, "bash") for page in ("README.md", "README.zh.md"))
    commands = [
        {line.partition("#")[0].strip() for b in page for line in b.splitlines()}
        for page in (ours, theirs)
    ]
    assert commands[0] == commands[1]
