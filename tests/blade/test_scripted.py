"""The scripted agents: examples drawn as small crops, and equality with their plain twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade.kinds import Kind
from forge.blade.observation import DRAW, NUM_FEATURES, Observation
from forge.blade.realm import Realms
from forge.blade.records import AGENT
from forge.blade.scripted import SCRIPTED
from forge.blade.tiles import Move, Style, Tile
from forge.config import preset
from tests.blade import naive_scripted
from tests.jit import amount

LETTERS = {
    "!": Tile.LAVA,
    "~": Tile.WATER,
    ".": Tile.GRASS,
    "F": Tile.FOREST,
    "s": Tile.SCRUB,
    "#": Tile.STONE,
    "o": Tile.ORE,
    "-": Tile.SLAG,
    "t": Tile.TREE,
    "h": Tile.HERB,
    "f": Tile.FISH,
    "=": Tile.OCEAN,
}
ALMOST_1 = 1 - 2.0**-53  # the largest number that a stream draws


def observe(crops, food=None, water=None, draws=None, rows=None, npcs=None, standing=None):
    """Build the observation of one agent per crop.

    Rows are (agent, health, reach, attackable by melee, range, mage), ordered by agent; with NPCs
    there are (cell, kind, level) and perhaps the style of each row. With skills there is the
    standing of each agent.
    """
    n = len(crops)
    ent = np.zeros(n, AGENT)
    ent["food"], ent["water"], ent["id"] = food or 0, water or 0, np.arange(n)
    if rows is None:
        rows = [(i, 10, 0, 0, 0, 0) for i in range(n)]
    owner, health, reach = (np.array([row[k] for row in rows], int) for k in range(3))
    others = np.zeros((len(rows), NUM_FEATURES), np.float32)
    others[:, 1] = (health - 5) / 10
    tiles = np.array(crops, np.uint8)
    return Observation(
        ent=ent,
        realm=np.zeros(n, np.int32),
        tiles=tiles,
        crowd=np.zeros(tiles.shape, np.uint16),
        own=np.zeros((n, NUM_FEATURES), np.float32),
        can_move=np.ones((n, 5), bool),
        offsets=np.searchsorted(owner, np.arange(n + 1)),
        others=others,
        who=np.arange(len(rows)),
        slot=np.arange(len(rows), dtype=np.int32),
        cell=np.zeros(len(rows), np.uint16) if npcs is None else np.array(npcs, np.uint16)[:, 0],
        reach=reach.astype(np.uint8),
        can_attack=np.array([row[3:] for row in rows], bool).reshape(-1, 3),
        traits=np.zeros((len(rows), 0), np.uint8) if npcs is None else traits_of(npcs),
        standing=np.zeros((n, 0), np.uint8) if standing is None else np.array(standing, np.uint8),
        inventory=np.zeros((n, 0), np.uint8),
        quantity=np.zeros((n, 0), np.uint8),
        can_deal=np.zeros((n, 0), bool),
        gold=np.zeros((n, 0), np.int32),
        wealth=np.zeros((n, 0), np.uint8),
        can_trade=np.zeros((n, 0), bool),
        can_receive=np.zeros((len(rows), 0), bool),
        market=np.zeros((1, 0, 0), np.uint8),
        heard=np.zeros((len(rows), 0), np.uint8),
        quest=np.zeros((n, 0), np.uint8),
        can_say=np.zeros((n, 0), bool),
        draws=np.zeros((n, len(DRAW))) if draws is None else np.array(draws, float),
        num_realms=1,
    )


def traits_of(npcs):
    return np.array([(kind, level, *style, 0)[:3] for _, kind, level, *style in npcs], np.uint8)


def crop(picture):
    return [[LETTERS[letter] for letter in line] for line in picture.split()]


def move_of(name, picture, food=9, water=9, draw=0.0):
    """Say where one agent goes that stands in the middle of a picture."""
    obs = observe([crop(picture)], [food], [water], [(draw, 0, 0)])
    return Move(SCRIPTED[name](obs).move[0])


def moves_over_draws(name, picture):
    """List the moves over 60 evenly spread draws (60 is a multiple of 1 … 5)."""
    return [move_of(name, picture, draw=(k + 0.5) / 60) for k in range(60)]


# -- Random and careful ---------------------------------------------------------------------


@pytest.mark.parametrize("name", SCRIPTED)
def test_scripts_take_masks_that_cannot_be_written(name):
    obs = Realms(preset("chaos16"), 0, [0]).observation
    obs.can_attack.flags.writeable = False
    assert len(SCRIPTED[name](obs).move) == len(obs)


def test_random_takes_all_five_moves_equally_often_lava_and_water_included():
    moves = moves_over_draws("random", "!!! ~.# !~!")
    assert [moves.count(move) for move in Move] == [12] * 5


def test_careful_takes_all_safe_moves_equally_often():
    # East is lava, south stone, north water: it stays or goes west.
    moves = moves_over_draws("careful", ".~. .F! .#.")
    assert [moves.count(move) for move in Move] == [30, 0, 0, 30, 0]


def test_careful_walks_on_scrub_grass_and_forest():
    moves = moves_over_draws("careful", ".s. F.! .s.")
    assert [moves.count(move) for move in Move] == [15, 0, 15, 15, 15]


def test_careful_stays_where_nothing_else_is_safe():
    assert set(moves_over_draws("careful", ".~. #.! .#.")) == {Move.STAY}


@pytest.mark.parametrize("name", ["random", "careful"])
def test_the_largest_draw_is_the_last_move(name):
    assert move_of(name, "... ... ...", draw=ALMOST_1) == Move.NORTH


# -- Greedy ---------------------------------------------------------------------------------


def test_greedy_takes_food_first_when_both_are_equal():
    assert move_of("greedy", "..... ..~.. ..... ..F.. .....", food=9, water=9) == Move.SOUTH


def test_greedy_takes_water_first_when_it_is_scarcer():
    picture = "..~.. ..... ..... ..F.. ....."  # the shore is the tile to the north
    assert move_of("greedy", picture, food=9, water=8) == Move.NORTH


def test_greedy_stays_beside_water_while_water_is_the_goal():
    assert move_of("greedy", "... ..~ ...", food=9, water=8) == Move.STAY


def test_greedy_stays_on_forest_while_food_is_the_goal():
    assert move_of("greedy", "... .F. .F.", food=8, water=9) == Move.STAY


def test_greedy_takes_the_first_of_equal_paths_in_the_order_of_the_moves():
    # Forest two steps away on every diagonal: east comes first.
    assert move_of("greedy", "..... .F.F. ..... .F.F. .....") == Move.EAST
    # Only the north-west one: by west or by north; west comes first.
    assert move_of("greedy", "..... .F... ..... ..... .....") == Move.WEST


def test_greedy_prefers_a_nearer_goal_over_an_earlier_move():
    assert move_of("greedy", "..... ..F.. ....F ..... .....") == Move.NORTH


def test_greedy_goes_around_lava_water_and_stone():
    # East is stone and south lava; the way leads north over the top.
    assert move_of("greedy", "..... ..... #..#F #!!#. .....", food=8) == Move.NORTH


def test_greedy_never_counts_lava_beside_water_as_a_shore():
    # Lava touches water in the east; the shore in the west is one step farther.
    assert move_of("greedy", "..... .#### ~..!~ .#### .....", food=9, water=8) == Move.WEST


def test_greedy_takes_the_other_goal_where_the_scarcer_cannot_be_reached():
    picture = "..... .~... ..... ####. F###!"
    assert move_of("greedy", picture, food=1, water=9) == Move.WEST


def test_greedy_ignores_water_outside_the_crop():
    # The forest is walled in: no goal is known, so it is careful (draw 0: stay).
    assert move_of("greedy", "..... ..... ..... ###.. F##..", food=9, water=1) == Move.STAY


def test_greedy_is_careful_where_it_knows_no_goal():
    moves = moves_over_draws("greedy", "... ..! ...")
    assert [moves.count(move) for move in Move] == [15, 0, 15, 15, 15]


# -- Attack ---------------------------------------------------------------------------------

FIGHT = [
    # agent, health, reach, melee, range, mage
    (0, 10, 0, 0, 0, 0),
    (0, 9, 1, 1, 1, 1),
    (0, 4, 2, 0, 1, 1),
    (0, 4, 3, 0, 0, 1),
    (0, 2, 3, 0, 0, 0),  # immune
]


@pytest.mark.parametrize("name", ["random", "careful", "greedy", "fighter"])
@pytest.mark.parametrize(
    ("draw", "style", "target"),
    [(0.0, Style.MELEE, 1), (0.34, Style.RANGE, 2), (ALMOST_1, Style.MAGE, 2)],
)
def test_a_style_is_drawn_and_the_weakest_there_is_attacked(name, draw, style, target):
    obs = observe([crop("... ... ...")], draws=[(0, draw, 0)], rows=FIGHT)
    actions = SCRIPTED[name](obs)
    assert (actions.style[0], actions.target[0]) == (style, target)


def test_only_styles_that_reach_somebody_are_drawn():
    rows = [FIGHT[0], FIGHT[3]]
    obs = observe([crop("... ... ...")], rows=rows)
    actions = SCRIPTED["careful"](obs)
    assert (actions.style[0], actions.target[0]) == (Style.MAGE, 1)


def test_nobody_in_reach_means_no_attack():
    actions = SCRIPTED["careful"](observe([crop("... ... ...")]))
    assert (actions.style[0], actions.target[0]) == (Style.NONE, 0)


def test_still_stays_and_attacks_nobody():
    actions = SCRIPTED["still"](observe([crop("... .F. ...")], rows=FIGHT))
    assert (actions.move[0], actions.style[0]) == (Move.STAY, Style.NONE)


# -- Fighters -------------------------------------------------------------------------------

# Itself in the middle of 5 × 5 tiles, and one NPC; the cell is 5 × row + column.
GRASS = "..... ..... ..... ..... ....."
FULL = 0.5  # the feature of a full store


def facing(cell, kind, level, picture=GRASS, health=100, store=FULL, can_attack=0):
    """Let a fighter act that sees one NPC."""
    reach = max(abs(cell // 5 - 2), abs(cell % 5 - 2))
    rows = [(0, 10, 0, 0, 0, 0), (0, 10, reach, can_attack, 0, 0)]
    obs = observe([crop(picture)], [1], [1], rows=rows, npcs=[(12, 0, 0), (cell, kind, level)])
    obs.ent["health"], obs.own[:] = health, store
    actions = SCRIPTED["fighter"](obs)
    return Move(actions.move[0]), Style(actions.style[0])


# Level 1: power 8, so 50 hits of 2 against 100 health, while it takes 50 × 8 = 400.
@pytest.mark.parametrize(
    ("kind", "level", "health", "move"),
    [
        (Kind.PASSIVE, 5, 1, Move.EAST),  # it never hits back
        (Kind.NEUTRAL, 1, 400, Move.STAY),  # careful with draw 0
        (Kind.NEUTRAL, 1, 401, Move.EAST),
        (Kind.HOSTILE, 1, 400, Move.WEST),  # it would fall with the last hit
        (Kind.HOSTILE, 1, 401, Move.EAST),
    ],
)
def test_a_fighter_hunts_what_it_beats_and_flees_from_the_hostile_that_it_does_not(
    kind, level, health, move
):
    assert facing(14, kind, level, health=health) == (move, Style.NONE)


@pytest.mark.parametrize(
    ("levels", "style"),
    [((1, 1, 1), Style.MELEE), ((1, 2, 2), Style.RANGE), ((2, 2, 3), Style.MAGE)],
)
def test_a_fighter_with_skills_attacks_in_the_style_of_its_highest_level(levels, style):
    rows = [(0, 10, 0, 0, 0, 0), (0, 10, 1, 1, 1, 1)]
    obs = observe(
        [crop(GRASS)], [1], [1], rows=rows, npcs=[(12, 0, 1, 0), (13, Kind.PASSIVE, 1, 0)],
        standing=[(*levels, *5 * [1], 0)],
    )  # fmt: skip
    assert SCRIPTED["fighter"](obs).style[0] == style


def test_a_fighter_hunts_if_at_least_half_of_its_stores_is_left():
    assert facing(14, Kind.PASSIVE, 1, store=0) == (Move.EAST, Style.NONE)
    assert facing(14, Kind.PASSIVE, 1, store=-0.01) == (Move.STAY, Style.NONE)


def test_a_fighter_hits_what_it_beats_while_it_forages():
    forest = "..... ..F.. ..... ..... ....."
    assert facing(14, Kind.PASSIVE, 1, forest, can_attack=1) == (Move.NORTH, Style.MELEE)


@pytest.mark.parametrize("kind", [Kind.NEUTRAL, Kind.HOSTILE])
def test_a_fighter_never_attacks_what_it_does_not_beat(kind):
    assert facing(14, kind, 5, can_attack=1)[1] == Style.NONE


def test_a_fighter_shortens_the_longer_way_and_of_equal_ones_takes_the_first_move():
    # Cell 9 lies 1 tile north and 2 east; cell 4 lies 2 north and 2 east.
    assert facing(9, Kind.PASSIVE, 1)[0] == facing(4, Kind.PASSIVE, 1)[0] == Move.EAST


def test_a_fighter_steps_on_safe_tiles_alone():
    walled = "..... ..... .~.!. ..... ....."
    assert facing(14, Kind.PASSIVE, 1, walled)[0] == Move.STAY  # north or south is no nearer
    assert facing(14, Kind.HOSTILE, 9, walled)[0] == Move.SOUTH  # 5 > 4, as north: the first


def test_a_fighter_minds_the_nearest():
    rows = [(0, 10, 0, 0, 0, 0), (0, 10, 2, 0, 0, 0), (0, 10, 1, 0, 0, 0)]
    npcs = [(12, 0, 0), (14, 3, 9), (11, 3, 9)]  # two tiles east, and one tile west
    obs = observe([crop(GRASS)], [1], [1], rows=rows, npcs=npcs)
    assert SCRIPTED["fighter"](obs).move[0] == Move.EAST


@pytest.mark.parametrize("name", ["fighter", "gatherer"])
def test_agents_equal_their_plain_twin_with_all_kinds_of_items(name):
    realms = Realms(preset("saga16").replace(map_size=40, births=4), seed=4)
    rng, deals = np.random.default_rng(1), 0
    for tick in range(90):
        if tick % 4 == 0:
            fill_bags(realms, rng)
        actions = SCRIPTED[name](realms.observation)
        twin = naive_scripted.play(name, realms.observation)
        assert naive_scripted.equal(actions, twin) == len(realms.observation)
        deals += np.count_nonzero(actions.deal)
        realms.step(actions)
    assert deals > 80


def test_traders_equal_their_plain_twin_and_trade():
    realms = Realms(preset("saga16").replace(map_size=40, births=4), seed=4, indices=(0, 1))
    rng, traded = np.random.default_rng(1), np.zeros(42, int)
    for tick in range(amount(160, 48)):
        if tick % 8 == 0:
            fill_bags(realms, rng)
            realms.state.purses["gold"][:] = rng.integers(0, 12, (2, 16))
            realms.observe()
        for name in ("fighter", "gatherer", "trader"):
            actions = SCRIPTED[name](realms.observation)
            twin = naive_scripted.play(name, realms.observation)
            assert naive_scripted.equal(actions, twin) == len(realms.observation)
        traded += np.bincount(actions.trade, minlength=42)
        realms.step(actions)
    assert traded[1:13].sum() > amount(50, 15)
    assert traded[26:].sum() > amount(10, 3)


def fill_bags(realms, rng):
    """Give all agents items of any kind and level 1 or 2, not worn, in half of their places."""
    bags, alive = realms.state.bags[0], realms.state.agents["alive"][0, :16]
    bags["worn"][alive] = 0
    bags["kind"][alive] = rng.integers(1, 17, (alive.sum(), 12)) * rng.integers(0, 2, (1, 12))
    bags["level"][alive] = rng.integers(1, 3, (alive.sum(), 12)) * (bags["kind"][alive] > 0)
    bags["quantity"][alive] = bags["kind"][alive] > 0
    realms.observe()


@pytest.mark.parametrize("name", ["fighter", "gatherer"])
def test_agents_equal_their_plain_twin_among_npcs(name):
    realms = Realms(preset("saga32").replace(map_size=45, npcs=60), seed=3, indices=(0, 1))
    compared, obs = 0, realms.observation
    for _ in range(amount(60, 20)):
        actions = SCRIPTED[name](obs)
        compared += naive_scripted.equal(actions, naive_scripted.play(name, obs))
        realms.step(actions)
        obs = realms.observation
    assert compared > amount(500, 100)


# -- Gatherers ------------------------------------------------------------------------------


def gathering(picture, resource=0, store=FULL):
    """Say where a gatherer of ore (0), trees, crystals, herbs or fish (4) goes."""
    obs = observe([crop(picture)], [9], [9])
    obs.ent["id"], obs.own[:] = 10 + resource, store
    return Move(SCRIPTED["gatherer"](obs).move[0])


@pytest.mark.parametrize(
    ("picture", "resource", "move"),
    [
        ("o.... ..... ...t. ..... .....", 0, Move.WEST),  # its own, though another is nearer
        ("o.... ..... ...t. ..... .....", 1, Move.EAST),
        ("o.... ..... ...t. ..... .....", 3, Move.EAST),  # none of its own: the nearest
        ("..... ..... ..o.. ..... .....", 0, Move.STAY),
        ("..... ..... ..... ..... ..-..", 0, Move.SOUTH),  # there it waits
        ("..... ..... ..-.. ..... .....", 0, Move.STAY),
        ("..... ..... ..-.. ..... h....", 0, Move.SOUTH),  # any resource before waiting
        ("..... ..... ..... ....f .....", 4, Move.EAST),
        ("..... ..... ...f. ..... .....", 4, Move.STAY),
        ("..... ..... ...f. ..... .....", 0, Move.STAY),
        ("..... ..... ...=. ..... .....", 4, Move.STAY),
    ],
)
def test_a_gatherer_goes_to_its_resource_or_any_or_waits(picture, resource, move):
    assert gathering(picture, resource) == move


def test_a_gatherer_short_of_food_or_water_forages():
    assert gathering("o.... ..... ...F. ..... .....", store=-0.1) == Move.EAST


def test_fish_and_ocean_are_water_for_all():
    for letter in "~f=":
        assert move_of("greedy", f"..... ..... ..... ....{letter} .....", 9, 1) == Move.EAST


# -- Twin -----------------------------------------------------------------------------------

KINDS = st.lists(
    st.sampled_from([*Tile, Tile.GRASS, Tile.GRASS, Tile.SCRUB]), min_size=25, max_size=25
)
DRAWS = st.sampled_from([0.0, 0.2, 0.25, 1 / 3, 0.5, 0.6, 2 / 3, 0.75, 0.8, ALMOST_1])
ROW = st.tuples(st.sampled_from([1, 2, 10]), st.integers(1, 3), *[st.booleans()] * 3)


@st.composite
def observations(draw):
    """Draw a few agents with few distinct values each, so that ties are common."""
    n = draw(st.integers(0, 3))
    stores = st.lists(st.integers(1, 2), min_size=n, max_size=n)
    rows = []
    for i in range(n):
        rows.append((i, 10, 0, 0, 0, 0))
        rows += [(i, *row) for row in draw(st.lists(ROW, max_size=4))]
    crops = [np.reshape(draw(KINDS), (5, 5)) for _ in range(n)]
    draws = [(draw(DRAWS), draw(DRAWS), 0.0) for _ in range(n)]
    crops = np.reshape(crops, (n, 5, 5))
    return observe(crops, draw(stores), draw(stores), np.reshape(draws, (n, 3)), rows)


@pytest.mark.parametrize("name", ["random", "careful", "greedy", "fighter", "gatherer"])
@settings(deadline=None)
@given(obs=observations())
def test_scripted_agents_equal_their_plain_twin(name, obs):
    actions, twin = SCRIPTED[name](obs), naive_scripted.play(name, obs)
    assert naive_scripted.equal(actions, twin) == len(obs)


@pytest.mark.parametrize("name", sorted(SCRIPTED))
def test_the_world_as_observed_is_left_as_it_was(name):
    obs = observe([crop("..~ .F. ...")], rows=FIGHT)
    before = (obs.tiles.copy(), obs.others.copy(), obs.draws.copy())
    SCRIPTED[name](obs)
    assert all(map(np.array_equal, before, (obs.tiles, obs.others, obs.draws)))
