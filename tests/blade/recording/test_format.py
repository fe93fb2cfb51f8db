"""Recordings are laid out as ever: these values were written before there were further choices."""

import hashlib
import json
import zlib

import pytest

from forge.blade.realm import Realms
from forge.blade.recording.chunks import TICKS, Chunk
from forge.blade.recording.recorder import Recorder
from tests.blade.recording.films import CONFIG, film, played_by_hand

FRONT = 21  # bytes of TICKS that are not deflated

LAID_OUT = {
    "{}": "58d5accc728b0e93",
    '{"combat": false}': "5de27cd54ddf6f71",
    '{"auto_target": true}': "58d5accc728b0e93",
    '{"npcs": 9}': "b0ab41c46e45472d",
}


def of_ticks(parts: list[Chunk]) -> str:
    """Hash the ticks of a recording, inflated, as zlib may deflate differently elsewhere."""
    total = hashlib.blake2b(digest_size=8)
    for part in parts:
        if part.kind == TICKS:
            total.update(part.payload[:FRONT] + zlib.decompress(part.payload[FRONT:]))
    return total.hexdigest()


@pytest.mark.parametrize("settings", LAID_OUT)
def test_ticks_are_written_as_ever(settings: str) -> None:
    assert of_ticks(list(film(**json.loads(settings))[0])) == LAID_OUT[settings]


def test_chosen_births_are_written_as_ever() -> None:
    realms = Realms(CONFIG, 7)
    recorder = Recorder(realms, 0, "", chosen=True)
    for tick in range(20):
        played_by_hand(realms, tick % 2)
        recorder.see()
    assert of_ticks(recorder.take(True)) == "670639d3a21b29c2"


def test_a_head_names_what_it_named_ever() -> None:
    named = json.loads(film()[0][0].payload)
    assert ", ".join(named) == (
        "config, seed, realm, map, tick, chosen, source, digest, schema, forge"
    )
