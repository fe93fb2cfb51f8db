"""Compute the masked distribution of actions, which sampling and scoring share.

The heads of the network have one row per sample:

    value | a logit per move | [combat] a logit per style, none first | [no auto_target] a query

An action is a move, a style among those that can attack somebody (or none), and, given a style, a
target among the rows that it can attack. The target's logits are query · row; with
``auto_target`` there is no query and the target is the weakest in reach. Then

    log p(action) = log p(move) + log p(style) + log p(target | style)
    entropy = H(move) + H(style) + Σ_s p(s) H(target | s)

Shape letters: n samples of one pass, K columns of the heads, M rows of others.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.config import Config
from forge.blade.jit import inlined
from forge.blade.observation import NUM_FEATURES
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.ethyr.inputs import Batch, Inputs

Array = NDArray[Any]

VALUE, MOVE = 0, 1
STYLE = MOVE + NUM_MOVES
QUERY = STYLE + 1 + NUM_STYLES


def num_heads(config: Config) -> int:
    """Count K, the columns of the network's output."""
    if not config.combat:
        return STYLE
    return QUERY if config.auto_target else QUERY + NUM_FEATURES


class Scratch(NamedTuple):
    """Working space for one sample; ``rows`` is the larger of its rows and its moves or styles."""

    allowed: Array  # bool (rows,)
    logit: Array  # (rows,)
    log_prob: Array  # (rows,)
    style: Array  # (4,): log p(style)
    spread: Array  # (4,): entropy of the target, given the style


def scratch_for(heads: Array, batch: Batch) -> Scratch:
    """Allocate working space that is large enough for every sample of the batch."""
    size, dtype = max(NUM_MOVES, 1 + NUM_STYLES), heads.dtype
    if heads.shape[1] > QUERY:
        offsets, order = batch.inputs.offsets, batch.order
        size = max(size, int((offsets[order + 1] - offsets[order]).max(initial=0)))
    return Scratch(
        np.zeros(size, np.bool_),
        np.zeros(size, dtype),
        np.zeros(size, dtype),
        np.zeros(1 + NUM_STYLES, dtype),
        np.zeros(1 + NUM_STYLES, dtype),
    )


def check(heads: Array, batch: Batch) -> None:
    """Refuse heads that are not of shape (n, K).

    Raises:
        ValueError: says which shape the heads have.
    """
    sizes = (STYLE, QUERY, QUERY + NUM_FEATURES)
    if heads.ndim != 2 or len(heads) != len(batch.order) or heads.shape[1] not in sizes:
        raise ValueError(
            f"heads have shape {heads.shape}, not ({len(batch.order)}, one of {sizes})"
        )


@inlined
def allow_moves(can_move: Array, i: int, scratch: Scratch) -> None:
    """Allow the possible moves of sample i. Modifies scratch in place."""
    for j in range(NUM_MOVES):
        scratch.allowed[j] = can_move[i, j]


@inlined
def allow_styles(can_attack: Array, low: int, high: int, scratch: Scratch) -> None:
    """Allow no attack, and each style that can attack a row. Modifies scratch in place."""
    allowed = scratch.allowed
    allowed[0] = True
    for s in range(NUM_STYLES):
        allowed[s + 1] = False
    for row in range(low + 1, high):
        for s in range(NUM_STYLES):
            allowed[s + 1] |= can_attack[row, s]


@inlined
def take(heads: Array, start: int, size: int, scratch: Scratch) -> None:
    """Take the logits of one part of the action from a row of heads. Modifies scratch in place."""
    for j in range(size):
        scratch.logit[j] = heads[start + j]


@inlined
def rate_rows(
    heads: Array, inputs: Inputs, low: int, high: int, style: int, scratch: Scratch
) -> None:
    """Compute the logits of the rows that a style can attack. Modifies scratch in place."""
    for row in range(low, high):
        allowed = inputs.can_attack[row, style]
        scratch.allowed[row - low] = allowed
        if allowed:
            total = heads[QUERY] * inputs.others[row, 0]
            for f in range(1, NUM_FEATURES):
                total += heads[QUERY + f] * inputs.others[row, f]
            scratch.logit[row - low] = total


@inlined
def log_softmax(scratch: Scratch, size: int) -> None:
    """Normalise over the allowed options, at least one. Modifies scratch.log_prob in place."""
    allowed, logit, log_prob = scratch.allowed, scratch.logit, scratch.log_prob
    first = 0
    while first < size - 1 and not allowed[first]:
        first += 1
    top = logit[first]
    for j in range(first + 1, size):
        if allowed[j] and logit[j] > top:
            top = logit[j]
    total = np.exp(logit[first] - top)
    for j in range(first + 1, size):
        if allowed[j]:
            total += np.exp(logit[j] - top)
    top += np.log(total)
    for j in range(size):
        log_prob[j] = logit[j] - top


@inlined
def entropy_of(scratch: Scratch, size: int) -> float:
    """Sum −p log p over the allowed options, in float64."""
    total = 0.0
    for j in range(size):
        if scratch.allowed[j]:
            total -= np.exp(scratch.log_prob[j]) * scratch.log_prob[j]
    return total
