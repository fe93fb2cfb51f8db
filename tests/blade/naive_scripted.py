"""The scripted agents again, slowly and in plain Python: one agent and one list at a time."""

import math
from collections import deque
from fractions import Fraction

import numpy as np

from forge.blade.observation import Actions
from forge.blade.tiles import Move, Style, Tile
from tests.blade.naive_items import ARMOUR, NAMES, SKILL, SLOT, STYLE, TOOLS
from tests.blade.naive_professions import FOUND
from tests.blade.naive_skills import BEATS

STEPS = {
    Move.STAY: (0, 0),
    Move.EAST: (0, 1),
    Move.SOUTH: (1, 0),
    Move.WEST: (0, -1),
    Move.NORTH: (-1, 0),
}
WATERS = {Tile.WATER, Tile.FISH, Tile.OCEAN}
UNSAFE = {Tile.LAVA, Tile.STONE} | WATERS


def pick(options, draw):
    """Take one of several options by a number in [0, 1)."""
    return options[int(draw * len(options))]


def as_world(crop):
    """Turn a crop into {(row, column): kind}, the agent at (0, 0)."""
    radius = len(crop) // 2
    return {
        (row - radius, col - radius): Tile(kind)
        for row, line in enumerate(crop.tolist())
        for col, kind in enumerate(line)
    }


def beside(place):
    """List the four tiles beside one, in the order of the moves."""
    row, col = place
    return [(row + STEPS[move][0], col + STEPS[move][1]) for move in list(Move)[1:]]


def distance(world, start, goals):
    """Count the steps from start to the nearest goal on safe tiles; None: there is no way."""
    steps = {start: 0}
    queue = deque([start])
    while queue:
        place = queue.popleft()
        if place in goals:
            return steps[place]
        for near in beside(place):
            if near in world and world[near] not in UNSAFE and near not in steps:
                steps[near] = steps[place] + 1
                queue.append(near)
    return None


def way_to(world, goals):
    """Find the first move of a shortest path: the first in order among equals; None: no path.

    The middle itself is never entered again: a path through it is longer than its own rest.
    """
    if (0, 0) in goals:
        return Move.STAY
    lengths = {}
    for move, place in STEPS.items():
        if move != Move.STAY and world[place] not in UNSAFE:
            length = distance(world, place, goals)
            if length is not None:
                lengths[move] = length
    return min(lengths, key=lengths.get) if lengths else None


def careful_move(world, draw):
    return pick([m for m in Move if m == Move.STAY or world[STEPS[m]] not in UNSAFE], draw)


def greedy_move(world, food, water, draw):
    walkable = {p for p, kind in world.items() if kind not in UNSAFE or p == (0, 0)}
    forests = {p for p in walkable if world[p] == Tile.FOREST}
    shores = {p for p in walkable if any(world.get(q) in WATERS for q in beside(p))}
    goals = [forests, shores] if food <= water else [shores, forests]
    for goal in goals:
        move = way_to(world, goal)
        if move is not None:
            return move
    return careful_move(world, draw)


def gathering_move(world, resource):
    """Find the way to one's resource, else to any, else to where it will be back; None: none."""
    walkable = {p for p, kind in world.items() if kind not in UNSAFE or p == (0, 0)}

    def from_which(kind):
        if kind not in (Tile.FISH, Tile.OCEAN):
            return {p for p in walkable if world[p] == kind}
        return {p for p in walkable if any(world.get(q) == kind for q in beside(p))}

    wanted = list(FOUND)[resource]
    goals = (
        from_which(wanted),
        set().union(*map(from_which, FOUND)),
        from_which(FOUND[wanted][0]),
    )
    moves = [way_to(world, goal) for goal in goals]
    return next((move for move in moves if move is not None), None)


def attack(rows, draw, main=None):
    """Choose (style, row) from rows of (health, reach, attackable by style); ``main`` if it can."""
    styles = [s for s in range(3) if any(attackable[s] for _, _, attackable in rows)]
    if not styles:
        return Style.NONE, 0
    style = main if main in styles else pick(styles, draw)
    victims = [
        (health, reach, row)
        for row, (health, reach, attackable) in enumerate(rows)
        if attackable[style]
    ]
    return style, min(victims)[2]


