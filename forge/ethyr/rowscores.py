"""Score the choice of a row, such as a target or a receiver, with its gradients.

Shape letters: n samples of one pass, K columns of the heads, M rows of others.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from forge.blade.categories import NUM_TRAITS
from forge.blade.jit import inlined
from forge.blade.observation import NUM_FEATURES
from forge.ethyr.distribution import Scratch, column_of, entropy_of, log_softmax, rate_rows
from forge.ethyr.inputs import Inputs

Array = NDArray[Any]


class Score(NamedTuple):
    """Log-probabilities and entropies of actions, and their gradients by the heads."""

    log_prob: Array  # (n,)
    entropy: Array  # (n,)
    log_prob_slope: Array  # (n, K)
    entropy_slope: Array  # (n, K)


@inlined
def score_rows(
    heads: Array,
    query: int,
    inputs: Inputs,
    way: tuple[Array, int],
    rows: tuple[int, int],
    chosen: int,
    weight: float,
    out: Score,
    k: int,
    scratch: Scratch,
) -> float:
    """Add the part of a choice of a row. Modifies out and scratch in place.

    Args:
        heads: (K,), of one sample.
        query: the query's first column.
        inputs: of all samples.
        way: the mask, bool (M, ways), and which of its columns counts.
        rows: the sample's first row, and one past its last.
        chosen: the row that was chosen, counted within these; −1 if the action made no such choice.
        weight: the probability that such a choice is made.
        out: scores of all samples; its entropy is left to the caller, as it depends on more.
        k: the sample.
        scratch: working space.

    Returns:
        The entropy of the choice, given that it is made.
    """
    mask, column_of_mask = way
    low, high = rows
    rate_rows(heads, query, inputs, mask, low, high, column_of_mask, scratch)
    log_softmax(scratch, high - low)
    entropy = entropy_of(scratch, high - low)
    counts = 0 <= chosen < high - low and scratch.allowed[chosen]
    if counts:
        out.log_prob[k] += scratch.log_prob[chosen]
    for j in range(high - low):
        if not scratch.allowed[j]:
            continue
        log_p, p = scratch.log_prob[j], scratch.prob[j]
        by_entropy = -weight * p * (log_p + entropy)
        by_log_prob = ((1 if j == chosen else 0) - p) if counts else p - p
        for f in range(NUM_FEATURES):
            out.entropy_slope[k, query + f] += by_entropy * inputs.others[low + j, f]
            out.log_prob_slope[k, query + f] += by_log_prob * inputs.others[low + j, f]
        if inputs.traits.shape[1] > 0:
            for t in range(NUM_TRAITS):
                column = column_of(inputs, query, low + j, t)
                out.entropy_slope[k, column] += by_entropy
                out.log_prob_slope[k, column] += by_log_prob
    return entropy
