"""The flat view: every slot always present, a death told in infos, or as a termination."""

import subprocess
import sys

import cloudpickle
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from pettingzoo.test import parallel_api_test

from forge.adaptors.columns import MOST_AGE, Columns
from forge.adaptors.flat import FlatEnv
from forge.blade import Chaos, Law, Realms
from forge.blade.items import Item
from forge.blade.realm import ActionError
from forge.blade.scripted import careful
from forge.blade.slots import Slots
from forge.config import ConfigError
from tests.blade.test_items import furnished
from tests.blade.worlds import learned

SMALL = {"max_agents": 6, "populations": 2, "map_size": 24, "border": 4, "radius": 3, "births": 2}
LAW, CHAOS = Law(**SMALL, maps=4), Chaos(**SMALL, maps=4, immunity=0)
NPCS = CHAOS.replace(npcs=12)
SKILLED = NPCS.replace(skills=True)


def random_actions(env, rng):
    size = (len(env.agents), 3) if env.world.config.combat else len(env.agents)
    most = env.action_space("slot_0")
    most = most.nvec if env.world.config.combat else most.n
    return dict(zip(env.agents, rng.integers(0, most, size), strict=True))


def play(env, ticks, seed=0):
    """Yield what each step returns, under random actions."""
    rng = np.random.default_rng(seed)
    env.reset(seed=seed)
    for _ in range(ticks):
        yield env.step(random_actions(env, rng))


# -- Columns --------------------------------------------------------------------------------


def naive(config, stim, nearest, crop):
    """Write the row of one agent, block by block."""
    margin = (config.window - crop) // 2
    inner = slice(margin, config.window - margin)
    order = sorted(range(1, len(stim.who)), key=lambda row: stim.reach[row])[:nearest]
    tiles = [float(kind == k) for kind in stim.tiles[inner, inner].flat for k in range(6)]
    crowd = [min(int(number), 4) / 4 for number in stim.crowd[inner, inner].flat]
    empty = nearest - len(order)
    others = [*stim.others[order].flat, *[0.0] * 11 * empty]
    attack = [*stim.can_attack[order].flat, *[0.0] * 3 * empty] if config.combat else []
    there = [1.0] * len(order) + [0.0] * empty
    sizes = (4, 11, 3) if config.npcs else ()  # kinds, levels, styles
    traits = [value for row in stim.traits[order].tolist() for value in one_hot(row, sizes)]
    traits += [0.0] * sum(sizes) * empty
    standing = one_hot(stim.standing.tolist(), (*8 * [11], 2) if config.skills else ())
    return [
        *(1.0, *stim.own, *stim.can_move, *tiles, *crowd),
        *(*there, *others, *attack, *traits, *standing),
    ]


def one_hot(values, sizes):
    """Write 1 for each value among as many as its column has, else 0."""
    return [float(value == k) for value, n in zip(values, sizes, strict=True) for k in range(n)]


@pytest.mark.parametrize(
    ("config", "crop"),
    [(LAW, None), (CHAOS, None), (CHAOS, 3), (NPCS, 3), (SKILLED, 3)],
)
def test_every_row_is_what_the_plain_twin_says(config, crop):
    realms, slots = Realms(config, 1, range(2)), Slots(config, 2, 3)
    columns = Columns(config, 3, crop)
    checked = 0
    for _ in range(40):
        slots.lay_out(learned(realms))
        rows = columns.rows(slots.table, slots.place)
        for row, (_, stim) in zip(rows, realms.observation, strict=True):
            expected = np.array(naive(config, stim, 3, columns.crop), np.float32)
            assert np.array_equal(row, expected)
            checked += 1
        realms.step(careful(realms.observation))
    assert checked > 300


def test_ages_beyond_1050_ticks_look_alike():
    slots, columns = Slots(LAW, 1, 2), Columns(LAW, 2)
    slots.lay_out(Realms(LAW, 1, range(1)).observation)
    own, others = columns.slices["own"].start, columns.slices["others"].start
    for feature, expected in ((9.99, 9.99), (10.0, 10.0), (10.01, 10.0), (1e6, 10.0)):
        slots.table.own[:, 0] = slots.table.others[:, :, 0] = feature
        row = columns.rows(slots.table, slots.place)[0]
        assert row[[own, others, others + 11]] == pytest.approx([expected] * 3)
    assert MOST_AGE == (1050 - 50) / 100


