"""Run samples through a network: forward, and backward from the loss.

Shape letters: n samples of one pass, N samples of a rollout, K columns of the heads.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from forge.config import Config
from forge.ethyr.distribution import VALUE
from forge.ethyr.inputs import Batch
from forge.ethyr.torch.layers import score
from forge.ethyr.torch.loss import Answer, Samples, loss

Array = NDArray[Any]
Forward = Callable[[Batch], Tensor]


def forward_pass(forward: Forward, batch: Batch) -> Array:
    """Run a network without computing gradients.

    Returns:
        (n, K), the output of the network.
    """
    with torch.no_grad():
        heads: Array = forward(batch).numpy()
    return heads


def backward_pass(
    forward: Forward,
    batch: Batch,
    taken: Sequence[Array],
    compared: Sequence[Array],
    config: Config,
) -> dict[str, float]:
    """Add the gradient of the loss over a batch to the gradient of the weights.

    Args:
        forward: the network.
        batch: the samples of this pass.
        taken: (N,) each, the choices of the actions, as in Actions.
        compared: float32 (N,) each: advantages, returns, and log_prob at sampling time.
        config: settings of the loss.

    Returns:
        The parts of the loss by name, sums over samples.
    """
    heads = forward(batch)
    answer = Answer(*score(heads, batch, *taken), heads[:, VALUE])
    samples = Samples(*(torch.from_numpy(array[batch.order]) for array in compared))
    total, parts = loss(answer, samples, config)
    total.backward()  # type: ignore[no-untyped-call]
    return parts
