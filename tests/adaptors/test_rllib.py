"""One realm as RLlib's MultiAgentEnv: agents come and go during an episode."""

import os

import numpy as np
import pytest
from gymnasium.error import ResetNeeded

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # ray reads it when it is imported

import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.env.multi_agent_episode import MultiAgentEpisode
from ray.rllib.utils.pre_checks.env import check_multiagent_environments

from forge.adaptors.rllib import ALL, MultiAgentRealm, population_of
from forge.blade import Chaos, Law
from forge.blade.realm import ActionError

SMALL = {"max_agents": 6, "populations": 2, "map_size": 24, "border": 4, "radius": 3, "maps": 4}
LAW, CHAOS = Law(**SMALL, births=2), Chaos(**SMALL, births=2, immunity=0)
ALONE = LAW.replace(max_agents=1, populations=1)  # a newborn comes when the only one has died


def realm(config, **options):
    return MultiAgentRealm({"config": config, "horizon": 40, "nearest": 2, **options})


def episodes(env, ticks, seed=0):
    """Play as RLlib does: yield its own record of the episode, and what each step returned."""
    rng, over = np.random.default_rng(seed), True
    for tick in range(ticks):
        if over:
            episode = MultiAgentEpisode(
                observation_space=env.observation_spaces,
                action_space=env.action_spaces,
                agent_to_module_mapping_fn=population_of,
            )
            observations, infos = env.reset(seed=seed if tick == 0 else None)
            episode.add_env_reset(observations=observations, infos=infos)
        size = 3 if env.world.config.combat else ()
        actions = {agent: rng.integers(0, 3, size) for agent in episode.get_agents_to_act()}
        results = observations, rewards, terminateds, truncateds, infos = env.step(actions)
        episode.add_env_step(
            observations, actions, rewards, infos, terminateds=terminateds, truncateds=truncateds
        )
        yield episode, results
        over = terminateds[ALL] or truncateds[ALL]


@pytest.mark.parametrize("config", [LAW, CHAOS, ALONE])
def test_rllib_and_the_realm_agree_on_who_acts_and_when_an_episode_ends(config):
    env, ended = realm(config), {"terminated": 0, "truncated": 0}
    for episode, (_, _, terminateds, truncateds, _) in episodes(env, 400):
        assert episode.is_terminated == terminateds[ALL]
        assert episode.is_truncated == truncateds[ALL]
        ended["terminated"] += terminateds[ALL]
        ended["truncated"] += truncateds[ALL]
        if not episode.is_done:
            living = env.world.slots.table.alive.sum()
            assert len(episode.get_agents_to_act()) == living
    assert ended["terminated" if config is ALONE else "truncated"] > 5


def test_a_life_is_an_episode_of_its_agent_that_ends_with_its_death():
    lives = 0
    for episode, (_, _, terminateds, truncateds, infos) in episodes(realm(LAW), 200):
        for agent in [agent for agent, info in infos.items() if info]:
            life = episode.agent_episodes[agent]
            assert len(life) == infos[agent]["lifetime"]
            assert life.get_rewards() == [0.0] * (len(life) - 1) + [-1.0]
            assert terminateds[agent]
            assert not truncateds[agent]
            assert life.is_terminated
            lives += 1
    assert lives > 40


def test_at_the_horizon_the_living_are_truncated_and_not_terminated():
    cut = 0
    for episode, (observations, *_, infos) in episodes(realm(LAW), 400):
        for agent in observations if episode.is_truncated else ():
            life = episode.agent_episodes[agent]
            assert life.is_truncated
            assert life.is_terminated == ("lifetime" in infos[agent])
            cut += not life.is_terminated
    assert cut > 20


