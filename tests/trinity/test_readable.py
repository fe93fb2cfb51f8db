"""Texts for streams that lack some of their characters."""

import io

import pytest

from forge.trinity.readable import ERRORS, say


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "8 × 8 · runs/\udcff", b"8 \xc3\x97 8 \xc2\xb7 runs/\\xff\n"),
        ("ascii", "8 × 8 · caf\xe9 …", b"8 x 8 | caf\\xe9 ...\n"),
        ("utf-8", "\ud800", b"\\ud800\n"),
    ],
)
def test_what_an_encoding_lacks_is_written_readably(encoding, text, written):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    say(text, stream)
    assert stream.buffer.getvalue() == written


def test_bytes_that_cannot_be_read_stay_an_error():
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", ERRORS)
