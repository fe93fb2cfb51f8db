"""Products of many populations at once: exact for any sizes, with the sums that torch takes."""

import itertools

import numpy as np
import pytest
import torch

from forge.ethyr import products
from forge.ethyr.torch.layers import grouped_linear

SIZES = 1, 0, 2, 3, 17, 129, 128  # a single sample and 129 are left to torch
BOUNDS = [0, *np.cumsum(SIZES).tolist()]


def layer(inputs, outputs, dtype=torch.float32):
    """Draw x, weight and bias, which want gradients."""
    rng, P = np.random.default_rng(0), len(SIZES)
    shapes = (BOUNDS[-1], inputs), (P, inputs, outputs), (P, outputs)
    return [torch.tensor(rng.normal(size=s), dtype=dtype, requires_grad=True) for s in shapes]


def slow(x, weight, bias):
    """Apply the layers one after the other, by torch."""
    ends = itertools.pairwise(BOUNDS)
    return torch.cat([x[a:b] @ weight[p] + bias[p] for p, (a, b) in enumerate(ends)])


def learned(run, given):
    """Run a layer and go back through it; return the result and all gradients."""
    out = run(*given)
    out.backward(torch.tensor(np.random.default_rng(1).normal(size=out.shape), dtype=out.dtype))
    return [out.detach(), *(tensor.grad for tensor in given)]


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (4, 6), (7, 10), (96, 33), (8, 70)])
def test_results_and_gradients_are_those_of_one_layer_after_the_other(inputs, outputs):
    ours = learned(lambda *given: grouped_linear(*given, BOUNDS), layer(inputs, outputs))
    theirs = learned(slow, layer(inputs, outputs, torch.float64))
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-4)


def test_the_kernels_serve_few_samples_but_no_single_one():
    assert [products.serves(size) for size in SIZES] == [False] * 2 + [True] * 3 + [False, True]


@pytest.mark.parametrize("columns", [6, 10, 33, 70])  # up to 4 at once; up to 32; one and six left
def test_sums_over_samples_are_exact(columns):
    for rows in (2, 5, 16, 33, 128):
        x = np.random.default_rng(rows).integers(-9, 9, (rows, columns)).astype(np.float32)
        out, part = np.ones((2, columns), np.float32)
        products._add_up(x, out, part)
        assert out.tolist() == x.sum(0).tolist()
