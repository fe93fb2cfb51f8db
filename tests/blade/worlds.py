"""Build small worlds by hand: a field of grass, some tiles, some agents; and act in them."""

import numpy as np

from forge.blade.kinds import Kind
from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.records import NPC
from forge.blade.state import padding
from forge.blade.streams import WORLD, Owner, seed_words
from forge.blade.tiles import Move, Style, Tile
from forge.config import Config
from tests.blade.naive_streams import Stream

SIZE, BORDER = 21, 2  # the ring is at 2 and 18, the interior 3 … 17


def field(config, tiles=()):
    """Make a map of grass in its border of lava, with other kinds where tiles says so."""
    size, border = config.map_size, config.border
    terrain = np.full((size, size), Tile.LAVA, np.uint8)
    terrain[border : size - border, border : size - border] = Tile.GRASS
    for place, kind in dict(tiles).items():
        terrain[place] = kind
    return terrain


def world(*agents, npcs=(), tiles=(), seed=0, **settings):
    """Build a realm and settle agents in it, who are then its first; nobody is born by default.

    Args:
        agents: dicts for ``settle``, in slots 0, 1, 2 …
        npcs: dicts for ``settle_npc``, in the slots of NPCs; or a number of slots that are free.
        tiles: kinds by (row, col); all else is grass.
        seed: of the realm.
        settings: of the config, where other than the rules' own numbers on a small map.
    """
    defaults = {"map_size": SIZE, "border": BORDER, "max_agents": 8, "populations": 2}
    free, settled = (npcs, ()) if isinstance(npcs, int) else (len(npcs), npcs)
    config = Config(**{**defaults, "births": 0, "npcs": free, **settings})
    realms = Realms(config, seed, terrain=field(config, tiles)[None])
    if agents:
        realms.reset(np.zeros(1, bool))
    for slot, values in enumerate(agents):
        settle(realms, slot, **values)
    for number, values in enumerate(settled):
        settle_npc(realms, number, **values)
    realms.observe()
    return realms


def learned(realms, seed=0):
    """Give agents in worlds with skills some experience, and show all that they observe then."""
    skills = realms.state.skills
    shape = skills["experience"].shape
    skills["experience"] = np.random.default_rng(seed).integers(0, 2000, shape)
    return realms.observe()


def settle(realms, slot, at=(10, 10), realm=0, **values):
    """Settle a grown agent (age 20, past immunity) with full stores; values are AGENT fields."""
    state, config, pad = realms.state, realms.config, padding(realms.config)
    agent, life, clock = state.agents[realm, slot], state.lives[realm, slot], state.clock[realm]
    full = {"health": config.health, "food": config.food, "water": config.water, "age": 20}
    for name, value in {**full, **values}.items():
        agent[name] = value
    agent.slot, agent.id, agent.alive = slot, clock.next_id, True
    agent.row, agent.col = at
    life.id, life.population, life.realm = agent.id, agent.population, clock.realm
    life.killer = life.death_tick = -1
    life.birth_tick = clock.tick - agent.age
    state.crowd[realm, agent.row + pad, agent.col + pad] += 1
    state.tally[realm, agent.population].births += 1
    state.tally[realm, agent.population].living += 1
    clock.next_id += 1
    clock.living += 1
    clock.top = max(clock.top, slot + 1)


def settle_npc(realms, number, at=(10, 10), **values):
    """Settle a passive NPC of level 1 without power; values are fields of NPC or AGENT."""
    state, config, pad = realms.state, realms.config, padding(realms.config)
    slot = config.max_agents + number
    agent, npc = state.agents[0, slot], state.npcs[0, number]
    agent.id, agent.slot, agent.population, agent.alive = -2 - number, slot, -1, True
    agent.row, agent.col = at
    first, last = config.border, config.map_size - 1 - config.border
    depth = min(*(place - first for place in at), *(last - place for place in at))
    known = {"health": 100, "kind": Kind.PASSIVE, "level": 1, "births": 1, "depth": depth}
    for name, value in {**known, **values}.items():
        (npc if name in NPC.names else agent)[name] = value
    state.crowd[0, agent.row + pad, agent.col + pad] += 1


def serve_from(realms, start, downwards=False):
    """Set the world's stream so that the next tick serves from this slot, in this direction."""
    for seed in range(10_000):
        words = seed_words(seed, Owner.WORLD)
        stream = Stream(words)
        order = stream.below(realms.config.slots), stream.bits() >> 63 == 1
        if order == (start, downwards):
            realms.state.streams[0, WORLD] = words
            return
    raise AssertionError("no seed gives this order")


def play(realms, moves=None, attacks=None, ticks=1):
    """Play ticks in which everybody stays and attacks nobody, except as given.

    Args:
        realms: of one realm.
        moves: Move by slot.
        attacks: (Style, slot of the victim) by slot.
        ticks: how many; the events of the last are returned.

    Returns:
        Events by slot.
    """
    for _ in range(ticks):
        slots = realms.observation.ent["slot"].tolist()
        actions = Actions.stay(len(slots))
        for slot, move in (moves or {}).items():
            actions.move[slots.index(slot)] = move
        for slot, (style, victim) in (attacks or {}).items():
            actions.style[slots.index(slot)] = style
            actions.target[slots.index(slot)] = row_of(realms, slot, victim)
        events = realms.step(actions).copy()
    return dict(zip(slots, events, strict=True))


def row_of(realms, slot, other):
    """Find the row of one agent among those of another, counted within the observer's own."""
    obs = realms.observation
    n = obs.ent["slot"].tolist().index(slot)
    return obs.slot[obs.offsets[n] : obs.offsets[n + 1]].tolist().index(other)


def stim(realms, slot):
    """Take what the agent in a slot observes."""
    obs = realms.observation
    return {int(ent.slot): seen for ent, seen in obs}[slot]


def agent(realms, slot):
    """Take the agent in a slot; a view."""
    return realms.state.agents[0, slot]


def npc(realms, number=0):
    """Take what is remembered of an NPC; a view."""
    return realms.state.npcs[0, number]


def place_of(realms, slot):
    """Tell where the agent in a slot stands."""
    return int(agent(realms, slot).row), int(agent(realms, slot).col)


def stores(realms, slot):
    """Tell health, food and water of the agent in a slot."""
    one = agent(realms, slot)
    return int(one.health), int(one.food), int(one.water)


def tile(realms, row, col):
    """Tell the kind of a tile."""
    pad = padding(realms.config)
    return Tile(int(realms.state.tiles[0, row + pad, col + pad]))


def visits(realms, population, row, col):
    """Tell how many agent-ticks a population has spent on a tile."""
    pad = padding(realms.config)
    return int(realms.state.visits[0, population, row + pad, col + pad])


def lives(realms):
    """Take the records of all lives by id, of those ended since the last call and of the others."""
    return {int(record.id): record for record in (*realms.censored(), *realms.take_lives())}


def life(realms):
    """Take the record of the life with id 0."""
    return lives(realms)[0]


PASSIVE, NEUTRAL, HOSTILE = Kind.PASSIVE, Kind.NEUTRAL, Kind.HOSTILE
STAY, EAST, SOUTH, WEST, NORTH = Move
MELEE, RANGE, MAGE = Style.MELEE, Style.RANGE, Style.MAGE
