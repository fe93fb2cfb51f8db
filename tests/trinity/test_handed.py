"""What Swords, Gods and the Pantheon hand to each other: checked where it leaves them."""

import threading

import numpy as np
import pytest

from forge.args import Args
from forge.config import ConfigError
from forge.errors import WorkerError
from forge.trinity.handed import by_value, checked
from forge.trinity.shard import Shard
from forge.trinity.trinity import Trinity
from forge.trinity.update import Update
from tests.trinity.tiny import CONFIG, Alternating, Counting, Remembering, Still, Wanderer, digests

SHAPE, MODEL = (2, 3), np.zeros((2, 3), np.float32)
ONES, TWO = np.ones(SHAPE, np.float32), np.ones(2, np.int64)


class Hand(Wanderer):
    """Names itself; never built."""

    def __init__(self):
        pass


def handed(*parts):
    return checked(Update(*parts), Hand(), SHAPE)


def played(god=Alternating, sword=Remembering, model=MODEL):
    """Build a shard of both realms, and let it play a rollout."""
    config = CONFIG.replace(realms_per_shard=2)
    made = Shard(config, Args(nRealm=2), Trinity(Still, god, sword), 0)
    made.play(model)
    return made


@pytest.mark.parametrize("gradients", [np.ones(SHAPE), np.ones((3, 2)).T, [[1] * 3] * 2])
def test_gradients_become_float32_in_rows(gradients):
    found = handed(gradients, TWO).gradients
    assert (found.dtype, found.shape) == (np.float32, SHAPE)
    assert found.flags.c_contiguous
    assert found.tolist() == ONES.tolist()


def test_gradients_that_are_right_are_not_copied_and_samples_are():
    samples = TWO.copy()
    found = handed(ONES, samples)
    samples += 1
    assert found.gradients is ONES
    assert found.samples.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            (np.ones(3, np.float32), TWO),
            r"gradients of Hand.send_.* have shape \(3,\), not \(2, 3",
        ),
        ((np.ones((1, 3)), TWO), r"shape \(1, 3\), not \(2, 3\): a row per population"),
        ((1.0, TWO), r"shape \(\), not \(2, 3\)"),
        (
            (np.array([[0, 0, 0], [0, np.nan, 0]]), TWO),
            "population 1 of Hand.send_.* not finite",
        ),
        ((np.full(SHAPE, 1e300), TWO), "population 0 of Hand.send_update is not finite"),
        (("steep", TWO), "gradients of Hand.send_update is 'steep', not an array of numbers"),
        (([[1, 2], [3]], TWO), "gradients of Hand.send_update cannot be read as an array"),
        ((ONES, [1.5, 2]), r"samples of Hand.send_update is \[1.5, 2.0\], not counts"),
        ((ONES, [-1, 2]), r"samples of Hand.send_update is \[-1, 2\], not counts"),
        ((ONES, [np.nan, 2]), r"is \[nan, 2.0\], not counts"),
        ((ONES, 3), r"samples of Hand.send_update has shape \(\), not \(2,\)"),
        ((ONES, TWO, {"a": "1"}), r"metrics\['a'\] is a sum .* not '1' \(Hand.send_update\)"),
        ((ONES, TWO, {"a": None}), r"metrics\['a'\] is a sum .* not None"),
        ((ONES, TWO, {1: 1.0}), "names a number 1, not by a text"),
        ((ONES, TWO, None), "metrics of Hand.send_update is None, not a dict"),
        ((ONES, TWO, {}, threading.Lock()), "Update.extra of Hand.send_update .*_thread.lock"),
    ],
)
def test_what_cannot_be_handed_up_names_the_class(parts, said):
    with pytest.raises((TypeError, ValueError), match=said):
        handed(*parts)


def test_metrics_may_be_any_number():
    metrics = {"a": np.float32(0.5), "b": 10**400, "c": -(10**400), "d": np.array(2), "e": np.nan}
    found = handed(None, TWO, metrics).metrics
    assert repr(found) == "{'a': 0.5, 'b': inf, 'c': -inf, 'd': 2.0, 'e': nan}"


class Reusing(Remembering):
    """Hands up one Update again and again."""

    once = Update(ONES, TWO)

    def send_update(self):
        return self.once


def test_an_update_stays_as_its_sword_made_it():
    made = played(sword=Reusing)
    assert made.update(True).messages
    assert (Reusing.once.messages, Reusing.once.gradients is ONES) == ([], True)
    assert made.update(False).messages == []


class Telling(Alternating):
    """Sends a dict, and goes on changing it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.told = {"births": 0}

    def send(self):
        return self.told

    def spawn(self, counts):
        self.told["births"] += 1
        return super().spawn(counts)

    def state(self):
        return {**super().state(), "told": self.told}

    def load_state(self, state):
        super().load_state(state)
        self.told = state["told"]


class Steep(Remembering):
    """Hands up float64."""

    def send_update(self):
        return Update(np.full(SHAPE, 0.1) * self.rng.random(), self.seen.copy())


class Listening(Counting):
    """Keeps what it is told, and learns from it an epoch later."""

    heard = ()

    def step(self, updates):
        for told in self.heard:
            self.model = (self.model + told["births"]).astype(np.float32)
        if updates[0].messages:
            self.heard = [message for update in updates for message in update.messages]
        return super().step(updates)

    def state(self):
        return {**super().state(), "heard": list(self.heard)}


def test_types_and_later_changes_do_not_depend_on_the_engine():
    trinity = Trinity(Listening, Telling, Steep)
    assert digests(trinity, 2, engine="processes", nWorker=1) == digests(trinity, 2)


def test_messages_are_copies():
    made = played(Telling)
    messages = made.update(True).messages
    assert messages[0] == made.gods[0].told
    assert messages[0] is not made.gods[0].told


def test_classes_and_functions_in_messages_stay_themselves():
    class Note:
        text = ("here",)

    noted = by_value([Note(), Note, len, handed], "a note")
    assert (type(noted[0]), *noted[1:]) == (Note, Note, len, handed)


class Locked(Alternating):
    def send(self):
        return threading.Lock() if self.realm else 1


class Locking(Still):
    def send(self, realm):
        return {realm: (i for i in range(3))}


@pytest.mark.parametrize(
    ("pantheon", "god", "said"),
    [
        (Still, Locked, r"ConfigError in realm 1, tick 5, shard 1: .* Locked.send .*_thread.lock"),
        (Locking, Alternating, "the message of Locking.send holds .*generator.*: send numbers"),
    ],
)
def test_a_message_that_cannot_travel_names_who_sent_it(pantheon, god, said):
    with pytest.raises((WorkerError, ConfigError), match=said):
        digests(Trinity(pantheon, god, Wanderer), 1)
