"""Sample and score trades: the part of the distribution that hangs on earlier choices.

An agent trades only where it makes no deal. Then it draws a trade; for an offer also a price, and
for a gift also a receiver, among the rows that can be given a piece of an item, or gold. So

    log p = [deal = 0] (log p(trade) + [offer] log p(price) + [gift] log p(receiver | way))
    entropy = p(deal = 0) S,  S = H(trade) + Σ_t p(t) G_t

where G_t is the entropy of the price for an offer, of the receiver for a gift, else 0. Its gradient
by the logits of deals is S p(0) ([j = 0] − p_j), and by those of trades
p(0) p_t (G_t − Σ_u p_u G_u − log p_t − H(trade)).

Shape letters: n samples of one pass, K columns of the heads, M rows of others.
"""

from typing import Any

from numpy.typing import NDArray

from forge.blade.jit import inlined
from forge.blade.trades import A_COIN, A_PIECE, GIVE, GIVE_GOLD, NUM_WAYS, OFFER, way_of
from forge.ethyr.distribution import (
    DEAL,
    DRAW_RECEIVER,
    DRAWS,
    OPTIONS,
    PRICE,
    TRADE,
    Columns,
    Scratch,
    allow,
    entropy_of,
    log_softmax,
    pick,
    rate_rows,
    take,
)
from forge.ethyr.inputs import Inputs
from forge.ethyr.rowscores import Score, score_rows

Array = NDArray[Any]

_way_of = inlined(way_of)


@inlined
def keep(scratch: Scratch, size: int, out: Array) -> None:
    """Keep the probabilities of the allowed options; of others 0. Modifies out in place."""
    for j in range(size):
        out[j] = scratch.prob[j] if scratch.allowed[j] else 0


@inlined
def _spread_trades(
    heads: Array, columns: Columns, masks: tuple[Array, ...], i: int, scratch: Scratch
) -> None:
    """Compute the distribution of sample i's trades. Modifies scratch in place."""
    allow(masks, TRADE, i, 0, 0, scratch)
    take(heads, columns.starts[TRADE], OPTIONS[TRADE], scratch)
    log_softmax(scratch, OPTIONS[TRADE])


@inlined
def _spread_prices(heads: Array, columns: Columns, scratch: Scratch) -> None:
    """Compute the distribution of prices, of which all are possible. Modifies scratch in place."""
    for j in range(OPTIONS[PRICE]):
        scratch.allowed[j] = True
    take(heads, columns.starts[PRICE], OPTIONS[PRICE], scratch)
    log_softmax(scratch, OPTIONS[PRICE])


@inlined
def sample_trade(
    heads: Array,
    columns: Columns,
    inputs: Inputs,
    masks: tuple[Array, ...],
    i: int,
    draws: Array,
    choice: Any,
    scratch: Scratch,
) -> None:
    """Sample the trade of an agent that makes no deal. Modifies choice and scratch in place.

    Args:
        heads: (K,), of one sample.
        columns: of the heads.
        inputs: of all samples.
        masks: the mask of each head.
        i: the sample.
        draws: (choices,), its draws.
        choice: Sampled, of all samples.
        scratch: working space.
    """
    _spread_trades(heads, columns, masks, i, scratch)
    trade = pick(scratch, OPTIONS[TRADE], draws[DRAWS[TRADE]])
    choice.trade[i] = trade
    choice.log_prob[i] += scratch.log_prob[trade]
    if OFFER <= trade < GIVE:
        _spread_prices(heads, columns, scratch)
        price = pick(scratch, OPTIONS[PRICE], draws[DRAWS[PRICE]])
        choice.price[i] = price
        choice.log_prob[i] += scratch.log_prob[price]
    way = _way_of(trade)
    if way >= 0:
        low, high = inputs.offsets[i], inputs.offsets[i + 1]
        rate_rows(heads, columns.receiver, inputs, inputs.can_receive, low, high, way, scratch)
        log_softmax(scratch, high - low)
        receiver = pick(scratch, high - low, draws[DRAW_RECEIVER])
        choice.receiver[i] = receiver
        choice.log_prob[i] += scratch.log_prob[receiver]


