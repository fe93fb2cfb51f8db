"""Play realms by slot: what the adaptors with flat rows share, without any library's interface.

Shape letters: W realms, E slots of a realm, R = W × E rows, N living agents, D columns.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forge.adaptors.columns import Columns
from forge.blade.config import Config, preset
from forge.blade.observation import Observation
from forge.blade.realm import Realms
from forge.blade.slots import Slots
from forge.blade.state import LIFE

Array = NDArray[Any]
Reward = Callable[[Observation, Any], Array]

NEAREST = 8  # others in a flat row by default


class Outcome(NamedTuple):
    """What one tick brought to each slot; 0 where nobody acted."""

    reward: Array  # float32 (R,)
    died: Array  # bool (R,): its agent, the one that acted, died
    lifetime: Array  # int64 (R,) [ticks]: of the agent that died


class SlotWorld:
    """W realms, played by slot, one episode after another. Row w × E + e is slot e of realm w.

    Attributes:
        config: settings of the world.
        realms: the world of this episode.
        slots: its table, with ``ids``, ``population`` and ``place`` of the living.
        columns: the layout of a flat row.
        nearest: others in a flat row.
        tick: ticks played in this episode.
        lives: LIFE, records of the lives that ended in the last tick.
    """

    def __init__(
        self,
        config: Config | str,
        num_realms: int = 1,
        *,
        crop: int | None = None,
        nearest: int = NEAREST,
        reward: str | Reward | None = None,
        seed: int | None = 0,
    ) -> None:
        """Allocate; ``start`` begins the first episode.

        Args:
            config: settings of the world, or the name of a preset.
            num_realms: W ≥ 1.
            crop: side of the observed crop in flat rows, odd [tiles]; None: all that is observed.
            nearest: others in flat rows, at least 1.
            reward: "death": −1 at death; "alive": +1 for each tick lived; or a function of the
                observation acted on and the events of the tick: float (N,). None:
                ``config.reward``.
            seed: master seed, 0 … 2^64 − 1; None: one of the system's entropy.

        Raises:
            ValueError: for a value that cannot be.
        """
        if num_realms < 1:
            raise ValueError(f"num_realms must be at least 1, not {num_realms}")
        config = preset(config) if isinstance(config, str) else config
        self.config = config
        self.columns = Columns(config, nearest, crop)
        self.slots = Slots(config, num_realms, nearest)
        self._reward = _named(config.reward if reward is None else reward)
        self._seed = None if seed is None else _checked_seed(seed)
        self._num_realms = num_realms
        self.nearest = nearest
        self._episode = -1
        self.tick = 0
        self.lives = np.zeros(0, LIFE)

    def start(self, seed: int | None = None, number: int | None = None) -> None:
        """Begin an episode.

        Args:
            seed: begin anew, with this master seed. None: the next episode of the seed there is,
                with other streams and maps.
            number: of the map of all realms, for this episode; None: each its own.

        Raises:
            ValueError: for a seed that does not exist; nothing has then changed.
        """
        if seed is not None:
            self._seed, self._episode = _checked_seed(seed), -1
        elif self._seed is None:
            self._seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        self._episode += 1
        W = self._num_realms
        maps = None if number is None else [number] * W
        indices = range(self._episode * W, (self._episode + 1) * W)
        self.realms = Realms(self.config, self._seed, indices, maps)
        self.slots.lay_out(self.realms.observation)
        self.tick = 0
        self.lives = self.realms.take_lives()

    def play(self, actions: Array) -> Outcome:
        """Play one tick.

        Args:
            actions: integers (R,), the moves; with combat (R, 3): move, style, target; see Slots.

        Raises:
            ActionError: for an action that does not exist; the world is then unchanged.
            ValueError: for rewards of another shape than (N,), or that are not finite.
        """
        still = np.zeros(len(self.slots.ids), np.int64)
        columns = actions.T if self.config.combat else (actions, still, still)
        chosen, place = self.slots.actions(*columns), self.slots.place
        obs, R = self.realms.observation, len(still)
        events = self.realms.advance(chosen)
        outcome = Outcome(np.zeros(R, np.float32), np.zeros(R, np.bool_), still)
        outcome.died[place] = events.died
        outcome.lifetime[place] = np.where(events.died, obs.ent["age"] + 1, 0)
        try:
            outcome.reward[place] = self._rewarded(obs, events)
        finally:  # the tick is played to its end, whatever the reward does
            self.slots.lay_out(self.realms.bear())
            self.lives = self.realms.take_lives()
            self.tick += 1
        return outcome

    def _rewarded(self, obs: Observation, events: Any) -> Array:
        reward = np.asarray(self._reward(obs, events), np.float32)
        if reward.shape != (len(obs),):
            raise ValueError(f"reward has shape {reward.shape}, not ({len(obs)},)")
        if not np.isfinite(reward).all():
            n = int(np.argmin(np.isfinite(reward)))
            raise ValueError(
                f"realm {obs.realm[n]}, agent {obs.ent[n].id}: reward {reward[n]} is not finite"
            )
        return reward

    def rows(self) -> Array:
        """Write the flat rows of the living, in the order of ``slots.place``: float32 (N, D)."""
        return self.columns.rows(self.slots.table, self.slots.place)


def map_in(options: Mapping[str, Any] | None) -> int | None:
    """Read the options of a reset: the number of the map, if they name one.

    Raises:
        ValueError: for another option, or a map that cannot be.
    """
    given = dict(options or {})
    given.pop("options", None)  # PettingZoo's tests reset with {"options": 1}
    number = given.pop("map", None)
    if given:
        raise ValueError(f"reset has no option {next(iter(given))!r}; it has 'map'")
    if number is None:
        return None
    if not isinstance(number, (int, np.integer)) or not 0 <= number < 2**31:
        raise ValueError(f"map must be a whole number in 0 … 2^31 − 1, not {number!r}")
    return int(number)


def _checked_seed(seed: int) -> int:
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**64:
        raise ValueError(f"seed must be a whole number in 0 … 2^64 − 1, not {seed!r}")
    return int(seed)


def _named(reward: str | Reward) -> Reward:
    """Find a reward by its name; a function is its own."""
    named: dict[str, Reward] = {
        "death": lambda obs, events: -events.died.astype(np.float32),
        "alive": lambda obs, events: np.ones(len(obs), np.float32),
    }
    if not isinstance(reward, str):
        return reward
    if reward not in named:
        raise ValueError(f"reward is one of {', '.join(named)}, or a function; not {reward!r}")
    return named[reward]
