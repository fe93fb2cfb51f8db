"""Turn the heads of a network into probabilities, for those who look on; no gradients.

Shape letters: N agents, K columns of the heads.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import CHOICES, SEEN, Observation
from forge.config import Config
from forge.ethyr.distribution import logits_of

Array = NDArray[Any]


def probabilities(heads: Array, obs: Observation, config: Config) -> dict[str, Array]:
    """Say how likely each option is, of the choices that depend on no other.

    Args:
        heads: (N, K), in the order of the observation.
        obs: what the agents observe.
        config: settings of the world.

    Returns:
        (N, options) by the name of the choice, 0 where the mask forbids an option.
    """
    logits = logits_of(heads, config).items()
    return {name: masked_softmax(found, allowed(obs, name)) for name, found in logits}


def allowed(obs: Observation, name: str) -> Array:
    """Find the options of a choice among a fixed number that agents have: bool (N, options).

    What does nothing is always possible. An option that needs somebody is there if anybody in sight
    will do.
    """
    choice = CHOICES[name]
    if not choice.mask:
        return np.ones((len(obs), choice.options), np.bool_)
    mask: Array = getattr(obs, choice.mask)
    if SEEN[choice.mask].by_row:
        mask = np.logical_or.reduceat(mask, obs.offsets[:-1]) if len(obs) else mask[:0]
    nothing = np.ones((len(mask), choice.options - mask.shape[1]), np.bool_)
    return np.concatenate([nothing, mask], axis=1)


def masked_softmax(logits: Array, allowed: Array) -> Array:
    """Normalise over what is allowed, at least one in each row; both are (…, options)."""
    masked = np.where(allowed, logits, -np.inf)
    weights = np.exp(masked - masked.max(axis=-1, keepdims=True))
    found: Array = weights / weights.sum(axis=-1, keepdims=True)
    return found
