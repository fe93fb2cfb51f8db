"""The PettingZoo environment: the official tests, and what they do not look at.

Official tests that say something else here, or nothing:

* ``parallel_api_test`` warns where an episode ends and not every name of ``possible_agents`` was
  used. That list must be finite and fixed before the first birth, so it has as many names as can
  be born; where every birth finds a place all are used, and there is no warning.
* ``api_test`` warns that observations are no arrays and that the spaces are no boxes: a crop, rows
  and masks are of different kinds. In Chaos it warns the same of the mask: the sampling of the
  same test takes a tuple there, as the action has three parts.
* ``seed_test`` ends with the first death and ``parallel_seed_test`` after one step (it takes the
  first agent's name, a text, for a flag). They pass; the test of 1 000 ticks is our own.
* ``max_cycles_test`` cannot be passed: it asks that half of all possible agents act in every tick
  of the episode, and those born later cannot.
"""

import doctest
import pickle
import subprocess
import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from pettingzoo.test import (
    api_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)
from pettingzoo.utils.conversions import parallel_to_aec

import forge
from forge import Chaos, ConfigError, Law, parallel_env, preset
from forge.adaptors import pettingzoo as adaptor
from forge.blade.realm import ActionError

SMALL = {"map_size": 24, "border": 4, "radius": 3}
LAW = Law(max_agents=12, populations=3, **SMALL)
CHAOS = Chaos(max_agents=12, populations=3, births=4, immunity=0, **SMALL)
SAGA = CHAOS.replace(npcs=12, skills=True, items=True, market=True, quests="standard")
CONFIGS = pytest.mark.parametrize("config", [LAW, CHAOS, SAGA], ids=["law", "chaos", "saga"])


def allowed(env, observations):
    """Draw an action that the mask allows, for each agent."""
    return {a: env.action_space(a).sample(mask=observations[a]["action_mask"]) for a in env.agents}


def play(env, ticks, seed=0, spaces=0, **reset):
    """Yield all that each step answers, and the reset's before it."""
    observations, infos = env.reset(seed=seed, **reset)
    env.action_space("agent_0").seed(spaces)
    yield observations, {}, {}, {}, infos
    for _ in range(ticks):
        step = env.step(allowed(env, observations))
        observations = step[0]
        yield step


def stay(env):
    return {agent: np.zeros_like(env.action_space(agent).sample()) for agent in env.agents}


def alone(**options):
    """An environment with one agent, which has been born."""
    env = parallel_env(LAW, **options)
    env.reset(seed=1)
    return env


# -- The official tests ------------------------------------------------------------------------


@CONFIGS
def test_parallel_api(config):
    parallel_api_test(parallel_env(config, horizon=1001), num_cycles=1000)


@CONFIGS
def test_parallel_api_past_the_end_of_episodes(config):
    # 12 agents at most, one birth per tick: in 12 ticks every birth finds a place.
    parallel_api_test(parallel_env(config.replace(births=1), horizon=12), num_cycles=1000)


def test_parallel_api_says_so_if_names_are_left():
    with pytest.warns(UserWarning, match="not all possible_agents are terminated or truncated"):
        parallel_api_test(parallel_env(LAW.replace(births=2), horizon=40), num_cycles=1000)


@CONFIGS
def test_aec_api(config):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Observation is not a NumPy array")
        warnings.filterwarnings("ignore", ".* space for each agent probably should be")
        if config.combat:
            warnings.filterwarnings("ignore", "Action mask is not a NumPy array")
        api_test(parallel_to_aec(parallel_env(config, horizon=50)), num_cycles=100)


@CONFIGS
def test_seeds_by_the_official_tests(config):
    seed_test(lambda: parallel_to_aec(parallel_env(config)))
    parallel_seed_test(lambda: parallel_env(config))


@CONFIGS
def test_render(config):
    render_test(lambda **mode: parallel_to_aec(parallel_env(config, **mode)))


def test_the_example_runs():
    outcome = doctest.testmod(adaptor)
    assert outcome.attempted >= 5
    assert outcome.failed == 0


# -- Seeds and maps ----------------------------------------------------------------------------


@CONFIGS
def test_same_seed_gives_the_same_1000_ticks(config):
    runs = [play(parallel_env(config, horizon=1000), 1000, seed=7) for _ in range(2)]
    same = [data_equivalence(one, other) for one, other in zip(*runs, strict=True)]
    assert len(same) == 1001
    assert all(same)


def test_another_seed_gives_another_episode():
    one, other = (list(play(parallel_env(LAW), 20, seed=seed)) for seed in (1, 2))
    assert not data_equivalence(one, other)


