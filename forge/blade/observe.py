"""Phase 6: write what every living agent observes into buffers that the caller owns."""

from typing import Any, NamedTuple, TypeVar

import numpy as np

from forge.blade import aligned
from forge.blade.bits import lowest_bit
from forge.blade.jit import inlined, lean
from forge.blade.memory import copy_run
from forge.blade.observation import NUM_DRAWS, NUM_FEATURES
from forge.blade.rules import Scratch
from forge.blade.state import AGENT, Array, State
from forge.blade.streams import POLICY, uniform
from forge.blade.systems.movement import STEP_COL, STEP_ROW, blocks
from forge.blade.tiles import NUM_MOVES, NUM_STYLES


class Sight(NamedTuple):
    """Buffers with a row per agent; see Observation for their meaning."""

    ent: Array
    realm: Array
    tiles: Array
    crowd: Array
    own: Array
    can_move: Array
    offsets: Array
    draws: Array


class Rows(NamedTuple):
    """Buffers with a row per observed agent; see Observation for their meaning."""

    others: Array
    who: Array
    slot: Array
    cell: Array
    reach: Array
    can_attack: Array


def sight(capacity: int, window: int, allocate: Any = aligned.zeros) -> Sight:
    """Allocate buffers for so many agents.

    Args:
        capacity: agents that find room.
        window: side of the crop.
        allocate: called with shape and dtype of each buffer.
    """
    return Sight(
        ent=allocate(capacity, AGENT),
        realm=allocate(capacity, np.int32),
        tiles=allocate((capacity, window, window), np.uint8),
        crowd=allocate((capacity, window, window), np.uint16),
        own=allocate((capacity, NUM_FEATURES), np.float32),
        can_move=allocate((capacity, NUM_MOVES), np.bool_),
        offsets=allocate(capacity + 1, np.int64),
        draws=allocate((capacity, NUM_DRAWS), np.float64),
    )


def rows(capacity: int, allocate: Any = aligned.zeros) -> Rows:
    """Allocate buffers for so many rows. In Law ``can_attack`` stays as it is here: all False.

    Args:
        capacity: rows that find room.
        allocate: called with shape and dtype of each buffer.
    """
    return Rows(
        others=allocate((capacity, NUM_FEATURES), np.float32),
        who=allocate(capacity, np.int64),
        slot=allocate(capacity, np.int32),
        cell=allocate(capacity, np.uint16),
        reach=allocate(capacity, np.uint8),
        can_attack=allocate((capacity, NUM_STYLES), np.bool_),
    )


MASKS = ("can_move", "can_attack")  # what may be narrowed in place by whoever acts

Table = TypeVar("Table", Sight, Rows)


def handed_out(table: Table) -> Table:
    """View buffers as they are handed out: all but the masks can only be read."""
    views = {name: array.view() for name, array in table._asdict().items()}
    for name, view in views.items():
        view.flags.writeable = name in MASKS
    return table._replace(**views)


