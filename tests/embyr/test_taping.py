"""What is watched can be recorded, and what was recorded can be watched."""

import logging
from pathlib import Path

import pytest

from forge.blade.recording.replay import Recording, verify
from forge.embyr import taping
from forge.embyr.feeds import FreshFeed, ReplayFeed, TapedFeed
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.taping import close_tapes
from forge.embyr.worlds import Beginning, Scripted
from forge.errors import ForgeError
from tests.blade.recording.films import CONFIG

NOBODY: frozenset[int] = frozenset()
TWO = Scripted(CONFIG, 0, (0, 1), "greedy", warmup=5)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taping, "_tapings", {})


def watched(beginning: Beginning, ticks: int, realm: int = 1) -> Spectator:
    spectator = Spectator(beginning)
    spectator.turn(Asked({realm: NOBODY}, ticks, 60.0))
    return spectator


def test_a_realm_is_recorded_while_it_is_watched(tmp_path: Path) -> None:
    with TapedFeed(FreshFeed(TWO), tmp_path / "a", 1) as feed:
        beginning = feed.begin()
        assert beginning is not None
        spectator = watched(beginning, 70)
        spectator.turn(Asked({0: NOBODY}, 5))
        close_tapes()
    recording = Recording.read(tmp_path / "a")
    assert (recording.head.realm, recording.head.tick, recording.ticks) == (1, 5, 70)
    assert verify(recording)


def test_a_recording_ends_where_its_world_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beginning = TapedFeed(FreshFeed(TWO), tmp_path / "a", 1).begin()
    assert beginning is not None
    with caplog.at_level(logging.WARNING, "forge.embyr"):
        watched(beginning, 7).turn(Asked({1: NOBODY}, 9, 60.0, beginning=beginning))
    assert "ends, as its world has begun anew" in caplog.text
    assert Recording.read(tmp_path / "a").ticks == 7


def test_a_recording_goes_on_when_its_world_is_watched_again(tmp_path: Path) -> None:
    six = TWO._replace(maps=tuple(range(6)))
    beginning = TapedFeed(FreshFeed(six), tmp_path / "a", 0).begin()
    assert beginning is not None
    spectator = watched(beginning, 7, realm=0)
    for realm in (1, 2, 3, 4, 5, 0):
        spectator.turn(Asked({realm: NOBODY}, 2))
    close_tapes()
    assert Recording.read(tmp_path / "a").ticks == 7 + 2


def test_nobody_watched_so_there_is_no_file(tmp_path: Path) -> None:
    with TapedFeed(FreshFeed(TWO), tmp_path / "a", 1):
        assert (tmp_path / "a").exists()
    assert not (tmp_path / "a").exists()


def test_a_world_that_was_only_built_leaves_no_file(tmp_path: Path) -> None:
    with TapedFeed(FreshFeed(TWO), tmp_path / "a", 1) as feed:
        beginning = feed.begin()
        assert beginning is not None
        beginning.build(1)
        close_tapes()
    assert not (tmp_path / "a").exists()


def test_a_file_is_claimed_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(ForgeError, match="replaces nothing"):
        TapedFeed(FreshFeed(TWO), tmp_path / "a", 1)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    beginning = TapedFeed(FreshFeed(TWO), tmp_path / "a", 1).begin()
    assert beginning is not None
    watched(beginning, 20)
    close_tapes()
    return Recording.read(tmp_path / "a")


def test_a_recording_is_watched_to_its_end_where_it_waits(recording: Recording) -> None:
    feed = ReplayFeed(recording)
    assert feed.realms == [1]
    spectator = Spectator(feed.begin())
    (first,) = spectator.turn(Asked({1: NOBODY}, 4))
    (last,) = spectator.turn(Asked({1: NOBODY}, 99, 60.0))
    (later,) = spectator.turn(Asked({1: NOBODY}, 99, 60.0))
    assert first.source == "Recording: Scripted agents (greedy) on map 1."
    assert first.opening is not None
    assert first.opening.setting["again"] == "Play it from its beginning"
    assert (first.frame.tick, last.frame.tick, later.frame.tick) == (9, 25, 25)
    assert last.source.startswith("The end of the recording (tick 25)")


def test_what_is_watched_of_a_recording_is_what_was_seen(recording: Recording) -> None:
    seen = watched(TWO, 20).turn(Asked({1: NOBODY}, 0))[0]
    again = watched(ReplayFeed(recording).begin(), 20).turn(Asked({1: NOBODY}, 0))[0]
    assert (seen.frame.agents == again.frame.agents).all()


def test_a_recording_can_be_recorded(recording: Recording, tmp_path: Path) -> None:
    beginning = TapedFeed(ReplayFeed(recording), tmp_path / "b", 1).begin()
    assert beginning is not None
    watched(beginning, 99)
    close_tapes()
    assert verify(Recording.read(tmp_path / "b")) == verify(recording)
