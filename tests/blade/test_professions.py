"""Professions by example: what is harvested where, what it teaches; the twin knows the rest."""

import numpy as np
import pytest

from forge.blade import preset, terrain
from forge.blade.added import life_in
from forge.blade.items import PLACES, Item
from forge.blade.professions import BACK, FISH, RARITY, RESOURCE_ON, RESOURCES, RETURNS
from forge.blade.realm import Realms
from forge.blade.scatter import amounts
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import Skill
from forge.blade.streams import WORLD
from forge.blade.tiles import NUM_COMMON, Tile, kinds_in
from forge.config import Chaos, ConfigError, Law, Saga
from tests.blade.ledgers import balanced
from tests.blade.naive_streams import Stream
from tests.blade.test_items import books, furnished, places
from tests.blade.worlds import EAST, SOUTH, STAY, agent, life, play, serve_from, stim, stores, tile
from tests.jit import amount

# Tile: what it turns to, what it gives, rarely, the tool, the skill, experience.
TABLE = {
    Tile.ORE: (Tile.SLAG, Item.WHETSTONE, Item.WAND, Item.PICKAXE, Skill.PROSPECTING, 15),
    Tile.TREE: (Tile.STUMP, Item.ARROW, Item.SPEAR, Item.AXE, Skill.CARVING, 15),
    Tile.CRYSTAL: (Tile.FRAGMENT, Item.RUNE, Item.BOW, Item.CHISEL, Skill.ALCHEMY, 15),
    Tile.HERB: (Tile.WEEDS, Item.POTION, 0, Item.GLOVES, Skill.HERBALISM, 30),
    Tile.FISH: (Tile.OCEAN, Item.RATION, 0, Item.ROD, Skill.FISHING, 30),
}
WALKED = [kind for kind in TABLE if kind != Tile.FISH]
HERE, BESIDE = (10, 10), (10, 11)


def place_of(kind):
    """Say where a resource lies so that an agent at (10, 10) harvests it."""
    return BESIDE if kind == Tile.FISH else HERE


def working(*agents, tiles, **settings):
    """Build a world with professions."""
    return furnished(*agents, tiles=tiles, professions=True, **settings)


def harvested(kind, **values):
    """Let one agent harvest a resource once, without a rare find."""
    for seed in range(99):
        realms = working(dict(values), tiles={place_of(kind): kind}, seed=seed)
        play(realms)
        if books(realms)["lost"] + len(places(realms, 0)) == 1 + len(values.get("items", ())):
            return realms
    raise AssertionError("always rare")


def gained(realms, skill):
    return int(realms.state.skills[0, 0].experience[skill])


def yields(realms):
    return {Item(k): int(n) for k, n in enumerate(realms.state.yields["harvested"][0]) if n}


# -- What resources are ---------------------------------------------------------------------


def test_the_list_of_resources_is_that_of_the_rules():
    assert {
        it.tile: (it.spent, it.gives, it.rare, it.skill, it.experience) for it in RESOURCES
    } == {kind: (*row[:3], *row[4:]) for kind, row in TABLE.items()}
    assert [it.regrowth for it in RESOURCES] == [0.1, 0.105, 0.1, 0.02, 0.02]
    assert RARITY == 40


def test_tables_by_tile_name_every_resource_and_its_return():
    assert [RESOURCE_ON[it.tile] for it in RESOURCES] == [0, 1, 2, 3, 4]
    assert [RESOURCE_ON[it.spent] for it in RESOURCES] == [-1] * 5
    assert [BACK[it.spent] for it in RESOURCES] == [it.tile for it in RESOURCES]
    assert [RETURNS[it.spent] for it in RESOURCES] == [it.regrowth for it in RESOURCES]
    assert FISH == 4


def test_kinds_of_tiles_belong_to_worlds_by_one_word():
    assert kinds_in(Law()) == kinds_in(Saga(professions=False)) == tuple(Tile)[:6]
    assert kinds_in(Saga()) == tuple(Tile)
    assert NUM_COMMON == 6


# -- Harvest --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLE)
def test_a_harvest_gives_an_item_of_level_1_and_experience_and_the_tile_is_spent(kind):
    spent, gives, _, _, skill, experience = TABLE[kind]
    realms = harvested(kind)
    assert places(realms, 0) == [(gives, 1, 1, 0)]
    assert tile(realms, *place_of(kind)) == spent
    assert gained(realms, skill) == experience == int(realms.state.skills["experience"].sum())
    assert yields(realms) == {gives: 1}
    assert balanced(realms)


