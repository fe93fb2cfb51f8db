"""Find the agents in each crop, at a cost that depends on the agents nearby, not on all the living.

The map is cut into square regions. Each region has a list, in order of slots, of its members: the
agents in the region and within the radius around it. An observer in the region sees nobody else.
For each line of the map there is a bit set, over the indices of that list, of the members north of
the line; the same holds for columns and the members west of them. Each agent is in one row, so the
set of the agents in rows a … b is the difference of the sets of lines a and b + 1. Four short sets
thus give the agents in a crop, by slot.

The agents found are kept as a list per crop, so that observations can be written in order of slots.
Written region by region, they would jump to and fro in memory that no cache holds, which took
longer than all other work.
"""

from typing import Any

import numpy as np

from forge.blade.bits import lowest_bit
from forge.blade.jit import inlined, lean
from forge.blade.space import Space
from forge.blade.state import Array


@lean
def _list_members(agents: Array, observers: int, space: Space, rules: Any) -> None:
    """List for each region the entities that can be seen from it. Modifies space in place.

    Args:
        agents: AGENT (n,), the living of one realm, by slot.
        observers: how many of them are agents, who come first.
        space: working space.
        rules: RULES.
    """
    if space.regions.size == 1:
        _list_all(agents, observers, space, rules)
    else:
        _count_members(agents, observers, space.regions, rules)
        _share_out(space.regions)
        _enter_members(agents, space, rules)


@inlined
def _list_all(agents: Array, observers: int, space: Space, rules: Any) -> None:
    """List all agents as members of the only region. Modifies space in place."""
    region, members = space.regions[0, 0], space.members
    region.observers, region.members = observers, len(agents)
    for k in range(len(agents)):
        members[k].agent = k
        members[k].row = agents[k].row + rules.pad
        members[k].col = agents[k].col + rules.pad


@inlined
def _count_members(agents: Array, observers: int, regions: Array, rules: Any) -> None:
    """Count the agents in each region, and in sight of it. Modifies regions in place."""
    shift, radius = rules.shift, rules.radius
    for r in range(regions.shape[0]):
        for c in range(regions.shape[1]):
            regions[r, c].members = 0
            regions[r, c].observers = 0
    for k in range(len(agents)):
        row, col = agents[k].row + rules.pad, agents[k].col + rules.pad
        regions[row >> shift, col >> shift].observers += k < observers
        for r in range((row - radius) >> shift, ((row + radius) >> shift) + 1):
            for c in range((col - radius) >> shift, ((col + radius) >> shift) + 1):
                regions[r, c].members += 1


@inlined
def _share_out(regions: Array) -> None:
    """Give each region room for its list, and empty the list. Modifies regions in place."""
    first = 0
    for r in range(regions.shape[0]):
        for c in range(regions.shape[1]):
            regions[r, c].first = first
            first += regions[r, c].members
            regions[r, c].members = 0


@inlined
def _enter_members(agents: Array, space: Space, rules: Any) -> None:
    """Enter all agents, in order of slots, into the lists. Modifies space in place."""
    regions, members = space.regions, space.members
    shift, radius = rules.shift, rules.radius
    for k in range(len(agents)):
        row, col = agents[k].row + rules.pad, agents[k].col + rules.pad
        for r in range((row - radius) >> shift, ((row + radius) >> shift) + 1):
            for c in range((col - radius) >> shift, ((col + radius) >> shift) + 1):
                member = members[regions[r, c].first + regions[r, c].members]
                regions[r, c].members += 1
                member.agent = k
                member.row = row
                member.col = col


@inlined
def _words_of(region: Any) -> int:
    """Count the words of a set of the region's members."""
    return int((region.members + 63) >> 6)


