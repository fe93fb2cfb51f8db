"""Run Realms beside their plain-Python twins, and compare everything there is, to the bit."""

import dataclasses
import random

import numpy as np

from forge.blade.added import life_in
from forge.blade.observation import CHOICES, SEEN, Actions
from forge.blade.realm import Realms
from forge.blade.records import (
    AGENT,
    BAG,
    CLOCK,
    CRAFT,
    HAPPENED,
    LEDGER,
    LIFE,
    NPC,
    OFFER,
    PURSE,
    QUEST,
    SKILLS,
    SPARE,
    TALLY,
    YIELD,
)
from forge.blade.state import padding
from forge.blade.streams import Owner, seed_words
from forge.blade.tiles import NUM_COMMON, Tile, kinds_in
from forge.config import Config
from tests.blade.naive import Event, Naive, beside
from tests.blade.naive_geometry import STEPS
from tests.blade.naive_items import CAUSES, KIND, NAMES, Piece

INTERIOR = (*4 * [Tile.GRASS], *4 * [Tile.FOREST], Tile.WATER, Tile.STONE)
RING = (Tile.GRASS, Tile.GRASS, Tile.FOREST, Tile.SCRUB)


def random_terrain(config: Config, rng: random.Random):
    """Fill a map with random tiles inside its border of lava."""
    size, border = config.map_size, config.border
    tiles = np.full((size, size), Tile.LAVA, np.uint8)
    ring, interior = set(Naive(config, [], [], []).ring()), (*kinds_in(config), *INTERIOR)
    for row in range(border, size - border):
        for col in range(border, size - border):
            tiles[row, col] = rng.choice(RING if (row, col) in ring else interior)
    return tiles