@pytest.mark.parametrize(("level", "found"), [(1, 2), (4, 5), (9, 10), (10, 10)])
@pytest.mark.parametrize("kind", TABLE)
def test_a_worn_tool_of_the_profession_raises_the_level(kind, level, found):
    realms = harvested(kind, items=[(TABLE[kind][3], level, 1, 1)])
    assert places(realms, 0)[1] == (TABLE[kind][1], found, 1, 0)


@pytest.mark.parametrize("kind", TABLE)
def test_other_tools_and_tools_that_are_not_worn_raise_nothing(kind):
    tool = TABLE[kind][3]
    other = Item.ROD if tool != Item.ROD else Item.AXE
    for items in ([(tool, 5, 1, 0)], [(other, 5, 1, 1)], [(tool, 5, 1, 0), (Item.SPEAR, 3, 1, 1)]):
        assert places(harvested(kind, items=items), 0)[-1][1] == 1


@pytest.mark.parametrize("kind", [Tile.ORE, Tile.TREE, Tile.CRYSTAL])
def test_one_harvest_in_forty_gives_a_weapon_of_the_same_level_besides(kind):
    _, gives, rare, tool, *_ = TABLE[kind]
    for seed in range(400):
        carried = [(tool, 3, 1, 1)]
        realms = working({"items": carried}, tiles={HERE: kind}, seed=seed)
        draws = Stream(realms.state.streams[0, WORLD])
        draws.bits(), draws.bits()  # the serving order
        lucky = draws.below(40) == 0
        if not lucky and seed > 3:
            continue
        play(realms)
        assert places(realms, 0)[1:] == [(gives, 4, 1, 0), *[(rare, 4, 1, 0)] * lucky]
        if lucky:
            return
    raise AssertionError("never rare")


@pytest.mark.parametrize("kind", [Tile.HERB, Tile.FISH])
def test_herbs_and_fish_draw_nothing(kind):
    realms = working({}, tiles={place_of(kind): kind})
    draws = Stream(realms.state.streams[0, WORLD])
    draws.bits(), draws.bits()
    play(realms)
    assert realms.state.streams[0, WORLD].tolist() == draws.words


def test_what_finds_no_room_is_lost_and_teaches_all_the_same():
    realms = harvested(Tile.HERB, items=[(Item.ROD, 1)] * PLACES)
    assert books(realms)["lost"] == 1
    assert yields(realms) == {Item.POTION: 1}
    assert gained(realms, Skill.HERBALISM) == 30
    assert balanced(realms)


def test_ammunition_joins_what_is_carried():
    realms = working({"items": [(Item.ARROW, 1, 3, 1)]}, tiles={HERE: Tile.TREE})
    play(realms)
    assert places(realms, 0)[0] == (Item.ARROW, 1, 4, 1)


def test_of_several_fish_the_first_in_the_order_of_the_moves_is_caught_one_per_tick():
    around = [(10, 11), (11, 10), (10, 9), (9, 10)]  # none of these comes back within the test
    realms = working({}, tiles=dict.fromkeys(around, Tile.FISH), seed=2)
    for caught in (1, 2, 3, 4):
        assert play(realms)[0].gathered == 1
        kinds = [tile(realms, *at) for at in around]
        assert kinds == [Tile.OCEAN] * caught + [Tile.FISH] * (4 - caught)
    assert play(realms)[0].gathered == 0


def test_an_agent_harvests_what_it_stands_on_and_a_fish_in_one_tick():
    realms = working({}, tiles={HERE: Tile.HERB, BESIDE: Tile.FISH})
    assert play(realms)[0].gathered == 2
    assert places(realms, 0) == [(Item.POTION, 1, 1, 0), (Item.RATION, 1, 1, 0)]


def test_who_is_served_first_harvests():
    realms = working({}, {}, tiles={HERE: Tile.HERB})
    serve_from(realms, 1, downwards=True)
    events = play(realms)
    assert [int(events[slot].gathered) for slot in (0, 1)] == [0, 1]
    assert realms.state.crafts["gathered"][0, :2].sum(axis=1).tolist() == [0, 1]


def test_the_slain_harvest_nothing():
    realms = working({}, {"health": 1, "at": HERE}, tiles={HERE: Tile.HERB})
    serve_from(realms, 1, downwards=True)
    play(realms, attacks={0: (0, 1)})
    assert tile(realms, *HERE) == Tile.WEEDS
    assert places(realms, 0) == [(Item.POTION, 1, 1, 0)]


def test_npcs_walk_over_resources_and_harvest_nothing():
    npcs = ({"at": (5, 5)},)
    realms = working({"at": (15, 15)}, tiles={(5, 5): Tile.HERB, (5, 6): Tile.ORE}, npcs=npcs)
    play(realms)
    assert (tile(realms, 5, 5), tile(realms, 5, 6)) == (Tile.HERB, Tile.ORE)
    assert yields(realms) == {}


