"""What a mask allows always works, as long as nobody else wants the same thing in the same tick."""

import numpy as np
import pytest

from forge.blade import Realms, Saga
from forge.blade.happenings import Happening
from forge.blade.items import PLACES
from forge.blade.observation import Actions
from forge.blade.scripted import trader, uniform_random
from forge.blade.tiles import Move
from forge.blade.trades import GIVE, GIVE_GOLD, NO_WAY, PRICES, way_of
from tests.jit import amount

CONFIG = Saga(
    max_agents=24,
    npcs=24,
    populations=2,
    map_size=48,
    births=6,
    immunity=3,
    clusters=40,
    singles=60,
)
STEPS = {Move.STAY: (0, 0), Move.NORTH: (-1, 0), Move.SOUTH: (1, 0), Move.EAST: (0, 1),
         Move.WEST: (0, -1)}  # fmt: skip


class World:
    """A busy realm, in which now and then one agent alone does something that its masks allow."""

    def __init__(self, seed: int) -> None:
        self.realms, self.rng = Realms(CONFIG, seed), np.random.default_rng(seed)
        self.realms.keep_happenings()

    def live(self, ticks: int) -> None:
        """Let all agents trade and fight, and do anything at times, which fills their bags."""
        for _ in range(ticks):
            script = uniform_random if self.rng.random() < 0.2 else trader
            self.realms.step(script(self.realms.observation))
        self.realms.take_happenings()

    def choose(self, mask) -> tuple[int, int] | None:
        """Draw one who can do something, and what: not the first option, which does nothing.

        Rare options are drawn as often as others.
        """
        options = np.flatnonzero(mask[:, 1:].any(axis=0)) + 1
        if not len(options):
            return None
        option = int(self.rng.choice(options))
        return int(self.rng.choice(np.flatnonzero(mask[:, option]))), option

    def alone(self, n: int, **chosen: int):
        """Let one agent act and all others rest; return its event, and the rows of its deeds."""
        obs = self.realms.observation
        actions, who = Actions.stay(len(obs)), int(obs.ent["id"][n])
        for name, option in chosen.items():
            getattr(actions, name)[n] = option
        event = self.realms.step(actions)[n].copy()
        rows = self.realms.take_happenings()
        return event, rows[rows["who"] == who]


@pytest.fixture(scope="module", params=range(amount(3, 1)))
def world(request: pytest.FixtureRequest) -> World:
    made = World(request.param)
    made.live(amount(120, 60))
    return made


def turns(world: World, number: int):
    """Yield what is observed, with some busy ticks between."""
    for _ in range(number):
        world.live(3)
        if len(world.realms.observation):
            yield world.realms.observation


def codes(rows) -> set[int]:
    return set(rows["code"].tolist())


def test_a_move_that_is_possible_is_made(world: World) -> None:
    made = 0
    for obs in turns(world, amount(60, 30)):
        chosen = world.choose(obs.can_move)
        if chosen is None:
            continue
        n, move = chosen
        agent = obs.ent[n].copy()
        world.alone(n, move=move)
        now = world.realms.state.agents[0, agent.slot]
        if now.id == agent.id and now.alive:  # else it has died of something
            assert (now.row - agent.row, now.col - agent.col) == STEPS[Move(move)]
            made += 1
    assert made > 20


def test_an_attack_that_is_possible_lands(world: World) -> None:
    landed = 0
    for obs in turns(world, amount(60, 30)):
        rows, styles = np.nonzero(obs.can_attack)
        if not len(rows):
            continue
        k = world.rng.integers(len(rows))
        n = int(np.searchsorted(obs.offsets, rows[k], side="right")) - 1
        event, did = world.alone(n, style=int(styles[k]), target=int(rows[k] - obs.offsets[n]))
        assert event.hits == 1
        assert Happening.HIT in codes(did)
        landed += 1
    assert landed > 20


def test_a_deal_that_is_possible_is_made(world: World) -> None:
    used = {Happening.CONSUME, Happening.EQUIP, Happening.TAKE_OFF}
    made = 0
    for obs in turns(world, amount(120, 50)):
        if (chosen := world.choose(obs.can_deal)) is not None:
            n, deal = chosen
            _, did = world.alone(n, deal=deal)
            assert len(codes(did) & (used if deal <= PLACES else {Happening.DESTROY})) == 1
            made += 1
    assert made > 20


def traded(trade: int) -> Happening:
    """What happens by a trade."""
    if trade >= GIVE_GOLD:
        return Happening.GIVE_GOLD if trade == GIVE_GOLD else Happening.BUY
    return Happening.GIVE if trade >= GIVE else Happening.OFFER


def test_a_trade_that_is_possible_is_made(world: World) -> None:
    seen = set()
    for obs in turns(world, amount(150, 80)):
        if (chosen := world.choose(obs.can_trade)) is None:
            continue
        n, trade = chosen
        more = {"price": int(world.rng.integers(PRICES))}
        if (way := way_of(trade)) != NO_WAY:
            mine = obs.can_receive[obs.offsets[n] : obs.offsets[n + 1], way]
            more["receiver"] = int(world.rng.choice(np.flatnonzero(mine)))
        _, did = world.alone(n, trade=trade, **more)
        assert traded(trade) in codes(did)
        seen.add(traded(trade))
    assert seen == {Happening.BUY, Happening.GIVE, Happening.GIVE_GOLD, Happening.OFFER}


def test_a_word_that_is_possible_is_said(world: World) -> None:
    said = 0
    for obs in turns(world, 20):
        n, word = world.choose(obs.can_say)
        agent = obs.ent[n].copy()
        world.alone(n, word=word)
        if world.realms.state.agents[0, agent.slot].id == agent.id:
            assert world.realms.state.said[0, agent.slot] == word
            said += 1
    assert said > 10
