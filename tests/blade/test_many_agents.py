"""Worlds of many agents: who sees whom, wherever they stand, and equal bits for thousands."""

import hashlib

import numpy as np
import pytest

from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.space import cut_map
from forge.blade.state import digest
from forge.blade.streams import POLICY
from forge.config import Chaos
from tests.blade.worlds import field
from tests.jit import amount

LARGE = Chaos(
    max_agents=4000, births=400, populations=5, map_size=300, border=9, immunity=3, maps=10
)
WEAKEST = LARGE.replace(
    max_agents=1500, births=150, map_size=270, radius=12, auto_target=True, friendly_fire=False
)
LAW = LARGE.replace(combat=False, map_size=400)
ONE_REGION = LARGE.replace(map_size=120, max_agents=1500)
FEW = WEAKEST.replace(max_agents=150, births=150, map_size=150)

# Of observation and state after so many ticks, when the sets of who is north and west of a line
# were as long as there are slots: what is faster since must be the same.
EXPECTED = [
    (FEW, 1, "78b704b7dd763cf3 c4c623e70621686a6126bda1b9d5ba73"),
    (WEAKEST, 24, "1e4f7c44f3be4c1c cfff6206585300d3a6848511a17937d5"),
    (LARGE, 24, "257906fe850fa4e3 d010f233447b418e2cd7a4e6844e8096"),
    (LAW, 24, "c664842d8da6105c be9af72e4369e3fef00f6c430d23ba1f"),
    (ONE_REGION, 24, "721057e5521bfd6f 648bb8f3e766e9b8667318d9656c7032"),
]


def chosen(obs, rng):
    """Choose any move, any style and any row, but not by the draws of the observation."""
    moves, styles, rows = rng.random((3, len(obs)))
    targets = (rows * np.diff(obs.offsets)).astype(int)
    return Actions((moves * 5).astype(int), (styles * 4).astype(int) - 1, targets)


def fingerprint(realms):
    """Hash all that is observed, and the whole state, but for the draws and their streams."""
    obs, total = realms.observation, hashlib.blake2b(digest_size=8)
    for name in [name for name in obs.__slots__[:-1] if name != "draws"]:
        total.update(np.ascontiguousarray(getattr(obs, name)).view(np.uint8).data)
    streams = realms.state.streams.copy()
    streams[:, POLICY] = 0
    return f"{total.hexdigest()} {digest(realms.state._replace(streams=streams))}"


@pytest.mark.parametrize(("config", "ticks", "expected"), amount(EXPECTED, EXPECTED[:1]))
def test_thousands_see_and_do_what_they_did_when_all_were_searched(config, ticks, expected):
    realms, rng = Realms(config, 5, (2, 9)), np.random.default_rng(0)
    for _ in range(ticks):
        realms.step(chosen(realms.observation, rng))
    assert fingerprint(realms) == expected


# -- Who sees whom, again, slowly ----------------------------------------------------------------


@pytest.fixture(params=[0, 256], ids=["in regions", "in one region"])
def few(request, monkeypatch):
    """Cut maps with a side of 129 to 256 into regions, as for many agents, or leave them whole."""
    monkeypatch.setattr("forge.blade.space.FEW", request.param)
    sides = {size: cut_map(Chaos(max_agents=100, map_size=size)).shape for size in (128, 129, 257)}
    assert sides == {128: (1, 1), 129: (1, 1) if request.param else (3, 3), 257: (5, 5)}


@pytest.mark.parametrize(
    ("size", "agents", "npcs", "regions"),
    [(256, 256, 0, 1), (256, 257, 0, 4), (257, 256, 0, 5), (256, 128, 128, 1), (256, 128, 129, 4)],
)
def test_a_map_of_256_tiles_is_one_region_if_up_to_256_can_live(size, agents, npcs, regions):
    config = Chaos(max_agents=agents, births=9, npcs=npcs, map_size=size)
    assert cut_map(config).shape == (regions, regions)


