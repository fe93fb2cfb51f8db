"""The check that people run on their subclasses: it finds what they forgot."""

import tempfile

import numpy as np
import pytest

from forge.args import Args
from forge.config import ConfigError
from forge.trinity import check
from forge.trinity.contract import DifferenceError, differences
from forge.trinity.god import God
from forge.trinity.pantheon import Pantheon
from forge.trinity.sword import Sword
from forge.trinity.trinity import GodBase, Trinity
from tests.trinity.tiny import CONFIG, STATEFUL, Alternating, Counting, Remembering

NEAR = r"(God \d|Sword|realms) of shard \d"  # the Pantheon differs too, but later


class ForgetfulSword(Remembering):
    """Counts the ticks, which changes nothing that it does, and forgets them."""

    ticks = 0

    def decide(self, obs):
        self.ticks += 1
        return super().decide(obs)

    def state(self):
        return {**super().state(), "ticks": self.ticks}


class ForgetfulGod(Alternating):
    def state(self):
        return {}

    def load_state(self, state):
        pass


class Habitual(Remembering):
    """Moves by how often it has decided, which it keeps to itself."""

    decided = 0

    def decide(self, obs):
        self.decided += 1
        actions = super().decide(obs)
        actions.move[:] = (actions.move + self.decided // 3) % 5
        return actions


class ForgetfulPantheon(Counting):
    def load_state(self, state):
        pass


class Global(Remembering):
    """Draws from NumPy's global generator."""

    def decide(self, obs):
        actions = super().decide(obs)
        actions.move[:] = np.random.randint(0, 5, len(obs))
        return actions


class GlobalLearner(Sword):
    """Rewards by NumPy's global generator, which the Pantheon alone hears of."""

    def reward(self, obs, events):
        return super().reward(obs, events) + np.random.random()


def test_classes_that_keep_their_state_pass():
    assert check(STATEFUL, CONFIG) == 8


@pytest.mark.parametrize(
    ("trinity", "found"),
    [
        (Trinity(Counting, Alternating, ForgetfulSword), "epoch 2 resumed: Sword"),
        (Trinity(Counting, Alternating, Habitual), f"epoch 2 resumed: {NEAR}"),
        (Trinity(Counting, ForgetfulGod, Remembering), rf"epoch \d resumed: {NEAR}"),
        (Trinity(ForgetfulPantheon, God, Remembering), "epoch 2 resumed: Pantheon .*steps is 2"),
        (Trinity(Counting, Alternating, Global), f"epoch 1 resumed: {NEAR}"),
        (Trinity(Pantheon, God, GlobalLearner), "epoch 1 resumed: .*elsewhere than from self.rng"),
    ],
)
def test_forgotten_state_is_found(trinity, found, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(DifferenceError, match=found) as caught:
        check(trinity, CONFIG)
    assert caught.tb is not None  # it is kept, as in a notebook; still nothing is left behind
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("here", "there", "line"),
    [
        ({"a": 1}, {"a": 2}, "a is 2, but 1 in a straight run"),
        ({"a": {"b": 1}}, {"a": {}}, "a b is missing there"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a[1] is 3, but 2 in a straight run"),
        ({"a": np.zeros(3)}, {"a": np.eye(3)[1]}, "a differs from a straight run in 1 places"),
        ({"a": np.zeros(3)}, {"a": np.zeros(2)}, "a has another shape or dtype"),
    ],
)
def test_first_difference_is_named(here, there, line):
    assert next(differences(here, there)).startswith(line)


def test_equal_trees_differ_nowhere():
    tree = {"a": [1, (2.5, None)], "b": np.arange(3), "c": {"d": "e"}}
    assert list(differences(tree, dict(tree))) == []


def test_every_class_of_a_trinity_must_stand_in_its_place():
    with pytest.raises(TypeError, match="subclass of God in that place"):
        Trinity(Counting, Remembering, Alternating)
    with pytest.raises(TypeError, match="abstract"):
        GodBase(CONFIG, None, 0)


def test_the_arguments_of_a_real_run_can_be_checked(tmp_path):
    (tmp_path / "e.csv").touch()
    files = {"events": tmp_path / "e.csv", "record": tmp_path / "r", "run": tmp_path / "run"}
    args = Args(nRealm=2, engine="ray", address="auto", epochs=1, **files)
    assert check(STATEFUL, CONFIG, args) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["e.csv"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ((Counting, God, Remembering), CONFIG),
            r"trinity is Trinity\(Pantheon, God, Sword\)",
        ),
        ((STATEFUL, "law17"), "no config is named 'law17'"),
        ((STATEFUL, CONFIG, "a"), "args is an Args"),
    ],
)
def test_what_cannot_be_checked_is_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        check(*given)
