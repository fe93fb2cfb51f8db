"""What agents see of the market and of their own purses, and which trades are possible."""

from typing import Any

import numpy as np

from forge.blade.buffers import Rows, Sight
from forge.blade.copying import clear_run
from forge.blade.items import NUM_ITEMS, PLACES
from forge.blade.jit import inlined, lean
from forge.blade.numbers import size_of
from forge.blade.skills import HIGHEST, NUM_SKILLS
from forge.blade.space import Space
from forge.blade.state import State
from forge.blade.systems.bags import best_of, can_join, has_place, level_seen
from forge.blade.systems.books import find_asks
from forge.blade.systems.trading import level_to_buy
from forge.blade.trades import (
    A_COIN,
    A_PIECE,
    BUY,
    GIVE,
    GIVE_GOLD,
    MOST_GOLD,
    MOST_OFFERS,
    NUM_TRADES,
    OFFER,
)

_size_of = inlined(size_of)


@inlined
def _see_market(state: State, asks: Any, out: Any, w: int) -> None:
    """Write the lowest prices of a realm. Modifies asks and out in place.

    Args:
        state: read only.
        asks: ASK (kinds, 1 + levels), overwritten.
        out: Sight.
        w: the realm.
    """
    find_asks(state.offers[w], asks)
    for kind in range(1, NUM_ITEMS):
        for level in range(1, 1 + HIGHEST):
            price: Any = np.uint32(asks[kind, level].price)  # divides faster than with a sign
            out.market[w, kind - 1, level - 1] = price // np.uint32(level)


@lean
def describe_traders(state: State, space: Space, w: int, agents: int) -> None:
    """Say of the agents of a realm whether they can be given something. Modifies space in place.

    Args:
        state: read only.
        space: ``about`` describes the agents first.
        w: the realm.
        agents: how many there are.
    """
    for k in range(agents):
        about = space.about[k]
        about.can_take = has_place(state.bags[w, about.slot])
        about.can_earn = state.purses[w, about.slot].gold < MOST_GOLD


@inlined
def _see_trades(state: State, asks: Any, out: Any, others: Rows, w: int, e: int, n: int) -> None:
    """Write the gold of the agent in slot e, and its possible trades. Modifies out in place.

    Args:
        state: read only.
        asks: ASK (kinds, 1 + levels), of its realm.
        out: Sight, with room for agent n; tells its standing.
        others: tells who can be given what.
        w: the realm.
        e: the agent's slot.
        n: its number.
    """
    bag, purse, standing = state.bags[w, e], state.purses[w, e], out.standing[n]
    out.gold[n, 0], out.wealth[n, 0] = purse.gold, _size_of(purse.gold)
    can = out.can_trade[n]
    clear_run(out.can_trade, n * NUM_TRADES, NUM_TRADES)
    can[0] = True
    if standing[NUM_SKILLS] > 0:  # in combat nobody trades
        return
    to_anybody = _is_anybody(out, others, n, A_PIECE)
    for k in range(PLACES):
        kind, level = bag.kind[k], bag.level[k]
        free = kind > 0 and bag.worn[k] == 0
        can[OFFER + k] = free and asks[kind, level].number < MOST_OFFERS
        can[GIVE + k] = free and to_anybody
    if purse.gold > 0:
        can[GIVE_GOLD] = _is_anybody(out, others, n, A_COIN)
        best, place = best_of(standing), has_place(bag)
        for kind in range(1, NUM_ITEMS):
            level = level_to_buy(purse, asks, kind, level_seen(standing, best, kind), e)
            can[BUY + kind] = level > 0 and (place or can_join(bag, kind, level))


@inlined
def _is_anybody(out: Sight, others: Rows, n: int, what: int) -> bool:
    """Tell whether an agent sees anybody who can be given something: a piece, or gold.

    Args:
        out: holds the offsets of the agents' rows.
        others: tells of each row whether it can; filled as far as there is room.
        n: number of the agent.
        what: a column of ``can_receive``.
    """
    anybody = False
    for m in range(out.offsets[n], min(out.offsets[n + 1], len(others.who))):
        anybody |= others.can_receive[m, what]
    return bool(anybody)


@lean
def see_trading(
    state: State, space: Space, out: Sight, others: Rows, w: int, first: int, last: int
) -> None:
    """Write the market of a realm and what its agents can trade. Modifies space and out in place.

    Args:
        state: read only.
        space: working space.
        out: lists the agents.
        others: tells who can be given what; filled as far as there is room.
        w: the realm.
        first: number of its first agent.
        last: number of its last agent, plus one.
    """
    _see_market(state, space.asks, out, w)
    for n in range(first, last):
        _see_trades(state, space.asks, out, others, w, out.ent[n].slot, n)
