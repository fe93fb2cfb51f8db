"""A system that is off changes nothing and takes nothing: these values were written before it."""

import hashlib

import pytest

from forge.blade import Chaos, Law, Realms, Saga, preset
from forge.blade.recording.content import schema
from forge.blade.rules import scratch
from forge.blade.scripted import SCRIPTED, fighter, greedy
from forge.blade.space import allocate
from forge.ethyr.pack import digest, pack
from tests.jit import amount

ARRAYS = (
    "ent", "tiles", "crowd", "own", "can_move", "offsets", "others", "who", "slot", "cell", "reach",
    "can_attack", "draws",
)  # fmt: skip
BEFORE = {  # the world, its observations, and its packed snapshot
    "law16": (
        "afc472f3a1a60757b5ece986f80987ca",
        "55f4167375e73cc8",
        "84cc083880ff2cc6b1cd54895c75fae6",
    ),
    "chaos16": (
        "dc4052266a8ff0f59c3c4214444b3b71",
        "e6b14bc5edbeb3b2",
        "c88d40a2e34d2ecabc1d63195170abf8",
    ),
}


@pytest.mark.parametrize("name", BEFORE)
def test_worlds_without_npcs_are_what_they_were_before_there_were_any(name):
    realms = Realms(preset(name).replace(map_size=40, births=4), 7, (0, 3))
    seen = hashlib.blake2b(digest_size=8)
    for _ in range(150):
        realms.step(greedy(realms.observation))
        for array in ARRAYS:
            seen.update(getattr(realms.observation, array).tobytes())
    found = realms.digest(), seen.hexdigest(), digest(pack(realms.snapshot()))
    assert found == BEFORE[name]


def test_recordings_without_npcs_are_laid_out_as_before():
    assert schema(preset("chaos16").replace(map_size=40)) == "296710ba668c65b0"


def test_worlds_with_npcs_but_without_skills_are_what_they_were_before_there_were_any():
    config = Chaos(
        npcs=20, max_agents=16, populations=2, map_size=40, births=4, health=100, melee_reach=3,
        range_reach=3,
    )  # fmt: skip
    realms, seen = Realms(config, 7, (0, 3)), hashlib.blake2b(digest_size=8)
    for _ in range(150):
        realms.step(fighter(realms.observation))
        for array in (*ARRAYS, "traits"):
            seen.update(getattr(realms.observation, array).tobytes())
    found = realms.digest(), seen.hexdigest(), digest(pack(realms.snapshot()))
    assert found == (
        "83a7d7269527d344c7e3c8f4bf368323",
        "84a62c10cec31583",
        "b916e7206a5ddb9df2cf2aef973a7970",
    )


CARRYING = Saga(
    max_agents=16,
    populations=2,
    npcs=20,
    map_size=40,
    births=4,
    professions=False,
    market=False,
    words=0,
    quests="",
)
LADEN = Chaos(
    npcs=20, max_agents=16, populations=2, map_size=40, births=4, health=100, melee_reach=3,
    range_reach=3, skills=True, items=True,
)  # fmt: skip
PINS = [
    (CARRYING, "a875e8476455169e34a3509d9d67ddaa", "149c981a50b45f58",
     "c3ae95c3c800f998af2e3559b5b02582", "ebede88388bb8d00"),
    (LADEN, "b74177ca4f121085e0976fbcd2d110fc", "0c5caaf7d85f4ecd",
     "5e514e3bffbc07afefa9944c44797bfc", "ebede88388bb8d00"),
]  # fmt: skip


@pytest.mark.parametrize("pinned", amount(PINS, PINS[:1]))
def test_worlds_with_items_alone_are_what_they_were_before_there_was_more(pinned):
    config, *pins = pinned
    realms, seen = Realms(config, 7, (0, 3)), hashlib.blake2b(digest_size=8)
    for _ in range(150):
        realms.step(fighter(realms.observation))
        for array in (*ARRAYS, "traits", "standing", "inventory", "quantity", "can_deal"):
            seen.update(getattr(realms.observation, array).tobytes())
    found = realms.digest(), seen.hexdigest(), digest(pack(realms.snapshot())), schema(config)
    assert found == tuple(pins)


