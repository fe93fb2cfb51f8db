"""Describe dtypes of plain bytes as JSON values, and read the descriptions back.

Dtypes of plain bytes are truth values, whole, real and complex numbers, dates, time spans, texts
and bytes of fixed width, and records of these. A description cannot name a reference to a Python
object. It cannot give offsets of fields either: fields follow each other, with padding between.
"""

import functools
import math
import re
from typing import Any

import numpy as np

DType = np.dtype[Any]

_PLAIN = re.compile(
    r"\|[biu]1|[<>](?:[iu][248]|f[248]|c8|c16|[mM]8(?:\[(?:[1-9][0-9]{0,8})?[A-Za-z]{1,2}\])?"
    r"|U[1-9][0-9]{0,8})|\|[SV][1-9][0-9]{0,8}"
)
_PADDING = re.compile(r"\|V[1-9][0-9]{0,8}")
_LARGEST = 2**31 - 1  # of one element [bytes]
_DEEPEST = 8  # records in records


@functools.lru_cache(maxsize=1024)
def describe(dtype: DType) -> Any:
    """Describe a dtype.

    Returns:
        A text, or for a record a list of [name, description] or [name, description, shape].

    Raises:
        ValueError: says why the dtype is not one of plain bytes, or could not be read back.
    """
    if dtype.hasobject:
        raise ValueError("it refers to Python objects")
    found = dtype.str if dtype.names is None else dtype.descr
    if read(_lists(found)) != dtype:
        raise ValueError("its fields have titles or are not in their order")
    return found


def read(described: Any, deep: int = 0) -> DType:
    """Build a dtype from its description.

    Raises:
        ValueError: says what is wrong with the description.
    """
    if isinstance(described, str):
        if not _PLAIN.fullmatch(described):
            raise ValueError(f"{described[:40]!r} is no type of plain bytes")
        try:
            return np.dtype(described)
        except (TypeError, ValueError):
            raise ValueError(f"{described[:40]!r} is unknown here") from None
    if not isinstance(described, list) or not described or deep == _DEEPEST:
        raise ValueError("it is no description of a type of plain bytes")
    return _record(described, deep)


def _record(described: list[Any], deep: int) -> DType:
    names, kinds, offsets, size = [], [], [], 0
    for part in described:
        if not (isinstance(part, list) and len(part) in (2, 3) and isinstance(part[0], str)):
            raise ValueError("it has a field without a name and a type")
        name, kind, *shape = part
        if name:
            names.append(name)
            kinds.append(_shaped(read(kind, deep + 1), *shape))
            offsets.append(size)
            size += kinds[-1].itemsize
        elif isinstance(kind, str) and _PADDING.fullmatch(kind) and not shape:
            size += int(kind[2:])
        else:
            raise ValueError("it has a field without a name")
        if size > _LARGEST:
            raise ValueError("it is too large")
    if len(set(names)) < len(names) or not names:
        raise ValueError("it has two fields of one name, or none")
    return np.dtype({"names": names, "formats": kinds, "offsets": offsets, "itemsize": size})


def _shaped(dtype: DType, shape: Any = None) -> DType:
    """Build the dtype of a field that holds several elements."""
    if shape is None:
        return dtype
    if not isinstance(shape, list) or not 0 < len(shape) <= _DEEPEST:
        raise ValueError("a field has an odd shape")
    if any(type(n) is not int or not 0 < n <= _LARGEST for n in shape):
        raise ValueError("a field has an odd shape")
    if dtype.itemsize * math.prod(shape) > _LARGEST:
        raise ValueError("a field is too large")
    return np.dtype((dtype, tuple(shape)))


def _lists(described: Any) -> Any:
    """Turn the tuples of NumPy's own descriptions into lists, as JSON does."""
    if isinstance(described, (list, tuple)):
        return [_lists(part) for part in described]
    return described


def check_values(array: Any) -> None:
    """Refuse bytes that are not values of the dtype: truth values are 0 or 1, texts are Unicode.

    Raises:
        ValueError: if there are such bytes.
    """
    if array.dtype.names is not None:
        for name in array.dtype.names:
            check_values(array[name])
    elif array.size and array.dtype.kind == "b" and array.view(np.uint8).max() > 1:
        raise ValueError("a truth value is neither 0 nor 1")
    elif array.size and array.dtype.kind == "U":
        order = array.dtype.str[0]
        if np.ascontiguousarray(array).view(f"{order}u4").max() > 0x10FFFF:
            raise ValueError("a text is not Unicode")
