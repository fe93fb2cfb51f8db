"""Write an agent's observation as one flat row of numbers, for networks that need this form.

forge.adaptors.parts lists the blocks of a row in their order, with the columns of each;
``Columns.slices`` says where each block lies. The numbers are:

* ``alive`` and masks: 1 or 0. The row of a slot in which nobody lives is all 0.
* ``own`` and ``others``: as in docs/world.md. Ages count up to 1 050 ticks.
* ``tiles``: one-hot kind of each tile of the crop, row by row, from the north-west; ``crowd``:
  min(number, 4) / 4 for each.
* Pieces and gold: up to 255, as a share of 255. Prices of the market: as a share of the highest.
* Arrays whose columns name one of a few values (``traits``, ``quest`` …): one-hot, column by
  column; all 0 in unused rows of ``others``.

Kinds are one-hot, because a linear layer can learn nothing from the number of a kind. The crop is
the middle of the window that agents observe; a smaller crop makes rows, and first layers, many
times smaller.

Shape letters: N living agents, K others kept, D columns.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors.arguments import whole
from forge.blade.features import AGE, NUM_FEATURES
from forge.blade.observation import PLANES, SEEN, Seen
from forge.blade.slots import MASKS_BY_AGENT, Table, of_systems
from forge.blade.tiles import NUM_STYLES
from forge.blade.trades import NUM_WAYS, PRICES
from forge.config import Config

Array = NDArray[Any]

MOST_SHOWN = 4  # larger numbers of agents on a tile are written as this
MOST_NUMBER = 255  # larger numbers of pieces or gold are written as this
MOST_AGE = 10.0  # larger values of the feature are written as this: 1 050 ticks


class Columns:
    """The layout of a flat row.

    Attributes:
        slices: name of a block → its columns.
        width: D.
        crop: side of the crop [tiles].
    """

    def __init__(self, config: Config, nearest: int, crop: int | None = None) -> None:
        """Lay the blocks out.

        Args:
            config: settings of the world.
            nearest: K, equal to that of the Slots whose table is written.
            crop: side of the crop [tiles], odd, at most ``config.window``; None: all of it.

        Raises:
            ValueError: for an impossible crop.
        """
        self.crop = config.window if crop is None else whole("crop", crop, 1, config.window)
        if self.crop % 2 == 0:
            raise ValueError(f"crop must be odd, not {crop}")
        margin = (config.window - self.crop) // 2
        self._inner = slice(margin, margin + self.crop)
        self._kinds = kinds = {name: plane.kinds_in(config) for name, plane in PLANES.items()}
        blocks = {
            "alive": 1,
            "own": NUM_FEATURES,
            **{name: SEEN[name].size_in(config)[0] for name in MASKS_BY_AGENT},
            **{name: self.crop**2 * max(1, kinds[name]) for name, plane in PLANES.items()},
            "others_mask": nearest,
            "others": nearest * NUM_FEATURES,
            "can_attack": nearest * NUM_STYLES if config.combat else 0,
            "can_receive": nearest * NUM_WAYS if config.market else 0,
            **{name: width_of(seen, nearest) for name, seen in of_systems(config).items()},
        }
        ends = np.cumsum(list(blocks.values())).tolist()
        self.slices = {
            name: slice(end - size, end)
            for (name, size), end in zip(blocks.items(), ends, strict=True)
            if size
        }
        self.width: int = ends[-1]
        self._of_systems = tuple(of_systems(config))
        starts = [self.slices[name].start for name in ("own", "others")]
        self._ages = np.array(starts[:1] + [starts[1] + k * NUM_FEATURES for k in range(nearest)])
        self._ages += AGE

    def rows(self, table: Table, place: Array) -> Array:
        """Write the rows of the living agents.

        Args:
            table: the observation from each slot.
            place: integers (N,), rows of the table in which an agent lives.

        Returns:
            float32 (N, D), new.
        """
        inner = self._inner
        parts = {
            "alive": table.alive[place],
            "own": table.own[place],
            **{name: getattr(table, name)[place] for name in MASKS_BY_AGENT},
            **{
                name: _numbers(getattr(table, name)[place, inner, inner], kinds)
                for name, kinds in self._kinds.items()
            },
            "others_mask": table.others_mask[place],
            "others": table.others[place],
            "can_attack": table.can_attack[place],
            "can_receive": table.can_receive[place],
            **{name: _of_system(name, table, place) for name in self._of_systems},
        }
        out = np.empty((len(place), self.width), np.float32)
        for name, columns in self.slices.items():
            out[:, columns] = parts[name].reshape(len(place), -1)
        out[:, self._ages] = np.minimum(out[:, self._ages], MOST_AGE)
        return out


def width_of(seen: Seen, nearest: int) -> int:
    """Count the columns of an array of a system, with this many others."""
    if seen.by_realm:
        return math.prod(seen.shape)
    return (nearest if seen.by_row else 1) * (seen.num_values or seen.shape[0])


def _numbers(plane: Array, kinds: int) -> Array:
    """Write a plane as numbers in 0 … 1: one-hot kinds, or counts up to the most (0 kinds)."""
    if kinds:
        return np.take(np.eye(kinds, dtype=np.float32), plane, axis=0)
    counts: Array = np.minimum(plane, MOST_SHOWN) / np.float32(MOST_SHOWN)
    return counts


def _of_system(name: str, table: Table, place: Array) -> Array:
    """Write an array of the living: numbers as a share of 255, values as 0 or 1 (one-hot).

    Prices of the market are written as shares of the highest.

    Returns:
        float32 (N, columns), or with values (N, values of all columns), or (N, K, values of all
        columns) of rows, of which unused ones are all 0.
    """
    seen, values = SEEN[name], getattr(table, name)[place]
    if seen.by_realm:
        return values / np.float32(PRICES)  # type: ignore[no-any-return]
    if not seen.values:
        shares: Array = np.minimum(values, MOST_NUMBER) / np.float32(MOST_NUMBER)
        return shares
    each = [
        np.take(np.eye(size, dtype=np.float32), values[..., column], axis=0)
        for column, size in enumerate(seen.values.values())
    ]
    hot = np.concatenate(each, axis=-1)
    return hot * table.others_mask[place][..., None] if seen.by_row else hot