@lean
def _make_sets(space: Space, rules: Any, region: Any) -> None:
    """Make the sets of one region, overwriting those of another region. Modifies space in place.

    Args:
        space: as ``_list_members`` left it.
        rules: RULES.
        region: REGION.
    """
    words, members, sets = _words_of(region), space.members, space.sets
    west = (rules.lines + 1) * words
    sets[: 2 * west] = 0
    for i in range(region.members):
        member = members[region.first + i]
        word, bit = i >> 6, np.uint64(1) << np.uint64(i & 63)
        sets[(member.row - region.top + 1) * words + word] |= bit
        sets[west + (member.col - region.left + 1) * words + word] |= bit
    for at in range(words, west):
        sets[at] |= sets[at - words]
        sets[west + at] |= sets[west + at - words]


@inlined
def _is_home(rules: Any, r: int, c: int, member: Any) -> bool:
    """Tell whether a member of a region is in the region itself, not merely in sight of it."""
    return bool(member.row >> rules.shift == r and member.col >> rules.shift == c)


@inlined
def _corners(rules: Any, region: Any, observer: Any) -> tuple[int, int, int]:
    """Find the sets that separate the crop of an agent from the rest of its region.

    Returns:
        First word of the set of members north of the crop, first word of the set of members west
        of it, and the distance from these to the sets of its other two sides [words].
    """
    words = _words_of(region)
    north = (observer.row - rules.radius - region.top) * words
    west = (rules.lines + 1 + observer.col - rules.radius - region.left) * words
    return north, west, (2 * rules.radius + 1) * words


@inlined
def _in_crop(sets: Array, north: int, west: int, across: int, word: int) -> Any:
    """Tell which of the 64 members of a word are in a crop: uint64.

    Args:
        sets: made by ``_make_sets``.
        north: first of the ``_corners`` of the crop.
        west: second of its corners.
        across: third of its corners.
        word: index of the word.
    """
    rows = sets[north + word] ^ sets[north + across + word]
    return rows & (sets[west + word] ^ sets[west + across + word])


@inlined
def _find_in(
    members: Array, sets: Array, found: Array, rules: Any, region: Any, own: int, first: int
) -> int:
    """List the agents in one agent's crop: itself, then the others by slot. Modifies found.

    Args:
        members: MEMBER, as in ``Space``.
        sets: made by ``_make_sets``.
        found: MEMBER; filled as far as there is room.
        rules: RULES.
        region: REGION, the home of the observer.
        own: the observer's index in the list of the region.
        first: first index to write in found.

    Returns:
        The index after the last.
    """
    last = first
    observer = members[region.first + own]
    if last < len(found):
        found[last] = observer
    last += 1
    north, west, across = _corners(rules, region, observer)
    for word in range(_words_of(region)):
        bits = _in_crop(sets, north, west, across, word)
        if word == own >> 6:
            bits ^= np.uint64(1) << np.uint64(own & 63)
        start = region.first + (word << 6)
        while bits != 0:
            if last < len(found):
                found[last] = members[start + lowest_bit(bits)]
            bits &= bits - np.uint64(1)
            last += 1
    return last


@lean
def find_all(agents: Array, observers: int, space: Space, rules: Any) -> None:
    """List the entities in each agent's crop. Modifies space in place.

    Args:
        agents: AGENT (n,), the living of one realm, by slot.
        observers: how many of them are agents, who observe; NPCs come after them.
        space: working space.
        rules: RULES.
    """
    _list_members(agents, observers, space, rules)
    regions, members, sets = space.regions, space.members, space.sets
    found, crops, last = space.found, space.crops, 0
    for r in range(regions.shape[0]):
        for c in range(regions.shape[1]):
            region = regions[r, c]
            if region.observers == 0:
                continue
            _make_sets(space, rules, region)
            for own in range(region.members):
                member = members[region.first + own]
                if member.agent < observers and _is_home(rules, r, c, member):
                    first = last
                    last = _find_in(members, sets, found, rules, region, own, first)
                    crops[member.agent].first = first
                    crops[member.agent].rows = last - first
