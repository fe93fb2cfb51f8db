"""Let people play agents of a copy: their orders take the place of what was decided for the agents.

A copy in which somebody has played is no longer the run's own. Its Sword collects what it decided
itself, and nothing there is learned.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from forge.blade.actions import plain
from forge.blade.hits import damages
from forge.blade.items import NUM_DEALS, PLACES
from forge.blade.observation import CHOICES, Actions, Observation
from forge.blade.realm import Realms
from forge.blade.targets import weakest
from forge.blade.tiles import NUM_STYLES, Move, Style
from forge.blade.trades import NUM_TRADES, way_of

ANYBODY = -1  # as a target: the weakest in reach
NO_TRADES = (True,) + (False,) * (NUM_TRADES - 1)
NO_DEALS = (True,) + (False,) * (NUM_DEALS - 1)  # those that are possible where there are no items


class Order(NamedTuple):
    """What an agent is to do in the next tick."""

    move: int = int(Move.STAY)
    style: int = int(Style.NONE)
    target: int = ANYBODY  # the id of another agent, or of an NPC
    deal: int = 0  # what it does with an item, as the choice of that name says
    trade: int = 0  # likewise
    price: int = 0
    receiver: int = -1  # the id of an agent; −1: nobody
    word: int = 0  # 0: silence


REST = Order()


class Puppeteer:
    """Carries out orders in a batch of realms.

    Attributes:
        orders: for the next tick, by the realm's place in the batch and the agent's id.
    """

    def __init__(self, auto_target: bool) -> None:
        self._auto_target = auto_target
        self.orders: Mapping[tuple[int, int], Order] = {}

    def override(self, obs: Observation, actions: Actions) -> Actions:
        """Replace what was decided for agents that have an order; others do as they would.

        Args:
            obs: what is acted on.
            actions: what was decided; it is not modified.
        """
        rows = {}
        for (realm, agent), order in self.orders.items():
            found = np.flatnonzero((obs.realm == realm) & (obs.ent["id"] == agent))
            rows.update({n: order for n in found.tolist()})
        if not rows:
            return actions
        done = Actions(*(np.array(array) for array in plain(actions, len(obs))))
        for name, choice in CHOICES.items():  # also those that nobody can order
            getattr(done, name)[list(rows)] = choice.rest
        for n, order in rows.items():
            done.move[n], done.style[n], done.deal[n] = order.move, order.style, order.deal
            done.target[n] = self._row(obs, n, order)
            done.trade[n], done.price[n], done.word[n] = order.trade, order.price, order.word
            done.receiver[n] = _row_of(obs, n, order.receiver)
        return done

    def _row(self, obs: Observation, n: int, order: Order) -> int:
        """Find the row of an order's target; 0, the agent itself, is nobody."""
        low, high = int(obs.offsets[n]), int(obs.offsets[n + 1])
        if order.style == Style.NONE:
            return 0
        if order.target == ANYBODY or self._auto_target:
            return int(weakest(obs.others, obs.reach, obs.can_attack, low, high, order.style))
        return _row_of(obs, n, order.target)


def _row_of(obs: Observation, n: int, who: int) -> int:
    """Find the row of somebody among those of the n-th agent; 0, the agent itself: nobody."""
    found = np.flatnonzero(obs.who[obs.offsets[n] : obs.offsets[n + 1]] == who)
    return int(found[0]) if len(found) else 0


def attackable(obs: Observation, n: int, auto_target: bool) -> list[dict[str, Any]]:
    """List whom an agent can attack, and with which styles, as JSON values.

    Where the rules choose targets, only those that they would choose.

    Args:
        obs: what the batch observes.
        n: the agent's place in it.
        auto_target: the setting.
    """
    low, high = int(obs.offsets[n]), int(obs.offsets[n + 1])
    allowed = np.array(obs.can_attack[low:high])
    allowed[0] = False  # itself
    if auto_target:
        for style in range(NUM_STYLES):
            row = weakest(obs.others, obs.reach, obs.can_attack, low, high, style)
            allowed[:, style] &= np.arange(high - low) == row
    rows = np.flatnonzero(allowed.any(axis=1))
    return [{"id": int(obs.who[low + row]), "styles": allowed[row].tolist()} for row in rows]


def foretell(sight: Mapping[str, Any], realms: Realms, w: int, agent: int) -> None:
    """Say what each style would do to those whom an agent can attack. Modifies sight in place.

    Args:
        sight: what it sees, as ``thoughts.inspect`` says it.
        realms: the batch, in which skills decide what hits do.
        w: the realm's place in it.
        agent: the id.
    """
    reached = sight["canAttack"]
    bodies = realms.state.agents[w]
    living = np.flatnonzero(bodies["alive"])
    slots = dict(zip(bodies["id"][living].tolist(), living.tolist(), strict=True))
    victims = np.repeat([slots[each["id"]] for each in reached], NUM_STYLES).astype(int)
    styles = np.tile(np.arange(NUM_STYLES), len(reached))
    attackers = np.full(len(victims), slots[agent])
    damage = damages(realms.state, realms.config, w, attackers, victims, styles)
    for each, does in zip(reached, damage.reshape(-1, NUM_STYLES).tolist(), strict=True):
        each["damage"] = does


def fault(order: Order, sight: Mapping[str, Any]) -> str:
    """Say why an agent cannot do what it is ordered; "": it can.

    Args:
        order: what it is to do.
        sight: what it sees, as ``thoughts.inspect`` says it.
    """
    if not sight["canMove"][order.move]:
        return f"it cannot move {Move(order.move).name.lower()} now"
    if order.deal and not sight.get("canDeal", NO_DEALS)[order.deal]:
        verb = "destroy" if order.deal > PLACES else "use"
        return f"it cannot {verb} what is in place {(order.deal - 1) % PLACES + 1} now"
    if order.trade:
        why = _unfair(order, sight)
        if why:
            return why
    if order.word > sight.get("words", 0):
        return f"there is no word {order.word} here"
    if order.style == Style.NONE:
        return "" if order.target == ANYBODY else "an attack has a style"
    reached = [each["id"] for each in sight["canAttack"] if each["styles"][order.style]]
    name = Style(order.style).name.lower()
    if not reached:
        return f"nobody is in reach of {name}"
    if order.target not in (ANYBODY, *reached):
        return f"{name} does not reach {_named(order.target)} now"
    return ""


def _unfair(order: Order, sight: Mapping[str, Any]) -> str:
    """Say why an agent cannot make the trade that it is ordered; "": it can."""
    if order.deal:
        return "it makes either a deal or a trade"
    if not sight.get("canTrade", NO_TRADES)[order.trade]:
        return "it cannot make that trade now"
    way = way_of(order.trade)
    open_to = [each["id"] for each in sight.get("canReceive", ()) if way >= 0 and each["ways"][way]]
    if way >= 0 and order.receiver not in open_to:
        return f"it cannot give that to {_named(order.receiver)} now"
    return ""


def _named(who: int) -> str:
    """Name an agent or an NPC by its id: "agent 8", "NPC −130"."""
    return f"NPC −{-who}" if who < 0 else f"agent {who}"
