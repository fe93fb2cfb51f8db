"""The slow twin's last phase: what each living agent observes, in plain Python."""

from collections import Counter

from forge.blade.observation import CHOICES
from forge.blade.tiles import Move, Tile
from tests.blade.naive_geometry import BLOCKED, STEPS, distance
from tests.blade.naive_npcs import Npc
from tests.blade.naive_skills import STYLES, level, main_style
from tests.blade.naive_streams import branch


class Observing:
    """The part of a naive realm that observes, and changes nothing else but the policy's stream."""

    def observe(self):
        """List what each living agent observes, in slot order, as dicts of plain values."""
        names = [*CHOICES]
        without = [] if self.config.items else ["deal"]
        without += [] if self.config.market else ["trade", "price", "receiver"]
        without += [] if self.config.words else ["word"]
        last = [n for n in names if n not in without][-1]
        draws = [branch(self.policy, name) for name in names[: names.index(last) + 1]]
        self.crowd = Counter((one.row, one.col) for one in self.everybody())
        seen = []
        for agent in self.living():
            agent.rows = [agent] + [
                other
                for other in self.everybody()
                if other is not agent and distance(agent, other) <= self.config.radius
            ]
            seen.append(
                {
                    "tiles": self.crop(agent, self.tile_at),
                    "crowd": self.crop(agent, self.crowd_at),
                    "can_move": self.possible_moves(agent),
                    "others": [self.features(agent, other) for other in agent.rows],
                    "who": [other.id for other in agent.rows],
                    "slot": [other.slot for other in agent.rows],
                    "cell": [self.cell(agent, other) for other in agent.rows],
                    "reach": [distance(agent, other) for other in agent.rows],
                    "can_attack": [
                        [self.can_attack(agent, other, style) for style in STYLES]
                        for other in agent.rows
                    ],
                    "traits": [self.traits(other) for other in agent.rows],
                    "standing": self.standing(agent),
                    "inventory": self.inventory(agent),
                    "quantity": self.quantities(agent),
                    "can_deal": self.deals(agent),
                    **self.observe_market(agent),
                    "quest": self.observe_quest(agent),
                    "heard": [self.heard(agent, other) for other in agent.rows],
                    "can_say": [k <= self.config.words for k in range(32 * self.speaks())],
                    "draws": [stream.uniform() for stream in draws],
                }
            )
        return seen

    def speaks(self):
        return self.config.words > 0

    def heard(self, agent, other):
        if not self.speaks():
            return []
        return [0 if other.population != agent.population else other.said]

    def traits(self, other):
        if not (self.config.npcs or self.config.skills):
            return []
        if not isinstance(other, Npc):
            best = level(max(other.experience)) if self.config.skills else 0
            return [0, best, main_style(other)]
        number = 1 + ("passive", "neutral", "hostile").index(other.kind)
        return [number, other.level, other.style]

    def crop(self, agent, value_at):
        span = range(-self.config.radius, self.config.radius + 1)
        return [[value_at(agent.row + i, agent.col + j) for j in span] for i in span]

    def tile_at(self, row, col):
        inside = 0 <= row < self.config.map_size and 0 <= col < self.config.map_size
        return self.tiles[row][col] if inside else Tile.LAVA

    def crowd_at(self, row, col):
        return self.crowd[row, col]

    def possible_moves(self, agent):
        def possible(move):
            row, col = STEPS[move]
            free = self.tile_at(agent.row + row, agent.col + col) not in BLOCKED
            return move == Move.STAY or (free and agent.freeze == 0)

        return [possible(move) for move in Move]

    def cell(self, agent, other):
        R = self.config.radius
        return (other.row - agent.row + R) * (2 * R + 1) + other.col - agent.col + R

    def features(self, agent, other):
        """Describe the other as the agent sees it, in float64 (0.5 is exact, so are halves)."""
        c = self.config
        middle = (c.map_size - 1) / 2
        span = c.map_size - 2 * c.border - 1
        return [
            (other.age - 50) / 100,
            (other.health - c.health / 2) / c.health,
            (other.food - c.food / 2) / c.food,
            (other.water - c.water / 2) / c.water,
            (other.row - middle) / span,
            (other.col - middle) / span,
            (other.row - agent.row) / c.radius,
            (other.col - agent.col) / c.radius,
            (other.damage - 2.5) / 5,
            0.5 if other.population == agent.population else -0.5,
            (other.freeze - 1) / 2,
        ]
