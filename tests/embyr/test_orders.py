"""People play agents of a copy: an agent obeys, the others do as before."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from forge.blade import preset
from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.scripted import greedy
from forge.blade.tiles import Move, Style, Tile
from forge.embyr.hub import Client, Hub
from forge.embyr.orders import REST, Order, Puppeteer, attackable, fault
from forge.embyr.packets import Command
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Scripted, World
from forge.trinity.defaults import default_trinity
from tests.embyr.test_spectator import CONFIG, committed

SIGHT: dict[str, Any] = {
    "canMove": [True, True, False, False, False],
    "canAttack": [{"id": 7, "styles": [False, True, True]}],
}


@pytest.fixture
def realms() -> Realms:
    """A crowd that has met."""
    realms = Realms(preset("chaos32").replace(map_size=32, immunity=1), 0)
    for _ in range(40):
        realms.step(greedy(realms.observation))
    return realms


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (REST, ""),
        (Order(Move.EAST), ""),
        (Order(Move.NORTH), "it cannot move north now"),
        (Order(0, Style.MAGE, 7), ""),
        (Order(0, Style.RANGE), ""),
        (Order(0, Style.MELEE), "nobody is in reach of melee"),
        (Order(0, Style.RANGE, 8), "range does not reach agent 8 now"),
        (Order(0, Style.RANGE, -130), "range does not reach NPC −130 now"),
        (Order(0, Style.NONE, 7), "an attack has a style"),
    ],
)
def test_what_the_rules_forbid_is_named(order: Order, why: str) -> None:
    assert fault(order, SIGHT) == why


def test_orders_replace_the_actions_of_one_agent_alone(realms: Realms) -> None:
    obs, player = realms.observation, Puppeteer(auto_target=False)
    decided = greedy(obs)
    player.orders = {(0, int(obs.ent["id"][3])): Order(Move.SOUTH)}
    done = player.override(obs, decided)
    others = np.arange(len(obs)) != 3
    assert (done.move[3], done.style[3], done.target[3]) == (Move.SOUTH, Style.NONE, 0)
    for name in ("move", "style", "target"):
        assert (getattr(done, name)[others] == np.asarray(getattr(decided, name))[others]).all()


def test_without_orders_nothing_is_copied(realms: Realms) -> None:
    actions, player = Actions.stay(len(realms.observation)), Puppeteer(auto_target=True)
    player.orders = {(0, 10**6): Order(1), (1, 0): Order(1)}  # no such agent, no such realm
    assert player.override(realms.observation, actions) is actions


def test_an_order_strikes_whom_it_names(realms: Realms) -> None:
    realms.config = realms.config.replace(auto_target=False)
    obs, struck = realms.observation, 0
    for n in range(len(obs)):
        for each in attackable(obs, n, auto_target=False):
            player = Puppeteer(auto_target=False)
            style = each["styles"].index(True)
            player.orders = {(0, int(obs.ent["id"][n])): Order(0, style, each["id"])}
            row = int(player.override(obs, Actions.stay(len(obs))).target[n])
            assert obs.who[obs.offsets[n] + row] == each["id"]
            struck += 1
    assert struck > 3


def test_where_rules_choose_only_the_weakest_can_be_struck(realms: Realms) -> None:
    obs, listed = realms.observation, 0
    for n in range(len(obs)):
        chosen = attackable(obs, n, auto_target=True)
        assert len(chosen) <= 3
        for style in range(3):
            with_it = [each["id"] for each in chosen if each["styles"][style]]
            player = Puppeteer(auto_target=True)
            player.orders = {(0, int(obs.ent["id"][n])): Order(0, style)}
            row = int(player.override(obs, Actions.stay(len(obs))).target[n])
            assert with_it == ([int(obs.who[obs.offsets[n] + row])] if row else [])
            listed += len(with_it)
    assert listed > 3


def spectator() -> Spectator:
    return Spectator(Scripted(preset("chaos16"), 0, (0, 1, 2), "greedy"))


def at(seen: Any, agent: int) -> tuple[int, int]:
    (row,) = seen.frame.agents[seen.frame.agents["id"] == agent]
    return int(row["row"]), int(row["col"])


def test_an_agent_goes_where_it_is_told_and_then_rests() -> None:
    stage = spectator()
    (first,) = stage.turn(Asked({0: frozenset({0})}, 20))
    agent = int(first.frame.agents["id"][0])
    (first,) = stage.turn(Asked({0: frozenset({agent})}, 0))
    move = first.inspections[agent]["sight"]["canMove"].index(True, 1)
    (last,) = stage.turn(Asked({0: frozenset()}, 3, orders={0: {agent: Order(move)}}))
    went = np.subtract(at(last, agent), at(first, agent))
    assert tuple(went) == STEPS[move]
    assert last.source.endswith("Played by hand since tick 20: no longer the scripts' own.")


def test_a_world_that_waits_stands_and_others_go_on() -> None:
    stage, everything = spectator(), {realm: frozenset[int]() for realm in (0, 1, 2)}
    turn = Asked(everything, 5, held=frozenset({0}), singly=frozenset({0, 1}))
    assert [seen.frame.tick for seen in stage.turn(turn)] == [0, 1, 5]


class Mute(World):
    """A world in which nobody can play."""

    def __init__(self) -> None:
        super().__init__()
        self.realms, self.source = Realms("chaos16", 0), "Mute."

    def tick(self) -> None:
        """Let everybody stay."""
        self.realms.step(Actions.stay(len(self.realms.observation)))

    def learn(self, weights: Any) -> None:
        """Learn nothing."""


def test_orders_do_nothing_where_nobody_can_play() -> None:
    stage = spectator()
    stage._worlds[0] = Mute()
    (seen,) = stage.turn(Asked({0: frozenset()}, 1, orders={0: {0: Order(1)}}))
    assert seen.opening is not None
    assert (seen.opening.setting["playable"], seen.source) == (False, "Mute.")


class Table:
    """Clients around a hub, whose world is played here."""

    def __init__(self) -> None:
        self.steered: list[Command] = []
        self.hub, self._spectator = Hub([0, 1, 2], self.steered.append), spectator()
        self.clients = [self.hub.join(), self.hub.join()]
        self.play(5)

    def play(self, ticks: int = 1) -> None:
        """Play a turn."""
        watched = self.hub.watched()
        turn = Asked(watched, ticks, **self.hub.seats())
        self.hub.see(list(watched), self._spectator.turn(turn))

    def ask(self, client: int, **command: Any) -> dict[str, Any]:
        """Let a client ask something; what it is told of seats then, or the error."""
        one = self.clients[client]
        self.hub.hear(one, json.dumps(command))
        said = [json.loads(each) for each in self.hub.take(one) if isinstance(each, str)]
        found = [each for each in said if each["type"] in ("seats", "error")]
        errors = [each for each in found if each["type"] == "error"]
        return (errors or found or [{}])[-1]

    def take(self, client: int, agent: int = 0, waits: int = 0) -> dict[str, Any]:
        """Let a client take an agent."""
        return self.ask(client, type="seat", id=agent, waits=waits)

    def act(self, client: int, move: int = 0) -> dict[str, Any]:
        """Let a client's agent do something."""
        return self.ask(client, type="act", move=move, style=-1, target=-1, deal=0)


