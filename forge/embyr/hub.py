"""Keep the newest of every realm that is watched, and what each client has of it.

A client that keeps up gets the difference to the frame before; one that was too slow, or that has
just come, gets what completes it at once. Nothing is queued for anybody.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from forge.embyr import packets
from forge.embyr.broadcast import Broadcast, Message
from forge.embyr.epochs import Curves, Lifetimes
from forge.embyr.orders import Order
from forge.embyr.overlays import ALL, OVERLAYS, Look
from forge.embyr.packets import Command, CommandError
from forge.embyr.painter import Painted
from forge.embyr.seating import NO_SEATS, OrderError, Seat, act, clear, take, told, wanted
from forge.embyr.spectator import Seen

logger = logging.getLogger("forge.embyr")

NOTICES = 8  # that wait for a client; older ones are dropped
MOST_FAULTS = 100  # of a client, before it is sent away


class Client:
    """Somebody who watches.

    Attributes:
        realm: the number of the realm that is watched.
        selected: id of the agent that is looked into; −1: none.
        seat: the agent that it plays; None: it only watches.
        paused: whether it wants the world to wait.
        wants_values: whether it is sent the values of all agents.
        faults: messages that made no sense.
        wake: set when there is something to be sent.
    """

    def __init__(self, realm: int) -> None:
        self.realm, self.selected, self.wake = realm, -1, asyncio.Event()
        self.faults, self.paused, self.wants_values = 0, False, False
        self.seat: Seat | None = None
        self._seats = NO_SEATS
        self._broadcast: Broadcast | None = None  # what it has of which
        self._sequence = -1
        self._inspected: dict[int, dict[str, Any]] = {}
        self._overlay, self._population = "", ALL  # that is shown
        self._picture: Message | None = None
        self._values: Message | None = None
        self._source = ""
        self._notices: deque[str] = deque(maxlen=NOTICES)
        self.curves = (0, 0)  # what it has of the run's epochs

    def tell(self, notice: str) -> None:
        """Add a notice to what is sent next."""
        self._notices.append(notice)
        self.wake.set()

    def show(self, name: str, population: int) -> None:
        """Choose an overlay; an empty name: none."""
        self._overlay, self._population, self._picture = name, population, None
        self.wake.set()

    def want_values(self, wants: bool) -> None:
        """Have the values of all agents sent, or no longer."""
        self.wants_values, self._values = wants, None
        self.wake.set()

    @property
    def look(self) -> Look | None:
        """Say which overlay is looked at."""
        found = OVERLAYS.get(self._overlay)
        look = Look(self.realm, self._overlay, self._population, self.selected)
        return None if found is None else found.reduced(look)

    @property
    def looks_into(self) -> set[int]:
        """The ids of the agents whose sight and thoughts it is sent."""
        seat = -1 if self.seat is None else self.seat.agent
        return {agent for agent in (self.selected, seat) if agent >= 0}

    def take(
        self, broadcasts: dict[int, Broadcast], realms: list[int], seats: str
    ) -> list[Message]:
        """Write all that this client lacks now; it then counts as sent.

        Args:
            broadcasts: of all realms that are watched.
            realms: all that can be.
            seats: says who plays in its realm.
        """
        messages: list[Message] = [*self._notices]
        self._notices.clear()
        broadcast = broadcasts.get(self.realm)
        if broadcast is None:
            return messages
        if broadcast is not self._broadcast:
            messages += broadcast.complete(realms)
            self._source, self._picture, self._values = broadcast.source, None, None
            self._seats = NO_SEATS
        elif broadcast.sequence != self._sequence:
            messages.append(broadcast.news(self._sequence))
        self._broadcast, self._sequence = broadcast, broadcast.sequence
        if broadcast.source != self._source:
            self._source = broadcast.source
            messages.append(packets.notice("source", text=broadcast.source))
        for agent in self.looks_into:
            found = broadcast.inspections.get(agent)
            if found is not None and found is not self._inspected.get(agent):
                messages.append(packets.notice("inspection", tick=broadcast.frame.tick, **found))
        self._inspected = broadcast.inspections
        picture = broadcast.picture(self.look)
        if picture is not None and picture is not self._picture:
            messages.append(picture)
            self._picture = picture
        values = broadcast.values if self.wants_values else None
        if values is not None and values is not self._values:
            messages.append(values)
            self._values = values
        if seats != self._seats:
            self._seats = seats
            messages.append(seats)
        return messages


def _nobody(_: int) -> bool:
    """Say that an agent of an earlier world does not live in a new one."""
    return False


class Hub:
    """All clients, and all realms that they watch.

    Used within one event loop.

    Attributes:
        clients: that are connected.
    """

    def __init__(self, realms: list[int], steer: Callable[[Command], None]) -> None:
        """Begin without clients.

        Args:
            realms: that can be watched.
            steer: told of what clients ask of the world: its pace, or a new copy; and of
                ``watch``, ``select``, ``overlay`` and ``values``, after they have been done.
        """
        self._realms, self._steer = realms, steer
        self._broadcasts: dict[int, Broadcast] = {}
        self._waits = False  # whether the world does, for its viewers
        self._status, self._pace = "", packets.notice("pace", rate=0, paused=True)
        self._curves = Curves()
        self._failed: set[str] = set()  # names of overlays of which it was logged
        self.clients: set[Client] = set()

    def join(self) -> Client:
        """Let somebody in; the first realm is watched until another is asked for."""
        client = Client(self._realms[0])
        self.clients.add(client)
        client.tell(self._pace)
        if self._status:
            client.tell(packets.notice("status", text=self._status))
        self._settle()
        self._steer(Command("watch", client.realm))
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self.clients.discard(client)
        self._settle()
        self._wake()
        self._steer(Command("watch", client.realm))

    def watched(self) -> dict[int, frozenset[int]]:
        """Say which realms are watched, and who in them is looked into."""
        found: dict[int, set[int]] = {}
        for client in self.clients:
            ids = found.setdefault(client.realm, set())
            ids |= client.looks_into
        return {realm: frozenset(ids) for realm, ids in found.items()}

    def looks(self) -> set[Look]:
        """Say which overlays are looked at."""
        return {look for client in self.clients if (look := client.look) is not None}

    def expecting(self) -> set[int]:
        """Say of which realms the values of all agents are looked at."""
        return {client.realm for client in self.clients if client.wants_values}

    def see(self, watched: list[int], turn: list[Seen]) -> None:
        """Take in what has become of all realms that were watched in a turn."""
        for realm in set(self._broadcasts) - set(watched):
            del self._broadcasts[realm]
        for seen in turn:
            before = self._broadcasts.get(seen.realm)
            tick = before.frame.tick if before else -1
            self._warn(seen.painted)
            if seen.opening is not None:
                self._broadcasts[seen.realm] = Broadcast(seen, seen.opening)
            else:
                self._broadcasts[seen.realm].see(seen)
            broadcast = self._broadcasts[seen.realm]
            lives = broadcast.lives if seen.opening is None else _nobody
            clear(self.clients, seen.realm, lives, moved=broadcast.frame.tick != tick)
        self._wake()

    def _warn(self, painted: tuple[Painted, ...]) -> None:
        """Log once what goes wrong in an overlay."""
        for picture in painted:
            name = picture.look.name
            if picture.is_error and name not in self._failed:
                self._failed.add(name)
                logger.warning("the overlay %s fails: %s", name, picture.fault)

    def set_pace(self, rate: float, paused: bool) -> None:
        """Tell all clients, and those to come, how fast the world goes [ticks/s]."""
        self._pace = packets.notice("pace", rate=rate, paused=paused)
        for client in self.clients:
            client.tell(self._pace)

    def learn(self, rows: Sequence[Lifetimes]) -> None:
        """Take in epochs of the run that is watched."""
        self._curves.add(rows)
        self._wake()

    def say(self, text: str) -> None:
        """Tell all clients, and those to come, how the world is."""
        self._status = text
        for client in self.clients:
            client.tell(packets.notice("status", text=text))

    def take(self, client: Client) -> list[Message]:
        """Write all that a client lacks now."""
        broadcast = self._broadcasts.get(client.realm)
        together = () if broadcast is None else broadcast.setting.get("together", ())
        seats = told(client, self.clients, together)
        messages = client.take(self._broadcasts, self._realms, seats)
        epochs = self._curves.since(client.curves)
        client.curves = self._curves.state
        return [*messages, epochs] if epochs else messages

    def hear(self, client: Client, text: str | None) -> None:
        """Do what a client asks, or tell it what is wrong with it.

        Args:
            client: who asks.
            text: its message; None: one that was no text.
        """
        try:
            if text is None:
                raise CommandError("a message is text")
            command = packets.read_command(text)
            self._do(client, command)
        except CommandError as error:
            if not isinstance(error, OrderError):
                if not client.faults:
                    logger.warning("a viewer sent what is no command: %s", error)
                client.faults += 1
            client.tell(packets.notice("error", text=str(error)))

    def _do(self, client: Client, command: Command) -> None:
        if command.type == "watch":
            if command.value not in self._realms:
                raise CommandError(f"there is no realm {command.value}")
            client.realm, client.selected, client.seat = int(command.value), -1, None
            client.wake.set()
        elif command.type == "select":
            client.selected = int(command.value)
        elif command.type == "overlay":
            if command.name and command.name not in OVERLAYS:
                raise CommandError(f"there is no overlay {command.name!r}")
            client.show(command.name, int(command.value))
        elif command.type == "values":
            client.want_values(bool(command.value))
        elif command.type in ("play", "pause"):
            client.paused = command.type == "pause"
            self._settle()
            return
        elif command.type == "seat":
            self._seat(client, command.more["id"], bool(command.more["waits"]))
        elif command.type == "act":
            broadcast = self._broadcasts.get(client.realm)
            seen = {} if broadcast is None else broadcast.inspections
            waits = act(client.seat, Order(**command.more), seen).waits
            self._wake()
            if not waits:
                return  # the next tick comes by itself
        elif command.type == "step" and not self._waits:
            return  # the next tick comes by itself
        self._steer(command)

    def _seat(self, client: Client, agent: int, waits: bool) -> None:
        """Let a client play an agent, or give it back (−1)."""
        broadcast = self._broadcasts.get(client.realm)
        if agent < 0:
            client.seat = None
        elif broadcast is not None:
            others = self.clients - {client}
            take(client, others, agent, waits, broadcast.setting, broadcast.lives(agent))
        self._wake()

    def seats(self) -> dict[str, Any]:
        """Say what people who play want of the next turn: see ``spectator.Asked``."""
        return wanted(self.clients)

    def _wake(self) -> None:
        """Let all clients see what they lack."""
        for client in self.clients:
            client.wake.set()

    def _settle(self) -> None:
        """Let the world wait if all who watch it want it to, so that nobody stops it for others."""
        waits = bool(self.clients) and all(client.paused for client in self.clients)
        if waits != self._waits:
            self._waits = waits
            self._steer(Command("pause" if waits else "play"))
