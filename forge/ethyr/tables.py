"""Hold the encoder's weights in arrays that its kernels can process in whole steps.

Shape letters: P populations, C cells of the crop, K kinds of tiles, H hidden, F features of a row,
V values of all columns of a valued array, such as the traits of rows (see ``VALUED`` in
forge.blade.observation).
"""

import math
from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade import aligned
from forge.blade.jit import disjoint, lean
from forge.blade.observation import NUM_FEATURES, VALUED, named
from forge.ethyr.layout import Layout

Array = NDArray[Any]

LANES = 16  # numbers processed in one step; the encoder's arrays have room for whole steps
WHOLE = -LANES  # n & WHOLE is n for these arrays, and shows the compiler that nothing is left over
RUN = 1024  # numbers that are compared before the result is looked at


_ALWAYS = ("tile", "tile_bias", "crowd", "own", "own_bias", "others", "others_bias")


class Encoder(named([*_ALWAYS, *VALUED])):  # type: ignore[misc]
    """Weights of all populations, or their gradients; H is rounded up to whole steps here.

    ``tile`` (P, C, K, H) has one row per cell and kind, ``crowd`` (P, C, H) one per cell. ``own``
    and ``others`` (P, F, H) are linear layers; as a gradient, ``others`` is (P, H, F). Biases are
    (P, H). Each valued array has a table (P, V, H) with one row per value; (P, 0, H) in worlds that
    lack the array.
    """

    __slots__ = ()


_NONE: Mapping[str, int] = MappingProxyType({})


def allocate(
    populations: int,
    window: int,
    kinds: int,
    hidden: int,
    values: Mapping[str, int] = _NONE,
    dtype: Any = np.float32,
) -> Encoder:
    """Allocate weights of zeros; for the arguments see ``shapes``."""
    made = shapes(populations, window, kinds, hidden, values)
    return Encoder(*(aligned.zeros(shape, dtype) for shape in made))


def shapes(
    populations: int, window: int, kinds: int, hidden: int, values: Mapping[str, int] = _NONE
) -> list[tuple[int, ...]]:
    """List the shape of each array of Encoder.

    Args:
        populations: P.
        window: side of the crop.
        kinds: K.
        hidden: H, not rounded.
        values: V of each valued array that there is, by name.
    """
    P, H, cells = populations, rounded(hidden), window * window
    larger = {
        "tile": (P, cells, kinds, H),
        "crowd": (P, cells, H),
        "own": (P, NUM_FEATURES, H),
        "others": (P, NUM_FEATURES, H),
        **{name: (P, values.get(name, 0), H) for name in VALUED},
    }
    return [larger.get(name, (P, H)) for name in Encoder._fields]


def num_bytes(layout: Layout, populations: int) -> int:
    """Count the bytes that Weights of float32 take (see forge.ethyr.torch.layers).

    These are named weights, their gradients, and the matrix in which gradients are collected. If
    the layout has an encoder, its weights and gradients add a second copy in the kernels' arrays.
    """
    total = 3 * populations * layout.size
    if has_encoder(layout):
        total += 2 * sum(map(math.prod, shapes(populations, *sizes(layout))))
    return total * np.dtype(np.float32).itemsize


def has_encoder(layout: Layout) -> bool:
    """Tell whether a layout has all arrays of the encoder that every world needs."""
    return not missing(layout)


def missing(layout: Layout) -> list[str]:
    """List the arrays of the encoder that every world needs and a layout lacks."""
    return [name for name in _ALWAYS if name not in layout.shapes]


def sizes(layout: Layout) -> tuple[int, int, int, dict[str, int]]:
    """Read a layout's sizes, as ``shapes`` takes them: window, kinds, hidden, values."""
    cells, kinds, hidden = layout.shapes["tile"]
    values = {name: layout.shapes[name][0] for name in VALUED if name in layout.shapes}
    return math.isqrt(cells), kinds, hidden, values


