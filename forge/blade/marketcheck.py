"""Check the purses and the offers of a restored realm; see ``validity``.

Shape letters: N living agents, O offers.
"""

import numpy as np

from forge.blade.bounds import MOST, SnapshotError, all_within, check_columns, within
from forge.blade.items import NUM_ITEMS
from forge.blade.skills import HIGHEST
from forge.blade.state import Array, State
from forge.blade.trades import GOLD, LASTING, MOST_GOLD, MOST_OFFERS, PRICES, TRADED


def check_market(state: State, slots: Array) -> None:
    """Check what agents have to trade with, their offers, and the ledger of gold.

    Args:
        state: of one realm.
        slots: int64 (N,), of the living agents.
    """
    purses = state.purses[slots]
    counts = dict.fromkeys(TRADED, (0, MOST))
    check_columns("purses", purses, {"gold": (0, MOST_GOLD), **counts}, slots)
    left = purses["earned"] - purses["spent"]
    check_columns("purses", purses, {"gold": (left, left)}, slots)
    _check_offers(state, slots)
    entry, gold = state.ledger[GOLD], purses["gold"].sum(dtype=np.int64)
    went = entry["lost"] + entry["buried"]
    for name, value in (("used", 0), ("spent", 0), ("destroyed", 0), ("looted", gold + went)):
        found = np.atleast_1d(entry[name])
        within("ledger", found, (value, value), np.array([GOLD]), name, "kind")


def offered(state: State) -> Array:
    """Count the pieces of each kind that are on offer: int64 (kinds,); of empty records none."""
    number: Array = np.bincount(state.offers["kind"], minlength=NUM_ITEMS).astype(np.int64)
    number[0] = 0
    return number


def _check_offers(state: State, slots: Array) -> None:
    """Check the list of offers, and that nothing is written after its end."""
    offers, tick = state.offers, int(state.clock["tick"])
    within("offers", offers["kind"], (0, NUM_ITEMS - 1), name="kind", axis="offer")
    number = int((np.cumsum(offers["kind"] == 0) == 0).sum())
    rest = np.arange(number, len(offers))
    check_columns("offers", offers[number:], all_within(offers, 0, 0), rest, "offer")
    listed = offers[:number]
    level, price = listed["level"].astype(np.int64), listed["price"].astype(np.int64)
    check_columns("offers", listed, {"level": (1, HIGHEST)}, axis="offer")
    check_columns("offers", listed, {"price": (level, PRICES * level)}, axis="offer")
    for i in np.flatnonzero(price % level)[:1]:
        raise SnapshotError(
            f"offer {i}: offers.price must be a multiple of its level, {level[i]}, not {price[i]}"
        )
    for i in np.flatnonzero(~np.isin(listed["seller"], slots))[:1]:
        raise SnapshotError(
            f"offer {i}: offers.seller must be the slot of a living agent, not "
            f"{listed['seller'][i]}"
        )
    # The first tick in which a seller could offer anything is that after its birth.
    age = state.agents["age"][listed["seller"]].astype(np.int64)
    until = np.maximum(tick - age + 1 + LASTING, tick + 1), tick + LASTING
    check_columns("offers", listed, {"until": until}, axis="offer")
    for i in np.flatnonzero(np.diff(listed["until"]) < 0)[:1]:
        raise SnapshotError(f"offer {i + 1}: offers.until must not be less than that before it")
    _check_numbers(listed)


def _check_numbers(listed: Array) -> None:
    """Check that nobody made two offers in one tick, and that no book has too many."""
    made = listed["until"] * 2**16 + listed["seller"]
    _, first = np.unique(made, return_index=True)
    for i in np.setdiff1d(np.arange(len(listed)), first)[:1]:
        raise SnapshotError(
            f"offer {i}: offers.seller must make one offer in a tick, not two as agent "
            f"{listed['seller'][i]}"
        )
    book = listed["kind"].astype(np.int64) * (1 + HIGHEST) + listed["level"]
    for number in np.flatnonzero(np.bincount(book) > MOST_OFFERS)[:1]:
        kind, level = divmod(int(number), 1 + HIGHEST)
        raise SnapshotError(
            f"kind {kind}: offers must be {MOST_OFFERS} of one level at most; of level {level} "
            f"there are {np.bincount(book)[number]}"
        )
