"""The slow twin's items: inventories as lists, from the rules alone."""

from collections import Counter
from dataclasses import dataclass

from forge.blade.tiles import Style

NAMES = [
    *("hat", "top", "bottom"),
    *("spear", "bow", "wand"),
    *("rod", "gloves", "pickaxe", "axe", "chisel"),
    *("whetstone", "arrow", "rune"),
    *("ration", "potion"),
]
KIND = {name: number for number, name in enumerate(NAMES, start=1)}
SLOT = {
    "hat": "head", "top": "body", "bottom": "legs",
    **dict.fromkeys(["spear", "bow", "wand", "rod", "gloves", "pickaxe", "axe", "chisel"], "hand"),
    **dict.fromkeys(["whetstone", "arrow", "rune"], "quiver"),
}  # fmt: skip
SKILL = {
    "spear": 0, "bow": 1, "wand": 2, "whetstone": 0, "arrow": 1, "rune": 2,
    "rod": 3, "gloves": 4, "pickaxe": 5, "axe": 6, "chisel": 7,
}  # fmt: skip
STYLE = {
    "spear": Style.MELEE, "whetstone": Style.MELEE, "bow": Style.RANGE, "arrow": Style.RANGE,
    "wand": Style.MAGE, "rune": Style.MAGE,
}  # fmt: skip
ARMOUR, TOOLS = NAMES[:3], NAMES[6:11]
CAUSES = ("looted", "used", "spent", "destroyed", "lost", "buried")


@dataclass
class Piece:
    """What lies in one place of an inventory."""

    name: str
    level: int
    quantity: int = 1
    worn: bool = False


class Carrying:
    """The part of a naive realm that knows what agents carry."""

    def count_items(self):
        self.books = {name: Counter() for name in (*NAMES, "gold")}
        self.harvested = Counter()
        self.offers = []

    # -- Deals ------------------------------------------------------------------------------
    def deal(self):
        if not self.config.items:
            return
        chosen = [(agent, self.act[agent.slot]["deal"]) for agent in self.order]
        for agent, number in chosen:
            if 0 < number <= 12 and self.can_deal(agent, number, self.clock - 1):
                self.use(agent, number - 1)
        self.buy()
        self.give()
        for agent, number in chosen:
            if number > 12 and self.can_deal(agent, number, self.clock - 1):
                piece = agent.places[number - 13]
                self.go(piece, "destroyed", piece.quantity)
                self.tell_of(agent, "destroy", piece, number=piece.quantity)
                agent.destroyed += piece.quantity
                agent.places[number - 13] = None
        self.lapse()
        self.offer()

    def can_deal(self, agent, number, tick):
        if number == 0:
            return True
        piece = agent.places[(number - 1) % 12]
        if piece is None or tick < agent.combat_until:
            return False
        return number > 12 or piece.worn or self.is_able(agent, piece)

    def is_able(self, agent, piece):
        from tests.blade.naive_skills import level

        if piece.name in SKILL:
            return level(agent.experience[SKILL[piece.name]]) >= piece.level
        return max(map(level, agent.experience)) >= piece.level

    def use(self, agent, k):
        piece, c = agent.places[k], self.config
        if piece.name == "ration":
            agent.food = min(c.food, agent.food + self.restored(piece, c.food))
            agent.water = min(c.water, agent.water + self.restored(piece, c.water))
        elif piece.name == "potion":
            agent.health = min(c.health, agent.health + self.restored(piece, c.health))
        elif piece.worn:
            piece.worn = False
            self.tell_of(agent, "take_off", piece)
        else:
            for other in filter(None, agent.places):
                if other.worn and SLOT[other.name] == SLOT[piece.name]:
                    other.worn = False
            piece.worn = True
            self.tell_of(agent, "equip", piece)
        if piece.name in ("ration", "potion"):
            self.go(piece, "used", 1)
            self.tell_of(agent, "consume", piece)
            agent.used += 1
            agent.places[k] = None

    def restored(self, piece, most):
        return most // 2 + 5 * piece.level * most // 100

    # -- Fights -----------------------------------------------------------------------------
    def worn_offence(self, agent, style):
        worn = [piece for piece in agent.places if piece and piece.worn]
        helping = [piece for piece in worn if STYLE.get(piece.name) == style]
        return sum(5 + (10 if SLOT[p.name] == "quiver" else 5) * p.level for p in helping)

    def worn_defence(self, agent):
        worn = [piece for piece in agent.places if piece and piece.worn]
        armour = sum(3 * piece.level for piece in worn if piece.name in ARMOUR)
        return armour + sum(15 for piece in worn if piece.name in TOOLS)

    def spend(self):
        for agent in self.living() if self.config.items else []:
            if not self.event[agent.slot].hits:
                continue
            for k, piece in enumerate(agent.places):
                munition = piece and piece.worn and SLOT[piece.name] == "quiver"
                if munition and STYLE[piece.name] == self.act[agent.slot]["style"]:
                    self.go(piece, "spent", 1)
                    self.tell_of(agent, "shoot", piece)
                    piece.quantity -= 1
                    agent.places[k] = piece if piece.quantity else None

    def divide(self):
        if not self.config.items:
            return
        for slain in self.attackers:
            slayer = self.slayers.get(slain.slot)
            if slayer is None or slayer.health <= 0:
                continue
            if slain.slot >= self.config.max_agents:
                if self.config.market:
                    self.loot_gold(slayer, slain)
                found = [ARMOUR[self.world.below(3)], TOOLS[self.world.below(5)]]
                for name in found:
                    self.books[name]["looted"] += 1
                    self.take(slayer, slain, Piece(name, slain.level))
                continue
            self.inherit_gold(slayer, slain)
            for k, piece in enumerate(slain.places):
                if piece is not None:
                    self.take(slayer, slain, Piece(piece.name, piece.level, piece.quantity))
                    slain.places[k] = None

    def take(self, slayer, slain, piece):
        taken = self.put(slayer, piece)
        if taken:
            self.tell_of(slayer, "loot", piece, number=taken, other=slain)

    def put(self, agent, piece):
        """Put pieces where there is room; return how many."""
        whole = piece.quantity
        if SLOT.get(piece.name) == "quiver":
            for other in filter(None, agent.places):
                if (other.name, other.level) == (piece.name, piece.level):
                    more = min(piece.quantity, 255 - other.quantity)
                    other.quantity += more
                    piece.quantity -= more
        if piece.quantity and None in agent.places:
            agent.places[agent.places.index(None)] = piece
            agent.gained += whole
            return whole
        agent.gained += whole - piece.quantity
        self.go(piece, "lost", piece.quantity)
        return whole - piece.quantity

    def go(self, piece, cause, quantity):
        self.books[piece.name][cause] += quantity

    def bury_items(self, agent):
        for piece in filter(None, agent.places):
            self.go(piece, "buried", piece.quantity)
        agent.places = [None] * 12
        self.withdraw(agent)

    # -- Observed ---------------------------------------------------------------------------
    def inventory(self, agent):
        if not self.config.items:
            return []
        kinds = [KIND[piece.name] if piece else 0 for piece in agent.places]
        levels = [piece.level if piece else 0 for piece in agent.places]
        return kinds + levels + [bool(piece and piece.worn) for piece in agent.places]

    def quantities(self, agent):
        return [p.quantity if p else 0 for p in agent.places] if self.config.items else []

    def deals(self, agent):
        numbers = range(25) if self.config.items else ()
        return [self.can_deal(agent, number, self.clock) for number in numbers]
