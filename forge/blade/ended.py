"""Keep the records of lives that ended until somebody takes them."""

from typing import Any, NamedTuple

import numpy as np

from forge.blade.records import LIFE, LIFE_OF_SKILLS, SKILLS, life_in, widened
from forge.blade.state import Array
from forge.config import Config


class Ended(NamedTuple):
    """The records of lives that ended, in the order of their ends; there may be spare room."""

    lives: Array  # LIFE (n,)
    skills: Array  # SKILLS (n,); (0,) without skills


def allocate(config: Config, room: int) -> Ended:
    """Make room for the records of some lives."""
    return Ended(np.zeros(room, LIFE), np.zeros(room if config.skills else 0, SKILLS))


def enlarged(ended: Ended, config: Config, more: int) -> Ended:
    """Copy records, with more room after them."""
    room = allocate(config, len(ended.lives) + more)
    for array, before in zip(room, ended, strict=True):
        array[: len(before)] = before
    return room


def record_of(lives: Array, skills: Array, config: Config) -> Array:
    """Write what is known of some lives as one record each, as ``life_in`` says.

    Args:
        lives: LIFE (n,).
        skills: SKILLS (n,); without skills it is not read.
        config: settings of the world.
    """
    dtype: Any = life_in(config)
    if dtype is LIFE:
        return lives.copy()
    records = widened(lives, dtype)
    for column in LIFE_OF_SKILLS:
        records[column.name] = skills[column.name]
    return records