def digests(env, *resets):
    found = []
    for reset in resets:
        env.reset(**reset)
        found.append(env.realms.digest())
    return found


def test_reset_without_a_seed_goes_on_to_another_episode():
    env, seeded = parallel_env(LAW, seed=3), {"seed": 3}
    a, b, c, d, e, f = digests(env, {}, {}, {}, seeded, {}, {})
    assert [a, b, c] == [d, e, f]
    assert len({a, b, c}) == 3


def test_maps_go_by_the_number_of_the_episode():
    env = parallel_env(LAW.replace(maps=2))
    maps = []
    for _ in range(3):
        env.reset()
        maps.append(int(env.realms.state.clock[0].map))
    assert maps == [0, 1, 0]


@pytest.mark.parametrize("number", [5, 10_000, np.int64(7)])
def test_a_map_can_be_chosen(number):
    env = parallel_env(LAW)
    env.reset(seed=0, options={"map": number})
    assert env.realms.maps == (number,)
    expected = forge.blade.terrain.generate(LAW, int(number))
    assert (env.realms.state.tiles[0] == expected).all()


@pytest.mark.parametrize(
    ("reset", "words"),
    [
        ({"options": {"map": -1}}, "option 'map' must be 0 … 2147483647, not -1"),
        ({"options": {"map": 2**31}}, "option 'map' must be 0 … 2147483647"),
        ({"options": {"map": "3"}}, "option 'map' takes a whole number, not '3'"),
        ({"options": {"mapp": 3}}, "reset has no option 'mapp'; it has 'map' and 'maps'"),
        ({"options": {"maps": [3, 4]}}, "2 maps were given for 1 realm"),
        ({"seed": -1}, "seed must be 0"),
        ({"seed": 1.5}, "seed takes a whole number, not 1.5"),
    ],
)
def test_a_reset_that_cannot_be_changes_nothing(reset, words):
    env = alone()
    before = env.realms.digest()
    with pytest.raises(ValueError, match=words):
        env.reset(**reset)
    assert env.realms.digest() == before
    assert env.step(stay(env))


# -- Births and deaths -------------------------------------------------------------------------


@CONFIGS
def test_every_observation_is_in_its_space(config):
    env = parallel_env(config, horizon=120)
    checked = 0
    for observations, *_ in play(env, 120):
        for agent, observation in observations.items():
            assert observation in env.observation_space(agent)
            checked += 1
    assert checked > 500


def test_spaces_are_the_same_objects_at_every_call():
    env = parallel_env(CHAOS)
    for name in ("agent_0", "agent_9"):
        assert env.observation_space(name) is env.observation_space(name)
        assert env.action_space(name) is env.action_space(name)


def test_names_are_used_once_and_are_all_possible():
    env = parallel_env(CHAOS, horizon=150)
    living = []
    for observations, _, died, *_ in play(env, 150):
        living.append({agent for agent in observations if not died.get(agent)})
    used, gone = set(), set()
    for before, after in pairwise(living):
        gone |= before - after
        used |= after
        assert not gone & after
    assert len(gone) > 20
    assert used <= set(env.possible_agents)
    assert len(env.possible_agents) == 4 * 150


def test_a_newborn_comes_with_an_observation_and_reward_0():
    env = alone(reward="alive")
    observations, rewards, died, truncated, infos = env.step(stay(env))
    assert env.agents == ["agent_0", "agent_1"]
    assert rewards == {"agent_0": 1.0, "agent_1": 0.0}
    assert not any(died.values())
    assert not any(truncated.values())
    assert infos["agent_1"] == {"id": 1, "population": observations["agent_1"]["population"]}


def test_a_death_terminates_and_tells_of_the_life():
    env = alone()
    while "agent_0" in env.agents:
        before = env.agents
        west = {agent: 3 for agent in before}
        observations, rewards, died, truncated, infos = env.step(west)
    assert died["agent_0"]
    assert not truncated["agent_0"]
    assert rewards["agent_0"] == -1
    assert set(before) <= set(observations)
    assert {"lifetime", "cause", "killer"} <= set(infos["agent_0"])
    assert infos["agent_0"]["lifetime"] == env.realms.state.clock[0].tick


def test_a_death_in_lava_is_named():
    env = alone()
    causes = set()
    for *_, infos in play(env, 60, spaces=1):
        causes |= {info.get("cause") for info in infos.values()}
    assert "lava" in causes


