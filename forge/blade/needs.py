"""Estimate the memory that realms take before they are built, from their layouts."""

import math

import numpy as np

from forge.blade import buffers, ended, space
from forge.blade.realm import MORE_LIVES
from forge.blade.records import EVENT
from forge.blade.rules import scratch
from forge.blade.space import MEMBER
from forge.blade.state import layout
from forge.config import Config


def living(config: Config) -> int:
    """Estimate how many agents live at once in a realm, at most.

    Slots limit the number, and so do births and food. A newborn lives on the food and health it is
    born with, and an eaten forest tile gives ``regrowth · harvest`` food per tick. Where hunger
    costs no health, nobody dies of it.
    """
    if config.starvation == 0:
        return config.max_agents
    unfed = config.births * (config.food + math.ceil(config.health / config.starvation))
    fed = config.side**2 * config.regrowth * config.harvest
    return min(config.max_agents, max(1, round(unfed + fed)))


def rows_per_agent(config: Config) -> float:
    """Estimate how many rows an agent observes, itself included, if agents are spread evenly."""
    share = min(1.0, config.window**2 / config.side**2)
    return 1 + (living(config) - 1 + config.npcs) * share


def state_bytes(config: Config, num_realms: int) -> int:
    """Count the bytes of the state of some realms."""
    about = layout(config, num_realms).values()
    return sum(math.prod(shape) * dtype.itemsize for shape, dtype in about)


def world_bytes(config: Config, num_realms: int) -> int:
    """Count the bytes of a batch of realms without observations.

    These are its state, fresh maps, events and working space; realms share most working space.
    """
    slots = num_realms * config.max_agents
    maps = num_realms * config.map_size**2 * np.dtype(np.uint8).itemsize
    held = *ended.allocate(config, slots + MORE_LIVES), np.zeros(slots, EVENT)
    working = *scratch(config, num_realms), *space.allocate(config)
    arrays: int = sum(array.nbytes for array in held + working)
    return state_bytes(config, num_realms) + maps + arrays


def observation_bytes(config: Config, num_realms: int) -> int:
    """Estimate the bytes of one observation of some realms."""
    by_slot: int = sum(array.nbytes for array in buffers.sight(1, config))
    by_row: int = sum(array.nbytes for array in buffers.rows(1, config))
    rows = math.ceil(num_realms * living(config) * rows_per_agent(config))
    found = min(rows, config.max_agents * config.slots)  # used by one realm at a time
    return num_realms * config.max_agents * by_slot + rows * by_row + found * MEMBER.itemsize