class Buffers:
    """Where a batch of realms writes its observations: here one place, which the next overwrites.

    A subclass may own other memory, and write by turns into several places.

    Attributes:
        sight: the buffers with a row per agent; with room for all slots of all realms.
        rows: the buffers with a row per observed agent.
        seen: views of both, as they are handed out.
    """

    def __init__(self, capacity: int, window: int) -> None:
        """Allocate.

        Args:
            capacity: agents that can live at once in all realms.
            window: side of the crop.
        """
        self.sight = sight(capacity, window)
        self.rows = rows(4 * capacity)
        self.seen = handed_out(self.sight), handed_out(self.rows)

    def turn(self) -> None:
        """Choose where the next observation is written: set ``sight``, ``rows`` and ``seen``."""

    def grow(self, num_rows: int) -> None:
        """Give ``rows`` room for so many; what they hold may be lost. Modifies self in place."""
        self.rows = rows(num_rows)
        self.seen = self.seen[0], handed_out(self.rows)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the views out of copies, which would cut them off from what they show."""
        return {name: value for name, value in vars(self).items() if name != "seen"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.seen = handed_out(self.sight), handed_out(self.rows)


@lean
def _describe(agents: Array, features: Array, rules: Any) -> None:
    """Write the part of each agent's row that all observers share. Modifies features in place.

    Computed in float64, stored as float32.
    """
    centre = (rules.map_size - 1) / 2
    span = rules.map_size - 2 * rules.border - 1
    for e in range(len(agents)):
        agent = agents[e]
        if not agent.alive:
            continue
        features[e, 0] = (agent.age - 50) / 100
        features[e, 1] = (agent.health - rules.health / 2) / rules.health
        features[e, 2] = (agent.food - rules.food / 2) / rules.food
        features[e, 3] = (agent.water - rules.water / 2) / rules.water
        features[e, 4] = (agent.row - centre) / span
        features[e, 5] = (agent.col - centre) / span
        features[e, 8] = (agent.damage - 2.5) / 5
        features[e, 10] = (agent.freeze - 1) / 2


@inlined
def _words(agents: Array) -> int:
    """Count the words of a bit set of these slots."""
    return (len(agents) + 63) >> 6


@lean
def _locate(agents: Array, scratch: Scratch, pad: int) -> None:
    """Sum up which agents are north, and which are west, of each line. Modifies scratch in place.

    Each agent is in one row: the set of those in rows a … b is what the sets of lines a and b + 1
    do not share. So the agents in a crop take four sets to find, however many there are.
    """
    words = _words(agents)
    north, west = scratch.north[:, :words], scratch.west[:, :words]
    north[:] = 0
    west[:] = 0
    for e in range(len(agents)):
        agent = agents[e]
        if agent.alive:
            word, bit = e >> 6, np.uint64(1) << np.uint64(e & 63)
            north[agent.row + pad + 1, word] |= bit
            west[agent.col + pad + 1, word] |= bit
    for line in range(1, north.shape[0]):
        for word in range(words):
            north[line, word] |= north[line - 1, word]
            west[line, word] |= west[line - 1, word]


@lean
def _see_tiles(state: State, out: Sight, w: int, n: int, row: int, col: int, window: int) -> None:
    """Copy the crop whose north-west tile is given. Modifies out in place."""
    side = state.tiles.shape[1]
    for i in range(window):
        at = (n * window + i) * window
        start = (w * side + row + i) * side + col
        if window == 15:  # a constant length compiles to far less
            copy_run(out.tiles, at, state.tiles, start, 15)
            copy_run(out.crowd, at, state.crowd, start, 15)
        else:
            copy_run(out.tiles, at, state.tiles, start, window)
            copy_run(out.crowd, at, state.crowd, start, window)


@inlined
def _write_row(out: Rows, scratch: Scratch, rules: Any, agent: Any, other: Any, m: int) -> None:
    """Write the row about one agent for one observer. Modifies out in place."""
    radius = rules.radius
    down, right = other.row - agent.row, other.col - agent.col
    copy_run(out.others, m * NUM_FEATURES, scratch.features, other.slot * NUM_FEATURES, 11)
    out.others[m, 6] = scratch.steps[down + radius]
    out.others[m, 7] = scratch.steps[right + radius]
    friend = other.population == agent.population
    out.others[m, 9] = 0.5 if friend else -0.5
    distance = max(abs(down), abs(right))
    out.who[m] = other.id
    out.slot[m] = other.slot
    out.cell[m] = (down + radius) * (2 * radius + 1) + right + radius
    out.reach[m] = distance
    if rules.combat:
        open_to_attack = (
            other.slot != agent.slot
            and other.age >= rules.immunity
            and (rules.friendly_fire or not friend)
        )
        for style in range(NUM_STYLES):
            out.can_attack[m, style] = open_to_attack and distance <= rules.reach[style]


@lean
def _see_agents(
    agents: Array, scratch: Scratch, out: Rows, rules: Any, e: int, m: int, row: int, col: int
) -> int:
    """Write rows m, m + 1 … of the agent in slot e: about itself, then about others by slot.

    Modifies out in place.

    Args:
        agents: AGENT (top,), of one realm.
        scratch: holds where they are.
        out: filled as far as there is room.
        rules: RULES.
        e: the observer's slot.
        m: its first row.
        row: of the north-west tile of its crop, on the stored map.
        col: likewise.

    Returns:
        The first row of the next observer.
    """
    north, west, capacity, window = scratch.north, scratch.west, len(out.who), 2 * rules.radius + 1
    agent = agents[e]
    if m < capacity:
        _write_row(out, scratch, rules, agent, agent, m)
    m += 1
    for word in range(_words(agents)):
        bits = north[row, word] ^ north[row + window, word]
        bits &= west[col, word] ^ west[col + window, word]
        if word == e >> 6:
            bits ^= np.uint64(1) << np.uint64(e & 63)
        while bits != 0:
            if m < capacity:
                _write_row(out, scratch, rules, agent, agents[(word << 6) + lowest_bit(bits)], m)
            bits &= bits - np.uint64(1)
            m += 1
    return m


@inlined
def _see_moves(state: State, out: Sight, agent: Any, w: int, n: int, row: int, col: int) -> None:
    """Write which moves are possible. Modifies out in place."""
    out.can_move[n, 0] = True
    for direction in range(1, NUM_MOVES):
        kind = state.tiles[w, row + STEP_ROW[direction], col + STEP_COL[direction]]
        out.can_move[n, direction] = agent.freeze == 0 and not blocks(kind)


@lean
def _draw(state: State, scratch: Scratch, out: Sight, w: int, first: int, last: int) -> None:
    """Draw each agent's numbers, leaving the policy stream as it was. Modifies out and scratch.

    The stream advances when the next tick begins: an observation is a function of the state.
    """
    stream = scratch.policy[w]
    for k in range(len(stream)):
        stream[k] = state.streams[w, POLICY, k]
    for n in range(first, last):
        for k in range(NUM_DRAWS):
            out.draws[n, k] = uniform(stream)


@lean
def observe(
    state: State, scratch: Scratch, rules_table: Array, out: Sight, others: Rows
) -> tuple[int, int]:
    """Write the observation of all realms. Modifies scratch, out and others in place.

    Args:
        state: read only.
        scratch: working space.
        rules_table: RULES (1,).
        out: has room for all living agents.
        others: filled as far as there is room.

    Returns:
        Agents, and rows needed: if more than others has room for, call again with larger ones.
    """
    rules = rules_table[0]
    n = m = 0
    capacity, pad, radius = len(others.who), rules.pad, rules.radius
    window = 2 * radius + 1
    for w in range(state.agents.shape[0]):
        agents, first = state.agents[w, : state.clock[w].top], n  # above them no slot lives
        _describe(agents, scratch.features, rules)
        _locate(agents, scratch, pad)
        for e in range(len(agents)):
            agent = agents[e]
            if not agent.alive:
                continue
            row, col = agent.row + pad, agent.col + pad
            out.ent[n] = agent
            out.realm[n] = w
            out.offsets[n] = m
            _see_tiles(state, out, w, n, row - radius, col - radius, window)
            end = _see_agents(agents, scratch, others, rules, e, m, row - radius, col - radius)
            _see_moves(state, out, agent, w, n, row, col)
            if m < capacity:
                copy_run(out.own, n * NUM_FEATURES, others.others, m * NUM_FEATURES, 11)
            m = end
            n += 1
        _draw(state, scratch, out, w, first, n)
    out.offsets[n] = m
    return n, m
