"""Compute the masked distribution of actions, which sampling and scoring share.

The heads of the network have one row per sample:

    value | a logit per move | [combat] a logit per style, none first | [no auto_target] a query |
    [systems] a logit per option of each of their choices | [market] a query for receivers

The columns of all choices among a fixed number follow from the list of choices (see
forge.blade.observation): those of every world come first, then those of combat, and after the query
those of other systems, each in the order of the list. All are drawn independently of each other,
each among the options that its mask allows.

An action is a move, a style among those that can attack somebody (or none), and, given a style, a
target among the rows that it can attack. The target's logits are query · row; where rows have
traits, the query also has a number for each value of each, and those of the row's are added. With
``auto_target`` there is no query and the target is the weakest in reach. Then

    log p(action) = log p(move) + log p(style) + log p(target | style)
    entropy = H(move) + H(style) + Σ_s p(s) H(target | s)

and each further choice adds its log p and its entropy. With a market an agent trades only where it
makes no deal, and a price or a receiver belongs to an offer or a gift: see forge.ethyr.trading.

Shape letters: n samples of one pass, K columns of the heads, M rows of others.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.categories import NUM_TRAIT_VALUES, NUM_TRAITS, TRAIT_START
from forge.blade.jit import inlined
from forge.blade.observation import (
    CHOICES,
    DRAW,
    NUM_FEATURES,
    SEEN,
    Choice,
    is_there,
)
from forge.config import Config
from forge.ethyr.inputs import Batch, Inputs, UnsupportedError

Array = NDArray[Any]

COMBAT = "combat"


def _is_late(name: str) -> bool:
    """Tell whether a choice's columns come after the query: it is of another system than combat."""
    return CHOICES[name].system not in ("", COMBAT)


# The choices among a fixed number: those of every world, of combat, of other systems.
HEADS = sorted(
    (name for name, it in CHOICES.items() if it.size),
    key=lambda name: (_is_late(name), CHOICES[name].system == COMBAT),
)
POINTER, RECEIVER = "target", "receiver"  # the choices of a row

_listed = [CHOICES[name] for name in HEADS]
NUM_HEADS = len(HEADS)
OPTIONS = tuple(choice.options for choice in _listed)
LEAST = tuple(choice.least for choice in _listed)
DRAWS = tuple(DRAW[name] for name in HEADS)  # column of each in Observation.draws
_EARLY = sum(not _is_late(name) for name in HEADS)  # heads before the query
_STARTS = tuple(accumulate(OPTIONS[:_EARLY], initial=1))  # first column of each of these
MASKS = tuple(choice.mask for choice in _listed)
_BY_ROW = tuple(bool(mask) and SEEN[mask].by_row for mask in MASKS)

VALUE, QUERY = 0, _STARTS[-1]
BY_TRAIT = QUERY + NUM_FEATURES  # first of the query's columns for values of traits
_LAW = 1 + sum(it.options for it in CHOICES.values() if not it.system)  # columns in Law
MOVE, STYLE = (_STARTS[HEADS.index(name)] for name in ("move", "style"))
NUM_STYLES = CHOICES["style"].size
GIVEN = HEADS.index(CHOICES[POINTER].given)  # the head on which the pointer depends
DRAW_POINTER, DRAW_RECEIVER = DRAW[POINTER], DRAW[RECEIVER]
DEAL, TRADE, PRICE = (HEADS.index(name) for name in ("deal", "trade", "price"))
# Heads that are sampled and scored only where another one allows: see forge.ethyr.trading.
DEPENDS = tuple(h in (TRADE, PRICE) for h in range(NUM_HEADS))
NUM_RECEIVER = NUM_FEATURES + NUM_TRAIT_VALUES  # columns of the query for receivers


def check_pointers(listed: Sequence[str]) -> None:
    """Refuse other choices of rows than those that the kernels sample and score by name.

    Raises:
        UnsupportedError: names the choice.
    """
    for name in listed:
        if name not in (POINTER, RECEIVER):
            raise UnsupportedError(
                f"the choice {name} points at rows, and only {POINTER} and {RECEIVER} are sampled "
                "and scored: forge/ethyr/sampling.py and scoring.py need its part of the "
                "distribution"
            )


check_pointers([name for name, choice in CHOICES.items() if not choice.size])


def check_systems(choices: Mapping[str, Choice]) -> None:
    """Refuse choices of systems whose heads cannot be told from what was observed.

    Raises:
        UnsupportedError: names the choice.
    """
    for name, it in choices.items():
        mask = it.mask or (it.given and choices[it.given].mask)
        if it.system not in ("", COMBAT) and not (mask and mask in Inputs._fields):
            raise UnsupportedError(
                f"the choice {name} belongs to {it.system}, so it needs a mask that only such "
                "worlds have, named in forge.ethyr.inputs.Inputs"
            )


check_systems(CHOICES)


def num_heads(config: Config) -> int:
    """Count K, the columns of the network's output."""
    late = num_late(config)
    if not config.combat:
        return _LAW + late
    if config.auto_target:
        return QUERY + late
    return _with_query(SEEN["traits"].is_in(config)) + late


def num_late(config: Config) -> int:
    """Count the last columns, those of other systems than combat."""
    late = sum(CHOICES[name].options for name in HEADS[_EARLY:] if CHOICES[name].is_in(config))
    return late + (NUM_RECEIVER if CHOICES[RECEIVER].is_in(config) else 0)