def test_who_was_slain_knows_its_killer():
    env = parallel_env(CHAOS, horizon=300)
    told = [info for *_, infos in play(env, 300) for info in infos.values() if "killer" in info]
    slain = [info for info in told if info["cause"] == "slain"]
    assert len(slain) > 3
    assert all(info["killer"] in env.possible_agents for info in slain)
    assert all(info["killer"] is None for info in told if info["cause"] != "slain")


def test_who_was_slain_by_an_npc_knows_which():
    small = {"map_size": 30, "border": 4, "npcs": 120, "immunity": 0, "health": 20}
    env = parallel_env(preset("saga16").replace(**small), horizon=300)
    told = [info for *_, infos in play(env, 300) for info in infos.values() if "killer" in info]
    by_npcs = [info for info in told if str(info["killer"]).startswith("npc_")]
    assert by_npcs
    assert all(int(info["killer"][4:]) >= 2 and info["cause"] == "slain" for info in by_npcs)


def test_the_horizon_truncates_whom_it_finds_alive():
    env = parallel_env(LAW, horizon=20)
    *_, last = play(env, 20)
    observations, rewards, died, truncated, infos = last
    assert env.agents == []
    assert all(died[agent] != truncated[agent] for agent in died)
    assert any(truncated.values())
    assert observations.keys() == rewards.keys() == died.keys() == truncated.keys() == infos.keys()
    assert env.step({}) == ({}, {}, {}, {}, {})


def test_an_observation_stays_as_it_was():
    env = parallel_env(CHAOS)
    first, _ = env.reset(seed=0)
    kept = {
        a: {k: np.copy(v) for k, v in o.items() if k != "action_mask"} for a, o in first.items()
    }
    for _ in range(10):
        env.step(stay(env))
    assert len(kept) == 4
    assert all((first[a][k] == kept[a][k]).all() for a in kept for k in kept[a])


# -- Actions -----------------------------------------------------------------------------------


def test_who_is_left_out_stays():
    one, other = alone(), alone()
    one.step({})
    other.step(stay(other))
    assert one.realms.digest() == other.realms.digest()


def test_what_the_mask_forbids_does_nothing():
    # Random actions, where everything the mask forbids is asked for in one world and left in the
    # other: both go on alike.
    asking, meek = parallel_env(CHAOS), parallel_env(CHAOS)
    asking.reset(seed=2)
    observations, _ = meek.reset(seed=2)
    forbidden = 0
    for _ in range(100):
        actions = {agent: asking.action_space(agent).sample() for agent in asking.agents}
        allowed_only = {a: permitted(action, observations[a]) for a, action in actions.items()}
        forbidden += sum((actions[a] != allowed_only[a]).any() for a in actions)
        asking.step(actions)
        observations, *_ = meek.step(allowed_only)
    assert forbidden > 100
    assert asking.realms.digest() == meek.realms.digest()


def permitted(action, observation):
    """Leave of an action what its mask allows."""
    move, style, target = action
    if not observation["action_mask"][0][move]:
        move = 0
    if 0 in (style, target) or not observation["can_attack"][target - 1, style - 1]:
        style = target = 0
    return np.array([move, style, target])


def test_an_action_for_who_has_died_is_ignored_and_counted():
    env = alone()
    while "agent_0" in env.agents:
        env.step({agent: 3 for agent in env.agents})
    for _ in range(3):
        env.step({**stay(env), "agent_0": 1})
    assert env.ignored_actions == 3
    env.reset()
    assert env.ignored_actions == 0


@pytest.mark.parametrize(
    ("config", "agent", "action", "words"),
    [
        (LAW, "agent_99", 0, "realm 0, agent 'agent_99': there is none living"),
        (LAW, 0, 0, "realm 0, agent 0: there is none living"),
        (LAW, "agent_0", 5, "agent 'agent_0': an action is an integer, move 0 … 4; not 5"),
        (LAW, "agent_0", -1, "move 0 … 4; not -1"),
        (LAW, "agent_0", 1.0, "not 1.0"),
        (LAW, "agent_0", True, "not True"),
        (LAW, "agent_0", None, "not None"),
        (LAW, "agent_0", 2**70, "not 1180591620717411303424"),
        (LAW, "agent_0", np.array([1]), "not array"),
        (CHAOS, "agent_0", 0, "3 integers, move 0 … 4, style 0 … 3, target 0 … 16; not 0"),
        (CHAOS, "agent_1", [0, 4, 0], "realm 0, agent 'agent_1': .*; not \\[0, 4, 0\\]"),
        (CHAOS, "agent_1", [0, 0, 17], "target 0 … 16; not"),
        (CHAOS, "agent_1", np.zeros(3), "not array"),
        (CHAOS, "agent_1", [0, [0, 0]], "not \\[0, \\[0, 0\\]\\]"),
        (CHAOS, "agent_1", np.array([0, 0, 2**64 - 1], np.uint64), "not array"),
    ],
)
def test_a_wrong_action_names_realm_and_agent_and_changes_nothing(config, agent, action, words):
    env = parallel_env(config)
    env.reset(seed=0)
    before = env.realms.digest()
    with pytest.raises(ActionError, match=words):
        env.step({**stay(env), agent: action})
    assert env.realms.digest() == before
    assert env.step(stay(env))


