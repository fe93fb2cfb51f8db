"""A recording is played again to the bit, or refused with the tick where it is damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forge.blade.observation import Actions
from forge.blade.realm import Realms
from forge.blade.recording import chunks, content
from forge.blade.recording.blocks import num_ticks, read_block, write_block
from forge.blade.recording.chunks import MOVE, TICKS, Chunk
from forge.blade.recording.deflated import ContentError
from forge.blade.recording.recorder import Recorder
from forge.blade.recording.replay import Recording, Replay, verify
from forge.blade.recording.tape import Tape
from forge.blade.recording.taping import Taping
from forge.errors import ForgeError, ReplayError
from tests.blade.recording.films import CONFIG, ended, film, parts, played, played_by_hand


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"combat": False},
        {"auto_target": True},
        {"births": 0},
        {"npcs": 9},
        {"npcs": 9, "skills": True},
        {"npcs": 9, "skills": True, "items": True},
    ],
)
def test_a_realm_is_played_again_to_the_bit(extra: dict[str, int]) -> None:
    parts, digest = film(**extra)
    recording = Recording.of(ended(list(parts)))
    assert (recording.head.tick, recording.last, recording.ticks) == (3, 23, 20)
    assert verify(recording) == digest


def test_attacks_are_recorded() -> None:
    blocks = [part.payload for part in film()[0] if part.kind == TICKS]
    head = content.read_head(film()[0][0].payload)
    assert any((read_block(block, head).choices["style"] >= 0).any() for block in blocks)


def test_deals_are_recorded_and_made_again() -> None:
    realms = Realms(CONFIG.replace(npcs=4, skills=True, items=True, immunity=90), 7, (5,))
    realms.state.bags["kind"][0, 0, :4] = 1  # four hats
    realms.state.bags["level"][0, 0, :4] = realms.state.bags["quantity"][0, 0, :4] = 1
    realms.state.bags["gained"][0, 0] = realms.state.ledger["looted"][0, 1] = 4
    realms.observe()
    recorder, made = Recorder(realms, 0, "A test."), 0
    for number in (1, 2, 15, 3):  # put on one, then another; destroy that; put on a third
        actions = Actions.stay(len(realms.observation))
        actions.deal[0] = number
        realms.step(actions)
        recorder.see()
        made += int(realms.state.bags["worn"][0, 0].sum())
    chunks = recorder.take(True)
    assert (made, verify(Recording.of(ended(list(chunks))))) == (4, realms.digest())


def test_one_realm_of_a_batch_is_recorded_alone() -> None:
    batch = played(Realms(CONFIG, 7, (4, 9), (1, 2)), 3)
    recording = Recording.of(ended(parts(batch, w=1)))
    alone = played(Realms(CONFIG, 7, (9,), (2,)), 23)
    assert (recording.head.realm, recording.head.map) == (9, 2)
    assert verify(recording) == alone.digest()


def test_whom_a_policy_spared_is_spared_again() -> None:
    realms = played(Realms(CONFIG.replace(auto_target=True), 7, (5,)), 3)
    recorder = Recorder(realms, 0, "")
    for _ in range(20):
        obs = realms.observation
        obs.can_attack[:, 1:] &= obs.who[:, None] % 2 == 0  # as a policy may
        played(realms)
        recorder.see()
    assert verify(Recording.of(ended(recorder.take(True)))) == realms.digest()


def test_populations_that_somebody_chose_are_chosen_again() -> None:
    realms = Realms(CONFIG, 7)
    recorder = Recorder(realms, 0, "", chosen=True)
    for tick in range(20):
        played_by_hand(realms, tick % 2)
        recorder.see()
    recording = Recording.of(ended(recorder.take(True)))
    assert recording.head.chosen
    assert verify(recording) == realms.digest()


def test_a_tick_that_was_interrupted_is_left_out() -> None:
    realms = Realms(CONFIG, 7)
    recorder = Recorder(realms, 0, "")
    played(realms)
    recorder.see()
    played(realms)
    assert TICKS not in [chunk.kind for chunk in recorder.take(True)]


def test_it_is_of_no_interest_how_ticks_are_cut() -> None:
    long = parts(Realms(CONFIG, 7), ticks=70, each=70)
    blocks = [num_ticks(part.payload) for part in long if part.kind == TICKS]
    assert blocks == [64, 6]
    assert Recording.of(ended(long)).ticks == 70


# -- Damage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", range(5))
def test_a_file_that_was_cut_off_says_after_which_tick(whole: int) -> None:
    kept = list(film()[0][: 2 + whole])
    data = chunks.framed(kept)[0]
    longer = chunks.framed(list(film()[0]))[0][: len(data) + 9]
    for cut in (data, longer):
        with pytest.raises(ReplayError, match=f"is damaged after tick {3 + 5 * whole}: it is cut"):
            Recording.of(cut)
        assert Recording.of(cut, unfinished=True).ticks == 5 * whole
    assert Replay(Recording.of(data, unfinished=True)).tick == 3


@pytest.mark.parametrize("number", range(4))
def test_a_changed_byte_is_found_before_its_ticks_are_played(number: int) -> None:
    before = len(chunks.framed(film()[0][: 2 + number])[0])
    data = bytearray(ended(list(film()[0])))
    data[before + 30] ^= 1
    with pytest.raises(ReplayError, match=f"after tick {3 + 5 * number}: its bytes have changed"):
        Recording.of(bytes(data), unfinished=True)


def test_other_actions_are_found_by_the_digest_even_if_every_check_is_right() -> None:
    head, state, *blocks = film()[0]
    known = content.read_head(head.payload)
    block = read_block(blocks[2].payload, known)
    moves = block.choices["move"]
    moves[1] = (moves[1] + 1) % 5
    blocks[2] = Chunk(TICKS, write_block(block))
    recording = Recording.of(ended([head, state, *blocks]))
    with pytest.raises(ReplayError, match=r"(differs at|is damaged in) tick 1[4-8]: "):
        verify(recording)


def test_a_part_that_is_missing_or_moved_is_found() -> None:
    head, state, first, second, *others = film()[0]
    for order in ([head, state, second, first, *others], [head, state, second, *others]):
        with pytest.raises(ReplayError, match="tick"):
            verify(Recording.of(ended(order)))
    with pytest.raises(ReplayError, match="before its first tick: it lacks its beginning"):
        Recording.of(ended([state, head, first]))


def test_a_recording_of_version_1_can_be_played() -> None:
    data = ended(list(film()[0]))
    now = Recording.of(data)
    assert verify(Recording.of(data[:8] + b"\x01\0" + data[10:])) == verify(now)


def test_another_version_and_other_files_are_named(tmp_path: Path) -> None:
    data = ended(list(film()[0]))
    with pytest.raises(ReplayError, match="of version 9; this Forge reads versions 1 to 2"):
        Recording.of(data[:8] + b"\x09\0" + data[10:])
    (tmp_path / "a").write_bytes(b"GIF89a")
    with pytest.raises(ReplayError, match="a is no recording"):
        Recording.read(tmp_path / "a")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4))
def test_mutated_files_are_refused(changes: list[tuple[int, int]]) -> None:
    sound = ended(list(film()[0]))
    data = bytearray(sound)
    for at, byte in changes:
        data[at % len(data)] = byte
    if bytes(data) != sound:
        with pytest.raises(ReplayError):
            Recording.of(bytes(data))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5), st.integers(0, 10**6), st.binary(max_size=40))
def test_parts_of_a_stranger_give_a_recording_or_an_error(
    number: int, at: int, bytes_: bytes
) -> None:
    parts = list(film()[0])
    kind, payload = parts[number]
    place = at % len(payload)
    parts[number] = Chunk(kind, payload[:place] + bytes_ + payload[place + len(bytes_) :])
    try:
        recording = Recording.of(chunks.framed(parts)[0], unfinished=True)
        verify(recording)
    except ReplayError as error:
        said = str(error)
    else:
        same = payload == parts[number].payload or recording.head.source != "A test."
        said = "the same ticks" if same else ""
    assert "tick" in said


# -- Sizes ----------------------------------------------------------------------------------


def changed_head(**values: object) -> bytes:
    head = content.read_head(film()[0][0].payload)
    return content.write_head(type(head)(**{**vars(head), **values}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tick": -1}, "its tick is odd"),
        ({"realm": 2**31}, "its realm is odd"),
        ({"seed": True}, "its seed is odd"),
        ({"chosen": 1}, "its head is odd"),
        ({"source": "x" * 501}, "its head is odd"),
        ({"source": "x" * content.MOST_HEAD}, "its head is too large"),
    ],
)
def test_an_odd_head_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ContentError, match=said):
        content.read_head(changed_head(**values))


def test_a_world_too_large_for_any_memory_is_refused_before_anything_is_allocated() -> None:
    config = CONFIG.replace(map_size=4096, max_agents=60_000, populations=60_000)
    with pytest.raises(ContentError, match="bytes of memory"):
        content.read_head(changed_head(config=config))


def test_what_inflates_to_more_than_it_may_is_refused() -> None:
    import zlib

    head = content.read_head(film()[0][0].payload)
    bomb = zlib.compress(bytes(10**7))
    with pytest.raises(ContentError, match="odd size"):
        content.read_state(bomb, head.config)
    front = film()[0][2].payload[:21]
    with pytest.raises(ContentError, match="odd size"):
        read_block(front + bomb, head)


# -- Files ----------------------------------------------------------------------------------


def test_a_tape_ends_what_it_holds(tmp_path: Path) -> None:
    realms = Realms(CONFIG, 7)
    with Taping(Tape(tmp_path / "a")) as taping:
        taping.begin(Recorder(realms, 0, ""))
        for _ in range(3):
            played(realms)
            taping.see()
    recording = Recording.read(tmp_path / "a")
    assert (recording.ticks, recording.cut_off) == (3, False)
    assert verify(recording) == realms.digest()


def test_a_full_disk_ends_the_recording_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise ForgeError("the disk is full")

    realms = Realms(CONFIG, 7)
    with Taping(Tape(tmp_path / "a")) as taping:
        taping.begin(Recorder(realms, 0, ""))
        monkeypatch.setattr(Tape, "add", full)
        for _ in range(3):
            played(realms)
            taping.see()
    assert caplog.messages == ["the recording ends here: the disk is full"]


def test_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(ForgeError, match="a exists, and a recording replaces nothing"):
        Tape(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"mine"


def test_a_tape_without_anything_leaves_no_file(tmp_path: Path) -> None:
    with Tape(tmp_path / "a"):
        pass
    assert not list(tmp_path.iterdir())


def test_what_is_killed_can_be_read_up_to_its_last_chunk(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a")
    tape.add(film()[0])
    recording = Recording.read(tmp_path / "a", unfinished=True)
    assert (recording.ticks, recording.cut_off) == (20, True)
    tape.close()
    assert not Recording.read(tmp_path / "a").cut_off


def test_another_recorder_may_go_on_but_not_with_another_world(tmp_path: Path) -> None:
    realms = Realms(CONFIG, 7)
    with Tape(tmp_path / "a") as tape:
        tape.add(parts(realms, ticks=5))
        tape.add(parts(realms, ticks=5))
        played(realms)
        with pytest.raises(ReplayError, match="cannot go on at tick 11: another world"):
            tape.add(parts(realms, ticks=5))
    assert Recording.read(tmp_path / "a").ticks == 10


def test_a_full_disk_leaves_what_was_whole(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a")
    tape.add(film()[0][:4])
    file = tape._file

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(file, name)

        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

    tape._file = Full()
    with pytest.raises(ForgeError, match="No space left"):
        tape.add(film()[0][4:])
    assert Recording.read(tmp_path / "a", unfinished=True).ticks == 10


def moved() -> tuple[list[Chunk], Realms]:
    """Record ten ticks of a realm, which moves after five of them."""
    realms = played(Realms(CONFIG.replace(map_epochs=1), 7, (5,)), 3)
    recorder = Recorder(realms, 0, "A test.")
    for tick in range(10):
        if tick == 5:
            recorder.leave()
            realms.move({0: 9})
            recorder.arrive()
        played(realms)
        recorder.see()
    return recorder.take(True), realms


def test_a_realm_that_moves_is_played_again_on_both_maps() -> None:
    found, realms = moved()
    recording = Recording.of(ended(found))
    assert [chunk.kind for chunk in found[2:]] == [TICKS, MOVE, TICKS]
    assert (recording.ticks, list(recording.moves)) == (10, [1])
    assert verify(recording) == realms.digest()


def test_a_recording_may_end_with_a_move() -> None:
    found = moved()[0][:-1]
    digest, _ = content.read_move(found[-1].payload)
    end = Chunk(chunks.END, content.write_end(5, digest))
    assert verify(Recording.of(chunks.framed([*found, end])[0])) == digest


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (lambda _: b"short", "after tick 8: its move is odd"),
        (lambda data: bytes(16) + data[16:], "after tick 8: its state has changed"),
        (lambda data: data[:-9], "after tick 8: it "),
    ],
)
def test_an_odd_move_is_refused(payload: Callable[[bytes], bytes], said: str) -> None:
    head, state, first, move, second = moved()[0]
    with pytest.raises(ReplayError, match=said):
        verify(
            Recording.of(ended([head, state, first, Chunk(MOVE, payload(move.payload)), second]))
        )


def test_nothing_moves_before_the_first_tick() -> None:
    head, state, first, move, second = moved()[0]
    with pytest.raises(ReplayError, match="its parts are out of order"):
        Recording.of(ended([head, state, move, first, second]))
