"""Score actions under the masked distribution (see forge.ethyr.distribution), with gradients.

Shape letters: n samples of one pass, N samples of a rollout, K columns of the heads.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import inlined, lean
from forge.blade.observation import CHOICES
from forge.ethyr.distribution import (
    DEAL,
    DEPENDS,
    GIVEN,
    HEADS,
    LEAST,
    NUM_HEADS,
    NUM_STYLES,
    OPTIONS,
    POINTER,
    PRICE,
    QUERY,
    RECEIVER,
    STYLE,
    TRADE,
    Columns,
    Scratch,
    allow,
    columns_of,
    entropy_of,
    log_softmax,
    masks_of,
    scratch_for,
    take,
)
from forge.ethyr.inputs import Batch, Inputs
from forge.ethyr.rowscores import Score, score_rows
from forge.ethyr.trading import keep, score_trade

Array = NDArray[Any]


def score(heads: Array, batch: Batch, *actions: Array) -> Score:
    """Find the log-probability and entropy of actions, with their gradients.

    A part of an action that the mask excludes counts as log-probability 0.

    Args:
        heads: (n, K), in the order of the pass.
        batch: the samples of the pass.
        *actions: integers (N,) each, the choices of all samples of ``batch.inputs``, as in Actions;
            choices that are left out at the end did nothing.

    Returns:
        The score, in the order of the pass and of the dtype of the heads.
    """
    columns = columns_of(heads, batch)
    n, dtype = len(heads), heads.dtype
    out = Score(np.zeros(n, dtype), np.zeros(n, dtype), np.zeros_like(heads), np.zeros_like(heads))
    scratch = scratch_for(heads, columns, batch)
    chosen = dict(zip(CHOICES, actions, strict=False))
    taken = tuple(_taken(name, chosen, batch) for name in HEADS)
    rows = _taken(POINTER, chosen, batch), _taken(RECEIVER, chosen, batch)
    inputs, masks = batch.inputs, masks_of(batch.inputs)
    _score(heads, columns, inputs, masks, batch.order, taken, rows, out, scratch)
    return out


def _taken(name: str, chosen: dict[str, Array], batch: Batch) -> Array:
    """Give a choice of all samples in its own type."""
    choice = CHOICES[name]
    if name in chosen:
        return np.asarray(chosen[name], choice.dtype)
    return np.full(len(batch.inputs.codes), choice.rest, choice.dtype)


@lean
def _score(
    heads: Array,
    columns: Columns,
    inputs: Inputs,
    masks: tuple[Array, ...],
    order: Array,
    taken: tuple[Array, ...],
    rows: tuple[Array, Array],
    out: Score,
    scratch: Scratch,
) -> None:
    """Score the parts of each action in turn. Modifies out and scratch in place.

    ``masks`` and ``taken`` hold the masks and the choices of each head; ``rows`` are the targets
    and the receivers.
    """
    target, receiver = rows
    for k in range(len(order)):
        i = order[k]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        for h in range(NUM_HEADS):
            start, size = columns.starts[h], OPTIONS[h]
            if start > 0 and not DEPENDS[h]:
                allow(masks, h, i, low, high, scratch)
                take(heads[k], start, size, scratch)
                log_softmax(scratch, size)
                _score_part(scratch, size, taken[h][i] - LEAST[h], start, out, k)
                if h == GIVEN and columns.early > QUERY:
                    _keep_style(scratch)
                if h == DEAL and columns.receiver > 0:
                    keep(scratch, size, scratch.deal)
        if columns.early > QUERY:
            _score_target(heads[k], inputs, i, taken[GIVEN][i], target[i], out, k, scratch)
        if columns.receiver > 0:
            trade = taken[TRADE][i] if taken[DEAL][i] == 0 else -1
            made = trade, taken[PRICE][i], receiver[i]
            score_trade(heads[k], columns, inputs, masks, i, made, out, k, scratch)


@inlined
def _keep_style(scratch: Scratch) -> None:
    """Keep the probability of each style. Modifies scratch in place."""
    for s in range(1 + NUM_STYLES):
        scratch.style[s] = scratch.prob[s] if scratch.allowed[s] else 0


@inlined
def _score_part(scratch: Scratch, size: int, chosen: int, column: int, out: Score, k: int) -> None:
    """Add one factor of the distribution. Modifies out in place.

    ∂ log p(a) / ∂ logit_j = [j = a] − p_j and ∂ H / ∂ logit_j = −p_j (log p_j + H).
    """
    allowed, log_prob, prob = scratch.allowed, scratch.log_prob, scratch.prob
    entropy = entropy_of(scratch, size)
    out.entropy[k] += entropy
    counts = 0 <= chosen < size and allowed[chosen]
    if counts:
        out.log_prob[k] += log_prob[chosen]
    for j in range(size):
        if allowed[j]:
            p = prob[j]
            out.entropy_slope[k, column + j] = -p * (log_prob[j] + entropy)
            if counts:
                out.log_prob_slope[k, column + j] = -p
    if counts:
        out.log_prob_slope[k, column + chosen] += 1


@inlined
def _score_target(
    heads: Array,
    inputs: Inputs,
    i: int,
    style: int,
    target: int,
    out: Score,
    k: int,
    scratch: Scratch,
) -> None:
    """Add the target's factor; scratch.style is known. Modifies out and scratch in place.

    The entropy of the target is Σ_s p(s) H_s, whose gradient by the style's logits is
    p_s (H_s − Σ_u p_u H_u), and by the target's logits −p(s) p_r (log p_r + H_s).
    """
    low, high = inputs.offsets[i], inputs.offsets[i + 1]
    mean = 0.0
    for s in range(NUM_STYLES):
        scratch.spread[s + 1] = 0
        if scratch.style[s + 1] > 0:
            chosen = target if s == style else -1
            way, weight = (inputs.can_attack, s), scratch.style[s + 1]
            rows = low, high
            entropy = score_rows(heads, QUERY, inputs, way, rows, chosen, weight, out, k, scratch)
            scratch.spread[s + 1] = entropy
            mean += scratch.style[s + 1] * entropy
    scratch.spread[0] = 0
    out.entropy[k] += mean
    for s in range(1 + NUM_STYLES):
        out.entropy_slope[k, STYLE + s] += scratch.style[s] * (scratch.spread[s] - mean)
