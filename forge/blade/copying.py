"""Copy and prefetch runs of array elements in compiled code.

Numba cannot tell that two arrays do not overlap, so an element-wise loop over a short run stays
scalar. ``copy_run`` is one memory copy, which compiles to two or three instructions if the length
is a constant. ``copy_head`` does the same from a record. ``prefetch`` hides the latency of memory
where scattered rows of a table larger than the cache are visited.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic

from forge.blade.state import Array


def _copy_run(target: Array, at: int, source: Array, start: int, count: int) -> None:
    """Copy elements between two C-contiguous arrays of one dtype. Modifies target in place.

    Args:
        target: any shape.
        at: flat index of the first element written.
        source: any shape; does not overlap the target's run.
        start: flat index of the first element read.
        count: elements; a constant where speed matters. No bounds are checked in compiled code.
    """
    target.reshape(-1)[at : at + count] = source.reshape(-1)[start : start + count]


def _typed(_: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        to_type, at_type, from_type, start_type, count_type = signature.args
        to = context.make_array(to_type)(context, builder, args[0])
        source_ = context.make_array(from_type)(context, builder, args[2])
        word = types.intp
        at_ = context.cast(builder, args[1], at_type, word)
        start_ = context.cast(builder, args[3], start_type, word)
        count_ = context.cast(builder, args[4], count_type, word)
        memcpy: Any = cgutils.raw_memcpy
        memcpy(
            builder,
            builder.gep(to.data, [at_]),
            builder.gep(source_.data, [start_]),
            count_,
            context.get_abi_sizeof(context.get_data_type(to_type.dtype)),
        )
        return context.get_dummy_value()

    return types.void(target, at, source, start, count), lower


def _copy_head(target: Array, at: int, records: Array, index: int, count: int) -> None:
    """Copy the first elements of a record into an array. Modifies target in place.

    Args:
        target: C-contiguous, any shape.
        at: flat index of the first element written.
        records: of a dtype that begins with at least count elements of the target's dtype.
        index: index of the record.
        count: elements; a constant where speed matters. No bounds are checked in compiled code.
    """
    head = records[index : index + 1].view(np.uint8)[: count * target.itemsize]
    target.reshape(-1)[at : at + count] = head.view(target.dtype)


def _clear_run(target: Array, at: int, count: int) -> None:
    """Set elements of a C-contiguous array to 0. Modifies target in place.

    Args:
        target: any shape.
        at: flat index of the first element written.
        count: elements; a constant where speed matters. No bounds are checked in compiled code.
    """
    target.reshape(-1)[at : at + count] = 0


def _clear_typed(_: Any, target: Any, at: Any, count: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        to_type, at_type, count_type = signature.args
        data = context.make_array(to_type)(context, builder, args[0]).data
        at_ = context.cast(builder, args[1], at_type, types.intp)
        count_ = context.cast(builder, args[2], count_type, types.intp)
        size = context.get_constant(
            types.intp, context.get_abi_sizeof(context.get_data_type(to_type.dtype))
        )
        memset: Any = cgutils.memset
        memset(builder, builder.gep(data, [at_]), builder.mul(count_, size), 0)
        return context.get_dummy_value()

    return types.void(target, at, count), lower


def _prefetch(array: Array, index: Any) -> None:
    """Request the cache line that holds an element, without waiting for it; changes nothing.

    Args:
        array: C-contiguous, any shape.
        index: flat index of the element.
    """


def _prefetch_typed(_: Any, array: Any, index: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array_type, index_type = signature.args
        data = context.make_array(array_type)(context, builder, args[0]).data
        at = context.cast(builder, args[1], index_type, types.intp)
        line = builder.bitcast(builder.gep(data, [at]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [line.type, word, word, word])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [line.type], kind)
        read, into_the_nearest_cache, data_not_code = word(0), word(3), word(1)
        builder.call(ask, [line, read, into_the_nearest_cache, data_not_code])
        return context.get_dummy_value()

    return types.void(array, index), lower


_config: Any = numba.config
prefetch: Any = _prefetch if _config.DISABLE_JIT else intrinsic(_prefetch_typed)
copy_run: Any = _copy_run if _config.DISABLE_JIT else intrinsic(_typed)
# The offset into the source counts whole records, so the same code copies from a record's start.
copy_head: Any = _copy_head if _config.DISABLE_JIT else intrinsic(_typed)
clear_run: Any = _clear_run if _config.DISABLE_JIT else intrinsic(_clear_typed)
