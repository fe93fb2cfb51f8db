"""Compare a ledger with what there is."""

import numpy as np

from forge.blade.items import NUM_ITEMS
from forge.blade.trades import GOLD


def balanced(realms):
    """Say whether what came less what went is what there is: of every kind, and of gold."""
    state = realms.state
    ledger = state.ledger[0]
    size = len(ledger)
    here = np.bincount(state.bags["kind"][0].ravel(), state.bags["quantity"][0].ravel(), size)
    came = ledger["looted"].copy()
    if realms.config.professions:
        came[:NUM_ITEMS] += state.yields["harvested"][0]
    if realms.config.market:
        on_offer = np.bincount(state.offers["kind"][0], minlength=size)
        on_offer[0] = 0
        here = here + on_offer
        here[GOLD] = state.purses["gold"][0].sum()
    went = sum(ledger[name] for name in ledger.dtype.names if name != "looted")
    return bool((came - went == here).all())
