"""Overlays are registered, checked and taken along to other processes."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forge.embyr import NothingToShowError, layers, overlay, overlays
from forge.embyr.overlays import ALL, OVERLAYS, Look, OverlayError
from tests.embyr import shown

REALMS = SimpleNamespace(config=SimpleNamespace(map_size=4, populations=2), indices=(0, 1, 2))
HERE = Look(0, "Mine")


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(OVERLAYS)
    yield
    OVERLAYS.clear()
    OVERLAYS.update(before)


def draw(look: Look = HERE, w: int = 1) -> Any:
    return OVERLAYS[look.name].draw(REALMS, "the sword", w, look)


def giving(result: Any, **how: Any) -> None:
    overlay("Mine", **how)(lambda realms, sword: result)


def test_a_function_is_given_what_it_declares() -> None:
    def mine(realms: Any, sword: Any, population: int, w: int) -> Any:
        """Say it. And more.

        Not this.
        """
        return np.full((4, 4), 10 * w + population)

    assert overlay("Mine", unit="m")(mine) is mine
    assert draw(Look(0, "Mine", 1), w=2).tolist() == [[21.0] * 4] * 4
    assert OVERLAYS["Mine"].described() == {
        "name": "Mine", "about": "Say it. And more.", "unit": "m", "scale": "linear",
        "populations": "one", "agent": False,
    }  # fmt: skip


def test_none_stands_for_all_populations_and_for_nobody() -> None:
    @overlay("Mine")
    def mine(
        realms: Any, sword: Any, agent: int | None = None, population: int | None = None
    ) -> Any:
        assert (agent, population) == (None, None)
        return np.zeros((4, 4))

    assert draw().shape == (4, 4)
    assert OVERLAYS["Mine"].described()["populations"] == "any"


def test_an_overlay_about_an_agent_asks_for_one() -> None:
    overlay("Mine")(lambda realms, sword, agent: np.full((4, 4), agent))
    assert draw(Look(0, "Mine", ALL, 3))[0, 0] == 3
    with pytest.raises(NothingToShowError, match="Choose an agent"):
        draw()


def test_a_population_that_does_not_exist_has_nothing_to_show() -> None:
    overlay("Mine")(lambda realms, sword, population: np.zeros((4, 4)))
    with pytest.raises(NothingToShowError, match="no population 2"):
        draw(Look(0, "Mine", 2))


def test_what_a_function_does_not_ask_for_makes_no_other_look() -> None:
    overlay("Mine")(lambda realms, sword: 0)
    assert OVERLAYS["Mine"].reduced(Look(5, "Mine", 1, 2)) == Look(5, "Mine")
    overlay("One")(lambda realms, sword, population: 0)
    assert OVERLAYS["One"].reduced(Look(5, "One", ALL, 2)) == Look(5, "One", 0)


@pytest.mark.parametrize("result", [np.arange(16).reshape(4, 4), [[True] * 4] * 4])
def test_whole_numbers_and_marks_are_numbers_too(result: Any) -> None:
    giving(result)
    assert draw().dtype == np.float64
    assert draw().tolist() == np.asarray(result).tolist()


def test_an_array_for_each_realm_will_do() -> None:
    giving(np.arange(3)[:, None, None] * np.ones((4, 4)))
    assert (draw(w=2) == 2).all()


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (None, "gave None, which is no array of numbers"),
        ("4", "'4', which is no array"),
        ([[1, 2], [3]], "no array of numbers"),
        (np.zeros((4, 5)), r"shape \(4, 5\): the map's is \(4, 4\)"),
        (np.zeros((4, 4), complex), "no array of numbers"),
        (np.full((4, 4), np.inf), "infinite"),
    ],
)
def test_what_cannot_be_shown_is_refused(result: Any, fault: str) -> None:
    giving(result)
    with pytest.raises(OverlayError, match=fault):
        draw()


def test_negative_numbers_have_no_logarithm() -> None:
    giving(np.full((4, 4), -1.0), scale="log")
    with pytest.raises(OverlayError, match="negative"):
        draw()


@pytest.mark.parametrize(
    ("name", "function", "how", "fault"),
    [
        ("", lambda realms, sword: 0, {}, "1 to 40 characters"),
        (abs, lambda realms, sword: 0, {}, 'as in @overlay'),
        ("x" * 41, lambda realms, sword: 0, {}, "1 to 40 characters"),
        ("Mine", lambda realms, sword: 0, {"scale": "cubic"}, "one of linear, log, signed"),
        ("Mine", lambda realms: 0, {}, r"takes \(realms\): an overlay takes \(realms, sword\)"),
        ("Mine", lambda realms, sword, tick: 0, {}, "of w, population, agent what it needs"),
        ("Mine", 3, {}, "is 3, no function"),
        ("Counts", lambda realms, sword: 0, {}, "two overlays are called 'Counts'"),
        ("Sight", lambda realms, sword: 0, {}, "has an overlay 'Sight' of its own"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_overlay_is_refused(
    name: Any, function: Any, how: dict[str, Any], fault: str
) -> None:
    assert layers.catalogue()[0]["name"] == "Counts"
    with pytest.raises(OverlayError, match=fault):
        overlay(name, **how)(function)


def test_a_module_that_is_imported_again_takes_its_own_place() -> None:
    overlay("Mine")(shown.shown)
    overlay("Mine")(shown.shown)
    assert OVERLAYS["Mine"].function is shown.shown


def test_a_function_of_a_module_is_taken_along() -> None:
    overlay("Mine")(shown.shown)
    packed = pickle.loads(pickle.dumps(overlays.pack()))
    OVERLAYS.clear()
    overlays.unpack(packed)
    assert draw()[0, 0] == 7


@pytest.mark.parametrize("module", ["", "__main__"])
def test_a_function_that_cannot_be_taken_along_says_why(module: str) -> None:
    def mine(realms: Any, sword: Any) -> Any:
        return np.zeros((4, 4))

    mine.__module__ = module or mine.__module__
    overlay("Mine")(mine)
    overlays.unpack(overlays.pack())
    overlays.unpack(overlays.pack())  # and so does the next process
    with pytest.raises(OverlayError, match="module"):
        draw()


def test_a_module_that_is_not_there_any_more_is_said() -> None:
    overlay("Mine")(shown.shown)
    packed = [each._replace(function=b"ctests.nowhere\nmine\n.") for each in overlays.pack()]
    overlays.unpack(packed)
    with pytest.raises(OverlayError, match="cannot be imported: ModuleNotFoundError"):
        draw()


FILE = """
import numpy as np
from forge.embyr import overlay

