"""Show realms as a gymnasium VectorEnv: a row per agent slot, all realms in one batch.

Row w × max_agents + e is slot e of realm w. Agents are born into slots and die in them, while the
world goes on; a whole tick is one compiled call. What a row means from one step to the next:

* **alive**: an agent lives here. It acts, is rewarded, and observes.
* It **dies**: ``terminations`` is True in this step. The dead leave the world at once and observe
  nothing, and a newborn may take the slot in the same tick: so the row shows the newborn or the
  empty slot already, which is what ``AutoresetMode.SAME_STEP`` means. ``infos["final_obs"]`` has
  what the dead observe, nothing; ``infos["final_info"]`` has id, population, lifetime and cause.
* **empty** (``alive`` 0): all else of the row is 0, its reward is 0, and its action is ignored,
  whatever it is. The action mask allows to stay and nothing else, so that a masked distribution is
  finite. Leave such rows out of losses. They are not terminated, they wait for a birth.
* The world has no end, so ``truncations`` are all False, unless ``horizon`` is given: after so many
  ticks all rows are truncated (also those that die in that tick), ``final_obs`` has what each of
  them observes, and the realms start anew from a seed drawn from ``np_random``.

Of gymnasium's vector wrappers those of rewards, actions and infos take this mode; those of
observations refuse it, whatever the environment (gymnasium 1.2). ``RecordEpisodeStatistics`` counts
rows, waiting included: lifetimes are in ``final_info``.

Importing this module registers Forge/Law16-v0 … Forge/Law128-v0 and Forge/Chaos16-v0 …
Forge/Chaos128-v0 for ``gymnasium.make_vec``, whose ``num_envs`` counts slots.

Shape letters: W realms, E slots of a realm, R = W × E rows, K others kept, N living agents.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    import gymnasium
except ImportError as error:
    raise missing("gymnasium", "gymnasium") from error
from gymnasium import spaces
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space, create_empty_array

from forge.adaptors.checks import (
    MOST_NEAREST,
    map_numbers,
    maps_in,
    master_seed,
    whole,
    world,
)
from forge.adaptors.masks import mask_attacks
from forge.adaptors.rewards import Reward, reward_function, rewarded
from forge.adaptors.spaces import action_space, row_space
from forge.blade.config import PRESET_AGENTS, Config
from forge.blade.observation import Observation
from forge.blade.realm import ActionError, Realms
from forge.blade.slots import NEAREST, Slots
from forge.blade.tiles import NUM_MOVES, NUM_STYLES

Array = NDArray[Any]
Obs = dict[str, Array]


class ForgeVectorEnv(VectorEnv[Obs, Array, Array]):
    """Realms as a vector environment; see the module for what its rows are.

    An observation has, for each row: ``alive`` int8; ``tiles`` and ``crowd`` uint8 (w, w), the crop
    around it; ``own`` float32 (11,); ``others`` float32 (K, 11), nearest first, without itself;
    ``others_mask`` int8 (K,); ``action_mask`` int8. With combat also ``can_attack`` int8 (K, 3):
    which style can attack whom.

    An action is a move 0 … 4. With combat it is three numbers: move; style, 0 none, 1 melee,
    2 range, 3 mage; target, 0 nobody, k row k − 1 of ``others`` (ignored with ``auto_target``).
    ``action_mask`` is (5,), with combat (5 + 4 + K + 1,), one part after the other. It allows a
    style that reaches one of these others (with ``auto_target`` anybody) and a target that some
    style reaches; ``can_attack`` says which pairs land. An attack on a row that is out of reach, or
    empty, is no attack.

    Attributes:
        config: settings of the world.
        realms: the world itself: its state, ``digest()``, ``snapshot()`` …
        slots: who is where: ``ids``, ``population``.
        num_envs: R.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        config: Config | str,
        realms: int = 1,
        *,
        nearest: int = NEAREST,
        horizon: int | None = None,
        reward: str | Reward | None = None,
        maps: Sequence[int] | None = None,
        copy: bool = True,
    ) -> None:
        """Build the realms; ``reset`` starts them.

        Args:
            config: settings of the world, or the name of a preset. Its horizon is the learner's and
                means nothing here.
            realms: W ≥ 1.
            nearest: K ≥ 1, how many others are observed.
            horizon: ticks after which all rows are truncated; None: never.
            reward: "death" (−1 in the tick of a death, else 0), "alive" (+1 for each tick lived) or
                ``reward(obs, events) → float (N,)`` as of a Sword, over the living agents of the
                observation acted on; None: ``config.reward``.
            maps: number of each realm's map; by default its index modulo ``config.maps``.
            copy: hand out copies. False: observations are overwritten by the next step.

        Raises:
            ConfigError: for an unknown preset, or a config in which nobody is born.
            ValueError: for any other argument that cannot be.
        """
        config, realms = world(config), whole("realms", realms, 1)
        nearest = whole("nearest", nearest, 1, MOST_NEAREST)
        maps = None if maps is None else map_numbers(maps, realms)
        horizon = None if horizon is None else whole("horizon", horizon, 1)
        self.config, self.horizon, self.copy = config, horizon, copy
        self._reward = reward_function(config.reward if reward is None else reward)
        self.slots = Slots(config, realms, nearest)
        self.realms = Realms(config, 0, range(realms), maps)
        self.num_envs = R = realms * config.max_agents
        space = self.single_observation_space = row_space(config, nearest)
        self.observation_space = batch_space(space, R)
        self.single_action_space = action_space(config, nearest)
        self.action_space = batch_space(self.single_action_space, R)
        parts = NUM_MOVES + NUM_STYLES + 1 + nearest + 1  # of the mask, with combat
        self._mask = np.zeros((R, parts), np.int8) if config.combat else None
        self._none = np.zeros(R, np.int64)
        self._nothing = _nothing(space)
        self._ticks = 0  # since the realms started
        self._ready = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Obs, dict[str, Any]]:
        """Empty the realms, bear the first agents, observe.

        Args:
            seed: master seed of the realms, 0 … 2^64 − 1. None: one drawn from ``np_random``, which
                goes on, or starts from the machine's entropy if there never was a seed.
            options: {"maps": number of each realm's map}; they stay until others are given.

        Raises:
            ValueError: for an option or a seed that does not exist.
        """
        self._require_open()
        seed = None if seed is None else master_seed(seed)
        realms = self.realms
        maps = maps_in(options, len(realms.indices)) or realms.maps
        if maps != realms.maps:
            realms = Realms(self.config, 0, realms.indices, maps)
        super().reset(seed=seed)
        self.realms = realms
        self._start(self._drawn_seed() if seed is None else seed)
        return self._observation(), self._infos()

    def step(self, actions: Any) -> tuple[Obs, Array, Array, Array, dict[str, Any]]:
        """Play one tick of all realms.

        Args:
            actions: integers (R,), with combat (R, 3); see the class. Those of empty slots are
                ignored.

        Returns:
            Observations; rewards float64 (R,); terminations bool (R,): its agent died;
            truncations bool (R,): the horizon is over; infos, arrays (R,) with a mask ``_name``
            each: ``id`` and ``population`` of the living; where rows ended ``final_obs`` and
            ``final_info`` with ``id`` and ``population``, and ``lifetime`` [ticks] and ``cause``
            (a Cause) of the dead.

        Raises:
            ActionError: for an action that does not exist, naming realm and agent; the world is
                then unchanged.
            ResetNeeded: before the first reset, or after a reward failed.
        """
        self._require_open()
        if not self._ready:
            raise ResetNeeded("call reset() first")
        acted = self.slots.place
        chosen = self.slots.actions(*self._columns(actions))
        self._ready = False  # until the tick is whole
        events = self.realms.advance(chosen)
        rewards = np.zeros(self.num_envs)
        rewards[acted] = rewarded(self._reward, self.realms, events)
        terminations = np.zeros(self.num_envs, np.bool_)
        terminations[acted] = events["died"]
        self._lay_out(self.realms.bear())
        self._ready = True
        self._ticks += 1
        over = self._ticks == self.horizon
        truncations = np.full(self.num_envs, over)
        finals = self._finals(terminations, over)
        if over:
            self._start(self._drawn_seed())
        return (
            self._observation(),
            rewards,
            terminations,
            truncations,
            self._infos() | finals,
        )

    def _views(self) -> Obs:
        """Name the table's arrays as the observation has them; masks are int8, as in gymnasium.

        Made anew each time: if kept, they would be no views any more in a copy of the environment.
        """
        table = self.slots.table
        views = {name: getattr(table, name) for name in ("tiles", "crowd", "own", "others")}
        views["alive"] = table.alive.view(np.int8)
        views["others_mask"] = table.others_mask.view(np.int8)
        views["action_mask"] = table.can_move.view(np.int8) if self._mask is None else self._mask
        if self.config.combat:
            views["can_attack"] = table.can_attack.view(np.int8)
        return views

    def _require_open(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("the environment is closed")

    def _drawn_seed(self) -> int:
        return int(self.np_random.integers(2**63))

    def _start(self, seed: int) -> None:
        self.realms.seed = seed
        self._lay_out(self.realms.reset())
        self._ticks, self._ready = 0, True

    def _lay_out(self, obs: Observation) -> None:
        """Write an observation into the table, and the masks that follow from it."""
        self.slots.lay_out(obs)
        can_move, mask = self.slots.table.can_move, self._mask
        can_move[:, 0] = True  # empty rows too
        if mask is not None:
            mask[:, :NUM_MOVES] = can_move
            mask_attacks(self.slots, obs, self.config.auto_target, mask[:, NUM_MOVES:])

    def _columns(self, actions: Any) -> tuple[Array, Array, Array]:
        """Split actions into move, style and target, all of shape (R,)."""
        shape = (self.num_envs, 3) if self.config.combat else (self.num_envs,)
        try:
            given = np.asarray(actions)
        except ValueError as error:  # lists of different lengths
            raise ActionError(f"actions must be integers of shape {shape}: {error}") from None
        if given.shape != shape or given.dtype.kind not in "iu":
            raise ActionError(
                f"actions must be integers of shape {shape}, a row per agent slot of realms 0 … "
                f"{len(self.realms.indices) - 1}; they are {given.dtype} of shape {given.shape}"
            )
        if self.config.combat:
            return given[:, 0], given[:, 1], given[:, 2]
        return given, self._none, self._none

    def _observation(self) -> Obs:
        views = self._views()
        return {name: array.copy() for name, array in views.items()} if self.copy else views

    def _infos(self) -> dict[str, Any]:
        alive = self.slots.table.alive.copy()
        return {
            "id": self.slots.ids.copy(),
            "_id": alive,
            "population": self.slots.population.copy(),
            "_population": alive,
        }

    def _finals(self, died: Array, over: bool) -> dict[str, Any]:
        """Tell of the rows that ended in this tick, before the realms start anew."""
        lives = self.realms.take_lives()
        if not len(lives) and not over:
            return {}
        final_obs = np.full(self.num_envs, None, object)
        ids, population, known = -np.ones_like(self._none), -np.ones_like(self._none), died
        if over:
            table = {name: array.copy() for name, array in self._views().items()}
            final_obs[:] = [{k: v[r] for k, v in table.items()} for r in range(self.num_envs)]
            ids[:], population[:] = self.slots.ids, self.slots.population
            known = died | self.slots.table.alive
        final_obs[died] = self._nothing
        lifetime, cause = np.zeros_like(self._none), np.zeros_like(self._none)
        ids[died], population[died] = lives["id"], lives["population"]
        lifetime[died], cause[died] = lives["lifetime"], lives["cause"]
        ended = np.ones_like(died) if over else died
        info = {"id": ids, "_id": known, "population": population, "_population": known}
        info |= {"lifetime": lifetime, "_lifetime": died, "cause": cause, "_cause": died}
        return {
            "final_obs": final_obs,
            "_final_obs": ended,
            "final_info": info,
            "_final_info": ended,
        }


def make(
    num_envs: int = 1,
    config: str | Config = "law128",
    realms: int | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> ForgeVectorEnv:
    """Build what ``gymnasium.make_vec`` asks for.

    Args:
        num_envs: number of rows: a multiple of max_agents. 1 with ``realms`` given: any.
        config: settings of the world, or the name of a preset.
        realms: W, instead of num_envs.
        settings: values to change in config.
        options: of ForgeVectorEnv.

    Raises:
        ValueError: if num_envs is no whole number of realms, or contradicts realms.
    """
    chosen = world(config).replace(**(settings or {}))
    E = chosen.max_agents
    if realms is None:
        if num_envs < 1 or num_envs % E:
            raise ValueError(
                f"num_envs counts agent slots: a multiple of max_agents ({E}), not {num_envs}; "
                f"realms=… gives the number of realms instead"
            )
        realms = num_envs // E
    elif num_envs not in (1, realms * E):
        raise ValueError(f"{realms} realms have {realms * E} agent slots: num_envs is {num_envs}")
    return ForgeVectorEnv(chosen, realms, **options)


def make_one(**_: Any) -> NoReturn:
    """Answer ``gymnasium.make``: a slot alone is no environment.

    Raises:
        gymnasium.error.Error: always; says what to call.
    """
    raise gymnasium.error.Error(
        "the slots of a realm act at once, as rows: use gymnasium.make_vec(id, realms=1)"
    )


def _nothing(space: spaces.Dict) -> dict[str, Any]:
    """Build the observation of nobody, which all the dead share: it cannot be written to."""
    batch: Any = create_empty_array(space, 1)
    for array in batch.values():
        array.flags.writeable = False
    return {name: array[0] for name, array in batch.items()}


def _register() -> None:
    for kind in ("Law", "Chaos"):
        for agents in PRESET_AGENTS:
            name = f"Forge/{kind}{agents}-v0"
            if name not in gymnasium.registry:
                gymnasium.register(
                    name,
                    entry_point="forge.adaptors.gymnasium:make_one",
                    vector_entry_point="forge.adaptors.gymnasium:make",
                    kwargs={"config": f"{kind}{agents}".lower()},
                )


_register()
