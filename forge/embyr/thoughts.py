"""Say what an agent sees, and what its network thinks: the probability of all that it may do."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.config import Config
from forge.blade.observation import Observation
from forge.blade.targets import weakest
from forge.blade.tiles import NUM_STYLES
from forge.ethyr.distribution import MOVE, QUERY, STYLE, VALUE
from forge.ethyr.inputs import Batch, inputs_of
from forge.trinity.sword import Sword
from forge.trinity.trinity import SwordBase

Array = NDArray[Any]


class Thoughts(NamedTuple):
    """What a network makes of an observation; nothing is in it where there is no network."""

    moves: list[float]  # probability of each move
    styles: list[float]  # of no attack, then of each style
    targets: list[dict[str, Any]]  # id, and p: how likely, given that it attacks
    value: float | None


NONE = Thoughts([], [], [], None)


def inspect(config: Config, sword: SwordBase | None, obs: Observation, n: int) -> dict[str, Any]:
    """Look into one agent, as JSON values.

    Args:
        config: settings of the world.
        sword: decides for it; None: a script does.
        obs: what all agents of the batch observe.
        n: the agent's place in it.
    """
    thoughts = think(config, sword, obs, n) if isinstance(sword, Sword) else NONE
    ent, rows = obs.ent[n], slice(obs.offsets[n] + 1, obs.offsets[n + 1])
    sight = {
        "row": int(ent.row) - config.radius,
        "col": int(ent.col) - config.radius,
        "side": config.window,
        "others": obs.who[rows].tolist(),
        "canMove": obs.can_move[n].tolist(),
    }
    return {"id": int(ent.id), **thoughts._asdict(), "sight": sight}


def think(config: Config, sword: Sword, obs: Observation, n: int) -> Thoughts:
    """Run a network for one agent.

    Args:
        config: settings of the world.
        sword: holds the network.
        obs: what all agents of the batch observe.
        n: the agent's place in it.
    """
    from forge.ethyr.torch.passes import forward_pass

    population = np.array(obs.ent["population"])
    bounds = [int(p > population[n]) for p in range(config.populations + 1)]
    batch = Batch(inputs_of(obs), np.array([n]), population, bounds)
    heads = forward_pass(sword.forward, batch)[0].astype(float)
    moves = _softmax(heads[MOVE:STYLE], obs.can_move[n])
    if not config.combat:
        return Thoughts(moves.tolist(), [], [], float(heads[VALUE]))
    low, high = int(obs.offsets[n]), int(obs.offsets[n + 1])
    allowed = obs.can_attack[low:high].copy()
    allowed[0] = False  # itself
    styles = _softmax(heads[STYLE:QUERY], np.append(True, allowed.any(axis=0)))
    chosen = np.zeros(high - low)
    for style in range(NUM_STYLES):
        if allowed[:, style].any():
            given = _given(config, heads, obs, (low, high), style, allowed[:, style])
            chosen += styles[1 + style] * given
    chosen /= max(chosen.sum(), np.finfo(float).tiny)
    who = obs.who[low:high]
    targets = [{"id": int(who[k]), "p": float(chosen[k])} for k in np.flatnonzero(chosen)]
    return Thoughts(moves.tolist(), styles.tolist(), targets, float(heads[VALUE]))


def _given(
    config: Config,
    heads: Array,
    obs: Observation,
    rows: tuple[int, int],
    style: int,
    allowed: Array,
) -> Array:
    """Say how likely each row is the target of a style that reaches somebody."""
    low, high = rows
    if not config.auto_target:
        return _softmax(obs.others[low:high] @ heads[QUERY:], allowed)
    given = np.zeros(high - low)
    given[weakest(obs.others, obs.reach, obs.can_attack, low, high, style)] = 1.0
    return given


def _softmax(logits: Array, allowed: Array) -> Array:
    """Normalise over what is allowed: at least one."""
    weights = np.where(allowed, np.exp(logits - logits[allowed].max()), 0.0)
    probabilities: Array = weights / weights.sum()
    return probabilities
