"""The slow twin's skills: levels, damage and learning in plain Python, from the rules alone."""

from fractions import Fraction

from forge.blade.tiles import Style
from tests.blade.naive_npcs import Npc

REACHED = {1: 0, 2: 90, 3: 217, 4: 373, 5: 553, 6: 754, 7: 974, 8: 1212, 9: 1467, 10: 1737}
STYLES = (Style.MELEE, Style.RANGE, Style.MAGE)
BEATS = {Style.MAGE: Style.MELEE, Style.MELEE: Style.RANGE, Style.RANGE: Style.MAGE}


def level(experience):
    return max(number for number, needed in REACHED.items() if experience >= needed)


def main_style(agent):
    return max(STYLES, key=lambda style: (agent.experience[style], -style))


class Skilled:
    """The part of a naive realm that says what hits do, and what agents learn by them."""

    def damage_between(self, attacker, victim, style):
        offence = self.offence(attacker, style)
        times = Fraction(3, 2) if self.is_weak(victim, style) else 1
        return max(int(times * offence) - self.defence(victim), offence // 4, 0)

    def offence(self, attacker, style):
        if isinstance(attacker, Npc):
            return attacker.power
        learned = 5 * level(attacker.experience[style]) if self.config.skills else 0
        return self.damage_of(style) + learned + self.worn_offence(attacker, style)

    def defence(self, victim):
        if isinstance(victim, Npc):
            return victim.power
        learned = 5 * level(victim.experience[main_style(victim)]) if self.config.skills else 0
        return learned + self.worn_defence(victim)

    def is_weak(self, victim, style):
        if isinstance(victim, Npc) or not any(victim.experience[style] for style in STYLES):
            return False
        return BEATS[style] == main_style(victim)

    def learn(self):
        for agent in self.living() if self.config.skills else []:
            if self.event[agent.slot].damage_dealt > 0:
                self.gain(agent, self.act[agent.slot]["style"], 6)

    def enter_combat(self, *fighters):
        for fighter in fighters if self.config.skills else ():
            fighter.combat_until = self.clock + 3

    def standing(self, agent):
        if not self.config.skills:
            return []
        return [*map(level, agent.experience), self.clock < agent.combat_until]
