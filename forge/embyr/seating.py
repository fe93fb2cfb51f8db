"""Say who plays which agent: one seat per client, and one player per agent."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Protocol

from forge.embyr import packets
from forge.embyr.orders import Order, fault
from forge.embyr.packets import CommandError

# What a client takes for granted before it is told of seats.
NO_SEATS = packets.notice("seats", own=-1, waits=False, played=[], awaited=[], elsewhere=[])


class OrderError(CommandError):
    """The rules forbid an order now, which a moment ago they may have allowed: no fault."""


class Seat:
    """An agent that a client plays.

    Attributes:
        agent: its id.
        waits: whether the world waits for an order before each tick.
        order: for the next tick; None: it rests.
    """

    def __init__(self, agent: int, waits: bool) -> None:
        self.agent, self.waits = agent, waits
        self.order: Order | None = None
        self._handed: Order | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the world waits for it now."""
        return self.waits and self.order is None

    def hand(self) -> Order | None:
        """Give the order for a tick that is about to be played."""
        self._handed = self.order
        return self.order

    def forget(self) -> None:
        """Forget the order that was handed over; a later one stays."""
        if self.order is self._handed:
            self.order = None


class Player(Protocol):
    """Whoever can have a seat.

    Attributes:
        realm: the number of the realm that is watched.
        seat: the agent that it plays; None: it only watches.
    """

    realm: int
    seat: Seat | None


def take(
    player: Player,
    others: Iterable[Player],
    agent: int,
    waits: bool,
    setting: Mapping[str, Any],
    lives: bool,
) -> None:
    """Let somebody play an agent. Modifies player in place.

    Args:
        player: who asks.
        others: everybody else.
        agent: its id.
        waits: whether the world is to wait for orders.
        setting: of the realm.
        lives: whether the agent lives.

    Raises:
        CommandError: if nobody can play in this world, or not this agent.
    """
    if not setting.get("playable"):
        raise CommandError("nobody can play in this world: it is shown as it was")
    if not lives:
        raise OrderError(f"agent {agent} does not live")
    if agent in [other.seat.agent for other in in_realm(others, player.realm) if other.seat]:
        raise OrderError(f"somebody else plays agent {agent}")
    if player.seat is None or player.seat.agent != agent:
        player.seat = Seat(agent, waits)
    player.seat.waits = waits


def act(seat: Seat | None, order: Order, seen: Mapping[int, Mapping[str, Any]]) -> Seat:
    """Take an order for the next tick; a later one takes its place. Modifies seat in place.

    Args:
        seat: of who asks.
        order: what its agent is to do.
        seen: what agents see and think, by id.

    Raises:
        OrderError: if the agent cannot do so now.
    """
    if seat is None:
        raise OrderError("you play no agent: take one first")
    if seat.agent not in seen:
        raise OrderError(f"agent {seat.agent} has not looked around yet")
    if wrong := fault(order, seen[seat.agent]["sight"]):
        raise OrderError(f"agent {seat.agent}: {wrong}")
    seat.order = order
    return seat


def wanted(players: Iterable[Player]) -> dict[str, Any]:
    """Say what people who play want of the next turn: see ``spectator.Asked``."""
    orders: dict[int, dict[int, Order | None]] = {}
    held, singly = set(), set()
    for player in players:
        if player.seat is not None:
            orders.setdefault(player.realm, {})[player.seat.agent] = player.seat.hand()
            held |= {player.realm} if player.seat.is_awaited else set()
            singly |= {player.realm} if player.seat.waits else set()
    return {"orders": orders, "held": frozenset(held), "singly": frozenset(singly)}


def clear(players: Iterable[Player], realm: int, lives: Callable[[int], bool], moved: bool) -> None:
    """Free the seats of agents that do not live any more. Modifies players in place.

    Args:
        players: all.
        realm: that was played.
        lives: says whether an agent lives.
        moved: whether a tick was played, so that orders are carried out.
    """
    for player in in_realm(players, realm):
        if player.seat is not None and not lives(player.seat.agent):
            player.seat = None
        elif player.seat is not None and moved:
            player.seat.forget()


def told(player: Player, players: Iterable[Player], together: Container[int] = ()) -> str:
    """Tell somebody who plays in the same realm, and for whom it waits.

    Args:
        player: who is told.
        players: all.
        together: realms that are played together with the player's, and wait with it.
    """
    waiting = {each.realm for each in players if each.seat is not None and each.seat.is_awaited}
    seats = [other.seat for other in in_realm(players, player.realm) if other.seat is not None]
    return packets.notice(
        "seats",
        own=-1 if player.seat is None else player.seat.agent,
        waits=player.seat is not None and player.seat.waits,
        played=sorted(seat.agent for seat in seats),
        awaited=sorted(seat.agent for seat in seats if seat.is_awaited),
        elsewhere=sorted(realm for realm in waiting - {player.realm} if realm in together),
    )


def in_realm(players: Iterable[Player], realm: int) -> Iterable[Player]:
    """Find all that watch a realm."""
    return [player for player in players if player.realm == realm]
