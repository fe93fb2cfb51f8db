"""Number the trades that agents can choose, and hold the market's numbers."""

from forge.blade.items import NUM_ITEMS, PLACES
from forge.blade.skills import HIGHEST

LASTING = 50  # how long an offer lasts [ticks]
MOST_OFFERS = 32  # of one kind and level; more are refused
PRICES = 9  # an item is offered at 1 … 9 times its level
MOST_GOLD = 2**30  # in one purse; what comes on top is lost
NUM_BOOKS = (NUM_ITEMS - 1) * HIGHEST  # there is one for each kind and level
GOLD = NUM_ITEMS  # row of the ledger that counts gold, after those of the kinds of items

# The trades, as ``Actions.trade`` numbers them; 0 is none.
OFFER = 1  # and the place: offer a piece of what is there
GIVE = OFFER + PLACES  # and the place: give a piece of what is there
GIVE_GOLD = GIVE + PLACES  # give a piece of gold
BUY = GIVE_GOLD  # and the kind, which is at least 1: buy an item of it
NUM_TRADES = BUY + NUM_ITEMS

# The columns of ``can_receive``.
NUM_WAYS = 2
A_PIECE, A_COIN = range(NUM_WAYS)
NO_WAY = -1

# What is summed up of lives: their columns in the record of a life.
TRADED = ("earned", "spent", "bought", "sold", "given")


def way_of(trade: int) -> int:
    """Find the column of ``can_receive`` on which a trade depends; −1: on none."""
    if GIVE <= trade < GIVE_GOLD:
        return A_PIECE
    return A_COIN if trade == GIVE_GOLD else NO_WAY
