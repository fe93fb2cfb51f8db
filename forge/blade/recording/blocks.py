"""Write the ticks of a recording in blocks, and read them without trust; see ``content``."""

import math
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import CHOICES, INTENDED, Choice, further
from forge.blade.recording.content import Head
from forge.blade.recording.deflated import Cursor, deflated, inflated, planes, require
from forge.config import Config

Array = NDArray[Any]

BLOCK = 64  # ticks in one chunk, at most

_BLOCK = struct.Struct("<BI16s")
# The type in which each thing that a God chooses of births is written.
_BORN: dict[str, np.dtype[Any]] = {"population": np.dtype("<u2"), "quest": np.dtype("u1")}


class Block(NamedTuple):
    """Some ticks: what the agents did in them, by slot, and who was born."""

    choices: dict[str, Array]  # (T, E) of each choice of the world; targets are slots
    births: dict[str, list[Array]]  # of what a God chooses of them, by name: int64 for each tick
    digest: str  # of the realm after them

    @property
    def ticks(self) -> int:
        """How many there are."""
        return len(self.choices["move"])


def write_block(block: Block) -> bytes:
    """Write some ticks."""
    choices = dict(block.choices)
    moves, styles, targets = (choices.pop(name) for name in INTENDED)
    parts = [
        _counted("move", moves),
        _counted("style", styles),
        planes(targets.T[styles.T >= 0].astype("<u2")),
    ]
    births = block.births
    if births:
        parts.append(planes(np.array([*map(len, next(iter(births.values())))], "<u4")))
    parts += [planes(np.concatenate(born).astype(_BORN[name])) for name, born in births.items()]
    parts += [_counted(name, values) for name, values in choices.items()]
    front = _BLOCK.pack(*moves.shape, bytes.fromhex(block.digest))
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
    more = further(config)
    each = 4 + sum(_width(choice).itemsize for choice in more.values())
    most = ticks * (slots * each + _most_of_births(head))
    cursor = Cursor(inflated(data[_BLOCK.size :], most))
    choices = {name: _chosen(name, cursor, (slots, ticks), config) for name in ("move", "style")}
    attacks = choices["style"].T >= 0
    targets = np.zeros((slots, ticks), np.int32)
    targets[attacks] = cursor.take(int(attacks.sum()), "<u2")
    births = _births(cursor, ticks, head)
    choices |= {name: _chosen(name, cursor, (slots, ticks), config) for name in more}
    cursor.end()
    return Block(choices | {"target": targets.T}, births, digest.hex())


# -- Births ---------------------------------------------------------------------------------


def _most_births(config: Config) -> int:
    """Say how many can be born in a tick."""
    return min(config.births, config.max_agents)


def _most_of_births(head: Head) -> int:
    """Bound what is written of the births of a tick [bytes]."""
    each = sum(_BORN[name].itemsize for name in head.born)
    return 4 + _most_births(head.config) * each if head.born else 0


def _births(cursor: Cursor, ticks: int, head: Head) -> dict[str, list[Array]]:
    """Read what a God chose of the births of some ticks."""
    if not head.born:
        return {}
    counts = cursor.take(ticks, "<u4").astype(np.int64)
    require(not (counts > _most_births(head.config)).any(), "it has too many births")
    born = {
        name: cursor.take(int(counts.sum()), _BORN[name]).astype(np.int64) for name in head.born
    }
    return {name: np.split(values, np.cumsum(counts)[:-1]) for name, values in born.items()}


# -- Choices --------------------------------------------------------------------------------


def _width(choice: Choice) -> "np.dtype[Any]":
    """Say as what a choice is written: a byte for a head; a pointer may have a row per slot."""
    return np.dtype("u1" if choice.size else "<u2")


def _counted(name: str, values: Array) -> bytes:
    """Write a choice of all slots (T, E), counted from its least value, slot by slot."""
    choice = CHOICES[name]
    return planes((values.T - choice.least).astype(_width(choice)))


def _chosen(name: str, cursor: Cursor, shape: tuple[int, int], config: Config) -> Array:
    """Read a choice of all slots, written slot by slot (E, T): its numbers (T, E)."""
    choice = CHOICES[name]
    counted = cursor.take(math.prod(shape), _width(choice)).reshape(shape)
    options = choice.options or config.slots + 1  # rows, and the number below them
    require(not (counted >= options).any(), f"there is no such {name}")
    chosen: Array = counted.T.astype(choice.dtype) + choice.dtype(choice.least)
    return chosen