def test_actions_that_are_no_dict_are_refused():
    env = alone()
    with pytest.raises(ActionError, match="realm 0: actions are a dict by agent, not \\[0\\]"):
        env.step([0])


def test_a_copy_goes_on_alike():
    env = parallel_env(CHAOS)
    env.reset(seed=4)
    copy = pickle.loads(pickle.dumps(env))
    assert data_equivalence(env.step(stay(env)), copy.step(stay(copy)))
    assert env.realms.digest() == copy.realms.digest()


# -- Hooks -------------------------------------------------------------------------------------


def test_births_can_be_given_a_population():
    asked = []

    def spawn(counts):
        asked.append(counts.tolist())
        return 2

    env = parallel_env(LAW, spawn=spawn)
    _, infos = env.reset(seed=0)
    *_, infos = env.step(stay(env))
    assert [info["population"] for info in infos.values()] == [2, 2]
    assert asked == [[0, 0, 0], [0, 0, 1]]


def test_a_population_that_does_not_exist_names_realm_and_tick():
    env = parallel_env(LAW, spawn=lambda counts: 3)
    with pytest.raises(ValueError, match="realm 0, tick 0: population 3 is not in 0 … 2"):
        env.reset()
    with pytest.raises(ResetNeeded):
        env.step({})


def test_a_reward_can_be_given():
    env = alone(reward=lambda obs, events: 2 * events["died"] + obs.ent["age"])
    rewards = [env.step(stay(env))[1]["agent_0"] for _ in range(3)]
    assert rewards == [0, 1, 2]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda obs, events: np.zeros(9), "reward has shape \\(9,\\), not \\(1,\\)"),
        (lambda obs, events: [np.nan], "realm 0, agent 0: reward nan is not finite"),
    ],
)
def test_a_reward_that_cannot_be_is_refused(answer, words):
    env = alone(reward=answer)
    with pytest.raises(ValueError, match=words):
        env.step(stay(env))


# -- Construction and pictures -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "options", "words"),
    [
        ("law33", {}, "no config is named 'law33'"),
        (LAW.replace(births=0), {}, "births is 0"),
        (LAW, {"horizon": 0}, "horizon must be 1"),
        (LAW, {"horizon": 2**23}, "horizon 8388608 is too long: all 8388608 names"),
        (LAW, {"horizon": 2.0}, "horizon takes a whole number"),
        (LAW, {"nearest": 0}, "nearest must be 1"),
        (LAW, {"seed": -1}, "seed must be 0"),
        (LAW, {"scale": 65}, "scale must be 1 … 64"),
        (LAW, {"reward": "money"}, "reward is one of death, alive"),
        (LAW, {"render_mode": "ansi"}, "render_mode is None or 'rgb_array'"),
    ],
)
def test_impossible_arguments_are_refused(config, options, words):
    with pytest.raises((ValueError, ConfigError), match=words):
        parallel_env(config, **options)


def test_stepping_before_the_first_reset_is_refused():
    with pytest.raises(ResetNeeded):
        parallel_env(LAW).step({})


def test_a_picture_shows_the_realm():
    env = alone(render_mode="rgb_array", scale=4)
    first = env.render()
    assert first.shape == (96, 96, 3)
    env.step(stay(env))
    assert (first != env.render()).any()


def test_a_picture_can_be_written_to():
    picture = alone(render_mode="rgb_array").render()
    picture[0, 0] = 255
    assert (picture[0, 0] == 255).all()


def test_no_picture_before_the_first_reset():
    with pytest.raises(ResetNeeded, match="nothing to draw yet: call reset"):
        parallel_env(LAW, render_mode="rgb_array").render()


def test_no_picture_without_a_mode_to_draw_in():
    with pytest.warns(UserWarning, match="nothing is drawn without"):
        assert alone().render() is None
    with pytest.raises(ValueError, match="there is no window for 'human'"):
        alone(render_mode="human").render()


def test_without_the_package_the_error_says_what_to_install():
    code = "import sys; sys.modules['pettingzoo'] = None\nfrom forge import parallel_env"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pettingzoo is not installed: pip install -e '.[pettingzoo]' brings it" in done.stderr
