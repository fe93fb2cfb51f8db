"""The slow twin's quests: what happens is told in words and counted, from the rules alone."""

import csv
import json
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

from forge.blade.records import HAPPENED, SPARE
from tests.blade.naive_items import KIND, NAMES
from tests.blade.naive_npcs import Npc
from tests.blade.naive_skills import level

HAPPENINGS = [
    *("eat", "drink", "hit", "kill", "die", "level_up", "shoot", "loot", "consume", "equip"),
    *("take_off", "destroy", "harvest", "find_gold", "offer", "buy", "sell", "give", "give_gold"),
]
QUANTITIES = [
    *("level", "gold", "earned", "spent", "distance", "tiles", "equipment", "owned", "lifetime"),
    "worn",
]
NUMBER = {name: number for number, name in enumerate(HAPPENINGS + QUANTITIES, 1)}
STYLES = {"melee": 1, "range": 2, "mage": 3}
SKILLS = [*STYLES, "fishing", "herbalism", "prospecting", "carving", "alchemy"]
OF_SKILL = {name: number for number, name in enumerate(SKILLS, 1)}
CAUSES = {"lava": 1, "starved": 2, "dehydrated": 3, "slain": 4}
KINDS = {
    "hit": STYLES,
    "kill": STYLES,
    "die": CAUSES,
    "level": OF_SKILL,
    "level_up": OF_SKILL,
}
# What a piece of gold that moves is worth to a quest for gold, by how it moves.
WORTH = {
    "earned": {"find_gold": 1, "sell": 1, "buy": -1, "give_gold": -1},
    "spent": {"buy": 1, "sell": -1, "receive give_gold": -1},
}
# What takes off what was counted.
OPPOSITE = {
    "buy": "sell",
    "sell": "buy",
    "give": "receive give",
    "give_gold": "receive give_gold",
}
OTHERS = {"agent": 1, "passive": 2, "neutral": 3, "hostile": 4}
FROM_NPCS = [*NAMES[:3], *NAMES[6:11], "gold", "earned", "spent", "find_gold", "give_gold"]
STANDARD = (Path(__file__).parents[2] / "forge/blade/quests.csv").read_text().splitlines()
NO_QUEST = dict.fromkeys(("quest", "goal", "progress"), 0)


@dataclass
class Happening:
    """Something that happened to an agent."""

    agent: object
    does: str
    kind: str
    level: int
    number: int
    other: object
    price: int
    killer: int

    def degree(self, realm):
        """Say the level: of the item, of the skill, or of who was hit, at the end of the tick."""
        if self.does not in ("hit", "kill"):
            return self.level
        if isinstance(self.other, Npc):
            return self.other.level
        return max(map(level, self.other.experience)) if realm.config.skills else 0

    def row(self, realm):
        other = self.killer if self.other is None else self.other.id
        about = {"who": self.agent.id, "other": other, "code": NUMBER[self.does]}
        about |= {"kind": number_of(self.does, self.kind), "level": self.degree(realm)}
        about |= {"number": self.number, "price": self.price}
        spare = {SPARE: [0] * HAPPENED[SPARE].shape[0]}
        return {"tick": realm.clock, "realm": realm.index} | about | spare


def number_of(does, kind):
    return KINDS.get(does, KIND)[kind] if kind else 0


@dataclass
class Quest:
    """What an agent was asked to do."""

    number: int
    does: str
    kind: str
    level: int
    other: str
    goal: int
    home: tuple
    progress: int = 0
    past: list = field(default_factory=list)

    def is_counted(self):
        """Say whether steps are counted for it; if not, a quantity is measured."""
        return self.does in HAPPENINGS or self.does in WORTH

    def remember(self, agent, happening, realm):
        """Write down by how much something brings an agent forward, or back."""
        does = happening.does
        if happening.agent is not agent:
            does = f"receive {does}" if does in ("give", "give_gold") else "nothing"
        amount = {"find_gold": happening.number, "buy": happening.price, "sell": happening.price}
        if self.does in WORTH:
            self.past.append(WORTH[self.does].get(does, 0) * amount.get(does, 1))
        elif does in (self.does, OPPOSITE.get(self.does)) and self.matches(happening, realm):
            self.past.append(1 if does == self.does else -1)

    def counted(self):
        """Add up what it did; what was undone beyond all that was done is forgotten."""
        sums = [0, *accumulate(self.past, lambda whole, more: min(whole + more, 2**30))]
        return sums[-1] if self.does == "earned" else sums[-1] - min(sums)

    def matches(self, happening, realm):
        fits = self.kind in ("", happening.kind)
        fits = fits and (self.level == 0 or self.level <= happening.degree(realm))
        if not fits or not self.other:
            return fits
        other = happening.other
        return self.other == (other.kind if isinstance(other, Npc) else "agent")

    def row(self):
        """List it as observed: all but its progress."""
        kind = number_of(self.does, self.kind)
        return [NUMBER[self.does], kind, self.level, OTHERS.get(self.other, 0)]


