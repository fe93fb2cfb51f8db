"""The pages of docs/ are complete: the index, the files of a run, where v1.0's files went."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forge import Args, Chaos
from forge.blade.records import LIFE
from forge.ethyr.summary import Summary
from forge.trinity import smith

DOCS = Path(__file__).resolve().parents[1] / "docs"
RUNS = (DOCS / "runs.md").read_text(encoding="utf-8")
FROM_V1 = (DOCS / "from-v1.md").read_text(encoding="utf-8")

# The file structure of v1.0, as its README lists it.
V1_FILES = (
    "ann.py", "god.py", "pantheon.py", "sword.py", "trinity.py", "smith.py", "visualize.py",
    "rollouts.py", "stim.py", "torch/loss.py", "torch/optim.py", "torch/param.py",
    "torch/stim.py", "torch/utils.py", "action/action.py", "action/tree.py", "action/v2.py",
    "core/config.py", "core/env.py", "core/map.py", "core/realm.py", "core/tile.py",
    "entity/player.py", "entity/npc/npc.py", "entity/npc/mobs.py", "hook/", "item/", "lib/",
    "lib/enums.py", "systems/", "forge/embyr/", "Forge.py", "configs.py", "experiments.py",
)  # fmt: skip


def rows(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    lines = iter(text.partition(f"| {heading} |")[2].splitlines()[2:])
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table


def names(text: str, heading: str) -> list[str]:
    return [row[0].strip(" `") for row in rows(text, heading)]


def fields(value: object, name: str = "") -> Iterator[str]:
    """Name what an object of JSON holds: ``deaths.lava`` is an entry of the entry ``deaths``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from fields(inner, f"{name}.{key}" if name else key)
    else:
        yield name


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a small run with combat."""
    path = tmp_path_factory.mktemp("runs") / "small"
    config = Chaos(max_agents=8, populations=2, map_size=32, horizon=8, hidden=4)
    with smith.Native(config, Args(engine="serial", run=str(path))) as envs:
        envs.run(1)
    return path


def test_the_index_lists_every_page() -> None:
    listed = re.findall(r"^\* \[.*?\]\(([\w-]+\.md)\)", (DOCS / "README.md").read_text(), re.M)
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert len(listed) == len(pages) > 10
    assert set(listed) == pages


def test_every_field_of_the_metrics_is_documented(run: Path) -> None:
    written = list(fields(json.loads((run / "metrics.jsonl").read_text())))
    assert len(written) > 15
    assert sorted(names(RUNS, "field")) == sorted(written)


def test_every_documented_field_says_its_unit_and_over_what_it_is() -> None:
    windows = {"run", "epoch", "ten epochs", "end of the epoch"}
    for _, unit, over, meaning in rows(RUNS, "field"):
        assert unit
        assert meaning
        assert over in windows


def test_the_line_of_progress_is_as_it_is_shown() -> None:
    line = Summary(
        epoch=12, seconds=31.0, agent_steps=98_304, agent_steps_per_s=3171.0, living=66,
        mean_completed_lifetime=24.1, populations={"mean_completed_lifetime": [22.3, None]},
    )  # fmt: skip
    assert f"\n{line} | 0:01:02 left\n" in RUNS


def test_every_file_of_a_run_is_documented(run: Path) -> None:
    written = {
        re.sub(r"\d{8}", "XXXXXXXX", path.relative_to(run).as_posix())
        for path in run.rglob("*")
        if path.is_file()
    }
    assert len(written) > 5
    assert set(names(RUNS, "file")) == written


@pytest.mark.parametrize("name", ["args.json", "versions.json"])
def test_every_value_beside_the_config_is_documented(run: Path, name: str) -> None:
    about = dict(rows(RUNS, "file"))[f"`{name}`"]
    keys = json.loads((run / name).read_text())
    assert [key for key in keys if f"`{key}`" not in about] == []


def test_every_column_of_a_life_is_documented() -> None:
    assert names(RUNS, "column") == list(LIFE.names or ())


@pytest.mark.parametrize("name", V1_FILES)
def test_every_file_of_v1_has_a_place(name: str) -> None:
    places = re.findall(r"^\|(.*?) \| ", FROM_V1, re.MULTILINE)
    assert any(f"`{name}`" in place for place in places)


def test_every_place_that_the_page_on_v1_names_exists() -> None:
    places = re.findall(r"^\|.*? \|(.*)$", FROM_V1, re.MULTILINE)
    paths = [path for place in places for path in re.findall(r"`(\w+/[\w/]*[\w.]*)`", place)]
    assert len(paths) > 30
    assert [path for path in paths if not (DOCS.parent / path).exists()] == []
