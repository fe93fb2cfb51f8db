"""Decode the data of a tile layer: ids of tiles, as CSV, as base64 or as XML.

A decoder takes the text as it is read, and refuses at once any tiles beyond the declared size.
"""

import base64
import zlib
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from forge.blade.mapfile.document import Leaf
from forge.blade.mapfile.faults import UnusableError, quoted

Ids = NDArray[np.uint32]

AGAIN = "save it from Tiled again"
CSV = "choose CSV as Tile Layer Format in its map properties"
DIGITS = 10  # of the largest id
END = 2**32  # one more than the largest id
COMMA, ZERO, SPACE = b",0 "


class Decoder:
    """Collects a layer's ids; there is a subclass for each way to store them."""

    def __init__(self, width: int, height: int) -> None:
        self.shape = (height, width)
        self.ids: Ids = np.empty(width * height, dtype=np.uint32)
        self.count = 0  # ids so far

    def feed(self, text: str) -> None:
        """Take a part of the text.

        Raises:
            UnusableError: if the text is not as declared, or too long.
        """

    def leaves(self, leaves: list[Leaf]) -> None:
        """Take some of the elements.

        Raises:
            UnusableError: as for ``feed``.
        """

    def finish(self) -> Ids:
        """Return all ids: uint32 (height, width).

        Raises:
            UnusableError: if some are missing, or damaged.
        """
        if self.count != len(self.ids):
            height, width = self.shape
            raise UnusableError(
                f"its layer has {self.count} tiles, not {width} × {height}: {AGAIN}"
            )
        return self.ids.reshape(self.shape)

    def _put(self, ids: NDArray[Any]) -> None:
        after = self.count + len(ids)
        if after > len(self.ids):
            self._refuse_more()
        self.ids[self.count : after] = ids
        self.count = after

    def _refuse_cell(self, index: int, cell: str) -> NoReturn:
        """Refuse a cell that is not a number, ``index`` cells after the ids so far."""
        row, col = divmod(self.count + index, self.shape[1])
        raise UnusableError(
            f"its layer has {quoted(cell)} for a tile's number at row {row}, column {col}: {AGAIN}"
        )

    def _refuse_more(self) -> NoReturn:
        height, width = self.shape
        raise UnusableError(f"its layer has more than {width} × {height} tiles: {AGAIN}")


class _Xml(Decoder):
    def leaves(self, leaves: list[Leaf]) -> None:
        for name, _ in leaves:
            if name != "tile":
                raise UnusableError(f"its layer holds a {quoted(name)}, not only tiles: {AGAIN}")
        # Tiled leaves out the number where there is no tile.
        gids = [attributes.get("gid", "0") for _, attributes in leaves]
        numbers = _numbers(",".join(gids).encode("ascii", "replace"))
        if numbers is None or len(numbers) != len(gids):
            bad = next(index for index, gid in enumerate(gids) if not _is_number(gid.encode()))
            self._refuse_cell(bad, gids[bad])
        self._put(numbers)


class _Csv(Decoder):
    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height)
        self.rest = b""  # the last cell, of which more may follow

    def feed(self, text: str) -> None:
        piece, comma, rest = (self.rest + text.encode("ascii", "replace")).rpartition(b",")
        if comma:
            self._cells(piece)
        # A space at the end is kept, as "1 " followed by "2" is not "12".
        self.rest = rest.strip() + rest[-1:] * rest[-1:].isspace()
        if len(self.rest) > DIGITS + 1:
            self._refuse(self.rest)

    def finish(self) -> Ids:
        self._cells(self.rest)
        return super().finish()

    def _cells(self, piece: bytes) -> None:
        numbers = _numbers(piece)
        if numbers is None:
            self._refuse(piece)
        self._put(numbers)

    def _refuse(self, piece: bytes) -> NoReturn:
        """Refuse the first cell that is not a number."""
        cells = [cell.strip() for cell in piece.split(b",")]
        bad = next(index for index, cell in enumerate(cells) if not _is_number(cell))
        self._refuse_cell(bad, cells[bad].decode())


def _is_number(cell: bytes) -> bool:
    return cell.isdigit() and _numbers(cell) is not None


