"""The recipes of docs/extend.md are carried out on a copy of the package, as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forge.blade.recording.replay import Recording
from forge.errors import ReplayError

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


def carried_out(recipe: str, path: Path) -> set[str]:
    """Carry a recipe out on a copy of the package; say which files it changes."""
    steps = [step.groupdict() for step in STEP.finditer(recipe)]
    for name in ("forge", "tests"):
        shutil.copytree(ROOT / name, path / name, ignore=shutil.ignore_patterns("__*__"))
    for step in steps:
        carry_out(step["how"], step["line"], step["code"], path / step["file"])
    return {step["file"] for step in steps}


def play(script: str, path: Path) -> str:
    """Run a script on a copy of the package; return what it prints."""
    environ = {**os.environ, "PYTHONPATH": str(path), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=path, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_recipes_for_all_that_people_add():
    kinds = "rule", "feature", "head", "plane", "valued array", "kind of tile"
    missing = [kind for kind in kinds if not any(kind in name for name in RECIPES)]
    assert missing == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_works_as_written(name, tmp_path):
    files, text = RECIPES[name]
    assert len(carried_out(text, tmp_path)) == files
    (check,) = CHECK.findall(text)
    play(check, tmp_path)


SCRIPTED = """
from forge.blade import Chaos, Realm
from forge.blade.scripted import greedy

realm = Realm(Chaos(max_agents=6, map_size=24, border=4, radius=3, births=2, populations=2))
for _ in range(12):
    realm.step(greedy(realm.observation))
print(realm.digest(), realm.observation.draws[:, :3].tolist())
"""


HEAD = next(text for name, (_, text) in RECIPES.items() if "head" in name)


def test_another_head_changes_nobodys_numbers(tmp_path):
    carried_out(HEAD, tmp_path)
    assert play(SCRIPTED, tmp_path) == play(SCRIPTED, ROOT)


# -- Recordings -----------------------------------------------------------------------------

POINTER = """
`forge/blade/observation.py`, before `    def __post_init__(self) -> None:`:

```text
    mark: Array = pointer(
        "a row; who marks another makes no move", "can_attack", "style", default=None
    )

```

`forge/blade/tick.py`, in place of `intent.move = heads.move[n] if agents[e].freeze == 0 else 0`:

```text
                free = agents[e].freeze == 0 and pointers.mark[n] <= 0
                intent.move = heads.move[n] if free else 0
```
"""

RECORDED = """
import numpy as np
from forge.blade import Config, Realms
from forge.blade.observation import CHOICES, Actions
from forge.blade.recording.chunks import TICKS, Chunk, framed
from forge.blade.recording.recorder import Recorder
from forge.blade.recording.replay import Recording, Replay, verify
from forge.errors import ReplayError
from tests.mutations import mutated_bytes, seeds

config = Config(max_agents=6, map_size=24, border=4, radius=3, births=2, populations=2)
realms, rng, chosen = Realms(config, 7, (5, 6)), np.random.default_rng(1), []
recorder = Recorder(realms, 1, "Agents of a copy of the package.")
for _ in range(30):
    rows = np.diff(realms.observation.offsets)
    most = {name: choice.size or rows for name, choice in CHOICES.items()}
    drawn = {n: rng.integers(CHOICES[n].least, most[n], len(rows)) for n in CHOICES}
    chosen.append(drawn[tuple(CHOICES)[-1]][realms.observation.realm == 1])
    given = Actions(**{name: drawn[name].astype(it.dtype) for name, it in CHOICES.items()})
    realms.step(given)
    for name in CHOICES:
        getattr(given, name).fill(0)  # a policy may use its arrays again
    recorder.see()
sound = recorder.take(True)
with open("film", "wb") as file:
    file.write(framed(sound)[0])
"""

REPLAYED = """
replay = Replay(Recording.read("film", unfinished=True))
for drawn in chosen:
    _, actions, _ = replay.advance()
    replay.finish()
    assert (getattr(actions, tuple(CHOICES)[-1]) == drawn).all()
assert replay.realms.state.agents.tobytes() == realms.state.agents[1].tobytes()
assert len(np.unique(np.concatenate(chosen))) > 1
"""

FORGED = """
errors = []
for rng, _ in zip(seeds(), range(20)):
    forged = [Chunk(kind, mutated_bytes(it, rng) if kind == TICKS else it) for kind, it in sound]
    try:
        verify(Recording.of(framed(forged)[0], unfinished=True))
    except ReplayError as error:
        errors.append(str(error))
assert len(errors) > 10 and all("tick" in said for said in errors)
"""


@pytest.mark.parametrize(("recipe", "name"), [(HEAD, "crouch"), (POINTER, "mark")])
def test_recordings_hold_another_choice(recipe, name, tmp_path):
    carried_out(recipe, tmp_path)
    play(RECORDED + REPLAYED + FORGED, tmp_path)
    with pytest.raises(ReplayError, match=f"its agents choose move, style, target, {name}; in"):
        Recording.read(tmp_path / "film", unfinished=True)
