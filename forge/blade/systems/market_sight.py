"""What agents see of the market and of their own purses, and which trades are possible."""

from typing import Any

from forge.blade.buffers import Rows, Sight
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
            out.market[w, kind - 1, level - 1] = asks[kind, level].price // level


@inlined
def _describe_trader(state: State, w: int, e: int, about: Any) -> None:
    """Say whether the agent in slot e can be given something. Modifies about, ABOUT, in place."""
    about.can_take = has_place(state.bags[w, e])
    about.can_earn = state.purses[w, e].gold < MOST_GOLD


@inlined
def _see_trades(
    state: State, asks: Any, out: Any, w: int, e: int, n: int, to_whom: tuple[bool, bool]
) -> None:
    """Write the gold of the agent in slot e, and its possible trades. Modifies out in place.

    Args:
        state: read only.
        asks: ASK (kinds, 1 + levels), of its realm.
        out: Sight, with room for agent n; tells its standing.
        w: the realm.
        e: the agent's slot.
        n: its number.
        to_whom: whether anybody in sight can be given a piece of an item, and gold.
    """
    bag, purse, standing = state.bags[w, e], state.purses[w, e], out.standing[n]
    out.gold[n, 0], out.wealth[n, 0] = purse.gold, _size_of(purse.gold)
    can = out.can_trade[n]
    for trade in range(len(can)):
        can[trade] = trade == 0
    if standing[NUM_SKILLS] > 0:  # in combat nobody trades
        return
    for k in range(PLACES):
        kind, level = bag.kind[k], bag.level[k]
        free = kind > 0 and bag.worn[k] == 0
        can[OFFER + k] = free and asks[kind, level].number < MOST_OFFERS
        can[GIVE + k] = free and to_whom[A_PIECE]
    if purse.gold > 0:
        can[GIVE_GOLD] = to_whom[A_COIN]
        best, place = best_of(standing), has_place(bag)
        for kind in range(1, NUM_ITEMS):
            level = level_to_buy(purse, asks, kind, level_seen(standing, best, kind), e)
            can[BUY + kind] = level > 0 and (place or can_join(bag, kind, level))


@inlined
def _see_receivers(
    space: Space, out: Sight, others: Rows, n: int, k: int, agents: int
) -> tuple[bool, bool]:
    """Write to whom an agent can give. Modifies others in place.

    Args:
        space: lists the entities in each crop.
        out: holds the offsets of the agents' rows.
        others: filled as far as there is room.
        n: number of the agent.
        k: its index among the living of its realm.
        agents: how many of these are agents; they come first.

    Returns:
        Whether anybody in sight has room for a piece of an item, and for gold.
    """
    found, view, m = space.found, space.crops[k], out.offsets[n]
    can_take = can_earn = False
    for i in range(min(view.rows, len(others.who) - m, len(found) - view.first)):
        entity = found[view.first + i].agent
        other = entity != k and entity < agents
        others.can_receive[m + i, A_PIECE] = other and space.about[entity].can_take
        others.can_receive[m + i, A_COIN] = other and space.about[entity].can_earn
        can_take |= others.can_receive[m + i, A_PIECE]
        can_earn |= others.can_receive[m + i, A_COIN]
    return can_take, can_earn


@lean
def see_trading(
    state: State, space: Space, out: Sight, others: Rows, w: int, first: int, last: int
) -> None:
    """Write the market of a realm and what its agents can trade. Modifies space, out and others.

    Args:
        state: read only.
        space: lists the entities in each crop.
        out: lists the agents.
        others: filled as far as there is room.
        w: the realm.
        first: number of its first agent.
        last: number of its last agent, plus one.
    """
    _see_market(state, space.asks, out, w)
    for n in range(first, last):
        _describe_trader(state, w, out.ent[n].slot, space.about[n - first])
    for n in range(first, last):
        to_whom = _see_receivers(space, out, others, n, n - first, last - first)
        _see_trades(state, space.asks, out, w, out.ent[n].slot, n, to_whom)
