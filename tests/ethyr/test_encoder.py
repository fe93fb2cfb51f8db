"""The encoder's kernels: equal to plain torch in double precision, forward and backward."""

import numpy as np
import pytest
import torch

from forge.ethyr import encoder, tables
from forge.ethyr.inputs import UnsupportedError
from forge.ethyr.torch.layers import encode
from forge.trinity import ann
from tests.ethyr import dense, longer

SYSTEMS = [{"npcs": 4}, {"skills": True}, {"npcs": 4, "skills": True}]
SYSTEMS += [{"skills": True, "items": True}, {"npcs": 4, "skills": True, "items": True}]
SYSTEMS += [{"skills": True, "items": True, "market": True}, {"words": 5}]
SYSTEMS += [{"skills": True, "items": True, "professions": True, "market": True, "words": 31}]
SYSTEMS += [{"quests": "standard"}, {"npcs": 4, "words": 5, "quests": "standard"}]


def features_of(case):
    """Encode the case's batch."""
    features = encoder.allocate(len(case.batch.order), case.config.hidden, np.float64)
    encoder.forward(case.weights.encoder, case.batch, features)
    return features


def leaves(case):
    """Copy the case's weights into leaves of a graph of their own."""
    names = case.weights.layout.shapes
    return {name: case.weights[name].detach().clone().requires_grad_() for name in names}


def gradients(case, output, upstream):
    """Backpropagate through the kernels and give the gradients by name."""
    output.backward(upstream)
    return case.weights.layout.views(case.weights.collect_gradients())


@pytest.mark.parametrize("changes", [{"radius": 1}, {}, *SYSTEMS])
def test_features_are_those_of_the_dense_network(changes):
    case = dense.Case(dense.CHAOS.replace(**changes))
    slow = torch.stack([dense.encode(case, case.weights, i) for i in case.batch.order])
    torch.testing.assert_close(encode(case.weights, case.batch), slow, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("changes", [{"radius": 2}, {"radius": 3}, {"radius": 4}, *SYSTEMS])
def test_gradients_are_those_of_the_dense_network(changes):
    case = dense.Case(dense.CHAOS.replace(**changes), samples=11)
    named = leaves(case)
    slow = dense.forward(case, named)
    upstream = torch.tensor(case.rng.normal(size=slow.shape))
    slow.backward(upstream)
    found = gradients(case, ann.forward(case.weights, case.batch), upstream)
    assert found.keys() == named.keys()
    for name, leaf in named.items():
        np.testing.assert_allclose(found[name], leaf.grad, rtol=1e-10, atol=1e-10, err_msg=name)
        assert np.abs(found[name]).max() > 0


@pytest.mark.parametrize(
    "config",
    [
        dense.CHAOS,
        dense.SAGA,
        dense.SKILLED,
        dense.CARRYING,
        dense.WORKING,
        dense.TRADING,
        dense.SPEAKING,
        dense.SPEAKING_TRADERS,
        dense.QUESTING,
        dense.QUESTING_TRADERS,
    ],
)
def test_float32_agrees_with_float64(config):
    case = dense.Case(config)
    exact = encode(case.weights, case.batch)
    single = dense.weights(case.config, np.random.default_rng(1), torch.float32)
    single.load(matrix(case.weights))
    torch.testing.assert_close(encode(single, case.batch).double(), exact, rtol=1e-5, atol=1e-5)


def matrix(weights):
    """Give the weights as one matrix (P, n)."""
    rows = [weights[name].detach().flatten(1) for name in weights.layout.shapes]
    return torch.cat(rows, 1).numpy()


def test_an_agent_alone_has_no_others():
    case = dense.Case(dense.CHAOS, rows=1)
    features = features_of(case)
    H = case.config.hidden
    assert (features.values[:, 2 * H :] == 0).all()
    assert (features.winner == 0).all()


def test_blocks_of_samples_are_summed_one_after_the_other(monkeypatch):
    case = dense.Case(dense.CHAOS, samples=11)
    together = features_of(case).values
    monkeypatch.setattr(encoder, "BLOCK", 2 * tables.LANES)
    np.testing.assert_array_equal(features_of(case).values, together)


def test_an_empty_batch_gives_no_features():
    case = dense.Case(dense.CHAOS, samples=0)
    assert encode(case.weights, case.batch).shape == (0, 3 * case.config.hidden)


def test_gradients_add_up_over_passes():
    case = dense.Case(dense.CHAOS)
    upstream = np.ones((7, 9))
    features = features_of(case)
    once, twice = (tables.allocate_gradients(case.weights.encoder) for _ in range(2))
    for gradient in (once, twice, twice):
        encoder.backward(gradient, case.batch, features, upstream)
    np.testing.assert_allclose(twice.tile, 2 * once.tile, rtol=1e-12)


@pytest.mark.parametrize(
    ("weights", "seen", "words"),
    [
        (dense.SAGA, dense.CHAOS, "traits has 18 rows, but the observed world needs 0"),
        (dense.CHAOS, dense.SAGA, "traits has 0 rows, but the observed world needs 18"),
        (dense.SKILLED, dense.SAGA, "standing has 90 rows, but the observed world needs 0"),
        (dense.SAGA, dense.SKILLED, "standing has 0 rows, but the observed world needs 90"),
        (dense.CARRYING, dense.SKILLED, "inventory has 360 rows, but the observed world needs 0"),
        (dense.SKILLED, dense.CARRYING, "inventory has 0 rows, but the observed world needs 360"),
        (dense.CARRYING, dense.WORKING, "tile has rows for 6 kinds of tiles, but the observed"),
        (dense.WORKING, dense.CARRYING, "tile has rows for 16 kinds of tiles, but the observed"),
    ],
)
def test_weights_for_another_kind_of_world_are_refused(weights, seen, words):
    ours, other = dense.Case(weights).weights.encoder, dense.Case(seen)
    features = encoder.allocate(len(other.batch.order), other.config.hidden, np.float64)
    with pytest.raises(ValueError, match=f"the parameter {words}"):
        encoder.forward(ours, other.batch, features)
    with pytest.raises(ValueError, match=f"the parameter {words}"):
        encoder.backward(tables.allocate_gradients(ours), other.batch, features, features.values)


def test_worlds_without_valued_arrays_have_the_biases_alone():
    case = dense.Case(dense.CHAOS)
    weights, own, others = case.weights.encoder, np.zeros(16), np.zeros(16)
    encoder._bias_of_agent(weights, 1, case.inputs, 0, own)
    encoder._bias_of_row(weights, 1, case.inputs, 0, others)
    np.testing.assert_array_equal(own, weights.own_bias[1])
    np.testing.assert_array_equal(others, weights.others_bias[1])


def test_a_valued_array_that_no_kernel_reads_is_refused():
    encoder.check_read(["traits"])
    with pytest.raises(UnsupportedError, match="valued array weather, and no kernel reads it"):
        encoder.check_read(["traits", "weather"])


def test_a_further_feature_counts_in_the_forward_pass():
    more = "import forge.blade.observation as observation; observation.NUM_FEATURES = 12"
    longer.run(more, longer.ROWS + "assert np.allclose(out, rows[1]), 'own'")
    longer.run(more, longer.ROWS + "assert np.allclose(largest, rows.max(axis=0)), 'others'")