@pytest.fixture
def table() -> Table:
    async def whole() -> Table:
        return Table()

    return asyncio.run(whole())


def test_an_agent_has_one_player_and_a_player_one_agent(table: Table) -> None:
    assert table.take(0, 0)["own"] == 0
    assert table.take(1, 0)["text"] == "somebody else plays agent 0"
    assert table.take(1, 1)["played"] == [0, 1]
    assert table.take(0, 2)["played"] == [1, 2]


def test_who_leaves_frees_the_agent(table: Table) -> None:
    table.take(0, 0)
    table.hub.leave(table.clients.pop(0))
    assert table.take(0, 0)["own"] == 0
    assert table.ask(0, type="seat", id=-1, waits=0)["own"] == -1
    table.take(0, 0)
    table.ask(0, type="watch", realm=1)
    assert table.clients[0].seat is None


def test_what_cannot_be_is_answered_and_reaches_nothing(table: Table) -> None:
    assert table.act(0)["text"] == "you play no agent: take one first"
    assert table.take(0, 10**6)["text"] == "agent 1000000 does not live"
    table.take(0, 0)
    assert table.act(0)["text"] == "agent 0 has not looked around yet"
    table.play()
    sight = table.hub._broadcasts[0].inspections[0]["sight"]
    sight["canMove"][2] = False
    assert table.act(0, 2)["text"] == "agent 0: it cannot move south now"
    assert table.hub.seats()["orders"] == {0: {0: None}}
    assert table.clients[0].faults == 0


