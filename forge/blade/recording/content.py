"""Write what the chunks of a recording hold, and read it without trust.

    HEAD     JSON: see Head
    STATE    the arrays of the state, as the config lays them out, deflated
    TICKS    ticks u8, slots u32, digest of the realm after them (16 bytes), then, deflated: moves,
             styles + 1 (a byte each, slot by slot), targets of those who attack (slots, u16) and,
             where a God chooses them, the births of each tick (u32) and their populations (u16)
    MOVE     digest of the realm on its new map (16 bytes), then its state, as in STATE
    END      ticks in all u64, digest of the realm after them

What is recorded is what an agent's action came to: no move while frozen, no style without a target,
and the slot of whoever was attacked. Wider numbers than a byte are written plane by plane: first
the lowest byte of each, then the next, which deflates better. Every size follows from the config
and from what was read before, and is bounded before anything is allocated.
"""

import hashlib
import json
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge import __version__, files
from forge.blade.needs import observation_bytes, state_bytes
from forge.blade.numbers import LARGEST_INDEX, LARGEST_SEED
from forge.blade.state import State, held, layout
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.config import Config
from forge.errors import ForgeError

Array = NDArray[Any]

CHOSEN = ("move", "style", "target")  # choices that a recording holds
BLOCK = 64  # ticks in one chunk, at most
MOST_HEAD = 1 << 16  # a head is never larger [bytes]
MOST_WORLD = 4 << 30  # a realm that takes more memory is not replayed [bytes]
LONGEST = 500  # of the sentence that says where a recording comes from [characters]

_BLOCK = struct.Struct("<BI16s")
_END = struct.Struct("<Q16s")
_DIGEST = 16  # bytes
_LEVEL = 9  # of deflation
_NAMES = ("config", "seed", "realm", "map", "tick", "chosen", "source", "digest", "schema", "forge")


class ContentError(ValueError):
    """A chunk holds what no recorder writes; the message says what."""


def _require(sound: bool, otherwise: str) -> None:
    if not sound:
        raise ContentError(otherwise)


@dataclass(frozen=True)
class Head:
    """What is known of a recording before it is played.

    Attributes:
        config: settings of the world.
        seed: master seed of its run.
        realm: its number in its run.
        map: the number of its map.
        tick: in which it begins.
        chosen: whether a God chooses the populations of the newborn; else the world draws them.
        source: where it comes from, one sentence for people.
        digest: of the realm at the beginning.
        forge: version of Forge that recorded it.
    """

    config: Config
    seed: int
    realm: int
    map: int
    tick: int
    chosen: bool
    source: str
    digest: str
    forge: str = __version__


def plain_config(config: Config) -> Config:
    """Leave out the settings that a user's own class adds: the world knows nothing of them."""
    names = Config.__dataclass_fields__
    return Config(**{name: value for name, value in config.as_dict().items() if name in names})


def schema(config: Config) -> str:
    """Hash how the state is laid out: columns that came or went make another world."""
    about = [(name, shape, dtype.descr) for name, (shape, dtype) in layout(config, 1).items()]
    return hashlib.blake2b(repr(about).encode(), digest_size=8).hexdigest()


def write_head(head: Head) -> bytes:
    """Write a head."""
    about = {**vars(head), "config": head.config.as_dict(), "schema": schema(head.config)}
    return json.dumps({name: about[name] for name in _NAMES}).encode()


def read_head(data: bytes) -> Head:
    """Read a head.

    Raises:
        ContentError: says what is wrong with it.
    """
    _require(len(data) <= MOST_HEAD, "its head is too large")
    try:
        about = files.parse_json(data, dict)
        _require(about.keys() == set(_NAMES), "its head names other things")
        config, expected = Config.from_dict(about.pop("config")), about.pop("schema")
    except ContentError:
        raise
    except (ValueError, ForgeError) as error:  # a ConfigError too
        raise ContentError(f"its head cannot be used: {error}") from None
    for name, most in {"seed": LARGEST_SEED, "realm": LARGEST_INDEX, "map": LARGEST_INDEX,
                       "tick": 2**53}.items():  # fmt: skip
        _require(type(about[name]) is int and 0 <= about[name] <= most, f"its {name} is odd")
    _require(type(about["chosen"]) is bool, "its head is odd")
    texts = [about[name] for name in ("source", "digest", "forge")]
    _require(all(type(text) is str and len(text) <= LONGEST for text in texts), "its head is odd")
    needed = state_bytes(config, 1) + observation_bytes(config, 1)
    _require(needed <= MOST_WORLD, f"its world would take {needed:,} bytes of memory")
    _require(expected == schema(config), f"its world was made by Forge {about['forge']}")
    return Head(config=config, **about)


