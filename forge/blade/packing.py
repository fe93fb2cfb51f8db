"""Hand kernels all arrays of a named tuple as one table of their addresses and shapes.

Numba inspects each array that Python hands to a kernel, in every call. For the hundred arrays of a
tick, this takes a sixth of the time of a small realm. A table is one array to inspect, and is
made only once. Kernels make the named tuple of it again (see ``unpacked``).

A table must never outlive its arrays, nor be taken for that of others. So the named tuple, which
cannot change, keeps its own table; copies and pickles of it make new ones; and the memory of a
table holds the arrays. The arrays are checked when the table is made.
"""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array
from numpy.typing import NDArray

from forge.errors import shown

Array = NDArray[Any]
Named = TypeVar("Named", bound=tuple[Array, ...])

_config: Any = numba.config
_from_dtype: Any = numba.from_dtype
_populate: Any = populate_array
_types: Any = types


def packable(example: Callable[[], Named]) -> Callable[[type[Named]], type[Named]]:
    """Let the named tuples of a class be packed. Decorates the class.

    Args:
        example: makes one of any size; its dtypes and numbers of axes are those of all others.
    """

    def extended(kind: type[Named]) -> type[Named]:
        about = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
        about["_axes"] = staticmethod(cache(lambda: [(it.dtype, it.ndim) for it in example()]))
        return cast("type[Named]", type(kind.__name__, (_Packable, kind), about))

    return extended


def packed(arrays: Named) -> Named:
    """Pack a named tuple for a kernel that reads and writes.

    Returns:
        int64 (words,): for each array its address, then its shape. With the JIT off, the arrays.

    Raises:
        ValueError: for an array that a kernel cannot take, or that can only be read.
    """
    return arrays.table  # type: ignore[attr-defined, no-any-return]


def packed_to_read(arrays: Named) -> Named:
    """Pack as ``packed`` does, for a kernel that only reads: arrays may be read-only."""
    return arrays.table_to_read  # type: ignore[attr-defined, no-any-return]


class _Packable:
    """What named tuples gain by ``packable``: they keep their table, which no copy takes over."""

    _axes: Callable[[], list[tuple["np.dtype[Any]", int]]]  # dtype and number of axes of each array
    _asdict: Callable[[], dict[str, Array]]

    @cached_property
    def table(self) -> Any:
        for name, array in self._asdict().items():
            if not array.flags.writeable:
                raise ValueError(
                    f"{type(self).__name__}.{name} can only be read: give a copy of it"
                )
        return self.table_to_read

    @cached_property
    def table_to_read(self) -> Any:
        given = self._asdict()
        for (name, array), (dtype, ndim) in zip(given.items(), self._axes(), strict=True):
            if not _fits(array, dtype, ndim):
                raise ValueError(
                    f"{type(self).__name__}.{name} must be a C-contiguous, aligned array of "
                    f"{dtype} with {ndim} axes: it is {_about(array)}"
                )
        return _table(tuple(given.values()))

    def __reduce__(self) -> Any:
        return type(self), tuple(cast("Iterable[Array]", self))


def _fits(array: Any, dtype: "np.dtype[Any]", ndim: int) -> bool:
    known = isinstance(array, np.ndarray) and (array.dtype, array.ndim) == (dtype, ndim)
    return known and array.flags.c_contiguous and array.flags.aligned


def _about(array: Any) -> str:
    if not isinstance(array, np.ndarray):
        return shown(array)
    return f"{array.dtype} {array.shape} with strides of {array.strides} bytes"


class _Owner:
    """Memory of a table, which holds the arrays."""

    def __init__(self, words: Array, arrays: tuple[Array, ...]) -> None:
        self.__array_interface__ = words.__array_interface__
        self.held = words, arrays


def _table(arrays: tuple[Array, ...]) -> Any:
    if _config.DISABLE_JIT:
        return arrays
    words = [word for array in arrays for word in (array.ctypes.data, *array.shape)]
    return np.asarray(_Owner(np.array(words, np.int64), arrays))


def _unpacked(kind: type[Named], table: Named) -> Named:
    """Make the named tuple again, in a kernel, of the table that it was handed.

    Args:
        kind: its class.
        table: as ``packed`` gives it.
    """
    return kind(*table)


def _unpacked_typed(_: Any, kind: Any, table: Any) -> Any:
    of = kind.instance_class
    arrays = [_types.Array(_from_dtype(dtype), ndim, "C") for dtype, ndim in of._axes()]

    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = context.make_array(table)(context, builder, args[1]).data
        place = 0

        def next_word() -> Any:
            nonlocal place
            place += 1
            return builder.load(builder.gep(words, [ir.IntType(64)(place - 1)]))

        made = [_array(context, builder, it, next_word) for it in arrays]
        return context.make_tuple(builder, signature.return_type, made)

    return _types.NamedTuple(arrays, of)(kind, table), lower


def _array(context: Any, builder: Any, kind: Any, next_word: Callable[[], Any]) -> Any:
    """Make a view of an array of its address and shape."""
    element = context.get_data_type(kind.dtype)
    data = builder.inttoptr(next_word(), element.as_pointer())
    shape = [next_word() for _ in range(kind.ndim)]
    strides = [ir.IntType(64)(context.get_abi_sizeof(element))]  # of the last axis first
    for length in shape[:0:-1]:
        strides.append(builder.mul(strides[-1], length))
    array = context.make_array(kind)(context, builder)
    about = {"data": data, "shape": shape, "strides": strides[::-1], "itemsize": strides[0]}
    _populate(array, meminfo=None, **about)
    return array._getvalue()


unpacked: Any = _unpacked if _config.DISABLE_JIT else intrinsic(_unpacked_typed)
