"""Compute the masked distribution of actions, which sampling and scoring share.

The heads of the network have one row per sample:

    value | a logit per move | [combat] a logit per style, none first | [no auto_target] a query

The columns of all choices among a fixed number follow from the list of choices (see
forge.blade.observation): those that need no combat come first, then the others, each in the order
of the list. All are drawn independently of each other, each among the options that its mask allows.

An action is a move, a style among those that can attack somebody (or none), and, given a style, a
target among the rows that it can attack. The target's logits are query · row; where rows have
traits, the query also has a number for each value of each, and those of the row's are added. With
``auto_target`` there is no query and the target is the weakest in reach. Then

    log p(action) = log p(move) + log p(style) + log p(target | style)
    entropy = H(move) + H(style) + Σ_s p(s) H(target | s)

and each further choice adds its log p and its entropy.

Shape letters: n samples of one pass, K columns of the heads, M rows of others.
"""

from collections.abc import Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import inlined
from forge.blade.observation import (
    CHOICES,
    DRAW,
    NUM_FEATURES,
    NUM_TRAIT_VALUES,
    NUM_TRAITS,
    SEEN,
    TRAIT_START,
    choices,
)
from forge.config import Config
from forge.ethyr.inputs import Batch, Inputs, LimitError

Array = NDArray[Any]

# The choices among a fixed number: those that need no combat come first.
HEADS = sorted((name for name, it in CHOICES.items() if it.size), key=lambda n: CHOICES[n].combat)
POINTER = "target"  # the choice of a row

_listed = [CHOICES[name] for name in HEADS]
NUM_HEADS = len(HEADS)
OPTIONS = tuple(choice.options for choice in _listed)
LEAST = tuple(choice.least for choice in _listed)
DRAWS = tuple(DRAW[name] for name in HEADS)  # column of each in Observation.draws
STARTS = tuple(accumulate(OPTIONS[:-1], initial=1))  # first column of each
MASKS = tuple(choice.mask for choice in _listed)
_BY_ROW = tuple(bool(mask) and SEEN[mask].by_row for mask in MASKS)

VALUE, QUERY = 0, 1 + sum(OPTIONS)
BY_TRAIT = QUERY + NUM_FEATURES  # first of the query's columns for values of traits
_LAW = 1 + sum(choice.options for choice in choices(combat=False).values())  # columns in Law
MOVE, STYLE = (STARTS[HEADS.index(name)] for name in ("move", "style"))
NUM_STYLES = CHOICES["style"].size
GIVEN = HEADS.index(CHOICES[POINTER].given)  # the head on which the pointer depends
DRAW_POINTER = DRAW[POINTER]


def check_pointers(listed: Sequence[str]) -> None:
    """Refuse other choices of rows than the target, which the kernels sample and score by name.

    Raises:
        LimitError: names the choice.
    """
    for name in listed:
        if name != POINTER:
            raise LimitError(
                f"the choice {name} points at rows, and only {POINTER} is sampled and scored: "
                "forge/ethyr/sampling.py and scoring.py need its part of the distribution"
            )


check_pointers([name for name, choice in CHOICES.items() if not choice.size])


def num_heads(config: Config) -> int:
    """Count K, the columns of the network's output."""
    if not config.combat:
        return _LAW
    return QUERY if config.auto_target else _with_query(SEEN["traits"].is_in(config))


def _with_query(traits: bool) -> int:
    """Count the columns of heads with a query, where rows have traits or have none."""
    return BY_TRAIT + (NUM_TRAIT_VALUES if traits else 0)


class Scratch(NamedTuple):
    """Working space for one sample; ``rows`` is the larger of its rows and its most options."""

    allowed: Array  # bool (rows,)
    logit: Array  # (rows,)
    log_prob: Array  # (rows,)
    prob: Array  # (rows,)
    style: Array  # (4,): p(style)
    spread: Array  # (4,): entropy of the target, given the style


