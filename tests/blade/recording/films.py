"""Small recordings that the tests share."""

from functools import lru_cache
from typing import Any

import numpy as np

from forge.blade.realm import Realms
from forge.blade.recording.blocks import digest_of, num_ticks
from forge.blade.recording.chunks import END, TICKS, Chunk, framed
from forge.blade.recording.content import write_end
from forge.blade.recording.recorder import Recorder
from forge.blade.scripted import uniform_random
from forge.config import Config

CONFIG = Config(
    max_agents=8, populations=2, map_size=20, border=3, radius=3, births=2, health=30, immunity=0
)


def played(realms: Realms, ticks: int = 1) -> Realms:
    """Let agents do at random what they can."""
    for _ in range(ticks):
        realms.step(uniform_random(realms.observation))
        realms.take_lives()
    return realms


def played_by_hand(realms: Realms, population: int) -> None:
    """Play a tick in which a God chooses."""
    realms.advance(uniform_random(realms.observation))
    for _ in range(realms.births_due(0)):
        realms.place(0, population)
    realms.bear(np.array([False]))


def parts(realms: Realms, w: int = 0, ticks: int = 20, each: int = 5) -> list[Chunk]:
    """Record some ticks, so many in each chunk."""
    recorder, chunks = Recorder(realms, w, "A test."), []
    for tick in range(ticks):
        played(realms)
        recorder.see()
        chunks += recorder.take((tick + 1) % each == 0)
    return chunks


def ended(chunks: list[Chunk]) -> bytes:
    """Write chunks as a file, with their end."""
    blocks = [chunk.payload for chunk in chunks if chunk.kind == TICKS]
    ticks, digest = sum(map(num_ticks, blocks)), digest_of(blocks[-1])
    return framed([*chunks, Chunk(END, write_end(ticks, digest))])[0]


@lru_cache
def film(**settings: Any) -> tuple[tuple[Chunk, ...], str]:
    """Record 20 ticks from tick 3 of a realm: its chunks, and its digest at the end."""
    realms = played(Realms(CONFIG.replace(**settings), 7, (5,)), 3)
    chunks = parts(realms)
    return tuple(chunks), realms.digest()
