"""Find the words that called the program, so that messages can show a command to type."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import PurePath

FALLBACK = ("python", "-m", "forge")  # where the program was not called from a command line

_PLAIN = frozenset(range(32, 127)) - frozenset(b"'\\")


def typed() -> tuple[str, ...]:
    """List the words before the options: interpreter and script, ``-m forge``, or ``forge``."""
    given = len(sys.argv) - 1
    words = tuple(sys.orig_argv[: len(sys.orig_argv) - given])
    if len(words) < 2:
        return FALLBACK
    if len(words) > 2 or PurePath(words[-1]).suffix == ".py":
        return words
    script = words[-1]  # an installed one, whose first line names the interpreter
    name = PurePath(script).stem if os.name == "nt" else PurePath(script).name
    found = shutil.which(name)
    return (name,) if found and os.path.isabs(script) and _same(found, script) else (script,)


def _same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))


def quoted(word: str, system: str = os.name) -> str:
    """Quote a word for the system's shell, in characters that every terminal shows."""
    if system == "nt":
        return subprocess.list2cmdline([word])
    if word.isprintable() and _shown(word):
        return shlex.quote(word)
    signs = (chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in os.fsencode(word))
    return f"$'{''.join(signs)}'"


def _shown(word: str) -> bool:
    """Say whether standard output can show all characters of a word."""
    try:
        word.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
