"""Turn a tree of arrays and JSON values into bytes, canonically, and back.

Equal trees give equal bytes, and a tree that is read back behaves like the original: dtypes, memory
order, tuples and the order of dict entries survive. Reading executes nothing and trusts nothing:
any bytes give either a tree that could have been written, or an error.

Layout: 8 bytes length of the header (little-endian), the header (JSON), padding to a multiple of
8, then the arrays' bytes, each padded to a multiple of 8.

Large arrays with many zeros are written sparse: first a bit for each word of 8 bytes, set if the
word is not 0 (the first word has the highest bit of the first byte), padded to a multiple of 8
bytes; then the words that are not 0. Only an array's bytes decide whether it is written sparse.
"""

import hashlib
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge import files
from forge.errors import StateError, shown
from forge.ethyr import dtypes

Array = NDArray[Any]
_WORD = 8  # bytes
_MOST_AXES = 64  # as many as NumPy allows
_LARGE = 4096  # a smaller array is never written sparse [bytes]
_DEEPEST = 100  # dicts, lists and tuples within each other
_MOST_BITS = 8192  # of a whole number
_ABOUT = ("dtype", "record", "shape", "order", "bytes")  # keys of a description; "words" if sparse


def pack(tree: Any) -> bytes:
    """Write a tree.

    Args:
        tree: None, bool, int, float, str, bytes, arrays and numpy scalars, in lists, tuples and
            dicts with text keys. Arrays hold plain bytes: truth values, numbers, dates, texts of
            fixed width, and records of them.

    Raises:
        StateError: says where in the tree anything else is.
    """
    arrays: list[Array] = []
    skeleton = _encode(tree, "state", arrays)
    written = [_written(array) for array in arrays]
    described = [about for about, _ in written]
    header = json.dumps([skeleton, described], separators=(",", ":")).encode()
    parts = [len(header).to_bytes(_WORD, "little"), _padded(header)]
    return b"".join([*parts, *(raw for _, raw in written)])


def unpack(data: Any) -> Any:
    """Read a tree that ``pack`` wrote; its arrays are copies.

    Args:
        data: bytes, or anything with the buffer interface.

    Raises:
        StateError: says why ``pack`` cannot have written the bytes.
    """
    view = memoryview(data).cast("B")
    try:
        skeleton, described, start = _header(view)
        arrays = _Arrays(view[start:], described)
        tree = _decode(skeleton, arrays, 0)
        arrays.end()
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise StateError(f"a packed state is damaged: {error}") from None
    return tree


def digest(*parts: Any) -> str:
    """Hash buffers, one after the other (blake2b).

    Returns:
        32 hexadecimal digits.
    """
    total = hashlib.blake2b(digest_size=16)
    for part in parts:
        total.update(part)
    return total.hexdigest()


