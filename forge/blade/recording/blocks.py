"""Write the ticks of a recording in blocks, and read them without trust; see ``content``."""

import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.recording.content import Head
from forge.blade.recording.deflated import Cursor, deflated, inflated, planes, require
from forge.blade.tiles import NUM_MOVES, NUM_STYLES

Array = NDArray[Any]

BLOCK = 64  # ticks in one chunk, at most

_BLOCK = struct.Struct("<BI16s")


class Block(NamedTuple):
    """Some ticks: what the agents did in them, by slot, and who was born."""

    moves: Array  # int8 (T, E)
    styles: Array  # int8 (T, E); −1: no attack
    targets: Array  # int32 (T, E): slots; 0 where there is no attack
    births: list[Array]  # of each tick: int64, populations, where a God chooses them; else empty
    digest: str  # of the realm after them


def write_block(block: Block, chosen: bool) -> bytes:
    """Write some ticks."""
    ticks, slots = block.moves.shape
    styles = block.styles.T + 1
    parts = [
        block.moves.T.astype(np.uint8).tobytes(),
        styles.astype(np.uint8).tobytes(),
        planes(block.targets.T[styles > 0].astype("<u2")),
    ]
    if chosen:
        populations = np.concatenate(block.births)
        parts.append(planes(np.array([len(born) for born in block.births], "<u4")))
        parts.append(planes(populations.astype("<u2")))
    front = _BLOCK.pack(ticks, slots, bytes.fromhex(block.digest))
    return front + deflated(parts)


def num_ticks(data: bytes) -> int:
    """Count the ticks of a block without reading it.

    Raises:
        ContentError: if there cannot be so many.
    """
    require(len(data) >= _BLOCK.size and 0 < data[0] <= BLOCK, "it has an odd number of ticks")
    return data[0]


def digest_of(data: bytes) -> str:
    """Read the digest of a block without reading its ticks."""
    return bytes(_BLOCK.unpack_from(data)[2]).hex()


def read_block(data: bytes, head: Head) -> Block:
    """Read some ticks.

    Raises:
        ContentError: if no recorder wrote them.
    """
    config, ticks = head.config, num_ticks(data)
    _, slots, digest = _BLOCK.unpack_from(data)
    require(slots <= config.max_agents, "it has too many slots")
    born = min(config.births, config.max_agents)
    most = ticks * (slots * 4 + (4 + 2 * born if head.chosen else 0))
    cursor = Cursor(inflated(data[_BLOCK.size :], most))
    moves = cursor.take(slots * ticks, np.uint8).reshape(slots, ticks)
    styles = cursor.take(slots * ticks, np.uint8).reshape(slots, ticks)
    require(not (moves >= NUM_MOVES).any(), "there is no such move")
    require(not (styles > NUM_STYLES).any(), "there is no such style")
    attacks = styles > 0
    targets = np.zeros((slots, ticks), np.int32)
    targets[attacks] = cursor.take(int(attacks.sum()), "<u2")
    births = [np.zeros(0, np.int64)] * ticks
    if head.chosen:
        counts = cursor.take(ticks, "<u4").astype(np.int64)
        require(not (counts > born).any(), "it has too many births")
        populations = cursor.take(int(counts.sum()), "<u2").astype(np.int64)
        births = np.split(populations, np.cumsum(counts)[:-1])
    cursor.end()
    return Block(
        moves=moves.T.astype(np.int8),
        styles=styles.T.astype(np.int8) - np.int8(1),
        targets=targets.T,
        births=births,
        digest=digest.hex(),
    )
