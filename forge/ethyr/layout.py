"""Lay out a population's weights: named arrays that share one row of a matrix.

Shape letters: P populations, n parameters of one population.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.numbers import is_whole
from forge.errors import ConfigError, shown

Array = NDArray[Any]

NAMED = ("zeros", "ones", "linear")  # initialisers, see ``named``


class Layout:
    """Slices of named arrays in one population's row of weights, in the given order.

    Attributes:
        shapes: shape of each array, by name.
        slices: slice of each array in a row, by name.
        size: n, parameters of one population.
    """

    def __init__(self, parameters: dict[str, tuple[tuple[int, ...], Any]]) -> None:
        """Lay the arrays out one after the other.

        Args:
            parameters: name → (shape, initialiser), as ``Sword.parameters`` returns it.

        Raises:
            ConfigError: says which of them is wrong, and what it should be.
        """
        _check(parameters)
        self.shapes = {name: tuple(map(int, shape)) for name, (shape, _) in parameters.items()}
        self.slices: dict[str, slice] = {}
        self._initialisers = {name: how for name, (_, how) in parameters.items()}
        self.size = 0
        for name, shape in self.shapes.items():
            self.slices[name] = slice(self.size, self.size + math.prod(shape))
            self.size += math.prod(shape)

    def views(self, matrix: Any) -> dict[str, Any]:
        """Cut a matrix into its named arrays, without copying.

        Args:
            matrix: (P, n), an array or a tensor.

        Returns:
            name → (P, *shape).
        """
        rows = matrix.shape[0]
        return {
            name: matrix[:, columns].reshape(rows, *self.shapes[name])
            for name, columns in self.slices.items()
        }

    def described(self) -> list[list[Any]]:
        """List name and shape of each array, as JSON values."""
        return [[name, list(shape)] for name, shape in self.shapes.items()]

    def initialise(self, populations: int, rng: np.random.Generator) -> Array:
        """Draw initial weights, population by population.

        Args:
            populations: P.
            rng: generator that initialisers draw from.

        Returns:
            float32 (P, n).
        """
        matrix = np.zeros((populations, self.size), np.float32)
        for row in matrix:
            for name, columns in self.slices.items():
                row[columns] = self._filled(name, rng).ravel()
        return matrix

    def _filled(self, name: str, rng: np.random.Generator) -> Array:
        shape, how = self.shapes[name], self._initialisers[name]
        filled = np.asarray(how(rng, shape) if callable(how) else named(how, rng, shape))
        if filled.shape != shape:
            raise ValueError(f"initialiser of {name} gave shape {filled.shape}, not {shape}")
        return filled


def _check(parameters: Any) -> None:
    """Refuse anything but {name: (shape, initialiser)}; raise the errors of Layout."""
    if not isinstance(parameters, Mapping):
        raise ConfigError(
            f"Sword.parameters returns {{name: (shape, initialiser)}}, not {shown(parameters)}"
        )
    for name, given in parameters.items():
        if not isinstance(name, str):
            raise ConfigError(f"Sword.parameters: an array's name is a text, not {shown(name)}")
        where = f"Sword.parameters: {name}"
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            raise ConfigError(f"{where} is (shape, initialiser), not {shown(given)}")
        shape, how = given
        if not isinstance(shape, (tuple, list)) or not all(map(_is_side, shape)):
            raise ConfigError(
                f"{where} has the shape {shown(shape)}: give a tuple of whole numbers, such as (3,)"
            )
        if not callable(how) and not (isinstance(how, str) and how in NAMED):
            raise ConfigError(
                f"{where} has the initialiser {shown(how)}: give one of {', '.join(NAMED)}, or a "
                "function of a generator and the shape"
            )


def _is_side(value: Any) -> bool:
    return is_whole(value) and value >= 0


def named(name: str, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Fill an array with one of the named initialisers.

    Args:
        name: "zeros", "ones", or "linear": uniform in ±1/√fan_in, where fan_in is the product of
            all axes but the last.
        rng: generator to draw from.
        shape: shape of the array.
    """
    if name == "zeros":
        return np.zeros(shape, np.float32)
    if name == "ones":
        return np.ones(shape, np.float32)
    if name == "linear":
        bound = 1 / math.sqrt(max(1, math.prod(shape[:-1])))
        return rng.uniform(-bound, bound, shape).astype(np.float32)
    raise ValueError(f"no initialiser is named {name!r} (there are: {', '.join(NAMED)})")
