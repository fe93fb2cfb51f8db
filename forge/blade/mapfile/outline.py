"""Hear of the elements of a map: its tilesets, and the layer that counts."""

from dataclasses import dataclass, field

from forge.blade.mapfile import cells
from forge.blade.mapfile.document import Leaf, Listener, Wanted
from forge.blade.mapfile.faults import UnusableError, quoted
from forge.blade.mapfile.tileset import LAST_ID, Tileset, number

SIDE = 4096  # of the largest layer read [tiles]
LAYER = "tiles"  # the layer that counts where a file has several; capitals do not matter
MAX_TILESETS = 1000
FIXED = "turn off Infinite in its map properties"


@dataclass
class Source:
    """A tileset of a map: inside the map, or in a separate file that is yet to be read."""

    first: int  # number that the map adds to the IDs of its tiles
    file: str | None
    tileset: Tileset = field(default_factory=Tileset)


class Layer:
    """A tile layer as it is read.

    A fault in it is kept until the layer is chosen, as only one of several layers counts.
    """

    def __init__(self, attributes: dict[str, str], is_wanted: bool) -> None:
        self.is_named = is_named(attributes)
        self._attributes = attributes
        self._is_open = is_wanted  # whether there may be more to decode
        self._decoder: cells.Decoder | None = None
        self._fault: UnusableError | None = None

    def start(self, inner: list[str], attributes: dict[str, str]) -> Wanted:
        """Hear of an element in it; the path starts below the layer."""
        if self._is_open:
            try:
                return self._start(inner, attributes)
            except UnusableError as fault:
                self._close(fault)
        return Wanted.NOTHING

    def _start(self, inner: list[str], attributes: dict[str, str]) -> Wanted:
        if inner == ["data"]:
            if self._decoder is not None:
                raise UnusableError(f"its layer has several <data>: {cells.AGAIN}")
            width, height = (
                number(self._attributes, "layer", name, 1, SIDE) for name in ("width", "height")
            )
            encoding, compression = attributes.get("encoding"), attributes.get("compression", "")
            self._decoder = cells.decoder(width, height, encoding, compression)
            return Wanted.LEAVES if encoding is None else Wanted.TEXT
        if inner[:1] == ["data"]:
            raise UnusableError(f"its layer is in chunks: {FIXED}")
        return Wanted.NOTHING

    def text(self, text: str) -> None:
        """Hear of a part of the text of its data."""
        if self._is_open and self._decoder is not None:
            try:
                self._decoder.feed(text)
            except UnusableError as fault:
                self._close(fault)

    def leaves(self, leaves: list[Leaf]) -> None:
        """Hear of some of the tiles of its data."""
        if self._is_open and self._decoder is not None:
            try:
                self._decoder.leaves(leaves)
            except UnusableError as fault:
                self._close(fault)

    def _close(self, fault: UnusableError) -> None:
        self._is_open, self._decoder, self._fault = False, None, fault

    def finish(self) -> cells.Ids:
        """Return the ids of its tiles: uint32 (height, width).

        Raises:
            UnusableError: for a fault in the layer.
        """
        if self._fault is not None:
            raise self._fault
        if self._decoder is None:
            raise UnusableError(f"its layer has no <data>: {cells.AGAIN}")
        return self._decoder.finish()


def is_named(attributes: dict[str, str]) -> bool:
    """Tell whether a layer has the name of the one that counts."""
    return attributes.get("name", "").strip().lower() == LAYER


class Outline(Listener):
    """The tilesets and layers of a map as it is read."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.layers: list[Layer] = []
        self._depth = 0  # of the layer that is open; 0: none is

    def start(self, path: list[str], attributes: dict[str, str]) -> Wanted:
        """Hear of an element."""
        if self._depth:
            return self.layers[-1].start(path[self._depth :], attributes)
        if len(path) == 1:
            _check_map(attributes)
        elif path[1] == "tileset":
            if len(path) == 2:
                self._add_tileset(attributes)
            return self.sources[-1].tileset.start(path[1:], attributes)
        elif path[-1] == "layer" and all(name == "group" for name in path[1:-1]):
            self._add_layer(attributes)
            self._depth = len(path)
        return Wanted.NOTHING

    def text(self, text: str) -> None:
        """Hear of a part of the text that was wanted."""
        if self._depth:
            self.layers[-1].text(text)
        else:
            self.sources[-1].tileset.text(text)

    def leaves(self, leaves: list[Leaf]) -> None:
        """Hear of some of the tiles of a layer."""
        self.layers[-1].leaves(leaves)

    def end(self, path: list[str]) -> None:
        """Hear that an element ends."""
        if len(path) == self._depth:
            self._depth = 0
        elif len(path) > 1 and path[1] == "tileset":
            self.sources[-1].tileset.end(path[1:])

    def _add_tileset(self, attributes: dict[str, str]) -> None:
        if len(self.sources) == MAX_TILESETS:
            raise UnusableError(
                f"it has more than {MAX_TILESETS} tilesets: remove those it does not use"
            )
        first = number(attributes, "tileset", "firstgid", 0, LAST_ID)
        if any(source.first == first for source in self.sources):
            raise UnusableError(
                f"two of its tilesets have firstgid={quoted(str(first))}: {cells.AGAIN}"
            )
        self.sources.append(Source(first, attributes.get("source")))

    def _add_layer(self, attributes: dict[str, str]) -> None:
        """Add a layer; decode it if it may be the one that counts."""
        is_first_named = is_named(attributes) and not any(one.is_named for one in self.layers)
        self.layers.append(Layer(attributes, is_first_named or not self.layers))

    def layer(self) -> Layer:
        """Choose the layer that counts.

        Raises:
            UnusableError: if no layer counts, or more than one.
        """
        chosen = self.layers
        if len(chosen) > 1:
            chosen = [layer for layer in chosen if layer.is_named]
        if len(chosen) != 1:
            raise UnusableError(
                f"it needs one layer of tiles, or one of several with the name {LAYER!r}"
            )
        return chosen[0]


def _check_map(attributes: dict[str, str]) -> None:
    orientation = attributes.get("orientation", "orthogonal")
    if orientation != "orthogonal":
        raise UnusableError(f"its orientation is {quoted(orientation)}: make it orthogonal")
    if attributes.get("infinite", "0") != "0":
        raise UnusableError(f"it is infinite: {FIXED}")
