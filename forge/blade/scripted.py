"""Play by simple rules: the reference agents, as pure functions of an observation.

The observation's draws are their only randomness (column 0: move, column 1: style), so that a run
with them repeats exactly. In Chaos all but ``still`` attack whenever they can: they draw a style
among those that reach somebody, and hit the weakest entity in its reach.

Source: docs/world.md, "Checks that the rules are right".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.features import INDEX
from forge.blade.items import PLACES, Item
from forge.blade.jit import inlined, kernel
from forge.blade.kinds import HEALTH, Kind, power_of
from forge.blade.observation import DRAW, Actions, Observation
from forge.blade.professions import NUM_RESOURCES, TOOL
from forge.blade.scripted_deals import choose_deal
from forge.blade.scripted_search import (
    Scratch,
    careful_move,
    greedy_move,
    is_safe,
    scratch_for,
    way_to_resource,
)
from forge.blade.scripted_trades import choose_trade
from forge.blade.skills import BEATEN, PER_LEVEL, strengthened
from forge.blade.systems.fights import damage_of
from forge.blade.targets import weakest
from forge.blade.tiles import MOVE_COL, MOVE_ROW, NUM_MOVES, NUM_STYLES, Move, Style

Array = NDArray[Any]

OFFENCE = 10  # damage that a fighter expects of its own hits: that of Saga

_RANDOM, _CAREFUL, _GREEDY, _FIGHTER, _GATHERER, _TRADER = range(6)
_AGENT, _PASSIVE, _HOSTILE = int(Kind.AGENT), int(Kind.PASSIVE), int(Kind.HOSTILE)
_FOOD, _WATER_LEFT = INDEX["food"], INDEX["water"]
_power_of, _strengthened = inlined(power_of), inlined(strengthened)
_DRAW_MOVE, _DRAW_STYLE = DRAW["move"], DRAW["style"]
_NONE = int(Style.NONE)
_STAY, _EAST = int(Move.STAY), int(Move.EAST)
_NOTHING = int(Item.NOTHING)


class _View(NamedTuple):
    """The arrays of an Observation that the kernels read."""

    ent: Array
    own: Array
    tiles: Array
    draws: Array
    offsets: Array
    others: Array
    reach: Array
    cell: Array
    can_attack: Array
    traits: Array
    standing: Array
    inventory: Array
    can_deal: Array
    can_trade: Array
    gold: Array
    realm: Array
    market: Array


def uniform_random(obs: Observation) -> Actions:
    """Move uniformly over all five moves, into lava too."""
    return _play(_RANDOM, obs)


def careful(obs: Observation) -> Actions:
    """Move uniformly over the moves that do not end in lava, water or stone, or stay."""
    return _play(_CAREFUL, obs)


def greedy(obs: Observation) -> Actions:
    """Take the shortest path inside the crop to the scarcer of food and water (equal: food).

    The goal is a forest tile for food, and a tile beside water for water. An agent at its goal
    stays. Paths never lead through lava, water or stone. Among equally short paths, the agent takes
    the first in the order of the moves. If the scarcer goal cannot be reached, the other is taken;
    if neither can, the agent is careful.
    """
    return _play(_GREEDY, obs)


def fighter(obs: Observation) -> Actions:
    """Forage as ``greedy`` does, hunt the NPCs that it beats, and flee from hostile ones.

    It beats a passive NPC always, and another one if it would survive the fight: the hits needed
    for the full health of an NPC, times the damage of each hit that it takes, are less than its
    health. It takes its own hits for those of Saga, and each NPC for the strongest of its level.
    With skills it reckons with its levels, and takes the style of its highest level (of equal ones
    the first) for its main style.

    Move: if it sees hostile NPCs that it does not beat, away from the nearest. Else, if at least
    half of its food and water is left and it can attack no NPC that it beats, towards the nearest
    of these. Else as ``greedy``. Of the safe moves, the one that changes the distance (of straight
    lines) most is the way; of equal moves the first.

    Attack: as all scripts do, but it never attacks NPCs that it does not beat, and with skills it
    attacks in its main style wherever that reaches somebody. Without NPCs and skills it plays as
    ``greedy``.

    Deals: it eats rations when half of its food or water is gone, and drinks potions when half of
    its health is. Else it puts on what is better than what it wears there: armour of a higher
    level; a weapon of its main style, for a weapon of that style of a lower level or for anything
    else in its hand; a tool where it holds nothing; ammunition likewise as a weapon. Of several
    places it takes the first.
    With a full inventory it destroys the first thing that it does not wear.

    Trades: where it uses nothing, it offers the first thing that it neither wears nor could
    consume, or could consume but has three of already. It asks one multiple of the level less than
    the cheapest offer of the like, at least 1; and 3 times the level where there is none. It then
    destroys nothing.
    """
    return _play(_FIGHTER, obs)


def gatherer(obs: Observation) -> Actions:
    """Harvest a resource, and else play as ``fighter`` does.

    Its resource is that of its id, of five in turn: ore, trees, crystals, herbs, fish.

    Move: as a fighter, but if it is neither in flight nor short of food or water (below half), it
    first takes the shortest path inside the crop to its resource; if it sees none that it can
    reach, to any resource; else to a harvested tile of its own, to wait there.

    Deals: as a fighter, but all it holds is the tool of its profession, the best that it has; and
    it never destroys rations and potions. Trades: as a fighter, but it keeps one tool of its
    profession.

    Where there are no resources and no items it plays as ``fighter``.
    """
    return _play(_GATHERER, obs)


def trader(obs: Observation) -> Actions:
    """Play as ``fighter``, and buy what raises its equipment most per gold.

    It buys before it offers: a ration or a potion where it carries none, else equipment. The gain
    of an item is what it adds to defence, or to offence in the main style, less what the item adds
    that it wears there; a tool is no gain where it holds something. Of the kinds that it can buy,
    at the highest level that it can use and pay, it takes that with the largest gain for its price,
    if there is any; of equal ones the first.

    The lowest prices that it observes may be those of its own offers, which it cannot buy: then it
    gets a lower level, or pays more. It offers what is better than what it wears only until its
    own level is high enough. So at its own level it buys only what is a gain even at the lowest
    level on offer that it can pay. At lower levels it trusts the market.
    """
    return _play(_TRADER, obs)


def still(obs: Observation) -> Actions:
    """Stay, and attack nobody."""
    return Actions.stay(len(obs))


SCRIPTED: dict[str, Callable[[Observation], Actions]] = {
    "random": uniform_random,
    "careful": careful,
    "greedy": greedy,
    "forager": greedy,
    "fighter": fighter,
    "gatherer": gatherer,
    "trader": trader,
    "still": still,
}


def _play(rule: int, obs: Observation) -> Actions:
    actions = Actions.stay(len(obs))
    view = _View(*(getattr(obs, name) for name in _View._fields))
    view = view._replace(can_attack=np.array(view.can_attack))  # fighters narrow it
    chosen = actions.move, actions.style, actions.target, actions.deal
    _play_kernel(rule, view, *chosen, actions.trade, actions.price)
    return actions


@kernel
def _play_kernel(
    rule: int,
    view: _View,
    move: Array,
    style: Array,
    target: Array,
    deal: Array,
    trade: Array,
    price: Array,
) -> None:
    """Choose the actions of all agents. Modifies all but the first two in place.

    For fighters it also narrows ``view.can_attack``.
    """
    scratch, fights = scratch_for(view.tiles.shape[1]), rule in (_FIGHTER, _GATHERER, _TRADER)
    for i in range(len(move)):
        draw, ent = view.draws[i, _DRAW_MOVE], view.ent[i]
        if rule == _RANDOM:
            move[i] = int(draw * NUM_MOVES)
        elif rule == _CAREFUL:
            move[i] = careful_move(view.tiles[i], draw)
        else:
            resource = int(ent.id % NUM_RESOURCES) if rule == _GATHERER else -1
            chosen = _fight(view, i, resource, scratch) if fights else -1
            if chosen < 0:
                chosen = greedy_move(view.tiles[i], ent.food, ent.water, draw, scratch)
            move[i] = chosen
        if fights and view.can_deal.shape[1] > 0:
            tool = TOOL[ent.id % NUM_RESOURCES] if rule == _GATHERER else _NOTHING
            seen = view.own[i], view.inventory[i], view.can_deal[i]
            deal[i] = choose_deal(*seen, _main_style(view, i), tool)
            if view.can_trade.shape[1] > 0 and (deal[i] == 0 or deal[i] > PLACES):
                trade[i], price[i] = choose_trade(
                    view, i, _main_style(view, i), tool, rule == _TRADER
                )
                deal[i] = deal[i] if trade[i] == 0 else 0
        style[i], target[i] = _attack(view, i, _main_style(view, i) if fights else _NONE)


@kernel
def _main_style(view: _View, i: int) -> int:
    """Find the style of an agent's highest level, of equal ones the first; none without skills."""
    if view.standing.shape[1] == 0:
        return _NONE
    best = 0
    for style in range(1, NUM_STYLES):
        if view.standing[i, style] > view.standing[i, best]:
            best = style
    return best


