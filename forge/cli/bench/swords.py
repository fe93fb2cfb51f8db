"""Define the benchmark's agents: the default Sword, kept off lava, and timed."""

import os
import time
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from forge.blade import Actions, Observation, Tile
from forge.blade.jit import lean
from forge.blade.systems.movement import STEP_COL, STEP_ROW
from forge.trinity import Sword
from forge.trinity.trinity import Array
from forge.trinity.update import Update

_LAVA = int(Tile.LAVA)


def mask_lava(obs: Observation) -> None:
    """Forbid the moves that end in lava. Modifies obs.can_move in place.

    A network that has learned nothing would otherwise die within a few ticks, and its realms would
    not hold what those of trained agents hold.
    """
    _mask_lava(obs.tiles, obs.can_move)


@lean
def _mask_lava(tiles: Array, can_move: Array) -> None:
    """Forbid the moves that end in lava. Modifies can_move in place."""
    middle = tiles.shape[1] // 2
    for n in range(len(tiles)):
        for move in range(1, can_move.shape[1]):
            if tiles[n, middle + STEP_ROW[move], middle + STEP_COL[move]] == _LAVA:
                can_move[n, move] = False


class LavaMasked(Sword):
    """The default Sword, kept off lava."""

    def decide(self, obs: Observation) -> Actions:
        """Choose among the moves that do not end in lava."""
        mask_lava(obs)
        return super().decide(obs)


class RolloutOnly(LavaMasked):
    """A Sword that plays and stores as in training, but computes no advantages or gradients."""

    def end_rollout(self, obs: Observation) -> None:
        """Ignore the rollout."""

    def send_update(self) -> Update:
        """Hand up an empty update."""
        return Update(None, np.zeros(self.config.populations, np.int64))

    @classmethod
    def exchanges(cls, config: Any) -> int:
        """Ask for one exchange, which is empty."""
        return 1


class Timed(LavaMasked):
    """A Sword that times its methods, for the engine ``serial``; the class holds the sums.

    Attributes:
        seconds: time in each method since the start [s].
        rows: rows of others observed.
        agent_steps: decisions made.
    """

    seconds: dict[str, float] = {}  # noqa: RUF012 – shared by all shards on purpose
    rows = 0
    agent_steps = 0

    @classmethod
    def _add(cls, name: str, start: float) -> None:
        Timed.seconds[name] = Timed.seconds.get(name, 0.0) + perf_counter() - start

    def decide(self, obs: Observation) -> Actions:
        """Decide, timed; masking the lava is not counted."""
        mask_lava(obs)
        Timed.rows += len(obs.who)
        Timed.agent_steps += len(obs)
        start = perf_counter()
        actions = Sword.decide(self, obs)
        self._add("decide", start)
        return actions

    def collect(self, obs: Observation, actions: Actions, reward: Array, events: Any) -> None:
        """Store, timed."""
        start = perf_counter()
        super().collect(obs, actions, reward, events)
        self._add("collect", start)

    def end_rollout(self, obs: Observation) -> None:
        """End the rollout, timed as learning."""
        start = perf_counter()
        super().end_rollout(obs)
        self._add("learn", start)

    def send_update(self) -> Update:
        """Compute gradients, timed."""
        start = perf_counter()
        update = super().send_update()
        self._add("learn", start)
        return update


class FirstTick(Sword):
    """A Sword that notes the time of its first tick, in the file that the environment names."""

    def collect(self, obs: Observation, actions: Actions, reward: Array, events: Any) -> None:
        """Note the time of the first tick."""
        file = Path(os.environ["FORGE_FIRST_TICK"])
        if not file.exists():
            file.write_text(str(time.time()))
        super().collect(obs, actions, reward, events)