class Twins:
    """Realms and one Naive for each of them, played side by side with random actions."""

    def __init__(self, config: Config, num_realms: int, seed: int):
        self.config = config
        self.rng = random.Random(seed)
        terrain = np.stack([random_terrain(config, self.rng) for _ in range(num_realms)])
        indices = [7 + 3 * w for w in range(num_realms)]
        self.realms = Realms(config, seed, indices, terrain=terrain)
        self.keeps = seed % 2 == 0
        self.realms.keep_happenings(self.keeps)
        self.naives = [
            Naive(
                config,
                tiles,
                seed_words(seed, Owner.WORLD, index),
                seed_words(seed, Owner.POLICY, index),
                index,
            )
            for tiles, index in zip(terrain, indices, strict=True)
        ]
        self.seen = [naive.reset() for naive in self.naives]

    def random_action(self, naive, agent):
        """Draw one that seldom ends in lava and often lands, else any that exists."""
        move = self.rng.choice([m for m in range(5) if not self.burns(naive, agent, m)] or [0])
        style = self.rng.randrange(-1, 3)
        landing = [
            row for row, other in enumerate(agent.rows) if naive.can_attack(agent, other, style)
        ]
        more = [
            self.rng.randrange(choice.least, choice.size)
            for name, choice in CHOICES.items()
            if name not in ("move", "style", "target", "deal", "trade", "price", "receiver")
        ]
        wild = self.rng.random() < 0.05, not landing or self.rng.random() < 0.2
        return (
            self.rng.randrange(5) if wild[0] else move,
            style,
            self.rng.randrange(-1, len(agent.rows)) if wild[1] else self.rng.choice(landing),
            self.random_deal(naive, agent),
            *self.random_trade(naive, agent),
            *more,
        )

    def random_deal(self, naive, agent):
        """Draw one that is often possible."""
        if not naive.config.items or (naive.config.market and self.rng.random() < 0.6):
            return 0
        possible = [n for n in range(1, 25) if naive.can_deal(agent, n, naive.clock)]
        often = possible and self.rng.random() < 0.7
        return self.rng.choice(possible) if often else self.rng.randrange(25)

    def random_trade(self, naive, agent):
        """Draw a trade that is often possible, a price, and a receiver that often is, too."""
        if not naive.config.market:
            return 0, 0, 0
        possible = np.flatnonzero(naive.possible_trades(agent))
        often = self.rng.random() < 0.8
        trade = self.rng.choice(possible.tolist()) if often else self.rng.randrange(42)
        able = [row for row, it in enumerate(agent.rows) if any(naive.can_receive(agent, it))]
        often = able and self.rng.random() < 0.8
        row = self.rng.choice(able) if often else self.rng.randrange(-1, len(agent.rows))
        return trade, self.rng.randrange(9), row

    @staticmethod
    def burns(naive, agent, move):
        row, col = STEPS[move]
        return naive.tile_at(agent.row + row, agent.col + col) == Tile.LAVA

    def teach(self):
        """Give living agents experience of any level, the same on both sides, and observe again."""
        for w, naive in enumerate(self.naives):
            for agent in naive.living():
                agent.experience = [self.rng.choice((0, 89, 90, 216, 975, 1737)) for _ in range(8)]
                self.realms.state.skills[w, agent.slot].experience[:] = agent.experience
        self.realms.observe()
        self.seen = [naive.observe() for naive in self.naives]

    def equip(self):
        """Fill places of living agents with items of any kind and level, the same on both sides."""
        for w, naive in enumerate(self.naives):
            for agent in naive.living():
                free = [k for k, piece in enumerate(agent.places) if piece is None]
                for k in self.rng.sample(free, self.rng.randint(0, len(free))):
                    name, level = self.rng.choice(NAMES), self.rng.choice((1, 1, 2, 7, 10))
                    many = name in ("whetstone", "arrow", "rune")
                    quantity = self.rng.choice((1, 2, 200, 255)) if many else 1
                    agent.places[k] = Piece(name, level, quantity)
                    naive.books[name]["looted"] += quantity
                    self.realms.state.ledger[w, KIND[name]].looted += quantity
                    bag = self.realms.state.bags[w, agent.slot]
                    bag.kind[k], bag.level[k], bag.quantity[k] = KIND[name], level, quantity
        if self.config.market:
            self.enrich()
        self.realms.observe()
        self.seen = [naive.observe() for naive in self.naives]

    def enrich(self):
        """Give living agents gold, the same on both sides; seldom nearly all that a purse holds."""
        for w, naive in enumerate(self.naives):
            for agent in naive.living():
                amount = self.rng.choice((0, 1, 9, 100, 2**30 - 1 - agent.gold))
                amount = max(0, min(amount, 2**30 - 1 - agent.gold))
                agent.gold += amount
                agent.earned += amount
                naive.books["gold"]["looted"] += amount
                purse = self.realms.state.purses[w, agent.slot]
                purse.gold, purse.earned = agent.gold, agent.earned
                self.realms.state.ledger[w, len(KIND) + 1].looted += amount

    def play(self):
        """Play one tick on both sides with the default God.

        Returns:
            The number of values that were compared.
        """
        chosen, actions = self.choose()
        events = self.realms.step(actions)
        expected = [naive.tick(mine) for naive, mine in zip(self.naives, chosen, strict=True)]
        return self.compared(events, expected)

    def play_with_god(self):
        """Play one tick in which a God of its own tags the newborns of every other realm."""
        chosen, actions = self.choose()
        events = self.realms.advance(actions).copy()
        expected = []
        compiled = np.arange(len(self.naives)) % 2 == 0
        for w, (naive, mine) in enumerate(zip(self.naives, chosen, strict=True)):
            expected.append(naive.advance(mine))
            if compiled[w]:
                naive.bear()
                continue
            assert self.realms.births_due(w) == naive.births_due()
            for _ in range(naive.births_due()):
                population = self.rng.randrange(self.config.populations)
                quest = self.rng.choice([None, self.rng.randint(1, max(len(naive.table), 1))])
                quest = quest if naive.table else None
                placed = self.realms.place(w, population, lambda newborn, quest=quest: quest)
                assert placed == naive.place(population, quest)
        self.realms.bear(compiled)
        return self.compared(events, expected)

    def choose(self):
        chosen = [
            [self.random_action(naive, agent) for agent in naive.living()] for naive in self.naives
        ]
        flat = [action for mine in chosen for action in mine]
        arrays = np.array(flat, np.int32).reshape(-1, len(CHOICES)).T
        return chosen, Actions(*arrays)

    def compared(self, events, expected):
        count = same_events(events, [event for mine in expected for event in mine])
        self.seen = [naive.observe() for naive in self.naives]
        ended = [life for naive in self.naives for life in naive.take_lives()]
        dtype = life_in(self.config)
        count += same_records(
            self.realms.take_lives(), [life_row(life, dtype) for life in ended], dtype
        )
        happened = [row for naive in self.naives for row in naive.take_happenings()]
        count += same_records(
            self.realms.take_happenings(), happened if self.keeps else [], HAPPENED
        )
        living = [agent for naive in self.naives for agent in naive.living()]
        running = [life_row(it.life, dtype) | beside(it) for it in living]
        count += same_records(self.realms.censored(), running, dtype)
        count += same_observation(self.realms, self.naives, self.seen)
        return count + sum(same_realm(self.realms, w, n) for w, n in enumerate(self.naives))


