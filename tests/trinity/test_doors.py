"""What cannot be is refused at the door, in one line that says how to mend it."""

import os

import pytest

from forge import Law
from forge.args import Args
from forge.config import ConfigError
from forge.errors import RunError
from forge.trinity import check, smith
from forge.trinity.god import God
from forge.trinity.smith import Native, VecEnv
from forge.trinity.trinity import PantheonBase, Trinity
from tests.trinity.runs import run
from tests.trinity.tiny import CONFIG, SCRIPTED, STATEFUL, Remembering, Still

SERIAL = Args(engine="serial")


class Orphan(Still):
    """Leaves out the initialiser of its base."""

    def __init__(self, config, args, parameters):
        self.config = config


class Unlaid(Remembering):
    @classmethod
    def parameters(cls, config):
        return {"w": (3, "zeros")}


@pytest.mark.parametrize("epochs", ["x", -1, 2.0, True])
def test_a_bad_number_of_epochs_leaves_the_run_open(epochs):
    with Native(CONFIG, SERIAL, STATEFUL) as envs:
        with pytest.raises(ConfigError, match=r"^epochs "):
            envs.run(epochs, quiet=True)
        assert envs.run(1, quiet=True)["epoch"] == 1


@pytest.mark.parametrize("trinity", [(Still, God, Remembering), Remembering, ()])
def test_classes_that_are_no_trinity_are_refused(trinity):
    with pytest.raises(ConfigError, match=r"^trinity is Trinity\(Pantheon, God, Sword\), not "):
        Native(CONFIG, SERIAL, trinity)


def test_a_pantheon_that_leaves_its_base_out_is_told_to_call_it():
    with pytest.raises(TypeError, match=r"^Orphan.__init__ did not call super\(\).__init__\(confi"):
        Native(CONFIG, SERIAL, Trinity(Orphan, God, Remembering))
    assert issubclass(Orphan, PantheonBase)


def test_a_wrong_layout_is_told_where_it_is():
    with pytest.raises(ConfigError, match=r"Sword.parameters: w has the shape 3: give a tuple"):
        Native(CONFIG, SERIAL, Trinity(Still, God, Unlaid))


def test_configs_may_be_given_by_name():
    with Native("law16", SERIAL, SCRIPTED) as envs:
        assert (type(envs.config), envs.config.max_agents) == (Law, 16)
    with VecEnv("law16", SERIAL) as envs:
        assert envs.config.max_agents == 16


def test_a_preset_can_be_checked_by_name(monkeypatch):
    played = []
    monkeypatch.setattr("forge.trinity.contract.Native", lambda config, *_: played.append(config))
    with pytest.raises(TypeError):  # None is no run
        check(SCRIPTED, "law16")
    assert played[0].max_agents == 16


def test_native_does_not_take_the_arguments_of_a_vecenv():
    with pytest.raises(ConfigError, match=r"api='vecenv' goes with smith.VecEnv\(config, args\)"):
        Native(CONFIG, Args(engine="serial", api="vecenv"))


def test_a_closed_run_still_says_what_it_took():
    with Native(CONFIG, Args(nWorker=1), STATEFUL) as envs:
        envs.run(1, quiet=True)
        pids, exchanged = envs.pids, envs.bytes_exchanged
    assert exchanged > 0 < len(pids) == 1
    assert (envs.pids, envs.bytes_exchanged >= exchanged) == (pids, True)
    envs.close()
    assert envs.pids == pids


def test_a_closed_run_has_no_commit_to_give():
    with Native(CONFIG, SERIAL, STATEFUL) as envs:
        envs.run(1, quiet=True)
    with pytest.raises(RunError, match="this run is closed: ask for its last commit before"):
        envs.last_commit()


def test_a_run_that_exists_is_gone_on_with_from_python_too(tmp_path):
    run(tmp_path / "a", 1)
    with pytest.raises(RunError, match=r"with --resume \(in Python: Args\(resume=…\)"):
        run(tmp_path / "a", 1)


def test_a_run_in_the_home_folder_is_found_again(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    run("~/a", 1)
    assert os.listdir(tmp_path) == ["a"]
    assert smith.settings("~/a")[1] == {"nRealm": 3, "seed": 0}