@overlay("Thirst", unit="water")
def thirst(realms, sword, w):
    '''How thirsty.'''
    return np.zeros((4, 4))
"""


def loaded(tmp_path: Path, text: str, name: str = "thirsty_tiles.py") -> Any:
    """Load a file in a process of its own: what is registered, or the error."""
    (tmp_path / name).write_text(text)
    code = (
        "import json, sys\nfrom forge.embyr import overlays\n"
        "try: overlays.load(sys.argv[1]); print(json.dumps(sorted(overlays.OVERLAYS)))\n"
        "except overlays.OverlayError as error: print(json.dumps(str(error)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_file_registers_what_it_defines(tmp_path: Path) -> None:
    assert loaded(tmp_path, FILE) == ["Thirst"]


@pytest.mark.parametrize(
    ("text", "name", "fault"),
    [
        ("1 / 0", "broken_tiles.py", "ZeroDivisionError: division by zero"),
        ("x = 1", "empty_tiles.py", "registers no overlay"),
        (FILE, "json.py", "has the name of another module"),
        ("from forge.embyr import overlay\noverlay('')", "wrong_tiles.py", "1 to 40 characters"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    tmp_path: Path, text: str, name: str, fault: str
) -> None:
    assert fault in loaded(tmp_path, text, name)


def test_a_missing_file_is_said() -> None:
    with pytest.raises(OverlayError, match=r"no file nowhere/tiles\.py"):
        overlays.load("nowhere/tiles.py")


def test_a_module_can_be_named() -> None:
    with pytest.raises(OverlayError, match=r"tests\.embyr\.shown registers no overlay"):
        overlays.load("tests.embyr.shown")
    overlay("Mine")(shown.shown)
    overlays.load("tests.embyr.shown")