def same(found, expected, what) -> int:
    """Assert that two arrays are equal to the bit; floats are compared by their bytes."""
    expected = np.asarray(expected, found.dtype).reshape(found.shape)
    found = np.ascontiguousarray(found)
    if found.tobytes() != expected.tobytes():
        places = np.argwhere(found != expected)
        raise AssertionError(f"{what} differs at {places[:5].tolist()}:\n{found}\n{expected}")
    return found.size


def same_records(found, expected, dtype) -> int:
    expected = list(expected)
    assert len(found) == len(expected)
    return sum(same(found[name], [row[name] for row in expected], name) for name in dtype.names)


def same_events(found, expected) -> int:
    assert set(found.dtype.names) == {f.name for f in dataclasses.fields(Event)}
    return same_records(found, map(dataclasses.asdict, expected), found.dtype)


def life_row(life, dtype):
    """Write the record of a life; the dtype says how many kinds of tiles it counts."""
    kinds = dtype["ticks_on"].shape[0]
    counts = {"ticks_on": life.ticks_on[:kinds], "distinct": life.distinct[:kinds]}
    return dataclasses.asdict(life) | counts | getattr(life, "more", {})


def craft_row(agent):
    """Write what the record of a life holds of the professions."""
    life = agent.life
    counts = {"ticks_on": life.ticks_on[NUM_COMMON:], "distinct": life.distinct[NUM_COMMON:]}
    return counts | {"gathered": agent.gathered}


def agent_row(agent):
    row = {name: getattr(agent, name, 0) for name in set(AGENT.names) - {"alive", SPARE}}
    spare = {SPARE: [0] * AGENT[SPARE].shape[0]} if SPARE in AGENT.names else {}
    return row | {"alive": True} | spare


def skills_row(agent):
    return {name: getattr(agent, name) for name in SKILLS.names}


def quest_row(agent):
    quest = agent.quest
    counts = {"quest": quest.number, "goal": quest.goal, "progress": quest.progress}
    counts["counted"] = quest.counted() if quest.is_counted() else 0
    asked = dict(zip(("task", "kind", "level", "other"), quest.row(), strict=True))
    home = dict(zip(("home_row", "home_col"), quest.home, strict=True))
    return counts | asked | home | {SPARE: [0] * QUEST[SPARE].shape[0]}


def npc_row(npcs, e):
    """Write what is remembered of the NPC in the slot of NPCs with this number."""
    slot = npcs.realm.config.max_agents + e
    row = dict.fromkeys(NPC.names, 0) | {SPARE: [0] * NPC[SPARE].shape[0]}
    row |= dataclasses.asdict(npcs.slots[slot])
    npc = npcs.living.get(slot)
    if npc is not None:
        kind = 1 + ("passive", "neutral", "hostile").index(npc.kind)
        row |= {"kind": kind, "level": npc.level, "style": npc.style, "power": npc.power}
    if npc is not None and npc.prey is not None:
        row |= {"prey": npc.prey.slot, "prey_id": npc.prey.id, "until": npc.until}
    return row


def table(rows, dtype, size):
    """Write dicts by index as records; what is not given is 0."""
    records = np.zeros(size, dtype)
    for index, row in rows.items():
        for name in dtype.names:
            records[index][name] = row[name]
    return records


def same_table(found, rows, dtype) -> int:
    expected = table(rows, dtype, len(found))
    return sum(same(found[name], expected[name], name) for name in dtype.names)


def same_realm(realms, w, naive) -> int:
    """Assert that all state arrays of a realm are those of its twin."""
    state = type(realms.state)(*(array[w] for array in realms.state))
    living = {agent.slot: agent for agent in naive.living()}
    everybody = {one.slot: one for one in naive.everybody()}
    pad, size = padding(naive.config), len(state.tiles)
    count = same_table(state.agents, {e: agent_row(a) for e, a in everybody.items()}, AGENT)
    count += same_table(state.lives, {e: life_row(a.life, LIFE) for e, a in living.items()}, LIFE)
    count += same(state.tiles, np.pad(naive.tiles, pad, constant_values=Tile.LAVA), "tiles")
    count += same(state.crowd, on_map(naive.crowd.items(), pad, size), "crowd")
    for p, visits in enumerate(state.visits):
        mine = [(place, n) for (q, *place), n in naive.visits.items() if q == p]
        count += same(visits, on_map(mine, pad, size), "visits")
    listed = [(row + pad) * size + col + pad for row, col in naive.regrowing]
    count += same(state.scrub[: len(listed)], listed, "scrub")
    count += same_seen(state.seen, living, pad, size)
    count += same_table(
        state.npcs, {e: npc_row(naive.npcs, e) for e in range(len(state.npcs))}, NPC
    )
    learned = {e: skills_row(a) for e, a in living.items()} if naive.config.skills else {}
    count += same_table(state.skills, learned, SKILLS)
    count += same_items(state, naive, living)
    quests = {e: quest_row(agent) for e, agent in living.items()} if naive.table else {}
    count += same_table(state.quests, quests, QUEST)
    said = [living[e].said if e in living else 0 for e in range(len(state.said))]
    count += same(state.said, said, "said")
    count += same_counters(state, naive, living)
    return count


