"""Hold a Pantheon to its contract: the result of ``step`` becomes its weights."""

from typing import Any

import numpy as np

from forge.errors import shown
from forge.trinity.trinity import Array, PantheonBase
from forge.trinity.update import Update

Shape = tuple[int, int]


def stepped(pantheon: PantheonBase, updates: list[Update], shape: Shape) -> Array:
    """Let a Pantheon take a step, and keep the weights that it returns as its model.

    If they are another array than ``pantheon.model`` they are copied, as they may be a view of the
    gradients, which the next exchange overwrites. Modifies the Pantheon in place.

    Args:
        pantheon: the run's Pantheon.
        updates: one of each shard, see ``PantheonBase.step``.
        shape: (P, n), the shape of the weights.

    Returns:
        float32 (P, n), ``pantheon.model``.

    Raises:
        TypeError: if ``step`` returns no array.
        ValueError: for an array of another type or shape, or numbers that are not finite.
    """
    returned = pantheon.step(updates)
    source = f"{type(pantheon).__name__}.step returned"
    model = _checked(returned, shape, source, "return self.model or a float32 copy of it")
    if model is not pantheon.model:
        pantheon.model = model.copy()
    return pantheon.model


def check_made(pantheon: PantheonBase) -> None:
    """Refuse a Pantheon without the attributes of its base.

    Raises:
        TypeError: says how to mend its class.
    """
    if not (hasattr(pantheon, "model") and hasattr(pantheon, "rng")):
        raise TypeError(
            f"{type(pantheon).__name__}.__init__ did not call "
            "super().__init__(config, args, parameters)"
        )


def model_of(pantheon: PantheonBase, shape: Shape) -> Array:
    """Check the model of a Pantheon, which its methods may have replaced.

    Raises:
        TypeError: if the model is no array.
        ValueError: for an array of another type or shape, or numbers that are not finite.
    """
    source = f"{type(pantheon).__name__}.model is"
    return _checked(pantheon.model, shape, source, "change it in place, or to a float32 copy")


def _checked(model: Any, shape: Shape, source: str, advice: str) -> Array:
    wanted = f"the weights, a float32 array of shape {shape}: {advice}"
    if not isinstance(model, np.ndarray):
        raise TypeError(f"{source} {shown(model)}, not {wanted}")
    if model.shape != shape or model.dtype != np.float32:
        raise ValueError(f"{source} a {model.dtype} array of shape {model.shape}, not {wanted}")
    if not np.isfinite(model).all():
        raise ValueError(f"{source} an array with numbers that are not finite, not {wanted}")
    return model