@kernel
def _beats(view: _View, i: int, row: int) -> bool:
    """Tell whether an agent beats the NPC in a row, as ``fighter`` says."""
    if view.traits[row, 0] == _PASSIVE:
        return True
    power, main = _power_of(int(view.traits[row, 1]), 0), _main_style(view, i)
    gained = PER_LEVEL * int(view.standing[i, main]) if main != _NONE else 0
    weak = main != _NONE and BEATEN[view.traits[row, 2]] == main
    hits = -(-HEALTH // damage_of(OFFENCE + gained, OFFENCE + gained, power))
    taken = damage_of(power, _strengthened(power) if weak else power, gained)
    return bool(hits * taken < view.ent[i].health)


@kernel
def _fight(view: _View, i: int, resource: int, scratch: Scratch) -> int:
    """Choose the move of a fighter, and bar attacks that it avoids.

    Modifies ``view.can_attack`` and scratch in place.

    Args:
        view: the observation.
        i: the agent.
        resource: that it gathers; −1: none.
        scratch: working space.

    Returns:
        The move; −1: it forages.
    """
    prey = threat = -1
    reached = False
    knows = view.traits.shape[1] > 0
    for row in range(view.offsets[i] + 1, view.offsets[i + 1] if knows else 0):
        kind = int(view.traits[row, 0])
        if kind == _AGENT:
            continue
        if _beats(view, i, row):
            reached |= view.can_attack[row].any()
            prey = _nearer(view.reach, row, prey)
        else:
            view.can_attack[row] = False
            if kind == _HOSTILE:
                threat = _nearer(view.reach, row, threat)
    if threat >= 0:
        return _step(view, i, threat, -1)
    fed = view.own[i, _FOOD] >= 0 and view.own[i, _WATER_LEFT] >= 0
    way = way_to_resource(view.tiles[i], resource, scratch) if fed and resource >= 0 else -1
    if way >= 0:
        return way
    return _step(view, i, prey, 1) if prey >= 0 and fed and not reached else -1


@kernel
def _nearer(reach: Array, row: int, best: int) -> int:
    """Choose the nearer of two rows, of equal ones the earlier; best is −1 if there is none yet."""
    return row if best < 0 or reach[row] < reach[best] else best


@kernel
def _step(view: _View, i: int, row: int, towards: int) -> int:
    """Choose the safe move that brings an agent nearest to a row's entity, or farthest from it.

    Args:
        view: the observation.
        i: the agent.
        row: the entity's row.
        towards: 1: nearest; −1: farthest.
    """
    crop = view.tiles[i]
    middle = crop.shape[0] // 2
    down, right = divmod(int(view.cell[row]), crop.shape[0])
    down, right = down - middle, right - middle
    best, least = _STAY, towards * (down**2 + right**2)
    for step in range(_EAST, NUM_MOVES):
        south, east = MOVE_ROW[step], MOVE_COL[step]
        length = towards * ((down - south) ** 2 + (right - east) ** 2)
        if is_safe(crop[middle + south, middle + east]) and length < least:
            best, least = step, length
    return best


@kernel
def _attack(view: _View, i: int, main: int) -> tuple[int, int]:
    """Choose a style that reaches somebody, and find the weakest entity in its reach.

    Args:
        view: the observation.
        i: the agent.
        main: the style to prefer; −1: the style is drawn, as it is where this one reaches nobody.
    """
    lo, hi = view.offsets[i], view.offsets[i + 1]
    styles = 0
    for style in range(NUM_STYLES):
        styles += _reaches(view.can_attack, lo, hi, style)
    if styles == 0:
        return _NONE, 0
    chosen = int(view.draws[i, _DRAW_STYLE] * styles)
    style = -1
    while chosen >= 0:
        style += 1
        chosen -= _reaches(view.can_attack, lo, hi, style)
    if main != _NONE and _reaches(view.can_attack, lo, hi, main):
        style = main
    return style, weakest(view.others, view.reach, view.can_attack, lo, hi, style)


@kernel
def _reaches(can_attack: Array, lo: int, hi: int, style: int) -> bool:
    """Tell whether a style can attack any of an agent's rows."""
    for row in range(lo, hi):  # noqa: SIM110 (kernels have no generators)
        if can_attack[row, style]:
            return True
    return False
