"""A run is watched from its checkpoints, finished or still training."""

import logging
from pathlib import Path

import pytest

from forge.args import Args
from forge.embyr.feeds import RunFeed
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Committed
from forge.errors import CheckpointError, ConfigError, RunError
from forge.ethyr import checkpoint
from forge.trinity import shard
from forge.trinity.god import God
from forge.trinity.pantheon import Pantheon
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import SwordBase, Trinity
from tests.trinity.test_resume import SPICED, TOLD
from tests.trinity.tiny import CONFIG, Wanderer

NOBODY: frozenset[int] = frozenset()


def train(path: Path, epochs: int, resume: bool = False) -> Path:
    where = {"resume": str(path)} if resume else {"run": str(path)}
    with Native(CONFIG, Args(nRealm=3, engine="serial", **where)) as envs:
        envs.run(epochs, quiet=True)
    return path


def test_a_copy_begins_with_the_newest_checkpoint(tmp_path: Path) -> None:
    feed = RunFeed(train(tmp_path / "run", 3))
    beginning = feed.begin()
    assert isinstance(beginning, Committed)
    assert (feed.realms, beginning.epoch, len(beginning.states)) == ([0, 1, 2], 3, 3)
    (seen,) = Spectator(beginning).turn(Asked({1: NOBODY}))
    assert seen.frame.tick == 3 * CONFIG.horizon + 1
    assert f"Copy of {tmp_path / 'run'} at epoch 3" in seen.source


def test_a_copy_is_played_on_for_so_long_before_it_is_seen(tmp_path: Path) -> None:
    feed = RunFeed(train(tmp_path / "run", 2), warmup=CONFIG.horizon + 3)
    (seen,) = Spectator(feed.begin()).turn(Asked({0: NOBODY}))
    assert seen.frame.tick == 3 * CONFIG.horizon + 4


def test_realms_that_version_4_computed_together_are_watched_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIG.replace(realms_per_shard=0)
    with monkeypatch.context() as earlier:
        earlier.setattr(checkpoint, "VERSION", 4)
        earlier.setattr(shard, "MOST_WITH_SEVERAL", 4)
        with Native(config, Args(nRealm=10, engine="serial", run=str(tmp_path / "run"))) as envs:
            envs.run(1, quiet=True)
    beginning = RunFeed(tmp_path / "run").begin()
    assert [len(group) for group in beginning.groups()] == [4, 4, 2]  # 5 and 5 today
    (seen,) = Spectator(beginning).turn(Asked({9: NOBODY}))
    assert seen.frame.tick == CONFIG.horizon + 1


def test_settings_of_a_runs_own_are_named(tmp_path: Path) -> None:
    with Native(SPICED, Args(engine="serial", run=str(tmp_path / "run"))) as envs:
        envs.run(1, quiet=True)
    with pytest.raises(ConfigError, match=TOLD):
        RunFeed(tmp_path / "run")


def test_newer_weights_are_handed_on_once(tmp_path: Path) -> None:
    feed = RunFeed(train(tmp_path / "run", 2))
    feed.begin()
    assert feed.news() is None
    train(tmp_path / "run", 4, resume=True)
    news = feed.news()
    assert news is not None
    assert news.epoch == 4
    assert feed.news() is None


def test_a_new_copy_is_as_new_as_the_run(tmp_path: Path) -> None:
    feed = RunFeed(train(tmp_path / "run", 2))
    feed.begin()
    train(tmp_path / "run", 4, resume=True)
    beginning = feed.begin()
    assert isinstance(beginning, Committed)
    assert beginning.epoch == 4
    assert feed.news() is None


def test_a_run_that_is_gone_has_no_news(tmp_path: Path) -> None:
    path = train(tmp_path / "run", 2)
    feed = RunFeed(path)
    feed.begin()
    path.rename(tmp_path / "away")
    assert feed.news() is None


def test_there_must_be_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no run directory"):
        RunFeed(tmp_path / "none")


class Own(Sword):
    """A Sword of somebody's own, with Forge's network."""


def trained_by(sword: type[SwordBase], path: Path) -> Path:
    classes = Trinity(Pantheon, God, sword)
    with Native(CONFIG, Args(engine="serial", run=str(path)), classes) as envs:
        envs.run(1, quiet=True)
    return path


def test_weights_of_somebodys_own_sword_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "forge.embyr"):
        RunFeed(trained_by(Own, tmp_path / "run"))
    assert "Own (of " in caplog.text


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="trained by a Sword of its own, Wanderer"):
        RunFeed(trained_by(Wanderer, tmp_path / "run"))
