"""Keep the records of lives that ended until somebody takes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forge.blade.added import OF_LIVES, life_in
from forge.blade.observation import named
from forge.blade.packing import packable
from forge.blade.records import LIFE, widened
from forge.blade.state import Array
from forge.config import Config


@packable(lambda: allocate(Config(), 0))
class Ended(named(["lives", *OF_LIVES])):  # type: ignore[misc]
    """The records of lives that ended, in the order of their ends; there may be spare room.

    ``lives`` is LIFE (n,); the others are named as arrays of State, and have their dtypes. Those of
    systems that are off are empty.
    """

    __slots__ = ()


def allocate(config: Config, room: int) -> Ended:
    """Make room for the records of some lives."""
    return Ended(
        np.zeros(room, LIFE),
        *(np.zeros(room if it.is_in(config) else 0, it.dtype) for it in OF_LIVES.values()),
    )


def enlarged(ended: Ended, config: Config, more: int) -> Ended:
    """Copy records, with more room after them."""
    room = allocate(config, len(ended.lives) + more)
    for array, before in zip(room, ended, strict=True):
        array[: len(before)] = before
    return room


def running(arrays: Mapping[str, Array], where: int | slice, config: Config) -> Array:
    """Copy the running records of the living, by realm, then slot.

    Args:
        arrays: of the state of some realms, by name (see ``forge.blade.state.held``).
        where: which of the realms.
        config: settings of the world.

    Returns:
        The records (n,), as ``life_in`` says.
    """
    lives = arrays["lives"][where]
    agents = arrays["agents"][where][..., : lives.shape[-1]]
    alive = np.ascontiguousarray(agents["alive"]).view(np.uint8) == 1
    found = {name: arrays[name][where][alive] for name in Ended._fields if name in arrays}
    found["lives"]["lifetime"] = agents["age"][alive]
    return record_of(found["lives"], found, config)


def record_of(lives: Array, beside: Mapping[str, Array], config: Config) -> Array:
    """Write what is known of some lives as one record each, as ``life_in`` says.

    Args:
        lives: LIFE (n,).
        beside: records (n,) of the same lives, by the names of Ended; those of systems that are off
            are not read.
        config: settings of the world.
    """
    dtype: Any = life_in(config)
    if dtype is LIFE:
        return lives.copy()
    records = widened(lives, dtype)
    for name, it in OF_LIVES.items():
        for column in it.life if it.is_in(config) else ():
            longer, given = records[column.name], beside[name][column.name]
            (longer[:, -given.shape[1] :] if given.ndim > 1 else longer)[...] = given
    return records
