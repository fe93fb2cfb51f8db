"""Read XML as a stream, with a bound on everything that a hostile file could make large.

Only the listener keeps anything. Declarations inside a DOCTYPE are refused, so that there are no
entities to expand. Other files are never fetched.
"""

import os
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, Protocol
from xml.parsers import expat

from forge.blade.mapfile.faults import UnusableError, quoted

CHUNK = 2**16  # read and parsed at a time [bytes]
TOKEN = 2**20  # longest tag or comment [bytes]
DEPTH = 64  # of nested elements
NAMES = 2000  # different names of elements and attributes; Tiled uses some 200


@dataclass
class Budget:
    """How much may still be read of a map and its tilesets together."""

    size: int = 2**28  # [bytes]
    elements: int = 2**20  # without leaves, which the listener counts

    def require(self, size: int) -> None:
        """Make sure that a number of bytes may still be read.

        Raises:
            UnusableError: if fewer are left.
        """
        if size > self.size:
            raise UnusableError(
                f"it is larger than {Budget.size >> 20} MiB (with tilesets read before it)"
            )


class Wanted(Enum):
    """The content of an element that a listener wants to hear, besides the attributes."""

    NOTHING = 0
    TEXT = 1  # the text before the next element
    LEAVES = 2  # the elements inside: there may be millions, which hold no others


Leaf = tuple[str, dict[str, str]]  # name and attributes of an element


class Listener(Protocol):
    """Hears of each element of a document."""

    def start(self, path: list[str], attributes: dict[str, str]) -> Wanted:
        """Hear that an element starts.

        Args:
            path: names of the elements that are open, from the root to this one.
            attributes: attributes of this element.
        """

    def text(self, text: str) -> None:
        """Hear of a part of the text, 64 KiB at most."""

    def leaves(self, leaves: list[Leaf]) -> None:
        """Hear of some of the leaves, in their order."""

    def end(self, path: list[str]) -> None:
        """Hear that an element ends; arguments as for ``start``."""


def parse(file: BinaryIO, root: str, listener: Listener, budget: Budget) -> None:
    """Parse a document in UTF-8 or UTF-16.

    Args:
        file: the open file.
        root: name of the outermost element, "map" or "tileset".
        listener: hears of the elements; its exceptions end the parsing.
        budget: how much may be read; reading spends it.

    Raises:
        UnusableError: if the file is of another kind, damaged, or beyond a bound.
    """
    try:
        budget.require(os.fstat(file.fileno()).st_size)
        chunk = file.read(CHUNK)
        _recognise(chunk, root)
        parser = _parser(chunk)
        events = _Events(parser, root, listener, budget)
        read = 0
        while chunk:
            budget.require(len(chunk))  # again, as the file may have grown
            budget.size -= len(chunk)
            read += len(chunk)
            parser.Parse(chunk, False)
            events.pass_leaves()
            if read - parser.CurrentByteIndex > TOKEN:
                raise UnusableError("it has a tag or comment longer than 1 MiB: no map needs that")
            if len(parser.intern) > NAMES:
                raise UnusableError("it has too many names of elements: no map needs that")
            chunk = file.read(CHUNK)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnusableError(
            f"it is cut off, damaged or not in UTF-8 ({error}): {_save_as(root)}"
        ) from None
    except OSError as error:
        raise UnusableError(error.strerror or str(error)) from None


def _save_as(root: str) -> str:
    return f"save it from Tiled as {'.tmx' if root == 'map' else '.tsx'}"


def _recognise(content: bytes, root: str) -> None:
    """Refuse Tiled's other formats by name."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        raise UnusableError(f"it holds JSON, not XML: {_save_as(root)}")


def _parser(start: bytes) -> expat.XMLParserType:
    """Make a parser for a file that starts with these bytes."""
    is_wide = start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start[:2]
    parser = expat.ParserCreate("utf-16" if is_wide else "utf-8")
    parser.buffer_text = True
    parser.buffer_size = CHUNK
    return parser


class _Events:
    """Passes the parser's events on to the listener, within bounds."""

    def __init__(
        self, parser: expat.XMLParserType, root: str, listener: Listener, budget: Budget
    ) -> None:
        self.parser = parser
        self.root = root
        self.listener = listener
        self.budget = budget
        self.path: list[str] = []
        self.waiting: list[Leaf] = []  # to be passed on
        self.open_leaves = 0
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.StartDoctypeDeclHandler = self.doctype
        parser.SkippedEntityHandler = self.entity

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.budget.elements -= 1
        self._check()
        wanted = self.listener.start(self.path, attributes)
        self.parser.CharacterDataHandler = self.listener.text if wanted is Wanted.TEXT else None
        if wanted is Wanted.LEAVES:
            self.parser.StartElementHandler = self.start_leaf
            self.parser.EndElementHandler = self.end_leaf

    def end(self, name: str) -> None:
        self.parser.CharacterDataHandler = None
        self.listener.end(self.path)
        self.path.pop()

    def start_leaf(self, name: str, attributes: dict[str, str]) -> None:
        self.waiting.append((name, attributes))

    def end_leaf(self, name: str) -> None:
        if name != self.path[-1]:
            self.open_leaves -= 1
            return
        self.pass_leaves()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.end(name)

    def pass_leaves(self) -> None:
        """Pass on the leaves read since the last call."""
        if not self.waiting:
            return
        self.open_leaves += len(self.waiting)
        if self.open_leaves > 1 or any(name == self.path[-1] for name, _ in self.waiting):
            raise UnusableError(f"its <{self.path[-1]}> holds elements that hold others")
        self.listener.leaves(self.waiting)
        self.waiting = []

    def doctype(self, name: str, system: str | None, public: str | None, declares: bool) -> None:
        if declares:
            raise UnusableError(
                "its DOCTYPE has declarations in [ ], as for entities: delete that line"
            )

    def entity(self, name: str, is_parameter: bool) -> None:
        raise UnusableError(f"it uses the entity {quoted(name)}, which is not declared: delete it")

    def _check(self) -> None:
        if self.path[0] != self.root:
            found = quoted(self.path[0])
            raise UnusableError(f"it holds a {found}, not a {self.root!r}: {_save_as(self.root)}")
        if len(self.path) > DEPTH:
            raise UnusableError(
                f"its elements are nested more than {DEPTH} deep: no map needs that"
            )
        if self.budget.elements < 0:
            raise UnusableError(f"it has more than {Budget.elements} elements: no map needs that")
