"""Mutate bytes and JSON values, for the tests that feed damaged files.

``FORGE_FUZZ`` multiplies how many of them each of those tests tries: ``FORGE_FUZZ=100 python -m
pytest tests/trinity/test_fuzz.py`` is a long run. The same number gives the same mutations.
"""

import copy
import os
import random

TIMES = int(os.environ.get("FORGE_FUZZ", "1"))
NUMBER = 80 * TIMES  # of mutations of one kind


def nested(deep):
    value = 0
    for _ in range(deep):
        value = [value]
    return value


HOSTILE = [
    None, True, False, -1, 0, 1, 2, 7, 2**31, 2**53, 2**63, 2**64, 10**30, -(10**30), 10**400,
    0.5, -1.5, 1e308, "", "x", "|O", "<f4", "0" * 32, "x" * 10_000, [], [0], [1, 2], {},
    {"array": 0}, {"x": 1}, [[]], [["a", "|O"]], nested(50), nested(400),
]  # fmt: skip


def seeds():
    """Yield a generator for each mutation."""
    for seed in range(NUMBER):
        yield random.Random(seed)


def mutated_bytes(data, rng):
    """Flip, cut out, put in or repeat a few bytes, at most three times."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place, size = rng.randrange(len(data) + 1), rng.choice((1, 1, 1, 4, 8, 64))
        match rng.randrange(5):
            case 0:
                del data[place : place + size]
            case 1:
                data[place:place] = rng.randbytes(size)
            case 2:
                data[place:place] = data[place : place + size]
            case 3:
                data[place : place + size] = rng.choice((b"\0", b"\xff")) * size
            case _ if data:
                data[place % len(data)] ^= 1 << rng.randrange(8)
    return bytes(data)


def mutated_json(value, rng):
    """Put something else, or nothing, in the place of a value, at most three times."""
    value = _copied(value)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(value))
        holder, key = rng.choice(places) if places else ({}, "x")
        match rng.randrange(5):
            case 0:
                holder.pop(key)
            case 1 if places:
                holder[key] = _copied(rng.choice([h[k] for h, k in places]))
            case 2 if isinstance(holder, list):
                holder.insert(key, _copied(holder[key]))
            case 2:
                holder[rng.choice(("x", "", "words", "records"))] = copy.deepcopy(
                    rng.choice(HOSTILE)
                )
            case _:
                holder[key] = copy.deepcopy(rng.choice(HOSTILE))
    return value


def _copied(value):
    """Copy a tree; one that nests too deeply to be copied becomes None."""
    try:
        return copy.deepcopy(value)
    except RecursionError:
        return None


def _places(value):
    """List every place in a tree: (what holds it, key or index)."""
    within = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in within:
        yield value, key
        if isinstance(part, (dict, list)):
            yield from _places(part)