@inlined
def score_trade(
    heads: Array,
    columns: Columns,
    inputs: Inputs,
    masks: tuple[Array, ...],
    i: int,
    made: tuple[int, int, int],
    out: Score,
    k: int,
    scratch: Scratch,
) -> None:
    """Add the part of a trade; scratch.deal is known. Modifies out and scratch in place.

    Args:
        heads: (K,), of one sample.
        columns: of the heads.
        inputs: of all samples.
        masks: the mask of each head.
        i: the sample.
        made: the trade, its price and its receiver; the trade is −1 if a deal took its place.
        out: scores of all samples.
        k: the sample, in the order of the pass.
        scratch: working space.
    """
    trade, price, receiver = made
    free, first = scratch.deal[0], columns.starts[TRADE]
    _spread_trades(heads, columns, masks, i, scratch)
    of_trade = entropy_of(scratch, OPTIONS[TRADE])
    keep(scratch, OPTIONS[TRADE], scratch.trade)
    counts = trade >= 0 and scratch.trade[trade] > 0
    if counts:
        out.log_prob[k] += scratch.log_prob[trade]
        out.log_prob_slope[k, first + trade] += 1
    for t in range(OPTIONS[TRADE]):
        scratch.log_trade[t] = scratch.log_prob[t] if scratch.trade[t] > 0 else 0
        out.log_prob_slope[k, first + t] -= scratch.trade[t] if counts else 0
    sold = price if OFFER <= trade < GIVE else -1
    of_price = _score_price(heads, columns, sold, free, out, k, scratch)
    of_piece = of_coin = 0.0
    rows = inputs.offsets[i], inputs.offsets[i + 1]
    for way in range(NUM_WAYS):
        weight = _weight_of(scratch.trade, way)
        if weight > 0:
            chosen = receiver if _way_of(trade) == way else -1
            mask = inputs.can_receive, way
            query, weight = columns.receiver, free * weight
            found = score_rows(heads, query, inputs, mask, rows, chosen, weight, out, k, scratch)
            of_piece = found if way == A_PIECE else of_piece
            of_coin = found if way == A_COIN else of_coin
    _add_entropy(of_trade, (of_price, of_piece, of_coin), columns, out, k, scratch)


@inlined
def _weight_of(prob: Array, way: int) -> float:
    """Add up the probabilities of the gifts of one way."""
    if way == A_COIN:
        return float(prob[GIVE_GOLD])
    total = 0.0
    for t in range(GIVE, GIVE_GOLD):
        total += prob[t]
    return total


@inlined
def _score_price(
    heads: Array, columns: Columns, chosen: int, free: float, out: Score, k: int, scratch: Scratch
) -> float:
    """Add the part of the price; chosen is −1 if nothing is offered. Modifies out and scratch.

    Returns:
        The entropy of the price, given an offer; 0 if none is possible.
    """
    offers = 0.0
    for t in range(OFFER, GIVE):
        offers += scratch.trade[t]
    if offers == 0:
        return 0.0
    start = columns.starts[PRICE]
    _spread_prices(heads, columns, scratch)
    entropy = entropy_of(scratch, OPTIONS[PRICE])
    if chosen >= 0:
        out.log_prob[k] += scratch.log_prob[chosen]
        out.log_prob_slope[k, start + chosen] += 1
    for j in range(OPTIONS[PRICE]):
        p = scratch.prob[j]
        out.entropy_slope[k, start + j] -= free * offers * p * (scratch.log_prob[j] + entropy)
        out.log_prob_slope[k, start + j] -= p if chosen >= 0 else 0
    return entropy


@inlined
def _add_entropy(
    of_trade: float,
    given: tuple[float, float, float],
    columns: Columns,
    out: Score,
    k: int,
    scratch: Scratch,
) -> None:
    """Add the entropy of all together, and its gradient by deals and trades. Modifies out.

    Args:
        of_trade: entropy of the trade.
        given: entropy of the price, of the receiver of a piece and of that of gold.
        columns: of the heads.
        out: scores of all samples.
        k: the sample.
        scratch: holds the probabilities of deals and trades.
    """
    free, mean = scratch.deal[0], 0.0
    for t in range(OPTIONS[TRADE]):
        mean += scratch.trade[t] * _entropy_after(t, given)
    out.entropy[k] += free * (of_trade + mean)
    for t in range(OPTIONS[TRADE]):
        more = _entropy_after(t, given) - mean - scratch.log_trade[t] - of_trade
        out.entropy_slope[k, columns.starts[TRADE] + t] += free * scratch.trade[t] * more
    for j in range(OPTIONS[DEAL]):
        by = (free if j == 0 else 0) - free * scratch.deal[j]
        out.entropy_slope[k, columns.starts[DEAL] + j] += (of_trade + mean) * by


@inlined
def _entropy_after(trade: int, given: tuple[float, float, float]) -> float:
    """Choose the entropy of what a trade leaves open."""
    if OFFER <= trade < GIVE:
        return given[0]
    way = _way_of(trade)
    return given[1 + way] if way >= 0 else 0.0
