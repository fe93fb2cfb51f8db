"""Say why a file cannot be used."""

SHOWN = 40  # characters of a file's content that an error repeats


class UnusableError(Exception):
    """Why a file cannot be used, starting with "it" or "its"; the caller adds the file's name."""


def quoted(text: str) -> str:
    """Quote something from a file for an error: short, and on one line."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")