@pytest.mark.parametrize("kind", [Tile.FISH, Tile.OCEAN])
def test_fish_and_ocean_block_and_are_water(kind):
    realms = working({"water": 9}, tiles={BESIDE: kind})
    assert not stim(realms, 0).can_move[EAST]
    assert play(realms, moves={0: EAST})[0].drank
    assert (int(agent(realms, 0).col), stores(realms, 0)[2]) == (10, 9 + 5 - 1)


@pytest.mark.parametrize("kind", [*WALKED, *(TABLE[it][0] for it in WALKED)])
def test_all_other_kinds_are_walked_over_and_are_no_water(kind):
    realms = working({"at": (10, 9), "water": 9}, tiles={HERE: kind})
    assert not play(realms, moves={0: EAST})[0].drank
    assert int(agent(realms, 0).col) == 10


# -- Regrowth -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLE)
def test_each_kind_comes_back_with_its_own_chance(kind):
    realms = harvested(kind)
    chance = next(it.regrowth for it in RESOURCES if it.tile == kind)
    for _ in range(300):
        draws = Stream(realms.state.streams[0, WORLD])
        draws.bits(), draws.bits()
        back = draws.uniform() < chance
        play(realms, moves={0: SOUTH if int(agent(realms, 0).row) < 13 else STAY})
        assert tile(realms, *place_of(kind)) == (kind if back else TABLE[kind][0])
        if back:
            assert realms.state.clock[0].scrubs == 0
            return
        agent(realms, 0).food = agent(realms, 0).water = 32
    raise AssertionError("never back")


def test_all_harvested_tiles_share_one_list_in_the_order_of_harvest():
    tiles = {(4, 4): Tile.ORE, (6, 4): Tile.FOREST, (8, 5): Tile.FISH}
    realms = working({"at": (4, 4)}, {"at": (6, 4)}, {"at": (8, 4)}, tiles=tiles)
    serve_from(realms, 1)
    play(realms)
    side, pad = realms.state.tiles.shape[1], (realms.state.tiles.shape[1] - 21) // 2
    listed = realms.state.scrub[0, : realms.state.clock[0].scrubs].tolist()
    expected = [(6, 4), (8, 5), (4, 4)]
    assert listed == [(row + pad) * side + col + pad for row, col in expected]


@pytest.mark.parametrize("kind", [TABLE[it][0] for it in TABLE])
def test_harvested_tiles_of_a_fresh_map_never_come_back(kind):
    realms = working({}, tiles={(5, 5): kind}, food=10_000, water=10_000)
    play(realms, ticks=200)
    assert tile(realms, 5, 5) == kind


# -- Records --------------------------------------------------------------------------------


def test_a_life_counts_ticks_and_tiles_of_all_kinds_and_harvests_by_resource():
    realms = working({}, tiles={HERE: Tile.ORE, (10, 11): Tile.HERB}, seed=1)
    play(realms)
    play(realms, moves={0: EAST})
    record = life(realms)
    on = {kind: int(record.ticks_on[kind]) for kind in Tile if record.ticks_on[kind]}
    assert on == {Tile.ORE: 1, Tile.HERB: 1}
    assert record.distinct.tolist() == record.ticks_on.tolist()
    assert record.gathered.tolist() == [1, 0, 0, 1, 0]


def test_records_of_lives_have_as_many_kinds_as_their_world():
    assert life_in(Saga())["ticks_on"].shape == life_in(Saga())["distinct"].shape == (16,)
    assert life_in(Saga(professions=False))["ticks_on"].shape == (6,)
    assert "gathered" not in life_in(Saga(professions=False)).names


def test_a_life_ends_with_what_it_counted_and_the_next_begins_anew():
    realms = working({"health": 1, "food": 1}, tiles={HERE: Tile.HERB}, births=1)
    play(realms)
    (ended,) = realms.take_lives()
    assert ended.gathered.tolist() == [0, 0, 0, 1, 0]
    assert (ended.ticks_on[Tile.HERB], ended.lifetime) == (1, 21)
    assert realms.state.crafts["gathered"].sum() == 0


def test_the_ledger_is_exact_while_agents_gather():
    config = Saga(max_agents=32, populations=2, npcs=32, map_size=50, births=4)
    realms, rng = Realms(config, 3), np.random.default_rng(0)
    for _ in range(amount(200, 100)):
        obs = realms.observation
        actions = SCRIPTED["fighter"](obs)
        actions.deal[:] = (rng.random(obs.can_deal.shape) * obs.can_deal).argmax(axis=1)
        realms.step(actions)
        assert balanced(realms)
    assert {Item.WHETSTONE, Item.ARROW, Item.RUNE, Item.POTION} <= set(yields(realms))


