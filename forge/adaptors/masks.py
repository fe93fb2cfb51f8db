"""Compute which actions are possible, as masks over the parts of an action.

Shape letters: N living agents, R rows (an agent slot each), K others kept, A choices of all parts.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import SEEN, Choice, Observation, choices
from forge.blade.slots import Slots
from forge.blade.trades import way_of
from forge.config import Config

Array = NDArray[Any]


def part_sizes(config: Config, nearest: int) -> tuple[int, ...]:
    """Count the options of each part of an action: of each choice of the world.

    Args:
        config: settings of the world.
        nearest: K.
    """
    return tuple(part.options or nearest + 1 for part in choices(config).values())


def mask_rows(slots: Slots, obs: Observation, config: Config, mask: Array) -> None:
    """Mark the possible options of each slot, one part after the other. Modifies mask in place.

    A style is possible if it reaches one of the K others; with ``auto_target``, if it reaches
    anybody in sight. A target is possible if some style reaches it, a receiver if it can be given
    something, and a gift if one of the K can receive it. An empty slot can only take the first
    option of each part, which does nothing, so that a masked distribution is finite.

    Args:
        slots: the table of all slots.
        obs: the observation laid out in the table.
        config: settings of the world.
        mask: int8 or bool (R, A), A the sum of ``part_sizes``.
    """
    bits = _bits(slots.table.can_attack) if config.combat else None
    sizes, start = part_sizes(config, slots.table.others_mask.shape[1]), 0
    parts: dict[str, Array] = {}
    for (name, choice), size in zip(choices(config).items(), sizes, strict=True):
        parts[name] = part = mask[:, start : start + size]
        start += size
        if choice.ways:
            able = getattr(slots.table, choice.mask)  # [R, K, ways]
            part[:, 1:] = able.any(axis=-1)
            _narrow_gifts(parts[choice.given], able.any(axis=1))
        elif bits is not None and choice.mask and SEEN[choice.mask].by_row:
            _mask_by_row(slots, obs, config, choice, bits, part)
        else:
            marked = (
                getattr(slots.table, choice.mask) if choice.mask else slots.table.alive[:, None]
            )
            part[:, -choice.least :] = marked
        part[:, 0] = 1


def _narrow_gifts(part: Array, able: Array) -> None:
    """Bar gifts that none of the others kept can receive. Modifies part in place.

    Args:
        part: of the trades.
        able: bool (R, ways), whether somebody can be given something in each way.
    """
    for trade in range(part.shape[1]):
        if (way := way_of(trade)) >= 0:
            part[:, trade] &= able[:, way]


def _bits(can_attack: Array) -> Array:
    """Pack the styles that reach each row of others into one number: uint8 (R, K)."""
    by_style = np.moveaxis(can_attack.view(np.uint8), -1, 0)
    bits: Array = by_style[0] | by_style[1] << 1 | by_style[2] << 2
    return bits


def _mask_by_row(
    slots: Slots, obs: Observation, config: Config, choice: Choice, bits: Array, part: Array
) -> None:
    """Mark what reaches a row, or the rows that are reached. Modifies part in place."""
    if not choice.size:
        part[:, 1:] = bits != 0
        return
    reached, first = np.bitwise_or.reduce(bits, axis=1), -choice.least  # [R]
    for option in range(choice.size):
        part[:, first + option] = reached >> option & 1
    if config.auto_target:
        seen = getattr(obs, choice.mask)
        part[slots.place, first:] = np.logical_or.reduceat(seen, obs.offsets[:-1], axis=0)
