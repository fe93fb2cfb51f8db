"""What a run began with: older ones, and those whose config has settings of its own."""

import contextlib
import dataclasses
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from forge.args import Args
from forge.blade.settings import setting
from forge.cli import main
from forge.config import Config
from forge.errors import ConfigError, VersionError
from forge.ethyr import checkpoint
from forge.trinity import shard, smith
from tests.trinity.runs import edit, newest, resume, run
from tests.trinity.tiny import CONFIG

QUESTS = json.dumps([{"does": "eat", "number": n} for n in range(1, 200)])


class Spiced(Config):
    """A config with a setting of its own."""

    spice: float = setting("how much of it", default=1.0, low=0, high=10)


class Dry(Config):
    drain = 0.5


SPICED = Spiced(**CONFIG.as_dict(), spice=2.0)
TOLD = r"has settings of its own, 'spice', which Spiced \(of tests.*\) declares: go on from Python"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A run of a config with a setting of its own."""
    path = tmp_path_factory.mktemp("runs") / "run"
    run(path, 1, SPICED)
    return path


@pytest.fixture
def older(tmp_path):
    """A run from before there was the setting ``drain``."""

    def change(tensors, about):
        del about["config"]["drain"], about["config_class"]

    run(tmp_path / "run", 1)
    edit(newest(tmp_path / "run"), change)
    return tmp_path / "run"


def test_a_run_is_resumed_with_the_settings_that_its_config_class_declares(path):
    config, kept = smith.settings(path, Spiced)
    assert (config, kept) == (SPICED, {"nRealm": 3, "seed": 0})
    assert [line["epoch"] for line in resume(path, 2, config=SPICED)] == [2]


def test_a_resumed_run_keeps_the_settings_that_its_config_class_declares(path):
    with pytest.raises(ConfigError, match=r"spice is 2.0 there, 3.0 here: smith.*, Spiced\) gives"):
        resume(path, config=SPICED.replace(spice=3))


def test_whoever_does_not_name_the_class_is_told_to(path):
    for read in (smith.settings, checkpoint.open_config):
        with pytest.raises(ConfigError, match=TOLD):
            read(path)
    with pytest.raises(ConfigError, match=r"smith.settings\(RUN, Spiced\) to resume"):
        resume(path, config=CONFIG)


@pytest.mark.parametrize("options", [("--resume",), ("evaluate", "--load")])
def test_the_command_line_which_does_not_know_the_class_says_what_to_do(path, options):
    done = CliRunner().invoke(main, [*options, str(path)])
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert "checkpoint.open_config(FILE, Spiced) to evaluate (docs/api.md)" in line


def test_the_config_to_evaluate_with_is_read_by_its_class(path):
    assert checkpoint.open_config(path, Spiced) == SPICED
    with pytest.raises(ConfigError, match="a class of configs is a subclass of Config, not 'law'"):
        checkpoint.open_config(path, "law")


def test_a_setting_that_no_class_declares_is_of_another_version(older):
    edit(newest(older), lambda tensors, about: about["config"].update(sharpness=3))
    with pytest.raises(VersionError, match="another version of Forge: there is no setting 'sharp"):
        smith.settings(older)


@pytest.mark.parametrize(("kind", "same"), [(Config, True), (Dry, False), (Spiced, True)])
def test_a_setting_newer_than_a_run_has_the_default_it_had_before_subclasses(older, kind, same):
    refused = pytest.raises(ConfigError, match=r"drain is 1.0 there, 0.5 here")
    values = {**CONFIG.as_dict(), "drain": kind().drain}
    with contextlib.nullcontext() if same else refused:
        assert [line["epoch"] for line in resume(older, 2, config=kind(**values))] == [2]
    assert smith.settings(older, kind)[0].drain == 1.0


def test_a_config_class_with_a_constructor_of_its_own_is_read(tmp_path):
    class Square(Config):
        def __init__(self, side):
            super().__init__(**{**CONFIG.as_dict(), "map_size": side})

    run(tmp_path / "run", 1, Square(26))
    config, _ = smith.settings(tmp_path / "run", Square)
    assert (type(config), config) == (Square, Square(26))
    assert dataclasses.asdict(config.replace(births=1))["births"] == 1


@pytest.fixture
def of_version_3(tmp_path):
    """A run of two epochs that Forge wrote when checkpoints had format 3."""
    with ZipFile(Path(__file__).with_name("version_3.zip")) as written:
        written.extractall(tmp_path)
    return tmp_path / "run"


def test_a_run_of_version_3_goes_on_and_says_that_its_draws_are_others(of_version_3, caplog):
    config, kept = smith.settings(of_version_3)
    done = resume(of_version_3, 4, config=config, trinity=None, **kept)
    assert [line["epoch"] for line in done] == [3, 4]
    assert "checkpoint format 3), which drew actions in another way" in caplog.text
    caplog.clear()
    resume(of_version_3, 5, config=config, trinity=None, **kept)
    assert "drew actions" not in caplog.text


def test_weights_of_version_3_are_loaded(of_version_3):
    model = checkpoint.read(of_version_3)[0][checkpoint.MODEL]
    config, _ = smith.settings(of_version_3)
    with smith.Native(config, Args(engine="serial", load=[str(of_version_3)])) as envs:
        assert envs.pantheon.model.tolist() == model.tolist()


def test_realms_that_version_4_computed_together_stay_together(tmp_path, monkeypatch):
    path, config = tmp_path / "run", CONFIG.replace(realms_per_shard=0)
    with monkeypatch.context() as earlier:
        earlier.setattr(checkpoint, "VERSION", 4)
        earlier.setattr(shard, "MOST_WITH_SEVERAL", 4)
        run(path, 1, config, nRealm=10)
    config, kept = smith.settings(path)
    assert config.realms_per_shard == 4
    assert [line["epoch"] for line in resume(path, 2, config=config, **kept)] == [2]
    assert [len(each) for each in shard.shard_realms(CONFIG.replace(realms_per_shard=0), 10)] == [
        5,
        5,
    ]


def test_a_run_of_version_4_goes_on_from_python_where_its_shards_are_todays(tmp_path, monkeypatch):
    config = CONFIG.replace(realms_per_shard=0)
    with monkeypatch.context() as earlier:
        earlier.setattr(checkpoint, "VERSION", 4)
        run(tmp_path / "run", 1, config)
    assert [line["epoch"] for line in resume(tmp_path / "run", 2, config=config)] == [2]


def test_a_long_table_of_quests_is_not_printed_whole(tmp_path):
    run(tmp_path / "run", 1, CONFIG.replace(quests=QUESTS))
    with pytest.raises(ConfigError, match=r"quests is '.*… there, '' here") as refused:
        resume(tmp_path / "run", 2, config=CONFIG)
    assert len(str(refused.value)) < 500