# -- Maps -----------------------------------------------------------------------------------

SAGA = preset("saga128")


def test_resources_are_scattered_over_generated_maps():
    tiles = terrain.generate(SAGA, 0)
    counts = np.bincount(tiles.ravel(), minlength=16)
    patches, singles = amounts(SAGA)
    assert (patches, singles) == (63, 254)  # 4 and 16 per 1 000 of 126 × 126 tiles
    assert counts[Tile.HERB] == singles
    for kind in (Tile.ORE, Tile.TREE, Tile.CRYSTAL):
        assert patches < counts[kind] <= 5 * patches
    assert singles * 0.8 <= counts[Tile.FISH] <= singles
    assert not counts[[it.spent for it in RESOURCES]].any()


def test_the_rest_of_a_map_is_what_it_was():
    tiles, before = (terrain.generate(it, 3) for it in (SAGA, SAGA.replace(professions=False)))
    new = tiles != before
    assert (before[new & (tiles == Tile.FISH)] == Tile.WATER).all()
    assert (before[new & (tiles != Tile.FISH)] == Tile.GRASS).all()
    assert (tiles[new] >= NUM_COMMON).all()
    edge = SAGA.border + 1
    inner = slice(edge, -edge)
    assert new[inner, inner].sum() == new.sum() > 500


def test_fish_are_beside_what_was_grass():
    tiles, before = (terrain.generate(it, 3) for it in (SAGA, SAGA.replace(professions=False)))
    for row, col in np.argwhere(tiles == Tile.FISH):
        around = [before[row + i, col + j] for i, j in ((0, 1), (1, 0), (0, -1), (-1, 0))]
        assert Tile.GRASS in around


def test_patches_are_pluses():
    config = SAGA.replace(map_size=40, singles=0, water_cut=0, grass_cut=1, forest_cut=1)
    assert amounts(config.replace(clusters=1)) == (0, 0)
    whole = 0
    for number in range(9):
        places = np.argwhere(terrain.generate(config.replace(clusters=3), number) == Tile.ORE)
        middle = np.median(places, axis=0)
        assert (np.abs(places - middle).sum(axis=1) <= 1).all()
        whole += len(places) == 5  # others are cut at the edge, or by patches that came later
    assert whole > 4


def test_a_resource_for_which_there_is_no_place_is_left_out():
    config = SAGA.replace(map_size=40, water_cut=0, grass_cut=0, forest_cut=0)  # stone
    tiles = terrain.generate(config, 0)
    assert (tiles < NUM_COMMON).all()


def test_maps_with_resources_are_pinned():
    tiles = terrain.generate(SAGA.replace(map_size=40), 1)
    counts = [1116, 12, 227, 117, 0, 107, 1, 0, 5, 0, 3, 0, 6, 0, 6, 0]
    assert np.bincount(tiles.ravel(), minlength=16).tolist() == counts


def test_a_map_with_resources_is_refused_where_there_are_none_by_name():
    tiles = terrain.generate(SAGA.replace(map_size=40), 0)
    kind = Tile(int(tiles[tiles >= NUM_COMMON][0])).name.lower()
    with pytest.raises(terrain.MapError, match=r"the map has \w+ at row .* only with professions"):
        terrain.check(tiles, Saga(map_size=40, professions=False))
    assert kind
    terrain.check(tiles, SAGA.replace(map_size=40))


def test_resources_may_lie_on_the_ring_of_a_map_by_hand():
    tiles = terrain.generate(SAGA.replace(map_size=40), 0).copy()
    tiles[9, 12] = Tile.HERB
    terrain.check(tiles, SAGA.replace(map_size=40))
    tiles[9, 12] = Tile.OCEAN
    with pytest.raises(terrain.MapError, match=r"must be grass, forest, scrub, ore, .* or weeds"):
        terrain.check(tiles, SAGA.replace(map_size=40))


# -- Off ------------------------------------------------------------------------------------


def test_professions_need_items_and_take_no_memory_without():
    with pytest.raises(ConfigError, match="professions needs items"):
        Chaos(professions=True)
    realms = Realms(Saga(professions=False, max_agents=8, populations=1, npcs=8), 0)
    state = realms.state
    assert state.crafts.nbytes == state.yields.nbytes == realms._ended.crafts.nbytes == 0
    assert not {"crafts", "yields"} & set(realms.snapshot())