@pytest.mark.parametrize("config", [LAW, CHAOS, NPCS, SKILLED])
@pytest.mark.parametrize("horizon", [None, 60])
def test_every_row_is_within_finite_bounds(config, horizon):
    env = FlatEnv(config, horizon=horizon)
    space = env.observation_space("slot_0")
    assert np.isfinite([space.low, space.high]).all()
    assert space.high[env.columns.slices["own"].start] == pytest.approx(0.1 if horizon else 10)
    rows = [row for observations, *_ in play(env, 60) for row in observations.values()]
    assert len(rows) == 360
    assert all(row in space for row in rows)


def test_bounds_are_met():
    env = FlatEnv(CHAOS)
    rows = np.array([list(step[0].values()) for step in play(env, 200)])
    own, space = env.columns.slices["own"], env.observation_space("slot_0")
    reached = [1, 2, 3]  # full health, food and water
    assert np.array_equal(rows[:, :, own].max((0, 1))[reached], space.high[own][reached])
    assert rows[:, :, own].min((0, 1))[0] == space.low[own][0]  # a newborn's age


@pytest.mark.parametrize("crop", [0, 4, 9, -1])
def test_a_crop_that_cannot_be_is_refused(crop):
    with pytest.raises(ValueError, match=r"crop must be (odd, not 4|1 … 7, not)"):
        Columns(LAW, 2, crop)


def test_quantities_are_shares_of_a_full_stack_and_what_is_worn_is_one_hot():
    realms = furnished({"items": [(Item.ARROW, 2, 255, 1), (Item.RATION, 1)]})
    slots, columns = Slots(realms.config, 1, nearest=2), Columns(realms.config, 2)
    slots.lay_out(realms.observation)
    row = columns.rows(slots.table, slots.place)[0]
    assert row[columns.slices["quantity"]].tolist() == [1, np.float32(1 / 255), *10 * [0]]
    assert row[columns.slices["inventory"]].reshape(-1)[-24:].tolist() == [0, 1, *11 * [1, 0]]


def test_the_blocks_fill_the_row_without_gaps():
    columns = Columns(CHAOS, 2)
    ends = [0, *(block.stop for block in columns.slices.values())]
    assert [block.start for block in columns.slices.values()] == ends[:-1]
    assert ends[-1] == columns.width


# -- Deaths ---------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [LAW, CHAOS])
def test_a_slot_is_terminated_exactly_when_its_agent_dies_and_stays(config):
    env = FlatEnv(config, num_realms=2, terminate=True)
    deaths = 0
    for _, rewards, terminations, truncations, infos in play(env, 150):
        died = [agent for agent, dead in terminations.items() if dead]
        lifetimes = [infos[agent]["lifetime"] for agent in died]
        assert lifetimes == env.world.lives["lifetime"].tolist()
        assert [agent for agent, reward in rewards.items() if reward == -1] == died
        assert sum(rewards.values()) == -len(died)
        assert env.agents == env.possible_agents
        assert not any(truncations.values())
        deaths += len(died)
    assert deaths > 50


def test_by_default_nothing_is_terminated_and_infos_tell_of_deaths():
    plain, ending = FlatEnv(LAW), FlatEnv(LAW, terminate=True)
    deaths = 0
    for step, other in zip(play(plain, 100), play(ending, 100), strict=True):
        assert not any(step[2].values())
        died = {agent: info["lifetime"] > 0 for agent, info in step[4].items()}
        assert died == other[2]
        assert (step[1], step[3], step[4]) == (other[1], other[3], other[4])
        deaths += sum(died.values())
    assert deaths > 20


