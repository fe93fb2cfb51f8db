"""Compute with rows of numbers within kernels: loops that the compiler turns into vectors.

Arguments that are read come first, those that are written last. What is *padded* is as long as
whole steps of the encoder's arrays (see forge.ethyr.tables), so that no number is left over.
"""

from typing import Any

from numpy.typing import NDArray

from forge.blade.jit import disjoint
from forge.ethyr.tables import WHOLE

Array = NDArray[Any]


@disjoint
def clear(out: Array) -> None:
    """Set out to 0. Modifies out in place."""
    for h in range(len(out)):
        out[h] = 0


@disjoint
def copy(x: Array, out: Array) -> None:
    """Copy x to out; out may be shorter than x. Modifies out in place."""
    for h in range(len(out)):
        out[h] = x[h]


@disjoint
def copy_padded(x: Array, out: Array) -> None:
    """Copy x to out, both padded. Modifies out in place."""
    for h in range(len(out) & WHOLE):
        out[h] = x[h]


@disjoint
def add(x: Array, out: Array) -> None:
    """Add x to out. Modifies out in place."""
    for h in range(len(out)):
        out[h] += x[h]


@disjoint
def add_padded(x: Array, out: Array) -> None:
    """Add x to out, both padded. Modifies out in place."""
    for h in range(len(out) & WHOLE):
        out[h] += x[h]


@disjoint
def add_scaled_padded(x: Array, factor: float, out: Array) -> None:
    """Add factor · x to out, both padded. Modifies out in place."""
    for h in range(len(out) & WHOLE):
        out[h] += factor * x[h]


@disjoint
def add_product(x: Array, right: Array, start: int, out: Array) -> None:
    """Add x @ right, from term ``start`` on, one term after the other. Modifies out in place.

    Args:
        x: (I,).
        right: (I, H).
        start: index of the first term.
        out: (H,).
    """
    for j in range(start, len(x)):
        x0, r0 = x[j], right[j]
        for h in range(len(out)):
            out[h] += x0 * r0[h]
