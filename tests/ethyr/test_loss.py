"""Losses: hand numbers, every case of the clip, sums over samples."""

import math

import pytest
import torch

from forge.config import Law
from forge.ethyr.torch.loss import (
    Answer,
    Samples,
    loss,
    pg_policy_loss,
    ppo_policy_loss,
    ppo_progress,
)


def compare(advantages, log_prob, old=0.0):
    """Build samples of these advantages, and log-probabilities that want a gradient."""
    taken = torch.tensor(log_prob, dtype=torch.float64, requires_grad=True)
    wanted = torch.tensor(advantages, dtype=torch.float64)
    return taken, Samples(wanted, torch.zeros_like(wanted), torch.full_like(wanted, old))


def test_pg_weighs_log_probabilities_by_advantages():
    # −(2 · −1 + −3 · −0.5) = 0.5, with the gradient −A.
    log_prob, samples = compare([2, -3], [-1, -0.5])
    found = pg_policy_loss(log_prob, samples)
    found.backward()
    assert float(found.detach()) == 0.5
    assert log_prob.grad.tolist() == [-2.0, 3.0]


# ε = 0.2. The ratio counts unless it has already moved too far in the advantage's direction.
@pytest.mark.parametrize(
    ("ratio", "advantage", "expected", "slope"),
    [
        (1.0, 2.0, -2.0, -2.0),  # as sampled: like pg
        (1.1, 2.0, -2.2, -2.2),  # inside, better
        (1.5, 2.0, -2.4, 0.0),  # too far up: clipped at 1.2
        (0.5, 2.0, -1.0, -1.0),  # down, although it should go up: not clipped
        (0.5, -2.0, 1.6, 0.0),  # too far down: clipped at 0.8
        (1.5, -2.0, 3.0, 3.0),  # up, although it should go down: not clipped
        (0.9, -2.0, 1.8, 1.8),  # inside, worse
    ],
)
def test_ppo_clips_the_ratio(ratio, advantage, expected, slope):
    log_prob, samples = compare([advantage], [0.0], old=-float(torch.tensor(ratio).double().log()))
    found = ppo_policy_loss(log_prob, samples, 0.2)
    found.backward()
    assert float(found.detach()) == pytest.approx(expected, rel=1e-6)
    assert float(log_prob.grad) == pytest.approx(slope, rel=1e-6)


def whole(config, n=2):
    """Compute the loss of n equal samples: advantage 1, return 3, value 1, log_prob −1."""
    ones = torch.ones(n)
    samples = Samples(ones, 3 * ones, -ones)
    return loss(Answer(-ones, 0.5 * ones, ones), samples, config)


def test_the_loss_adds_value_and_entropy_with_their_weights():
    # Per sample: pg −1 · −1 = 1; value (1 − 3)² = 4; entropy 0.5: 1 + 0.25 · 4 − 0.1 · 0.5 = 1.95.
    total, parts = whole(Law(learner="pg", value_weight=0.25, entropy=0.1))
    assert float(total) == pytest.approx(2 * 1.95)
    assert parts == pytest.approx({"policy_loss": 2, "value_loss": 8, "entropy": 1})


def test_ppo_starts_with_a_ratio_of_1():
    parts = whole(Law(learner="ppo"))[1]
    assert parts["policy_loss"] == pytest.approx(-2)
    assert (parts["approx_kl"], parts["clip_fraction"]) == (0, 0)


def test_what_ppo_has_moved_is_estimated_and_counted():
    log_prob = torch.tensor([math.log(0.5), math.log(1.1), 0.0])  # ratios ½, 1.1 and 1
    found = ppo_progress(log_prob, Samples(*torch.zeros(3, 3)), 0.2)
    expected = (-0.5 + math.log(2)) + (0.1 - math.log(1.1))
    assert found == pytest.approx({"approx_kl": expected, "clip_fraction": 1}, abs=1e-6)


@pytest.mark.parametrize("learner", ["pg", "ppo"])
def test_losses_are_sums_over_samples(learner):
    config = Law(learner=learner)
    assert float(whole(config, 6)[0]) == pytest.approx(3 * float(whole(config, 2)[0]))