class Questing:
    """The part of a naive realm that knows quests."""

    def read_quests(self):
        text = self.config.quests
        rows = json.loads(text) if text.startswith("[") else []
        if text == "standard":
            rows = [row for row in csv.DictReader(STANDARD) if self.is_possible(row)]
        self.table = rows
        self.happened, self.told = [], []

    def is_possible(self, row):
        """Say whether a row of the standard table asks for something that there is."""
        c, does, kind, other = self.config, row["does"], row["kind"], row["other"]
        number, degree, npcs = int(row["number"]), int(row["level"] or 1), self.npc_levels()
        if does in ("eat", "drink", "lifetime"):
            return True
        if does == "distance":
            return number < c.side
        if does == "tiles":
            return c.counts_distinct_tiles and number <= c.side * c.side
        several = c.max_agents > 1
        foes = c.combat and several and (c.friendly_fire or c.populations > 1)
        fights = {"": foes or c.npcs > 0, "agent": foes}.get(other, degree <= npcs.get(other, 0))
        if does in ("hit", "kill"):
            return c.combat and fights
        if does in ("level", "level_up"):
            styles = 3 * (foes or c.npcs > 0)
            skills = [kind in STYLES, kind not in STYLES] if kind else [True, True]
            rising = styles * skills[0] + 5 * c.professions * skills[1]
            return c.skills and rising > 0 and (does == "level" or number <= 9 * rising)
        market = does in ("gold", "earned", "spent", "find_gold", "offer", "buy", "sell")
        if (market or does in ("give", "give_gold")) and not c.market:
            return False
        made = kind in FROM_NPCS or does in (*FROM_NPCS, "buy", "sell")
        if made and not c.npcs:
            return False
        if does in ("buy", "sell", "give", "give_gold", "spent") and not several:
            return False
        if does in ("loot", "find_gold", "shoot") and not fights:
            return False
        harvested = does in ("shoot", "consume", "harvest") or (kind and kind not in FROM_NPCS)
        if not c.items or not (c.professions if harvested else c.professions or c.npcs > 0):
            return False
        if does == "equipment":
            return number <= sum(self.most_worn(npcs))
        if does == "worn" and not kind:
            return number <= sum(most >= degree for most in self.most_worn(npcs))
        found = max(npcs.values(), default=0)
        highest = found if kind in FROM_NPCS or not c.professions else found + 1
        return degree <= min(highest, 10)

    def most_worn(self, npcs):
        """List the highest level that can be worn of hats, tops, bottoms, in hand and quiver."""
        found = max(npcs.values(), default=0)
        if self.config.professions:
            harvested = min(found + 1, 10)
            return [found, found, found, max(harvested, found), harvested]
        lowest = 1 + int(
            self.config.npc_level * Fraction(2, self.config.side)
        )  # of NPCs beside the ring
        return [found, found, found, 1 if found and lowest == 1 else 0, 0]

    def npc_levels(self):
        """Find the highest level of each kind of NPC that can be born."""
        side, highest, per = self.config.side, {}, self.config.npc_level
        for depth in range(1, side if self.config.npcs else 0):
            danger = Fraction(2 * min(depth, side - 1 - depth), side)
            kind = "passive" if danger < Fraction(1, 2) else "neutral"
            kind = kind if danger < Fraction(8, 10) else "hostile"
            highest[kind] = max(highest.get(kind, 0), 1 + int(per * danger))
        return highest

    # -- Births -----------------------------------------------------------------------------
    def give_quest(self, agent, number=None):
        """Give a newborn a quest: the one that is drawn by the weights, or one that was chosen."""
        if not self.table:
            return
        bag = [n for n, row in enumerate(self.table, 1) for _ in range(int(row.get("weight", 1)))]
        drawn = bag[self.world.below(len(bag))]
        number = drawn if number is None else number
        row = self.table[number - 1]
        goal = int(row["number"]) - (row["does"] == "level")
        asked = row.get("kind") or "", int(row.get("level") or 0), row.get("other") or ""
        agent.quest = Quest(number, row["does"], *asked, goal, (agent.row, agent.col))

    # -- What happens -----------------------------------------------------------------------
    def tell(self, agent, does, kind="", level=0, number=1, other=None, price=0, killer=-1):
        """Tell what happened to an agent."""
        self.told.append(Happening(agent, does, kind, level, number, other, price, killer))

    def tell_of(self, agent, does, piece, **more):
        self.tell(agent, does, piece.name, piece.level, **more)

    def gain(self, agent, skill, amount):
        before = level(agent.experience[skill])
        agent.experience[skill] = min(agent.experience[skill] + amount, 2**30)
        for reached in range(before + 1, level(agent.experience[skill]) + 1):
            self.tell(agent, "level_up", SKILLS[skill], reached)

    def pursue(self):
        """Count what happened in this tick, then what everybody has reached."""
        self.last = [it.row(self) for it in self.told]  # of this tick
        self.happened += self.last
        for agent in self.living() if self.table else ():
            quest = agent.quest
            before = quest.progress
            for it in self.told:
                if it.agent is agent or it.other is agent:
                    quest.remember(agent, it, self)
            reached = quest.counted() if quest.is_counted() else self.measured(agent, quest)
            quest.progress = max(before, min(reached, quest.goal))
            self.event[agent.slot].quest = (quest.progress - before) / quest.goal
        self.told = []

    def measured(self, agent, quest):
        places = [piece for piece in agent.places if piece]
        if quest.does == "level":
            skills = [SKILLS.index(quest.kind)] if quest.kind else range(8)
            return max(level(agent.experience[skill]) for skill in skills) - 1
        if quest.does == "gold":
            return agent.gold
        if quest.does == "distance":
            return max(abs(agent.row - quest.home[0]), abs(agent.col - quest.home[1]))
        if quest.does == "tiles":
            return len(agent.been)
        if quest.does == "equipment":
            return sum(piece.level for piece in places if piece.worn)
        fit = [it for it in places if quest.kind in ("", it.name) and it.level >= quest.level]
        if quest.does == "worn":
            return len([piece for piece in fit if piece.worn])
        if quest.does == "owned":
            return sum(piece.quantity for piece in fit)
        return agent.age

    def take_happenings(self):
        happened, self.happened = self.happened, []
        return happened

    # -- Observed ---------------------------------------------------------------------------
    def observe_quest(self, agent):
        if not self.table:
            return []
        quest = agent.quest
        tenths = 10 * quest.progress // quest.goal
        return [*quest.row(), min(11, len(f"{quest.goal:b}")), tenths]
