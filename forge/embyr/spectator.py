"""Play for viewers in a process of its own: it answers turn by turn, at the pace it is asked.

Nothing is played that nobody watches, and nothing here can change a run.
"""

import time
from collections.abc import Callable, Container, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.embyr import frames
from forge.embyr.frames import Frame, Witness
from forge.embyr.layers import catalogue
from forge.embyr.orders import REST, Order, foretell
from forge.embyr.overlays import Look, Packed, unpack
from forge.embyr.painter import Painted, Painter, View
from forge.embyr.taping import close_tapes
from forge.embyr.thoughts import expectations, inspect
from forge.embyr.worlds import Beginning, Weights, World
from forge.trinity.engines.serving import serve
from forge.trinity.engines.surroundings import Surroundings

Array = NDArray[Any]

MOST_WORLDS = 4  # that are kept, those last watched, beside those that must not begin anew


class Opening(NamedTuple):
    """What is told of a realm when it comes to be watched."""

    setting: dict[str, Any]
    land: Array


class Seen(NamedTuple):
    """What became of a realm in a turn."""

    realm: int
    opening: Opening | None
    frame: Frame
    source: str
    inspections: dict[int, dict[str, Any]]  # by the agent's id; nothing of those that are gone
    painted: tuple[Painted, ...] = ()  # overlays that were computed in this turn
    values: Array | None = None  # float32 (n,), of all agents, if they are asked for


class Asked(NamedTuple):
    """What a turn is to do.

    Attributes:
        watched: realms that are watched, and the ids of agents that are looked into.
        ticks: how many to play, at most; 0: none.
        seconds: play no further one once so much time has passed.
        weights: newer ones, or None.
        beginning: begin anew from here; None: go on.
        looks: overlays that are shown.
        expecting: realms of which the values of all agents are shown.
        orders: of agents that people play in the next tick, by realm and id; None: it rests. In
            later ticks of the turn such an agent rests.
        held: realms that do not go on in this turn.
        singly: realms that play one tick in this turn, at most.
        paused: whether no turn may follow soon, so that overlays are computed now.
    """

    watched: dict[int, frozenset[int]]
    ticks: int = 1
    seconds: float = 1.0
    weights: Weights | None = None
    beginning: Beginning | None = None
    looks: frozenset[Look] = frozenset()
    expecting: frozenset[int] = frozenset()
    orders: dict[int, dict[int, Order | None]] | None = None
    held: frozenset[int] = frozenset()
    singly: frozenset[int] = frozenset()
    paused: bool = False


