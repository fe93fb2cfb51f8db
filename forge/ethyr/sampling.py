"""Sample actions from the masked distribution (see forge.ethyr.distribution).

Shape letters: n samples of one pass, N agents, K columns of the heads, M rows of others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import inlined, lean
from forge.blade.observation import CHOICES, Actions, named
from forge.blade.targets import weakest
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.ethyr.distribution import (
    MOVE,
    QUERY,
    STYLE,
    VALUE,
    Scratch,
    allow_moves,
    allow_styles,
    check,
    log_softmax,
    rate_rows,
    scratch_for,
    take,
)
from forge.ethyr.inputs import Batch, Inputs

Array = NDArray[Any]


class Sampled(named([*CHOICES, "log_prob", "value"])):  # type: ignore[misc]
    """Samples for N agents, in the order of the observation.

    The fields are the parts of their actions, as in Actions, and ``log_prob`` and ``value``,
    float32 (N,).
    """

    __slots__ = ()

    @property
    def actions(self) -> Actions:
        """Copy the sampled actions."""
        return Actions(*(getattr(self, name).copy() for name in CHOICES))


def sample(heads: Array, batch: Batch, draws: Array, reach: Array) -> Sampled:
    """Sample an action for each sample of a batch, by inverse CDF.

    Args:
        heads: float32 (n, K), in the order of the pass, which holds every sample once.
        batch: the samples.
        draws: float64 (n, 3), uniform in [0, 1): for move, style and target.
        reach: uint8 (M,), distance of each row [tiles].

    Returns:
        The actions, in the order of the observation.
    """
    check(heads, batch)
    n = len(batch.order)
    parts = (np.full(n, part.rest, part.dtype) for part in CHOICES.values())
    choice = Sampled(*parts, log_prob=np.zeros(n, np.float32), value=np.zeros(n, np.float32))
    scratch = scratch_for(heads, batch)
    _sample(heads, batch.inputs, batch.order, draws, reach, choice, scratch)
    return choice


@lean
def _sample(
    heads: Array,
    inputs: Inputs,
    order: Array,
    draws: Array,
    reach: Array,
    choice: Sampled,
    scratch: Scratch,
) -> None:
    """Sample the parts of each action in turn. Modifies choice and scratch in place."""
    K = heads.shape[1]
    for k in range(len(order)):
        i = order[k]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        choice.value[i] = heads[k, VALUE]
        allow_moves(inputs.can_move, i, scratch)
        take(heads[k], MOVE, NUM_MOVES, scratch)
        log_softmax(scratch, NUM_MOVES)
        move = _pick(scratch, NUM_MOVES, draws[i, 0])
        choice.move[i] = move
        log_prob = scratch.log_prob[move]
        if K > STYLE:
            allow_styles(inputs.can_attack, low, high, scratch)
            take(heads[k], STYLE, 1 + NUM_STYLES, scratch)
            log_softmax(scratch, 1 + NUM_STYLES)
            style = _pick(scratch, 1 + NUM_STYLES, draws[i, 1]) - 1
            choice.style[i] = style
            log_prob += scratch.log_prob[style + 1]
            if style >= 0 and K == QUERY:
                choice.target[i] = weakest(
                    inputs.others, reach, inputs.can_attack, low, high, style
                )
            elif style >= 0:
                rate_rows(heads[k], inputs, low, high, style, scratch)
                log_softmax(scratch, high - low)
                target = _pick(scratch, high - low, draws[i, 2])
                choice.target[i] = target
                log_prob += scratch.log_prob[target]
        choice.log_prob[i] = log_prob


@inlined
def _pick(scratch: Scratch, size: int, draw: float) -> int:
    """Find the option at which the cumulative probability passes the draw, or the last allowed."""
    picked = 0
    total = 0.0
    for j in range(size):
        if scratch.allowed[j]:
            picked = j
            total += np.exp(scratch.log_prob[j])
            if draw < total:
                break
    return picked
