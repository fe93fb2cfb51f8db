"""Show realms as a PettingZoo environment with a fixed set of agents: all slots.

This is for libraries that allow no births in mid-episode: SuperSuit's wrappers, TorchRL. Agent
"slot_r" is slot r % E of realm r ÷ E, whichever agent lives in it; its observation is one flat row
of float32 (see forge.adaptors.columns). From one tick to the next:

* An agent lives in the slot (column ``alive`` is 1): it acts, is rewarded, and observes.
* The agent dies: ``infos`` give its ``lifetime``, above 0 in this tick alone. The slot stays, and
  its observation already shows the newborn that took the slot, or is all 0.
* The slot is empty (all columns 0): its reward is 0, its action is ignored. Leave such samples out
  of the loss where you can.

A slot that stays in ``agents`` is not terminated: this is PettingZoo's rule, and its wrappers and
SuperSuit's fail if it is broken. A learner, however, must end its returns where a life ends, or
its bootstrapped values reach from one life into the next. So use ``FlatEnv(…, terminate=True)`` if
a learner reads ``terminations`` (TorchRL; Stable-Baselines3 through
``supersuit.pettingzoo_env_to_vec_env_v1``): a slot is then terminated in the tick of a death, and
no longer in the next, though it stays. Such an environment goes to the learner without wrappers
of PettingZoo or SuperSuit around it, and ``parallel_api_test`` objects to it in its assertion
``set(par_env.agents) == live_agents``. For Stable-Baselines3 there is forge.adaptors.sb3, which
needs none of this.

Shape letters: W realms, E slots of a realm, R = W × E, D columns of a row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    from gymnasium import spaces
    from gymnasium.error import ResetNeeded
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise missing("pettingzoo", "pettingzoo") from error

from forge.adaptors.arguments import truth, whole
from forge.adaptors.reading import action_of, by_agent, integers
from forge.adaptors.rewards import Reward
from forge.adaptors.slotworld import NEAREST_IN_ROWS, SlotWorld
from forge.adaptors.spaces import action_space, flat_space
from forge.adaptors.wrapping import DRAWN, Wrappable
from forge.blade.realm import ActionError
from forge.config import Config
from forge.errors import shown

Array = NDArray[Any]
Infos = dict[str, dict[str, Any]]


class FlatEnv(Wrappable, ParallelEnv[str, Array, Any]):
    """W realms with all their slots as agents; see the module for what happens at a death.

    An action is a number for each choice of the world, as forge.adaptors.parts lists them. An agent
    left out stays.

    After a step ``infos`` has for every slot ``id`` (−1: nobody) and ``population`` of the agent
    that lives there, the ``lifetime`` of the agent that died in this tick (else 0), and
    "TimeLimit.truncated", which Stable-Baselines3 asks for: True at the horizon if an agent lives
    on. After a reset the infos are empty: SuperSuit would write them over those of the last step.

    Attributes:
        world: the realms; ``world.lives`` are the records of lives that ended in the last tick.
        columns: the layout of a row.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 – as PettingZoo has it
        "name": "forge_flat_v0",
        "is_parallelizable": True,
        **DRAWN,
    }

    def __init__(
        self,
        config: Config | str,
        *,
        horizon: int | None = None,
        num_realms: int = 1,
        crop: int | None = None,
        nearest: int = NEAREST_IN_ROWS,
        reward: str | Reward | None = None,
        seed: int | None = 0,
        maps: int | Sequence[int] | None = None,
        terminate: bool = False,
        render_mode: str | None = None,
    ) -> None:
        """Allocate; call ``reset`` before the first step.

        Args:
            config: settings of the world, or the name of a preset.
            horizon: ticks after which every slot is truncated; None: the world has no end.
            num_realms: W. Prefer more realms to copies of the environment, which would all play
                the same world; with ``seed=None`` copies differ.
            crop: side of the observed crop, odd [tiles]; None: the whole window.
            nearest: others in a row, at least 1.
            reward: "death", "alive" or a function; see SlotWorld. None: ``config.reward``.
            seed: master seed; None: drawn from the system's entropy.
            maps: number of each realm's map in every episode, with one realm a number will do;
                maps from 10 000 up are held out. None: the realm's index, counted on over the
                episodes, modulo ``config.num_maps``.
            terminate: whether a slot is terminated in the tick in which its agent dies, for
                learners that end returns there; wrappers do not accept this.
            render_mode: "rgb_array": ``render`` draws all realms side by side; None: it does not.

        Raises:
            ValueError: for an impossible value.
        """
        self.world = SlotWorld(
            config, num_realms, crop=crop, nearest=nearest, reward=reward, seed=seed, maps=maps
        )
        super().__init__(render_mode, seed)
        self.columns = self.world.columns
        self.horizon = None if horizon is None else whole("horizon", horizon, 1)
        self.possible_agents = [f"slot_{r}" for r in range(len(self.world.slots.ids))]
        self.agents: list[str] = []
        self._terminate = truth("terminate", terminate)
        self._row_of = {agent: r for r, agent in enumerate(self.possible_agents)}
        self._observation_space = flat_space(self.columns, self.world.config, self.horizon)
        self._action_space = action_space(self.world.config, nearest)

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Return the observation space: the same object for all agents."""
        return self._observation_space

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Return the action space: the same object for all agents."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], Infos]:
        """Begin an episode.

        Args:
            seed: master seed to begin anew with; None: the next episode of the current seed.
            options: {"map": k} puts all realms of this episode on map k, {"maps": …} each on its
                own.

        Raises:
            ValueError: for an impossible seed or option; nothing has then changed.
        """
        self.world.start(seed, options)
        self._sow(seed)
        self.agents = list(self.possible_agents)
        return self._observations(), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Array], dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Play one tick of all realms.

        When the episode is over there are no agents: without actions all five answers are empty.

        Raises:
            ActionError: for an unknown agent or an action that does not exist; nothing has changed.
            ResetNeeded: for actions after the end of the episode, or before the first.
        """
        if not self.agents:
            if self._begun() and not by_agent("FlatEnv", actions):
                return {}, {}, {}, {}, {}
            raise ResetNeeded("the episode is over, or none has begun: call reset()")
        outcome = self.world.play(self._read(actions))
        over = self.world.tick == self.horizon
        agents, alive, died = self.agents, self.world.slots.table.alive, outcome.died
        terminated = died if self._terminate else np.zeros_like(died)
        lives_on = alive & ~died if over else np.zeros_like(died)
        if over:
            self.agents = []
        return (
            self._observations(),
            dict(zip(agents, outcome.reward.tolist(), strict=True)),
            dict(zip(agents, terminated.tolist(), strict=True)),
            dict.fromkeys(agents, over),
            self._infos(outcome.lifetime, lives_on),
        )

    def _observations(self) -> dict[str, Array]:
        return dict(zip(self.possible_agents, self.world.all_rows(), strict=True))

    def _begun(self) -> bool:
        return self.world.begun

    def _draw(self) -> Any:
        from forge.embyr.sheet import draw_sheet

        return draw_sheet(self.world.realms)

    def _infos(self, lifetime: Array, truncated: Array) -> Infos:
        slots = self.world.slots
        columns = (slots.ids, slots.population, lifetime, truncated)
        values = zip(*(column.tolist() for column in columns), strict=True)
        keys = ("id", "population", "lifetime", "TimeLimit.truncated")
        rows = (dict(zip(keys, row, strict=True)) for row in values)
        return dict(zip(self.possible_agents, rows, strict=True))

    def _read(self, actions: dict[str, Any]) -> Array:
        """Read actions in the order of slots: integers (R,), or (R, choices)."""
        shape = self._action_space.shape or ()
        if list(by_agent("FlatEnv", actions)) == self.agents:
            given = integers(list(actions.values()), (len(actions), *shape))
            if given is not None:
                return given
        read = np.zeros((len(self.agents), *shape), np.int64)
        for agent, action in actions.items():
            if agent not in self._row_of:
                last = self.possible_agents[-1]
                raise ActionError(f"no agent is named {shown(agent)}; there are slot_0 … {last}")
            whose = self.world.slots.whose(self._row_of[agent])
            read[self._row_of[agent]] = action_of(whose, action, shape)
        return read
