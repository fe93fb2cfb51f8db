"""Play by simple rules: the reference agents, as pure functions of an observation.

The observation's draws are their only randomness (column 0: move, column 1: style), so that a run
with them repeats exactly. In Chaos all but ``still`` attack whenever they can: they draw a style
among those that reach somebody, and hit the weakest agent in its reach.

Source: docs/world.md, "Checks that the rules are right".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import kernel
from forge.blade.observation import Actions, Observation
from forge.blade.targets import weakest
from forge.blade.tiles import MOVE_COL, MOVE_ROW, NUM_MOVES, NUM_STYLES, SAFE, Move, Style, Tile

Array = NDArray[Any]

_RANDOM, _CAREFUL, _GREEDY = range(3)
_DRAW_MOVE, _DRAW_STYLE = 0, 1
_NONE = int(Style.NONE)
_STAY, _EAST = int(Move.STAY), int(Move.EAST)
_LAVA, _WATER = int(Tile.LAVA), int(Tile.WATER)
_FOREST, _SAFE = int(Tile.FOREST), tuple(map(int, SAFE))


class _View(NamedTuple):
    """The arrays of an Observation that the kernels read."""

    ent: Array
    tiles: Array
    draws: Array
    offsets: Array
    others: Array
    reach: Array
    can_attack: Array


class _Scratch(NamedTuple):
    """Room for one search; cells are numbered row by row over the crop and a rim around it."""

    tiles: Array  # uint8 (S × S,): the crop within a rim of lava
    first: Array  # int8 (S × S,): first move of the shortest path to each cell; −1: not reached
    queue: Array  # int64 (S × S,): cells in the order in which they were reached


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


def still(obs: Observation) -> Actions:
    """Stay, and attack nobody."""
    return Actions.stay(len(obs))


SCRIPTED: dict[str, Callable[[Observation], Actions]] = {
    "random": uniform_random,
    "careful": careful,
    "greedy": greedy,
    "still": still,
}


def _play(rule: int, obs: Observation) -> Actions:
    actions = Actions.stay(len(obs))
    view = _View(obs.ent, obs.tiles, obs.draws, obs.offsets, obs.others, obs.reach, obs.can_attack)
    _play_kernel(rule, view, actions.move, actions.style, actions.target)
    return actions


@kernel
def _play_kernel(rule: int, view: _View, move: Array, style: Array, target: Array) -> None:
    """Choose the actions of all agents. Modifies move, style and target in place."""
    side = view.tiles.shape[1] + 2
    scratch = _Scratch(
        np.full(side * side, np.uint8(_LAVA)),
        np.empty(side * side, np.int8),
        np.empty(side * side, np.int64),
    )
    for i in range(len(move)):
        draw = view.draws[i, _DRAW_MOVE]
        if rule == _RANDOM:
            move[i] = int(draw * NUM_MOVES)
        elif rule == _CAREFUL:
            move[i] = _careful_move(view.tiles[i], draw)
        else:
            ent = view.ent[i]
            move[i] = _greedy_move(view.tiles[i], ent.food, ent.water, draw, scratch)
        style[i], target[i] = _attack(view, i)


@kernel
def _is_safe(kind: int) -> bool:
    """Tell whether agents can stand on a kind of tile without harm."""
    return kind in _SAFE


@kernel
def _careful_move(crop: Array, draw: float) -> int:
    """Draw one of the safe moves from the middle of a crop."""
    middle = crop.shape[0] // 2
    safe = 1  # staying always is
    for step in range(_EAST, NUM_MOVES):
        safe += _is_safe(crop[middle + MOVE_ROW[step], middle + MOVE_COL[step]])
    chosen = int(draw * safe)
    for step in range(_EAST, NUM_MOVES):
        if _is_safe(crop[middle + MOVE_ROW[step], middle + MOVE_COL[step]]):
            chosen -= 1
            if chosen == 0:
                return step
    return _STAY


@kernel
def _greedy_move(crop: Array, food: int, water: int, draw: float, scratch: _Scratch) -> int:
    """Search the crop breadth-first for both goals at once. Modifies scratch in place.

    Cells leave the queue by distance and, at equal distance, in the order of the first moves of
    their paths. So the first goal to leave it is the nearest, on the first of equal paths.
    """
    side = crop.shape[0] + 2
    _load(crop, scratch)
    tiles, first, queue = scratch.tiles, scratch.first, scratch.queue
    middle = (side // 2) * side + side // 2
    to_forest, to_water = -1, -1
    first[middle] = _STAY
    queue[0] = middle
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        if to_forest < 0 and tiles[cell] == _FOREST:
            to_forest = int(first[cell])
        if to_water < 0 and _is_beside_water(tiles, cell, side):
            to_water = int(first[cell])
        wanted = to_forest if food <= water else to_water
        if wanted >= 0:
            return wanted
        for step in range(_EAST, NUM_MOVES):
            near = cell + MOVE_ROW[step] * side + MOVE_COL[step]
            if first[near] < 0 and _is_safe(tiles[near]):
                first[near] = step if cell == middle else first[cell]
                queue[tail] = near
                tail += 1
    other = max(to_forest, to_water)  # one of them is −1
    return other if other >= 0 else _careful_move(crop, draw)


@kernel
def _load(crop: Array, scratch: _Scratch) -> None:
    """Copy a crop into the search's tiles, inside a rim of lava. Modifies scratch in place."""
    side = crop.shape[0] + 2
    for row in range(1, side - 1):
        for col in range(1, side - 1):
            scratch.tiles[row * side + col] = crop[row - 1, col - 1]
    scratch.first[:] = -1


@kernel
def _is_beside_water(tiles: Array, cell: int, side: int) -> bool:
    return bool(
        tiles[cell + 1] == _WATER
        or tiles[cell + side] == _WATER
        or tiles[cell - 1] == _WATER
        or tiles[cell - side] == _WATER
    )


@kernel
def _attack(view: _View, i: int) -> tuple[int, int]:
    """Draw a style among those that reach somebody, and find the weakest agent in its reach."""
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
    return style, weakest(view.others, view.reach, view.can_attack, lo, hi, style)


@kernel
def _reaches(can_attack: Array, lo: int, hi: int, style: int) -> bool:
    """Tell whether a style can attack any of an agent's rows."""
    for row in range(lo, hi):  # noqa: SIM110 (kernels have no generators)
        if can_attack[row, style]:
            return True
    return False
