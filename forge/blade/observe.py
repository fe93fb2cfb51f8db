"""Phase 6: write the observations of all living agents into the caller's buffers."""

from typing import Any

import numpy as np

from forge.blade.buffers import Rows, Sight
from forge.blade.categories import NUM_TRAITS
from forge.blade.copying import clear_run, copy_head, copy_run
from forge.blade.describing import describe_skills, list_agents, list_everyone
from forge.blade.features import COL_OFFSET, NUM_FEATURES, ROW_OFFSET, SAME
from forge.blade.jit import inlined, lean
from forge.blade.observation import CHOICES
from forge.blade.packing import unpacked
from forge.blade.prefetching import ask_ahead
from forge.blade.regions import find_all
from forge.blade.space import Space
from forge.blade.state import Array, State
from forge.blade.streams import POLICY, branch, key_of, uniform
from forge.blade.systems.deals import see_deals
from forge.blade.systems.market_sight import describe_traders, see_trading
from forge.blade.systems.movement import STEP_COL, STEP_ROW, blocks
from forge.blade.systems.questing import see_quests
from forge.blade.systems.speech import hear
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.blade.trades import A_COIN, A_PIECE

_DRAW_KEYS = tuple(np.uint64(key_of(name)) for name in CHOICES)


@inlined
def _see_tiles(state: State, out: Sight, w: int, n: int, row: int, col: int, window: int) -> None:
    """Copy the tiles of a crop and clear its crowd. Modifies out in place.

    Args:
        state: read only.
        out: has room for agent n.
        w: the realm.
        n: number of the agent.
        row: of the crop's north-west tile in the stored map.
        col: of the same tile.
        window: side of the crop.
    """
    side = state.tiles.shape[1]
    for i in range(window):
        at = (n * window + i) * window
        start = (w * side + row + i) * side + col
        if window == 15:  # a constant length compiles to far less
            copy_run(out.tiles, at, state.tiles, start, 15)
        else:
            copy_run(out.tiles, at, state.tiles, start, window)
    if window == 15:
        clear_run(out.crowd, n * 225, 225)
    else:
        clear_run(out.crowd, n * window * window, window * window)


@inlined
def _write_row(
    out: Rows, space: Space, rules: Any, down: int, right: int, k: int, agent: int, m: int
) -> None:
    """Write the row about one agent for one observer. Modifies out in place.

    Args:
        out: has room for row m.
        space: holds the shared features of each agent.
        rules: RULES.
        down: offset of the observed agent to the south [tiles].
        right: offset to the east [tiles].
        k: the observer's index among the living of its realm.
        agent: the observed agent's index among them.
        m: the row.
    """
    radius, other = rules.radius, space.about[agent]
    distance = max(abs(down), abs(right))
    copy_head(out.others, m * NUM_FEATURES, space.about, agent, NUM_FEATURES)
    out.others[m, ROW_OFFSET] = space.steps[down + radius]
    out.others[m, COL_OFFSET] = space.steps[right + radius]
    out.others[m, SAME] = 0.5 if other.population == space.about[k].population else -0.5
    out.who[m] = other.id
    out.slot[m] = other.slot
    out.cell[m] = (down + radius) * (2 * radius + 1) + right + radius
    out.reach[m] = distance


@inlined
def _write_fighter(out: Rows, space: Space, rules: Any, k: int, agent: int, m: int) -> None:
    """Write the part of a row that only worlds with combat have. Modifies out in place.

    NPCs, skills and all that builds on them need combat. The arguments are those of ``_write_row``,
    which has written the rest.
    """
    other, distance = space.about[agent], out.reach[m]
    friend = other.population == space.about[k].population
    if rules.npcs > 0 or rules.skills:
        for t in range(NUM_TRAITS):
            out.traits[m, t] = space.traits[agent, t]
    if rules.market:
        out.can_receive[m, A_PIECE] = (agent != k) & other.can_take
        out.can_receive[m, A_COIN] = (agent != k) & other.can_earn
    open_to_attack = (agent != k) & (not other.immune) & (rules.friendly_fire | (not friend))
    for style in range(NUM_STYLES):  # without a branch: who is in reach cannot be predicted
        out.can_attack[m, style] = open_to_attack & (distance <= rules.reach[style])


@inlined
def _see_moves(state: State, out: Sight, w: int, n: int, row: int, col: int, frozen: bool) -> None:
    """Write the possible moves of one agent. Modifies out in place."""
    out.can_move[n, 0] = True
    for direction in range(1, NUM_MOVES):
        kind = state.tiles[w, row + STEP_ROW[direction], col + STEP_COL[direction]]
        out.can_move[n, direction] = not (frozen | blocks(kind))


