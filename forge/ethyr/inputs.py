"""Convert observations to the inputs of networks: fewer bytes, and sorted by population.

Shape letters: N samples, M rows of others, J codes per sample, P populations.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.blade.jit import lean
from forge.blade.observation import SEEN, VALUED, Observation, named
from forge.errors import ForgeError

Array = NDArray[Any]

BYTE = 256  # values of a byte
FEW, MANY = 3, 2  # rows of a band with few kinds of tiles, and with many; else it is one


class UnsupportedError(ForgeError, ValueError):
    """Networks cannot take what a list declares; the message says what to change."""


def band_of(num_tiles: int) -> int:
    """Choose how many tiles share one code: as many as fit into a byte, three at most.

    Args:
        num_tiles: number of kinds of tiles.

    Raises:
        UnsupportedError: if not even one tile fits.
    """
    if num_tiles > BYTE:
        raise UnsupportedError(
            f"{num_tiles} kinds of tiles are too many: networks read a tile as one byte, so that "
            f"forge.blade.tiles may list {BYTE} at most"
        )
    band = 1
    while band < FEW and num_tiles ** (band + 1) <= BYTE:
        band += 1
    return band


_BEFORE = ("codes", "can_move", "offsets", "others", "cell", "can_attack", "can_deal")
_FIELDS = (*_BEFORE, "can_trade", "can_receive", "can_say", *VALUED, "realm")


class Inputs(named(_FIELDS)):  # type: ignore[misc]
    """Inputs of networks for N samples: codes of the tiles, and arrays of Observation.

    ``codes`` uint8 (N, J) go band by band, from west to east. The crop of tiles is cut into bands
    of as many rows as ``band_of`` says: three with six kinds of tiles, two with sixteen. A code
    (one byte) stands for the tiles of one column of a band, the northern tile first:
    (k₀ · 6 + k₁) · 6 + k₂. If the last band is not full, its missing tiles count as kind 0.

    ``can_move`` bool (N, 5), ``others`` float32 (M, F), ``cell`` uint16 (M,), ``can_attack`` bool
    (M, 3), ``can_deal`` bool (N, deals), ``can_trade`` bool (N, trades), ``can_receive`` bool
    (M, 2), ``can_say`` bool (N, words) and the valued arrays, uint8 (N or M, columns), are those of
    Observation. Rows ``offsets[i]`` … ``offsets[i + 1] − 1`` belong to sample i, its own row first.
    ``market`` uint8 (R, 160) has a row per realm and tick; ``realm`` int32 (N, 1) tells which of
    them a sample saw. In worlds that lack the system of an array it has no columns.
    """

    __slots__ = ()


class Batch(NamedTuple):
    """Samples for one pass of the network, sorted by population (stable)."""

    inputs: Inputs
    order: Array  # int64 (n,): indices of samples of inputs, in the order of the pass
    population: Array  # int32 (N,): population of each sample of inputs
    bounds: list[int]  # (P + 1): samples bounds[p] … bounds[p + 1] − 1 of order are p's


def num_codes(window: int, kinds: int) -> int:
    """Count J, the codes of a crop with this side in a world with so many kinds of tiles."""
    return -(-window // band_of(kinds)) * window


def encode_tiles(tiles: Array, kinds: int) -> Array:
    """Encode crops of tiles as codes.

    Args:
        tiles: uint8 (N, window, window), kinds of tiles.
        kinds: number of kinds of tiles of the world.

    Returns:
        uint8 (N, J).
    """
    codes = np.empty((len(tiles), num_codes(tiles.shape[1], kinds)), np.uint8)
    _encode_tiles(np.ascontiguousarray(tiles), kinds, band_of(kinds), codes)
    return codes


def decode_tiles(codes: Array, window: int, kinds: int) -> Array:
    """Decode what ``encode_tiles`` has encoded, for networks that look at the tiles themselves.

    Args:
        codes: uint8 (N, J), such as ``batch.inputs.codes``.
        window: side of the crop, ``config.window``.
        kinds: number of kinds of tiles of the world, ``forge.blade.tiles.num_kinds(config)``.

    Returns:
        uint8 (N, window, window), kinds of tiles.
    """
    rows, bands = band_of(kinds), codes.shape[1] // window
    places = kinds ** np.arange(rows - 1, -1, -1)[:, None]
    tiles: Array = codes.reshape(len(codes), bands, 1, window) // places % kinds
    return tiles.astype(np.uint8).reshape(len(codes), bands * rows, window)[:, :window]


@lean
def _encode_tiles(tiles: Array, kinds: int, rows: int, codes: Array) -> None:
    """Encode crops as codes, band by band, ``rows`` to a band. Modifies codes in place."""
    window = tiles.shape[1]
    full = window // rows
    for i in range(len(tiles)):
        for band in range(full):
            for col in range(window):
                code = np.int64(0)
                if rows == FEW:  # constant lengths, so that the loops are unrolled
                    for row in range(FEW):
                        code = code * kinds + tiles[i, FEW * band + row, col]
                elif rows == MANY:
                    for row in range(MANY):
                        code = code * kinds + tiles[i, MANY * band + row, col]
                else:
                    code += tiles[i, band, col]
                codes[i, band * window + col] = code
        for col in range(window if full * rows < window else 0):
            code = np.int64(0)
            for row in range(rows * full, rows * full + rows):
                code = code * kinds + (tiles[i, row, col] if row < window else 0)
            codes[i, full * window + col] = code


def inputs_of(obs: Observation, kinds: int) -> Inputs:
    """Take the inputs of networks from an observation: views, except for the codes.

    Args:
        obs: the observation.
        kinds: number of kinds of tiles of the world.
    """
    values = {name: getattr(obs, name) for name in _FIELDS[1:]}
    market, there = values["market"], int(values["market"].size > 0)
    values["market"] = market.reshape(len(market), market.shape[1] * market.shape[2])
    values["realm"] = values["realm"][:, None][:, :there]
    return Inputs(encode_tiles(obs.tiles, kinds), **values)


def batch_of(inputs: Inputs, population: Array, populations: int) -> Batch:
    """Sort all samples by population.

    Args:
        inputs: the samples.
        population: int32 (N,), 0 … P − 1.
        populations: P.
    """
    counts = np.bincount(population, minlength=populations)
    bounds = [0, *np.cumsum(counts).tolist()]
    order = np.empty(len(population), np.int64)
    _sort(population, np.array(bounds), order)
    return Batch(inputs, order, population, bounds)


@lean
def _sort(population: Array, ends: Array, order: Array) -> None:
    """Sort samples by population, by counting. Modifies order and ends in place.

    ``ends`` holds the index after each population's last sample so far.
    """
    for i in range(len(population)):
        p = population[i]
        order[ends[p]] = i
        ends[p] += 1


def cut(batch: Batch, start: int, end: int) -> Batch:
    """Take samples start … end − 1, in the order of the pass."""
    bounds = [min(max(bound, start), end) - start for bound in batch.bounds]
    inputs = as_observed(batch.inputs)
    return batch._replace(inputs=inputs, order=batch.order[start:end], bounds=bounds)


def as_observed(inputs: Inputs) -> Inputs:
    """View inputs as read-only arrays, like the arrays of an observation.

    Kernels are compiled separately for writable arrays. With these views, acting and learning use
    the same compiled kernels.
    """
    views = inputs._asdict()
    for name in _FIELDS[1:]:
        if not SEEN[name].is_mask:
            views[name] = views[name].view()
            views[name].flags.writeable = False
    return Inputs(**views)
