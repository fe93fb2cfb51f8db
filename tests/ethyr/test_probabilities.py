"""Probabilities of choices: what masks forbid has none, and what is left adds up to 1."""

import numpy as np
import pytest

from forge.blade import Realms, preset
from forge.ethyr.distribution import num_heads
from forge.ethyr.probabilities import allowed, masked_softmax, probabilities


@pytest.mark.parametrize("name", ["law16", "chaos16", "saga16"])
def test_what_is_possible_adds_up_to_1(name: str) -> None:
    config = preset(name).replace(births=16)
    obs = Realms(config, 0).observation
    heads = np.random.default_rng(0).normal(size=(len(obs), num_heads(config)))
    for choice, shares in probabilities(heads, obs, config).items():
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert not shares[~allowed(obs, choice)].any()


def test_all_prices_are_possible_and_nobody_has_no_options() -> None:
    config = preset("saga16")
    obs = Realms(config.replace(births=4), 0).observation
    assert allowed(obs, "price").all()
    assert allowed(Realms(config.replace(births=0), 0).observation, "style").shape == (0, 4)


def test_nothing_allowed_is_left_at_0() -> None:
    shares = masked_softmax(np.array([[1.0, 1.0, 900.0]]), np.array([[True, True, False]]))
    assert shares.tolist() == [[0.5, 0.5, 0.0]]
