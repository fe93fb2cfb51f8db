"""Show one realm to RLlib as a MultiAgentEnv: agents come and go during an episode.

An agent's name is ``population_P_agent_I``, with its population P and its id I, which is used once.
The agent appears in the observations of the tick of its birth. In the tick of its death it is
terminated, with a last reward and a last observation that is all 0, and never appears again.
``population_of`` maps its name to a policy: one per population.

An observation is one flat row of float32 (see forge.adaptors.columns), as RLlib's default networks
take it. An action is a number for each choice of the world, as forge.adaptors.parts lists them. An
agent left out stays.

An episode ends at the horizon: ``__all__`` is truncated, and with it all living agents. It also
ends, terminated, in a tick in which all agents die that RLlib knows of: RLlib then takes it for
over, although the next newborn is there. This happens if a realm begins with one agent, and rarely
later.

>>> from ray.rllib.algorithms.ppo import PPOConfig
>>> from forge.adaptors.rllib import MultiAgentRealm, population_of
>>> settings = {"config": "law16", "horizon": 200}
>>> config = PPOConfig().environment(MultiAgentRealm, env_config=settings)
>>> config = config.multi_agent(policies={"population_0"}, policy_mapping_fn=population_of)
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    from gymnasium.error import ResetNeeded
    from ray.rllib.env.multi_agent_env import MultiAgentEnv
except ImportError as error:
    raise missing("RLlib", "ray") from error

from forge.adaptors.arguments import most_births, whole
from forge.adaptors.masks import part_sizes
from forge.adaptors.reading import action_of, by_agent
from forge.adaptors.slotworld import SlotWorld
from forge.adaptors.spaces import action_space, flat_space
from forge.blade.realm import ActionError
from forge.config import Config
from forge.errors import shown

Array = NDArray[Any]
ByAgent = dict[Any, Any]

ALL = "__all__"  # RLlib's name for the whole episode
OPTIONS = ("config", "horizon", "crop", "nearest", "reward", "maps")


def population_of(agent_id: str, *unused: Any, **also_unused: Any) -> str:
    """Name the policy of an agent: ``population_`` and its number. Use as policy_mapping_fn."""
    return agent_id.partition("_agent_")[0]


class MultiAgentRealm(MultiAgentEnv):
    """One realm; see the module.

    Attributes:
        world: the realm; ``world.lives`` are the records of lives that ended in the last tick.
        agents: agents of the last observations: the living and those that just died.
        ignored_actions: actions in this episode for agents that had died in the tick before.
        possible_agents: every name that an agent can have: as many per population as can be born.
    """

    def __init__(self, env_config: Mapping[str, Any] | None = None) -> None:
        """Allocate; ``reset`` begins an episode.

        Args:
            env_config: ``config``: settings of the world, or the name of a preset ("law16");
                ``horizon``: ticks of an episode (1000), which bounds the number of names;
                ``crop``, ``nearest``, ``reward`` and ``maps``: as of SlotWorld. For the seed use
                ``debugging(seed=…)``: RLlib then seeds each environment differently. Without it,
                RLlib's check of environments leaves all of them with the seed 42.

        Raises:
            ValueError: for an unknown name or an impossible value.
        """
        if not isinstance(env_config, Mapping | None):
            raise ValueError(
                f"env_config is a dict of {', '.join(OPTIONS)}; not {shown(env_config)}"
            )
        options = dict(env_config or {})
        for name in options:
            if name not in OPTIONS:
                raise ValueError(f"env_config has no {shown(name)}; it has {', '.join(OPTIONS)}")
        self.horizon = horizon = whole("horizon", options.pop("horizon", 1000), 1)
        self.world = SlotWorld(options.pop("config", Config()), **options)
        config = self.world.config
        births = most_births(config, horizon, config.populations)
        self.agents: list[Any] = []
        self.ignored_actions = 0
        self._playing = False
        self.possible_agents: list[Any] = [
            f"population_{p}_agent_{i}" for p in range(config.populations) for i in range(births)
        ]
        row = flat_space(self.world.columns, config, horizon)
        act = action_space(config, self.world.nearest)
        self.observation_spaces = dict.fromkeys(self.possible_agents, row)
        self.action_spaces = dict.fromkeys(self.possible_agents, act)
        super().__init__()  # type: ignore[no-untyped-call]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ByAgent, ByAgent]:
        """Begin an episode.

        Args:
            seed: master seed to begin anew with; None: the next episode of the current seed.
            options: {"map": k} plays map k.

        Raises:
            ValueError: for an impossible seed or option; nothing has then changed.
        """
        self.world.start(seed, options)
        rows = self._look()
        self.agents, self._playing, self.ignored_actions = list(rows), True, 0
        return rows, {agent: {} for agent in rows}

    def step(  # type: ignore[override]  # MultiAgentEnv itself departs from gymnasium's Env
        self, action_dict: ByAgent
    ) -> tuple[ByAgent, ByAgent, ByAgent, ByAgent, ByAgent]:
        """Play one tick.

        Returns:
            Observations, rewards, terminateds, truncateds and infos, of all agents that lived
            before the tick or were born in it. Infos hold the ``lifetime`` of the dead [ticks].

        Raises:
            ActionError: for an agent that does not live or an action that does not exist; nothing
                has changed.
            ResetNeeded: if the episode is over, or none has begun.
        """
        if not self._playing:
            raise ResetNeeded("the episode is over, or none has begun: call reset()")
        actions, ignored = self._read(action_dict)
        outcome = self.world.play(actions)
        self.ignored_actions += ignored
        acted = self._place
        died = dict(zip(acted, outcome.died[list(acted.values())].tolist(), strict=True))
        rewards = {agent: float(outcome.reward[r]) for agent, r in acted.items()}
        over = self.world.tick == self.horizon
        ended = all(died.values())
        living = self._look()
        if over or ended:  # agents born in the last tick never act
            living = {agent: row for agent, row in living.items() if agent in acted}
            self._playing = False
        nothing = np.zeros(self.world.columns.width, np.float32)
        observed = living | {agent: nothing for agent, dead in died.items() if dead}
        self.agents = list(observed)
        infos = {
            agent: {"lifetime": int(outcome.lifetime[acted[agent]])} if died.get(agent) else {}
            for agent in observed
        }
        terminateds = {agent: died.get(agent, False) for agent in observed}
        # At the horizon "__all__" alone is truncated: if each agent were too, RLlib would take the
        # episode for terminated, and bootstrap no value.
        truncateds = dict.fromkeys(observed, False)
        return (
            observed,
            {agent: rewards.get(agent, 0.0) for agent in observed},
            terminateds | {ALL: ended},
            truncateds | {ALL: over and not ended},
            infos,
        )

    def _look(self) -> dict[str, Array]:
        """Find the living agents' slots and observations. Modifies self in place."""
        slots = self.world.slots
        place = slots.place.tolist()
        who = zip(slots.population[place].tolist(), slots.ids[place].tolist(), strict=True)
        self._place = {f"population_{p}_agent_{i}": r for (p, i), r in zip(who, place, strict=True)}
        return dict(zip(self._place, self.world.rows(), strict=True))

    def _read(self, actions: ByAgent) -> tuple[Array, int]:
        """Read actions in the order of slots, (E,) or (E, choices); count the ignored ones."""
        parts = part_sizes(self.world.config, self.world.nearest)
        shape = (len(parts),) if len(parts) > 1 else ()
        read = np.zeros((len(self.world.slots.ids), *shape), np.int64)
        realm, ignored = self.world.realms.indices[0], 0
        for agent, action in by_agent(f"realm {realm}", actions).items():
            if agent in self._place:
                whose = f"realm {realm}, agent {shown(agent)}"
                read[self._place[agent]] = action_of(whose, action, shape)
            elif agent in self.agents:  # it has just died
                ignored += 1
            else:
                raise ActionError(f"realm {realm}: no agent {shown(agent)} lives there")
        return read, ignored
