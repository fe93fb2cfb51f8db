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
from operator import index
from typing import Any

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

from forge.adaptors.checks import master_seed, whole
from forge.adaptors.rewards import Reward, reward_function, rewarded
from forge.adaptors.spaces import action_space
from forge.blade.config import PRESET_AGENTS, Config, preset
from forge.blade.observation import NUM_FEATURES, Observation
from forge.blade.realm import ActionError, Realms
from forge.blade.slots import MOST_CROWD, NEAREST, Slots
from forge.blade.tiles import NUM_MOVES, NUM_STYLES, NUM_TILES

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
    style that reaches somebody and a target that some style reaches; ``can_attack`` says which
    pairs land. An attack on a row that is out of reach, or empty, is no attack.

    Attributes:
        config: settings of the world.
        realms: the world itself: its state, ``digest()``, ``snapshot()`` …
        slots: who is where: ``ids``, ``population``.
        num_envs: R.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        config: Config,
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
            config: settings of the world. Its horizon is the learner's and means nothing here.
            realms: W ≥ 1.
            nearest: K ≥ 1, how many others are observed.
            horizon: ticks after which all rows are truncated; None: never.
            reward: "death" (−1 in the tick of a death, else 0), "alive" (+1 for each tick lived) or
                ``reward(obs, events) → float (N,)`` as of a Sword, over the living agents of the
                observation acted on; None: ``config.reward``.
            maps: number of each realm's map; by default its index modulo ``config.maps``.
            copy: hand out copies. False: observations are overwritten by the next step.

        Raises:
            ValueError: if realms, nearest or horizon is less than 1, or reward is unknown.
        """
        realms = whole("realms", realms, 1)
        horizon = None if horizon is None else whole("horizon", horizon, 1)
        self.config, self.horizon, self.copy = config, horizon, copy
        self._reward = reward_function(config.reward if reward is None else reward)
        self.slots = Slots(config, realms, nearest)
        self.realms = Realms(config, 0, range(realms), maps)
        self.num_envs = R = realms * config.max_agents
        space = self.single_observation_space = _observation_space(config, nearest)
        self.observation_space = batch_space(space, R)
        self.single_action_space = action_space(config, nearest)
        self.action_space = batch_space(self.single_action_space, R)
        self._views = self._build_views(nearest)
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
        maps = _maps_in(options, self.realms)
        realms = self.realms
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

    def _build_views(self, nearest: int) -> Obs:
        """Name the table's arrays as the observation has them; masks are int8, as in gymnasium."""
        table = self.slots.table
        views = {name: getattr(table, name) for name in ("tiles", "crowd", "own", "others")}
        views["alive"] = table.alive.view(np.int8)
        views["others_mask"] = table.others_mask.view(np.int8)
        views["action_mask"] = table.can_move.view(np.int8)
        if self.config.combat:
            parts = NUM_MOVES + NUM_STYLES + 1 + nearest + 1
            views["action_mask"] = np.zeros((self.num_envs, parts), np.int8)
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
        table, mask = self.slots.table, self._views["action_mask"]
        if self.config.combat:
            mask[:, :NUM_MOVES] = table.can_move
            _mask_attacks(table.can_attack, mask[:, NUM_MOVES:])
        mask[:, 0] = 1

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
        if not self.copy:
            return dict(self._views)
        return {name: array.copy() for name, array in self._views.items()}

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
            table = {name: array.copy() for name, array in self._views.items()}
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
    chosen = preset(config) if isinstance(config, str) else config
    chosen = chosen.replace(**(settings or {}))
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


def _observation_space(config: Config, nearest: int) -> spaces.Dict:
    crop, K = (config.window, config.window), nearest
    parts: dict[str, spaces.Space[Any]] = {
        "alive": spaces.Discrete(2, dtype=np.int8),
        "tiles": spaces.Box(0, NUM_TILES - 1, crop, np.uint8),
        "crowd": spaces.Box(0, MOST_CROWD, crop, np.uint8),
        "own": spaces.Box(-np.inf, np.inf, (NUM_FEATURES,), np.float32),
        "others": spaces.Box(-np.inf, np.inf, (K, NUM_FEATURES), np.float32),
        "others_mask": spaces.MultiBinary(K),
        "action_mask": spaces.MultiBinary(NUM_MOVES),
    }
    if config.combat:
        parts["action_mask"] = spaces.MultiBinary(NUM_MOVES + NUM_STYLES + 1 + K + 1)
        parts["can_attack"] = spaces.MultiBinary((K, NUM_STYLES))
    return spaces.Dict(parts)


def _mask_attacks(can_attack: Array, mask: Array) -> None:
    """Say which styles and which targets are possible at all. Modifies mask in place.

    Args:
        can_attack: bool (R, K, 3).
        mask: int8 (R, 4 + K + 1): no style, the styles; no target, the targets.
    """
    by_style = np.moveaxis(can_attack.view(np.uint8), -1, 0)
    bits = by_style[0] | by_style[1] << 1 | by_style[2] << 2  # [R, K], a bit per style
    reached = np.bitwise_or.reduce(bits, axis=1)  # [R]
    for style in range(NUM_STYLES):
        mask[:, style + 1] = reached >> style & 1
    mask[:, NUM_STYLES + 2 :] = bits != 0
    mask[:, [0, NUM_STYLES + 1]] = 1


def _nothing(space: spaces.Dict) -> dict[str, Any]:
    """Build the observation of nobody, which all the dead share: it cannot be written to."""
    batch: Any = create_empty_array(space, 1)
    for array in batch.values():
        array.flags.writeable = False
    return {name: array[0] for name, array in batch.items()}


def _maps_in(options: dict[str, Any] | None, realms: Realms) -> tuple[int, ...]:
    """Read the options of a reset."""
    given = dict(options or {})
    maps = tuple(index(number) for number in given.pop("maps", realms.maps))
    if given:
        raise ValueError(f"reset has no option {next(iter(given))!r}; it has 'maps'")
    if len(maps) != len(realms.indices):
        raise ValueError(f"{len(maps)} maps were given for {len(realms.indices)} realms")
    return maps


def _register() -> None:
    for kind in ("Law", "Chaos"):
        for agents in PRESET_AGENTS:
            name = f"Forge/{kind}{agents}-v0"
            if name not in gymnasium.registry:
                gymnasium.register(
                    name,
                    vector_entry_point="forge.adaptors.gymnasium:make",
                    kwargs={"config": f"{kind}{agents}".lower()},
                )


_register()
