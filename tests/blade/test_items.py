"""Items by example: what they do, deals, loot, ammunition, the ledger; the twin knows the rest."""

import numpy as np
import pytest

from forge.blade.added import life_in
from forge.blade.items import FACTS, PLACES, Item, Wear
from forge.blade.kinds import Kind
from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import Skill
from forge.blade.tiles import Style
from forge.config import Chaos, ConfigError, Saga
from tests.blade.ledgers import balanced
from tests.blade.test_skills import FIGHT
from tests.blade.worlds import agent, play, stim, world

MELEE, RANGE, MAGE = Style.MELEE, Style.RANGE, Style.MAGE
WEAPONS = {MELEE: Item.SPEAR, RANGE: Item.BOW, MAGE: Item.WAND}
MUNITION = {MELEE: Item.WHETSTONE, RANGE: Item.ARROW, MAGE: Item.RUNE}
LEARNED = {
    Item.ROD: Skill.FISHING, Item.GLOVES: Skill.HERBALISM, Item.PICKAXE: Skill.PROSPECTING,
    Item.AXE: Skill.CARVING, Item.CHISEL: Skill.ALCHEMY, Item.SPEAR: Skill.MELEE,
    Item.BOW: Skill.RANGE, Item.WAND: Skill.MAGE, Item.WHETSTONE: Skill.MELEE,
    Item.ARROW: Skill.RANGE, Item.RUNE: Skill.MAGE,
}  # fmt: skip
SAGA = Saga(populations=1, market=False)
USE, DESTROY = 1, 13  # and the place


def furnished(*agents, **settings):
    """Build a world with items; agents may have ``experience`` and ``items``.

    Items are (kind, level, quantity, worn) of their first places; the last two may be missing.
    """
    learned = [values.pop("experience", {}) for values in agents]
    carried = [values.pop("items", ()) for values in agents]
    realms = world(*agents, **FIGHT | {"items": True} | settings)
    for slot, (experience, items) in enumerate(zip(learned, carried, strict=True)):
        for skill, amount in experience.items():
            realms.state.skills[0, slot].experience[skill] = amount
        for k, (kind, level, *rest) in enumerate(items):
            give(realms, slot, k, kind, level, *rest)
    realms.observe()
    return realms


def give(realms, slot, k, kind, level, quantity=1, worn=0):
    bag = bag_of(realms, slot)
    bag.kind[k], bag.level[k], bag.quantity[k], bag.worn[k] = kind, level, quantity, worn
    realms.state.ledger[0, kind].looted += quantity
    bag.gained += quantity


def bag_of(realms, slot):
    return realms.state.bags[0, slot]


def places(realms, slot):
    """List what an agent carries: (kind, level, quantity, worn)."""
    bag = bag_of(realms, slot)
    each = zip(bag.kind, bag.level, bag.quantity, bag.worn, strict=True)
    return [tuple(map(int, piece)) for piece in each if piece[0]]


def deal(realms, *deals, **attacks):
    """Play a tick in which agents make deals, by slot."""
    n = len(realms.observation)
    actions = Actions.stay(n)
    actions.deal[: len(deals)] = deals
    return realms.step(actions)


def books(realms):
    """List what the ledger says of each cause, over all kinds."""
    return {name: int(realms.state.ledger[name].sum()) for name in realms.state.ledger.dtype.names}


# -- What items are -------------------------------------------------------------------------


def test_there_are_sixteen_kinds_each_worn_in_one_place_or_consumed():
    worn = {slot: [kind for kind in Item if FACTS[kind].slot == slot] for slot in Wear}
    assert worn[Wear.HEAD] == [Item.HAT]
    assert (worn[Wear.BODY], worn[Wear.LEGS]) == ([Item.TOP], [Item.BOTTOM])
    assert worn[Wear.HAND] == [Item(kind) for kind in range(4, 12)]
    assert worn[Wear.QUIVER] == [Item.WHETSTONE, Item.ARROW, Item.RUNE]
    assert worn[Wear.NOWHERE] == [Item.NOTHING, Item.RATION, Item.POTION]
    assert len(Item) == 17


@pytest.mark.parametrize("kind", [Item.HAT, Item.TOP, Item.BOTTOM])
@pytest.mark.parametrize("level", [1, 10])
def test_armour_adds_three_to_defence_for_each_level(kind, level):
    realms = furnished({"experience": {MAGE: 1737}}, {"items": [(kind, level, 1, 1)]})
    event = play(realms, attacks={0: (MAGE, 1)})[0]
    assert event.damage_dealt == 10 + 5 * 10 - 5 - 3 * level


