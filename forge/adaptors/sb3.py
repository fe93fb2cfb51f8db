"""Show realms to Stable-Baselines3 as its VecEnv: an environment per agent slot, all in one batch.

Environment w × E + e is slot e of realm w, and observes one flat row of float32 (see
forge.adaptors.columns). From one step to the next:

* An agent lives in the slot (column ``alive`` is 1): it acts, is rewarded, and observes.
* The agent dies: ``dones`` is True in this step, and the observation already shows the newborn that
  took the slot, or is all 0, as VecEnv demands at the end of an episode. So returns end at death.
* The slot is empty (all columns 0): its reward is 0 and its action is ignored. Leave such samples
  out of the loss where you can.
* The world has no end, unless ``horizon`` is given: after so many ticks all slots are done, and the
  next episode begins. "TimeLimit.truncated" marks the agents that live on, to be bootstrapped.

``infos`` have ``id`` and ``population`` of the agent in the slot (−1: nobody) and the ``lifetime``
of the agent that died in this step (else 0). Slots that are done also have
``terminal_observation``. Where a life ended, or was cut by the horizon, ``episode`` has its return
``r`` and its length ``l``, which Stable-Baselines3 logs as ep_rew_mean and ep_len_mean; the waiting
of empty slots is not counted.

>>> from stable_baselines3 import PPO
>>> from forge.adaptors.sb3 import ForgeVecEnv
>>> envs = ForgeVecEnv("law16", num_realms=2)
>>> model = PPO("MlpPolicy", envs, n_steps=8, batch_size=64, device="cpu", seed=1)

Shape letters: W realms, E slots of a realm, R = W × E, D columns, A choices of all parts of an
action.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    from gymnasium.error import ClosedEnvironmentError, ResetNeeded
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as error:
    raise missing("Stable-Baselines3", "sb3") from error

from forge.adaptors.arguments import LARGEST_SCALE, drawing, maps_in, master_seed, whole
from forge.adaptors.reading import rows
from forge.adaptors.rewards import Reward
from forge.adaptors.slotworld import NEAREST_IN_ROWS, Outcome, SlotWorld
from forge.adaptors.spaces import action_space, flat_space
from forge.adaptors.wrapping import DRAWN, can_draw, pixels
from forge.config import Config
from forge.errors import shown

Array = NDArray[Any]
Step = tuple[Array, Array, Array, list[dict[str, Any]]]


class ForgeVecEnv(VecEnv):
    """W realms, each slot an environment of Stable-Baselines3; see the module.

    An action is a number for each choice of the world, as forge.adaptors.parts lists them.
    ``env_method("action_masks")`` returns the masks of possible choices, for MaskablePPO of
    sb3-contrib.

    Attributes:
        world: the realms; ``world.lives`` are the records of lives that ended in the last tick.
        columns: the layout of a row.
    """

    def __init__(
        self,
        config: Config | str,
        num_realms: int = 1,
        *,
        horizon: int | None = None,
        crop: int | None = None,
        nearest: int = NEAREST_IN_ROWS,
        reward: str | Reward | None = None,
        seed: int | None = 0,
        maps: int | Sequence[int] | None = None,
        render_mode: str | None = None,
        scale: int = 8,
    ) -> None:
        """Allocate; learners call ``reset``.

        Args:
            config: settings of the world, or the name of a preset.
            num_realms: W.
            horizon: ticks after which every slot is truncated; None: the world has no end.
            crop: side of the observed crop, odd [tiles]; None: the whole window.
            nearest: others in a row, at least 1.
            reward: "death", "alive" or a function; see SlotWorld. None: ``config.reward``.
            seed: master seed; None: drawn from the system's entropy.
            maps: number of each realm's map in every episode, with one realm a number will do;
                maps from 10 000 up are held out. None: the realm's index, counted on over the
                episodes, modulo ``config.num_maps``.
            render_mode: "rgb_array": ``render`` draws all realms; None: it does not.
            scale: pixels per tile of ``get_images``, 1 … 64.

        Raises:
            ValueError: for an impossible value.
        """
        self.world = SlotWorld(
            config, num_realms, crop=crop, nearest=nearest, reward=reward, seed=seed, maps=maps
        )
        self.columns = self.world.columns
        self.horizon = None if horizon is None else whole("horizon", horizon, 1)
        self.render_mode = drawing(render_mode)
        self.num_envs = R = len(self.world.slots.ids)
        self._scale = whole("scale", scale, 1, LARGEST_SCALE)
        self._actions: Array | None = None  # actions of the step that was begun
        self._returns, self._lengths = np.zeros(R), np.zeros(R, np.int64)  # of the lives so far
        self._start_time, self._closed = time.time(), False
        observed = flat_space(self.columns, self.world.config, self.horizon)
        super().__init__(R, observed, action_space(self.world.config, nearest))
        self.metadata = dict(DRAWN)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Set the master seed with which the next reset begins anew.

        Args:
            seed: 0 … 2^64 − 1; None: drawn from the system's entropy.

        Raises:
            ValueError: for an impossible seed.
        """
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        self._seeds = [master_seed(seed)] * self.num_envs  # slots share their world
        return self._seeds

    def set_options(self, options: Any = None) -> None:
        """Set the options of the next reset, which are those of one episode.

        {"map": k} puts all realms on map k, {"maps": …} each on its own.

        Args:
            options: a dict, or a list with the same dict for each slot; None: no options.

        Raises:
            ValueError: for an impossible option.
        """
        if isinstance(options, list):
            if len(options) != self.num_envs or any(one != options[0] for one in options):
                raise ValueError("slots share their world: options of reset are one dict for all")
            options = options[0]
        maps_in(options, self.world.num_realms)
        super().set_options(options)

    def reset(self) -> Array:
        """Begin an episode: the first of a newly set seed, or the next of the current seed.

        Returns:
            float32 (R, D).
        """
        self._require_open()
        self.world.start(self._seeds[0], self._options[0])
        self._reset_seeds()
        self._reset_options()
        self._actions = None
        self._returns[:], self._lengths[:] = 0, 0
        self.reset_infos = self._infos(np.zeros(self.num_envs, np.int64))
        return self.world.all_rows()

    def step_async(self, actions: Any) -> None:
        """Take the actions of the next tick: integers (R,), with several choices (R, choices).

        Raises:
            ActionError: for another type or shape.
            ResetNeeded: before the first reset.
        """
        self._require_open()
        if not self.world.begun:
            raise ResetNeeded("call reset() first")
        shape = (self.num_envs, *(self.action_space.shape or ()))
        self._actions = rows(actions, shape, len(self.world.realms.indices))

    def step_wait(self) -> Step:
        """Play one tick of all realms.

        Returns:
            Observations float32 (R, D); rewards float32 (R,); dones bool (R,): the slot's agent
            died, or the horizon is over; infos.

        Raises:
            ActionError: for an action that does not exist; the world is then unchanged.
            ResetNeeded: without actions.
        """
        if self._actions is None:
            raise ResetNeeded("there are no actions to play: call step(), or step_async() first")
        actions, self._actions = self._actions, None
        acted = self.world.slots.place
        outcome = self.world.play(actions)
        self._returns[acted] += outcome.reward[acted]
        self._lengths[acted] += 1
        over = self.world.tick == self.horizon
        rows, infos = self.world.all_rows(), self._infos(outcome.lifetime)
        dones = np.ones_like(outcome.died) if over else outcome.died
        self._tell_of_ends(rows, infos, dones, outcome)
        if over:
            self.world.start()
            rows = self.world.all_rows()
        return rows, outcome.reward, dones, infos

    def _infos(self, lifetime: Array) -> list[dict[str, Any]]:
        slots = self.world.slots
        columns = (slots.ids, slots.population, lifetime)
        values = zip(*(column.tolist() for column in columns), strict=True)
        keys = ("id", "population", "lifetime")
        return [dict(zip(keys, row, strict=True)) for row in values]

    def _tell_of_ends(
        self, rows: Array, infos: list[dict[str, Any]], dones: Array, outcome: Outcome
    ) -> None:
        """Add the ends of lives and episodes to infos. Modifies infos and the sums in place."""
        alive, died = self.world.slots.table.alive, outcome.died
        nothing, elapsed = np.zeros(self.columns.width, np.float32), time.time() - self._start_time
        for r in np.flatnonzero(dones).tolist():
            infos[r]["TimeLimit.truncated"] = bool(alive[r] and not died[r])
            infos[r]["terminal_observation"] = nothing.copy() if died[r] else rows[r]
            if self._lengths[r]:  # 0: the slot was empty
                gained, length = float(self._returns[r]), int(self._lengths[r])
                infos[r]["episode"] = {"r": gained, "l": length, "t": round(elapsed, 6)}
        self._returns[dones], self._lengths[dones] = 0, 0

    def action_masks(self) -> Array:
        """Mark the possible choices of each slot, one part after the other: bool (R, A)."""
        return self.world.action_masks()

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """Call a method of each slot; the only one is ``action_masks``.

        Raises:
            AttributeError: for another name.
        """
        if method_name != "action_masks":
            raise AttributeError(
                f"a slot has no method {shown(method_name)}; it has 'action_masks'"
            )
        return list(self.action_masks()[list(self._get_indices(indices))])

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the whole environment for each slot, as slots have none.

        Raises:
            AttributeError: if there is no such attribute.
        """
        value = getattr(self, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse to set an attribute.

        Raises:
            AttributeError: always, as slots share their world.
        """
        raise AttributeError(f"slots share their world: {shown(attr_name)} cannot be set of each")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Return False for each slot: slots are not wrapped."""
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[Array | None]:
        """Draw the surroundings of each slot's agent; None without a render_mode."""
        if not can_draw(self.render_mode, self.world.begun):
            return [None] * self.num_envs
        from forge.adaptors.pictures import surroundings

        world = self.world
        return surroundings(world.realms, world.slots.table.alive, self._scale)

    def render(self, mode: str | None = None) -> Array | None:
        """Draw all realms side by side, in the mode "rgb_array".

        Args:
            mode: as Stable-Baselines3 has it; None: ``render_mode``.

        Returns:
            uint8 (height, width, 3); None, with a warning, without a render_mode.

        Raises:
            ValueError: in the mode "human": there is no window.
            ResetNeeded: before the first reset.
        """
        if not can_draw(mode if self.render_mode and mode else self.render_mode, self.world.begun):
            return None
        from forge.embyr.sheet import draw_sheet

        return pixels(draw_sheet(self.world.realms))

    def close(self) -> None:
        """Close the environment. Repeating it does nothing."""
        self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise ClosedEnvironmentError("the environment is closed")
