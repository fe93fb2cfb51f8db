"""Write what the chunks of a recording hold, and read it without trust; for TICKS see ``blocks``.

    HEAD     JSON: see Head
    STATE    the arrays of the state, as the config lays them out, deflated
    TICKS    ticks u8, slots u32, digest of the realm after them (16 bytes), then, deflated: moves,
             styles + 1 (a byte each, slot by slot), targets of those who attack (slots, u16) and,
             where a God chooses for them, the births of each tick (u32), their populations (u16)
             and their quests (a byte each), whichever it chooses;
             then the further choices of the world: heads (a byte each), pointers (u16)
    MOVE     digest of the realm on its new map (16 bytes), then its state, as in STATE
    END      ticks in all u64, digest of the realm after them

What is recorded of moves, styles and targets is what they came to: no move while frozen, no style
without a target, and the slot of whoever was attacked. Any other choice is recorded as the rules
read it, counted from its least value, slot by slot; the head names these choices, in their order.
Wider numbers than a byte are written plane by plane (see ``deflated``). Every size follows from the
config and from what was read before, and is bounded before anything is allocated.
"""

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from forge import __version__, files
from forge.blade.needs import observation_bytes, state_bytes
from forge.blade.numbers import LARGEST_INDEX, LARGEST_SEED
from forge.blade.observation import INTENDED, further
from forge.blade.recording.deflated import ContentError, Cursor, deflated, inflated, planes, require
from forge.blade.state import State, held, layout
from forge.config import Config
from forge.errors import ForgeError

Array = NDArray[Any]

# A head is never larger [bytes]. Most of it may be a table of quests, whose names take up to twelve
# bytes a character.
MOST_HEAD = 1 << 18
MOST_WORLD = 4 << 30  # a realm that takes more memory is not replayed [bytes]
LONGEST = 500  # of the sentence that says where a recording comes from [characters]

_END = struct.Struct("<Q16s")
_DIGEST = 16  # bytes
_NAMES = ("config", "seed", "realm", "map", "tick", "chosen", "source", "digest", "schema", "forge")
# Named only where there are some: what a God chooses besides, and what agents do.
_QUESTS, _FURTHER = "quests", "further"


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
        quests: whether a God chooses the quests of the newborn; else the world draws them.
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
    quests: bool = False

    @property
    def born(self) -> tuple[str, ...]:
        """What is recorded of every birth, as a God chooses it: ``population``, ``quest``."""
        about = {"population": self.chosen, "quest": self.quests}
        return tuple(name for name, it in about.items() if it)


def plain_config(config: Config) -> Config:
    """Leave out the settings that a user's own class adds: the world knows nothing of them.

    Maps of the user's own (``map_files``) are left out, too: the state holds the one that matters.
    """
    names = Config.__dataclass_fields__.keys() - {"map_files"}
    return Config(**{name: value for name, value in config.as_dict().items() if name in names})


def schema(config: Config) -> str:
    """Hash how the state is laid out: columns that came or went make another world."""
    about = [(name, shape, dtype.descr) for name, (shape, dtype) in layout(config, 1).items()]
    return hashlib.blake2b(repr(about).encode(), digest_size=8).hexdigest()


def write_head(head: Head) -> bytes:
    """Write a head."""
    about = {**vars(head), "config": head.config.as_dict(), "schema": schema(head.config)}
    named = {name: about[name] for name in _NAMES}
    more = {_QUESTS: head.quests, _FURTHER: list(further(head.config))}
    return json.dumps(named | {name: it for name, it in more.items() if it}).encode()


def read_head(data: bytes) -> Head:
    """Read a head.

    Raises:
        ContentError: says what is wrong with it.
    """
    require(len(data) <= MOST_HEAD, "its head is too large")
    try:
        about = files.parse_json(data, dict)
        quests, chosen = about.pop(_QUESTS, False), about.pop(_FURTHER, [])
        require(about.keys() == set(_NAMES), "its head names other things")
        config, expected = Config.from_dict(about.pop("config")), about.pop("schema")
    except ContentError:
        raise
    except (ValueError, ForgeError) as error:  # a ConfigError too
        raise ContentError(f"its head cannot be used: {error}") from None
    for name, most in {"seed": LARGEST_SEED, "realm": LARGEST_INDEX, "map": LARGEST_INDEX,
                       "tick": 2**53}.items():  # fmt: skip
        require(type(about[name]) is int and 0 <= about[name] <= most, f"its {name} is odd")
    require(type(about["chosen"]) is type(quests) is bool, "its head is odd")
    require(not quests or bool(config.quests), "it chooses quests, and its world has none")
    texts = [about[name] for name in ("source", "digest", "forge")]
    require(all(type(text) is str and len(text) <= LONGEST for text in texts), "its head is odd")
    needed = state_bytes(config, 1) + observation_bytes(config, 1)
    require(needed <= MOST_WORLD, f"its world would take {needed:,} bytes of memory")
    _check_further(chosen, list(further(config)))
    require(expected == schema(config), f"its world was made by Forge {about['forge']}")
    return Head(config=config, quests=quests, **about)


def _check_further(found: Any, expected: list[str]) -> None:
    """Refuse a world whose agents choose among other things than they do here."""
    sound = type(found) is list and all(type(name) is str for name in found)
    require(sound, "its head is odd")
    theirs, ours = (", ".join([*INTENDED, *names])[:LONGEST] for names in (found, expected))
    require(found == expected, f"its agents choose {theirs}; in this Forge they choose {ours}")


def write_state(state: State) -> bytes:
    """Write the state of one realm, a batch of one."""
    return deflated(map(planes, held(state).values()))


def read_state(data: bytes, config: Config) -> dict[str, Array]:
    """Read the state of one realm; its values are not checked.

    Raises:
        ContentError: if it is of another size.
    """
    raw = inflated(data, state_bytes(config, 1))
    require(len(raw) == state_bytes(config, 1), "its state is cut off")
    about, cursor = layout(config, 1).items(), Cursor(raw)
    return {name: cursor.take(math.prod(shape), it).reshape(shape) for name, (shape, it) in about}


def write_move(state: State, digest: str) -> bytes:
    """Write the state of one realm that has come to another map, with its digest."""
    return bytes.fromhex(digest) + write_state(state)


def read_move(data: bytes) -> tuple[str, bytes]:
    """Read where a realm has moved: its digest, and its state as it is written.

    Raises:
        ContentError: if it is none.
    """
    require(len(data) > _DIGEST, "its move is odd")
    return data[:_DIGEST].hex(), data[_DIGEST:]


def write_end(ticks: int, digest: str) -> bytes:
    """Write the end: how many ticks there are in all, and the realm's digest after them."""
    return _END.pack(ticks, bytes.fromhex(digest))


def read_end(data: bytes) -> tuple[int, str]:
    """Read the end.

    Raises:
        ContentError: if it is none.
    """
    require(len(data) == _END.size, "its end is odd")
    ticks, digest = _END.unpack(data)
    return ticks, digest.hex()
