import numpy as np
import pytest

from forge.blade.streams import (
    Owner,
    below,
    branch,
    generator,
    key_of,
    next_uint64,
    seed_words,
    stream,
    uniform,
)

MASK = (1 << 64) - 1


def naive_next(s):
    """Step xoshiro256** in Python integers."""

    def rotate(x, k):
        return ((x << k) | (x >> (64 - k))) & MASK

    result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
    t = s[1] << 17 & MASK
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotate(s[3], 45)
    return result


@pytest.mark.parametrize("seed", [0, 1, 2**63, MASK])
def test_stream_equals_its_twin_in_python_integers(seed):
    s = stream(seed, Owner.WORLD, 3)
    twin = [int(word) for word in s]
    drawn = [int(next_uint64(s)) for _ in range(100)]
    assert drawn == [naive_next(twin) for _ in range(100)]
    assert [int(word) for word in s] == twin


def test_first_draws_from_a_state_known_by_hand():
    # s = (1, 2, 3, 4): s1 × 5 = 10, rotated by 7 = 1280, × 9 = 11520 (the reference value).
    s = np.array([1, 2, 3, 4], np.uint64)
    assert int(next_uint64(s)) == 11520
    assert int(next_uint64(s)) == 0  # s1 is now 1 ^ 3 ^ 2 = 0


def test_uniform_is_the_top_53_bits():
    s, twin = stream(5, Owner.POLICY), stream(5, Owner.POLICY)
    assert uniform(s) == (int(next_uint64(twin)) >> 11) * 2.0**-53


def test_below_is_the_product_of_the_top_32_bits():
    s, twin = stream(5, Owner.POLICY), stream(5, Owner.POLICY)
    assert below(s, 7) == ((int(next_uint64(twin)) >> 32) * 7) >> 32


def test_below_reaches_every_value_about_equally_often():
    s = stream(9, Owner.WORLD)
    counts = np.bincount([below(s, 5) for _ in range(5000)], minlength=5)
    assert len(counts) == 5
    assert abs(counts - 1000).max() < 150  # five standard deviations are 141


def test_owners_and_indices_have_streams_of_their_own():
    words = [tuple(seed_words(s, o, i)) for s in (0, 1) for o in Owner for i in range(20)]
    assert len(set(words)) == 2 * len(Owner) * 20


def test_seeds_are_pinned():
    assert seed_words(0, Owner.WORLD)[:2] == [0xD1C0270687984B37, 0x40D6B91D40FDEC19]
    assert generator(0, Owner.WEIGHTS).integers(0, 1000, 3).tolist() == [29, 173, 232]


def numbers(words, name, out):
    """Draw 40 numbers from the branch with a name."""
    branch(words, np.uint64(key_of(name)), out)
    return [uniform(out) for _ in range(40)]


def test_branches_of_successive_states_and_of_other_names_are_independent():
    words, out, drawn = stream(1, Owner.POLICY), np.zeros(4, np.uint64), []
    for _ in range(50):
        drawn.append([numbers(words, name, out) for name in ("move", "style")])
        next_uint64(words)
    draws = np.array(drawn) - 0.5  # [states, names, numbers]
    for other in (draws[:, ::-1], *(np.roll(draws, k, axis) for k in (-1, 1) for axis in (0, 2))):
        assert abs((draws * other).mean()) < 4 / 12 / np.sqrt(draws.size / 2)
    assert abs(draws.mean()) < 4 / np.sqrt(12 * draws.size)
    assert len(set(draws.ravel())) == draws.size
