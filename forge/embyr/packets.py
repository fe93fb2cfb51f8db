"""Write what viewers are sent, and read what they ask: bytes in, bytes out, no input or output.

A client is sent a hello (JSON), then binary messages, all little-endian. Their first byte says
what they are:

    LAND   u32 side, then side² kinds of tiles
    TICK   a frame, as what has changed since the frame that the client has
    DRAWN  an overlay: its tick, the agent that it is about, its range (f64 each), its population
           (i32), its scale (u8, in the order of SCALES), its name (u8 length, UTF-8), the map's
           side (u32), a bit for every tile that has a number, and these numbers, a byte each
    VALUES what the network expects for each agent of a tick: the tick and the range (f64 each), how
           many (u32), a bit for everyone who has a number, and these numbers, a byte each

A tick begins with its number and that of the frame it builds on (f64 each; −1: on nothing), then

    agents   how many live; places of those gone, in the old table; places of the new, in the new
             one; then a block for every column of the schema: each value's difference to what was
             to be expected, which is the old value plus ``step`` per tick, or 0 for the new
    changes, attacks, births, deaths: how many, then their columns
    NPCs     as agents, with their own columns; nothing at all where the schema lists none of them
    market   the lowest price of each kind and level, numbers; nothing where the setting has none
    rows     what else happened: how many, then a block for every column of the schema: each
             value's difference to the usual one, or to that of the row before

Where the world has skills, items, a market or quests, the schema lists what agents know, carry, own
and are to do as further columns of the agents.

Numbers are written as one byte that says how wide they are (0: all are zero, nothing follows; else
1, 2, 4 or 8 bytes each, signed), then the numbers. A block has a bit for every agent or row between
the two, set where the difference is not zero, and numbers for those alone.

The schema is made from the records of the world: a new column there needs nothing here.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.items import NUM_DEALS
from forge.blade.records import AGENT
from forge.blade.tiles import NUM_MOVES, NUM_STYLES
from forge.blade.trades import NUM_TRADES, PRICES
from forge.blade.worldsettings import MOST_WORDS
from forge.embyr.frames import ATTACK, CHANGE, DEATH, NPC_SEEN, Frame, agent_seen
from forge.embyr.happened import HAPPENING_SEEN, USUAL
from forge.embyr.overlays import LONGEST_NAME, SCALES, Look

Array = NDArray[Any]

VERSION = 4
LAND, TICK, DRAWN, VALUES = 1, 2, 3, 4
_NOTHING = -1.0  # what a tick builds on if the client has no frame
_LEFT_OUT = ("alive",)  # only the living are sent
_STEPS = {"age": 1}  # what a column grows by in every tick

LONGEST = 2_000  # of a message from a client [bytes]
LEVELS = 254  # of an overlay's numbers: even, so that the middle of a range is one of them
FASTEST = 1000.0  # ticks a second that can be asked for; 0: as fast as it goes
SLOWEST = 0.05


class CommandError(ValueError):
    """A client asks for something that does not exist; the message says what is wrong."""


@dataclass(frozen=True)
class Command:
    """What a client asks.

    Attributes:
        type: watch, select, play, pause, step, speed, fresh, overlay, values, seat or act.
        value: the realm, the agent's id (−1: none), ticks a second, the overlay's population
            (−1: all), or whether values are wanted; 0 where there is none.
        name: of the overlay; empty: none.
        more: what seat and act take, by name.
    """

    type: str
    value: float = 0
    name: str = ""
    more: Mapping[str, int] = field(default_factory=dict)


_VALUES = {
    "watch": ("realm", 0, 2**31 - 1),
    "select": ("id", -1, 2**53),
    "speed": ("rate", 0, FASTEST),
    "overlay": ("population", -1, 2**31 - 1),
    "values": ("wanted", 0, 1),
}
_SEVERAL: dict[str, dict[str, tuple[int, int]]] = {
    "seat": {"id": (-1, 2**53), "waits": (0, 1)},
    "act": {
        "move": (0, NUM_MOVES - 1),
        "style": (-1, NUM_STYLES - 1),
        "target": (-(2**53), 2**53),  # ids of NPCs are negative
        "deal": (0, NUM_DEALS - 1),  # 0 where there are no items
        "trade": (0, NUM_TRADES - 1),  # 0 where there is no market, as the next
        "price": (0, PRICES - 1),
        "receiver": (-1, 2**53),  # the id of an agent; −1: nobody
        "word": (0, MOST_WORDS),  # 0: silence
    },
}
# What may be left out of these, and is then this.
_LEFT = {"trade": 0, "price": 0, "receiver": -1, "word": 0}
_NAMED = ("overlay",)  # take a name too
_PLAIN = ("play", "pause", "step", "fresh")


def columns(record: "np.dtype[Any]" = AGENT) -> list[str]:
    """List the columns of a record that clients are sent: all that are single whole numbers."""
    return [
        name
        for name in record.names or ()
        if record[name].shape == () and record[name].kind in "iub" and name not in _LEFT_OUT
    ]


def hello(setting: dict[str, Any], realms: list[int]) -> str:
    """Begin: say what follows, what stays, and which realms can be watched."""
    schema = {
        "columns": _described(agent_seen(setting)),
        "changes": CHANGE.names,
        "attacks": ATTACK.names,
        "deaths": DEATH.names,
        "npcs": _described(NPC_SEEN) if "npcs" in setting else [],
        "happened": [
            {"name": name, "usual": USUAL.get(name, 0)} for name in HAPPENING_SEEN.names or ()
        ],
    }
    about = {"type": "hello", "version": VERSION, "schema": schema}
    return json.dumps({**about, "setting": setting, "realms": realms})


def _described(record: "np.dtype[Any]") -> list[dict[str, Any]]:
    """Describe the columns of a record for the schema."""
    return [{"name": name, "step": _STEPS.get(name, 0)} for name in columns(record)]


def notice(kind: str, **content: Any) -> str:
    """Say something else: a status, an error, an inspection."""
    return json.dumps({"type": kind, **content}, allow_nan=False)


def overlay(look: Look, tick: int, values: Array, scale: str) -> bytes:
    """Write what an overlay shows, each number as one of a few levels between the extremes.

    Args:
        look: what is shown.
        tick: it shows.
        values: float64 (side, side); NaN: nothing there.
        scale: log: levels are equal steps of log(1 + value), for numbers that are at least 0;
            signed: the extremes are as far from 0, which is a level.
    """
    known = ~np.isnan(values)
    numbers = values[known]
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    if scale == "signed":
        high = max(-low, high)
        low = -high
    name = look.name.encode()
    head = struct.pack("<Bdddd", DRAWN, float(tick), float(look.agent), low, high)
    head += struct.pack("<iBB", look.population, SCALES.index(scale), len(name)) + name
    if scale == "log":
        low, high, numbers = math.log1p(low), math.log1p(high), np.log1p(numbers)
    return head + struct.pack("<I", len(values)) + _levels(known, numbers, low, high)


def agent_values(tick: int, values: Array) -> bytes:
    """Write what the network expects for each agent, as levels between the extremes.

    Args:
        tick: that of the frame that lists the agents.
        values: float32 (n,), in its order; NaN: not known.
    """
    known = ~np.isnan(values)
    numbers = values[known].astype(np.float64)
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    head = struct.pack("<BdddI", VALUES, float(tick), low, high, len(values))
    return head + _levels(known, numbers, low, high)


def _levels(known: Array, numbers: Array, low: float, high: float) -> bytes:
    """Write which numbers are known, and each of these as a level of a range."""
    levels = np.rint((numbers - low) / ((high - low) or 1.0) * LEVELS).astype(np.uint8)
    return np.packbits(known, bitorder="little").tobytes() + levels.tobytes()


def land(tiles: Array) -> bytes:
    """Write a map: uint8 (side, side)."""
    return struct.pack("<BI", LAND, len(tiles)) + tiles.tobytes()


def tick(frame: Frame, before: Frame | None) -> bytes:
    """Write a frame as the difference to another one, or to nothing."""
    base = _NOTHING if before is None else float(before.tick)
    parts = [struct.pack("<Bdd", TICK, float(frame.tick), base)]
    ticks = 0 if before is None else frame.tick - before.tick
    parts += _living(frame.agents, None if before is None else before.agents, ticks)
    for table, names in ((frame.changes, CHANGE.names), (frame.attacks, ATTACK.names)):
        parts += _table(table, names or ())
    parts += [struct.pack("<I", len(frame.births)), *_numbers(frame.births)]
    parts += _table(frame.deaths, DEATH.names or ())
    if frame.npcs is not None:
        parts += _living(frame.npcs, None if before is None else before.npcs, ticks)
    if frame.market is not None:
        parts += _numbers(frame.market.reshape(-1))
    parts += _rows(frame.happened)
    return b"".join(parts)


def _living(new: Array, old: Array | None, ticks: int) -> list[bytes]:
    """Write a table of the living, as the difference to an earlier one, or to nobody.

    Args:
        new: records with an ``id``.
        old: earlier ones; None: nobody.
        ticks: that have passed since.
    """
    old = new[:0] if old is None else old
    stays, came = np.isin(old["id"], new["id"]), ~np.isin(new["id"], old["id"])
    parts = [struct.pack("<I", len(new))]
    for places in (np.flatnonzero(~stays), np.flatnonzero(came)):
        parts += [struct.pack("<I", len(places)), places.astype("<u2").tobytes()]
    for name in columns(new.dtype):
        expected = np.zeros(len(new), np.int64)
        expected[~came] = old[name][stays].astype(np.int64) + _STEPS.get(name, 0) * ticks
        parts += _block(new[name].astype(np.int64) - expected)
    return parts


def _rows(rows: Array) -> list[bytes]:
    """Write rows of what happened, as differences to what is usual."""
    parts = [struct.pack("<I", len(rows))]
    for name in rows.dtype.names or ():
        values, usual = rows[name].astype(np.int64), USUAL.get(name, 0)
        parts += _block(np.diff(values, prepend=0) if usual is None else values - usual)
    return parts


def _block(differences: Array) -> list[bytes]:
    """Write whole numbers that are mostly zero."""
    changed = differences != 0
    width, numbers = _numbers(differences[changed])
    if not numbers:
        return [width]
    return [width, np.packbits(changed, bitorder="little").tobytes(), numbers]


def _table(table: Array, names: tuple[str, ...]) -> list[bytes]:
    parts = [struct.pack("<I", len(table))]
    for name in names:
        parts += _numbers(table[name])
    return parts


def _numbers(values: Array) -> tuple[bytes, bytes]:
    """Write whole numbers in as few bytes each as hold them all: the width, and the numbers."""
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if low == high == 0:
        return b"\0", b""
    width = next(w for w in (1, 2, 4, 8) if -(1 << 8 * w - 1) <= low and high < 1 << 8 * w - 1)
    return bytes([width]), values.astype(f"<i{width}").tobytes()


def read_command(text: str) -> Command:
    """Read what a client asks.

    Raises:
        CommandError: says what is wrong; nothing of the text is repeated at length.
    """
    if len(text) > LONGEST:
        raise CommandError(f"a message has at most {LONGEST} characters")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError("a message is a JSON object") from None
    kind = asked.get("type") if isinstance(asked, dict) else None
    if not isinstance(kind, str) or kind not in {*_VALUES, *_PLAIN, *_SEVERAL}:
        raise CommandError(f"a message has a type: {', '.join([*_VALUES, *_PLAIN, *_SEVERAL])}")
    if kind in _SEVERAL:
        return _several(kind, asked)
    name, low, high = _VALUES.get(kind, ("", 0, 0))
    takes = [*([name] if name else []), *(["name"] if kind in _NAMED else [])]
    if asked.keys() != {"type", *takes}:
        raise CommandError(f"{kind} takes {' and '.join(takes) or 'nothing'} and no more")
    value = _value(kind, name, asked[name], low, high) if name else 0
    return Command(kind, value, _name(kind, asked["name"]) if kind in _NAMED else "")


def _name(kind: str, name: Any) -> str:
    """Check the name that a command takes."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise CommandError(f"name of {kind} is a text of at most {LONGEST_NAME} characters")
    return name


def _several(kind: str, asked: dict[str, Any]) -> Command:
    """Read a command that takes several whole numbers."""
    wanted = _SEVERAL[kind]
    asked = {name: value for name, value in _LEFT.items() if name in wanted} | asked
    if asked.keys() != {"type", *wanted}:
        raise CommandError(f"{kind} takes {', '.join(wanted)} and no more")
    values = {name: _value(kind, name, asked[name], *wanted[name]) for name in wanted}
    return Command(kind, more={name: int(value) for name, value in values.items()})


def _value(kind: str, name: str, value: Any, low: float, high: float) -> float:
    """Check the number that a command takes."""
    wanted = (int, float) if kind == "speed" else (int,)
    sound = type(value) in wanted and low <= value <= high
    if not sound or (kind == "speed" and 0 < value < SLOWEST):
        raise CommandError(f"{name} of {kind} is a number from {low:g} to {high:g}")
    return value  # type: ignore[no-any-return]
