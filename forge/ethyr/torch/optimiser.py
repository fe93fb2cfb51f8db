"""Optimise the weights of all populations by Adam, with a state per population.

Shape letters: P populations, n parameters of one population.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import lean
from forge.config import Config
from forge.errors import StateError

Array = NDArray[Any]

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
MOST_STEPS = 2**53


class Adam:
    """Adam with decoupled weight decay; a population without samples stays as it is.

    g is the gradient of the mean loss, clipped to a norm of at most ``max_grad_norm``; then
    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g² and
    w ← w − lr (m̂ / (√v̂ + ε) + weight_decay · w), where m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).

    lr is ``learning_rate``, times √(samples / full_step) if a population has fewer samples than
    full_step. With fewer samples the gradient is noisier, and Adam would step just as far.

    The decay is decoupled (not added to g), because Adam would blow it up to steps of size lr
    wherever the loss has no gradient, as in rows of tables for tiles that are hardly ever seen.

    Attributes:
        mean: float32 (P, n), m.
        square: float32 (P, n), v.
        steps: int64 (P,), t.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015; Loshchilov and
    Hutter, "Decoupled weight decay regularization", 2019.
    """

    def __init__(
        self, populations: int, parameters: int, config: Config, full_step: int = 1
    ) -> None:
        self.config, self.full_step = config, full_step
        self.mean = np.zeros((populations, parameters), np.float32)
        self.square = np.zeros((populations, parameters), np.float32)
        self.steps = np.zeros(populations, np.int64)

    def step(self, model: Array, gradients: Array, samples: Array) -> Array:
        """Take one step. Modifies model and self in place.

        Args:
            model: float32 (P, n), the weights.
            gradients: float32 (P, n), sums over samples.
            samples: int64 (P,), numbers of samples; a population with 0 stays as it is.

        Returns:
            float64 (P,), norms of the gradients of the mean loss before clipping.

        Raises:
            ValueError: if the shapes do not fit, or a gradient is not finite.
        """
        if not model.shape == gradients.shape == self.mean.shape:
            raise ValueError(
                f"the optimiser is for weights of shape {self.mean.shape}; model and gradients "
                f"have {model.shape} and {gradients.shape}"
            )
        norms = np.zeros(len(model))
        for p in np.flatnonzero(samples).tolist():
            norms[p] = self._step(p, model[p], gradients[p], int(samples[p]))
        return norms

    def _step(self, p: int, weights: Array, gradient: Array, samples: int) -> float:
        c = self.config
        norm = float(_norm(gradient)) / samples
        if not np.isfinite(norm):
            raise ValueError(f"the gradient of population {p} is not finite")
        clip = min(1.0, c.max_grad_norm / norm) if norm > 0 else 1.0
        learning_rate = c.learning_rate * min(1.0, math.sqrt(samples / self.full_step))
        self.steps[p] += 1
        t = int(self.steps[p])
        _adam(
            weights,
            gradient,
            self.mean[p],
            self.square[p],
            np.float32(clip / samples),
            np.float32(learning_rate / (1 - BETA_1**t)),
            np.float32(1 / (1 - BETA_2**t)),
            np.float32(learning_rate * c.weight_decay),
        )
        return norm

    def state(self) -> dict[str, Array]:
        """List the state, as arrays by name."""
        return {"mean": self.mean, "square": self.square, "steps": self.steps}

    def load_state(self, state: Any) -> None:
        """Restore a state that ``state`` listed. Modifies self in place.

        Raises:
            StateError: names the part that does not fit these weights, or is no state of Adam.
        """
        ours = self.state()
        if not isinstance(state, dict) or state.keys() != ours.keys():
            raise StateError(f"the optimiser's state has other parts than {', '.join(ours)}")
        for name, array in ours.items():
            _check(name, array, state[name])
        for name, array in ours.items():
            array[...] = state[name]


def _check(name: str, ours: Array, theirs: Any) -> None:
    """Refuse an array that cannot be part of Adam's state."""
    if not isinstance(theirs, np.ndarray) or theirs.dtype != ours.dtype:
        raise StateError(f"the optimiser's {name} is no array of {ours.dtype}")
    if theirs.shape != ours.shape:
        raise StateError(f"the optimiser's {name} has shape {theirs.shape}, not {ours.shape}")
    sound = {
        "mean": np.isfinite(theirs),
        "square": theirs >= 0,
        "steps": (theirs >= 0) & (theirs < MOST_STEPS),
    }
    if not sound[name].all():
        raise StateError(f"the optimiser's {name} holds numbers that it cannot have")


@lean
def _norm(gradient: Array) -> float:
    """Compute the Euclidean norm, summed in order in float64."""
    total = 0.0
    for j in range(len(gradient)):
        total += np.float64(gradient[j]) * np.float64(gradient[j])
    return math.sqrt(total)


@lean
def _adam(
    weights: Array,
    gradient: Array,
    mean: Array,
    square: Array,
    scale: np.float32,
    rate: np.float32,
    correction: np.float32,
    decay: np.float32,
) -> None:
    """Take one step of Adam for one population. Modifies weights, mean and square in place."""
    keep_1, keep_2 = np.float32(BETA_1), np.float32(BETA_2)
    take_1, take_2 = np.float32(1 - BETA_1), np.float32(1 - BETA_2)
    epsilon = np.float32(EPSILON)
    for j in range(len(weights)):
        g = gradient[j] * scale
        mean[j] = keep_1 * mean[j] + take_1 * g
        square[j] = keep_2 * square[j] + take_2 * (g * g)
        step = rate * mean[j] / (np.sqrt(square[j] * correction) + epsilon)
        weights[j] -= step + decay * weights[j]
