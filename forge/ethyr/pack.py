"""Turn a tree of arrays and JSON values into bytes, canonically, and back.

Equal trees give equal bytes, and what is read back behaves like what was written: dtypes, memory
order, tuples and the order of dict entries survive. Nothing is executed on reading.

Layout: 8 bytes length of the header (little-endian), the header (JSON), padding to a multiple of
8, then the arrays' bytes, each padded to a multiple of 8.

Large arrays with many zeros are written sparse: a bit for each word of 8 bytes, set if it is not 0
(the first word's is the highest bit of the first byte), padded likewise; then those words. Whether
an array is depends on its bytes alone.
"""

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.errors import StateError

Array = NDArray[Any]
_WORD = 8  # bytes
_LARGE = 4096  # a smaller array is never written sparse [bytes]


def pack(tree: Any) -> bytes:
    """Write a tree.

    Args:
        tree: None, bool, int, float, str, bytes, arrays and numpy scalars, in lists, tuples and
            dicts with text keys.

    Raises:
        StateError: names the place of anything else.
    """
    arrays: list[Array] = []
    skeleton = _encode(tree, "state", arrays)
    written = [_written(array) for array in arrays]
    described = [about for about, _ in written]
    header = json.dumps([skeleton, described], separators=(",", ":")).encode()
    parts = [len(header).to_bytes(_WORD, "little"), _padded(header)]
    return b"".join([*parts, *(raw for _, raw in written)])


def unpack(data: Any) -> Any:
    """Read what ``pack`` wrote; arrays are copies.

    Args:
        data: bytes, or anything with the buffer interface.
    """
    view = memoryview(data).cast("B")
    length = int.from_bytes(view[:_WORD], "little")
    skeleton, described = json.loads(bytes(view[_WORD : _WORD + length]))
    place = _WORD + _rounded(length)
    arrays = []
    for about in described:
        size = _room(about)
        arrays.append(_array(about, view[place : place + size]))
        place += size
    return _decode(skeleton, arrays)


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


def _encode(value: Any, where: str, arrays: list[Array]) -> Any:
    """Replace what JSON does not know by tagged dicts. Appends to arrays."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise StateError(f"{where} is an array of Python objects, which cannot be committed")
        arrays.append(array)
        return {"scalar" if isinstance(value, np.generic) else "array": len(arrays) - 1}
    if isinstance(value, (bytes, bytearray)):
        arrays.append(np.frombuffer(value, np.uint8))
        return {"bytes": len(arrays) - 1}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        parts = [_encode(part, f"{where}[{i}]", arrays) for i, part in enumerate(value)]
        return {"tuple": parts} if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise StateError(f"{where} has the key {key!r}: keys must be texts")
        return {"dict": {k: _encode(v, f"{where}[{k!r}]", arrays) for k, v in value.items()}}
    raise StateError(
        f"{where} is a {type(value).__name__}: only arrays, JSON values, and dicts, lists and "
        "tuples of them can be committed"
    )


def _decode(value: Any, arrays: list[Array]) -> Any:
    if isinstance(value, list):
        return [_decode(part, arrays) for part in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    if tag == "dict":
        return {key: _decode(part, arrays) for key, part in content.items()}
    if tag == "tuple":
        return tuple(_decode(part, arrays) for part in content)
    array = arrays[content]
    if tag == "bytes":
        return array.tobytes()
    return array[()] if tag == "scalar" else array


def _written(array: Array) -> tuple[dict[str, Any], bytes]:
    """Describe an array and write it: sparse, if it is large and that saves a quarter or more."""
    about, raw = _describe(array), _padded(array.tobytes(order="A"))
    if array.nbytes < _LARGE:
        return about, raw
    words = np.frombuffer(raw, np.uint64)
    used = words != 0
    sparse = {**about, "words": int(np.count_nonzero(used))}
    if 4 * _room(sparse) > 3 * len(raw):
        return about, raw
    return sparse, _padded(np.packbits(used).tobytes()) + words[used].tobytes()


def _room(about: dict[str, Any]) -> int:
    """Say how much room an array takes, as it is described [bytes]."""
    dense = _rounded(about["bytes"])
    if "words" not in about:
        return dense
    return _bits(dense) + _WORD * int(about["words"])


def _bits(dense: int) -> int:
    """Say how large the bit set of so many bytes' words is, with its padding [bytes]."""
    return _rounded(-(-dense // _WORD // 8))


def _dense(about: dict[str, Any], raw: memoryview) -> Array:
    """Copy an array's bytes, with all their zeros."""
    if "words" not in about:
        return np.array(raw)
    words = np.zeros(_rounded(about["bytes"]) // _WORD, np.uint64)
    bits = _bits(words.nbytes)
    used = np.unpackbits(np.frombuffer(raw[:bits], np.uint8), count=len(words))
    words[used.view(np.bool_)] = np.frombuffer(raw[bits:], np.uint64)
    return words


def _describe(array: Array) -> dict[str, Any]:
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    return {
        "dtype": np.lib.format.dtype_to_descr(array.dtype),
        "record": array.dtype.type is np.record,
        "shape": array.shape,
        "order": "F" if fortran else "C",
        "bytes": array.nbytes,
    }


def _array(about: dict[str, Any], raw: memoryview) -> Array:
    dtype = np.lib.format.descr_to_dtype(_lists_to_tuples(about["dtype"]))
    if about["record"]:
        dtype = np.dtype((np.record, dtype))
    shape, order = tuple(about["shape"]), about["order"]
    return np.ndarray(shape, dtype, _dense(about, raw).data, order=order)


def _lists_to_tuples(descr: Any) -> Any:
    """Restore the tuples of a dtype's description, which JSON turned into lists."""
    if isinstance(descr, str):
        return descr
    return [
        (name, _lists_to_tuples(kind), *(tuple(shape) for shape in rest))
        for name, kind, *rest in descr
    ]
