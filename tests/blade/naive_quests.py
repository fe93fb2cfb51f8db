"""The slow twin's quests: what happens is told in words and counted, from the rules alone."""

import csv
import json
from dataclasses import dataclass
from fractions import Fraction
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

    def matches(self, happening, realm):
        fits = self.does == happening.does and self.kind in ("", happening.kind)
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
        if does in ("hit", "kill"):
            return c.combat and (other in ("", "agent") or degree <= npcs.get(other, 0))
        if does in ("level", "level_up"):
            return c.skills and (c.professions or kind in ("", *STYLES))
        market = does in ("gold", "earned", "spent", "find_gold", "offer", "buy", "sell")
        if (market or does in ("give", "give_gold")) and not c.market:
            return False
        made = kind in FROM_NPCS or does in (*FROM_NPCS, "buy", "sell")
        if made and not c.npcs:
            return False
        harvested = does in ("shoot", "consume", "harvest") or (kind and kind not in FROM_NPCS)
        if not c.items or not (c.professions if harvested else c.professions or c.npcs > 0):
            return False
        found = max(npcs.values(), default=0)
        highest = found if kind in FROM_NPCS or not c.professions else found + 1
        if does == "equipment":  # of NPCs three pieces of armour and a tool, or the best of others
            crafted = [min(highest, 10)] * 2 if c.professions else [found]
            return number <= 3 * found + sum(crafted)
        return degree <= min(highest, 10)

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
            mine = [it for it in self.told if it.agent is agent and quest.matches(it, self)]
            reached = before + len(mine)
            if quest.does in QUANTITIES:
                reached = max(before, self.measured(agent, quest))
            quest.progress = min(reached, quest.goal)
            self.event[agent.slot].quest = (quest.progress - before) / quest.goal
        self.told = []

    def measured(self, agent, quest):
        places = [piece for piece in agent.places if piece]
        if quest.does == "level":
            skills = [SKILLS.index(quest.kind)] if quest.kind else range(8)
            return max(level(agent.experience[skill]) for skill in skills) - 1
        if quest.does in ("gold", "earned", "spent"):
            return getattr(agent, quest.does)
        if quest.does == "distance":
            return max(abs(agent.row - quest.home[0]), abs(agent.col - quest.home[1]))
        if quest.does == "tiles":
            return len(agent.been)
        if quest.does == "equipment":
            return sum(piece.level for piece in places if piece.worn)
        if quest.does == "owned":
            fit = [it for it in places if quest.kind in ("", it.name) and it.level >= quest.level]
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
