"""A recording holds further choices of agents as they were read, and refuses impossible ones."""

import zlib

import numpy as np
import pytest

from forge.blade.declared import DECLARED, head, pointer
from forge.blade.observation import CHOICES
from forge.blade.recording.blocks import Block, read_block, write_block
from forge.blade.recording.content import Head, read_head, write_head
from forge.blade.recording.deflated import ContentError
from tests.blade.recording.films import CONFIG
from tests.mutations import NUMBER, mutated_bytes, seeds

FRONT = 21  # bytes of TICKS that are not deflated
TOYS = {
    "crouch": head("a toy; −1: none", 2, least=-1),
    "mark": pointer("a toy", "can_attack", "style"),
    "taunt": head("a toy", 2, system="combat"),
}
ABOUT = Head(CONFIG.replace(npcs=300), 0, 0, 0, 0, False, "A test.", "0" * 32)
QUIET = Head(CONFIG.replace(combat=False), 0, 0, 0, 0, False, "A test.", "0" * 32)
WRITTEN = [  # of two ticks of three slots, slot by slot
    *(1, 0, 4, 2, 0, 0),  # moves
    *(0, 0, 3, 0, 0, 0),  # styles + 1
    *(2, 0),  # the target of the one who attacks
    *(0, 2, 1, 0, 0, 0),  # crouch + 1
    *(1, 1, 45, 0, 1, 1, 0, 0, 1, 0, 0, 0),  # mark + 1: the low bytes, then the high ones
    *(0, 1, 0, 0, 1, 0),  # taunt
]


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let agents choose all toys."""
    for name, toy in TOYS.items():
        monkeypatch.setitem(CHOICES, name, toy.metadata[DECLARED])


def block(**others: list[list[int]]) -> Block:
    """Make two ticks of three slots."""
    choices = {
        "move": [[1, 4, 0], [0, 2, 0]],
        "style": [[-1, 2, -1], [-1, -1, -1]],
        "target": [[0, 2, 0], [0, 0, 0]],
        "crouch": [[-1, 0, -1], [1, -1, -1]],
        "mark": [[0, 300, 0], [0, -1, 0]],
        "taunt": [[0, 0, 1], [1, 0, 0]],
    }
    arrays = {name: np.array(values, np.int32) for name, values in (choices | others).items()}
    return Block(arrays, {}, "ab" * 16)


@pytest.mark.usefixtures("toys")
def test_further_choices_follow_counted_from_the_least() -> None:
    data = write_block(block())
    assert list(zlib.decompress(data[FRONT:])) == WRITTEN


@pytest.mark.usefixtures("toys")
def test_further_choices_are_read_as_they_were_written() -> None:
    found, given = read_block(write_block(block()), ABOUT), block()
    assert found.choices.keys() == given.choices.keys()
    for name, values in found.choices.items():
        assert values.dtype == CHOICES[name].dtype
        assert np.array_equal(values, given.choices[name])


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("name", "most"), [("crouch", 1), ("taunt", 1), ("mark", ABOUT.config.slots - 1)]
)
def test_a_choice_that_does_not_exist_is_refused(name: str, most: int) -> None:
    possible, impossible = (
        write_block(block(**{name: [[0, 0, 0], [0, 0, number]]})) for number in (most, most + 1)
    )
    assert read_block(possible, ABOUT).choices[name][1, 2] == most
    with pytest.raises(ContentError, match=f"there is no such {name}"):
        read_block(impossible, ABOUT)


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(("more", "said"), [(1, "it has an odd size"), (-1, "holds too little")])
def test_a_block_has_room_for_the_choices_of_its_world_alone(more: int, said: str) -> None:
    data = write_block(block(style=[[0, 0, 0], [0, 0, 0]], target=[[0, 0, 0], [0, 0, 0]]))
    raw = zlib.decompress(data[FRONT:])
    raw = raw + bytes(more) if more > 0 else raw[:more]
    with pytest.raises(ContentError, match=said):
        read_block(data[:FRONT] + zlib.compress(raw), ABOUT)


@pytest.mark.usefixtures("toys")
def test_forged_blocks_hold_what_can_be_or_are_refused() -> None:
    sound, read, refused = write_block(block()), 0, 0
    raw = zlib.decompress(sound[FRONT:])
    for rng in seeds():
        try:
            found = read_block(sound[:FRONT] + zlib.compress(mutated_bytes(raw, rng)), ABOUT)
            read += all(possible(name, values) for name, values in found.choices.items())
        except ContentError:
            refused += 1
    assert read + refused == NUMBER
    assert min(read, refused) > 0


def possible(name: str, values: np.ndarray) -> bool:
    """Tell whether all numbers of a choice exist; the slots of targets are looked for later."""
    choice = CHOICES[name]
    most = (choice.size or ABOUT.config.slots) - 1
    return name == "target" or bool(((values >= choice.least) & (values <= most)).all())


# -- Heads ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("toys")
def test_a_head_names_the_further_choices_of_its_world() -> None:
    assert b'"further": ["crouch", "mark", "taunt"]}' in write_head(ABOUT)
    assert b'"further": ["crouch", "mark"]}' in write_head(QUIET)  # a world without combat
    assert read_head(write_head(ABOUT)) == ABOUT


def test_a_recording_of_other_choices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    before = write_head(ABOUT)
    monkeypatch.setitem(CHOICES, "crouch", TOYS["crouch"].metadata[DECLARED])
    with pytest.raises(ContentError, match=r"style, target; .* they choose .*, target, crouch$"):
        read_head(before)
    after = write_head(ABOUT)
    monkeypatch.delitem(CHOICES, "crouch")
    with pytest.raises(ContentError, match=r"target, crouch; .* they choose move, style, target$"):
        read_head(after)


@pytest.mark.parametrize("found", ['"crouch"', "[7]", "{}", "null", '["crouch", null]'])
def test_a_head_that_names_no_choices_is_odd(found: str) -> None:
    forged = write_head(ABOUT)[:-1] + f', "further": {found}}}'.encode()
    with pytest.raises(ContentError, match="its head is odd"):
        read_head(forged)


def test_what_is_said_of_a_strangers_choices_is_short() -> None:
    forged = write_head(ABOUT)[:-1] + f', "further": ["{"x" * 9999}"]}}'.encode()
    with pytest.raises(ContentError, match="in this Forge") as error:
        read_head(forged)
    assert len(str(error.value)) < 700
