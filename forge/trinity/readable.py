"""Write texts so that any stream can take them; what its encoding lacks becomes readable ASCII.

Importing this module registers the error handler ``ERRORS`` for streams and encodings.
"""

import codecs
from typing import IO

ERRORS = "forge-readable"

_PLAIN = {
    "×": "x", "·": "|", "–": "-", "−": "-", "…": "...", "÷": "/", "≥": ">=", "≤": "<=", "∞": "inf",
}  # fmt: skip


def _readable(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that an encoding lacks: some by similar ASCII, the rest by escapes.

    A byte of a file's name that is no text (see ``os.fsdecode``) is shown as that byte.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign) or _code(sign) for sign in lacking), error.end


def _code(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("ascii", "backslashreplace").decode()


codecs.register_error(ERRORS, _readable)


def fit(text: str, stream: IO[str]) -> str:
    """Replace characters that a stream's encoding lacks, see ``ERRORS``."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, ERRORS).decode(encoding)


def say(text: str, stream: IO[str]) -> None:
    """Write a line to a stream and flush it, whatever characters its encoding lacks."""
    stream.write(fit(text, stream) + "\n")
    stream.flush()
