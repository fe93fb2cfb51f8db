"""The market as viewers see it: purses, the lowest prices, and trades that are made by hand."""

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from forge.blade import Realm, preset
from forge.blade.scripted import still
from forge.blade.skills import HIGHEST
from forge.blade.trades import BUY, GIVE, GIVE_GOLD, LASTING, OFFER, PRICES
from forge.embyr import frames, packets, probes
from forge.embyr.frames import PURSE_SEEN, Frame, agent_seen
from forge.embyr.orders import Order, Puppeteer, fault
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Scripted
from tests.blade.test_market import endow, gold, offers, traders
from tests.embyr.test_packets import decode, differences, play

CONFIG = preset("saga32").replace(map_size=48, births=4, immunity=3)
HAT = (1, 1)


@cache
def watched(every: int = 1) -> tuple[Realm, list[Frame]]:
    """Watch a world in which agents earn gold and trade."""
    return play(CONFIG, 300, "trader", every=every)


def test_the_page_reads_the_market_that_python_wrote(tmp_path: Path) -> None:
    start = frames.land(Realm(CONFIG, seed=3), 0)
    seen = watched(7)[1]
    read = decode(tmp_path, CONFIG, [packets.land(start), *differences(seen)])["told"][1:]
    for told, frame in zip(read, seen, strict=True):
        tick, market = told["tick"], frame.market
        assert market is not None
        assert tick["market"] == market.reshape(-1).tolist()
        purses = tick["agents"]["purses"]
        assert purses == {name: frame.agents[name].tolist() for name in packets.columns(PURSE_SEEN)}
    assert seen[-1].agents["gold"].sum() > 10
    assert market.any()


def test_the_market_shown_is_the_one_observed() -> None:
    realm, seen = watched()
    assert (seen[-1].market == realm.observation.market[0]).all()
    assert seen[-1].agents["gold"].tolist() == realm.observation.gold[:, 0].tolist()


def test_a_world_without_a_market_is_sent_no_byte_of_it() -> None:
    config = CONFIG.replace(market=False)
    _, seen = play(config, 20)
    hello = json.loads(packets.hello(frames.setting(config, 0, 0, "A test."), [0]))
    names = [column["name"] for column in hello["schema"]["columns"]]
    assert names == packets.columns(
        agent_seen(["skills", "items", "professions", "words", "quests"])
    )
    assert "market" not in hello["setting"]
    assert all(frame.market is None for frame in seen)
    told = frames.setting(CONFIG, 0, 0, "A test.")["market"]
    assert told == {"levels": HIGHEST, "prices": PRICES, "lasting": LASTING}


def test_the_market_of_128_agents_takes_less_than_400_bytes_a_tick() -> None:
    _, seen = play(preset("saga128").replace(births=16), 60, "trader")
    names = list(agent_seen(["skills", "items", "professions", "words", "quests"]).names or ())
    bare = [frame._replace(agents=frame.agents[names], market=None) for frame in seen]
    sizes = [len(packets.tick(new, old)) for old, new in pairwise(seen[20:])]
    without = [len(packets.tick(new, old)) for old, new in pairwise(bare[20:])]
    assert max(a - b for a, b in zip(sizes, without, strict=True)) < 400


def ordered(realms: Any, slot: int, **order: int) -> None:
    """Let the agent in a slot do what is ordered, and the others nothing."""
    obs, player = realms.observation, Puppeteer(auto_target=False)
    player.orders = {(0, int(obs.ent["id"][slot])): Order(**order)}
    realms.step(player.override(obs, still(obs)))


def test_who_plays_by_hand_sells_buys_and_gives() -> None:
    realms = traders({"items": [HAT, HAT]}, {"gold": 9})
    ordered(realms, 0, trade=OFFER, price=3)
    assert offers(realms) == [(0, *HAT, 4)]
    ordered(realms, 1, trade=BUY + HAT[0])
    assert gold(realms) == [4, 5]
    ordered(realms, 0, trade=GIVE_GOLD, receiver=int(realms.observation.ent["id"][1]))
    assert gold(realms) == [3, 6]
    ordered(realms, 0, trade=GIVE + 1, receiver=int(realms.observation.ent["id"][1]))
    assert realms.state.bags["kind"][0, :2].sum(axis=1).tolist() == [0, 2]


def test_a_seat_is_told_which_trades_are_possible() -> None:
    stage = Spectator(Scripted(CONFIG, 3, (0,), "trader", warmup=100))
    (seen,) = stage.turn(Asked({0: frozenset(range(999))}))
    obs = stage._worlds[0].realms.observation
    told = {agent: one["sight"] for agent, one in seen.inspections.items()}
    for n, agent in enumerate(obs.ent["id"].tolist()):
        rows = slice(obs.offsets[n], obs.offsets[n + 1])
        able = {one["id"]: one["ways"] for one in told[agent]["canReceive"]}
        pairs = zip(obs.who[rows].tolist(), obs.can_receive[rows].tolist(), strict=True)
        assert able == {who: ways for who, ways in pairs if any(ways)}
        assert told[agent]["canTrade"] == obs.can_trade[n].tolist()
    assert sum(len(sight["canReceive"]) for sight in told.values()) > 10


def test_a_trade_that_is_not_possible_is_refused() -> None:
    sight = {"canMove": [True] * 5, "canAttack": [], "canDeal": [True] * 25}
    trades = [k in (0, OFFER, GIVE, GIVE_GOLD) for k in range(42)]
    can = {**sight, "canTrade": trades, "canReceive": [{"id": 8, "ways": [True, False]}]}
    assert [fault(Order(trade=number), can) for number in (0, OFFER)] == ["", ""]
    assert fault(Order(trade=BUY + 1), can) == "it cannot make that trade now"
    assert fault(Order(trade=OFFER), sight) == "it cannot make that trade now"
    assert fault(Order(trade=OFFER, deal=1), can) == "it makes either a deal or a trade"
    assert fault(Order(trade=GIVE, receiver=8), can) == ""
    assert fault(Order(trade=GIVE, receiver=9), can) == "it cannot give that to agent 9 now"
    assert fault(Order(trade=GIVE_GOLD, receiver=8), can) == "it cannot give that to agent 8 now"


def test_networks_are_asked_about_agents_that_see_the_same_market() -> None:
    realm, _ = watched()
    obs, here = realm.observation, probes.living(realm, 0)
    some = here[here["slot"] >= 5]  # in a copy they have other slots
    seen = {int(ent["id"]): stim for ent, stim in obs}
    for agent in some["id"].tolist():
        (copy,) = probes.observe_copies(realm, 0, [some], agent)
        assert (copy.market == obs.market).all()
        assert copy.gold[0].tolist() == seen[agent].gold.tolist()
        assert (copy.can_trade[0, BUY + 1 :] == seen[agent].can_trade[BUY + 1 :]).all()


def test_a_copy_with_little_room_keeps_the_cheapest_offers() -> None:
    realms = traders({"items": [HAT, (2, 1)]}, {})
    endow(realms, 1, 5)
    ordered(realms, 0, trade=OFFER, price=8)
    ordered(realms, 0, trade=OFFER + 1)
    out = np.zeros(1, realms.state.offers.dtype)
    probes._copy_offers(out, realms.state.offers[0], realms.state.agents[0, :1], np.array([3]))
    assert (out["kind"][0], out["price"][0], out["seller"][0]) == (2, 1, 3)
    probes._copy_offers(out, realms.state.offers[0], realms.state.agents[0, :0], np.zeros(0, int))
    assert out["seller"][0] == probes.ELSEWHERE
