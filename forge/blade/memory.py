"""Copy runs of array elements in compiled code.

Numba cannot tell that two arrays do not overlap, so an element-wise loop over a short run stays
scalar; ``copy_run`` is one memory copy, which compiles to two or three instructions where the
length is a constant.
"""

from typing import Any

import numba
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


_config: Any = numba.config
copy_run: Any = _copy_run if _config.DISABLE_JIT else intrinsic(_typed)
