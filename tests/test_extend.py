"""The recipes of docs/extend.md are carried out on a copy of the package, as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
RECIPE = re.compile(r"^## (Add .+?): (\d+) files?$(.*?)(?=^## |\Z)", re.M | re.S)
STEP = re.compile(
    r"^`(?P<file>\S+)`, (?P<how>new|after|before|in place of)(?: `(?P<line>[^\n]+)`)?:\n+"
    r"```\w+\n(?P<code>.*?)^```",
    re.M | re.S,
)
CHECK = re.compile(r"^It works:\n+```python\n(.*?)^```", re.M | re.S)
RECIPES = {name: (int(files), text) for name, files, text in RECIPE.findall(PAGE)}


def carry_out(how: str, line: str | None, code: str, path: Path) -> None:
    """Write a new file, or change the one line of a file that holds the text given."""
    if how == "new":
        assert not path.exists(), f"{path} is there already"
        path.write_text(code, encoding="utf-8")
        return
    assert line is not None
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = [i for i, each in enumerate(lines) if line in each]
    assert len(found) == 1, f"{path} has {len(found)} lines with {line!r}, not one"
    at = found[0] + (how == "after")
    lines[at : at + (how == "in place of")] = [code]
    path.write_text("".join(lines), encoding="utf-8")


def test_there_are_recipes_for_all_that_people_add():
    kinds = "rule", "feature", "plane", "kind of tile"
    missing = [kind for kind in kinds if not any(kind in name for name in RECIPES)]
    assert missing == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_works_as_written(name, tmp_path):
    files, text = RECIPES[name]
    steps = [step.groupdict() for step in STEP.finditer(text)]
    shutil.copytree(ROOT / "forge", tmp_path / "forge", ignore=shutil.ignore_patterns("__*__"))
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__*__"))
    for step in steps:
        carry_out(step["how"], step["line"], step["code"], tmp_path / step["file"])
    assert len({step["file"] for step in steps}) == files
    (check,) = CHECK.findall(text)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
