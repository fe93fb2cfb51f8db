"""Play realms by slot: the common part of the adaptors with flat rows, without a library.

Shape letters: W realms, E slots of a realm, R = W × E rows, N living agents, D columns, A choices
of all parts of an action.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.adaptors.arguments import (
    MOST_NEAREST,
    map_numbers,
    maps_in,
    master_seed,
    whole,
    world,
)
from forge.adaptors.columns import Columns
from forge.adaptors.masks import mask_rows, part_sizes
from forge.adaptors.rewards import Reward, reward_function, rewarded
from forge.blade.realm import Realms
from forge.blade.records import LIFE
from forge.blade.slots import Slots
from forge.config import Config

Array = NDArray[Any]

NEAREST_IN_ROWS = 8  # others in a flat row by default: few, as a row has columns for each


class Outcome(NamedTuple):
    """The outcome of one tick for each slot; 0 where nobody acted."""

    reward: Array  # float32 (R,)
    died: Array  # bool (R,): the agent that acted died
    lifetime: Array  # int64 (R,) [ticks]: lifetime of the agent that died


class SlotWorld:
    """W realms, played by slot, one episode after another. Row w × E + e is slot e of realm w.

    Attributes:
        config: settings of the world.
        realms: the world of this episode.
        slots: its table, with ``ids``, ``population`` and ``place`` (the rows of the living).
        columns: the layout of a flat row.
        nearest: others in a flat row.
        num_realms: W.
        tick: ticks played in this episode.
        lives: LIFE, records of the lives that ended in the last tick.
    """

    def __init__(
        self,
        config: Config | str,
        num_realms: int = 1,
        *,
        crop: int | None = None,
        nearest: int = NEAREST_IN_ROWS,
        reward: str | Reward | None = None,
        seed: int | None = 0,
        maps: int | Sequence[int] | None = None,
    ) -> None:
        """Allocate; ``start`` begins the first episode.

        Args:
            config: settings of the world, or the name of a preset.
            num_realms: W ≥ 1.
            crop: side of the observed crop in flat rows, odd [tiles]; None: the whole window.
            nearest: others in flat rows, at least 1.
            reward: "death": −1 at death; "alive": +1 for each tick lived; both with what was done
                for quests (``config.quest_weight``); or a function of the observation acted on and
                the events of the tick: float (N,). None: ``config.reward``.
            seed: master seed, 0 … 2^64 − 1; None: drawn from the system's entropy.
            maps: number of each realm's map in every episode, with one realm a number will do;
                maps from 10 000 up are held out. None: the realm's index, counted on over the
                episodes, modulo ``config.num_maps``.

        Raises:
            ConfigError: for an unknown preset, or a config in which nobody is born.
            ValueError: for any other impossible value.
        """
        self.config = config = world(config)
        self.nearest = nearest = whole("nearest", nearest, 1, MOST_NEAREST)
        self.columns = Columns(config, nearest, crop)
        self.num_realms = num_realms = whole("num_realms", num_realms, 1)
        self.slots = Slots(config, num_realms, nearest)
        self._reward = reward_function(reward, config)
        self._seed = None if seed is None else master_seed(seed)
        self._maps = map_numbers(maps, num_realms)
        self._episode = -1
        self.tick = 0
        self.lives = np.zeros(0, LIFE)

    @property
    def begun(self) -> bool:
        """Whether an episode has ever begun."""
        return self._episode >= 0

    def start(self, seed: int | None = None, options: Any = None) -> None:
        """Begin an episode.

        Args:
            seed: begin anew, with this master seed. None: the next episode of the current seed,
                with other streams and maps.
            options: {"map": k} puts all realms of this episode on map k, {"maps": …} each on its
                own; None: as the environment was built.

        Raises:
            ValueError: for an impossible seed or option; nothing has then changed.
        """
        maps = maps_in(options, self.num_realms) or self._maps
        if seed is not None:
            self._seed, self._episode = master_seed(seed), -1
        elif self._seed is None:
            self._seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        self._episode += 1
        W = self.num_realms
        indices = range(self._episode * W, (self._episode + 1) * W)
        self.realms = Realms(self.config, self._seed, indices, maps)
        self.slots.numbers = indices
        self.slots.lay_out(self.realms.observation)
        self.tick = 0
        self.lives = self.realms.take_lives()

    def play(self, actions: Array) -> Outcome:
        """Play one tick.

        Args:
            actions: integers (R,), the moves; else (R, choices); see Slots.

        Raises:
            ActionError: for an action that does not exist; the world is then unchanged.
            ValueError: for rewards of another shape than (N,), or that are not finite.
        """
        still = np.zeros(len(self.slots.ids), np.int64)
        columns = actions.reshape(len(still), -1).T
        chosen, place = self.slots.actions(*columns), self.slots.place
        obs, R = self.realms.observation, len(still)
        events = self.realms.advance(chosen)
        outcome = Outcome(np.zeros(R, np.float32), np.zeros(R, np.bool_), still)
        outcome.died[place] = events.died
        outcome.lifetime[place] = np.where(events.died, obs.ent["age"] + 1, 0)
        try:
            outcome.reward[place] = rewarded(self._reward, self.realms, events)
        finally:  # the tick is played to its end, even if the reward fails
            self.slots.lay_out(self.realms.bear())
            self.lives = self.realms.take_lives()
            self.tick += 1
        return outcome

    def rows(self) -> Array:
        """Write the flat rows of living agents, in the order of ``slots.place``: float32 (N, D)."""
        return self.columns.rows(self.slots.table, self.slots.place)

    def all_rows(self) -> Array:
        """Write the flat rows of all slots: float32 (R, D), all 0 in empty slots."""
        rows = np.zeros((len(self.slots.ids), self.columns.width), np.float32)
        rows[self.slots.place] = self.rows()
        return rows

    def action_masks(self) -> Array:
        """Mark the possible choices of each slot, one part after the other: bool (R, A).

        A style is possible if it reaches one of the others in the row (with ``auto_target``
        anybody), a target if some style reaches it. An empty slot can only stay.
        """
        parts = part_sizes(self.config, self.nearest)
        mask = np.zeros((len(self.slots.ids), sum(parts)), np.bool_)
        mask_rows(self.slots, self.realms.observation, self.config, mask)
        return mask