@lean
def _draw(state: State, space: Space, out: Sight, w: int, first: int, last: int) -> None:
    """Draw each agent's numbers, for each choice from a stream of its own. Modifies out and space.

    That stream follows from the policy stream and the name of the choice, so another choice changes
    nobody's numbers. The policy stream itself advances when the next tick begins, so an observation
    is a function of the state.
    """
    choices = out.draws.shape[1]
    for k in range(choices):
        branch(state.streams[w, POLICY], _DRAW_KEYS[k], space.streams[k])
    for n in range(first, last):
        for k in range(choices):  # one draw of a stream waits for the last, but for no other stream
            out.draws[n, k] = uniform(space.streams[k])


@inlined
def _see_agents(
    space: Space,
    rules: Any,
    out: Sight,
    others: Rows,
    combat: bool,
    n: int,
    k: int,
    row: int,
    col: int,
) -> None:
    """Write the rows and the crowd of one agent. Modifies out and others in place.

    Args:
        space: lists the agents in the crop.
        rules: RULES.
        out: holds the offset of the agent's first row and an empty crowd; receives the next offset.
        others: filled as far as there is room.
        combat: ``rules.combat``, read once.
        n: number of the agent.
        k: its index among the living of its realm.
        row: its row in the stored map.
        col: its column in the stored map.
    """
    found, radius, m = space.found, rules.radius, out.offsets[n]
    first, rows = space.crops[k].first, space.crops[k].rows
    room = min(rows, len(others.who) - m, len(found) - first)
    for i in range(first, first + room):
        member = found[i]
        down, right = member.row - row, member.col - col
        out.crowd[n, down + radius, right + radius] += 1
        _write_row(others, space, rules, down, right, k, member.agent, m)
        if combat:
            _write_fighter(others, space, rules, k, member.agent, m)
        m += 1
    out.offsets[n + 1] = out.offsets[n] + rows


@lean
def _see_all(
    state: State,
    space: Space,
    rules: Any,
    out: Sight,
    others: Rows,
    w: int,
    first: int,
    last: int,
) -> None:
    """Write the observations of the agents of one realm. Modifies out and others in place.

    Args:
        state: read only.
        space: lists the agents in each crop.
        rules: RULES.
        out: lists the agents.
        others: filled as far as there is room.
        w: the realm.
        first: number of its first agent.
        last: number of its last agent, plus one.
    """
    radius, combat, far = rules.radius, rules.combat, space.regions.size > 1
    for n in range(first, last):
        k = n - first
        if far and n + 4 < last:
            ask_ahead(state, space, rules, out, others, w, n, k)
        row, col = out.ent[n].row + rules.pad, out.ent[n].col + rules.pad
        _see_tiles(state, out, w, n, row - radius, col - radius, 2 * radius + 1)
        _see_moves(state, out, w, n, row, col, space.about[k].frozen)
        copy_head(out.own, n * NUM_FEATURES, space.about, k, NUM_FEATURES)
        out.own[n, SAME] = 0.5  # of its own population
        _see_agents(space, rules, out, others, combat, n, k, row, col)


@lean
def observe(
    state: State, space: Space, rules_table: Array, out: Sight, others: Rows
) -> tuple[int, int]:
    """Write the observation of all realms. Modifies space, out and others in place.

    Args:
        state: read only.
        space: working space.
        rules_table: RULES (1,).
        out: has room for all living agents.
        others: filled as far as there is room.

    Returns:
        The numbers of agents and of rows. If others has room for fewer rows, call again with larger
        buffers.
    """
    state, space = unpacked(State, state), unpacked(Space, space)
    out, others = unpacked(Sight, out), unpacked(Rows, others)
    rules, last = rules_table[0], 0
    out.offsets[0] = 0
    for w in range(state.agents.shape[0]):
        first = last
        last = list_agents(state, space, rules, out, w, first)
        agents = out.ent[first:last]
        if rules.npcs > 0:
            count = list_everyone(state, space, rules, w, agents)
            find_all(space.everyone[:count], last - first, space, rules)
        else:
            find_all(agents, last - first, space, rules)
        if rules.skills:
            describe_skills(state, space, out, w, first, last)
        if rules.market:
            describe_traders(state, space, w, last - first)
        _see_all(state, space, rules, out, others, w, first, last)
        if rules.items:
            for n in range(first, last):
                see_deals(state, out, w, out.ent[n].slot, n)
        if rules.market:
            see_trading(state, space, out, others, w, first, last)
        if rules.words > 0:
            hear(state, out, others, rules.words, w, first, last)
        if rules.num_quests > 0:
            see_quests(state, out, w, first, last)
        _draw(state, space, out, w, first, last)
    return last, out.offsets[last]
