"""Sample actions from the masked distribution (see forge.ethyr.distribution).

Shape letters: n samples of one pass, N agents, K columns of the heads, M rows of others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import lean
from forge.blade.observation import CHOICES, Actions, named
from forge.blade.targets import weakest
from forge.ethyr.distribution import (
    DEAL,
    DEPENDS,
    DRAW_POINTER,
    DRAWS,
    GIVEN,
    LEAST,
    NUM_HEADS,
    OPTIONS,
    QUERY,
    VALUE,
    Columns,
    Scratch,
    allow,
    columns_of,
    log_softmax,
    masks_of,
    pick,
    rate_rows,
    scratch_for,
    take,
    taken_of,
)
from forge.ethyr.inputs import Batch, Inputs
from forge.ethyr.trading import sample_trade

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
        draws: float64 (n, choices), uniform in [0, 1): one for each choice, as in Observation.
        reach: uint8 (M,), distance of each row [tiles].

    Returns:
        The actions, in the order of the observation.
    """
    columns = columns_of(heads, batch)
    n = len(batch.order)
    parts = (np.full(n, part.rest, part.dtype) for part in CHOICES.values())
    choice = Sampled(*parts, log_prob=np.zeros(n, np.float32), value=np.zeros(n, np.float32))
    scratch = scratch_for(heads, columns, batch)
    inputs, masks, taken = batch.inputs, masks_of(batch.inputs), taken_of(choice)
    _sample(heads, columns, inputs, masks, batch.order, draws, reach, taken, choice, scratch)
    return choice


@lean
def _sample(
    heads: Array,
    columns: Columns,
    inputs: Inputs,
    masks: tuple[Array, ...],
    order: Array,
    draws: Array,
    reach: Array,
    taken: tuple[Array, ...],
    choice: Sampled,
    scratch: Scratch,
) -> None:
    """Sample the parts of each action in turn. Modifies taken, choice and scratch in place.

    ``masks`` and ``taken`` hold the masks and the choices of each head.
    """
    for k in range(len(order)):
        i = order[k]
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        choice.value[i] = heads[k, VALUE]
        for h in range(NUM_HEADS):
            start, size = columns.starts[h], OPTIONS[h]
            if start > 0 and not DEPENDS[h]:
                allow(masks, h, i, low, high, scratch)
                take(heads[k], start, size, scratch)
                log_softmax(scratch, size)
                picked = pick(scratch, size, draws[i, DRAWS[h]])
                taken[h][i] = picked + LEAST[h]
                choice.log_prob[i] += scratch.log_prob[picked]
        style = taken[GIVEN][i]
        if style >= 0 and columns.early == QUERY:
            choice.target[i] = weakest(inputs.others, reach, inputs.can_attack, low, high, style)
        elif style >= 0 and columns.early > QUERY:
            rate_rows(heads[k], QUERY, inputs, inputs.can_attack, low, high, style, scratch)
            log_softmax(scratch, high - low)
            target = pick(scratch, high - low, draws[i, DRAW_POINTER])
            choice.target[i] = target
            choice.log_prob[i] += scratch.log_prob[target]
        if columns.receiver > 0 and taken[DEAL][i] == 0:
            sample_trade(heads[k], columns, inputs, masks, i, draws[i], choice, scratch)
