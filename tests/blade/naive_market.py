"""The slow twin's market: gold, offers and gifts as lists, from the rules alone."""

from dataclasses import dataclass

from tests.blade.naive_items import KIND, NAMES, SLOT, Piece
from tests.blade.naive_npcs import Npc

MOST_GOLD, LASTING, BOOK = 2**30, 50, 32


@dataclass(eq=False)
class Offer:
    """A piece that an agent offers."""

    seller: object
    name: str
    level: int
    price: int
    until: int


class Trading:
    """The part of a naive realm that knows gold, offers and gifts."""

    def trades(self, first, last):
        """List who makes one of some trades, in serving order, with its number."""
        found = []
        for agent in self.order if self.config.market else []:
            act = self.act[agent.slot]
            calm = self.clock - 1 >= agent.combat_until
            if first <= act["trade"] <= last and act["deal"] == 0 and calm:
                found.append((agent, act["trade"]))
        return found

    def earn(self, agent, amount):
        kept = min(amount, MOST_GOLD - agent.gold)
        agent.gold += kept
        agent.earned += kept
        self.books["gold"]["lost"] += amount - kept
        return kept

    # -- Buying -----------------------------------------------------------------------------
    def buy(self):
        wanted = [(agent, self.wish(agent, number - 25)) for agent, number in self.trades(26, 41)]
        for agent, wish in wanted:
            if wish is not None:
                self.buy_one(agent, wish)

    def wish(self, agent, kind):
        """Say which offer an agent sees and means: the best that it can use and pay."""
        name = NAMES[kind - 1]
        for level in range(10, 0, -1):
            if self.is_able(agent, Piece(name, level)):
                best = self.cheapest(agent, name, level)
                if best is not None and best.price <= agent.gold:
                    return best
        return None

    def cheapest(self, agent, name, level):
        fit = [it for it in self.offers if (it.name, it.level) == (name, level)]
        return min((o for o in fit if o.seller is not agent), key=lambda o: o.price, default=None)

    def buy_one(self, agent, wish):
        offer = self.cheapest(agent, wish.name, wish.level)
        if offer is None or offer.price > wish.price or not self.has_room(agent, offer):
            return
        agent.gold -= offer.price
        agent.spent += offer.price
        agent.bought += 1
        self.earn(offer.seller, offer.price)
        offer.seller.sold += 1
        self.put(agent, Piece(offer.name, offer.level))
        self.offers.remove(offer)
        self.tell_of(agent, "buy", offer, other=offer.seller, price=offer.price)
        self.tell_of(offer.seller, "sell", offer, other=agent, price=offer.price)

    def has_room(self, agent, piece):
        joins = [
            other
            for other in filter(None, agent.places)
            if SLOT.get(piece.name) == "quiver"
            and (other.name, other.level) == (piece.name, piece.level)
            and other.quantity < 255
        ]
        return None in agent.places or bool(joins)

    # -- Giving -----------------------------------------------------------------------------
    def give(self):
        for agent, number in self.trades(13, 25):
            row = self.act[agent.slot]["receiver"]
            other = agent.rows[row] if row > 0 else None
            if other is None or isinstance(other, Npc):
                continue
            if number == 25:
                self.give_gold(agent, other)
            elif self.is_loose(agent, number - 13) and None in other.places:
                piece = self.piece_of(agent, number - 13)
                self.put(other, piece)
                agent.given += 1
                self.tell_of(agent, "give", piece, other=other)

    def give_gold(self, agent, other):
        if agent.gold > 0 and other.gold < MOST_GOLD:
            agent.gold -= 1
            agent.spent += 1
            agent.given += 1
            self.earn(other, 1)
            self.tell(agent, "give_gold", other=other)

    def is_loose(self, agent, k):
        return agent.places[k] is not None and not agent.places[k].worn

    def piece_of(self, agent, k):
        piece = agent.places[k]
        piece.quantity -= 1
        agent.places[k] = piece if piece.quantity else None
        return Piece(piece.name, piece.level)

    # -- Offering ---------------------------------------------------------------------------
    def lapse(self):
        for offer in [it for it in self.offers if it.until <= self.clock]:
            self.offers.remove(offer)
            before = offer.seller.gained
            self.put(offer.seller, Piece(offer.name, offer.level))
            offer.seller.gained = before

    def offer(self):
        for agent, number in self.trades(1, 12):
            if self.is_loose(agent, number - 1) and self.book_is_open(agent.places[number - 1]):
                piece = self.piece_of(agent, number - 1)
                price = (self.act[agent.slot]["price"] + 1) * piece.level
                offer = Offer(agent, piece.name, piece.level, price, self.clock + LASTING)
                self.offers.append(offer)
                self.tell_of(agent, "offer", offer, price=price)

    def book_is_open(self, piece):
        book = [it for it in self.offers if (it.name, it.level) == (piece.name, piece.level)]
        return len(book) < BOOK

    # -- Deaths -----------------------------------------------------------------------------
    def inherit_gold(self, slayer, slain):
        self.find_gold(slayer, slain, slain.gold)
        slain.gold = 0

    def loot_gold(self, slayer, slain):
        self.books["gold"]["looted"] += slain.level
        self.find_gold(slayer, slain, slain.level)

    def find_gold(self, slayer, slain, amount):
        kept = self.earn(slayer, amount)
        if kept:
            self.tell(slayer, "find_gold", number=kept, other=slain)

    def withdraw(self, agent):
        for offer in [it for it in self.offers if it.seller is agent]:
            self.books[offer.name]["buried"] += 1
            self.offers.remove(offer)
        self.books["gold"]["buried"] += agent.gold

    # -- Observed ---------------------------------------------------------------------------
    def observe_market(self, agent):
        """List what an agent sees of its trades."""
        if not self.config.market:
            names = ("gold", "wealth", "can_trade")
            return {name: [] for name in names} | {"can_receive": [[] for _ in agent.rows]}
        return {
            "gold": [agent.gold],
            "wealth": [min(11, len(f"{agent.gold:b}")) if agent.gold else 0],
            "can_trade": self.possible_trades(agent),
            "can_receive": [self.can_receive(agent, other) for other in agent.rows],
        }

    def observe_realm(self):
        """List what all agents of the realm see."""
        prices = [[self.lowest(name, level) for level in range(1, 11)] for name in NAMES]
        return {"market": prices if self.config.market else []}

    def lowest(self, name, level):
        fit = [it.price for it in self.offers if (it.name, it.level) == (name, level)]
        return min(fit, default=0) // level

    def can_receive(self, agent, other):
        if isinstance(other, Npc) or other is agent:
            return [False, False]
        return [None in other.places, other.gold < MOST_GOLD]

    def possible_trades(self, agent):
        rows = [self.can_receive(agent, other) for other in agent.rows]
        calm = self.clock >= agent.combat_until
        loose = [calm and self.is_loose(agent, k) for k in range(12)]
        offered = [free and self.book_is_open(agent.places[k]) for k, free in enumerate(loose)]
        given = [free and any(item for item, _ in rows) for free in loose]
        coin = calm and agent.gold > 0 and any(gold for _, gold in rows)
        return [True, *offered, *given, coin, *(calm and self.can_buy(agent, k) for k in KIND)]

    def can_buy(self, agent, name):
        wish = self.wish(agent, KIND[name])
        return wish is not None and self.has_room(agent, wish)
