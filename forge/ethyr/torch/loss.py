"""Compute the losses of actor and critic, as sums over samples that can be added over shards.

Shape letter: n samples.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from forge.config import Config


class Samples(NamedTuple):
    """Data with which a loss compares the network's answers."""

    advantages: Tensor  # (n,)
    returns: Tensor  # (n,)
    log_prob: Tensor  # (n,), of the actions at the time of sampling


class Answer(NamedTuple):
    """The network's answers for the actions taken."""

    log_prob: Tensor  # (n,)
    entropy: Tensor  # (n,)
    value: Tensor  # (n,)


def pg_policy_loss(log_prob: Tensor, samples: Samples) -> Tensor:
    """Sum the policy gradient's loss: −Σ A log π(a).

    Source: Williams, "Simple statistical gradient-following algorithms for connectionist
    reinforcement learning", 1992.
    """
    return -torch.dot(samples.advantages, log_prob)


def ppo_policy_loss(log_prob: Tensor, samples: Samples, clip: float) -> Tensor:
    """Sum the clipped loss: −Σ min(r A, clamp(r, 1 − ε, 1 + ε) A), with r = π(a) / π_old(a).

    Source: Schulman et al., "Proximal policy optimization algorithms", 2017, equation 7.
    """
    ratio = torch.exp(log_prob - samples.log_prob)
    clipped = ratio.clamp(1 - clip, 1 + clip)
    return -torch.minimum(ratio * samples.advantages, clipped * samples.advantages).sum()


def ppo_progress(log_prob: Tensor, samples: Samples, clip: float) -> dict[str, float]:
    """Sum how far a policy has moved from the one that sampled, with r = π(a) / π_old(a).

    Returns:
        approx_kl: Σ (r − 1 − log r), which estimates KL(π_old, π); clip_fraction: samples with
        |r − 1| > ε.

    Source: Schulman, "Approximating KL divergence", 2020, estimator k3.
    """
    with torch.no_grad():
        log_ratio = log_prob - samples.log_prob
        moved = torch.expm1(log_ratio)
        beyond = int(torch.count_nonzero(moved.abs() > clip))
        return {"approx_kl": float((moved - log_ratio).sum()), "clip_fraction": float(beyond)}


def loss(answer: Answer, samples: Samples, config: Config) -> tuple[Tensor, dict[str, float]]:
    """Sum policy loss + value_weight × (value − return)² − entropy weight × entropy.

    Args:
        answer: answers of the network.
        samples: data to compare with.
        config: ``learner`` chooses the policy loss; ``clip`` and the weights are used, too.

    Returns:
        The loss (a scalar) and its parts without their weights, by name, all sums over samples;
        with ppo also what ``ppo_progress`` says.
    """
    progress: dict[str, float] = {}
    if config.learner == "ppo":
        policy_loss = ppo_policy_loss(answer.log_prob, samples, config.clip)
        progress = ppo_progress(answer.log_prob, samples, config.clip)
    else:
        policy_loss = pg_policy_loss(answer.log_prob, samples)
    error = answer.value - samples.returns
    value_loss = torch.dot(error, error)
    entropy = answer.entropy.sum()
    total = policy_loss + config.value_weight * value_loss - config.entropy * entropy
    parts = {"policy_loss": policy_loss, "value_loss": value_loss, "entropy": entropy}
    return total, {name: float(part.detach()) for name, part in parts.items()} | progress
