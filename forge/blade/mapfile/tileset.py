"""Read the names of a tileset's tiles, which may be names of kinds."""

import re

from forge.blade.mapfile.document import Listener, Wanted
from forge.blade.mapfile.faults import UnusableError, quoted

LAST_ID = 2**28 - 1  # of a tile: the bits above say how it is turned


def number(attributes: dict[str, str], element: str, name: str, low: int, high: int) -> int:
    """Read a whole number among the attributes of an element.

    Raises:
        UnusableError: if the number is missing, malformed, or outside of low … high.
    """
    text = attributes.get(name, "")
    if text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high:
        return int(text)
    raise UnusableError(f"its <{element}> has {name}={quoted(text)}, which must be {low} … {high}")


class Tileset(Listener):
    """A tileset as it is read; listens to the elements of a file, or of a part of a map.

    Attributes:
        title: the name that Tiled shows.
        names: names of its tiles by ID, in lower case; "" for a tile without one.
    """

    def __init__(self) -> None:
        self.title = ""
        self.names: dict[int, str] = {}
        self._tile = 0  # ID of the tile that is being read
        self._kind: str | None = None  # its property ``kind``
        self._class = self._picture = ""

    def start(self, path: list[str], attributes: dict[str, str]) -> Wanted:
        """Hear of an element; the path starts with this tileset."""
        inner = path[1:]
        if not inner:
            self.title = attributes.get("name", "")
        elif inner == ["tile"]:
            self._tile = number(attributes, "tile", "id", 0, LAST_ID)
            self._class = attributes.get("type") or attributes.get("class") or ""
            self._kind, self._picture = None, ""
        elif inner == ["tile", "image"]:
            self._picture = _stem(attributes.get("source", ""))
        elif inner == ["tile", "properties", "property"] and _name(attributes) == "kind":
            self._kind = attributes.get("value", "")
            if "value" not in attributes:  # the value has several lines
                return Wanted.TEXT
        return Wanted.NOTHING

    def text(self, text: str) -> None:
        """Hear of a part of the text of a property."""
        self._kind = (self._kind or "") + text

    def end(self, path: list[str]) -> None:
        """Hear that an element ends."""
        if path[1:] == ["tile"]:
            given = self._class or self._picture if self._kind is None else self._kind
            self.names[self._tile] = given.strip().lower()


def _name(attributes: dict[str, str]) -> str:
    return attributes.get("name", "").strip().lower()


def _stem(source: str) -> str:
    """Take the name of a picture out of its path: "lava" of "../tiles/lava.png"."""
    return re.split(r"[\\/]", source)[-1].rpartition(".")[0]