@pytest.mark.parametrize("kind", [Item.ROD, Item.GLOVES, Item.PICKAXE, Item.AXE, Item.CHISEL])
def test_tools_add_fifteen_to_defence(kind):
    realms = furnished({"experience": {MAGE: 1737}}, {"items": [(kind, 7, 1, 1)]})
    assert play(realms, attacks={0: (MAGE, 1)})[0].damage_dealt == 60 - 5 - 15


@pytest.mark.parametrize("style", [MELEE, RANGE, MAGE])
@pytest.mark.parametrize(("kinds", "more"), [(WEAPONS, 5 + 5 * 2), (MUNITION, 5 + 10 * 2)])
def test_weapons_and_ammunition_add_to_the_offence_of_their_style(style, kinds, more):
    for other in (MELEE, RANGE, MAGE):
        realms = furnished({"items": [(kinds[style], 2, 9, 1)]}, {})
        damage = play(realms, attacks={0: (other, 1)})[0].damage_dealt
        assert damage == 10 + (more if other == style else 0)


def test_offence_beyond_a_byte_is_counted_whole():
    carried = [(Item.SPEAR, 10, 1, 1), (Item.WHETSTONE, 10, 9, 1)]
    realms = furnished({"items": carried, "experience": {MELEE: 1737}}, {}, melee_damage=100)
    dealt = play(realms, attacks={0: (MELEE, 1)})[0].damage_dealt
    assert dealt == 100 + 5 * 10 + 5 + 5 * 10 + 5 + 10 * 10 - 5  # 305


def test_what_is_not_worn_does_nothing():
    carried = [(Item.SPEAR, 10), (Item.HAT, 10), (Item.WHETSTONE, 10, 5)]
    realms = furnished({"items": carried}, {"items": carried})
    assert play(realms, attacks={0: (MELEE, 1)})[0].damage_dealt == 10
    assert places(realms, 0)[2] == (Item.WHETSTONE, 10, 5, 0)


def test_armour_helps_against_npcs_too():
    hunter = {"kind": Kind.HOSTILE, "power": 40, "style": MAGE, "at": (10, 11)}
    realms = furnished({"items": [(Item.TOP, 4, 1, 1)]}, npcs=(hunter,))
    assert play(realms)[0].damage_taken == 40 - 5 - 12


# -- Deals ----------------------------------------------------------------------------------


def test_using_puts_on_and_using_again_takes_off():
    realms = furnished({"items": [(Item.HAT, 1)]})
    deal(realms, USE)
    assert places(realms, 0) == [(Item.HAT, 1, 1, 1)]
    deal(realms, USE)
    assert places(realms, 0) == [(Item.HAT, 1, 1, 0)]


def test_what_is_put_on_replaces_what_is_worn_in_its_place():
    worn = [(Item.SPEAR, 1, 1, 1), (Item.HAT, 1, 1, 1), (Item.ROD, 1)]
    realms = furnished({"items": worn})
    deal(realms, USE + 2)
    assert [piece[3] for piece in places(realms, 0)] == [0, 1, 1]


@pytest.mark.parametrize(("kind", "skill"), LEARNED.items(), ids=lambda it: it.name)
def test_tools_weapons_and_ammunition_need_their_skill(kind, skill):
    realms = furnished(
        {"items": [(kind, 2)], "experience": {skill: 89}},
        {"items": [(kind, 2)], "experience": {skill: 90}},
    )
    assert [int(stim(realms, slot).can_deal[USE]) for slot in (0, 1)] == [0, 1]
    deal(realms, USE, USE)
    assert [places(realms, slot)[0][3] for slot in (0, 1)] == [0, 1]


@pytest.mark.parametrize("kind", [Item.HAT, Item.TOP, Item.BOTTOM, Item.RATION, Item.POTION])
@pytest.mark.parametrize("skill", [Skill.MAGE, Skill.ALCHEMY])
def test_armour_and_food_need_the_agents_level(kind, skill):
    realms = furnished({"items": [(kind, 3)], "experience": {skill: 217}}, {"items": [(kind, 3)]})
    assert [int(stim(realms, slot).can_deal[USE]) for slot in (0, 1)] == [1, 0]


