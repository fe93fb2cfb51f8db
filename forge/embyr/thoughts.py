"""Say what an agent sees, and what its network thinks: the probability of all that it may do."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.categories import TRAIT_START
from forge.blade.observation import SEEN, Observation
from forge.blade.subset import of_agents
from forge.blade.targets import weakest
from forge.blade.tiles import NUM_STYLES
from forge.config import Config
from forge.embyr.orders import attackable
from forge.ethyr.distribution import BY_TRAIT, QUERY, VALUE
from forge.ethyr.probabilities import masked_softmax, probabilities
from forge.trinity.sword import Sword
from forge.trinity.trinity import SwordBase

Array = NDArray[Any]


class Thoughts(NamedTuple):
    """What a network makes of an observation; nothing is in it where there is no network."""

    moves: list[float]  # probability of each move
    styles: list[float]  # of no attack, then of each style
    targets: list[dict[str, Any]]  # id, and p: how likely, given that it attacks
    value: float | None
    attacks: list[dict[str, Any]]  # style, tiles down and right, p: that it attacks there so


NONE = Thoughts([], [], [], None, [])


def inspect(config: Config, sword: SwordBase | None, obs: Observation, n: int) -> dict[str, Any]:
    """Look into one agent, as JSON values.

    Args:
        config: settings of the world.
        sword: decides for it; None: a script does.
        obs: what all agents of the batch observe.
        n: the agent's place in it.
    """
    thoughts = NONE
    if isinstance(sword, Sword) and int(obs.ent["population"][n]) not in sword.company.scripts:
        thoughts = think(config, sword, of_agents(obs, np.array([n])))
    ent, rows = obs.ent[n], slice(obs.offsets[n] + 1, obs.offsets[n + 1])
    sight = {
        "row": int(ent.row) - config.radius,
        "col": int(ent.col) - config.radius,
        "side": config.window,
        "others": obs.who[rows].tolist(),
        "canMove": obs.can_move[n].tolist(),
        "canAttack": attackable(obs, n, config.auto_target),
    }
    if config.items:
        sight["canDeal"] = obs.can_deal[n].tolist()
    if config.words:
        sight["words"] = config.words
    if config.market:
        sight["canTrade"] = obs.can_trade[n].tolist()
        can_receive = obs.can_receive[rows]
        sight["canReceive"] = [
            {"id": int(obs.who[rows][row]), "ways": can_receive[row].tolist()}
            for row in np.flatnonzero(can_receive.any(axis=1))
        ]
    return {"id": int(ent.id), **thoughts._asdict(), "sight": sight}


def expectations(sword: SwordBase | None, obs: Observation, realm: int) -> Array:
    """Ask the network what it expects for every agent of a realm.

    Args:
        sword: decides for it; None: a script does.
        obs: what all agents of the batch observe.
        realm: its place in the batch.

    Returns:
        float32 (n,), in the order of the agents; NaN where no network decides, or its weights
        have diverged.
    """
    here = np.flatnonzero(obs.realm == realm)
    found = np.full(len(here), np.nan, np.float32)
    if isinstance(sword, Sword):
        thinks = ~np.isin(obs.ent["population"][here], list(sword.company.scripts))
        found[thinks] = sword.heads(of_agents(obs, here[thinks]))[:, VALUE]
        found[~np.isfinite(found)] = np.nan
    return found


def think(config: Config, sword: Sword, obs: Observation) -> Thoughts:
    """Run a network for one agent.

    Args:
        config: settings of the world.
        sword: holds the network.
        obs: what the agent observes.
    """
    heads = sword.heads(obs)[0].astype(float)
    if not np.isfinite(heads).all():  # the weights have diverged
        return NONE
    likely = {name: found[0] for name, found in probabilities(heads[None], obs, config).items()}
    moves = likely["move"]
    if not config.combat:
        return Thoughts(moves.tolist(), [], [], float(heads[VALUE]), [])
    allowed, styles = obs.can_attack, likely["style"]
    shares = np.zeros((NUM_STYLES, len(allowed)))
    for style in range(NUM_STYLES):
        if allowed[:, style].any():
            given = _given(config, heads, obs, style, allowed[:, style])
            shares[style] = styles[1 + style] * given
    chosen = shares.sum(axis=0)
    chosen /= max(chosen.sum(), np.finfo(float).tiny)
    targets = [{"id": int(obs.who[k]), "p": float(chosen[k])} for k in np.flatnonzero(chosen)]
    attacks = _aims(config, obs, shares)
    return Thoughts(moves.tolist(), styles.tolist(), targets, float(heads[VALUE]), attacks)


def _aims(config: Config, obs: Observation, shares: Array) -> list[dict[str, Any]]:
    """Say how likely each tile is attacked with each style.

    Args:
        config: settings of the world.
        obs: what the agent observes.
        shares: float64 (3, M), how likely each style is chosen against each row.
    """
    found = np.zeros((NUM_STYLES, config.window, config.window))
    for style in range(NUM_STYLES):
        np.add.at(found[style].reshape(-1), obs.cell.astype(int), shares[style])
    return [
        {
            "style": style,
            "down": row - config.radius,
            "right": col - config.radius,
            "p": float(found[style, row, col]),
        }
        for style, row, col in np.argwhere(found).tolist()
    ]


def _given(config: Config, heads: Array, obs: Observation, style: int, allowed: Array) -> Array:
    """Say how likely each row is the target of a style that reaches somebody."""
    if not config.auto_target:
        scores = obs.others @ heads[QUERY:BY_TRAIT]
        if SEEN["traits"].is_in(config):
            scores += heads[BY_TRAIT:][obs.traits + TRAIT_START].sum(axis=1)
        return masked_softmax(scores, allowed)
    given = np.zeros(len(allowed))
    given[weakest(obs.others, obs.reach, obs.can_attack, 0, len(given), style)] = 1.0
    return given
