"""Show one realm as a PettingZoo parallel environment: agents are born and die during an episode.

An episode is the first ``horizon`` ticks of a realm. An agent's name is ``agent_`` and its id,
which is used once. An agent joins ``agents`` in the step of its birth, with an observation and
reward 0. It leaves in the step of its death (``terminations``) or at the horizon
(``truncations``). Agents born in the very last tick never act, so they are not reported.

forge.adaptors.parts lists the arrays of an observation and the numbers of an action.
``action_mask`` is as ``action_space.sample`` takes it: a mask of the moves, or, if there are
further choices, a tuple of a mask for each. A style is allowed if it reaches one of ``others``
(with ``auto_target`` anybody), a target if some style reaches it; ``can_attack`` marks the pairs
that land.

An action that the mask forbids is accepted and does nothing. An agent left out stays and does not
attack. An action for an agent that has left is ignored and counted.

>>> from forge import parallel_env
>>> env = parallel_env("law16", horizon=50)
>>> observations, infos = env.reset(seed=1)
>>> env.agents
['agent_0']
>>> for tick in range(50):
...     actions = {
...         agent: env.action_space(agent).sample(mask=observations[agent]["action_mask"])
...         for agent in env.agents
...     }
...     observations, rewards, terminations, truncations, infos = env.step(actions)
>>> env.agents, any(truncations.values())
([], True)

Shape letters: E agent slots, N living agents, K others kept, P populations.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.adaptors import missing

try:
    from gymnasium.error import ResetNeeded
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise missing("pettingzoo", "pettingzoo") from error

from forge.adaptors.arguments import (
    LARGEST_SCALE,
    MOST_NEAREST,
    map_numbers,
    maps_in,
    master_seed,
    most_births,
    whole,
    world,
)
from forge.adaptors.masks import mask_rows, part_sizes
from forge.adaptors.reading import by_agent, integers
from forge.adaptors.rewards import Reward, reward_function, rewarded
from forge.adaptors.spaces import action_space, observation_space
from forge.adaptors.wrapping import DRAWN, Wrappable
from forge.blade.observation import PLANES, choices
from forge.blade.placing import GiveQuest, Spawn
from forge.blade.realm import ActionError, Realms
from forge.blade.slots import NEAREST, Slots, of_systems
from forge.blade.tiles import Cause
from forge.config import Config, ConfigError
from forge.errors import shown

Array = NDArray[Any]
Obs = dict[str, Any]
Infos = dict[str, dict[str, Any]]
Step = tuple[dict[str, Obs], dict[str, float], dict[str, bool], dict[str, bool], Infos]


class RealmEnv(Wrappable, ParallelEnv[str, Obs, Any]):
    """One realm as a parallel environment; see the module.

    Attributes:
        config: settings of the world.
        horizon: ticks of an episode.
        possible_agents: every name that an agent can have: as many as can be born.
        agents: names of the living agents, in the order of their slots.
        realms: the world itself, a batch of one: its state, ``digest()`` …
        ignored_actions: actions in this episode for agents that had left.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 – as PettingZoo has it
        "name": "forge_v0",
        "is_parallelizable": True,
        **DRAWN,
    }

    def __init__(
        self,
        config: Config | str,
        horizon: int = 1000,
        *,
        seed: int = 0,
        nearest: int = NEAREST,
        reward: str | Reward | None = None,
        spawn: Spawn | None = None,
        quest: GiveQuest | None = None,
        maps: int | Sequence[int] | None = None,
        render_mode: str | None = None,
        scale: int = 8,
    ) -> None:
        """Build the spaces and the world; ``reset`` starts it.

        Args:
            config: settings of the world, or the name of a preset.
            horizon: ticks of an episode, ≥ 1 (``config.horizon`` is the learner's, and unused).
            seed: master seed of the first episode, unless ``reset`` is given one; 0 … 2^64 − 1.
            nearest: K ≥ 1, number of observed others.
            reward: "death": −1 at death; "alive": +1 for each tick lived; both with what was done
                for quests (``config.quest_weight``); or a function ``reward(obs, events)`` as of a
                Sword, that returns N finite numbers; None: ``config.reward``.
            spawn: chooses the population of each newborn, 0 … P − 1, as ``God.spawn``, given the
                living agents of each population, int64 (P,). None: uniformly among the
                populations with a free slot.
            quest: chooses the quest of each newborn, as ``God.quest``, given a copy of its AGENT
                record; only in worlds with quests. None: they are drawn by their weights.
            maps: number of the map of every episode, 0 … 2^31 − 1; maps from 10 000 up are held
                out. None: by the number of the episode, see ``reset``.
            render_mode: "rgb_array": ``render`` draws; None: it does not.
            scale: pixels per tile of pictures, 1 … 64.

        Raises:
            ConfigError: for an unknown preset, a config in which nobody is born, or a ``quest`` in
                a world without quests.
            ValueError: for any other impossible argument, or a horizon with too many possible
                names of agents for the memory.
        """
        self._seed = master_seed(seed)
        super().__init__(render_mode, self._seed)
        self.config = config = world(config)
        self.horizon = whole("horizon", horizon, 1)
        self._scale = whole("scale", scale, 1, LARGEST_SCALE)
        self._nearest = whole("nearest", nearest, 1, MOST_NEAREST)
        self._reward = reward_function(reward, config)
        if quest is not None and not config.quests:
            raise ConfigError("quest chooses quests, and this world has none: leave quest out")
        self._chosen = spawn, quest
        self._compiled = self._chosen == (None, None)
        self.possible_agents = [f"agent_{i}" for i in range(most_births(config, self.horizon))]
        observed = observation_space(config, self._nearest, self.horizon)
        acted = action_space(config, self._nearest)
        self.observation_spaces = dict.fromkeys(self.possible_agents, observed)
        self.action_spaces = dict.fromkeys(self.possible_agents, acted)
        self._parts, sizes = tuple(choices(config)), part_sizes(config, self._nearest)
        self._sizes = np.array(sizes if len(sizes) > 1 else sizes[0])
        self._episode = -1  # since the last seed
        self._maps = map_numbers(maps, 1)
        self._make(0, self._maps)

    def _make(self, episode: int, maps: tuple[int, ...] | None) -> None:
        """Make the empty world of an episode on one map; None: the episode's own map."""
        self.realms = Realms(self.config, self._seed, (episode,), maps)
        self._slots = Slots(self.config, 1, self._nearest)
        self.agents: list[str] = []
        self.ignored_actions = 0
        self._ready = False  # whether it can be stepped
        self._slot_of: dict[str, int] = {}  # slots of the living agents
        self._seen: dict[str, Obs] = {}  # observations of the living agents
        self._told: list[dict[str, Any]] = []  # infos of the living agents, in the same order
        self._left: set[str] = set()  # agents of this episode that have left

    def observation_space(self, agent: str) -> Any:
        """Return the observation space: one object for all agents, the same at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        """Return the action space: one object for all agents, the same at every call."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Obs], Infos]:
        """Start an episode.

        Episode k after a seed is realm k of that seed, on map k modulo ``config.num_maps``, unless
        the environment was built with ``maps``. So
        ``reset(seed=s)`` starts the same episode every time, and ``reset()`` another one each time.

        Args:
            seed: 0 … 2^64 − 1; None: the next episode of the last seed.
            options: {"map": k} plays map k in this episode, 0 … 2^31 − 1; maps from 10 000 up are
                held out.

        Returns:
            Observations and infos of the first agents.

        Raises:
            ValueError: for an impossible seed or option; nothing has then changed.
        """
        maps = maps_in(options, 1) or self._maps
        if seed is not None:
            self._seed, self._episode = master_seed(seed), -1
            self._sow(self._seed)
        self._episode += 1
        self._make(self._episode, maps)
        if not self._compiled:
            self.realms.reset(np.zeros(1, np.bool_))
            self._bear()
        self._look()
        self._ready = True
        return self._report(dict.fromkeys(self.agents, False), {})

    def step(self, actions: Mapping[str, Any]) -> Step:
        """Play one tick.

        Args:
            actions: agent → action; an agent left out stays and does not attack.

        Returns:
            Observations, rewards, terminations, truncations and infos, by agent, of all agents that
            lived before the tick or were born in it. A dead agent has the observation that it acted
            on. Infos hold ``id`` and ``population``; for the dead also ``lifetime`` [ticks],
            ``cause`` ("lava", "starved", "dehydrated" or "slain") and ``killer`` (an agent,
            or "npc_7" for the NPC with the id −7; else None). When the episode is over and nobody
            lives, all five are empty.

        Raises:
            ActionError: for an agent that does not live, or an action that does not exist; names
                realm and agent. The world is then unchanged.
            ResetNeeded: before the first reset, and after ``reward``, ``spawn`` or ``quest``
                failed.
        """
        if not self._ready:
            raise ResetNeeded("call reset() first")
        chosen, ignored = self._read(actions)
        self.ignored_actions += ignored
        if not self.agents:
            return {}, {}, {}, {}, {}
        self._ready = False  # until the tick is whole
        acted, before = self.agents, self._seen
        events = self.realms.advance(self._slots.actions(*chosen.T))
        died = dict(zip(acted, events["died"].tolist(), strict=True))
        given = rewarded(self._reward, self.realms, events)
        rewards = dict(zip(acted, given.tolist(), strict=True))
        self._bear()
        self._look()
        over = int(self.realms.state.clock[0].tick) >= self.horizon
        for agent in () if over else self.agents:
            died.setdefault(agent, False)
            rewards.setdefault(agent, 0.0)
        observations, infos = self._report(died, before)
        truncated = {agent: over and not dead for agent, dead in died.items()}
        if over:
            self.agents, self._slot_of = [], {}
        self._left.update(agent for agent in acted if over or died[agent])
        self._ready = True
        return observations, rewards, died, truncated, infos

    def _begun(self) -> bool:
        return self._episode >= 0

    def _draw(self) -> Any:
        from forge.embyr.sheet import draw_realm

        return draw_realm(self.realms, scale=self._scale)

    def _read(self, actions: Mapping[str, Any]) -> tuple[Array, int]:
        """Check actions and sort them by slot.

        Returns:
            int64 (E, parts of an action); and the number of actions for agents that have left.
        """
        chosen = np.zeros((self.config.max_agents, len(self._parts)), np.int64)
        slots, values, agents, ignored = [], [], [], 0
        for agent, action in by_agent(f"realm {self._episode}", actions).items():
            if agent in self._slot_of:
                value = integers(action, self._sizes.shape)
                if value is None:
                    raise self._refusal(agent, action)
                slots.append(self._slot_of[agent])
                values.append(value.tolist())
                agents.append(agent)
            elif agent in self._left:
                ignored += 1
            else:
                raise ActionError(
                    f"realm {self._episode}, agent {shown(agent)}: there is none living"
                )
        if values:
            given = np.array(values).reshape(len(values), -1)
            wrong = ((given < 0) | (given >= self._sizes)).any(axis=1)
            if wrong.any():
                agent = agents[int(np.argmax(wrong))]
                raise self._refusal(agent, actions[agent])
            chosen[slots] = given
        return chosen, ignored

    def _refusal(self, agent: str, action: Any) -> ActionError:
        sizes = self._sizes.flatten().tolist()
        ranges = [f"{part} 0 … {size - 1}" for part, size in zip(self._parts, sizes, strict=True)]
        kind = "an integer" if len(sizes) == 1 else f"{len(sizes)} integers"
        return ActionError(
            f"realm {self._episode}, agent {shown(agent)}: an action is {kind}, "
            f"{', '.join(ranges)}; not {shown(action)}"
        )

    def _bear(self) -> None:
        """Play the second half of a tick: births and observations."""
        if not self._compiled:
            self.realms.place_due(0, *self._chosen)
        self.realms.bear(np.array([self._compiled]))

    def _look(self) -> None:
        """Store the observation of each living agent: views of one copy of the batch."""
        self._slots.lay_out(self.realms.observation)
        place = self._slots.place
        ids, populations = self._slots.ids[place], self._slots.population[place]
        self.agents = [f"agent_{i}" for i in ids.tolist()]
        self._told = [
            {"id": i, "population": p}
            for i, p in zip(ids.tolist(), populations.tolist(), strict=True)
        ]
        self._slot_of = dict(zip(self.agents, place.tolist(), strict=True))
        columns = self._columns(place)
        rows = zip(*columns.values(), strict=True)
        self._seen = {
            agent: dict(zip(columns, row, strict=True))
            for agent, row in zip(self.agents, rows, strict=True)
        }

    def _columns(self, place: Array) -> dict[str, Iterable[Any]]:
        """Copy the fields of all N living agents' observations; masks are int8, as in gymnasium."""
        table, shown = self._slots.table, (*PLANES, "own", "others", *of_systems(self.config))
        columns: dict[str, Iterable[Any]] = {name: getattr(table, name)[place] for name in shown}
        columns["others_mask"] = table.others_mask[place].view(np.int8)
        columns["population"] = self._slots.population[place].astype(np.int64)
        if self.config.combat:
            columns["can_attack"] = table.can_attack[place].view(np.int8)
        if self.config.market:
            columns["can_receive"] = table.can_receive[place].view(np.int8)
        mask = np.zeros((len(table.alive), self._sizes.sum()), np.int8)
        mask_rows(self._slots, self.realms.observation, self.config, mask)
        parts = np.split(mask[place], np.cumsum(self._sizes)[:-1], axis=1)
        masks = parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))
        return {**columns, "action_mask": masks}

    def _report(
        self, died: dict[str, bool], before: dict[str, Obs]
    ) -> tuple[dict[str, Obs], Infos]:
        """Gather observations and infos of the living agents and of this tick's dead."""
        observations = {a: before[a] if dead else self._seen[a] for a, dead in died.items()}
        told = dict(zip(self.agents, self._told, strict=True))
        told |= {f"agent_{life.id}": _epitaph(life) for life in self.realms.take_lives()}
        return observations, {agent: told[agent] for agent in died}


def parallel_env(config: Config | str, horizon: int = 1000, **options: Any) -> RealmEnv:
    """Build a PettingZoo parallel environment; arguments as of ``RealmEnv``.

    Args:
        config: settings of the world, or the name of a preset.
        horizon: ticks of an episode.
        options: seed, nearest, reward, spawn, quest, maps, render_mode, scale.
    """
    return RealmEnv(config, horizon, **options)


def _epitaph(life: Any) -> dict[str, Any]:
    """Describe the end of a life."""
    return {
        "id": int(life.id),
        "population": int(life.population),
        "lifetime": int(life.lifetime),
        "cause": Cause(life.cause).name.lower(),
        "killer": _name_of(int(life.killer)),
    }


def _name_of(killer: int) -> str | None:
    """Name who slew an agent: an agent, an NPC (whose ids are below −1), or nobody."""
    if killer == -1:
        return None
    return f"agent_{killer}" if killer >= 0 else f"npc_{-killer}"