@pytest.mark.parametrize(("level", "more"), [(1, 17), (2, 19)])
def test_a_ration_restores_half_of_food_and_water_and_five_per_cent_for_each_level(level, more):
    # Of 32: 16 + ⌊1.6⌋ and 16 + ⌊3.2⌋; then the tick takes 1.
    hungry = {"food": 3, "water": 2, "items": [(Item.RATION, level)], "experience": {MELEE: 90}}
    realms = furnished(hungry)
    deal(realms, USE)
    assert (agent(realms, 0).food, agent(realms, 0).water) == (3 + more - 1, 2 + more - 1)
    assert places(realms, 0) == []
    assert books(realms)["used"] == bag_of(realms, 0).used == 1


def test_a_potion_restores_health_up_to_the_most():
    realms = furnished({"health": 20, "items": [(Item.POTION, 1)]}, {"items": [(Item.POTION, 1)]})
    before = int(agent(realms, 0).health)
    deal(realms, USE, USE)
    healed = before + 50 + 5 + realms.config.regeneration  # it is fed
    assert [int(agent(realms, slot).health) for slot in (0, 1)] == [healed, 100]


def test_destroying_takes_all_pieces_of_a_place_also_worn_ones():
    realms = furnished({"items": [(Item.ARROW, 1, 77, 1), (Item.HAT, 1)]})
    deal(realms, DESTROY)
    assert places(realms, 0) == [(Item.HAT, 1, 1, 0)]
    assert books(realms)["destroyed"] == bag_of(realms, 0).destroyed == 77


def test_in_combat_there_are_no_deals():
    realms = furnished({"items": [(Item.HAT, 1)]}, {})
    play(realms, attacks={0: (MELEE, 1)})
    for _ in range(3):
        assert not stim(realms, 0).can_deal[1:].any()
        deal(realms, USE)
        assert places(realms, 0) == [(Item.HAT, 1, 1, 0)]
    deal(realms, USE)
    assert places(realms, 0) == [(Item.HAT, 1, 1, 1)]


def test_deals_are_made_before_attacks():
    realms = furnished({"at": (10, 10)}, {"items": [(Item.HAT, 1)]})
    actions = Actions.stay(2)
    actions.style[0], actions.target[0], actions.deal[1] = MELEE, 1, USE
    assert realms.step(actions)[0].damage_dealt == 10 - 3


def test_every_deal_that_the_mask_allows_works_and_no_other():
    carried = [(kind, 1 + kind % 3, 1) for kind in range(5, 17)]
    for number in range(1, 25):
        realms = furnished({"items": carried, "experience": {MELEE: 90, Skill.CARVING: 90}})
        allowed = bool(stim(realms, 0).can_deal[number])
        before = places(realms, 0)
        deal(realms, number)
        assert (places(realms, 0) != before) == allowed
        assert balanced(realms)


# -- Ammunition -----------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [1, 2])
def test_an_attack_spends_a_piece_of_worn_ammunition_of_its_style(quantity):
    realms = furnished({"items": [(Item.ARROW, 1, quantity, 1)]}, {})
    play(realms, attacks={0: (MELEE, 1)})
    assert places(realms, 0) == [(Item.ARROW, 1, quantity, 1)]
    play(realms, attacks={0: (RANGE, 1)})
    assert places(realms, 0) == [(Item.ARROW, 1, 1, 1)] * (quantity - 1)
    assert books(realms)["spent"] == 1


def test_an_attack_that_does_not_land_spends_nothing():
    realms = furnished({"at": (10, 10), "items": [(Item.ARROW, 1, 5, 1)]}, {"at": (10, 14)})
    play(realms, attacks={0: (RANGE, 1)})
    assert places(realms, 0) == [(Item.ARROW, 1, 5, 1)]


# -- Loot -----------------------------------------------------------------------------------

PREY = {"health": 1, "level": 3, "at": (10, 11)}


def test_an_npc_leaves_armour_and_a_tool_of_its_level():
    found = set()
    for seed in range(60):
        realms = furnished({"at": (10, 10)}, npcs=({**PREY},), seed=seed)
        play(realms, attacks={0: (MELEE, realms.config.max_agents)})
        armour, tool = places(realms, 0)
        assert armour[1:] == tool[1:] == (3, 1, 0)
        found |= {armour[0], tool[0]}
    assert found == {1, 2, 3, 7, 8, 9, 10, 11}
    assert books(realms)["looted"] == 2


