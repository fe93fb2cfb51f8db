"""Layers of torch: grouped linear layers, named weights and their gradients."""

import numpy as np
import pytest
import torch

from forge.ethyr import linear, tables
from forge.ethyr.layout import Layout
from forge.ethyr.torch.layers import Weights, encode, grouped_linear
from forge.trinity import ann
from tests.ethyr import dense

BOUNDS = [0, 2, 2, 5]  # the second of three populations has no samples


def layer(seed=0):
    """Draw x, weight and bias in double precision."""
    rng = np.random.default_rng(seed)
    shapes = ((5, 4), (3, 4, 2), (3, 2))
    return [torch.tensor(rng.normal(size=s), requires_grad=True) for s in shapes]


def slow(x, weight, bias):
    """Apply the layers one after the other."""
    parts = [x[a:b] @ weight[p] + bias[p] for p, (a, b) in enumerate([(0, 2), (2, 2), (2, 5)])]
    return torch.cat(parts)


@pytest.mark.parametrize("rectify", [False, True])
def test_each_sample_goes_through_the_layer_of_its_population(rectify):
    expected = slow(*layer())
    expected = torch.relu(expected) if rectify else expected
    torch.testing.assert_close(grouped_linear(*layer(), BOUNDS, rectify), expected)
    with torch.no_grad():
        torch.testing.assert_close(grouped_linear(*layer(), BOUNDS, rectify), expected)


@pytest.mark.parametrize("rectify", [False, True])
def test_gradcheck_passes(rectify):
    def run(*inputs):
        return grouped_linear(*inputs, BOUNDS, rectify)

    assert torch.autograd.gradcheck(run, layer())


def test_nobody_goes_through_no_layer():
    _, weight, bias = layer()
    out = grouped_linear(torch.zeros(0, 4).double(), weight, bias, [0, 0, 0, 0])
    assert out.shape == (0, 2)
    out.sum().backward()
    assert (weight.grad == 0).all()


def test_named_weights_are_the_models():
    weights = Weights(Layout({"a": ((2, 2), "zeros"), "b": ((1,), "zeros")}), 2)
    weights.load(np.arange(10, dtype=np.float32).reshape(2, 5))
    assert weights["a"][1].tolist() == [[5.0, 6.0], [7.0, 8.0]]
    assert weights["b"].tolist() == [[4.0], [9.0]]


def test_gradients_add_up_in_one_matrix_until_they_are_collected():
    weights = Weights(Layout({"a": ((2,), "zeros"), "b": ((1,), "zeros")}), 2)
    for _ in range(2):
        (weights["a"][1].sum() + 3 * weights["b"][0].sum()).backward()
    assert weights.collect_gradients().tolist() == [[0, 0, 6], [2, 2, 0]]
    assert (weights.collect_gradients() == 0).all()


def test_gradients_that_torch_finds_for_the_encoders_weights_are_added():
    weights = Weights(Layout(ann.parameters(dense.WHOLE)), 2)
    for gradient in weights.encoder_gradients:
        gradient[...] = 1
    sum(3 * weights[name].sum() for name in tables.Encoder._fields).backward()
    found = weights.layout.views(weights.collect_gradients())
    assert all((found[name] == 4).all() for name in tables.Encoder._fields)
    assert (weights.collect_gradients() == 0).all()


@pytest.mark.parametrize("other", [-0.0, 1e-45, np.nan])
def test_weights_are_loaded_again_if_a_single_bit_differs(other):
    weights, model = Weights(Layout({"a": ((1500,), "zeros")}), 2), np.zeros((2, 1500), np.float32)
    assert weights._holds(model)
    model[1, 1499] = other
    assert not weights._holds(model)
    weights.load(model)
    assert weights._holds(model)


def test_gradients_must_not_be_taken_away():
    weights = Weights(Layout({"a": ((1,), "zeros")}), 1)
    weights["a"].grad = None
    with pytest.raises(ValueError, match="autograd adds to it in place"):
        weights.collect_gradients()


def test_encoding_needs_the_encoders_arrays():
    case = dense.Case(dense.LAW)
    with pytest.raises(ValueError, match="have no encoder"), torch.no_grad():
        encode(Weights(Layout({"b": ((1,), "zeros")}), 2), case.batch)


@pytest.mark.parametrize("inputs", [3, 4, 7])
def test_the_kernel_for_many_populations_is_exact_for_any_number_of_samples(inputs):
    rng, bounds = np.random.default_rng(0), [0, 1, 6, 14]  # 1, 5 and 8 samples
    weight, bias = rng.normal(size=(3, inputs, 2)), rng.normal(size=(3, 2))
    x = rng.normal(size=(14, inputs))
    parts = [x[a:b] @ weight[p] + bias[p] for p, (a, b) in enumerate([(0, 1), (1, 6), (6, 14)])]
    np.testing.assert_allclose(
        linear.grouped_linear(x, weight, bias, bounds), np.concatenate(parts)
    )


def test_arrays_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="do not fit together"):
        linear.grouped_linear(np.zeros((2, 3)), np.zeros((1, 4, 2)), np.zeros((1, 2)), [0, 2])


def test_an_own_array_named_tile_makes_no_encoder():
    weights = Weights(Layout({"tile": ((3, 2), "zeros"), "head": ((4,), "zeros")}), 2)
    assert weights.encoder is None
    assert weights.collect_gradients().shape == (2, 10)


@pytest.mark.parametrize(
    "parameters",
    [ann.parameters(dense.CHAOS), ann.parameters(dense.SKILLED), {"a": ((3, 2), "zeros")}],
)
def test_weights_are_counted_to_the_byte_beforehand(parameters):
    layout = Layout(parameters)
    assert tables.num_bytes(layout, 2) == Weights(layout, 2).num_bytes > 0
