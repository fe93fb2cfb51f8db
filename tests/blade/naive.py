"""A slow twin of one realm in plain Python: objects and loops, written from the rules alone.

Nothing here is shared with the kernels except the enums. Agents are objects, the map is a list of
lists, floats are Python's, generators are plain integers. ``Naive.tick`` reads as the phases do.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from forge.blade.observation import CHOICES
from forge.blade.tiles import Cause, Move, Style, Tile
from forge.config import Config
from tests.blade.naive_geometry import BLOCKED, STEPS, distance
from tests.blade.naive_items import Carrying
from tests.blade.naive_market import Trading
from tests.blade.naive_npcs import Npc, Npcs
from tests.blade.naive_observing import Observing
from tests.blade.naive_professions import BACK, Gathering
from tests.blade.naive_quests import NO_QUEST, Questing
from tests.blade.naive_skills import STYLES, Skilled
from tests.blade.naive_streams import Stream


def most_drained(damage: int, drain: float) -> int:
    """⌊damage × drain⌋, where drain is the fraction that is written."""
    return int(damage * Fraction(str(drain)))


@dataclass
class Life:
    """What one life leaves behind."""

    id: int
    realm: int
    map: int
    population: int
    birth_tick: int
    death_tick: int = -1
    killer: int = -1
    lifetime: int = 0
    cause: int = Cause.ALIVE
    ticks_on: list = field(default_factory=lambda: [0] * len(Tile))
    distinct: list = field(default_factory=lambda: [0] * len(Tile))
    harvests: int = 0
    drinks: int = 0
    kills: int = 0
    food_drained: int = 0
    water_drained: int = 0
    hits_dealt: list = field(default_factory=lambda: [0] * len(STYLES))
    hits_taken: list = field(default_factory=lambda: [0] * len(STYLES))
    damage_dealt: list = field(default_factory=lambda: [0] * len(STYLES))
    damage_taken: list = field(default_factory=lambda: [0] * len(STYLES))


def beside(agent):
    """Copy what a life leaves in worlds with skills, items, professions, a market and quests."""
    known = "experience", "gained", "used", "destroyed", "gathered"
    traded = "earned", "spent", "bought", "sold", "given"
    quest = agent.quest and {"quest": agent.quest.number, "goal": agent.quest.goal}
    quest = quest and quest | {"progress": agent.quest.progress}
    return {name: getattr(agent, name) for name in (*known, *traded)} | (quest or NO_QUEST)


@dataclass(eq=False)
class Agent:
    """One living individual."""

    id: int
    slot: int
    population: int
    row: int
    col: int
    health: int
    food: int
    water: int
    life: Life
    age: int = 0
    freeze: int = 0
    damage: int = 0
    food_empty: int = 0
    water_empty: int = 0
    experience: list = field(default_factory=lambda: [0] * 8)  # by skill
    combat_until: int = 0
    places: list = field(default_factory=lambda: [None] * 12)  # what it carries
    gained: int = 0
    used: int = 0
    destroyed: int = 0
    gathered: list = field(default_factory=lambda: [0] * 5)  # ore, trees, crystals, herbs, fish
    gold: int = 0
    said: int = 0  # the word of the last tick
    earned: int = 0
    spent: int = 0
    bought: int = 0
    sold: int = 0
    given: int = 0
    quest: object = None
    been: set = field(default_factory=set)  # tiles visited
    rows: list = field(default_factory=list)  # entities as last observed, itself first


@dataclass
class Event:
    """What one tick did to one agent."""

    died: bool = False
    cause: int = Cause.ALIVE
    killer: int = -1
    harvested: bool = False
    drank: bool = False
    damage_dealt: int = 0
    damage_taken: int = 0
    hits: int = 0
    kills: int = 0
    food_drained: int = 0
    water_drained: int = 0
    slew_npc: bool = False
    gathered: int = 0
    quest: float = 0


@dataclass
class Totals:
    """Counters of one population."""

    births: int = 0
    deaths: int = 0
    agent_ticks: int = 0
    harvests: int = 0
    drinks: int = 0
    kills: int = 0
    lifetimes: int = 0


class Naive(Skilled, Carrying, Gathering, Trading, Questing, Observing):
    """One realm."""

    def __init__(self, config: Config, terrain, world, policy, index: int = 0):
        self.config = config
        self.index = index
        self.map = index % config.maps
        self.world = Stream(world)
        self.policy = Stream(policy)
        self.tiles = [[Tile(int(kind)) for kind in line] for line in terrain]
        self.forests = sum(line.count(Tile.FOREST) for line in self.tiles)
        self.agents: dict[int, Agent] = {}  # by slot
        self.regrowing: list[tuple[int, int]] = []
        self.visits: dict[tuple[int, int, int], int] = {}  # (population, row, col) → agent-ticks
        self.totals = [Totals() for _ in range(config.populations)]
        self.ended: list[Life] = []
        self.npcs = Npcs(self)
        self.clock = 0
        self.next_id = 0
        self.count_items()
        self.read_quests()

    def reset(self):
        self.bear()
        return self.observe()

    # -- The tick ---------------------------------------------------------------------------
    def tick(self, actions):
        """Play one tick.

        Args:
            actions: the choices of each living agent, in slot order: (move, style, target).
        """
        events = self.advance(actions)
        self.bear()
        return events

    def advance(self, actions):
        self.clock += 1
        start = self.living()
        self.policy.bits()
        chosen = [dict(zip(CHOICES, action, strict=True)) for action in actions]
        self.act = dict(zip((agent.slot for agent in start), chosen, strict=True))
        self.event = {agent.slot: Event() for agent in start}
        self.frozen = {agent.slot for agent in start if agent.freeze > 0}
        everybody = self.everybody()
        self.observed = {one.slot: (one.row, one.col, one.health) for one in everybody}
        self.order = self.serving_order()
        self.dead: dict[int, tuple[Cause, int]] = {}
        for one in everybody:
            one.damage = 0
        self.slayers = {}  # by slot of the slain
        self.npcs.choose()
        for agent in self.living():
            word = self.act[agent.slot]["word"]
            agent.said = word if word <= self.config.words else 0
        self.deal()
        self.attack()
        self.learn()
        self.spend()
        self.divide()
        self.move()
        self.npcs.walk()
        self.regrow()
        self.live()
        self.pursue()
        self.bury()
        self.npcs.end()
        return [self.event[agent.slot] for agent in start]

    def living(self):
        return [self.agents[slot] for slot in sorted(self.agents)]

    def everybody(self):
        return self.living() + self.npcs.all()

    def serving_order(self):
        slots = self.config.max_agents + self.config.npcs
        start = self.world.below(slots)
        downwards = self.world.bits() >> 63 == 1
        turn = -1 if downwards else 1
        order = [(start + turn * i) % slots for i in range(slots)]
        everybody = self.agents | self.npcs.living
        self.attackers = [everybody[slot] for slot in order if slot in everybody]
        return [self.agents[slot] for slot in order if slot in self.agents]

    # -- 1. Attack --------------------------------------------------------------------------
    def attack(self):
        if not self.config.combat:
            return
        for agent in self.attackers:
            if isinstance(agent, Npc):
                if agent.slot in self.npcs.attacks:
                    self.npcs.hit(agent, self.npcs.attacks[agent.slot])
                continue
            style, target = self.act[agent.slot]["style"], self.act[agent.slot]["target"]
            if style == Style.NONE:
                continue
            victim = self.target_of(agent, style, target)
            if victim is not None and self.can_attack(agent, victim, style):
                self.hit(agent, victim, style)

    def target_of(self, agent, style, target):
        if not self.config.auto_target:
            return agent.rows[target] if target > 0 else None
        reached = [other for other in agent.rows if self.can_attack(agent, other, style)]
        return min(reached, key=lambda other: self.weakness(agent, other), default=None)

    def weakness(self, agent, other):
        row, col, health = self.observed[other.slot]
        own_row, own_col, _ = self.observed[agent.slot]
        return health, max(abs(row - own_row), abs(col - own_col)), other.slot

    def can_attack(self, agent, other, style):
        """Say whether an attack lands; nobody has moved or aged since the observation."""
        if not self.config.combat or style == Style.NONE or other is agent:
            return False
        if other.age < self.config.immunity and not isinstance(other, Npc):
            return False
        if other.population == agent.population and not self.config.friendly_fire:
            return False
        return distance(agent, other) <= self.reach_of(style)

    def reach_of(self, style):
        c = self.config
        return {Style.MELEE: c.melee_reach, Style.RANGE: c.range_reach, Style.MAGE: c.mage_reach}[
            style
        ]

    def damage_of(self, style):
        c = self.config
        return {
            Style.MELEE: c.melee_damage,
            Style.RANGE: c.range_damage,
            Style.MAGE: c.mage_damage,
        }[style]

    def hit(self, agent, victim, style):
        if isinstance(victim, Npc):
            self.npcs.are_hit(agent, victim, style)
            return
        damage = self.damage_between(agent, victim, style)
        self.enter_combat(agent, victim)
        dealt, taken = self.event[agent.slot], self.event[victim.slot]
        dealt.hits += 1
        dealt.damage_dealt += damage
        taken.damage_taken += damage
        agent.life.hits_dealt[style] += 1
        agent.life.damage_dealt[style] += damage
        victim.life.hits_taken[style] += 1
        victim.life.damage_taken[style] += damage
        victim.damage += damage
        self.tell(agent, "hit", Style(style).name.lower(), number=damage, other=victim)
        alive_before = victim.health > 0
        victim.health = max(0, victim.health - damage)
        if alive_before and victim.health == 0:
            self.slay(victim, agent.id)
            self.slayers[victim.slot] = agent
            self.tell(agent, "kill", Style(style).name.lower(), other=victim)
            dealt.kills += 1
            agent.life.kills += 1
            self.totals[agent.population].kills += 1
        if style == Style.MAGE:
            victim.freeze = self.config.freeze
        self.drain(agent, victim, most_drained(damage, self.config.drain))

    def slay(self, victim, killer):
        self.dead[victim.slot] = (Cause.SLAIN, killer)

    def drain(self, agent, victim, most):
        food = min(most, victim.food)
        water = min(most, victim.water)
        self.set_food(victim, victim.food - food)
        self.set_water(victim, victim.water - water)
        agent.food = min(self.config.food, agent.food + food)
        agent.water = min(self.config.water, agent.water + water)
        agent.life.food_drained += food
        agent.life.water_drained += water
        self.event[agent.slot].food_drained += food
        self.event[agent.slot].water_drained += water

    def set_food(self, agent, food):
        if agent.food > 0 and food == 0:
            agent.food_empty = self.clock
        agent.food = food

    def set_water(self, agent, water):
        if agent.water > 0 and water == 0:
            agent.water_empty = self.clock
        agent.water = water

    # -- 2. Move ----------------------------------------------------------------------------
    def move(self):
        for agent in self.order:
            if agent.slot in self.dead or agent.slot in self.frozen:
                continue
            step_row, step_col = STEPS[Move(self.act[agent.slot]["move"])]
            row, col = agent.row + step_row, agent.col + step_col
            if self.tiles[row][col] not in BLOCKED:
                agent.row, agent.col = row, col

    # -- 3. Regrow --------------------------------------------------------------------------
    def regrow(self):
        waiting = []
        for row, col in self.regrowing:
            back, chance = BACK.get(self.tiles[row][col], (Tile.FOREST, self.config.regrowth))
            if self.world.uniform() < chance:
                self.tiles[row][col] = back
            else:
                waiting.append((row, col))
        self.regrowing = waiting

    # -- 4. Live ----------------------------------------------------------------------------
    def live(self):
        for agent in self.order:
            self.count_tick(agent)
            if agent.slot not in self.dead:
                self.live_one(agent)
            if agent.slot in self.dead:
                cause, killer = self.dead[agent.slot]
                self.tell(agent, "die", Cause(cause).name.lower(), killer=killer)

    def count_tick(self, agent):
        agent.age += 1
        agent.life.lifetime += 1
        self.totals[agent.population].agent_ticks += 1
        place = (agent.row, agent.col)
        kind = self.tiles[agent.row][agent.col]
        agent.life.ticks_on[kind] += 1
        if self.config.counts_distinct_tiles and place not in agent.been:
            agent.been.add(place)
            agent.life.distinct[kind] += 1
        visit = (agent.population, *place)
        self.visits[visit] = self.visits.get(visit, 0) + 1

    def live_one(self, agent):
        c, event = self.config, self.event[agent.slot]
        agent.freeze = max(0, agent.freeze - 1)
        kind = self.tiles[agent.row][agent.col]
        if kind == Tile.LAVA:
            self.dead[agent.slot] = (Cause.LAVA, -1)
            return
        if kind == Tile.FOREST:
            agent.food = min(c.food, agent.food + c.harvest)
            self.tiles[agent.row][agent.col] = Tile.SCRUB
            self.regrowing.append((agent.row, agent.col))
            event.harvested = True
            self.tell(agent, "eat")
            agent.life.harvests += 1
            self.totals[agent.population].harvests += 1
        if c.professions:
            self.gather(agent)
        if self.beside_water(agent):
            agent.water = min(c.water, agent.water + c.drink)
            event.drank = True
            self.tell(agent, "drink")
            agent.life.drinks += 1
            self.totals[agent.population].drinks += 1
        if 2 * agent.food > c.food and 2 * agent.water > c.water:
            agent.health = min(c.health, agent.health + c.regeneration)
        self.set_food(agent, max(0, agent.food - 1))
        self.set_water(agent, max(0, agent.water - 1))
        agent.health -= c.starvation * ((agent.food == 0) + (agent.water == 0))
        if agent.health <= 0:
            agent.health = 0
            self.dead[agent.slot] = (self.emptiness(agent), -1)

    def beside_water(self, agent):
        sides = [STEPS[move] for move in Move if move != Move.STAY]
        water = (Tile.WATER, Tile.FISH, Tile.OCEAN)
        return any(self.tiles[agent.row + row][agent.col + col] in water for row, col in sides)

    def emptiness(self, agent):
        """Name the cause: the store that is empty; of two, the one that became so earlier."""
        if agent.water > 0:
            return Cause.STARVED
        if agent.food > 0:
            return Cause.DEHYDRATED
        return Cause.STARVED if agent.food_empty < agent.water_empty else Cause.DEHYDRATED

    # -- 5. Bury and bear -------------------------------------------------------------------
    def bury(self):
        for slot, (cause, killer) in sorted(self.dead.items()):
            agent = self.agents.pop(slot)
            life, event, totals = agent.life, self.event[slot], self.totals[agent.population]
            life.death_tick = self.clock
            life.cause = event.cause = cause
            life.killer = event.killer = killer
            event.died = True
            totals.deaths += 1
            totals.lifetimes += life.lifetime
            life.more = beside(agent)
            self.bury_items(agent)
            self.ended.append(life)

    def take_lives(self):
        ended, self.ended = self.ended, []
        return ended

    def bear(self):
        for _ in range(self.births_due()):
            open_to = [p for p in range(self.config.populations) if self.has_place(p)]
            self.place(open_to[self.world.below(len(open_to))])

    def births_due(self):
        free = self.config.max_agents - len(self.agents)
        return min(self.config.births, free)

    def has_place(self, population):
        c = self.config
        places = c.max_agents // c.populations + (population < c.max_agents % c.populations)
        return self.count(population) < places

    def count(self, population):
        return sum(agent.population == population for agent in self.agents.values())

    def place(self, population, quest=None):
        c = self.config
        ring = self.ring()
        row, col = ring[self.world.below(len(ring))]
        slot = min(slot for slot in range(c.max_agents) if slot not in self.agents)
        life = Life(self.next_id, self.index, self.map, population, self.clock)
        self.agents[slot] = agent = Agent(
            self.next_id, slot, population, row, col, c.health, c.food, c.water, life
        )
        self.give_quest(agent, quest)
        self.totals[population].births += 1
        self.next_id += 1
        return life.id

    def ring(self):
        first, last = self.config.border, self.config.map_size - 1 - self.config.border
        square = range(first, last + 1)
        edge = (first, last)
        return [(row, col) for row in square for col in square if row in edge or col in edge]