def test_an_empty_slot_is_all_zero_and_neither_terminated_nor_rewarded():
    config = LAW.replace(births=1)
    env, empty = FlatEnv(config, reward="alive"), 0
    alive = {agent: row[0] for agent, row in env.reset(seed=0)[0].items()}
    for observations, rewards, terminations, _, infos in play(env, 100):
        for agent, row in observations.items():
            if not alive[agent]:
                assert rewards[agent] == infos[agent]["lifetime"] == terminations[agent] == 0
            assert row.any() == (row[0] == 1)
            if not row[0]:
                assert infos[agent]["id"] == infos[agent]["population"] == -1
                empty += 1
        alive = {agent: row[0] for agent, row in observations.items()}
    assert empty > 50


def test_the_reward_alive_counts_the_ticks_of_a_life():
    env = FlatEnv(LAW, reward="alive")
    returns = dict.fromkeys(env.possible_agents, 0.0)
    lives = 0
    for _, rewards, *_, infos in play(env, 200):
        for agent, info in infos.items():
            returns[agent] += rewards[agent]
            if info["lifetime"]:
                assert returns[agent] == info["lifetime"]
                returns[agent] = 0
                lives += 1
    assert lives > 20


@pytest.mark.parametrize("terminate", [False, True])
def test_at_the_horizon_all_are_truncated_and_the_living_may_be_bootstrapped(terminate):
    env = FlatEnv(LAW, horizon=60, terminate=terminate)
    *_, (*_, truncations, infos) = play(env, 60)
    assert all(truncations.values())
    assert env.agents == []
    for info in infos.values():
        lives_on = info["id"] >= 0 and not info["lifetime"]
        assert info["TimeLimit.truncated"] == lives_on


def test_after_the_end_nobody_is_left_to_act():
    env = FlatEnv(LAW, horizon=1)
    with pytest.raises(ResetNeeded):
        env.step({})
    env.reset()
    env.step({})
    assert env.step({}) == ({}, {}, {}, {}, {})
    with pytest.raises(ResetNeeded):
        env.step({"slot_0": 0})
    with pytest.raises(ActionError, match="actions are a dict by agent, not None"):
        env.step(None)


# -- PettingZoo's own check -----------------------------------------------------------------


@pytest.mark.parametrize("config", [LAW, CHAOS, NPCS, SKILLED])
def test_it_passes_the_api_test(config, capsys):
    parallel_api_test(FlatEnv(config, horizon=100), num_cycles=300)
    assert "Passed" in capsys.readouterr().out


def test_the_api_test_objects_to_a_terminated_agent_that_stays():
    with pytest.raises(AssertionError, match=r"\['slot_0', .*'slot_5'\] != "):
        parallel_api_test(FlatEnv(LAW, horizon=100, terminate=True), num_cycles=300)


# -- Seeds ----------------------------------------------------------------------------------


def record(env, ticks=100, seed=5):
    return [(obs["slot_2"].sum(), *r.values()) for obs, r, *_ in play(env, ticks, seed)]


def test_a_seed_gives_the_same_episode_again_and_then_another():
    env = FlatEnv(LAW, num_realms=2)
    first, digest = record(env), env.world.realms.digest()
    assert (record(env), env.world.realms.digest()) == (first, digest)
    env.reset()
    assert env.world.realms.indices == (2, 3)


def test_copies_without_a_seed_play_different_worlds():
    env = FlatEnv(LAW, seed=None)
    copy = cloudpickle.loads(cloudpickle.dumps(env))
    env.reset()
    copy.reset()
    assert env.world.realms.digest() != copy.world.realms.digest()


def test_a_copy_of_a_running_one_goes_on_alike():
    env = FlatEnv(CHAOS)
    record(env, 20)
    copy = cloudpickle.loads(cloudpickle.dumps(env))
    for other in (env, copy):
        other.step(random_actions(other, np.random.default_rng(1)))
    assert env.world.realms.digest() == copy.world.realms.digest()


def test_an_option_chooses_the_map():
    env = FlatEnv(LAW, num_realms=2)
    env.reset(options={"map": 10_003})
    assert env.world.realms.maps == (10_003, 10_003)


# -- Bad input ------------------------------------------------------------------------------