def scratch_for(heads: Array, batch: Batch) -> Scratch:
    """Allocate working space that is large enough for every sample of the batch."""
    size, dtype = max(OPTIONS), heads.dtype
    if heads.shape[1] > QUERY:
        offsets, order = batch.inputs.offsets, batch.order
        size = max(size, int((offsets[order + 1] - offsets[order]).max(initial=0)))
    return Scratch(
        np.zeros(size, np.bool_),
        np.zeros(size, dtype),
        np.zeros(size, dtype),
        np.zeros(size, dtype),
        np.zeros(OPTIONS[GIVEN], dtype),
        np.zeros(OPTIONS[GIVEN], dtype),
    )


def check(heads: Array, batch: Batch) -> None:
    """Refuse heads that are not of shape (n, K).

    Raises:
        ValueError: says which shape the heads have.
    """
    sizes = (_LAW, QUERY, _with_query(batch.inputs.traits.shape[1] > 0))
    if heads.ndim != 2 or len(heads) != len(batch.order) or heads.shape[1] not in sizes:
        raise ValueError(
            f"heads have shape {heads.shape}, not ({len(batch.order)}, one of {sizes})"
        )


def masks_of(inputs: Inputs) -> tuple[Array, ...]:
    """List the mask of each head; a head without one has a mask that allows all."""
    samples = len(inputs.codes)
    return tuple(
        np.ascontiguousarray(getattr(inputs, mask)) if mask else np.ones((samples, size), np.bool_)
        for mask, size in zip(MASKS, OPTIONS, strict=True)
    )


taken_of = attrgetter(*HEADS)  # the choices of each head


@inlined
def allow(masks: tuple[Array, ...], h: int, i: int, low: int, high: int, scratch: Scratch) -> None:
    """Allow the possible options of head h for sample i. Modifies scratch in place.

    An option to do nothing that stands before the others is always possible. An option with a mask
    by row is possible if any row allows it, except for the agent's own.

    Args:
        masks: the mask of each head.
        h: the head.
        i: the sample.
        low: its first row (itself).
        high: one past its last row.
        scratch: working space.
    """
    allowed, mask = scratch.allowed, masks[h]
    first, size = -LEAST[h], OPTIONS[h] + LEAST[h]
    allowed[0] = True
    if not _BY_ROW[h]:
        for j in range(size):
            allowed[first + j] = mask[i, j]
    else:
        for j in range(size):
            allowed[first + j] = False
        for row in range(low + 1, high):
            for j in range(size):
                allowed[first + j] |= mask[row, j]


@inlined
def take(heads: Array, start: int, size: int, scratch: Scratch) -> None:
    """Take the logits of one part of the action from a row of heads. Modifies scratch in place."""
    for j in range(size):
        scratch.logit[j] = heads[start + j]


@inlined
def column_of(inputs: Inputs, row: int, t: int) -> int:
    """Find the query's column for the value of a row's trait t."""
    return BY_TRAIT + TRAIT_START[t] + int(inputs.traits[row, t])


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
            if inputs.traits.shape[1] > 0:
                for t in range(NUM_TRAITS):
                    total += heads[column_of(inputs, row, t)]
            scratch.logit[row - low] = total


@inlined
def log_softmax(scratch: Scratch, size: int) -> None:
    """Normalise over the allowed options, at least one. Modifies log_prob and prob in place."""
    allowed, logit, log_prob, prob = scratch.allowed, scratch.logit, scratch.log_prob, scratch.prob
    first = 0
    while first < size - 1 and not allowed[first]:
        first += 1
    top = logit[first]
    for j in range(first + 1, size):
        if allowed[j] and logit[j] > top:
            top = logit[j]
    total = prob[first] = np.exp(logit[first] - top)
    for j in range(first + 1, size):
        if allowed[j]:
            prob[j] = np.exp(logit[j] - top)
            total += prob[j]
    top += np.log(total)
    for j in range(size):
        log_prob[j] = logit[j] - top
        prob[j] /= total


@inlined
def entropy_of(scratch: Scratch, size: int) -> float:
    """Sum −p log p over the allowed options, in float64."""
    total = 0.0
    for j in range(size):
        if scratch.allowed[j]:
            total -= scratch.prob[j] * scratch.log_prob[j]
    return total
