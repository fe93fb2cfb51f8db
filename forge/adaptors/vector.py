"""Show realms as a gymnasium VectorEnv: a row per agent slot, all realms in one batch.

Row w × max_agents + e is slot e of realm w. Agents are born into slots and die in them, while the
world goes on; a whole tick is one compiled call. The states of a row from one step to the next:

* **alive**: an agent lives here. It acts, is rewarded, and observes.
* The agent **dies**: ``terminations`` is True in this step. The dead leave the world at once, and a
  newborn may take the slot in the same tick. So the row already shows the newborn or the empty
  slot: this is ``AutoresetMode.SAME_STEP``. ``infos["final_obs"]`` has the last observation of the
  dead, which is empty; ``infos["final_info"]`` has id, population, lifetime and cause. For
  ``AutoresetMode.NEXT_STEP`` see below.
* **empty** (``alive`` 0): the rest of the row is 0, its reward is 0, and any action is ignored. The
  action mask allows only to stay, so that a masked distribution is finite. Leave such rows out of
  losses. They are not terminated; they wait for a birth.
* The world has no end, so ``truncations`` are all False, unless ``horizon`` is given: after so many
  ticks all rows are truncated (also rows whose agent dies in that tick), ``final_obs`` has the
  observation of each, and the realms start anew from a seed drawn from ``np_random``.

**Wrappers of observations need** ``autoreset_mode="NextStep"``: gymnasium's refuse SAME_STEP with
an AssertionError without a message, for any environment; wrappers of rewards, actions and infos
accept both. ``RecordEpisodeStatistics`` counts rows, waiting included: lifetimes are in the infos.

With ``AutoresetMode.NEXT_STEP`` the world is the same, but rows first show the end of a life:

* In the step of a death the row shows the empty observation of the dead: ``alive`` is 0. The row's
  infos are about the dead agent: id, population, lifetime and cause.
* In the next step the row begins anew: its action is ignored, its reward is 0, it is neither
  terminated nor truncated, and it shows the newborn or the empty slot. A newborn that took the slot
  in the tick of the death is shown only now: it has rested for one tick, whatever the action was,
  and its reward for that tick is lost. If it died in that very tick, it was never shown, and its
  death is not reported. As the row was empty before, a loss without empty rows leaves out this
  step too.
* After the last tick of a ``horizon`` rows are truncated and show their observations. A row that
  ended in the tick before cannot begin anew in the last one: it is shown as empty, and is not
  truncated. The next step plays no tick: it starts the realms anew, and shows the first agents.

Shape letters: W realms, E slots of a realm, R = W × E rows, K others kept, N living agents.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    from gymnasium import spaces
    from gymnasium.error import ClosedEnvironmentError, ResetNeeded
    from gymnasium.vector import AutoresetMode, VectorEnv
    from gymnasium.vector.utils import batch_space, create_empty_array
except ImportError as error:
    raise missing("gymnasium", "gymnasium") from error

from forge.adaptors.arguments import (
    LARGEST_SCALE,
    MOST_NEAREST,
    drawing,
    map_numbers,
    maps_in,
    master_seed,
    truth,
    whole,
    world,
)
from forge.adaptors.reading import rows
from forge.adaptors.rewards import Reward, reward_function, rewarded
from forge.adaptors.rows import Obs, Rows, epitaphs
from forge.adaptors.spaces import action_space, row_space
from forge.adaptors.wrapping import DRAWN, can_draw
from forge.blade.realm import Realms
from forge.blade.slots import NEAREST
from forge.config import Config
from forge.errors import shown

Array = NDArray[Any]
Step = tuple[Obs, Array, Array, Array, dict[str, Any]]

AUTORESET_MODES = (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP)


class ForgeVectorEnv(VectorEnv[Obs, Array, Array]):
    """Realms as a vector environment; see the module for what its rows are.

    forge.adaptors.parts lists the arrays of an observation, with a row each, and the numbers of an
    action. ``action_mask`` holds a mask for each choice, one after the other. It allows a style
    that reaches one of ``others`` (with ``auto_target`` anybody) and a target that some style
    reaches; ``can_attack`` says which pairs land. An attack on a row that is out of reach, or
    empty, is no attack.

    Attributes:
        config: settings of the world.
        realms: the world itself: its state, ``digest()``, ``snapshot()`` …
        slots: the agents in the slots: ``ids``, ``population``.
        num_envs: R.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 – as gymnasium has it
        "autoreset_mode": AutoresetMode.SAME_STEP,
        **DRAWN,
    }

    def __init__(
        self,
        config: Config | str,
        realms: int = 1,
        *,
        nearest: int = NEAREST,
        horizon: int | None = None,
        reward: str | Reward | None = None,
        maps: int | Sequence[int] | None = None,
        copy: bool = True,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        render_mode: str | None = None,
        scale: int = 8,
    ) -> None:
        """Build the realms; ``reset`` starts them.

        Args:
            config: settings of the world, or the name of a preset. Its horizon is the learner's and
                means nothing here.
            realms: W ≥ 1.
            nearest: K ≥ 1, number of observed others.
            horizon: ticks after which all rows are truncated; None: never.
            reward: "death" (−1 in the tick of a death, else 0), "alive" (+1 for each tick lived),
                both with what was done for quests (``config.quest_weight``), or
                ``reward(obs, events) → float (N,)`` as of a Sword, over the living agents of the
                observation acted on; None: ``config.reward``.
            maps: number of each realm's map, with one realm a number will do; maps from 10 000 up
                are held out. None: the realm's index modulo ``config.num_maps``.
            copy: hand out copies. False: the next step overwrites observations.
            autoreset_mode: SAME_STEP ("SameStep") or NEXT_STEP ("NextStep"): when a row begins anew
                after a death; see the module.
            render_mode: "rgb_array": ``render`` draws; None: it does not.
            scale: pixels per tile of pictures, 1 … 64.

        Raises:
            ConfigError: for an unknown preset, or a config in which nobody is born.
            ValueError: for any other impossible argument.
        """
        config, realms = world(config), whole("realms", realms, 1)
        nearest = whole("nearest", nearest, 1, MOST_NEAREST)
        horizon = None if horizon is None else whole("horizon", horizon, 1)
        self.config, self.horizon, self.copy = config, horizon, truth("copy", copy)
        self.metadata = self.metadata | {"autoreset_mode": _autoreset_mode(autoreset_mode)}
        self.render_mode = drawing(render_mode)
        self._scale = whole("scale", scale, 1, LARGEST_SCALE)
        self._reward = reward_function(reward, config)
        self._rows = Rows(config, realms, nearest)
        self.slots = self._rows.slots
        self.realms = Realms(config, 0, range(realms), map_numbers(maps, realms))
        self.num_envs = R = realms * config.max_agents
        space = self.single_observation_space = row_space(config, nearest, horizon)
        self.observation_space = batch_space(space, R)
        self.single_action_space = action_space(config, nearest)
        self.action_space = batch_space(self.single_action_space, R)
        self._nothing = _nothing(space)
        self._ended = np.zeros(R, np.bool_)  # rows that begin anew in the next step
        self._ticks = 0  # since the realms started
        self._begun = self._ready = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Obs, dict[str, Any]]:
        """Start the realms anew and observe their first agents.

        Args:
            seed: master seed of the realms, 0 … 2^64 − 1. None: drawn from ``np_random``, which
                goes on, or starts from the machine's entropy if there never was a seed.
            options: {"map": k} puts all realms on map k, {"maps": …} each on its own; kept until
                others are given.

        Raises:
            ValueError: for an impossible seed or option.
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
        return self._observation(), self._rows.infos()

    def step(self, actions: Any) -> Step:
        """Play one tick of all realms.

        Args:
            actions: integers (R,), with several choices (R, choices); see the class. Actions of
                empty slots are ignored.

        Returns:
            Observations; rewards float64 (R,); terminations bool (R,): the row's agent died;
            truncations bool (R,): the horizon is over; infos, arrays (R,) with a mask ``_name``
            each: ``id`` and ``population`` of the living; where rows ended ``final_obs`` and
            ``final_info`` with ``id`` and ``population``, and ``lifetime`` [ticks] and ``cause``
            (a Cause) of the dead. With NEXT_STEP these are in infos themselves.

        Raises:
            ActionError: for an action that does not exist; names realm and agent. The world is
                then unchanged.
            ResetNeeded: before the first reset, or after a reward failed.
        """
        self._require_open()
        if not self._ready:
            raise ResetNeeded("call reset() first")
        columns = self._columns(actions)
        if self.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP:
            return self._next_step(*columns)
        rewards, died = self._play(*columns)
        over = self._ticks == self.horizon
        finals = self._finals(died, over)
        if over:
            self._start(self._drawn_seed())
        truncations = np.full(self.num_envs, over)
        return self._observation(), rewards, died, truncations, self._rows.infos() | finals

    def render(self) -> tuple[Array, ...] | None:  # type: ignore[override]
        """Draw the surroundings of each agent, in the mode "rgb_array".

        ``forge.embyr.sheet.draw_realm(envs.unwrapped.realms, w)`` draws all of realm w.

        Returns:
            A picture per row, uint8 (w × scale, w × scale, 3); black for empty rows.

        Raises:
            ResetNeeded: before the first reset.
            ValueError: in the mode "human", or if the map is too large at this scale.
        """
        self._require_open()
        if not can_draw(self.render_mode, self._begun):
            return None
        from forge.adaptors.pictures import surroundings

        return surroundings(self.realms, self._rows.alive, self._scale)

    def _next_step(self, *columns: Array) -> Step:
        """Play one tick in which the rows that ended in the last one begin anew."""
        R, began = self.num_envs, self._ended
        if self._ticks == self.horizon:
            self._start(self._drawn_seed())
            no = np.zeros(R, np.bool_)
            return self._observation(), np.zeros(R), no, no.copy(), self._rows.infos()
        at_rest = (np.where(began, 0, column) for column in columns)
        rewards, all_died = self._play(*at_rest)
        rewards[began] = 0
        died = all_died & ~began
        lives = self.realms.take_lives()[died[all_died]]
        over = self._ticks == self.horizon
        hidden = died | began if over else died
        self._rows.hide(hidden)
        self._ended = died.copy()
        infos = self._rows.infos()
        if hidden.any():
            told = epitaphs(died, lives)
            for name in ("id", "population"):
                infos[name][hidden] = told[name][hidden]
                infos[f"_{name}"] = infos[f"_{name}"] | died
            infos = told | infos if len(lives) else infos
        truncations = ~began if over else np.zeros(R, np.bool_)
        return self._observation(), rewards, died, truncations, infos

    def _play(self, *columns: Array) -> tuple[Array, Array]:
        """Play one tick; return rewards float64 (R,), and bool (R,): the row's agent died."""
        acted = self.slots.place
        chosen = self.slots.actions(*columns)
        self._ready = False  # until the tick is whole
        events = self.realms.advance(chosen)
        rewards = np.zeros(self.num_envs)
        rewards[acted] = rewarded(self._reward, self.realms, events)
        died = np.zeros(self.num_envs, np.bool_)
        died[acted] = events["died"]
        self._rows.lay_out(self.realms.bear())
        self._ready = True
        self._ticks += 1
        return rewards, died

    def _require_open(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("the environment is closed")

    def _drawn_seed(self) -> int:
        return int(self.np_random.integers(2**63))

    def _start(self, seed: int) -> None:
        self.realms.seed = seed
        self._rows.lay_out(self.realms.reset())
        self._ended = np.zeros(self.num_envs, np.bool_)
        self._ticks, self._begun, self._ready = 0, True, True

    def _columns(self, actions: Any) -> tuple[Array, ...]:
        """Split actions into their parts, all of shape (R,)."""
        shape = (self.num_envs, *(self.single_action_space.shape or ()))
        given = rows(actions, shape, len(self.realms.indices))
        return tuple(given.reshape(self.num_envs, -1).T)

    def _observation(self) -> Obs:
        views = self._rows.views()
        return {name: array.copy() for name, array in views.items()} if self.copy else views

    def _finals(self, died: Array, over: bool) -> dict[str, Any]:
        """Build the final infos of rows that ended in this tick, before the realms start anew."""
        lives = self.realms.take_lives()
        if not len(lives) and not over:
            return {}
        final_obs = np.full(self.num_envs, None, object)
        info = epitaphs(died, lives)
        if over:
            table = {name: array.copy() for name, array in self._rows.views().items()}
            final_obs[:] = [{k: v[r] for k, v in table.items()} for r in range(self.num_envs)]
            info["_id"] = info["_population"] = died | self._rows.alive
            info["id"] = np.where(died, info["id"], self.slots.ids)
            info["population"] = np.where(died, info["population"], self.slots.population)
        final_obs[died] = self._nothing
        ended = np.ones_like(died) if over else died
        return {
            "final_obs": final_obs,
            "_final_obs": ended,
            "final_info": info,
            "_final_info": ended,
        }


def _autoreset_mode(given: Any) -> AutoresetMode:
    """Check a mode, or find a mode by its name.

    Raises:
        ValueError: names the possible modes.
    """
    names = [mode.value for mode in AUTORESET_MODES]
    if given not in (*AUTORESET_MODES, *names):
        raise ValueError(
            f"autoreset_mode is {' or '.join(map(repr, names))}, not {shown(given)}: the world "
            f"goes on when a row ends"
        )
    return AutoresetMode(given)


def _nothing(space: spaces.Dict) -> dict[str, Any]:
    """Build the read-only observation of an empty row, which all the dead share."""
    batch: Any = create_empty_array(space, 1)
    for array in batch.values():
        array.flags.writeable = False
    return {name: array[0] for name, array in batch.items()}
