"""Damaged and forged recordings are refused, or played like sound ones."""

from forge.blade.recording import chunks
from forge.blade.recording.chunks import Chunk
from forge.blade.recording.replay import Recording, verify
from forge.errors import ReplayError
from tests.blade.recording.films import ended, film
from tests.mutations import NUMBER, mutated_bytes, seeds


def test_mutated_bytes_of_a_recording_are_refused() -> None:
    sound, refused, same = ended(list(film()[0])), 0, 0
    for rng in seeds():
        data = mutated_bytes(sound, rng)
        try:
            Recording.of(data)
            same += data == sound
        except ReplayError:
            refused += 1
    assert refused + same == NUMBER
    assert refused > NUMBER * 0.9


def test_forged_parts_of_a_recording_are_played_or_refused_with_the_tick() -> None:
    sound, errors = list(film()[0]), []
    for rng in seeds():
        parts = list(sound)
        number = rng.randrange(len(parts))
        payload = mutated_bytes(parts[number].payload, rng)
        parts[number] = Chunk(parts[number].kind, payload)
        try:
            verify(Recording.of(chunks.framed(parts)[0], unfinished=True))
        except ReplayError as error:
            errors.append(str(error))
    assert all("tick" in said for said in errors)
    assert len(errors) > NUMBER * 0.5
