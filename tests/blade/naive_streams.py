"""A slow twin of the generators, with Python's integers: xoshiro256**.

Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.
"""

from hashlib import blake2b

MASK = (1 << 64) - 1


def rotate(x: int, k: int) -> int:
    return ((x << k) | (x >> (64 - k))) & MASK


class Stream:
    """xoshiro256** on plain integers."""

    def __init__(self, words):
        self.words = [int(word) for word in words]

    def bits(self) -> int:
        a, b, c, d = self.words
        result = (rotate((b * 5) & MASK, 7) * 9) & MASK
        shifted = (b << 17) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        self.words = [a, b, c, rotate(d, 45)]
        return result

    def uniform(self) -> float:
        return (self.bits() >> 11) / 2**53

    def below(self, n: int) -> int:
        return ((self.bits() >> 32) * n) >> 32


def branch(stream: Stream, name: str) -> Stream:
    """Start the stream with a name that belongs to this state of another one: SplitMix64."""
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    state, words = Stream(stream.words).bits() ^ key, []
    for _ in range(4):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        words.append(z ^ (z >> 31))
    return Stream(words)
