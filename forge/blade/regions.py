"""Find who is in a crop, at a cost that depends on who is near, not on how many live in the realm.

The map is cut into square regions. Each has a list, in order of slots, of all that an observer in
it can see: the agents in the region and within the radius around it. Over the places of that list
stand bit sets of the agents north, and of those west, of each line. An agent is in one row: the
set of those in rows a … b is what the sets of lines a and b + 1 do not share. So the agents in a
crop take four short sets to find, and come out by slot.

What is found is kept as a list per crop. The observations can then be written in order of slots,
one after the other: written region by region they would go to and fro in a memory that no cache
holds, which took longer than all the rest.
"""

from typing import Any

import numpy as np

from forge.blade.bits import lowest_bit
from forge.blade.jit import inlined, lean
from forge.blade.space import Space
from forge.blade.state import Array


@lean
def list_members(agents: Array, space: Space, rules: Any) -> None:
    """List by regions who can be seen from them. Modifies space in place.

    Args:
        agents: AGENT (n,), the living of one realm, by slot.
        space: working space.
        rules: RULES.
    """
    if space.regions.size == 1:
        _list_all(agents, space, rules)
    else:
        _count_members(agents, space.regions, rules)
        _share_out(space.regions)
        _enter_members(agents, space, rules)


@inlined
def _list_all(agents: Array, space: Space, rules: Any) -> None:
    """List all as members of the one region there is. Modifies space in place."""
    region, members = space.regions[0, 0], space.members
    region.observers = region.members = len(agents)
    for k in range(len(agents)):
        members[k].agent = k
        members[k].row = agents[k].row + rules.pad
        members[k].col = agents[k].col + rules.pad


@inlined
def _count_members(agents: Array, regions: Array, rules: Any) -> None:
    """Count who is in a region, and who in sight of it. Modifies regions in place."""
    shift, radius = rules.shift, rules.radius
    for r in range(regions.shape[0]):
        for c in range(regions.shape[1]):
            regions[r, c].members = 0
            regions[r, c].observers = 0
    for k in range(len(agents)):
        row, col = agents[k].row + rules.pad, agents[k].col + rules.pad
        regions[row >> shift, col >> shift].observers += 1
        for r in range((row - radius) >> shift, ((row + radius) >> shift) + 1):
            for c in range((col - radius) >> shift, ((col + radius) >> shift) + 1):
                regions[r, c].members += 1


@inlined
def _share_out(regions: Array) -> None:
    """Give each region room for its list, which is then empty. Modifies regions in place."""
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
def words_of(region: Any) -> int:
    """Count the words of a set of the region's members."""
    return int((region.members + 63) >> 6)


@lean
def part(space: Space, rules: Any, region: Any) -> None:
    """Make the sets of one region, in the place of those of another. Modifies space in place.

    Args:
        space: as ``list_members`` left it.
        rules: RULES.
        region: REGION.
    """
    words, members, sets = words_of(region), space.members, space.sets
    west = (rules.lines + 1) * words
    sets[: 2 * west] = 0
    for place in range(region.members):
        member = members[region.first + place]
        word, bit = place >> 6, np.uint64(1) << np.uint64(place & 63)
        sets[(member.row - region.top + 1) * words + word] |= bit
        sets[west + (member.col - region.left + 1) * words + word] |= bit
    for at in range(words, west):
        sets[at] |= sets[at - words]
        sets[west + at] |= sets[west + at - words]


@inlined
def is_home(rules: Any, r: int, c: int, member: Any) -> bool:
    """Tell whether a member of a region is in the region itself, not only in sight of it."""
    return bool(member.row >> rules.shift == r and member.col >> rules.shift == c)


@inlined
def corners(rules: Any, region: Any, observer: Any) -> tuple[int, int, int]:
    """Find the sets that part the crop of an agent from the rest of its region.

    Returns:
        First words of the set of those north of the crop and of those west of it, and how many
        words further the sets of its other ends are.
    """
    words = words_of(region)
    north = (observer.row - rules.radius - region.top) * words
    west = (rules.lines + 1 + observer.col - rules.radius - region.left) * words
    return north, west, (2 * rules.radius + 1) * words


@inlined
def in_crop(sets: Array, north: int, west: int, across: int, word: int) -> Any:
    """Tell which of the 64 members of a word are in a crop: uint64.

    Args:
        sets: as ``part`` left them.
        north: of the ``corners`` of the crop.
        west: likewise.
        across: likewise.
        word: which members.
    """
    rows = sets[north + word] ^ sets[north + across + word]
    return rows & (sets[west + word] ^ sets[west + across + word])


@lean
def _find_in(space: Space, rules: Any, region: Any, own: int, first: int) -> int:
    """List the agents in the crop of one: itself, then the others by slot. Modifies space.

    Args:
        space: as ``part`` left it.
        rules: RULES.
        region: REGION, the home of the observer.
        own: its place in the list of the region.
        first: where to begin in ``space.found``, which is filled as far as there is room.

    Returns:
        Where the list ends.
    """
    members, sets, found, last = space.members, space.sets, space.found, first
    observer = members[region.first + own]
    if last < len(found):
        found[last] = observer
    last += 1
    north, west, across = corners(rules, region, observer)
    for word in range(words_of(region)):
        bits = in_crop(sets, north, west, across, word)
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
def find_all(agents: Array, space: Space, rules: Any) -> None:
    """List for each agent who is in its crop. Modifies space in place: ``crops`` and ``found``.

    Args:
        agents: AGENT (n,), the living of one realm, by slot.
        space: working space.
        rules: RULES.
    """
    list_members(agents, space, rules)
    regions, members, crops, last = space.regions, space.members, space.crops, 0
    for r in range(regions.shape[0]):
        for c in range(regions.shape[1]):
            region = regions[r, c]
            if region.observers == 0:
                continue
            part(space, rules, region)
            for own in range(region.members):
                member = members[region.first + own]
                if is_home(rules, r, c, member):
                    first, last = last, _find_in(space, rules, region, own, last)
                    crops[member.agent].first = first
                    crops[member.agent].rows = last - first
