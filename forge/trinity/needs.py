"""Estimate before it starts how much memory a run takes, and refuse a run that cannot fit.

Every part counts its own bytes: realms (forge.blade.needs), the Sword and the Pantheon
(``num_bytes``), the engine's channel (forge.trinity.engines.channel).
"""

import dataclasses
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from forge.args import Args
from forge.blade.added import life_in
from forge.blade.needs import observation_bytes, state_bytes, world_bytes
from forge.config import Config, ConfigError
from forge.ethyr.layout import Layout
from forge.registry import facts
from forge.trinity.engines.channel import Sizes
from forge.trinity.engines.crew import available_cores
from forge.trinity.engines.kinds import kind
from forge.trinity.limits import LIMIT, Room
from forge.trinity.shard import shard_realms
from forge.trinity.stepping.stage import HALVES
from forge.trinity.sword import Sword
from forge.trinity.trinity import Trinity

logger = logging.getLogger("forge.run")

# Memory of a process before it holds anything of the run, measured on Linux (x86-64) [bytes]:
PROCESS = 75 * 10**6  # Python with NumPy, Numba and compiled kernels
TORCH = 120 * 10**6  # torch, where a Sword learns
LIBRARIES = 170 * 10**6  # the libraries' files, which all processes share
# More of both where torch is built for CUDA, whose libraries it loads even without a GPU:
CUDA = 180 * 10**6
CUDA_LIBRARIES = 160 * 10**6
LEVERS = (
    "nRealm", "hidden", "horizon", "populations", "max_agents", "npcs", "map_size", "nWorker",
)  # fmt: skip
_MOST_LEVERS = 4
_WORTH = 0.9  # a setting is named if half its value leaves at most this share of the need


class TooLargeError(ConfigError):
    """A run needs more memory than there is; the message says which settings lower the need."""


class Need(NamedTuple):
    """The memory that a run takes [bytes]."""

    parent: int  # the process that starts the run
    worker: int  # the largest worker
    workers: int  # all workers together
    shared: int  # shared between processes, libraries included

    @property
    def total(self) -> int:
        """Total of all processes."""
        return self.parent + self.workers + self.shared

    @property
    def largest(self) -> int:
        """Need of the largest process; shared memory counts in every process."""
        return max(self.parent, self.worker) + self.shared

    def __str__(self) -> str:
        """Write the total for people."""
        return f"needs about {size(self.total)}"


Count = Callable[[Config, Args], Need]


def estimate(config: Config, args: Args, trinity: Trinity) -> Need:
    """Estimate how much memory a run takes once its realms are full.

    Args:
        config: settings of the world and its learner.
        args: how the run is carried out.
        trinity: the classes.
    """
    n = Layout(trinity.Sword.parameters(config)).size
    shards = shard_realms(config, args.nRealm)
    counts = Counter(map(len, shards))
    taken = {realms: trinity.Sword.num_bytes(config, realms) for realms in counts}
    held = sum(count * taken[realms].own for realms, count in counts.items())
    held += world_bytes(config, args.nRealm) + observation_bytes(config, args.nRealm)
    sizes = Sizes.of(config, n, shards)
    carried = kind(args.engine).channel.num_bytes(sizes)
    computing = PROCESS + sizes.matrix + max(each.common for each in taken.values())
    libraries = LIBRARIES
    if issubclass(trinity.Sword, Sword):
        computing += TORCH + (CUDA if torch_is_for_cuda() else 0)
        libraries += CUDA_LIBRARIES if torch_is_for_cuda() else 0
    # While a checkpoint is written there are three copies of all states, packed to about a third.
    own = trinity.Pantheon.num_bytes(config, n) + state_bytes(config, args.nRealm)
    if args.address is not None:  # the workers are on other machines
        return Need(PROCESS + own, 0, 0, carried + LIBRARIES)
    if not facts(args.engine).apart:
        return Need(computing + own + carried + held, 0, 0, libraries)
    num = min(args.nWorker or available_cores(), len(shards))
    most = -(-len(shards) // num) / len(shards)  # the largest share of the shards in one worker
    worker, workers = computing + round(held * most), num * computing + held
    return Need(PROCESS + own, worker, workers, carried + libraries)


@cache
def torch_is_for_cuda() -> bool:
    """Say whether torch is built for CUDA, without importing it."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    return any((Path(spec.origin).parent / "lib").glob("*torch_cuda.*"))


def estimate_steps(config: Config, args: Args) -> Need:
    """Estimate how much memory a VecEnv takes once its realms are full.

    Args:
        config: settings of the world.
        args: how the world is carried out.
    """
    lives = args.nRealm * config.max_agents * life_in(config).itemsize
    stages = HALVES * (observation_bytes(config, args.nRealm) + lives)
    world = world_bytes(config, args.nRealm)
    if not facts(args.engine).apart:
        return Need(PROCESS + world, 0, 0, LIBRARIES + stages)
    num = min(args.nWorker or available_cores(), args.nRealm)
    worker = PROCESS + round(world * -(-args.nRealm // num) / args.nRealm)
    return Need(PROCESS, worker, num * PROCESS + world, LIBRARIES + stages)


def check(need: Need, room: Room, lowered: Callable[[], str]) -> None:
    """Refuse a run that cannot fit; warn if too little memory is free at the moment.

    Args:
        need: the run's need.
        room: the memory there is.
        lowered: says which settings lower the need.

    Raises:
        TooLargeError: says how much the run needs, how much there is, and what lowers the need.
    """
    for needed, most, owner in (
        (need.total, room.total, room.owner),
        (need.largest, room.each, LIMIT),
    ):
        if most is not None and needed > most:
            raise TooLargeError(
                f"this run needs about {size(needed)} of memory, but {owner} has {size(most)}: "
                f"{lowered()}"
            )
    if room.free is not None and need.total > room.free:
        logger.warning(
            "this run needs about %s of memory, of which %s are free just now: %s",
            size(need.total),
            size(room.free),
            lowered(),
        )


def is_near(need: Need, room: Room) -> bool:
    """Say whether a run needs more than half of the memory, so that its settings matter."""
    pairs = (need.total, room.total), (need.total, room.free), (need.largest, room.each)
    return any(most is not None and needed > most / 2 for needed, most in pairs)


def lowered(count: Count, config: Config, args: Args) -> str:
    """Say which settings lower the need, the most effective first.

    Args:
        count: estimates the need with other settings.
        config: settings of the world and its learner.
        args: how the run is carried out.
    """
    most = _WORTH * count(config, args).total
    halved = sorted(_halved(count, config, args))
    names = [text for total, text in halved if total <= most][:_MOST_LEVERS]
    if not names:
        return "no setting would bring that down by much"
    return f"it needs less with a smaller {' or '.join(names)}"


def _halved(count: Count, config: Config, args: Args) -> Iterator[tuple[int, str]]:
    """Yield for each setting the run's need with half its value, and the setting as text."""
    for name in LEVERS:
        of_args = hasattr(args, name)
        value = getattr(args if of_args else config, name)
        if value is None:
            value = available_cores()
        if not value:
            continue
        half = {name: max(1, value // 2)}
        try:
            if of_args:
                need = count(config, dataclasses.replace(args, **half))
            else:
                need = count(config.replace(**half), args)
        except Exception:  # the settings no longer fit together, or not to the user's class
            continue
        yield need.total, f"{name} ({value})"


def size(count: int) -> str:
    """Write a number of bytes for people."""
    if count < 10**9:
        return f"{max(1, round(count / 10**6))} MB"
    return f"{count / 10**9:.1f} GB" if count < 10**11 else f"{round(count / 10**9)} GB"
