"""What a Pantheon's ``step`` returns is its model from then on, and nothing else is taken."""

import numpy as np
import pytest

from forge.args import Args
from forge.config import Config
from forge.trinity.pantheon import FULL_STEP
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity
from forge.trinity.weights import stepped
from tests.trinity.tiny import CONFIG, Alternating, Remembering, Still


class Mover(Still):
    """Returns new weights in each step, and leaves ``self.model`` as it is."""

    def step(self, updates):
        return self.model + np.float32(1)


def model_after(epochs, step=Mover.step, **parts):
    """Train with such a ``step`` and return the weights, with those of the last commit."""
    pantheon = type("Own", (Still,), {"step": step, **parts})
    with Native(CONFIG, Args(engine="serial"), Trinity(pantheon, Alternating, Remembering)) as envs:
        before = envs.pantheon.model.copy()
        envs.run(epochs, quiet=True)
        return before, envs.pantheon.model, envs.last_commit()[0].model


def test_weights_that_step_returns_are_those_of_the_next_step_and_of_the_commit():
    before, after, committed = model_after(2)
    assert np.allclose(after, before + 4)  # two epochs of two exchanges
    assert (committed == after).all()


def test_a_model_is_no_view_of_what_step_returned():
    pantheon = Mover(CONFIG, Args(), Remembering.parameters(CONFIG))
    returned = np.ones((2, 3), np.float32)
    pantheon.step = lambda updates: returned
    stepped(pantheon, [], returned.shape)
    returned += 1  # as the next exchange does with the gradients
    assert (pantheon.model == 1).all()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda self, _: None, r"^Own.step returned None, not the weights, a float32 array of sha"),
        (lambda self, _: self.model.tolist(), r"^Own.step returned \[\[.*, not the weights, a "),
        (lambda self, _: self.model[0], r"returned a float32 array of shape \(3,\), not .* \(2, 3"),
        (lambda self, _: self.model + np.float64(1) * np.ones(3), "returned a float64 array of"),
        (lambda self, _: self.model * np.inf, "returned an array with numbers that are not finite"),
    ],
)
def test_what_cannot_be_the_weights_is_refused_by_class_and_method(step, said):
    with pytest.raises((TypeError, ValueError), match=said):
        model_after(1, step)


def test_a_model_that_is_replaced_elsewhere_is_held_to_the_same():
    def send(self, realm):
        self.model = self.model.astype(np.float64)

    with pytest.raises(ValueError, match=r"^Own.model is a float64 array of shape \(2, 3\), not"):
        model_after(1, send=send)


def test_the_setting_names_the_samples_of_a_full_step():
    doc = Config.__dataclass_fields__["learning_rate"].metadata["doc"]
    assert f"{FULL_STEP} samples" in doc
