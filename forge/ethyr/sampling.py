"""Sample actions from the masked distribution, and score actions under the same one.

The heads of the network, one row per sample:

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
from forge.blade.jit import inlined, lean
from forge.blade.observation import NUM_FEATURES
from forge.blade.targets import weakest
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.ethyr.inputs import Batch, Inputs

Array = NDArray[Any]

VALUE, MOVE = 0, 1
STYLE = MOVE + NUM_MOVES
QUERY = STYLE + 1 + NUM_STYLES


def num_heads(config: Config) -> int:
    """Count K, the columns that the network puts out."""
    if not config.combat:
        return STYLE
    return QUERY if config.auto_target else QUERY + NUM_FEATURES


class Choice(NamedTuple):
    """What was sampled for N agents, in the order of the observation."""

    move: Array  # int8 (N,)
    style: Array  # int8 (N,): −1: no attack
    target: Array  # int32 (N,): row within the agent's own; 0: none
    log_prob: Array  # float32 (N,)
    value: Array  # float32 (N,)


class Score(NamedTuple):
    """How likely actions were, and the gradients of that by the heads."""

    log_prob: Array  # (n,)
    entropy: Array  # (n,)
    log_prob_slope: Array  # (n, K)
    entropy_slope: Array  # (n, K)


class _Scratch(NamedTuple):
    allowed: Array  # bool (rows,)
    logit: Array  # (rows,)
    log_prob: Array  # (rows,)
    style: Array  # (4,): log p(style)
    spread: Array  # (4,): entropy of the target, given the style


def _scratch(heads: Array, batch: Batch) -> _Scratch:
    size, dtype = max(NUM_MOVES, 1 + NUM_STYLES), heads.dtype
    if heads.shape[1] > QUERY:
        offsets, order = batch.inputs.offsets, batch.order
        size = max(size, int((offsets[order + 1] - offsets[order]).max(initial=0)))
    return _Scratch(
        np.zeros(size, np.bool_),
        np.zeros(size, dtype),
        np.zeros(size, dtype),
        np.zeros(1 + NUM_STYLES, dtype),
        np.zeros(1 + NUM_STYLES, dtype),
    )


def sample(heads: Array, batch: Batch, draws: Array, reach: Array) -> Choice:
    """Sample an action for each sample of a batch, by inverse CDF.

    Args:
        heads: float32 (n, K), in the order of the pass, which takes every sample once.
        batch: the samples.
        draws: float64 (n, 3), uniform in [0, 1): for move, style and target.
        reach: uint8 (M,), distance of each row [tiles].

    Returns:
        The actions, in the order of the observation.
    """
    _check(heads, batch)
    n = len(batch.order)
    choice = Choice(
        np.zeros(n, np.int8),
        np.full(n, -1, np.int8),
        np.zeros(n, np.int32),
        np.zeros(n, np.float32),
        np.zeros(n, np.float32),
    )
    scratch = _scratch(heads, batch)
    _sample(heads, batch.inputs, batch.order, draws, reach, choice, scratch)
    return choice


def score(heads: Array, batch: Batch, move: Array, style: Array, target: Array) -> Score:
    """Find the log-probability and entropy of actions, with their gradients.

    A part of an action that the mask excludes counts as log-probability 0.

    Args:
        heads: (n, K), in the order of the pass.
        batch: which samples.
        move: int8 (N,), of all samples of ``batch.inputs``.
        style: int8 (N,), likewise.
        target: int32 (N,), likewise.

    Returns:
        In the order of the pass, of the type of the heads.
    """
    _check(heads, batch)
    n, dtype = len(heads), heads.dtype
    out = Score(np.zeros(n, dtype), np.zeros(n, dtype), np.zeros_like(heads), np.zeros_like(heads))
    scratch = _scratch(heads, batch)
    _score(heads, batch.inputs, batch.order, move, style, target, out, scratch)
    return out


def _check(heads: Array, batch: Batch) -> None:
    sizes = (STYLE, QUERY, QUERY + NUM_FEATURES)
    if heads.ndim != 2 or len(heads) != len(batch.order) or heads.shape[1] not in sizes:
        raise ValueError(
            f"heads have shape {heads.shape}, not ({len(batch.order)}, one of {sizes})"
        )


@lean
def _sample(
    heads: Array,
    inputs: Inputs,
    order: Array,
    draws: Array,
    reach: Array,
    choice: Choice,
    scratch: _Scratch,
) -> None:
    """Modifies choice and scratch in place."""
    K = heads.shape[1]
    for k in range(len(order)):
        i = order[k]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        choice.value[i] = heads[k, VALUE]
        _allow_moves(inputs.can_move, i, scratch)
        _copy(heads[k], MOVE, NUM_MOVES, scratch)
        _log_softmax(scratch, NUM_MOVES)
        move = _pick(scratch, NUM_MOVES, draws[i, 0])
        choice.move[i] = move
        log_prob = scratch.log_prob[move]
        if K > STYLE:
            _allow_styles(inputs.can_attack, low, high, scratch)
            _copy(heads[k], STYLE, 1 + NUM_STYLES, scratch)
            _log_softmax(scratch, 1 + NUM_STYLES)
            style = _pick(scratch, 1 + NUM_STYLES, draws[i, 1]) - 1
            choice.style[i] = style
            log_prob += scratch.log_prob[style + 1]
            if style >= 0 and K == QUERY:
                choice.target[i] = weakest(
                    inputs.others, reach, inputs.can_attack, low, high, style
                )
            elif style >= 0:
                _score_rows(heads[k], inputs, low, high, style, scratch)
                _log_softmax(scratch, high - low)
                target = _pick(scratch, high - low, draws[i, 2])
                choice.target[i] = target
                log_prob += scratch.log_prob[target]
        choice.log_prob[i] = log_prob


@lean
def _score(
    heads: Array,
    inputs: Inputs,
    order: Array,
    move: Array,
    style: Array,
    target: Array,
    out: Score,
    scratch: _Scratch,
) -> None:
    """Modifies out and scratch in place."""
    K = heads.shape[1]
    for k in range(len(order)):
        i = order[k]
        _allow_moves(inputs.can_move, i, scratch)
        _copy(heads[k], MOVE, NUM_MOVES, scratch)
        _log_softmax(scratch, NUM_MOVES)
        _score_part(scratch, NUM_MOVES, move[i], MOVE, out, k)
        if K > STYLE:
            _allow_styles(inputs.can_attack, inputs.offsets[i], inputs.offsets[i + 1], scratch)
            _copy(heads[k], STYLE, 1 + NUM_STYLES, scratch)
            _log_softmax(scratch, 1 + NUM_STYLES)
            _score_part(scratch, 1 + NUM_STYLES, style[i] + 1, STYLE, out, k)
            if K > QUERY:
                _score_target(heads[k], inputs, i, style[i], target[i], out, k, scratch)


@inlined
def _allow_moves(can_move: Array, i: int, scratch: _Scratch) -> None:
    """Modifies scratch in place."""
    for j in range(NUM_MOVES):
        scratch.allowed[j] = can_move[i, j]


@inlined
def _allow_styles(can_attack: Array, low: int, high: int, scratch: _Scratch) -> None:
    """Modifies scratch in place."""
    allowed = scratch.allowed
    allowed[0] = True
    for s in range(NUM_STYLES):
        allowed[s + 1] = False
    for row in range(low + 1, high):
        for s in range(NUM_STYLES):
            allowed[s + 1] |= can_attack[row, s]


@inlined
def _copy(heads: Array, start: int, size: int, scratch: _Scratch) -> None:
    """Modifies scratch in place."""
    for j in range(size):
        scratch.logit[j] = heads[start + j]


@inlined
def _score_rows(
    heads: Array, inputs: Inputs, low: int, high: int, style: int, scratch: _Scratch
) -> None:
    """Give the rows that a style can attack their logits. Modifies scratch in place."""
    for row in range(low, high):
        allowed = inputs.can_attack[row, style]
        scratch.allowed[row - low] = allowed
        if allowed:
            total = heads[QUERY] * inputs.others[row, 0]
            for f in range(1, NUM_FEATURES):
                total += heads[QUERY + f] * inputs.others[row, f]
            scratch.logit[row - low] = total


@inlined
def _log_softmax(scratch: _Scratch, size: int) -> None:
    """Normalise over what is allowed: at least one. Modifies scratch.log_prob in place."""
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
def _pick(scratch: _Scratch, size: int, draw: float) -> int:
    """Find where the cumulative probability passes the draw; the last allowed if it never does."""
    picked = 0
    total = 0.0
    for j in range(size):
        if scratch.allowed[j]:
            picked = j
            total += np.exp(scratch.log_prob[j])
            if draw < total:
                break
    return picked


@inlined
def _entropy(scratch: _Scratch, size: int) -> float:
    total = 0.0
    for j in range(size):
        if scratch.allowed[j]:
            total -= np.exp(scratch.log_prob[j]) * scratch.log_prob[j]
    return total


@inlined
def _score_part(scratch: _Scratch, size: int, chosen: int, column: int, out: Score, k: int) -> None:
    """Add one factor of the distribution. Modifies out in place.

    ∂ log p(a) / ∂ logit_j = [j = a] − p_j and ∂ H / ∂ logit_j = −p_j (log p_j + H).
    """
    allowed, log_prob = scratch.allowed, scratch.log_prob
    entropy = _entropy(scratch, size)
    out.entropy[k] += entropy
    counts = 0 <= chosen < size and allowed[chosen]
    if counts:
        out.log_prob[k] += log_prob[chosen]
    for j in range(size):
        if allowed[j]:
            p = np.exp(log_prob[j])
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
    scratch: _Scratch,
) -> None:
    """Add the target's factor; scratch holds the style's. Modifies out and scratch in place.

    The entropy of the target is Σ_s p(s) H_s, whose gradient by the style's logits is
    p_s (H_s − Σ_u p_u H_u), and by the target's logits −p(s) p_r (log p_r + H_s).
    """
    low, high = inputs.offsets[i], inputs.offsets[i + 1]
    mean = 0.0
    for s in range(1 + NUM_STYLES):
        scratch.style[s] = np.exp(scratch.log_prob[s]) if scratch.allowed[s] else 0
    for s in range(NUM_STYLES):
        scratch.spread[s + 1] = 0
        if scratch.style[s + 1] > 0:
            chosen = target if s == style else -1
            entropy = _score_rows_of(heads, inputs, low, high, s, chosen, out, k, scratch)
            scratch.spread[s + 1] = entropy
            mean += scratch.style[s + 1] * entropy
    scratch.spread[0] = 0
    out.entropy[k] += mean
    for s in range(1 + NUM_STYLES):
        out.entropy_slope[k, STYLE + s] += scratch.style[s] * (scratch.spread[s] - mean)


@inlined
def _score_rows_of(
    heads: Array,
    inputs: Inputs,
    low: int,
    high: int,
    style: int,
    chosen: int,
    out: Score,
    k: int,
    scratch: _Scratch,
) -> float:
    """Add what one style's targets give; chosen −1: another style's. Modifies out in place.

    Returns:
        The entropy of the target, given the style.
    """
    _score_rows(heads, inputs, low, high, style, scratch)
    _log_softmax(scratch, high - low)
    entropy = _entropy(scratch, high - low)
    weight = scratch.style[style + 1]
    counts = 0 <= chosen < high - low and scratch.allowed[chosen]
    if counts:
        out.log_prob[k] += scratch.log_prob[chosen]
    for j in range(high - low):
        if not scratch.allowed[j]:
            continue
        log_p = scratch.log_prob[j]
        p = np.exp(log_p)
        by_entropy = -weight * p * (log_p + entropy)
        by_log_prob = ((1 if j == chosen else 0) - p) if counts else p - p
        for f in range(NUM_FEATURES):
            out.entropy_slope[k, QUERY + f] += by_entropy * inputs.others[low + j, f]
            out.log_prob_slope[k, QUERY + f] += by_log_prob * inputs.others[low + j, f]
    return entropy
