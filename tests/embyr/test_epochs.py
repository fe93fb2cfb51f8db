"""Viewers see how long agents have lived in each epoch of a run, as it trains."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from forge.embyr import epochs
from forge.embyr.epochs import Curves, EpochFile, Lifetimes
from forge.embyr.hub import Hub


def line(epoch: int, *means: float | None) -> str:
    name = "mean_completed_lifetime"
    return json.dumps({"epoch": epoch, name: None, "populations": {name: means}}) + "\n"


def rows(*numbers: int) -> list[Lifetimes]:
    return [Lifetimes(epoch, (float(epoch), None)) for epoch in numbers]


def said(curves: Curves, state: tuple[int, int]) -> Any:
    message = curves.since(state)
    return None if message is None else json.loads(message)


def test_a_file_is_read_as_far_as_its_lines_are_whole(tmp_path: Path) -> None:
    file, path = EpochFile(tmp_path), tmp_path / "metrics.jsonl"
    assert file.news() == []
    path.write_text(line(1, 10, None) + line(2, 12, 5)[:-9], encoding="utf-8")
    assert file.news() == [Lifetimes(1, (10.0, None))]
    path.write_text(line(1, 10, None) + line(2, 12, 5), encoding="utf-8")
    assert file.news() == [Lifetimes(2, (12.0, 5.0))]
    assert file.news() == []


def test_a_file_that_was_cut_is_read_anew(tmp_path: Path) -> None:
    file, path = EpochFile(tmp_path), tmp_path / "metrics.jsonl"
    path.write_text(line(1, 1) + line(2, 2) + line(3, 3), encoding="utf-8")
    assert len(file.news()) == 3
    path.write_text(line(1, 1) + line(2, 9), encoding="utf-8")
    assert file.news() == [Lifetimes(1, (1.0,)), Lifetimes(2, (9.0,))]


@pytest.mark.parametrize("means", [(1, 8, 9, 5), (1, 20, 30, 40), (100, 20, 30, 40)])
def test_a_file_that_was_cut_and_has_grown_again_is_read_anew(
    tmp_path: Path, means: tuple[float, ...]
) -> None:
    file, path = EpochFile(tmp_path), tmp_path / "metrics.jsonl"
    path.write_text(line(1, 1) + line(2, 2) + line(3, 3), encoding="utf-8")
    assert len(file.news()) == 3
    path.write_text("".join(line(n, mean) for n, mean in enumerate(means, 1)), encoding="utf-8")
    assert file.news() == [Lifetimes(n, (mean,)) for n, mean in enumerate(means, 1)]
    assert file.news() == []


@pytest.mark.parametrize("text", ["nothing\n", "{}\n", "[]\n", '{"epoch": 1, "populations": 2}\n'])
def test_what_cannot_be_read_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (tmp_path / "metrics.jsonl").write_text(text, encoding="utf-8")
    file = EpochFile(tmp_path)
    with caplog.at_level(logging.WARNING, "forge.embyr"):
        assert file.news() == file.news() == []
    assert len(caplog.records) == 1


def test_viewers_get_what_they_lack() -> None:
    curves = Curves()
    assert curves.since((0, 0)) is None
    curves.add(rows(1, 2))
    first = said(curves, (0, 0))
    assert first == {"type": "epochs", "anew": False, "epochs": [1, 2],
                     "lifetimes": [[1.0, None], [2.0, None]]}  # fmt: skip
    state = curves.state
    curves.add(rows(3))
    assert said(curves, state)["epochs"] == [3]


def test_epochs_that_come_again_replace_those_that_there_were() -> None:
    curves = Curves()
    curves.add(rows(1, 2, 3))
    state = curves.state
    curves.add(rows(2))
    assert said(curves, state) | {"lifetimes": 0} == {
        "type": "epochs", "anew": True, "epochs": [1, 2], "lifetimes": 0
    }  # fmt: skip


def test_long_runs_are_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "MOST", 6)
    curves = Curves()
    curves.add(rows(*range(1, 31)))
    found = said(curves, (-1, 0))
    assert found["epochs"] == [8, 16, 24]
    assert found["anew"]


def test_a_client_is_told_of_epochs_once() -> None:
    hub = Hub([0], lambda _: None)
    client = hub.join()
    hub.learn(rows(1))
    assert [json.loads(message)["type"] for message in hub.take(client)] == ["pace", "epochs"]
    assert hub.take(client) == []
