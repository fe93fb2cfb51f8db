"""Interfaces in worlds with quests: what is observed, rewarded and given."""

import json
import pickle

import numpy as np
import pytest

from forge import parallel_env
from forge.adaptors.columns import Columns
from forge.adaptors.flat import FlatEnv
from forge.adaptors.vector import ForgeVectorEnv
from forge.blade import preset
from forge.blade.categories import QUESTED
from forge.blade.observation import Actions
from forge.blade.quests import quests_in
from forge.blade.realm import Realms
from forge.config import Config, ConfigError

TABLE = json.dumps([{"does": "drink", "number": 4}, {"does": "lifetime", "number": 8}])
LAW = Config(
    max_agents=6, populations=2, map_size=24, border=4, radius=3, births=2, combat=False,
    quests=TABLE, quest_weight=8.0,
)  # fmt: skip
WORLDS = {"law": LAW, "saga": preset("saga16").replace(births=8, map_size=40)}


def sampled(env, observations):
    """Draw possible actions."""
    mask = {who: seen["action_mask"] for who, seen in observations.items()}
    return {who: env.action_space(who).sample(mask[who]) for who in env.agents}


@pytest.mark.parametrize("world", WORLDS)
def test_agents_of_pettingzoo_see_their_quests(world):
    env = parallel_env(WORLDS[world], horizon=60)
    observations, _ = env.reset(seed=1)
    env.action_space("agent_0").seed(1)  # it is the space of all
    seen = []
    for _ in range(50):
        observations, *_ = env.step(sampled(env, observations))
        for who, observation in observations.items():
            assert env.observation_space(who).contains(observation)
            seen.append(observation["quest"])
    assert {quest.shape for quest in seen} == {(len(QUESTED),)}
    assert {int(quest[0]) for quest in seen} <= {quest.task for quest in quests_in(env.config)}
    assert any(quest[-1] > 0 for quest in seen)


@pytest.mark.parametrize("world", WORLDS)
def test_rows_of_gymnasium_see_their_quests(world):
    envs = ForgeVectorEnv(WORLDS[world], 2)
    seen, _ = envs.reset(seed=1)
    for _ in range(20):
        actions = np.zeros((envs.num_envs, *envs.single_action_space.shape), np.int64)
        seen, *_ = envs.step(actions)
        assert envs.observation_space.contains(seen)
    alive = seen["alive"] > 0
    assert (seen["quest"][alive, 0] > 0).all()
    assert (seen["quest"][~alive] == 0).all()


def test_flat_rows_have_a_one_hot_block_for_each_column():
    columns = Columns(LAW, 4)
    block = columns.slices["quest"]
    assert block.stop - block.start == sum(QUESTED.values()) == 86
    assert block.stop == columns.width
    env = FlatEnv(LAW, nearest=4)
    env.reset(seed=1)
    for _ in range(12):
        observations, *_ = env.step(dict.fromkeys(env.agents, 0))
    for row in observations.values():
        assert row[block].sum() == row[0] * len(QUESTED)  # an empty slot is all 0


def events_by_tick(ticks):
    """Play the first realm of the seed 3 by hand: what each agent did for its quest."""
    realms, found = Realms(LAW, 3), []
    for _ in range(ticks):
        ids = realms.observation.ent["id"].tolist()
        events = realms.step(Actions.stay(len(realms.observation)))
        about = zip(events.quest.tolist(), events.died.tolist(), strict=True)
        found.append(dict(zip(ids, about, strict=True)))
    return found


def test_all_interfaces_reward_what_was_done_for_quests():
    ticks = 30
    expected = events_by_tick(ticks)
    env = parallel_env(LAW, horizon=1000)
    env.reset(seed=3)
    envs = ForgeVectorEnv(LAW, 1, autoreset_mode="NextStep")
    envs.reset(seed=3)
    gained = 0
    for quests in expected:
        _, rewards, *_ = env.step({})
        rows = envs.step(np.zeros(envs.num_envs, np.int64))[1]
        for i, (quest, died) in quests.items():
            assert rewards[f"agent_{i}"] == 8 * quest - died
            gained += quest > 0
        assert sorted(rows[rows != 0]) == sorted(it for it in rewards.values() if it != 0)
    assert gained > 20


# -- Gods -----------------------------------------------------------------------------------


def test_births_can_be_given_a_quest():
    asked = []

    def quest(entity):
        asked.append(int(entity.id))
        return 2 if entity.id else None

    env = parallel_env(LAW, quest=quest)
    env.reset(seed=0)
    env.step({})
    assert asked == [0, 1, 2, 3]
    assert env.realms.state.quests[0]["quest"][1:4].tolist() == [2, 2, 2]


def test_without_a_choice_the_world_is_as_it_would_be():
    one, other = parallel_env(LAW, quest=lambda entity: None), parallel_env(LAW)
    for env in (one, other):
        env.reset(seed=0)
        for _ in range(10):
            env.step({})
    assert one.realms.digest() == other.realms.digest()


def test_populations_and_quests_can_be_given_together():
    env = parallel_env(LAW, spawn=lambda living: 1, quest=lambda entity: 1 + entity.population)
    env.reset(seed=0)
    agents, quests = env.realms.state.agents[0], env.realms.state.quests[0]
    assert agents["population"][agents["alive"]].tolist() == [1, 1]
    assert quests["quest"][:2].tolist() == [2, 2]


def test_a_quest_that_does_not_exist_names_realm_tick_and_agent():
    env = parallel_env(LAW, quest=lambda entity: 3)
    with pytest.raises(ValueError, match="realm 0, tick 0, agent 0: quest 3 is not in 1 … 2"):
        env.reset()


def test_quests_cannot_be_given_where_there_are_none():
    with pytest.raises(ConfigError, match="this world has none: leave quest out"):
        parallel_env(LAW.replace(quests=""), quest=lambda entity: 3)


def test_nothing_is_seen_of_quests_where_there_are_none():
    env = parallel_env(LAW.replace(quests=""))
    env.reset()
    assert "quest" not in next(iter(env.step({})[0].values()))


def test_an_environment_with_rewards_by_name_can_be_pickled():
    env = parallel_env(LAW)
    env.reset(seed=0)
    assert pickle.loads(pickle.dumps(env)).step({})[1] == env.step({})[1]
