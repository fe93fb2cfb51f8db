"""Realms as a whole: determinism, snapshots, bad input."""

import itertools
import os
import re
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest

from forge.blade.items import Item
from forge.blade.observation import Actions
from forge.blade.realm import ActionError, Realm, Realms
from forge.blade.records import LIFE
from forge.blade.terrain import MapError
from forge.blade.tiles import Tile
from forge.blade.trades import GOLD
from forge.blade.validity import SnapshotError
from forge.config import Chaos, ConfigError, Saga
from tests.blade.naive import Naive
from tests.blade.worlds import BORDER, SIZE, field, play, serve_from, settle, world
from tests.jit import amount

TICKS = amount(1000, 60)
CONFIG = Chaos(map_size=32, border=3, max_agents=16, populations=2, births=2)
MOVING = CONFIG.replace(map_epochs=1)


def chance_actions(obs):
    """Act as the draws of the observation say: any move, any style, any row."""
    rows = np.diff(obs.offsets)
    draws = obs.draws.T
    return Actions(
        (draws[0] * 5).astype(int), (draws[1] * 4).astype(int) - 1, (draws[2] * rows).astype(int)
    )


def run(realms, ticks=20):
    """Play ticks of chance actions; return the digest."""
    for _ in range(ticks):
        realms.step(chance_actions(realms.observation))
    return realms.digest()


def digest_of_a_process(hash_seed):
    code = "from tests.blade.test_realm import *; print(run(Realms(CONFIG, 5, (0, 1)), TICKS))"
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_two_processes_with_different_hash_seeds_agree_after_1000_ticks():
    digests = {digest_of_a_process(hash_seed) for hash_seed in (1, 2)}
    assert digests == {run(Realms(CONFIG, 5, (0, 1)), TICKS)}


def test_another_seed_gives_another_world():
    assert run(Realms(CONFIG, 5)) != run(Realms(CONFIG, 6))


def test_a_realm_does_not_depend_on_those_beside_it():
    batch = Realms(CONFIG, 5, (3, 8, 4))
    alone = [Realms(CONFIG, 5, (index,)) for index in batch.indices]
    run(batch)
    for w, realm in enumerate(alone):
        run(realm)
        for name, array in realm.snapshot().items():
            assert array[0].tobytes() == batch.snapshot()[name][w].tobytes()


def test_realm_i_starts_on_map_i_modulo_maps():
    realms = Realms(CONFIG.replace(maps=3), 0, (0, 4, 5, 6))
    assert realms.maps == (0, 1, 2, 0)
    assert realms.state.clock["map"].tolist() == [0, 1, 2, 0]


def test_a_map_can_be_chosen():
    held_out, given = Realm(CONFIG, map_number=10_000), Realm(CONFIG, 0, 0)
    assert held_out.state.clock["map"].tolist() == [10_000]
    assert (held_out.state.tiles != given.state.tiles).any()


def test_reset_starts_anew():
    realms = Realms(CONFIG, 5)
    fresh = realms.digest()
    assert run(realms) != fresh
    realms.reset()
    assert realms.digest() == fresh
    assert len(realms.take_lives()) == 0


def test_a_restored_snapshot_goes_on_as_the_original_did():
    realms = Realms(CONFIG, 5, (0, 1))
    run(realms)
    snapshot = realms.snapshot()
    there = run(realms)
    for other in (realms, Realms(CONFIG, 77, (0, 1))):
        other.restore(snapshot)
        assert run(other) == there


def test_a_snapshot_is_a_copy():
    realms = Realms(CONFIG, 5)
    snapshot = realms.snapshot()
    before = {name: array.tobytes() for name, array in snapshot.items()}
    run(realms)
    assert {name: array.tobytes() for name, array in snapshot.items()} == before


def test_restoring_observes():
    realms = Realms(CONFIG, 5)
    run(realms)
    snapshot, seen = realms.snapshot(), realms.observation.others.copy()
    run(realms)
    assert realms.restore(snapshot).others.tolist() == seen.tolist()


