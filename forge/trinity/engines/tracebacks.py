"""Put files and source lines back into the tracebacks of workers.

The code of a class that has travelled by value no longer knows its file. This process has the
class itself, whose functions know it: they are found by their name and lines.
"""

import linecache
import re
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from forge.trinity.engines.travelling import classes_of, used_by

_FRAME = re.compile(r'^  File "<dynamic-code>", line (\d+), in (.+)$', re.MULTILINE)


def located(traceback: str, setup: Any) -> str:
    """Rewrite the frames of functions that have travelled by value.

    Args:
        traceback: text from a worker.
        setup: what the worker began with, as it is in this process.

    Returns:
        The text; a frame stays as it is if no function, or several files, fit it.
    """
    if not _FRAME.search(traceback):
        return traceback
    codes = list(_codes(setup))

    def found(frame: re.Match[str]) -> str:
        line, name = int(frame[1]), frame[2]
        files = {it.co_filename for it in codes if it.co_name == name and line in _lines(it)}
        if len(files) != 1:
            return frame[0]
        (file,) = files
        text = linecache.getline(file, line).strip()
        return f'  File "{file}", line {line}, in {name}' + (f"\n    {text}" if text else "")

    return _FRAME.sub(found, traceback)


def _lines(code: CodeType) -> set[int | None]:
    return {line for _, _, line in code.co_lines()}


def _codes(setup: Any) -> Iterator[CodeType]:
    """List the code of all functions that travel by value, as far as they can be reached."""
    todo: list[Any] = [cls for _, cls in classes_of(setup)]
    seen: set[int] = set()
    while todo:
        thing = _plain(todo.pop())
        if id(thing) in seen or not _travels(thing):
            continue
        seen.add(id(thing))
        if isinstance(thing, FunctionType):
            yield from _nested(thing.__code__)
            todo += [used for _, used in used_by(thing)]
        else:
            todo += thing.__bases__
            for value in vars(thing).values():
                todo += [value.fget, value.fset] if isinstance(value, property) else [value]


def _plain(thing: Any) -> Any:
    """Take the function out of a static or class method, and the class of any other object."""
    thing = getattr(thing, "__func__", thing)
    return thing if isinstance(thing, (FunctionType, type)) else type(thing)


def _travels(thing: FunctionType | type) -> bool:
    """Say whether a function or class travels by value: it cannot be imported by its name."""
    if thing.__module__ == "__main__":
        return True
    found: Any = sys.modules.get(thing.__module__ or "")
    for name in thing.__qualname__.split("."):
        found = getattr(found, name, None)
    return _plain(found) is not thing


def _nested(code: CodeType) -> Iterator[CodeType]:
    """List a function's code and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)
