"""The overlays that come with the viewer and need the world or its network."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.realm import Realms
from forge.blade.state import padding
from forge.embyr import probes
from forge.embyr.overlays import OVERLAYS, NothingToShowError, overlay
from forge.embyr.overlays import load as load
from forge.trinity.sword import Sword
from forge.trinity.trinity import SwordBase

Array = NDArray[Any]

COUNTS, VALUES, DEPENDENCE = OURS = ("Counts", "Values", "Dependence")


@overlay(COUNTS, unit="agent-ticks", scale="log")
def counts(realms: Realms, sword: SwordBase | None, w: int, population: int | None = None) -> Array:
    """How long agents have stood on each tile since this realm began on this map."""
    pad, size = padding(realms.config), realms.config.map_size
    visits = realms.state.visits[w, :, pad : pad + size, pad : pad + size].astype(np.float64)
    shown: Array = visits.sum(axis=0) if population is None else visits[population]
    shown[shown == 0] = np.nan
    return shown


@overlay(VALUES, unit="value")
def values(realms: Realms, sword: SwordBase | None, w: int, population: int) -> Array:
    """What the network expects for an agent with full health, food and water on each tile."""
    network = _network(sword, population)
    chosen = probes.standable(realms, w)
    every = math.ceil(math.sqrt(max(1, chosen.sum() / probes.MOST_PROBES)))
    if every == 1:
        return probes.values_on(realms, network, w, population, chosen)
    sparse = np.zeros_like(chosen)
    sparse[::every, ::every] = chosen[::every, ::every]
    found = probes.values_on(realms, network, w, population, sparse)[::every, ::every]
    whole = found.repeat(every, axis=0).repeat(every, axis=1)[: len(chosen), : len(chosen)]
    return np.where(chosen, whole, np.nan)


@overlay(DEPENDENCE, unit="change of value", scale="signed")
def dependence(
    realms: Realms, sword: SwordBase | None, w: int, population: int, agent: int
) -> Array:
    """How the selected agent's value changes if another agent comes to stand on a tile it sees."""
    here = probes.living(realms, w)
    found = here[here["id"] == agent]
    if not len(found):
        raise NothingToShowError(f"Agent {agent} does not live now.")
    network, one, radius = (
        _network(sword, int(found[0]["population"])),
        found[0],
        realms.config.radius,
    )
    chosen = probes.standable(realms, w)
    shown = np.full(chosen.shape, np.nan)
    seen = np.zeros_like(chosen)
    top, left = max(0, one["row"] - radius), max(0, one["col"] - radius)
    seen[top : one["row"] + radius + 1, left : one["col"] + radius + 1] = True
    shown[seen] = 0.0  # nobody can stand on some of them
    rows, cols = np.nonzero(seen & chosen)
    seconds = probes.standard(realms, w, population, rows, cols)
    value = probes.value_with(realms, network, w, agent, seconds)
    shown[rows, cols] = value[1:] - value[0]
    return shown


def _network(sword: SwordBase | None, population: int) -> Sword:
    """Find the network that plays a population."""
    if sword is None:
        raise NothingToShowError("There is no network here that could be asked.")
    if not isinstance(sword, Sword):
        raise NothingToShowError(
            f"{type(sword).__name__} has no network of Forge's that could be asked."
        )
    if population in sword.company.scripts:
        raise NothingToShowError(f"A script plays population {population}: it has no network.")
    return sword


def catalogue() -> list[dict[str, Any]]:
    """Describe all overlays for the page: these, then those of others as they were registered."""
    others = (name for name in OVERLAYS if name not in OURS)
    return [OVERLAYS[name].described() for name in (*OURS, *others)]
