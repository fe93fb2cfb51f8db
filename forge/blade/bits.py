"""Make bit sets, and search them in compiled code with a single machine instruction."""

from collections.abc import Iterable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from forge.blade.jit import inlined


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


def bit_set(members: Iterable[int]) -> np.int64:
    """Make the set of some numbers from 0 to 62, to be asked with ``has``."""
    return np.int64(sum(1 << member for member in set(members)))


@inlined
def has(members: Any, member: Any) -> bool:
    """Tell whether a number is in a bit set, int64, without a branch."""
    return bool((members >> member) & 1)


_config: Any = numba.config
lowest_bit: Any = _lowest_bit if _config.DISABLE_JIT else intrinsic(_search_typed)