def test_nobody_plays_in_a_world_that_is_shown_as_it_was(table: Table) -> None:
    table.hub._broadcasts[0].setting["playable"] = False
    assert "as it was" in table.take(0, 0)["text"]
    assert table.clients[0].faults == 1


def test_the_world_waits_for_all_who_want_it_to(table: Table) -> None:
    table.take(0, 0, waits=1)
    assert table.take(1, 1, waits=1)["awaited"] == [0, 1]
    table.play()
    assert table.hub.seats()["held"] == {0}
    assert table.act(0)["awaited"] == [1]
    table.act(1)
    assert (table.hub.seats()["held"], table.hub.seats()["singly"]) == (frozenset(), {0})
    assert table.steered[-1].type == "act"


def test_viewers_of_realms_that_wait_too_are_told_where_somebody_is_awaited(table: Table) -> None:
    table.take(0, 0, waits=1)
    table.ask(1, type="watch", realm=1)
    table.play()
    assert table.hub._broadcasts[1].setting["together"] == [1]
    assert table.ask(1, type="select", id=-1) == {}
    table.hub._broadcasts[1].setting["together"] = [0, 1]  # as in a shard of two
    assert table.ask(1, type="select", id=-1)["elsewhere"] == [0]


def test_an_order_is_done_once_and_a_later_one_is_kept(table: Table) -> None:
    table.take(0, 0)
    table.play()
    table.act(0)
    seat, given = table.clients[0].seat, table.hub.seats()["orders"][0][0]
    assert seat is not None
    assert given == REST
    table.act(0)  # while the tick is played
    seat.forget()
    assert seat.order == REST
    table.play()
    assert seat.order is None


def test_a_seat_ends_with_the_life_of_its_agent(table: Table) -> None:
    table.take(0, 0)
    while table.hub._broadcasts[0].lives(0):
        table.play(8)
    assert table.clients[0].seat is None
    assert Client(0).looks_into == set()


STEPS = {1: (0, 1), 2: (1, 0), 3: (0, -1), 4: (-1, 0)}


def healthiest(seen: Any) -> tuple[int, int]:
    """Find the healthiest agent that can walk to a tile without lava: its id, and that move."""
    agents = seen.frame.agents[np.argsort(-seen.frame.agents["health"], kind="stable")]
    for agent in agents:
        can = seen.inspections[int(agent["id"])]["sight"]["canMove"]
        for move, (down, right) in STEPS.items():
            tile = seen.opening.land[agent["row"] + down, agent["col"] + right]
            if can[move] and tile != Tile.LAVA:
                return int(agent["id"]), move
    raise AssertionError("nobody can walk anywhere")


def test_in_a_copy_one_agent_obeys_and_all_others_do_as_before() -> None:
    beginning, _ = committed(default_trinity())
    (start,) = Spectator(beginning).turn(Asked({0: frozenset(range(1000))}, 0))
    agent, move = healthiest(start)
    one, other = (
        Spectator(beginning).turn(Asked({0: frozenset()}, 1, orders=orders))[0]
        for orders in (None, {0: {agent: Order(move)}})
    )
    assert tuple(np.subtract(at(other, agent), at(start, agent))) == STEPS[move]
    others = [id_ for id_ in one.frame.agents["id"].tolist() if id_ != agent]
    assert [at(one, id_) for id_ in others] == [at(other, id_) for id_ in others]
    assert len(others) > 3
    assert other.source.endswith("Played by hand since tick 24: no longer the run's own.")


def test_a_copy_that_is_played_goes_on_over_rollouts() -> None:
    beginning, _ = committed(default_trinity())
    stage = Spectator(beginning)
    (seen,) = stage.turn(Asked({0: frozenset()}, 0))
    agent = int(seen.frame.agents["id"][-1])
    for _ in range(2 * CONFIG.horizon + 1):
        (seen,) = stage.turn(Asked({0: frozenset()}, 1, orders={0: {agent: None}}))
    assert seen.frame.tick == 24 + 2 * CONFIG.horizon + 1