def allocate_gradients(weights: Encoder) -> Encoder:
    """Allocate gradients of zeros for weights."""
    alike = Encoder(*(aligned.zeros(array.shape, array.dtype) for array in weights))
    P, F, H = weights.others.shape
    gradients: Encoder = alike._replace(others=aligned.zeros((P, H, F), weights.others.dtype))
    return gradients


def rounded(hidden: int) -> int:
    """Round a number of hidden units up to whole steps."""
    return -(-hidden // LANES) * LANES


def load(encoder: Encoder, weights: dict[str, Array]) -> None:
    """Copy named weights into the encoder's arrays. Modifies encoder in place.

    Args:
        encoder: the arrays to fill.
        weights: arrays by the names of Encoder's fields, with the same shapes, but H not rounded;
            valued arrays that the world lacks may be missing.
    """
    for name in fields_of(weights):
        getattr(encoder, name)[..., : weights[name].shape[-1]] = weights[name]


def fields_of(named: Container[str]) -> list[str]:
    """List the fields of Encoder that are among some names, in the order of Encoder."""
    return [name for name in Encoder._fields if name in named]


def unload(gradients: Encoder, named: dict[str, Array], into: Array, starts: list[int]) -> None:
    """Add up the gradients in the encoder's arrays and those by name. Modifies all in place.

    Args:
        gradients: the encoder's gradients, 0 afterwards.
        named: contiguous gradients by the names of Encoder's fields, in their order, shaped as for
            ``load``; 0 afterwards.
        into: (P, n), set to the sums; all other parameters stay as they are.
        starts: index of each field's first parameter in a row of ``into``.
    """
    for name, start in zip(named, starts, strict=True):
        gradient = getattr(gradients, name)
        if name == "others":
            gradient = gradient.transpose(0, 2, 1)
            rows = np.ascontiguousarray(gradient)
            gradient[...] = 0
            gradient = rows
        _move(_by_row(gradient), _by_row(named[name]), into, start)


def _by_row(array: Array) -> Array:
    """View (P, …, H) as (P, R, H)."""
    return array.reshape(len(array), -1, array.shape[-1])


@lean
def _move(encoded: Array, named: Array, into: Array, start: int) -> None:
    """Add up two gradients, and set them to 0. Modifies all in place.

    Args:
        encoded: (P, R, H), H rounded.
        named: (P, R, H), H not rounded.
        into: (P, n), set to the sums from index ``start`` of each row on.
        start: see above.
    """
    P, R, H = named.shape
    for p in range(P):
        for r in range(R):
            first = start + r * H
            _move_row(encoded[p, r], named[p, r], into[p, first : first + H])


@disjoint
def _move_row(encoded: Array, named: Array, out: Array) -> None:
    """Set out to the sum of two rows, and these to 0. Modifies all in place."""
    for h in range(len(out)):
        out[h] = named[h] + encoded[h]
        named[h] = 0
    for h in range(len(encoded) & WHOLE):
        encoded[h] = 0


def holds(named: Array, model: Array, start: int) -> bool:
    """Tell whether named weights are those of a model to the bit.

    0 differs from −0, and a NaN equals itself.

    Args:
        named: contiguous, (P, …).
        model: (P, n), of the same type.
        start: index of the first of these weights in a row of the model.
    """
    if named.dtype != model.dtype:
        return False
    bits = np.dtype(f"i{named.itemsize}")
    return bool(_equal(named.reshape(len(model), -1).view(bits), model.view(bits), start))


@lean
def _equal(named: Array, model: Array, start: int) -> bool:
    """Compare rows of integers, from index ``start`` of the model's rows on."""
    size = named.shape[1]
    for p in range(len(named)):
        for first in range(0, size, RUN):
            last = min(first + RUN, size)
            if _differ(named[p, first:last], model[p, start + first : start + last]):
                return False
    return True


@disjoint
def _differ(x: Array, y: Array) -> bool:
    """Tell whether two rows of integers differ."""
    found = x[0] ^ y[0]
    for j in range(len(x)):
        found |= x[j] ^ y[j]
    return bool(found != 0)