def main_style(stim):
    """Name the style of the highest level; None: there are no skills."""
    levels = stim.standing.tolist()[:3]
    return levels.index(max(levels)) if levels else None


def beats(stim, row, health):
    """Say whether a fighter beats an NPC, the strongest of its level; its hits are 10 at least."""
    kind, level, style = stim.traits[row].tolist()
    power, main = int(0.8 * 10 * level), main_style(stim)
    learned = 0 if main is None else 5 * int(stim.standing[main])
    offence = 10 + learned
    hits = math.ceil(100 / max(offence - power, offence // 4))
    strong = power * 3 // 2 if BEATS[style] == main else power
    return kind == 1 or hits * max(strong - learned, power // 4) < health


def fighter_move(world, stim, cells, health, resource=None):
    """Flee, hunt, or say None: forage. Bars attacks on NPCs that are not beaten, in place."""
    side = len(stim.tiles)
    prey, threats, reached = [], [], False
    for row, (kind, *_) in enumerate(stim.traits.tolist() if stim.traits.shape[1] else []):
        place = (cells[row] // side - side // 2, cells[row] % side - side // 2)
        seen = (int(stim.reach[row]), row, place)
        if kind > 0 and beats(stim, row, health):
            prey.append(seen)
            reached = reached or bool(stim.can_attack[row].any())
        elif kind > 0:
            stim.can_attack[row] = False
            threats += [seen] if kind == 3 else []
    moves = [m for m in Move if m == Move.STAY or world[STEPS[m]] not in UNSAFE]
    if threats:
        return max(moves, key=lambda move: length(STEPS[move], min(threats)[2]))
    if min(stim.own[2:4]) >= 0 and resource is not None:
        move = gathering_move(world, resource)
        if move is not None:
            return move
    if prey and not reached and min(stim.own[2:4]) >= 0:
        return min(moves, key=lambda move: length(STEPS[move], min(prey)[2]))
    return None


def deal(stim, main, buys, tool=None):
    """Choose what a fighter or trader does with its items, or a gatherer with this tool.

    Returns:
        The deal, the trade and the price.
    """
    kinds, levels, worn = (stim.inventory.tolist()[12 * k : 12 * k + 12] for k in range(3))
    names = [NAMES[kind - 1] if kind else "" for kind in kinds]
    held = {SLOT[name]: k for k, name in enumerate(names) if worn[k]}

    def is_wanted(k):
        name, before = names[k], held.get(SLOT.get(names[k]))
        if name == "ration":
            return min(stim.own[2:4]) < 0
        if name == "potion":
            return stim.own[1] < 0
        if not worn[k] and tool and SLOT[name] == "hand":
            if before is None or names[before] != tool:
                return name == tool
            return name == tool and levels[k] > levels[before]
        if worn[k] or name in TOOLS:
            return not worn[k] and before is None
        if name not in ARMOUR and STYLE[name] != main:
            return False
        if before is None or STYLE.get(names[before], main) != main or names[before] in TOOLS:
            return True
        return levels[k] > levels[before]

    wanted = [1 + k for k in range(12) if stim.can_deal[1 + k] and is_wanted(k)]
    spare = [k for k in range(12) if all(kinds) and not worn[k] and stim.can_deal[13 + k]]
    if tool:
        spare = [k for k in spare if names[k] not in ("ration", "potion")]
    spare = [13 + k for k in spare]
    if wanted or not len(stim.can_trade):
        return [*wanted, *spare, 0][0], 0, 0
    trade = (purchase(stim, main), 0) if buys else (0, 0)
    trade = trade if trade[0] else offer(stim, tool)
    return ([*spare, 0][0] if trade[0] == 0 else 0), *trade


def effect(name, level, main):
    """Say what an item adds to defence, or to offence in the main style."""
    if name in ARMOUR or name in TOOLS:
        return 3 * level if name in ARMOUR else 15
    return 5 + (10 if SLOT[name] == "quiver" else 5) * level if STYLE[name] == main else 0


def purchase(stim, main):
    """Choose what a trader buys: the kind that raises its equipment most per gold."""
    kinds, levels, worn = (stim.inventory.tolist()[12 * k : 12 * k + 12] for k in range(3))
    names = [NAMES[kind - 1] for kind in kinds]
    held = {SLOT[names[k]]: (names[k], levels[k]) for k in range(12) if worn[k]}
    for number in (14, 15):  # ration, potion
        if stim.can_trade[26 + number] and 1 + number not in kinds:
            return 26 + number
    found = []
    for number, name in enumerate(NAMES):
        if not stim.can_trade[26 + number] or name not in SLOT:
            continue
        if name in TOOLS and "hand" in held:
            continue
        most = stim.standing[SKILL[name]] if name in SKILL else max(stim.standing[:8])
        known = stim.market[number].tolist()
        prices = {level: level * known[level - 1] for level in range(1, most + 1)}
        paid = [it for it, price in prices.items() if 0 < price <= stim.gold[0]] or [1]
        level = max(paid)
        least = min(paid) if level == most else level
        before = effect(*held[SLOT[name]], main) if SLOT[name] in held else 0
        gain = effect(name, level, main) - before
        if prices[level] and effect(name, least, main) > before:
            found.append((Fraction(gain, prices[level]), -number))
    return 26 - max(found)[1] if found else 0


def offer(stim, tool):
    """Choose what a fighter, or a gatherer with this tool, offers, and the price, less one."""
    kinds, levels = (stim.inventory.tolist()[12 * k : 12 * k + 12] for k in range(2))
    food = [k for k in range(12) if stim.can_deal[1 + k] and NAMES[kinds[k] - 1] not in SLOT]
    kept = [k for name in (15, 16) for k in [f for f in food if kinds[f] == name][:3]]
    kept += [k for k in range(12) if tool and kinds[k] and NAMES[kinds[k] - 1] == tool][:1]
    for k in range(12):
        if stim.can_trade[1 + k] and k not in kept:
            lowest = int(stim.market[kinds[k] - 1, levels[k] - 1])
            return 1 + k, max(1, lowest - 1) - 1 if lowest else 2
    return 0, 0


def length(one, other):
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def play(name, obs):
    """Answer an observation as the scripted agents of that name do."""
    actions = Actions.stay(len(obs))
    for i, (ent, stim) in enumerate(obs):
        world, draw = as_world(stim.tiles), stim.draws[0]
        stim = stim._replace(can_attack=stim.can_attack.copy())
        cells = obs.cell[obs.offsets[i] : obs.offsets[i + 1]].tolist()
        fighter, resource = name in ("fighter", "gatherer", "trader"), None
        if name == "gatherer":
            resource = int(ent.id) % 5
        move = fighter_move(world, stim, cells, ent.health, resource) if fighter else None
        if name == "random":
            actions.move[i] = pick(list(Move), draw)
        elif name == "careful":
            actions.move[i] = careful_move(world, draw)
        elif move is not None:
            actions.move[i] = move
        else:
            actions.move[i] = greedy_move(world, ent.food, ent.water, draw)
        rows = list(zip(stim.others[:, 1], stim.reach, stim.can_attack, strict=True))
        main = main_style(stim) if fighter else None
        if fighter and len(stim.can_deal):
            tool = None if resource is None else list(FOUND.values())[resource][3]
            chosen = deal(stim, main, name == "trader", tool)
            actions.deal[i], actions.trade[i], actions.price[i] = chosen
        actions.style[i], actions.target[i] = attack(rows, stim.draws[1], main)
    return actions


def equal(a, b):
    """Compare two Actions; say how many agents they hold."""
    np.testing.assert_array_equal(a.move, b.move)
    np.testing.assert_array_equal(a.style, b.style)
    np.testing.assert_array_equal(a.target, b.target)
    np.testing.assert_array_equal(a.deal, b.deal)
    np.testing.assert_array_equal(a.trade, b.trade)
    np.testing.assert_array_equal(a.price, b.price)
    return len(a.move)