# -- States ---------------------------------------------------------------------------------


def planes(array: Array) -> bytes:
    """Write the lowest byte of each element, then the next bytes …"""
    raw = np.ascontiguousarray(array).view(np.uint8).reshape(-1, array.dtype.itemsize)
    return raw.T.tobytes()


def _elements(raw: bytes, dtype: Any) -> Array:
    """Read what ``planes`` wrote: (n,)."""
    size = np.dtype(dtype).itemsize
    flat = np.frombuffer(raw, np.uint8).reshape(size, len(raw) // size).T
    elements: Array = np.ascontiguousarray(flat).reshape(-1).view(dtype)
    return elements


def _inflated(data: bytes, most: int) -> bytes:
    """Inflate at most so many bytes."""
    reader = zlib.decompressobj()
    try:
        raw = reader.decompress(data, most + 1)
    except zlib.error:
        raise ContentError("it cannot be inflated") from None
    _require(len(raw) <= most and reader.eof and not reader.unused_data, "it has an odd size")
    return raw


def write_state(state: State) -> bytes:
    """Write the state of one realm, a batch of one."""
    return zlib.compress(b"".join(map(planes, held(state).values())), _LEVEL)


def read_state(data: bytes, config: Config) -> dict[str, Array]:
    """Read the state of one realm; its values are not checked.

    Raises:
        ContentError: if it is of another size.
    """
    raw, at, arrays = _inflated(data, state_bytes(config, 1)), 0, {}
    _require(len(raw) == state_bytes(config, 1), "its state is cut off")
    for name, (shape, dtype) in layout(config, 1).items():
        end = at + math.prod(shape) * dtype.itemsize
        arrays[name] = _elements(raw[at:end], dtype).reshape(shape)
        at = end
    return arrays


# -- Ticks ----------------------------------------------------------------------------------


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
    return front + zlib.compress(b"".join(parts), _LEVEL)


class _Cursor:
    """Take parts of bytes one after the other."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, count: int, dtype: Any) -> Array:
        """Read so many numbers, written plane by plane."""
        end = self._at + count * np.dtype(dtype).itemsize
        _require(end <= len(self._raw), "it holds too little")
        part, self._at = self._raw[self._at : end], end
        return _elements(part, dtype)

    def end(self) -> None:
        """Refuse what is left over."""
        _require(self._at == len(self._raw), "it holds too much")


def num_ticks(data: bytes) -> int:
    """Count the ticks of a block without reading it.

    Raises:
        ContentError: if there cannot be so many.
    """
    _require(len(data) >= _BLOCK.size and 0 < data[0] <= BLOCK, "it has an odd number of ticks")
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
    _require(slots <= config.max_agents, "it has too many slots")
    born = min(config.births, config.max_agents)
    most = ticks * (slots * 4 + (4 + 2 * born if head.chosen else 0))
    cursor = _Cursor(_inflated(data[_BLOCK.size :], most))
    moves = cursor.take(slots * ticks, np.uint8).reshape(slots, ticks)
    styles = cursor.take(slots * ticks, np.uint8).reshape(slots, ticks)
    _require(not (moves >= NUM_MOVES).any(), "there is no such move")
    _require(not (styles > NUM_STYLES).any(), "there is no such style")
    attacks = styles > 0
    targets = np.zeros((slots, ticks), np.int32)
    targets[attacks] = cursor.take(int(attacks.sum()), "<u2")
    births = [np.zeros(0, np.int64)] * ticks
    if head.chosen:
        counts = cursor.take(ticks, "<u4").astype(np.int64)
        _require(not (counts > born).any(), "it has too many births")
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


def write_move(state: State, digest: str) -> bytes:
    """Write the state of one realm that has come to another map, with its digest."""
    return bytes.fromhex(digest) + write_state(state)


def read_move(data: bytes) -> tuple[str, bytes]:
    """Read where a realm has moved: its digest, and its state as it is written.

    Raises:
        ContentError: if it is none.
    """
    _require(len(data) > _DIGEST, "its move is odd")
    return data[:_DIGEST].hex(), data[_DIGEST:]


def write_end(ticks: int, digest: str) -> bytes:
    """Write the end: how many ticks there are in all, and the realm's digest after them."""
    return _END.pack(ticks, bytes.fromhex(digest))


def read_end(data: bytes) -> tuple[int, str]:
    """Read the end.

    Raises:
        ContentError: if it is none.
    """
    _require(len(data) == _END.size, "its end is odd")
    ticks, digest = _END.unpack(data)
    return ticks, digest.hex()
