"""A recording holds the quests that somebody chose, and replays them to the bit."""

import json
import zlib

import numpy as np
import pytest

from forge import files
from forge.blade import preset
from forge.blade.quests import quests_in
from forge.blade.questtable import LONGEST_NAME, LONGEST_TABLE, MOST_QUESTS
from forge.blade.realm import Realms
from forge.blade.recording.blocks import Block, read_block, write_block
from forge.blade.recording.chunks import TICKS, Chunk, framed
from forge.blade.recording.content import MOST_HEAD, Head, read_head, write_head
from forge.blade.recording.deflated import ContentError
from forge.blade.recording.recorder import Recorder
from forge.blade.recording.replay import Recording, verify
from forge.blade.scripted import SCRIPTED
from forge.config import Config
from forge.errors import ReplayError
from tests.blade.recording.films import CONFIG, ended

FRONT = 21  # bytes of TICKS that are not deflated
TABLE = json.dumps([{"does": "eat", "number": 3}, {"does": "lifetime", "number": 5}])
SAGA = preset("saga16").replace(max_agents=8, npcs=4, map_size=40, births=2, populations=2)
WORLDS = {"law": CONFIG.replace(quests=TABLE), "saga": SAGA}
CHOICES = [(True, True), (False, True), (True, False), (False, False)]


def filmed(config: Config, chosen: bool, quests: bool, ticks: int = 70) -> tuple[list[Chunk], str]:
    """Record a realm whose God chooses populations, quests, both or nothing."""
    realms, most = Realms(config, 7), len(quests_in(config))
    recorder = Recorder(realms, 0, "A test.", chosen, quests)
    spawn = (lambda living: int(living.argmin())) if chosen else None
    quest = (
        (lambda entity: 1 + int(entity.id) % most if entity.id % 3 else None) if quests else None
    )
    for _ in range(ticks):
        realms.advance(SCRIPTED["fighter" if config.items else "random"](realms.observation))
        if chosen or quests:
            realms.place_due(0, spawn, quest)
        realms.bear(np.array([not (chosen or quests)]))
        recorder.see()
    return recorder.take(True), realms.digest()


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(("chosen", "quests"), CHOICES)
def test_what_a_god_chose_of_the_newborn_is_chosen_again(
    world: str, chosen: bool, quests: bool
) -> None:
    chunks, digest = filmed(WORLDS[world], chosen, quests)
    recording = Recording.of(ended(chunks))
    assert (recording.head.chosen, recording.head.quests) == (chosen, quests)
    assert verify(recording) == digest


def of_births(births: dict[str, list[list[int]]]) -> Block:
    """Make two ticks of one slot in which agents were born."""
    choices = {name: np.array([[rest], [rest]]) for name, rest in (("move", 0), ("style", -1))}
    choices["target"] = np.array([[0], [0]])
    born = {name: [np.array(it, np.int64) for it in lists] for name, lists in births.items()}
    return Block(choices, born, "ab" * 16)


def about(**flags: bool) -> Head:
    """Describe a recording of births."""
    return Head(WORLDS["law"], 0, 0, 0, 0, flags.get("chosen", False), "A test.", "0" * 32,
                quests=flags.get("quests", False))  # fmt: skip


QUIET = [0, 0, 0, 0]  # moves and styles + 1 of two ticks
WRITTEN = {
    "chosen": ({"population": [[1, 0], [1]]}, [2, 1, *[0] * 6, 1, 0, 1, 0, 0, 0]),
    "quests": ({"quest": [[], [2, 1]]}, [0, 2, *[0] * 6, 2, 1]),
}


@pytest.mark.parametrize("flag", WRITTEN)
def test_births_are_counted_and_then_listed_by_what_was_chosen(flag: str) -> None:
    births, written = WRITTEN[flag]
    data = write_block(of_births(births))
    assert list(zlib.decompress(data[FRONT:])) == QUIET + written
    found = read_block(data, about(**{flag: True})).births
    assert {name: [it.tolist() for it in lists] for name, lists in found.items()} == births


def test_populations_come_before_quests() -> None:
    data = write_block(of_births({"population": [[1], []], "quest": [[2], []]}))
    assert list(zlib.decompress(data[FRONT:])) == [*QUIET, 1, *[0] * 7, 1, 0, 2]
    found = read_block(data, about(chosen=True, quests=True)).births
    assert [it.tolist() for it in found["quest"]] == [[2], []]


def test_more_births_than_can_be_are_refused() -> None:
    data = write_block(of_births({"quest": [[1, 1, 1], []]}))  # two at most
    with pytest.raises(ContentError, match="too many births"):
        read_block(data, about(quests=True))


@pytest.mark.parametrize("number", [0, 3])
def test_a_quest_that_does_not_exist_is_refused_with_the_tick(number: int) -> None:
    head, state, block = filmed(WORLDS["law"], False, True, ticks=4)[0]
    read = read_block(block.payload, read_head(head.payload))
    read.births["quest"][0][0] = number
    forged = [head, state, Chunk(TICKS, write_block(read))]
    with pytest.raises(ReplayError, match=rf"damaged in tick 1: .* quest {number} is not in 1 … 2"):
        verify(Recording.of(framed(forged)[0], unfinished=True))


def test_another_quest_is_found_by_the_digest() -> None:
    head, state, block = filmed(WORLDS["law"], False, True, ticks=4)[0]
    read = read_block(block.payload, read_head(head.payload))
    read.births["quest"][0][0] = 3 - read.births["quest"][0][0]
    forged = [head, state, Chunk(TICKS, write_block(read))]
    with pytest.raises(ReplayError, match="differs at tick 4"):
        verify(Recording.of(framed(forged)[0], unfinished=True))


# -- Heads ----------------------------------------------------------------------------------


def test_a_head_says_that_quests_are_chosen_only_where_they_are() -> None:
    assert b'quests": true' not in write_head(about(chosen=True))
    assert read_head(write_head(about(quests=True))).quests


@pytest.mark.parametrize(
    ("forged", "said"),
    [('"yes"', "its head is odd"), ("1", "its head is odd"), ("null", "its head is odd")],
)
def test_a_flag_is_true_or_false(forged: str, said: str) -> None:
    data = write_head(about())[:-1] + f', "quests": {forged}}}'.encode()
    with pytest.raises(ContentError, match=said):
        read_head(data)


def test_nobody_chooses_quests_where_there_are_none() -> None:
    head = Head(CONFIG, 0, 0, 0, 0, False, "", "0" * 32, quests=True)
    with pytest.raises(ContentError, match="it chooses quests, and its world has none"):
        read_head(write_head(head))


def test_the_longest_table_of_quests_fits_into_a_head() -> None:
    rows = [{"does": "eat", "number": 1, "name": "\U0001f3fa" * LONGEST_NAME}] * MOST_QUESTS
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    padding = LONGEST_TABLE - len(text)  # the rest is plain text, two bytes a character at most
    data = write_head(Head(CONFIG.replace(quests=text), 0, 0, 0, 0, False, "", "0" * 32))
    assert len(data) + 2 * padding <= MOST_HEAD
    assert read_head(data).config.quests == text


def test_a_file_that_a_recording_names_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    head = json.loads(write_head(about()))
    head["config"]["quests"] = "/etc/quests.csv"
    monkeypatch.setattr(files, "read", None)
    with pytest.raises(ContentError, match="its head cannot be used: quests: a config that is"):
        read_head(json.dumps(head).encode())
