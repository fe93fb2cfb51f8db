"""Draw random numbers: xoshiro256** streams, all derived from one master seed.

A stream is a ``uint64[4]`` row. So its state can be part of a snapshot and is cheap to pass to a
kernel (0.9 ns a draw), and it is independent of every global generator.

Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.
"""

import hashlib
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import inlined
from forge.blade.numbers import master_seed, whole

WORLD, POLICY = 0, 1  # the two streams of a realm: rows of State.streams[w]

_MASK = (1 << 64) - 1
_TO_UNIT = 2.0**-53
Words = tuple[Any, Any, Any, Any]  # uint64 each: the state of a stream
# Shifts are uint64 so that numba keeps the arithmetic in uint64 (with int64 it would use floats).
_U7 = np.uint64(7)
_U11, _U17, _U19 = np.uint64(11), np.uint64(17), np.uint64(19)
_U32, _U45, _U57 = np.uint64(32), np.uint64(45), np.uint64(57)
_U27, _U30, _U31 = np.uint64(27), np.uint64(30), np.uint64(31)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class Owner(IntEnum):
    """Who draws from a stream; the number is part of the seed and never changes."""

    WORLD = 1
    POLICY = 2
    GOD = 3
    SWORD = 4
    PANTHEON = 5
    WEIGHTS = 6
    BOOTSTRAP = 7
    RESOURCES = 8


def key_of(name: str) -> int:
    """Derive the 64-bit key of a name, from which one of several streams is told apart."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _splitmix(state: int) -> tuple[int, int]:
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return state, z ^ (z >> 31)


def seed_words(seed: int, owner: Owner, index: int = 0) -> list[int]:
    """Derive four 64-bit words for one owner's stream (SplitMix64 over all three numbers).

    Args:
        seed: master seed, 0 … 2^64 − 1.
        owner: whose stream it is.
        index: which of its kind, for example the number of the realm; 0 … 2^64 − 1.

    Raises:
        ConfigError: for a number out of range.
    """
    state = 0
    for part in (master_seed(seed), int(owner), whole("index", index, 0, _MASK)):
        state, mixed = _splitmix(state ^ part)
        state = mixed
    words = []
    for _ in range(4):
        state, word = _splitmix(state)
        words.append(word)
    return words


def stream(seed: int, owner: Owner, index: int = 0) -> NDArray[np.uint64]:
    """Start the xoshiro256** stream of one owner.

    Returns:
        uint64 (4,), never all zero.
    """
    return np.array(seed_words(seed, owner, index), dtype=np.uint64)


def generator(seed: int, owner: Owner, index: int = 0) -> np.random.Generator:
    """Start the NumPy generator of one owner, derived in the same way.

    Python code (Gods, Swords, the Pantheon, initial weights) draws from NumPy generators, whose
    state is a JSON value (``generator.bit_generator.state``). Kernels draw from ``stream``.
    """
    words = seed_words(seed, owner, index)
    return np.random.Generator(np.random.PCG64(words))


@inlined
def drawn(s: Words) -> tuple[Any, Words]:
    """Draw 64 random bits from a stream whose words are at hand.

    Returns:
        The bits, and the words of the stream after them.
    """
    s0, s1, s2, s3 = s
    x = (s1 << np.uint64(2)) + s1  # s1 × 5
    x = (x << _U7) | (x >> _U57)
    t = s1 << _U17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << _U45) | (s3 >> _U19)
    return (x << np.uint64(3)) + x, (s0, s1, s2, s3)  # × 9


@inlined
def words_of(s: NDArray[np.uint64]) -> Words:
    """Read the words of a stream, for a loop that draws from it and writes to other arrays.

    Such a loop would otherwise read and write the stream at each draw.
    """
    return s[0], s[1], s[2], s[3]


@inlined
def keep_words(s: NDArray[np.uint64], words: Words) -> None:
    """Write the words of a stream. Modifies s in place."""
    s[0], s[1], s[2], s[3] = words


@inlined
def next_uint64(s: NDArray[np.uint64]) -> Any:
    """Draw 64 random bits. Modifies s in place."""
    bits, words = drawn(words_of(s))
    keep_words(s, words)
    return bits


@inlined
def to_unit(bits: Any) -> Any:
    """Turn 64 random bits into a float64, uniform in [0, 1), a multiple of 2^−53."""
    return np.float64(bits >> _U11) * _TO_UNIT


@inlined
def uniform(s: NDArray[np.uint64]) -> Any:
    """Draw a float64, uniform in [0, 1), a multiple of 2^−53. Modifies s in place."""
    return to_unit(next_uint64(s))


@inlined
def below(s: NDArray[np.uint64], n: int) -> Any:
    """Draw an integer, uniform in 0 … n − 1 (to within n / 2^32). Modifies s in place.

    Args:
        s: uint64 (4,), the stream.
        n: 1 … 2^31.
    """
    return np.int64(((next_uint64(s) >> _U32) * np.uint64(n)) >> _U32)


@inlined
def branch(s: NDArray[np.uint64], key: Any, out: NDArray[np.uint64]) -> None:
    """Start a stream that belongs to this state of another stream. Modifies out in place.

    Streams with different keys are independent of each other, and those of successive states too:
    their words are derived by SplitMix64 from the state's next 64 bits and the key.

    Args:
        s: uint64 (4,), the other stream; read only.
        key: uint64, see ``key_of``.
        out: uint64 (4,), the new stream.
    """
    for k in range(4):
        out[k] = s[k]
    state = next_uint64(out) ^ key
    for k in range(4):
        state += _GOLDEN
        z = (state ^ (state >> _U30)) * _MIX_1
        z = (z ^ (z >> _U27)) * _MIX_2
        out[k] = z ^ (z >> _U31)
