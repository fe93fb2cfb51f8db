"""Time two fixed pieces of work, so that figures of different machines can be compared."""

import time

import numpy as np

from forge.blade.jit import kernel
from forge.blade.streams import Owner, next_uint64, stream

LOOPS = 20_000_000
COPY_BYTES = 64 * 2**20


@kernel
def _loop(s: "np.ndarray[tuple[int], np.dtype[np.uint64]]", loops: int) -> int:
    """Draw many numbers; a chain of integer operations that stays in registers and L1."""
    total = np.uint64(0)
    for _ in range(loops):
        total ^= next_uint64(s)
    return int(total)


class Calibration:
    """The two pieces of work, compiled and with memory at hand.

    Args:
        loops: draws of the loop.
        size: bytes to copy.
    """

    def __init__(self, loops: int = LOOPS, size: int = COPY_BYTES) -> None:
        self.loops = loops
        self.source = np.ones(size, np.uint8)
        self.target = self.source.copy()
        _loop(stream(0, Owner.WORLD), 1)

    def run(self) -> dict[str, float]:
        """Time both once.

        Returns:
            ``loop_ns``: one draw from a stream in a compiled loop [ns];
            ``copy_gb_per_s``: bytes copied from memory to memory [GB/s].
        """
        start = time.perf_counter()
        _loop(stream(0, Owner.WORLD), self.loops)
        looped = time.perf_counter()
        np.copyto(self.target, self.source)
        copied = time.perf_counter()
        return {
            "loop_ns": (looped - start) / self.loops * 1e9,
            "copy_gb_per_s": len(self.source) / (copied - looped) / 1e9,
        }
