"""Long plays with all systems, in which everything that can be done is tried (off: -m slow)."""

import numpy as np
import pytest

from forge.blade.realm import Realms
from forge.blade.trades import NUM_TRADES
from forge.config import Saga
from tests.blade.ledgers import balanced
from tests.blade.test_market import possible_actions

TICKS, BETWEEN = 10_000, 5  # ticks, and from one check of the whole world to the next
# Many resources, so that rare weapons are found and sold, too.
RICH = Saga(
    max_agents=32, populations=2, npcs=32, map_size=50, births=4, clusters=30, singles=60
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_the_ledger_is_exact_for_ten_thousand_ticks_in_which_everything_is_tried(seed):
    realms, rng = Realms(RICH, seed, maps=[seed]), np.random.default_rng(seed)
    deals, trades = np.zeros(realms.observation.can_deal.shape[1], int), np.zeros(NUM_TRADES, int)
    for tick in range(TICKS):
        actions = possible_actions(realms.observation, rng)
        deals += np.bincount(actions.deal, minlength=len(deals))
        trades += np.bincount(actions.trade[actions.deal == 0], minlength=NUM_TRADES)
        realms.step(actions)
        assert balanced(realms)  # of items and gold
        if tick % BETWEEN == 0:
            realms.check()
    assert deals.min() > 0
    assert trades.min() > 0
