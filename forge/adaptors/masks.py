"""Compute which actions are possible, as masks over the parts of an action.

Shape letters: N living agents, R rows (an agent slot each), K others kept, A choices of all parts.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.config import Config
from forge.blade.observation import CHOICES, Observation
from forge.blade.slots import Slots
from forge.blade.tiles import NUM_MOVES, NUM_STYLES

Array = NDArray[Any]


def part_sizes(config: Config, nearest: int) -> tuple[int, ...]:
    """Count the choices of each part of an action: moves; with combat also styles and targets.

    Args:
        config: settings of the world.
        nearest: K.
    """
    sizes = [choice.size - choice.least for choice in CHOICES.values() if choice.size]
    return (*sizes, nearest + 1) if config.combat else (sizes[0],)


def mask_rows(slots: Slots, obs: Observation, auto_target: bool, mask: Array) -> None:
    """Mark the possible choices of each slot, one part after the other. Modifies mask in place.

    An empty slot can only stay, so that a masked distribution is finite.

    Args:
        slots: the table of all slots.
        obs: the observation laid out in the table.
        auto_target: as in the config.
        mask: int8 or bool (R, A), A the sum of ``part_sizes``.
    """
    mask[:, :NUM_MOVES] = slots.table.can_move
    mask[:, 0] = 1
    if mask.shape[1] > NUM_MOVES:
        mask_attacks(slots, obs, auto_target, mask[:, NUM_MOVES:])


def mask_attacks(slots: Slots, obs: Observation, auto_target: bool, mask: Array) -> None:
    """Mark the styles and the targets that are possible at all. Modifies mask in place.

    A style is possible if it reaches one of the K others; with ``auto_target``, if it reaches
    anybody in sight. A target is possible if some style reaches it.

    Args:
        slots: the table of all slots.
        obs: the observation laid out in the table.
        auto_target: as in the config.
        mask: int8 (R, 4 + K + 1): no style, the styles; no target, the targets.
    """
    by_style = np.moveaxis(slots.table.can_attack.view(np.uint8), -1, 0)
    bits = by_style[0] | by_style[1] << 1 | by_style[2] << 2  # [R, K], a bit per style
    reached = np.bitwise_or.reduce(bits, axis=1)  # [R]
    for style in range(NUM_STYLES):
        mask[:, style + 1] = reached >> style & 1
    if auto_target:
        styles = np.logical_or.reduceat(obs.can_attack, obs.offsets[:-1], axis=0)  # [N, 3]
        mask[slots.place, 1 : NUM_STYLES + 1] = styles
    mask[:, NUM_STYLES + 2 :] = bits != 0
    mask[:, [0, NUM_STYLES + 1]] = 1
