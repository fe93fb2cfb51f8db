"""Ask a network about agents that are not there: probes, put into copies of a realm.

Shape letters: W copies, N probes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.added import OF_AGENTS
from forge.blade.buffers import Buffers
from forge.blade.observation import Observation
from forge.blade.observing import observe_into
from forge.blade.realm import Realms
from forge.blade.records import AGENT, AGENT_COLUMNS, newborn
from forge.blade.state import State, agents_of, empty, layout, made, padding
from forge.blade.subset import of_agents
from forge.blade.tiles import SAFE
from forge.config import Config
from forge.ethyr.distribution import VALUE
from forge.trinity.remembering import RememberingSword
from forge.trinity.sword import Sword

Array = NDArray[Any]

ELSEWHERE = -1  # slot of a seller that is not in a copy
ROOM = 2**25  # of the maps that are copied at once [bytes]
MOST_PROBES = 2**14  # on one map; on a larger one each stands for a square of tiles


def standable(realms: Realms, w: int) -> Array:
    """Find the tiles on which an agent can stay: bool (map_size, map_size)."""
    pad, size = padding(realms.config), realms.config.map_size
    tiles: Array = realms.state.tiles[w, pad : pad + size, pad : pad + size]
    return np.isin(tiles, SAFE)


def standard(realms: Realms, w: int, population: int, rows: Array, cols: Array) -> Array:
    """Make a standard agent for each place: full health, food and water, its immunity just over.

    Args:
        realms: the batch.
        w: the realm's place in it.
        population: of the agents.
        rows: integers (N,).
        cols: integers (N,).

    Returns:
        AGENT (N,), with an id that nobody has had.
    """
    probes = np.repeat(newborn(AGENT, AGENT_COLUMNS, realms.config), len(rows))
    probes["id"], probes["population"] = realms.state.clock[w].next_id, population
    probes["age"], probes["row"], probes["col"] = realms.config.immunity, rows, cols
    return probes


def living(realms: Realms, w: int) -> Array:
    """Copy the living agents of a realm: AGENT, by slot."""
    agents = agents_of(realms.state, w)
    return np.array(agents[agents["alive"]])


def middle(realms: Realms, w: int) -> tuple[int, int]:
    """Find the tile nearest to the middle of a map on which an agent can stay: row, column."""
    places = np.argwhere(standable(realms, w))
    away = ((places - (realms.config.map_size - 1) / 2) ** 2).sum(axis=1)
    row, col = places[away.argmin()].tolist()
    return row, col


def put_alone(realms: Realms, w: int, population: int, row: int, col: int) -> int:
    """Let nobody live in a realm but a standard agent. Modifies the realm: ask, do not play on.

    Returns:
        The agent's id.
    """
    clear(realms, w)
    one = standard(realms, w, population, np.array([row]), np.array([col]))
    state, pad = realms.state, padding(realms.config)
    state.agents[w, :1], state.crowd[w, row + pad, col + pad] = one, 1
    state.clock[w].living = state.clock[w].top = 1
    state.clock[w].next_id += 1
    state.tally["living"][w, population] = 1
    realms.observe()
    return int(one[0]["id"])


def clear(realms: Realms, w: int) -> None:
    """Let nobody live in a realm. Modifies the realm, to be asked, not to be played on."""
    empty(realms.state, w)
    realms.observe()


def observe_copies(
    realms: Realms, w: int, crowds: Sequence[Array], agent: int
) -> Iterator[Observation]:
    """Observe one agent, or all with its id, in copies of a realm that differ in who lives there.

    Args:
        realms: the batch; it is only read.
        w: the realm's place in it.
        crowds: AGENT arrays, the living of each copy.
        agent: the id.

    Yields:
        What they observe, for some copies after the other, in their order.
    """
    tiles = realms.state.tiles[w]
    together = max(1, ROOM // tiles.nbytes)
    for first in range(0, len(crowds), together):
        part = crowds[first : first + together]
        config = _with_room(realms.config, max(map(len, part)))
        obs = observe_into(_copies(realms, w, config, part), Buffers(config, len(part)))
        yield of_agents(obs, np.flatnonzero(obs.ent["id"] == agent))


def _with_room(config: Config, agents: int) -> Config:
    """Change settings so that so many agents have a slot."""
    most = max(agents, config.populations)
    return config.replace(max_agents=most, births=min(config.births, most))


def _copies(realms: Realms, w: int, config: Config, crowds: Sequence[Array]) -> State:
    """Make copies of a realm, as far as observing reads them.

    Who lives in the realm has learned and carries as much in a copy, has its quest and has said its
    word; others are at level 1, with nothing.

    Args:
        realms: the batch; it is only read.
        w: the realm's place in it.
        config: its settings, with a slot for each of a crowd.
        crowds: AGENT arrays, the living of each copy.
    """
    shapes = layout(config, len(crowds)).items()
    arrays = {name: np.zeros(shape, dtype) for name, (shape, dtype) in shapes}
    state = made(arrays, len(crowds))
    state.tiles[:] = realms.state.tiles[w]
    for copy, crowd in enumerate(crowds):
        state.agents[copy, : len(crowd)] = crowd
        state.agents["slot"][copy, : len(crowd)] = np.arange(len(crowd))
        state.clock["top"][copy] = len(crowd)
        state.clock["tick"][copy] = realms.state.clock["tick"][w]
        known = np.flatnonzero(crowd["id"] < realms.state.clock["next_id"][w])
        for name in arrays.keys() & set(OF_AGENTS):
            array: Array = getattr(realms.state, name)
            arrays[name][copy, known] = array[w, crowd["slot"][known]]
        if config.market:
            _copy_offers(state.offers[copy], realms.state.offers[w], crowd[known], known)
    return state


def _copy_offers(out: Array, offers: Array, crowd: Array, places: Array) -> None:
    """Copy a market into a copy of its realm; as far as there is room, the cheapest offers.

    Args:
        out: OFFER (o,), of the copy; modified in place.
        offers: OFFER (O,), of the realm.
        crowd: AGENT (n,), agents of the realm that are in the copy.
        places: integers (n,), their slots there.
    """
    kept = offers[offers["kind"] > 0]
    kept = kept[np.argsort(kept["price"], kind="stable")][: len(out)]
    slots = dict(zip(crowd["slot"].tolist(), places.tolist(), strict=True))
    out[: len(kept)] = kept
    out["seller"][: len(kept)] = [
        slots.get(seller, ELSEWHERE) for seller in kept["seller"].tolist()
    ]


def values_on(realms: Realms, sword: Sword, w: int, population: int, chosen: Array) -> Array:
    """Find the value of a standard agent on each of some tiles, alone among those who live there.

    Probes that cannot see each other share a copy of the realm.

    Args:
        realms: the batch; it is only read.
        sword: holds the network.
        w: the realm's place in the batch.
        population: whose network.
        chosen: bool (map_size, map_size), the tiles.

    Returns:
        float64 (map_size, map_size); NaN on other tiles.
    """
    rows, cols = np.nonzero(chosen)
    probes = standard(realms, w, population, rows, cols)
    here, apart = living(realms, w), realms.config.radius + 1
    copy = rows % apart * apart + cols % apart
    crowds = [np.concatenate([here, probes[copy == each]]) for each in np.unique(copy)]
    shown = np.full(chosen.shape, np.nan)
    for obs in observe_copies(realms, w, crowds, int(realms.state.clock[w].next_id)):
        place = np.zeros(len(obs), np.int32)  # of a slot whose memory is emptied
        shown[obs.ent["row"], obs.ent["col"]] = _ask(sword, obs, w, place, fresh=True)
    return shown


def value_with(realms: Realms, sword: Sword, w: int, agent: int, seconds: Array) -> Array:
    """Find the value of an agent when a further agent stands near it.

    Args:
        realms: the batch; it is only read.
        sword: holds the network.
        w: the realm's place in the batch.
        agent: id of a living agent.
        seconds: AGENT (N,), the further agents, each for itself.

    Returns:
        float64 (1 + N,): without any, then with each.
    """
    here, radius = living(realms, w), realms.config.radius
    one = here[here["id"] == agent][0]
    distance = np.maximum(abs(here["row"] - one["row"]), abs(here["col"] - one["col"]))
    near = here[distance <= radius]  # it sees no others
    crowds = [near, *(np.append(near, second) for second in seconds)]
    values = [
        _ask(sword, obs, w, np.full(len(obs), one["slot"], np.int32), fresh=False)
        for obs in observe_copies(realms, w, crowds, agent)
    ]
    return np.concatenate(values)


def _ask(sword: Sword, obs: Observation, w: int, slots: Array, fresh: bool) -> Array:
    """Ask a network for the values of probes, and leave it as it was.

    Args:
        sword: holds the network.
        obs: what the probes observe.
        w: the place in the batch of the realm that they stand for.
        slots: int32 (N,), whose memory they have, if the network remembers.
        fresh: whether they remember nothing instead.
    """
    ent = np.array(obs.ent)
    ent["slot"] = slots
    obs = replace(obs, ent=ent, realm=np.full(len(obs), w, np.int32))
    if not isinstance(sword, RememberingSword):
        return sword.heads(obs)[:, VALUE].astype(np.float64)
    kept = sword.memory.copy()
    try:
        if fresh:
            sword.memory[...] = 0
        return sword.heads(obs)[:, VALUE].astype(np.float64)
    finally:
        sword.memory[...] = kept