def standing(places, radius=7, size=150, border=2):
    """Let agents stand at these rows and columns of a map of grass, by slot."""
    E, reach = len(places), {f"{style}_reach": 1 for style in ("melee", "range", "mage")}
    config = Chaos(max_agents=E, births=E, populations=1, map_size=size, border=border)
    config = config.replace(radius=radius, **reach)
    realms = Realms(config, terrain=field(config)[None])
    agents, crowd = realms.state.agents[0], realms.state.crowd[0]
    agents["row"], agents["col"] = np.array(places).T
    pad, crowd[:] = max(0, radius - border), 0
    np.add.at(crowd, (agents["row"] + pad, agents["col"] + pad), 1)
    realms.observe()
    return realms


def compared(realms):
    """Compare who is seen, and where, with a search through all; return the number of rows."""
    obs, radius = realms.observation, realms.config.radius
    at = np.stack([obs.ent["row"], obs.ent["col"]], 1).astype(int)
    for e in range(len(obs)):
        away = at - at[e]
        near = np.flatnonzero(np.abs(away).max(1) <= radius)
        slots = [e, *near[near != e]]
        rows = slice(obs.offsets[e], obs.offsets[e + 1])
        assert obs.slot[rows].tolist() == slots
        assert obs.cell[rows].tolist() == ((away + radius) @ (2 * radius + 1, 1))[slots].tolist()
        assert obs.reach[rows].tolist() == np.abs(away).max(1)[slots].tolist()
        assert len(slots) == obs.crowd[e].sum()
    return len(obs.slot)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("radius", "size"), [(1, 200), (7, 128), (7, 129), (7, 150), (31, 150)])
def test_all_in_the_crop_are_seen_wherever_they_stand(radius, size):
    places = np.random.default_rng(size).integers(2, size - 2, (100, 2))
    assert compared(standing(places, radius, size)) >= 100


@pytest.mark.parametrize("radius", [8, 31])
def test_a_crop_wider_than_the_map_shows_all(radius):
    places = np.random.default_rng(0).integers(2, 7, (66, 2))
    assert compared(standing(places, radius, size=9)) == 66**2


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("spot", [(2, 2), (147, 147), (63, 64)])
def test_more_than_64_on_one_tile_see_all_of_each_other(spot):
    assert compared(standing([spot] * 66)) == 66**2


@pytest.mark.usefixtures("few")
def test_sets_of_three_words_hold_a_crowd():
    assert compared(standing([(80, 80)] * 129)) == 129**2


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("radius", [7, 31])
def test_those_on_both_sides_of_the_edge_of_a_region_see_each_other(radius):
    lines = [2, 63 - radius, 62, 63, 64, 64 + radius, 127 + radius, 127, 128, 197]
    places = [(row, col) for row in lines for col in lines]
    assert compared(standing(places, radius, size=200)) > len(places)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("column", [60, 147])
def test_a_line_of_agents_along_the_whole_map_is_seen(column):
    places = [(row, column) for row in range(2, 148)]
    # 146 in a row see 15 each, less 7, 6 … 1 at both ends.
    assert compared(standing(places)) == 146 * 15 - 2 * 28


@pytest.mark.usefixtures("few")
def test_regions_without_an_agent_are_skipped_and_looked_at_again():
    realms = standing([(20, 20)] * 66)
    realms.state.agents[0]["row"] = 120
    realms.state.crowd[0] = np.roll(realms.state.crowd[0], 100, axis=0)
    realms.observe()
    assert compared(realms) == 66**2


@pytest.mark.usefixtures("few")
def test_who_is_seen_does_not_depend_on_the_realms_beside():
    places = np.random.default_rng(1).integers(9, 141, (70, 2))
    config = Chaos(max_agents=70, births=70, map_size=150)
    realms = Realms(config, 3, (0, 1, 2), terrain=np.stack([field(config)] * 3))
    realms.state.agents["row"][1], realms.state.agents["col"][1] = places.T
    seen = realms.observe()
    rows = np.flatnonzero(np.repeat(seen.realm, np.diff(seen.offsets)) == 1)
    near = np.abs(places[:, None] - places[None]).max(2) <= 7
    others = [np.flatnonzero(near[e] & (np.arange(70) != e)) for e in range(70)]
    assert seen.slot[rows].tolist() == [slot for e in range(70) for slot in (e, *others[e])]
