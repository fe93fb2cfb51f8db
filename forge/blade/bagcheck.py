"""Check what the agents of a restored realm carry, and its ledger of items; see ``validity``.

Shape letters: N living agents, K places of an inventory.
"""

import numpy as np

from forge.blade import items, skills
from forge.blade.bounds import MOST, SnapshotError, all_within, check_columns, within
from forge.blade.craftcheck import check_yields
from forge.blade.marketcheck import check_market, offered
from forge.blade.state import Array, State

_WORN, _NEEDED = np.array(items.WORN), np.array(items.NEEDED)


def check_items(state: State, slots: Array) -> None:
    """Check inventories and the ledger.

    Args:
        state: of one realm.
        slots: int64 (N,), of the living agents.
    """
    bags = state.bags[slots]
    within("bags", bags["kind"], (0, items.NUM_ITEMS - 1), slots, "kind")
    kind = bags["kind"].astype(np.int64)
    there, quiver = kind > 0, _WORN[kind] == items.QUIVER
    most = np.where(quiver, items.MOST_STACKED, 1) * there
    wearable = there & (_WORN[kind] != items.NOWHERE) & _is_able(state.skills[slots], bags)
    check_columns(
        "bags",
        bags,
        {
            "level": (there, there * skills.HIGHEST),
            "quantity": (there, most),
            "worn": (0, wearable),
            **{name: (0, MOST) for name in ("gained", "used", "destroyed")},
        },
        slots,
    )
    _check_slots_worn(kind, bags["worn"] > 0, slots)
    pieces = bags["quantity"].sum(axis=1, dtype=np.int64)
    known = pieces + bags["used"] + bags["destroyed"]
    within("bags", bags["gained"], (known, MOST), slots, "gained")
    if len(state.purses):
        check_market(state, slots)
    _check_ledger(state, kind, bags["quantity"])


def _is_able(known: Array, bags: Array) -> Array:
    """Tell for each place whether the agent has the level that the item asks for: bool (N, K)."""
    levels = skills.levels_of(known["experience"])[:, 1:]
    best = np.concatenate([levels, levels.max(axis=1, keepdims=True)], axis=1)  # [N, 9]; −1: best
    able: Array = np.take_along_axis(best, _NEEDED[bags["kind"]] % best.shape[1], axis=1)
    return able >= bags["level"]


def _check_slots_worn(kind: Array, worn: Array, slots: Array) -> None:
    """Check that nobody wears two items in one slot."""
    for slot in range(1, items.NUM_SLOTS):
        twice = (worn & (_WORN[kind] == slot)).sum(axis=1) > 1
        for n in np.flatnonzero(twice)[:1]:
            raise SnapshotError(
                f"slot {slots[n]}: bags.worn marks more than one item that is worn in the same "
                f"place, {items.Wear(slot).name.lower()}"
            )


def _check_ledger(state: State, kind: Array, quantity: Array) -> None:
    """Check that what came less what went is what there is, of every kind."""
    ledger = state.ledger
    check_columns("ledger", ledger, all_within(ledger, 0, MOST), axis="kind")
    ledger = ledger[: items.NUM_ITEMS]
    here = np.bincount(kind.ravel(), quantity.ravel(), len(ledger)).astype(np.int64)
    if len(state.purses):
        here += offered(state)
    went = sum(ledger[name] for name in ledger.dtype.names or () if name != "looted")
    looted = here + went
    if len(state.yields):
        check_yields(state, looted)
        looted = looted - state.yields["harvested"]
    within("ledger", ledger["looted"], (looted, looted), None, "looted", "kind")