@pytest.mark.parametrize("fault", ["missing", "shape", "dtype"])
def test_a_snapshot_of_other_realms_is_refused_and_changes_nothing(fault):
    realms, snapshot = Realms(CONFIG, 5), Realms(CONFIG, 6).snapshot()
    before, crowd = realms.digest(), snapshot.pop("crowd")
    if fault != "missing":
        snapshot["crowd"] = crowd[:, 1:] if fault == "shape" else crowd.astype(np.int64)
    with pytest.raises(ValueError, match="crowd"):
        realms.restore(snapshot)
    assert realms.digest() == before


@pytest.mark.parametrize(
    ("move", "style", "target", "message"),
    [
        (5, -1, 0, "move 5"),
        (-1, -1, 0, "move -1"),
        (0, 3, 0, "style 3"),
        (0, -2, 0, "style -2"),
        (0, 0, 2, "target 2"),
        (0, 0, -2, "target -2"),
    ],
)
def test_an_action_that_does_not_exist_is_refused(move, style, target, message):
    realms = world({}, {})
    before = realms.digest()
    actions = Actions(np.array([0, move]), np.array([-1, style]), np.array([0, target]))
    with pytest.raises(ActionError, match=f"realm 0, agent 1: {message}"):
        realms.step(actions)
    assert realms.digest() == before


@pytest.mark.parametrize("moves", [[0], [0, 0, 0], [[0, 0]], [0.0, 0.0], [True, False]])
def test_actions_of_another_shape_or_kind_are_refused(moves):
    realms = world({}, {})
    still = Actions.stay(2)
    with pytest.raises(ActionError, match=r"actions\.move must be integers of shape \(2,\)"):
        realms.step(Actions(np.array(moves), still.style, still.target))


@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64, np.uint8])
def test_any_integers_are_taken_as_actions(kind):
    realms = world({}, {})
    still = Actions.stay(2)
    realms.step(Actions(np.ones(2, kind), still.style, np.zeros(2, kind)))
    assert realms.state.agents["col"][0, :2].tolist() == [11, 11]


@pytest.mark.parametrize("target", [-1, 0])
def test_a_style_without_a_target_attacks_nobody(target):
    realms = world({}, {})
    events = realms.step(Actions(np.zeros(2, int), np.zeros(2, int), np.full(2, target)))
    assert events.hits.tolist() == [0, 0]


def test_events_come_in_the_order_of_the_observation_acted_on():
    realms = Realms(CONFIG, 5, (0, 1))
    run(realms, 30)
    acted_on = realms.observation.ent["id"].copy()
    events = realms.step(chance_actions(realms.observation))
    dead = acted_on[events.died].tolist()
    assert sorted(realms.take_lives()["id"][-len(dead) :].tolist()) == sorted(dead) != []


def test_a_map_too_many_is_refused():
    config = world().config
    with pytest.raises(MapError, match="2 maps were given for 1 realms"):
        Realms(config, terrain=np.stack([field(config)] * 2))