def late_parts(heads: Array, config: Config) -> dict[str, Array]:
    """Cut the columns of other systems than combat out of a row of heads, by the choice.

    Args:
        heads: (K,).
        config: settings of the world.
    """
    rest, parts = heads[len(heads) - num_late(config) :], {}
    for name in HEADS[_EARLY:]:
        if CHOICES[name].is_in(config):
            parts[name], rest = np.split(rest, [CHOICES[name].options])
    return parts | {RECEIVER: rest}


def logits_of(heads: Array, config: Config) -> dict[str, Array]:
    """View the logits of each choice among a fixed number that depends on no other.

    Args:
        heads: (N, K).
        config: settings of the world.

    Returns:
        (N, options) by the name of the choice; none is masked.
    """
    late = late_parts(heads.T, config)
    early = zip(HEADS, _STARTS, OPTIONS, strict=False)
    found = {name: heads[:, start : start + size] for name, start, size in early}
    found |= {name: late[name].T for name in HEADS[_EARLY:] if name in late}
    alone = (name for name, depends in zip(HEADS, DEPENDS, strict=True) if not depends)
    return {name: found[name] for name in alone if CHOICES[name].is_in(config)}


class Columns(NamedTuple):
    """Where the parts of the action are in a row of the heads."""

    starts: Array  # int64 (heads,): first column of each head; −1: the world has no such choice
    early: int  # columns up to the end of the query, the value's included
    receiver: int  # first column of the query for receivers; −1: the world has none


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
    deal: Array  # (deals,): p(deal)
    trade: Array  # (trades,): p(trade)
    log_trade: Array  # (trades,): log p(trade)


def scratch_for(heads: Array, columns: Columns, batch: Batch) -> Scratch:
    """Allocate working space that is large enough for every sample of the batch."""
    size, dtype = max(OPTIONS), heads.dtype
    if columns.early > QUERY or columns.receiver > 0:
        offsets, order = batch.inputs.offsets, batch.order
        size = max(size, int((offsets[order + 1] - offsets[order]).max(initial=0)))
    return Scratch(
        np.zeros(size, np.bool_),
        np.zeros(size, dtype),
        np.zeros(size, dtype),
        np.zeros(size, dtype),
        np.zeros(OPTIONS[GIVEN], dtype),
        np.zeros(OPTIONS[GIVEN], dtype),
        np.zeros(OPTIONS[DEAL], dtype),
        np.zeros(OPTIONS[TRADE], dtype),
        np.zeros(OPTIONS[TRADE], dtype),
    )


def columns_of(heads: Array, batch: Batch) -> Columns:
    """Find the parts of the action in the heads of a batch.

    Raises:
        ValueError: if the heads are not of shape (n, K); says which shape they have.
    """
    inputs = batch.inputs
    late = [OPTIONS[h] if is_there(HEADS[h], inputs) else 0 for h in range(_EARLY, NUM_HEADS)]
    receiver = NUM_RECEIVER if is_there(RECEIVER, inputs) else 0
    with_query = _with_query(inputs.traits.shape[1] > 0)
    sizes = tuple(n + sum(late) + receiver for n in (_LAW, QUERY, with_query))
    if heads.ndim != 2 or len(heads) != len(batch.order) or heads.shape[1] not in sizes:
        raise ValueError(
            f"heads have shape {heads.shape}, not ({len(batch.order)}, one of {sizes})"
        )
    early = heads.shape[1] - sum(late) - receiver
    found = [start if start < early else -1 for start in _STARTS[:_EARLY]]
    for size, start in zip(late, accumulate(late, initial=early), strict=False):
        found.append(start if size else -1)
    last = heads.shape[1] - receiver if receiver else -1
    return Columns(np.array(found, np.int64), early, last)


def masks_of(inputs: Inputs) -> tuple[Array, ...]:
    """List the mask of each head; a head without one has a mask that allows all.

    That of a head that depends on another is empty: where it is read, all is allowed.
    """
    samples = len(inputs.codes)
    return tuple(
        np.ascontiguousarray(getattr(inputs, MASKS[h]))
        if MASKS[h]
        else np.ones((0 if DEPENDS[h] else samples, OPTIONS[h]), np.bool_)
        for h in range(NUM_HEADS)
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
def column_of(inputs: Inputs, query: int, row: int, t: int) -> int:
    """Find the column for the value of a row's trait t, in a query that begins at ``query``."""
    return query + NUM_FEATURES + TRAIT_START[t] + int(inputs.traits[row, t])


@inlined
def rate_rows(
    heads: Array,
    query: int,
    inputs: Inputs,
    mask: Array,
    low: int,
    high: int,
    way: int,
    scratch: Scratch,
) -> None:
    """Compute the logits of the rows that are possible. Modifies scratch in place.

    Args:
        heads: (K,), of one sample.
        query: the query's first column.
        inputs: of all samples.
        mask: bool (M, ways), the rows that are possible.
        low: the sample's first row.
        high: one past its last row.
        way: which column of the mask counts: the style, for example.
        scratch: working space.
    """
    for row in range(low, high):
        allowed = mask[row, way]
        scratch.allowed[row - low] = allowed
        if allowed:
            total = heads[query] * inputs.others[row, 0]
            for f in range(1, NUM_FEATURES):
                total += heads[query + f] * inputs.others[row, f]
            if inputs.traits.shape[1] > 0:
                for t in range(NUM_TRAITS):
                    total += heads[column_of(inputs, query, row, t)]
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


@inlined
def pick(scratch: Scratch, size: int, draw: float) -> int:
    """Find the option at which the cumulative probability passes the draw, or the last allowed."""
    picked = 0
    total = 0.0
    for j in range(size):
        if scratch.allowed[j]:
            picked = j
            total += scratch.prob[j]
            if draw < total:
                break
    return picked