def test_who_slays_an_agent_takes_what_it_carries():
    carried = [(Item.HAT, 2, 1, 1), (Item.ARROW, 1, 200, 1)]
    realms = furnished({"items": [(Item.ARROW, 1, 100)]}, {"health": 1, "items": carried})
    play(realms, attacks={0: (MELEE, 1)})
    # 155 arrows join the 100, the other 45 take a place of their own; the hat comes first.
    expected = [(Item.ARROW, 1, 255, 0), (Item.HAT, 2, 1, 0), (Item.ARROW, 1, 45, 0)]
    assert places(realms, 0) == expected
    assert balanced(realms)


def test_what_finds_no_room_is_lost():
    full = [(Item.ROD, 1)] * (PLACES - 1)
    slain = {"health": 1, "items": [(Item.HAT, 2), (Item.TOP, 2), (Item.ARROW, 1, 9)]}
    realms = furnished({"items": full}, slain)
    play(realms, attacks={0: (MELEE, 1)})
    assert places(realms, 0)[-1] == (Item.HAT, 2, 1, 0)
    assert (books(realms)["lost"], books(realms)["buried"]) == (1 + 9, 0)
    assert balanced(realms)


def test_the_slain_take_nothing():
    slain = {"health": 1, "items": [(Item.HAT, 2)]}
    realms = furnished({"health": 1, "items": [(Item.TOP, 1)]}, slain)
    play(realms, attacks={0: (MELEE, 1), 1: (MELEE, 0)})
    assert not realms.state.agents["alive"][0, :2].any()
    assert books(realms)["buried"] == 2
    assert balanced(realms)


def test_who_dies_otherwise_takes_its_items_along():
    realms = furnished({"health": 1, "food": 1, "items": [(Item.HAT, 2), (Item.RUNE, 1, 3)]})
    play(realms)
    assert books(realms)["buried"] == 1 + 3
    assert not realms.state.bags["kind"].any()


def test_a_life_begins_with_nothing_and_its_record_says_what_it_did():
    realms = furnished({"health": 1, "items": [(Item.HAT, 2), (Item.TOP, 1)]}, {}, births=1)
    deal(realms, DESTROY)
    agent(realms, 0).health = 1
    realms.observe()
    play(realms, attacks={1: (MELEE, 0)})
    life = realms.take_lives()
    assert life.dtype == life_in(realms.config)
    assert [int(life[name][0]) for name in ("gained", "used", "destroyed")] == [2, 0, 1]
    assert agent(realms, 0).age == 0
    assert places(realms, 0) == []


# -- The whole ------------------------------------------------------------------------------


def test_the_ledger_is_exact_while_all_deals_are_tried():
    realms = Realms(SAGA.replace(max_agents=32, npcs=32, map_size=50, births=4), 3)
    rng = np.random.default_rng(0)
    for _ in range(200):
        obs = realms.observation
        actions = SCRIPTED["fighter"](obs)
        actions.deal[:] = (rng.random(obs.can_deal.shape) * obs.can_deal).argmax(axis=1)
        realms.step(actions)
        assert balanced(realms)
    assert books(realms)["looted"] > 20


def test_realms_that_move_bury_what_is_carried():
    realms = Realms(SAGA.replace(max_agents=8, map_size=24, border=4, map_epochs=1))
    give(realms, 0, 0, Item.HAT, 1)
    realms.move({0: 3})
    assert books(realms)["buried"] == 1
    assert balanced(realms)


def test_an_inventory_is_observed_place_by_place():
    realms = furnished({"items": [(Item.ARROW, 2, 9, 0), (Item.HAT, 1, 1, 1)]})
    seen = stim(realms, 0)
    assert seen.inventory[[0, 1, 12, 13, 24, 25]].tolist() == [Item.ARROW, Item.HAT, 2, 1, 0, 1]
    assert seen.quantity[:3].tolist() == [9, 1, 0]
    assert seen.can_deal.sum() == 1 + 1 + 2  # nothing; take the hat off; destroy either


def test_items_need_skills_and_take_no_memory_without():
    with pytest.raises(ConfigError, match="items needs skills"):
        Chaos(items=True)
    realms = Realms(Chaos(skills=True), 0)
    arrays = realms.state.bags, realms.state.ledger, realms.observation.inventory
    assert sum(array.nbytes for array in arrays) == realms.observation.can_deal.nbytes == 0
    assert realms.observation.draws.shape[1] == 3