def _numbers(text: bytes) -> NDArray[np.int64] | None:
    """Read numbers between commas; None if there is anything else."""
    cells = np.frombuffer(text, dtype=np.uint8)
    kept = np.flatnonzero(cells > SPACE)  # XML has no other control characters than spaces
    if len(kept) < len(cells):
        cells = cells[kept]
        gaps = np.flatnonzero(np.diff(kept) > 1)
        if ((cells[gaps] != COMMA) & (cells[gaps + 1] != COMMA)).any():
            return None
    digits = cells - np.uint8(ZERO)  # wraps below zero
    commas = np.flatnonzero(digits > 9)
    if (cells[commas] != COMMA).any():
        return None
    ends = np.append(commas, len(cells))
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > DIGITS:
        return None
    numbers = digits[ends - 1].astype(np.int64)
    for power in range(1, int(lengths.max())):
        longer = np.flatnonzero(lengths > power)
        numbers[longer] += digits[ends[longer] - 1 - power] * np.int64(10**power)
    return numbers if numbers.max() < END else None


class _Base64(Decoder):
    def __init__(self, width: int, height: int, compression: str) -> None:
        super().__init__(width, height)
        if compression not in _UNPACK:
            raise UnusableError(f"its layer is compressed by {quoted(compression)}: {CSV}")
        self.unpack = _UNPACK[compression]
        self.packed = bytearray()
        self.rest = ""  # up to three characters of a group of four
        self.is_padded = False  # whether the end was read
        self.size = 4 * len(self.ids)  # [bytes]
        # Data that cannot be compressed grows a little.
        self.limit = self.size + (self.size // 64 + 1024 if compression else 0)

    def feed(self, text: str) -> None:
        text = self.rest + "".join(text.split())
        whole = len(text) // 4 * 4
        self.rest = text[whole:]
        try:
            if text and self.is_padded:
                raise ValueError("it goes on after its end")
            self.packed += base64.b64decode(text[:whole], validate=True)
        except ValueError as error:  # binascii.Error is one
            _refuse_packed(error)
        self.is_padded |= text[:whole].endswith("=")
        if len(self.packed) > self.limit:
            self._refuse_more()

    def finish(self) -> Ids:
        if self.rest:
            _refuse_packed("its base64 is cut off")
        unpacked = self.unpack(self.packed, self.size + 4)
        if len(unpacked) % 4:
            _refuse_packed("it ends within a tile")
        self._put(np.frombuffer(unpacked, dtype="<u4"))
        return super().finish()


def _refuse_packed(reason: object) -> NoReturn:
    raise UnusableError(f"its layer cannot be unpacked ({reason}): {AGAIN}") from None


def _inflate(packed: bytearray, size: int) -> bytes:
    decoder = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)  # 32: the header tells zlib from gzip
    try:
        unpacked = decoder.decompress(packed, size)
    except zlib.error as error:
        _refuse_packed(error)
    if len(unpacked) < size and not decoder.eof:
        _refuse_packed("it is cut off")
    return unpacked


def _zstd(packed: bytearray, size: int) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise UnusableError(
            "its layer is compressed by zstd, for which a package is not installed: "
            f"pip install -e '.[tiled]' brings it, or {CSV}"
        ) from None
    try:
        with zstandard.ZstdDecompressor().stream_reader(bytes(packed)) as reader:
            unpacked: bytes = reader.read(size)
            return unpacked
    except zstandard.ZstdError as error:
        _refuse_packed(error)


# Functions that unpack up to a number of bytes, by the name of the compression.
_UNPACK: dict[str, Callable[[bytearray, int], bytes | bytearray]] = {
    "": lambda packed, size: packed,
    "none": lambda packed, size: packed,
    "zlib": _inflate,
    "gzip": _inflate,
    "zstd": _zstd,
}


def decoder(width: int, height: int, encoding: str | None, compression: str) -> Decoder:
    """Choose how to decode a layer.

    Args:
        width: width of the layer [tiles].
        height: height of the layer [tiles].
        encoding: the encoding that the data names; None for XML.
        compression: the compression that the data names; "" for none.

    Raises:
        UnusableError: if the encoding or compression is unknown.
    """
    if encoding == "csv":
        return _Csv(width, height)
    if encoding == "base64":
        return _Base64(width, height, compression)
    if encoding is None:
        return _Xml(width, height)
    raise UnusableError(f"its layer is encoded as {quoted(encoding)}: {CSV}")