def test_a_map_that_cannot_be_used_is_refused():
    config = world().config
    with pytest.raises(MapError):
        Realms(config, terrain=field(config, {(BORDER, SIZE // 2): Tile.STONE})[None])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda maps: maps.astype(float) + 0.9, "the map holds float64: kinds .* whole numbers"),
        (lambda maps: maps > 0, "the map holds bool"),
        (lambda maps: maps.astype(int) + 256, "kind 256 at row 0, column 0: kinds of tiles are 0"),
        (lambda maps: maps.astype(int) - 1, "kind -1 at row 0, column 0"),
        (lambda maps: maps[0], "terrain has 2 dimensions, not 3"),
        (lambda maps: [maps[0].tolist(), [[1]]], "terrain is no array"),
    ],
)
def test_a_map_of_other_numbers_is_refused(change, said):
    config = world().config
    with pytest.raises(MapError, match=said):
        Realms(config, terrain=change(field(config)[None]))


def test_any_integers_make_a_map():
    config = world().config
    maps = field(config)[None]
    realms = [Realms(config, terrain=given) for given in (maps, maps.astype(int), maps.tolist())]
    assert len({each.digest() for each in realms}) == 1


@pytest.mark.parametrize("compiled", [np.ones(2, bool), np.ones(1), [1], True])
def test_a_mask_of_other_realms_is_refused(compiled):
    realms = world()
    with pytest.raises(ValueError, match=r"compiled is bool \(1,\), one per realm"):
        realms.bear(compiled)


def test_actions_of_another_type_are_refused():
    with pytest.raises(ActionError, match=r"actions are an Actions\(move, style, target, deal"):
        world({}).step([0])


def test_editing_who_lives_without_observing_is_refused():
    realms = world({}, {})
    actions = Actions.stay(2)
    settle(realms, 2)
    with pytest.raises(ActionError, match="3 agents live, but 2 were observed: call observe"):
        realms.step(actions)


def test_a_given_map_is_copied():
    config = world().config.replace(births=1)
    terrain = field(config)[None]
    realms = Realms(config, terrain=terrain)
    realms.state.tiles[:] = Tile.STONE
    assert (terrain[0] == field(config)).all()


def test_living_counts_populations():
    realms = world({"population": 1}, {"population": 1}, {"population": 0})
    assert realms.living(0).tolist() == [1, 2]


ORDERS = [(start, downwards) for start in range(5) for downwards in (False, True)]


def eaters(standing):
    """Tell who of those standing on one forest tile harvests it, for each serving order."""
    found = []
    for start, downwards in ORDERS:
        agents = [{"at": (10, 10) if slot in standing else (5, 5)} for slot in range(5)]
        realms = world(*agents, max_agents=5, tiles={(10, 10): Tile.FOREST})
        serve_from(realms, start, downwards)
        events = play(realms)
        found += [slot for slot in standing if events[slot].harvested]
    return found


def test_of_all_on_one_tile_the_slot_served_first_harvests():
    assert eaters(range(5)) == [start for start, _ in ORDERS]


@pytest.mark.parametrize("pair", list(itertools.combinations(range(5), 2)))
def test_of_a_pair_on_one_tile_either_harvests_in_half_of_all_orders(pair):
    # Five starts in two directions are ten equally likely orders.
    assert sorted(eaters(pair)) == [pair[0]] * 5 + [pair[1]] * 5


def test_start_and_direction_are_drawn_every_tick_also_in_law():
    realms = world(combat=False, max_agents=5)
    naive = Naive(realms.config, [], realms.state.streams[0, 0], realms.state.streams[0, 1])
    for _ in range(3):
        naive.serving_order()
        realms.step(Actions.stay(0))
        assert realms.state.streams[0, 0].tolist() == naive.world.words


def test_drawn_orders_are_even_for_neighbours_and_for_the_ends():
    realms = world({}, {}, {}, {}, max_agents=4, regrowth=0.0, food=10_000, water=10_000)
    first = []
    for _ in range(TICKS):
        realms.state.tiles[0][realms.state.crowd[0] > 0] = Tile.FOREST
        realms.state.clock["scrubs"] = 0
        events = play(realms)
        first.append(next(slot for slot in range(4) if events[slot].harvested))
    # Each of four is served first in a quarter of the ticks: deviation √(1000 × 3/16) = 14.
    assert np.abs(np.bincount(first) - TICKS / 4).max() < 5 * (TICKS * 3 / 16) ** 0.5


def test_lives_and_totals_agree_after_a_long_run():
    realms = Realms(CONFIG, 5, (0, 1))
    run(realms, TICKS)
    lives = np.concatenate([realms.take_lives(), realms.censored()])
    totals = realms.state.tally
    for name in ("harvests", "drinks", "kills"):
        assert lives[name].sum() == totals[name].sum()
    assert lives["ticks_on"].sum() == lives["lifetime"].sum() == totals["agent_ticks"].sum()
    assert realms.state.visits.sum() == totals["agent_ticks"].sum()


def test_hits_dealt_are_hits_taken():
    realms = Realms(CONFIG.replace(immunity=0), 5, (0, 1))
    run(realms, TICKS)
    lives = np.concatenate([realms.take_lives(), realms.censored()])
    assert lives["hits_dealt"].sum(axis=0).tolist() == lives["hits_taken"].sum(axis=0).tolist()
    assert lives["damage_dealt"].sum() == lives["damage_taken"].sum() > 0
    assert lives["kills"].sum() == (lives["cause"] == 4).sum() > 0


def test_lifetimes_are_death_ticks_less_birth_ticks():
    realms = Realms(CONFIG, 5, (0, 1))
    run(realms, TICKS)
    lives = realms.take_lives()
    assert (lives["lifetime"] == lives["death_tick"] - lives["birth_tick"]).all()
    assert len(lives) > 10
    assert lives.dtype == LIFE


def test_a_realm_that_moves_begins_anew_on_its_map_and_others_stay():
    realms, fresh = Realms(MOVING, 5, (0, 1)), Realms(MOVING, 5, (0, 1), (0, 9))
    run(realms)
    before = realms.snapshot()
    realms.move({1: 9})
    now = realms.snapshot()
    assert realms.maps == (0, 9)
    assert (now["tiles"][1] == fresh.state.tiles[1]).all()
    assert all(now[name][0].tobytes() == before[name][0].tobytes() for name in now)
    assert now["clock"]["living"][1] == CONFIG.births
    assert not now["visits"][1].any()


def test_ticks_ids_and_totals_of_a_realm_that_moves_go_on():
    realms = Realms(MOVING, 5)
    run(realms)
    before = realms.snapshot()
    realms.move({0: 9})
    born = realms.observation.ent["id"]
    assert realms.state.clock["tick"] == before["clock"]["tick"]
    first, end = before["clock"]["next_id"][0], realms.state.clock["next_id"][0]
    assert born.tolist() == [*range(first, end)]
    assert (realms.state.tally["agent_ticks"] == before["tally"]["agent_ticks"]).all()


def test_those_who_leave_with_their_map_have_not_died():
    realms = Realms(MOVING, 5)
    run(realms)
    living, deaths = realms.censored(), realms.state.tally["deaths"].sum()
    left = realms.move({0: 9})
    assert left.tobytes() == living.tobytes()
    assert not left["cause"].any()
    assert realms.state.tally["deaths"].sum() == deaths


def test_a_realm_that_moved_can_be_restored_where_realms_move():
    realms = Realms(MOVING, 5)
    run(realms)
    realms.move({0: 9})
    run(realms)
    other = Realms(realms.config, 5)
    other.restore(realms.snapshot())
    assert (other.maps, run(other)) == ((9,), run(realms))


def test_no_realm_moves_to_a_map_that_cannot_be():
    realms = Realms(MOVING, 5)
    before = realms.digest()
    with pytest.raises(ConfigError, match="the number of a map must be 0"):
        realms.move({0: -1})
    assert realms.digest() == before


@pytest.mark.parametrize("switch", ["1", "0", "", None])
def test_a_switch_checks_the_world_after_every_tick(monkeypatch, switch):
    monkeypatch.delenv("FORGE_CHECK", raising=False)
    if switch is not None:
        monkeypatch.setenv("FORGE_CHECK", switch)
    realms = Realms(Saga(max_agents=8, npcs=4, populations=1, births=1, map_size=40), 3)
    monkeypatch.delenv("FORGE_CHECK", raising=False)
    realms.step(Actions.stay(1))
    realms.state.ledger[0, Item.HAT].looted += 1
    said = "ledger.looted must be 0, not 1"
    with pytest.raises(SnapshotError, match=said) if switch == "1" else nullcontext():
        realms.step(Actions.stay(len(realms.observation)))


def test_no_realm_moves_where_none_ever_does():
    with pytest.raises(ConfigError, match="map_epochs is 0, so no realm moves"):
        Realms(CONFIG, 5).move({0: 1})


@pytest.mark.parametrize(
    ("array", "column", "kind", "said"),
    [
        ("ledger", "looted", Item.HAT, "realm 4, kind 1: ledger.looted must be 0, not 1"),
        ("ledger", "lost", GOLD, "realm 4, kind 17: ledger.looted must be 1, not 0"),
        ("clock", "living", None, "realm 4, clock.living must be 1, not 2"),
    ],
)
def test_a_world_that_cannot_be_is_named_whenever_it_is_checked(array, column, kind, said):
    config = Saga(max_agents=8, npcs=4, populations=1, births=1, map_size=40)
    realms = Realms(config, 3, (2, 4))
    realms.check()
    digest, records = realms.digest(), getattr(realms.state, array)
    (records if kind is None else records[:, kind])[column][1] += 1
    with pytest.raises(SnapshotError, match=f"^no such world can be: {re.escape(said)}$"):
        realms.check()
    (records if kind is None else records[:, kind])[column][1] -= 1
    realms.check()
    assert realms.digest() == digest
