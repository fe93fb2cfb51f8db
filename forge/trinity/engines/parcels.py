"""Pack messages so that large arrays travel beside them, and references stay references."""

import io
import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple

import cloudpickle
import numpy as np

from forge.blade import aligned
from forge.trinity.trinity import Array

SMALL = 4096  # arrays up to this size travel within the message [bytes]


class Parcel(NamedTuple):
    """A packed message."""

    data: bytes
    arrays: list[Array]  # uint8 (size,), views of the message's large arrays
    refs: list[Any]  # the references in it

    @property
    def size(self) -> int:
        """Size of everything but what the references refer to [bytes]."""
        return len(self.data) + sum(array.nbytes for array in self.arrays)


def pack(message: Any, reference: type) -> Parcel:
    """Pack a message; classes that cannot be imported travel by value.

    Args:
        message: what is to be packed.
        reference: the type of references.
    """
    arrays: list[Array] = []
    refs: list[Any] = []

    class Packer(cloudpickle.Pickler):  # type: ignore[misc]
        def persistent_id(self, thing: Any) -> int | None:
            if not isinstance(thing, reference):
                return None
            refs.append(thing)
            return len(refs) - 1

    def keep(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes > SMALL:
            arrays.append(np.frombuffer(raw, np.uint8))
        return raw.nbytes <= SMALL

    file = io.BytesIO()
    Packer(file, protocol=5, buffer_callback=keep).dump(message)
    return Parcel(file.getvalue(), arrays, refs)


def unpack(data: bytes, arrays: Sequence[Array], values: Sequence[Any] = ()) -> Any:
    """Unpack a message, whose arrays can then be written.

    Args:
        data: see Parcel.
        arrays: see Parcel.
        values: what each reference refers to.
    """

    class Unpacker(pickle.Unpickler):
        def persistent_load(self, number: Any) -> Any:
            return values[number]

    return Unpacker(io.BytesIO(data), buffers=map(_copy, arrays)).load()


def _copy(array: Array) -> Array:
    """Copy an array to where arithmetic on it is the same in every process."""
    copy = aligned.empty(array.shape, array.dtype)
    copy[...] = array
    return copy