class Spectator:
    """Play the realms that are watched."""

    def __init__(self, beginning: Beginning) -> None:
        self._begin(beginning)

    def _begin(self, beginning: Beginning) -> None:
        self._beginning, self._groups = beginning, beginning.groups()
        self._group_of = {realm: g for g, group in enumerate(self._groups) for realm in group}
        self._worlds: dict[int, World] = {}  # by group, those last watched at the end
        self._witnesses: dict[int, Witness] = {}  # by realm
        self._moves: dict[int, int] = {}  # how often each had moved when it began to be witnessed
        self._weights: Weights | None = None
        self._played: dict[int, int] = {}  # since which tick somebody plays in a group's world
        self._painter = Painter()

    def turn(self, asked: Asked) -> list[Seen]:
        """Play some ticks of all realms that are watched.

        Returns:
            What became of each; nothing of realms that do not exist.
        """
        if asked.beginning is not None:
            self._begin(asked.beginning)
        self._learn(asked.weights)
        watched = {realm: ids for realm, ids in asked.watched.items() if realm in self._group_of}
        opened = self._open(list(watched))
        groups = {self._group_of[realm] for realm in watched}
        end = time.monotonic() + asked.seconds
        for group in groups:
            witnesses = [self._witnesses[r] for r in self._groups[group] if r in watched]
            self._worlds[group].witnesses = witnesses
        groups -= {self._group_of[realm] for realm in asked.held & watched.keys()}
        singly = {self._group_of[realm] for realm in asked.singly & watched.keys()}
        for played in range(asked.ticks):
            for group in groups if played == 0 else groups - singly:
                self._order(group, asked.orders or {}, played == 0)
                self._worlds[group].play()
            if time.monotonic() >= end or all(self._worlds[group].ended for group in groups):
                break
        opened |= self._open(list(watched))  # realms that have come to another map
        seen = [
            self._seen(realm, opened.get(realm), ids, realm in asked.expecting)
            for realm, ids in watched.items()
        ]
        painted = self._paint(asked, opened)
        return [one._replace(painted=painted.get(one.realm, ())) for one in seen]

    def _paint(self, asked: Asked, opened: Container[int]) -> dict[int, tuple[Painted, ...]]:
        """Compute overlays that are due: by realm."""
        views = {}
        for look in asked.looks:
            if look.realm in asked.watched and look.realm in self._group_of:
                world = self._worlds[self._group_of[look.realm]]
                place = self._place(look.realm)
                views[look] = View(world.realms, world.sword, place, world.source)
                if look.realm in opened:
                    self._painter.forget(look.realm)
        found: dict[int, tuple[Painted, ...]] = {}
        for painted in self._painter.paint(views, hurry=asked.paused):
            realm = painted.look.realm
            found[realm] = (*found.get(realm, ()), painted)
        return found

    def _order(self, group: int, orders: dict[int, dict[int, Order | None]], first: bool) -> None:
        """Hand people's orders to a world before it plays a tick."""
        player = self._worlds[group].player
        if player is None:
            return
        player.orders = {
            (w, agent): order if order and first else REST
            for w, realm in enumerate(self._groups[group])
            for agent, order in orders.get(realm, {}).items()
        }
        if player.orders:
            clock = self._worlds[group].realms.state.clock
            self._played.setdefault(group, int(clock["tick"].max()))

    def _source(self, group: int) -> str:
        """Say where a world comes from, and whether somebody has played in it."""
        world, since = self._worlds[group], self._played.get(group)
        if since is None:
            return world.source
        return f"{world.source} Played by hand since tick {since}: no longer {world.own}."

    def _learn(self, weights: Weights | None) -> None:
        if weights is not None:
            self._weights = weights
            for world in self._worlds.values():
                world.learn(weights)

    def _open(self, watched: list[int]) -> dict[int, Opening]:
        """Begin to witness what was not watched before; forget what is watched no longer."""
        for realm in set(self._witnesses) - set(watched):
            del self._witnesses[realm]
        for realm in set(self._witnesses) & self._moves.keys():
            if self._moves[realm] != self._moved(realm):
                del self._witnesses[realm]
        opened = {}
        for realm in watched:
            world, w = self._world(self._group_of[realm]), self._place(realm)
            if realm not in self._witnesses:
                number = world.realms.maps[w]
                source = self._source(self._group_of[realm])
                setting = frames.setting(self._beginning.config, realm, number, source)
                setting |= {"again": world.again, "unthinking": world.unthinking}
                setting["playable"] = world.player is not None
                setting["together"] = list(self._groups[self._group_of[realm]])
                setting["overlays"] = catalogue()
                opened[realm] = Opening(setting, frames.land(world.realms, w))
                self._witnesses[realm] = Witness(world.realms, w)
                self._moves[realm] = self._moved(realm)
        self._drop(watched)
        return opened

    def _drop(self, watched: list[int]) -> None:
        """Drop worlds that were watched long ago, but for those that are recorded or played in."""
        for group in list(self._worlds)[:-MOST_WORLDS]:
            kept = self._worlds[group].after or group in self._played
            if not kept and not set(self._groups[group]) & set(watched):
                del self._worlds[group]

    def _world(self, group: int) -> World:
        world = self._worlds.pop(group, None)
        if world is None:
            world = self._beginning.build(group)
            if self._weights is not None:
                world.learn(self._weights)
        self._worlds[group] = world
        return world

    def _moved(self, realm: int) -> int:
        """Count how often a realm has come to another map."""
        return self._worlds[self._group_of[realm]].moves[self._place(realm)]

    def _place(self, realm: int) -> int:
        return self._groups[self._group_of[realm]].index(realm)

    def _seen(
        self, realm: int, opening: Opening | None, ids: frozenset[int], expects: bool
    ) -> Seen:
        world, w = self._worlds[self._group_of[realm]], self._place(realm)
        obs, config = world.realms.observation, self._beginning.config
        found = {}
        if ids:
            here = np.flatnonzero((obs.realm == w) & np.isin(obs.ent["id"], list(ids)))
            found = {
                int(obs.ent["id"][n]): inspect(config, world.sword, obs, n) for n in here.tolist()
            }
        if config.skills:
            for agent, inspection in found.items():
                foretell(inspection["sight"], world.realms, w, agent)
        source, frame = self._source(self._group_of[realm]), self._witnesses[realm].frame()
        values = expectations(world.sword, obs, w) if expects else None
        return Seen(realm, opening, frame, source, found, values=values)


def main(connection: Connection, beginning: Beginning, overlays: Sequence[Packed] = ()) -> None:
    """Be the process: build the spectator at the first turn, answer until the pipe breaks."""

    def begin() -> Callable[..., Any]:
        unpack(overlays)
        surroundings = Surroundings()
        with surroundings:
            spectator = Spectator(beginning)

        def answer(asked: Asked) -> list[Seen]:
            with surroundings:
                return spectator.turn(asked)

        return answer

    serve(connection, begin)
    close_tapes()