def test_a_name_is_used_once_per_episode_and_tells_the_population():
    env, seen = realm(LAW), set()
    env.reset(seed=0)
    for _ in range(39):
        before = set(env.agents)
        observations = env.step({})[0]
        assert not (set(observations) - before) & seen
        seen |= set(observations)
        living = {population_of(agent)[-1] for agent, row in observations.items() if row[0]}
        assert living == {str(p) for p in env.world.slots.population if p >= 0}
    assert seen <= set(env.possible_agents)


@pytest.mark.parametrize("config", [LAW, CHAOS, ALONE, CHAOS.replace(npcs=12, skills=True)])
def test_it_passes_rllibs_check(config):
    check_multiagent_environments(realm(config))


def test_an_episode_that_is_over_is_not_stepped():
    env = realm(LAW, horizon=1)
    with pytest.raises(ResetNeeded):
        env.step({})
    env.reset()
    assert env.step({})[3][ALL]
    with pytest.raises(ResetNeeded):
        env.step({})


def test_an_action_for_who_has_just_died_is_ignored_and_counted():
    env = realm(LAW)
    agent = next(iter(env.reset(seed=0)[0]))
    while not env.step({agent: 1})[2][agent]:
        assert env.ignored_actions == 0
    env.step({agent: 1})
    assert env.ignored_actions == 1
    with pytest.raises(ActionError, match=f"no agent '{agent}' lives there"):
        env.step({agent: 1})


def test_an_impossible_action_is_refused_and_changes_nothing():
    env = realm(LAW)
    observations, _ = env.reset(seed=0)
    agent, digest = next(iter(observations)), env.world.realms.digest()
    wrong = [
        ({agent: 7}, r"realm 0, agent 0 \(slot 0\): move 7"),
        ({agent: 0.5}, rf"realm 0, agent '{agent}': an action is an integer, not 0.5"),
        ({agent: [0, [1]]}, rf"realm 0, agent '{agent}': .* not \[0, \[1\]\]"),
        ([0], r"realm 0: actions are a dict by agent, not \[0\]"),
        ({"population_0_agent_9": 0}, "realm 0: no agent 'population_0_agent_9' lives there"),
    ]
    for actions, message in wrong:
        with pytest.raises(ActionError, match=message):
            env.step(actions)
    assert env.world.realms.digest() == digest


@pytest.mark.parametrize(
    "settings", [{"horizom": 3}, {"horizon": 0}, {"horizon": 2.5}, {"horizon": 2**30}, "law16", []]
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(
        ValueError, match=r"env_config (has no|is a dict)|horizon (must be|takes|\d+ is too long)"
    ):
        MultiAgentRealm(settings)


def test_maps_are_a_setting_and_an_option_of_a_reset():
    env = realm(LAW, maps=10_003)
    env.reset(seed=0)
    assert env.world.realms.maps == (10_003,)
    env.reset(options={"map": 7})
    assert env.world.realms.maps == (7,)
    env.reset(options={"maps": [8]})
    assert env.world.realms.maps == (8,)


@pytest.fixture
def cluster():
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


def test_ppo_learns_from_births_and_deaths(cluster):
    settings = {"config": LAW, "horizon": 40, "nearest": 2, "crop": 3}
    config = (
        PPOConfig()
        .environment(MultiAgentRealm, env_config=settings)
        .env_runners(num_env_runners=0, num_envs_per_env_runner=2)
        .multi_agent(policies={"population_0", "population_1"}, policy_mapping_fn=population_of)
        .training(train_batch_size=160, minibatch_size=128, num_epochs=1)
        .rl_module(model_config={"fcnet_hiddens": [16]})
        .debugging(seed=1)
    )
    algorithm = config.build_algo()
    found = algorithm.train()
    algorithm.stop()
    assert found["env_runners"]["num_episodes"] >= 4
    assert len(found["env_runners"]["num_agent_steps_sampled"]) > 30
    for population in ("population_0", "population_1"):
        learned = found["learners"][population]
        assert np.isfinite(learned["total_loss"])
        assert learned["num_module_steps_trained"] > 100