def _rounded(size: int) -> int:
    return -(-size // _WORD) * _WORD


def _padded(raw: bytes) -> bytes:
    return raw + bytes(_rounded(len(raw)) - len(raw))


def _require(sound: bool, otherwise: str) -> None:
    if not sound:
        raise ValueError(otherwise)


# -- Writing --------------------------------------------------------------------------------


def _encode(value: Any, where: str, arrays: list[Array], deep: int = 0) -> Any:
    """Replace values that JSON does not know by tagged dicts. Appends to arrays."""
    if isinstance(value, (np.ndarray, np.generic)):
        arrays.append(_plain(value, where))
        return {"scalar" if isinstance(value, np.generic) else "array": len(arrays) - 1}
    if isinstance(value, (bytes, bytearray)):
        arrays.append(np.frombuffer(value, np.uint8))
        return {"bytes": len(arrays) - 1}
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise StateError(f"{where} is a whole number of more than {_MOST_BITS} bits")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if deep == _DEEPEST:
        raise StateError(f"{where[:60]}… nests deeper than {_DEEPEST}, or holds itself")
    if isinstance(value, (list, tuple)):
        parts = [_encode(part, f"{where}[{i}]", arrays, deep + 1) for i, part in enumerate(value)]
        return {"tuple": parts} if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise StateError(f"{where} has the key {shown(key)}: keys must be texts")
        named = {k: _encode(v, f"{where}[{k!r}]", arrays, deep + 1) for k, v in value.items()}
        return {"dict": named}
    raise StateError(
        f"{where} is a {type(value).__name__}: only arrays, JSON values, and dicts, lists and "
        "tuples of them can be committed"
    )


def _plain(value: Any, where: str) -> Array:
    """Refuse an array that could not be read back unchanged."""
    array: Array = np.asarray(value)
    if isinstance(value, np.ma.MaskedArray):
        raise StateError(f"{where} is a masked array: commit its data and its mask")
    if array.dtype.hasobject:
        raise StateError(f"{where} is an array of Python objects, which cannot be committed")
    try:
        dtypes.describe(array.dtype)
    except ValueError as error:
        raise StateError(
            f"{where} is an array of type {array.dtype}, which cannot be committed: {error}"
        ) from None
    return array


def _written(array: Array) -> tuple[dict[str, Any], bytes]:
    """Describe and write an array; sparse if it is large and this saves a quarter or more."""
    about, raw = _describe(array), _padded(array.tobytes(order="A"))
    if array.nbytes < _LARGE:
        return about, raw
    words = np.frombuffer(raw, np.uint64)
    used = words != 0
    sparse = {**about, "words": int(np.count_nonzero(used))}
    if 4 * _room(sparse) > 3 * len(raw):
        return about, raw
    return sparse, _padded(np.packbits(used).tobytes()) + words[used].tobytes()


def _describe(array: Array) -> dict[str, Any]:
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    return {
        "dtype": dtypes.describe(array.dtype),
        "record": array.dtype.type is np.record,
        "shape": array.shape,
        "order": "F" if fortran else "C",
        "bytes": array.nbytes,
    }


def _room(about: dict[str, Any]) -> int:
    """Compute the room that an array takes by its description [bytes]."""
    dense = _rounded(about["bytes"])
    if "words" not in about:
        return dense
    return _bits(dense) + _WORD * int(about["words"])


def _bits(dense: int) -> int:
    """Compute the size of the bit set over the words of dense bytes, with padding [bytes]."""
    return _rounded(-(-dense // _WORD // 8))


# -- Reading --------------------------------------------------------------------------------


def _header(view: memoryview) -> tuple[Any, list[Any], int]:
    """Read the header.

    Returns:
        The tree without its arrays, the arrays' descriptions, and the offset of their bytes.
    """
    length = int.from_bytes(view[:_WORD], "little")
    start = _WORD + _rounded(length)
    _require(start <= len(view), "it is cut off")
    header = files.parse_json(bytes(view[_WORD : _WORD + length]), list, constants=True)
    _require(len(header) == 2 and type(header[1]) is list, "its header is not one of a state")
    return header[0], header[1], start


class _Arrays:
    """Read arrays in the order in which they were written, each once."""

    def __init__(self, view: memoryview, described: list[Any]) -> None:
        self._view, self._described = view, described
        self._number = self._offset = 0

    def take(self, number: Any) -> Array:
        """Read the next array, which must have this number."""
        _require(type(number) is int and number == self._number, "its arrays are out of order")
        _require(number < len(self._described), "it lacks an array")
        about = self._described[number]
        dtype = _checked(about)
        end = self._offset + _room(about)
        _require(end <= len(self._view), "it is cut off")
        dense = _dense(about, self._view[self._offset : end])
        array: Array = np.ndarray(tuple(about["shape"]), dtype, dense.data, order=about["order"])
        dtypes.check_values(array)
        self._number, self._offset = number + 1, end
        return array

    def end(self) -> None:
        """Refuse arrays or bytes that are left over."""
        _require(self._number == len(self._described), "it describes arrays that it lacks")
        _require(self._offset == len(self._view), "it goes on after its end")


def _checked(about: Any) -> dtypes.DType:
    """Check that an array's description is consistent; return the dtype."""
    _require(isinstance(about, dict), "an array is not described")
    names = (*_ABOUT, "words") if "words" in about else _ABOUT
    _require(about.keys() == set(names), "an array is described by other words")
    dtype = dtypes.read(about["dtype"])
    if about["record"] is not False:
        _require(about["record"] is True and dtype.names is not None, "a type is no record")
        dtype = np.dtype((np.record, dtype))
    shape = about["shape"]
    _require(isinstance(shape, list) and len(shape) <= _MOST_AXES, "an array has an odd shape")
    _require(all(map(_counts, shape)), "an array has an odd shape")
    _require(about["order"] in ("C", "F"), "an array has an odd order")
    size = math.prod(shape) * dtype.itemsize
    _require(_counts(about["bytes"]) and about["bytes"] == size, "a size contradicts a shape")
    if "words" in about:
        fits = _counts(about["words"]) and size >= _LARGE
        _require(fits and about["words"] <= _rounded(size) // _WORD, "a sparse array is odd")
    return dtype


def _counts(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**62


def _dense(about: dict[str, Any], raw: memoryview) -> Array:
    """Copy an array's bytes, including all zeros."""
    if "words" not in about:
        return np.array(raw[: about["bytes"]])
    words = np.zeros(_rounded(about["bytes"]) // _WORD, np.uint64)
    bits = _bits(words.nbytes)
    used = np.unpackbits(np.frombuffer(raw[:bits], np.uint8), count=len(words)).view(np.bool_)
    _require(np.count_nonzero(used) == about["words"], "a sparse array has other words")
    words[used] = np.frombuffer(raw[bits:], np.uint64)
    return words


def _decode(value: Any, arrays: _Arrays, deep: int) -> Any:
    """Replace tagged dicts by the arrays and tuples that they stand for."""
    if isinstance(value, int):
        _require(value.bit_length() <= _MOST_BITS, "it holds a number too large")
    if not isinstance(value, (list, dict)):
        return value
    if isinstance(value, list):
        _require(deep < _DEEPEST, "it nests too deeply")
        return [_decode(part, arrays, deep + 1) for part in value]
    _require(len(value) == 1, "it holds an object without a meaning")
    ((tag, content),) = value.items()
    if tag == "dict" and isinstance(content, dict):
        _require(deep < _DEEPEST, "it nests too deeply")
        return {key: _decode(part, arrays, deep + 1) for key, part in content.items()}
    if tag == "tuple" and isinstance(content, list):
        return tuple(_decode(content, arrays, deep))
    return _array(tag, arrays.take(content))


def _array(tag: str, array: Array) -> Any:
    if tag == "array":
        return array
    if tag == "scalar":
        _require(array.ndim == 0, "a number is an array")
        return array[()]
    _require(tag == "bytes", "it holds an object without a meaning")
    _require(array.ndim == 1 and array.dtype == np.uint8, "bytes are other numbers")
    return array.tobytes()