SMALL = {"max_agents": 16, "populations": 2, "map_size": 40, "births": 4, "quests": ""}
RICH = {"npcs": 20, "clusters": 30, "singles": 60, **SMALL}
SEEN = (
    *(*ARRAYS, "traits", "standing", "inventory", "quantity", "can_deal", "gold", "wealth"),
    *("can_trade", "can_receive", "market", "heard", "can_say"),
)
BEFORE_QUESTS = [  # the world, its observations, its events, its lives, its packed snapshot
    (Saga(**RICH), "72a3c60026c8d7fb0b969d105948e7f3", "0fa805e1b35a53d3", "a6a83113e3bb5d50",
     "6e2bed0fc9e6e027", "b0bbdb4fedb1f5cb01ad351cc515a98a"),
    (Saga(market=False, **RICH), "5983e89f947e96b2ad3bdcb459e1bcdf", "862b55fe5ad70dfa",
     "a6a83113e3bb5d50", "3d46b1161c5a4dc5", "2a476b21e608bfc4ed0be0afe6e9ae12"),
    (Law(words=5, **SMALL), "06b77ac4d701105fee4a52f29083d972", "321710b42832f644",
     "7cd004074382d6c8", "39c371d086dbf2ff", "af921d998b516b4ff10aaebe9e78d647"),
    (Chaos(npcs=20, skills=True, **SMALL), "a95ac71c2f9b6b2377eaef765c031861", "4d964ecb50d9db13",
     "374f74c2235f1540", "9c49ee5492c3d893", "414bad32bb674957b9fe85484342c9e2"),
]  # fmt: skip


@pytest.mark.parametrize("kept", amount([False, True], [True]))
@pytest.mark.parametrize("pinned", amount(BEFORE_QUESTS, BEFORE_QUESTS[:1]))
def test_worlds_without_quests_are_what_they_were_before_there_were_any(pinned, kept):
    config, *pins = pinned
    realms = Realms(config, 7, (0, 3))
    realms.keep_happenings(kept)
    seen, told = hashlib.blake2b(digest_size=8), hashlib.blake2b(digest_size=8)
    for tick in range(150):
        events = realms.step(SCRIPTED["trader" if tick % 2 else "gatherer"](realms.observation))
        for name in events.dtype.names:
            told.update(events[name].tobytes() if name != "quest" else b"")
        for name in SEEN:
            seen.update(getattr(realms.observation, name).tobytes())
    lives = hashlib.blake2b(realms.take_lives().tobytes(), digest_size=8).hexdigest()
    found = realms.digest(), seen.hexdigest(), told.hexdigest(), lives
    assert (*found, digest(pack(realms.snapshot()))) == tuple(pins)


def test_quests_and_rows_take_no_memory_where_there_are_none():
    realms = Realms(Saga(quests=""), 0)
    working = realms._scratch
    off = realms.state.quests, realms.observation.quest, realms._ended.quests, realms._happened
    assert sum(it.nbytes for it in (*off, working.noted, working.quests, working.odds)) == 0
    assert "quests" not in realms.snapshot()


def test_skills_take_no_memory_where_there_are_none():
    realms = Realms(Chaos(npcs=4), 0)
    assert realms.state.skills.nbytes == realms.observation.standing.nbytes == 0
    assert realms._ended.skills.nbytes == 0
    assert "skills" not in realms.snapshot()
    realms = Realms(Chaos(), 0)
    assert realms.observation.traits.nbytes == allocate(realms.config).traits.nbytes == 0


def test_items_take_no_memory_where_there_are_none():
    realms = Realms(Chaos(skills=True), 0)
    obs = realms.observation
    off = realms.state.bags, realms.state.ledger, realms._ended.bags
    assert sum(it.nbytes for it in (*off, obs.inventory, obs.quantity, obs.can_deal)) == 0
    assert not {"bags", "ledger"} & set(realms.snapshot())


def test_npcs_take_no_memory_where_there_are_none():
    realms = Realms(Chaos(), 0)
    assert realms.state.npcs.nbytes == realms.observation.traits.nbytes == 0
    working = scratch(realms.config, 1)
    assert working.free.nbytes == working.prey.nbytes == 0
    space = allocate(realms.config)
    assert space.everyone.nbytes == space.traits.nbytes == 0
    assert "npcs" not in realms.snapshot()
