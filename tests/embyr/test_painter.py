"""Overlays are computed while they are looked at, as often as the pace allows."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forge.embyr import NothingToShowError
from forge.embyr.overlays import OVERLAYS, Look, Overlay
from forge.embyr.painter import Painter, View, paint


class Scene:
    """A painter with a clock of its own, and an overlay that takes its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cost: float = 0.01) -> None:
        self.now, self.tick, self.cost = 100.0, 1, cost
        self.painter = Painter(lambda: self.now)
        for name in ("A", "B"):
            made = Overlay(name, self.draw, "", "", "linear", (), ())
            monkeypatch.setitem(OVERLAYS, name, made)

    def draw(self, realms: Any, sword: Any) -> Any:
        self.now += self.cost
        return np.zeros((2, 2))

    def view(self) -> View:
        config = SimpleNamespace(map_size=2, populations=1)
        state = SimpleNamespace(clock=np.rec.array([(self.tick,)], dtype=[("tick", int)]))
        realms: Any = SimpleNamespace(config=config, indices=(0,), state=state)
        return View(realms, None, 0, "a source")

    def paint(self, *names: str, hurry: bool = False) -> list[str]:
        """Paint after another tick."""
        looks = {Look(0, name): self.view() for name in names}
        self.tick += 1
        return [painted.look.name for painted in self.painter.paint(looks, hurry)]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


def test_an_overlay_is_computed_at_most_twice_a_second(scene: Scene) -> None:
    times = 0
    for _ in range(400):  # 10 s
        times += len(scene.paint("A"))
        scene.now += 0.025
    assert 18 <= times <= 20


def test_an_expensive_one_takes_a_fifth_of_the_time_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene, times = Scene(monkeypatch, cost=1.0), 0
    while scene.now < 200:
        times += len(scene.paint("A"))
        scene.now += 0.025
    assert 18 <= times <= 20


def test_they_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, turns = Scene(monkeypatch, cost=1.0), []
    while scene.now < 130:
        turns += scene.paint("A", "B")
        scene.now += 0.025
    assert turns[:6] in (["A", "B"] * 3, ["B", "A"] * 3)


def test_what_nobody_looks_at_is_not_computed_and_then_at_once(scene: Scene) -> None:
    assert scene.paint("A") == ["A"]
    assert scene.paint() == []
    scene.now += 0.1
    assert scene.paint("A") == ["A"]


def test_what_has_not_changed_is_not_computed_again(scene: Scene) -> None:
    assert scene.paint("A") == ["A"]
    scene.now += 10
    scene.tick -= 1
    assert scene.paint("A", hurry=True) == []


def test_before_a_pause_all_that_is_out_of_date_is_computed(scene: Scene) -> None:
    assert scene.paint("A") == ["A"]
    assert scene.paint("A", "B") == []
    assert sorted(scene.paint("A", "B", hurry=True)) == ["A", "B"]


def test_a_realm_that_is_opened_anew_is_painted_anew(scene: Scene) -> None:
    assert scene.paint("A") == ["A"]
    scene.tick, scene.now = scene.tick - 1, scene.now + 1
    scene.painter.forget(0)
    assert scene.paint("A") == ["A"]


@pytest.mark.parametrize(
    ("error", "fault", "is_error"),
    [
        (RuntimeError("no\nidea"), "RuntimeError: no idea", True),
        (NothingToShowError("Not now."), "Not now.", False),
    ],
)
def test_whatever_goes_wrong_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception, fault: str, is_error: bool
) -> None:
    def fail(realms: Any, sword: Any) -> Any:
        raise error

    monkeypatch.setitem(OVERLAYS, "A", OVERLAYS["A"]._replace(function=fail))
    painted = paint(Look(0, "A"), scene.view())
    assert (painted.values, painted.fault, painted.is_error) == (None, fault, is_error)


def test_a_wrong_shape_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    made = OVERLAYS["A"]._replace(function=lambda realms, sword: np.zeros(3))
    monkeypatch.setitem(OVERLAYS, "A", made)
    painted = paint(Look(0, "A"), scene.view())
    assert "shape (3,)" in painted.fault
    assert painted.is_error
