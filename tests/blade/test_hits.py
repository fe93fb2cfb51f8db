"""What hits would do, asked before they are made."""

import numpy as np
import pytest

from forge.blade.hits import damages
from forge.blade.kinds import Kind
from forge.blade.tiles import Style
from tests.blade.test_skills import EVEN, FAR, skilled
from tests.blade.worlds import play, world

STYLES = np.array([Style.MELEE, Style.RANGE, Style.MAGE])


def asked(realms, attacker, victim):
    attackers, victims = np.full(3, attacker), np.full(3, victim)
    before = realms.digest()
    found = damages(realms.state, realms.config, 0, attackers, victims, STYLES)
    assert realms.digest() == before
    return found.tolist()


def fighters():
    return skilled({"experience": {Style.MELEE: 754}}, {"experience": {Style.RANGE: 217}})


def test_damage_is_that_of_the_rules_by_hand():
    # ⌊1.5 × (10 + 5 × 6)⌋ − 5 × 3, then ⌊15 / 4⌋ twice, as 15 − 15 is less
    assert asked(fighters(), 0, 1) == [45, 3, 3]


@pytest.mark.parametrize("style", STYLES)
def test_damage_is_what_the_hit_then_does(style):
    expected = asked(fighters(), 0, 1)[style]
    assert play(fighters(), attacks={0: (Style(style), 1)})[0].damage_dealt == expected > 0


def test_without_skills_each_style_has_its_damage():
    realms = world({}, {}, **EVEN | FAR | {"mage_damage": 3})
    assert asked(realms, 0, 1) == [10, 10, 3]


def test_an_npc_hits_with_its_power_against_the_defence_of_an_agent():
    beast = {"kind": Kind.HOSTILE, "power": 20, "style": Style.MAGE, "at": (10, 11)}
    realms = skilled({"experience": {Style.RANGE: 217}}, npcs=(beast,))
    slot = realms.state.lives.shape[1]
    assert asked(realms, slot, 0) == [30 - 15, 5, 5]
    assert asked(realms, 0, slot) == [3, 25 // 4, 3]
