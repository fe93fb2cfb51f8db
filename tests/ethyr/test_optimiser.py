"""Adam: hand numbers, torch's own as a twin, populations apart."""

import numpy as np
import pytest
import torch

from forge.config import Law
from forge.errors import StateError
from forge.ethyr.torch.optimiser import Adam

FREE = Law(max_grad_norm=1e9, learning_rate=0.1, weight_decay=0.0)


def model(*rows):
    """Build float32 weights or gradients, a row per population."""
    return np.array(rows, np.float32)


def test_the_first_step_has_the_size_of_the_learning_rate():
    # m̂ = g and v̂ = g²: w − 0.1 · g / |g|, whatever the size of g.
    weights = model([1.0, 1.0, 1.0])
    Adam(1, 3, FREE).step(weights, model([4.0, -0.5, 0.0]), np.array([1]))
    np.testing.assert_allclose(weights, [[0.9, 1.1, 1.0]], rtol=1e-6)


@pytest.mark.parametrize(("samples", "size"), [(25, 0.05), (100, 0.1), (400, 0.1)])
def test_steps_are_smaller_with_few_samples(samples, size):
    weights = model([1.0])
    Adam(1, 1, FREE, full_step=100).step(weights, model([4.0]), np.array([samples]))
    np.testing.assert_allclose(weights, [[1.0 - size]], rtol=1e-6)


def test_decay_is_decoupled_from_the_gradient():
    # No gradient: w − lr · decay · w = 2 − 0.1 · 0.5 · 2.
    weights = model([2.0])
    Adam(1, 1, FREE.replace(weight_decay=0.5)).step(weights, model([0.0]), np.array([1]))
    np.testing.assert_allclose(weights, [[1.9]], rtol=1e-6)


@pytest.mark.parametrize("max_grad_norm", [0.5, 1e9])
def test_twenty_steps_are_those_of_torch(max_grad_norm):
    config = FREE.replace(max_grad_norm=max_grad_norm, weight_decay=0.01)
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(1, 9)).astype(np.float32)
    slow = torch.tensor(weights[0].astype(np.float64), requires_grad=True)
    twin = torch.optim.AdamW([slow], lr=0.1, weight_decay=0.01)
    adam = Adam(1, 9, config)
    for _ in range(20):
        gradient = rng.normal(size=(1, 9)).astype(np.float32)
        adam.step(weights, gradient, np.array([4]))
        slow.grad = torch.tensor(gradient[0].astype(np.float64) / 4)
        torch.nn.utils.clip_grad_norm_([slow], max_grad_norm)
        twin.step()
    np.testing.assert_allclose(weights[0], slow.detach(), rtol=1e-4, atol=1e-5)


def test_gradients_are_divided_by_samples_before_they_are_clipped():
    # The mean gradient (3, 4) / 10 has the norm 0.5, which is just not clipped.
    adam = Adam(1, 2, FREE.replace(max_grad_norm=0.5))
    norms = adam.step(model([0.0, 0.0]), model([3.0, 4.0]), np.array([10]))
    assert norms.tolist() == pytest.approx([0.5])
    np.testing.assert_allclose(adam.mean, [[0.03, 0.04]], rtol=1e-5)


def test_a_long_gradient_is_clipped_to_the_norm():
    # (3, 4) has the norm 5, ten times too much: m = 0.1 · (0.3, 0.4).
    adam = Adam(1, 2, FREE.replace(max_grad_norm=0.5))
    adam.step(model([0.0, 0.0]), model([3.0, 4.0]), np.array([1]))
    np.testing.assert_allclose(adam.mean, [[0.03, 0.04]], rtol=1e-5)


def test_a_population_without_samples_does_not_move():
    weights, adam = model([1.0], [1.0]), Adam(2, 1, FREE.replace(weight_decay=0.1))
    adam.step(weights, model([1.0], [1.0]), np.array([0, 3]))
    assert weights[0] == 1.0
    assert weights[1] < 1.0
    assert adam.steps.tolist() == [0, 1]


def test_populations_do_not_touch_each_other():
    both, alone = model([1.0, 2.0], [3.0, 4.0]), model([3.0, 4.0])
    together, single = Adam(2, 2, Law()), Adam(1, 2, Law())
    for _ in range(3):
        together.step(both, model([9.0, -9.0], [0.1, 0.2]), np.array([1, 2]))
        single.step(alone, model([0.1, 0.2]), np.array([2]))
    assert (both[1] == alone[0]).all()


def test_its_state_is_all_that_it_needs():
    gradient, samples = model([0.3, -0.2]), np.array([1])
    straight, resumed = model([1.0, 2.0]), model([1.0, 2.0])
    a, b, c = (Adam(1, 2, Law()) for _ in range(3))
    for adam, weights in ((a, straight), (a, straight), (b, resumed)):
        adam.step(weights, gradient, samples)
    c.load_state({name: array.copy() for name, array in b.state().items()})
    c.step(resumed, gradient, samples)
    assert (straight == resumed).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_an_error(bad):
    with pytest.raises(ValueError, match="gradient of population 0 is not finite"):
        Adam(1, 1, Law()).step(model([0.0]), model([bad]), np.array([1]))


def test_weights_of_another_shape_are_an_error():
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        Adam(1, 2, Law()).step(model([0.0]), model([0.0]), np.array([1]))


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("mean", [[0.0]], "mean is no array of float32"),
        ("mean", np.zeros((1, 1)), "mean is no array of float32"),
        ("steps", np.zeros(2, np.int64), r"steps has shape \(2,\), not \(1,\)"),
        ("mean", model([np.inf]), "mean holds numbers that it cannot have"),
        ("square", model([-1.0]), "square holds numbers that it cannot have"),
        ("square", model([np.nan]), "square holds numbers that it cannot have"),
        ("steps", np.array([-1]), "steps holds numbers that it cannot have"),
        ("steps", np.array([2**53]), "steps holds numbers that it cannot have"),
        ("more", model([0.0]), "other parts than mean, square, steps"),
    ],
)
def test_a_state_that_it_cannot_have_is_refused(name, value, complaint):
    adam = Adam(1, 1, Law())
    with pytest.raises(StateError, match=complaint):
        adam.load_state({**adam.state(), name: value})
    assert not any(array.any() for array in adam.state().values())


@pytest.mark.parametrize("state", [None, [], {}])
def test_what_is_no_state_is_refused(state):
    with pytest.raises(StateError, match="other parts than mean, square, steps"):
        Adam(1, 1, Law()).load_state(state)
