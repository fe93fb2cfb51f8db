"""The slow twin's NPCs: objects, fractions and loops in plain Python, from the rules alone."""

from dataclasses import dataclass
from fractions import Fraction

from forge.blade.tiles import Move, Style, Tile
from tests.blade.naive_geometry import STEPS, distance

SAFE = [tile for tile in Tile if tile.walkable and tile != Tile.LAVA]


@dataclass
class Slot:
    """What outlasts the NPCs of one slot."""

    births: int = 0
    depth: int = 0  # of the first NPC


@dataclass(eq=False)
class Npc:
    """One living NPC."""

    id: int
    slot: int
    kind: str
    level: int
    style: int
    power: int
    row: int
    col: int
    health: int = 100
    age: int = 0
    freeze: int = 0
    damage: int = 0
    population: int = -1
    food: int = 0
    water: int = 0
    prey: object = None  # the agent that hit it last
    until: int = 0  # the last tick of its hunt


class Npcs:
    """The NPCs of one naive realm."""

    def __init__(self, realm):
        self.realm, c = realm, realm.config
        self.slots = {slot: Slot() for slot in range(c.max_agents, c.max_agents + c.npcs)}
        self.living: dict[int, Npc] = {}  # by slot

    def all(self):
        return [self.living[slot] for slot in sorted(self.living)]

    # -- Places -----------------------------------------------------------------------------
    def depth(self, row, col):
        first, last = (
            self.realm.config.border,
            self.realm.config.map_size - 1 - self.realm.config.border,
        )
        return min(row - first, last - row, col - first, last - col)

    def danger(self, depth):
        return Fraction(2 * depth, self.realm.config.side)

    def is_home(self, row, col):
        return self.depth(row, col) >= 1 and self.realm.tiles[row][col] in SAFE

    def steps(self, npc):
        return [
            move
            for move, (row, col) in STEPS.items()
            if move != Move.STAY and self.is_home(npc.row + row, npc.col + col)
        ]

    # -- Choices ----------------------------------------------------------------------------
    def choose(self):
        """Choose for each NPC whom it attacks, or where it steps."""
        self.attacks, self.moves = {}, {}
        for npc in self.all():
            prey = self.prey_of(npc)
            if prey is not None and distance(npc, prey) <= self.realm.reach_of(npc.style):
                self.attacks[npc.slot] = prey
            elif npc.freeze == 0:
                self.moves[npc.slot] = self.approach(npc, prey) if prey else self.wander(npc)

    def prey_of(self, npc):
        immunity = self.realm.config.immunity
        if npc.kind == "hostile":
            near = [a for a in self.realm.living() if a.age >= immunity and distance(npc, a) <= 7]
            return min(near, key=lambda agent: (distance(npc, agent), agent.slot), default=None)
        if npc.prey is None:
            return None
        gone = self.realm.agents.get(npc.prey.slot) is not npc.prey
        if gone or distance(npc, npc.prey) > 7 or self.realm.clock > npc.until:
            npc.prey, npc.until = None, 0
            return None
        return npc.prey if npc.prey.age >= immunity else None

    def wander(self, npc):
        steps = self.steps(npc)
        return steps[self.realm.world.below(len(steps))] if steps else Move.STAY

    def approach(self, npc, prey):
        down, right = prey.row - npc.row, prey.col - npc.col
        rows = (abs(down), Move.SOUTH if down > 0 else Move.NORTH)
        cols = (abs(right), Move.EAST if right > 0 else Move.WEST)
        axes = [rows, cols] if rows[0] >= cols[0] else [cols, rows]
        possible = self.steps(npc)
        return next((m for length, m in axes if length and m in possible), Move.STAY)

    # -- Fights -----------------------------------------------------------------------------
    def are_hit(self, agent, npc, style):
        realm, damage = self.realm, self.realm.damage_between(agent, npc, style)
        realm.enter_combat(agent)
        event = realm.event[agent.slot]
        event.hits += 1
        event.damage_dealt += damage
        agent.life.hits_dealt[style] += 1
        agent.life.damage_dealt[style] += damage
        realm.tell(agent, "hit", Style(style).name.lower(), number=damage, other=npc)
        if npc.health > 0 >= npc.health - damage:
            event.slew_npc = True
            realm.slayers[npc.slot] = agent
            realm.tell(agent, "kill", Style(style).name.lower(), other=npc)
        self.suffer(npc, damage, style)
        if npc.kind == "neutral":
            npc.prey, npc.until = agent, realm.clock + 50

    def hit(self, npc, agent):
        alive_before = agent.health > 0
        damage = self.realm.damage_between(npc, agent, npc.style)
        self.realm.enter_combat(agent)
        self.realm.event[agent.slot].damage_taken += damage
        agent.life.hits_taken[npc.style] += 1
        agent.life.damage_taken[npc.style] += damage
        self.suffer(agent, damage, npc.style)
        if alive_before and agent.health == 0:
            self.realm.slay(agent, npc.id)

    def suffer(self, victim, damage, style):
        victim.damage += damage
        victim.health = max(0, victim.health - damage)
        if style == Style.MAGE:
            victim.freeze = self.realm.config.freeze

    # -- The rest of a tick -----------------------------------------------------------------
    def walk(self):
        for npc in self.all():
            move = self.moves.get(npc.slot, Move.STAY)
            if npc.health > 0 and move != Move.STAY:
                npc.row, npc.col = npc.row + STEPS[move][0], npc.col + STEPS[move][1]

    def end(self):
        self.living = {slot: npc for slot, npc in self.living.items() if npc.health > 0}
        for npc in self.all():
            npc.age += 1
            npc.freeze = max(0, npc.freeze - 1)
            npc.health = min(100, npc.health + 1)
        for _ in range(25):
            if len(self.living) == len(self.slots):
                break
            self.attempt()

    def attempt(self):
        c, world = self.realm.config, self.realm.world
        row, col = (c.border + 1 + world.below(c.side - 2) for _ in range(2))
        if not self.is_home(row, col):
            return
        depth = self.depth(row, col)
        for slot, memory in self.slots.items():
            gap = abs(self.danger(depth) - self.danger(memory.depth))
            if slot not in self.living and (memory.depth == 0 or gap <= Fraction(5, 100)):
                self.bear(slot, memory, row, col)
                return

    def bear(self, slot, memory, row, col):
        depth = self.depth(row, col)
        danger = self.danger(depth)
        kind = "passive" if danger < Fraction(1, 2) else "neutral"
        kind = kind if danger < Fraction(8, 10) else "hostile"
        level = 1 + int(self.realm.config.npc_level * danger)
        style, less = self.realm.world.below(3), self.realm.world.below(10)
        power = int(Fraction(8, 10) * (10 * level - less))
        number = slot - self.realm.config.max_agents + memory.births * len(self.slots)
        self.living[slot] = Npc(-2 - number, slot, kind, level, style, power, row, col)
        memory.births += 1
        memory.depth = memory.depth or depth