def bag_row(agent):
    """Write what an agent carries, place by place."""
    places = [piece or Piece("", 0, 0) for piece in agent.places]
    row = {name: [getattr(it, name) for it in places] for name in ("level", "quantity", "worn")}
    row["kind"] = [KIND.get(it.name, 0) for it in places]
    return beside(agent) | row | {SPARE: [0] * (BAG[SPARE].shape[0] if SPARE in BAG.names else 0)}


def same_items(state, naive, living) -> int:
    if not naive.config.items:
        return 0
    count = same_table(state.bags, {e: bag_row(agent) for e, agent in living.items()}, BAG)
    gold = {"gold": len(KIND) + 1} if naive.config.market else {}
    rows = (KIND | gold).items()
    books = {number: {c: naive.books[name][c] for c in CAUSES} for name, number in rows}
    count += same_table(state.ledger, books, LEDGER)
    if naive.config.professions:
        crafts = {e: craft_row(agent) for e, agent in living.items()}
        count += same_table(state.crafts, crafts, CRAFT)
        yields = {KIND[name]: {"harvested": naive.harvested[name]} for name in NAMES}
        count += same_table(state.yields, yields, YIELD)
    if not naive.config.market:
        return count
    purses = {e: purse_row(agent) for e, agent in living.items()}
    count += same_table(state.purses, purses, PURSE)
    return count + same_table(state.offers, dict(enumerate(map(offer_row, naive.offers))), OFFER)


def purse_row(agent):
    row = {name: getattr(agent, name) for name in set(PURSE.names) - {SPARE}}
    return row | {SPARE: [0] * (PURSE[SPARE].shape[0] if SPARE in PURSE.names else 0)}


def offer_row(offer):
    row = {name: getattr(offer, name) for name in ("level", "price", "until")}
    spare = {SPARE: [0] * OFFER[SPARE].shape[0]} if SPARE in OFFER.names else {}
    return row | {"seller": offer.seller.slot, "kind": KIND[offer.name]} | spare


def on_map(items, pad, size):
    total = np.zeros((size, size), int)
    for (row, col), number in items:
        total[row + pad, col + pad] = number
    return total


def same_seen(seen, living, pad, size) -> int:
    expected = np.zeros(seen.shape, np.uint64)
    for slot, agent in living.items():
        for row, col in agent.been if seen.shape[1] else ():
            place = (row + pad) * size + col + pad
            expected[slot, place // 64] |= np.uint64(1 << place % 64)
    return same(seen, expected, "seen")


def same_counters(state, naive, living) -> int:
    clock = {
        "tick": naive.clock,
        "next_id": naive.next_id,
        "living": len(living),
        "top": max(living, default=-1) + 1,
        "scrubs": len(naive.regrowing),
        "forests": naive.forests,
        "realm": naive.index,
        "map": naive.map,
    }
    count = same_table(state.clock.reshape(1), {0: clock}, CLOCK)
    tally = {
        p: dataclasses.asdict(totals) | {"living": naive.count(p)}
        for p, totals in enumerate(naive.totals)
    }
    count += same_table(state.tally, tally, TALLY)
    return count + same(state.streams, [naive.world.words, naive.policy.words], "streams")


def same_observation(realms, naives, seen) -> int:
    """Assert that the observation of a batch is those of the twins, one after the other."""
    obs = realms.observation
    flat = [stim for mine in seen for stim in mine]
    living = [agent for naive in naives for agent in naive.living()]
    count = same_records(obs.ent, map(agent_row, living), AGENT)
    count += same(obs.realm, [w for w, n in enumerate(naives) for _ in n.living()], "realm")
    naives_seen = [naive.observe_realm() for naive in naives]
    for name in SEEN.keys() - {"ent", "realm", "own", "offsets"}:  # these are compared apart
        each = naives_seen if SEEN[name].by_realm else flat
        each = [stim[name] for stim in each]
        expected = [row for rows in each for row in rows] if SEEN[name].by_row else each
        count += same(getattr(obs, name), expected, name)
    count += same(obs.own, [stim["others"][0] for stim in flat], "own")
    lengths = [len(stim["who"]) for stim in flat]
    assert obs.num_realms == len(naives)
    return count + same(obs.offsets, np.cumsum([0, *lengths]), "offsets")