BAD_ACTIONS = [
    (LAW, np.int64(5), r"realm 0, agent 1 \(slot 1\): move 5 is not in 0 … 4"),
    (LAW, 1.0, r"realm 0, agent 1 \(slot 1\): an action is an integer, not 1.0"),
    (LAW, [1, 2], r"realm 0, agent 1 \(slot 1\): .* not \[1, 2\]"),
    (CHAOS, [0, 4, 0], r"realm 0, agent 1 \(slot 1\): style 4 is not in 0 … 3"),
    (CHAOS, [0, 1, 9], r"realm 0, agent 1 \(slot 1\): target 9 is not in 0 … 8"),
    (CHAOS, [0, [1, 2]], r"realm 0, agent 1 \(slot 1\): .* not \[0, \[1, 2\]\]"),
    (CHAOS, 1, r"realm 0, agent 1 \(slot 1\): an action is integers of shape \(3,\)"),
]


@pytest.mark.parametrize(("config", "action", "message"), BAD_ACTIONS)
def test_an_impossible_action_is_refused_and_changes_nothing(config, action, message):
    env = FlatEnv(config)
    env.reset()
    digest = env.world.realms.digest()
    actions = random_actions(env, np.random.default_rng(0)) | {"slot_1": action}
    with pytest.raises(ActionError, match=message):
        env.step(actions)
    assert env.world.realms.digest() == digest


def test_an_unknown_agent_is_refused():
    env = FlatEnv(LAW)
    env.reset()
    with pytest.raises(ActionError, match="no agent is named 'slot_6'; there are slot_0 … slot_5"):
        env.step({"slot_6": 0})


@pytest.mark.parametrize("actions", [None, [0], "slot_0", np.zeros(6, np.int64)])
def test_actions_that_are_no_dict_are_refused(actions):
    env = FlatEnv(LAW)
    env.reset()
    with pytest.raises(ActionError, match="actions are a dict by agent, not"):
        env.step(actions)


def test_who_is_left_out_stays():
    env, other = FlatEnv(CHAOS), FlatEnv(CHAOS)
    env.reset()
    other.reset()
    env.step({"slot_1": np.zeros(3, np.int64)})
    other.step({agent: np.zeros(3, np.int64) for agent in other.agents})
    assert env.world.realms.digest() == other.world.realms.digest()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"horizon": 0}, "horizon must be 1"),
        ({"num_realms": 0}, "num_realms must be 1"),
        ({"reward": "fame"}, "reward is one of death, alive"),
        ({"seed": -1}, "seed must be 0"),
        ({"nearest": 2.0}, "nearest takes a whole number, not 2.0"),
        ({"crop": 3.0}, "crop takes a whole number, not 3.0"),
        ({"terminate": "no"}, "terminate is True or False, not 'no'"),
        ({"render_mode": "ansi"}, "render_mode is None or 'rgb_array', not 'ansi'"),
        ({"render_mode": []}, "render_mode is None or 'rgb_array', not "),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        FlatEnv(LAW, **arguments)


def test_a_world_without_births_is_refused():
    with pytest.raises(ConfigError, match="births is 0"):
        FlatEnv(LAW.replace(births=0))


@pytest.mark.parametrize("options", [{"mapp": 1}, {"map": -1}, {"map": "a"}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match=r"reset has no option|option .map. (must be|takes)"):
        FlatEnv(LAW).reset(options=options)


def test_a_reward_of_ones_own_is_checked_and_the_tick_played_to_its_end():
    env = FlatEnv(LAW, reward=lambda obs, events: np.full(len(obs), np.nan))
    env.reset()
    with pytest.raises(ValueError, match="realm 0, agent 0: reward nan is not finite"):
        env.step({})
    assert env.world.tick == env.world.realms.state.clock[0].tick == 1


def test_a_reward_of_another_shape_is_refused():
    env = FlatEnv(LAW, reward=lambda obs, events: np.zeros(99))
    env.reset()
    with pytest.raises(ValueError, match=r"reward has shape \(99,\), not \(2,\)"):
        env.step({})


@pytest.mark.parametrize(
    ("module", "package", "extra"), [("flat", "pettingzoo", "pettingzoo"), ("rllib", "ray", "ray")]
)
def test_without_the_package_the_error_says_what_to_install(module, package, extra):
    code = f"import sys; sys.modules[{package!r}] = None\nimport forge.adaptors.{module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"is not installed: pip install -e '.[{extra}]' brings it" in done.stderr
