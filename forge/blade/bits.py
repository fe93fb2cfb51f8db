"""Search bit sets in compiled code with a single machine instruction."""

from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic


def _lowest_bit(word: Any) -> int:
    """Find the lowest set bit of a word.

    Args:
        word: uint64, not 0.

    Returns:
        0 … 63.
    """
    bits = int(word)
    return (bits & -bits).bit_length() - 1


def _search_typed(_: Any, word: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        undefined_of_zero = ir.Constant(ir.IntType(1), 1)
        return builder.cttz(args[0], undefined_of_zero)

    return types.int64(types.uint64), lower


_config: Any = numba.config
lowest_bit: Any = _lowest_bit if _config.DISABLE_JIT else intrinsic(_search_typed)
