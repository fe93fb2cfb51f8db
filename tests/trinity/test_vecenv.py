"""VecEnv: the realms stepped from a loop of one's own."""

import multiprocessing
import os
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from forge.args import Args
from forge.blade import ActionError, Actions, Chaos, ConfigError, Realm
from forge.blade.observation import Observation
from forge.blade.tiles import Cause
from forge.errors import RunError, WorkerError
from forge.trinity import vecenv as trinity_vecenv
from forge.trinity.smith import Native, VecEnv

CONFIG = Chaos(max_agents=16, populations=2, map_size=32, border=3, births=2, maps=4, immunity=3)
# On four by four tiles everyone sees everyone: 64 rows per agent, four times the first room.
CROWDED = CONFIG.replace(max_agents=64, births=64, map_size=12, border=4)
ALL = len(Observation.__dataclass_fields__)
ENGINES = [("serial", None), ("processes", 1), ("processes", 2)]


class Faulty(Chaos):
    """Cannot be used in a worker process."""

    @property
    def counts_distinct_tiles(self):
        if multiprocessing.parent_process() is None:
            return True
        raise KeyError("no such thing")


def vecenv(config=CONFIG, engine="serial", workers=None, reward="alive", realms=3, **args):
    return VecEnv(
        config, Args(nRealm=realms, engine=engine, nWorker=workers, **args), reward=reward
    )


@pytest.fixture
def envs():
    """An environment of three realms, after a few ticks."""
    with vecenv() as envs:
        play(envs, 5)
        yield envs


def choose(obs):
    """Act as the draws of the observation say: any possible move, any style, any row."""
    rows, draws = np.diff(obs.offsets), obs.draws.T
    move = np.argmax(obs.can_move * (0.1 + obs.draws[:, :1] * np.arange(1, 6) % 1), axis=1)
    return Actions(move, (draws[1] * 4).astype(int) - 1, (draws[2] * rows).astype(int))


def as_dict(obs):
    """Write the same actions by id."""
    actions = choose(obs)
    return {
        int(ent.id): (int(move), int(style), int(stim.who[target]))
        for (ent, stim), move, style, target in zip(
            obs, actions.move, actions.style, actions.target, strict=True
        )
    }


def play(envs, ticks, choose=choose):
    """Reset if need be, and play; return the last answer of step."""
    obs = envs._obs or envs.reset()
    for _ in range(ticks):
        answer = envs.step([choose(each) for each in obs])
        obs = answer[0]
    return answer


def digests(ticks, config=CONFIG, choose=choose, **how):
    with vecenv(config, **how) as envs:
        play(envs, ticks, choose)
        return envs.digests()


def realms_alone(ticks, config=CONFIG):
    """Play the same realms one by one, without VecEnv."""
    realms = [Realm(config, 0, index) for index in range(3)]
    for realm in realms:
        for _ in range(ticks):
            realm.step(choose(realm.observation))
    return realms


def arrays(obs):
    """Copy all fields of an observation."""
    fields = Observation.__dataclass_fields__
    return {name: np.copy(getattr(obs, name)) for name in fields}


def same(one, other):
    """Compare two copies; return the number of arrays compared."""
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)
    return len(one)


@pytest.mark.parametrize(("engine", "workers"), ENGINES)
def test_neither_engine_nor_workers_matter(engine, workers):
    alone = [realm.digest() for realm in realms_alone(200)]
    assert digests(200, engine=engine, workers=workers) == alone


def test_every_seed_has_its_own_worlds():
    assert len({*digests(5), *digests(5, seed=1)}) == 6


@pytest.mark.parametrize("engine", ["serial", "processes"])
@pytest.mark.parametrize("config", [CONFIG, CROWDED], ids=["sparse", "crowded"])
def test_observations_are_those_of_the_realms(config, engine):
    with vecenv(config, engine, 2) as envs:
        seen, *_ = play(envs, 7)
        expected = [realm.observation for realm in realms_alone(7, config)]
        both = zip(seen, expected, strict=True)
        assert [same(arrays(a), arrays(b)) for a, b in both] == [ALL] * 3


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_last_observation_stays_valid_for_one_step(engine):
    with vecenv(CROWDED, engine, 2) as envs:
        for _ in range(4):
            obs, *_ = play(envs, 1)
            copies = [arrays(each) for each in obs]
            play(envs, 1)
            assert [same(a, arrays(b)) for a, b in zip(copies, obs, strict=True)] == [ALL] * 3


def test_observations_are_readable_after_the_end():
    with vecenv(engine="processes", workers=2) as envs:
        obs = envs.reset()
        copies = [arrays(each) for each in obs]
    assert [same(a, arrays(b)) for a, b in zip(copies, obs, strict=True)] == [ALL] * 3


def test_memory_for_rows_grows_to_what_is_needed_and_no_further():
    with vecenv(CROWDED, "processes", 2) as envs:
        envs.reset()
        first = envs.memory_bytes
        obs, *_ = play(envs, 4)
        assert max(np.diff(each.offsets).max() for each in obs) == 64
        row, most = 44 + 8 + 4 + 2 + 1 + 3, 3 * 64 * 64  # bytes; all see all in three realms
        assert first < envs.memory_bytes < first + 2 * (row * most + 6 * 64)


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_dicts_by_id_are_as_good_as_arrays(engine):
    assert digests(30, choose=as_dict, engine=engine) == digests(30)


def test_agents_left_out_stay_and_attack_nobody():
    def nobody(_):
        return {}

    assert digests(30, choose=nobody) == digests(30, choose=lambda obs: Actions.stay(len(obs)))


def test_rewards_of_a_life_add_up_to_its_lifetime():
    total, checked = defaultdict(float), 0
    with vecenv() as envs:
        for _ in range(60):
            obs, rewards, dones, infos = play(envs, 1)
            assert dones is None
            for realm, (seen, reward, info) in enumerate(zip(obs, rewards, infos, strict=True)):
                assert (len(reward), reward.dtype) == (len(seen), np.float32)
                for agent, plus in zip(seen.ent["id"], reward, strict=True):
                    total[realm, agent] += plus
                for life in info["lives"][info["lives"].birth_tick > 0]:
                    assert total[realm, life.id] + life.last_reward == life.lifetime
                    checked += 1
    assert checked > 50


def test_life_that_began_with_reset_gets_one_reward_less():
    total, births = defaultdict(float), []
    with vecenv(realms=1) as envs:
        envs.reset()
        while not births:
            (obs,), (rewards,), _, (info,) = play(envs, 1)
            births = [life for life in info["lives"] if life.birth_tick == 0]
            for agent, plus in zip(obs.ent["id"], rewards, strict=True):
                total[agent] += plus
    assert total[births[0].id] + births[0].last_reward == births[0].lifetime - 1


def test_death_is_the_only_thing_that_counts_if_asked_for():
    with vecenv(reward="death") as envs:
        for _ in range(30):
            _, rewards, _, infos = play(envs, 1)
            assert not any(reward.any() for reward in rewards)
            assert all((info["lives"].last_reward == -1).all() for info in infos)
            if sum(len(info["lives"]) for info in infos) > 0:
                return
    pytest.fail("nobody died")


def test_who_is_missing_has_died_and_stands_in_the_lives():
    deaths = 0
    with vecenv() as envs:
        obs = envs.reset()
        for _ in range(40):
            before = [set(each.ent["id"].tolist()) for each in obs]
            obs, _, _, infos = play(envs, 1)
            for old, new, info in zip(before, obs, infos, strict=True):
                assert set(info["lives"].id.tolist()) == old - set(new.ent["id"].tolist())
                deaths += len(info["lives"])
    assert deaths > 20


def test_lives_are_whole_records_of_their_realm():
    realms = realms_alone(40)
    with vecenv() as envs:
        obs, lives = envs.reset(), [[], [], []]
        for _ in range(40):
            obs, _, _, infos = envs.step([choose(each) for each in obs])
            for kept, info in zip(lives, infos, strict=True):
                kept.extend(info["lives"])
    for kept, realm in zip(lives, realms, strict=True):
        expected = realm.take_lives()
        names = expected.dtype.names
        assert [[str(life[n]) for n in names] for life in kept] == [
            [str(life[n]) for n in names] for life in expected
        ]
        assert {life.cause for life in kept} <= {int(cause) for cause in Cause} - {Cause.ALIVE}


def test_action_of_an_agent_that_has_just_died_is_ignored_and_counted(envs):
    died = died_in_realm_0(envs)
    _, _, _, infos = envs.step([{died: (99, "any", None)}, {}, {}])
    assert [info["ignored"] for info in infos] == [1, 0, 0]
    with pytest.raises(ActionError, match=f"realm 0, agent {died}: does not live here"):
        envs.step([{died: (0, -1, None)}, {}, {}])


def died_in_realm_0(envs):
    """Play until somebody dies there; return its id."""
    while True:
        _, _, _, infos = play(envs, 1)
        if len(infos[0]["lives"]):
            return int(infos[0]["lives"].id[0])


def wrong_dicts(obs):
    """Dicts that cannot be, each with what the error says of its agent."""
    me, unseen = int(obs.ent["id"][0]), 10**6
    return [
        ({unseen: (0, -1, None)}, f"agent {unseen}: does not live here; {len(obs)} do: "),
        ({"a": (0, -1, None)}, "agent 'a': an id is a whole number"),
        ({True: (0, -1, None)}, "agent True: an id is a whole number"),
        ({me: (5, -1, None)}, f"agent {me}: move 5 is not in 0 … 4"),
        ({me: (-1, -1, None)}, f"agent {me}: move -1 is not in 0 … 4"),
        ({me: (0, 3, None)}, f"agent {me}: style 3 is not in −1 … 2"),
        ({me: (0.0, -1, None)}, f"agent {me}: move 0.0 is not a whole number"),
        ({me: (0, True, None)}, f"agent {me}: style True is not a whole number"),
        ({me: (0, -1, "b")}, f"agent {me}: target 'b' is not a whole number"),
        ({me: (0, -1, unseen)}, f"agent {me}: target {unseen} is not among the "),
        ({me: (0, -1)}, f"agent {me}: an action is 3 numbers"),
        ({me: 3}, f"agent {me}: an action is 3 numbers"),
        (None, "actions are an Actions, or a dict"),
        ((0, 0, 0), "actions are an Actions, or a dict"),
    ]


def wrong_arrays(obs):
    """Arrays that cannot be, each with what the error says."""
    n, last = len(obs), int(obs.ent["id"][-1])
    stay = Actions.stay(n)
    rows = int(obs.offsets[n] - obs.offsets[n - 1])

    def with_last(array, value):
        return np.array([*array[:-1], value])

    return [
        (Actions.stay(n + 1), f"actions.move must be integers of shape ({n},)"),
        (Actions([[0], *[[0, 1]] * (n - 1)], stay.style, stay.target), "it is no array"),
        (Actions(stay.move[:, None], stay.style, stay.target), "actions.move must be"),
        (Actions(stay.move, stay.style.astype(float), stay.target), "it is float64 of shape"),
        (Actions(stay.move.astype(bool), stay.style, stay.target), "it is bool of shape"),
        (Actions(with_last(stay.move, 5), stay.style, stay.target), f"agent {last}: move 5 is"),
        (Actions(with_last(stay.move, 256), stay.style, stay.target), f"agent {last}: move 256"),
        (Actions(stay.move, with_last(stay.style, -2), stay.target), f"agent {last}: style -2"),
        (Actions(stay.move, stay.style, with_last(stay.target, rows)), f"target {rows} is not"),
    ]


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_wrong_actions_name_realm_and_agent_and_change_nothing(engine):
    with vecenv(engine=engine, workers=2) as envs:
        obs, *_ = play(envs, 5)
        before, good = envs.digests(), [choose(each) for each in obs[:2]]
        cases = wrong_dicts(obs[2]) + wrong_arrays(obs[2])
        for wrong, words in cases:
            with pytest.raises(ActionError) as caught:
                envs.step([*good, wrong])
            assert str(caught.value).startswith("realm 2, ")
            assert words in str(caught.value)
        assert envs.digests() == before
        play(envs, 195)
        assert (envs.digests(), len(cases)) == (digests(200), 23)


def test_tensors_that_are_no_arrays_are_refused_and_change_nothing(envs):
    torch, before = pytest.importorskip("torch"), envs.digests()
    stay = Actions.stay(len(envs._obs[0]))
    for tensor in (
        torch.zeros(len(stay.move), requires_grad=True),
        torch.zeros(len(stay.move), dtype=torch.int8, device="meta"),
    ):
        with pytest.raises(ActionError, match=r"realm 0, actions\.move must be integers of shape"):
            envs.step([Actions(tensor, stay.style, stay.target), {}, {}])
        with pytest.raises(ActionError, match=r"realm 0, agent .* is not a whole number"):
            envs.step([{int(envs._obs[0].ent["id"][0]): tensor[:3]}, {}, {}])
    assert envs.digests() == before


@pytest.mark.parametrize("make", [VecEnv, Native])
def test_engine_that_there_is_not_is_refused(make):
    args = Args()
    object.__setattr__(args, "engine", "dask")  # as a later version may have it
    with pytest.raises(ConfigError, match="engine is one of serial, processes, ray; not 'dask'"):
        make(CONFIG, args)


@pytest.mark.parametrize("wrong", [[], [{}] * 4, {}, None, Actions.stay(3), np.zeros(3)])
def test_actions_that_are_no_list_with_one_entry_per_realm_are_refused(envs, wrong):
    before = envs.digests()
    with pytest.raises(ActionError, match="one entry per realm, 3 in all"):
        envs.step(wrong)
    assert envs.digests() == before


def test_error_in_a_worker_arrives_with_its_traceback():
    config = Faulty(**CONFIG.as_dict())
    with (
        vecenv(config, "processes", 2) as envs,
        pytest.raises(WorkerError, match="KeyError in realm 0, at the start: 'no such") as caught,
    ):
        envs.reset()
    assert "in counts_distinct_tiles" in caught.value.traceback


def test_error_closes_the_workers():
    with vecenv(Faulty(**CONFIG.as_dict()), "processes", 2) as envs:
        with pytest.raises(WorkerError):
            envs.reset()
        assert envs.pids == []
        with pytest.raises(RunError, match="closed"):
            envs.reset()


def test_worker_that_died_is_named_and_ends_the_environment():
    with vecenv(engine="processes", workers=2) as envs:
        obs, *_ = play(envs, 3)
        os.kill(envs.pids[1], 9)
        with pytest.raises(WorkerError, match=r"worker 1 .* died, .* realms 1 … 2: there are no"):
            envs.step([{}] * len(obs))
        with pytest.raises(RunError, match="closed"):
            envs.step([{}] * len(obs))


@pytest.mark.parametrize("engine", ["serial", "processes"])
@pytest.mark.parametrize("when", ["observations", "ended"])
def test_step_that_is_broken_off_closes_and_says_so_later(monkeypatch, engine, when):
    def interrupted(*_):
        raise KeyboardInterrupt

    with vecenv(engine=engine) as envs, monkeypatch.context() as patch:
        envs.reset()
        patch.setattr(trinity_vecenv, when, interrupted)
        with pytest.raises(KeyboardInterrupt):
            envs.step([{}] * 3)
        with pytest.raises(RunError, match="is closed: KeyboardInterrupt broke off"):
            envs.step([{}] * 3)


def test_worlds_are_hashed_only_once_they_are_there():
    with vecenv() as envs:
        with pytest.raises(RunError, match="call reset first"):
            envs.digests()
        envs.reset()
        assert len(envs.digests()) == 3


def test_list_of_observations_is_the_callers_own(envs):
    obs, *_ = play(envs, 1)
    obs.clear()
    assert len(envs.step([{}] * 3)[0]) == 3


def test_world_that_nobody_is_born_into_takes_empty_actions():
    with vecenv(CONFIG.replace(births=0)) as envs:
        envs.reset()
        obs, rewards, _, _ = envs.step([Actions([], [], []), Actions.stay(0), {}])
    assert [len(each) for each in (*obs, *rewards)] == [0] * 6


def test_environment_is_reset_once_and_then_stepped():
    with vecenv() as envs:
        with pytest.raises(RunError, match="call reset first"):
            envs.step([{}] * 3)
        envs.reset()
        with pytest.raises(RunError, match="reset is called once"):
            envs.reset()


def test_closing_twice_does_nothing():
    envs = vecenv(engine="processes", workers=2)
    envs.close()
    envs.close()
    with pytest.raises(RunError, match="closed"):
        envs.reset()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"run": "x"}, "leave run out"),
        ({"record": "x"}, "leave record out"),
        ({"resume": "x"}, "leave resume out"),
        ({"config": Chaos}, "config is a Config, or the name of a preset; not <class"),
        ({"reward": "gold"}, "reward is one of alive, death; not 'gold'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(wrong, words):
    with pytest.raises(ConfigError, match=words):
        vecenv(**wrong)


def test_function_for_the_viewer_is_kept_and_not_called():
    with VecEnv(CONFIG, Args(engine="serial"), lambda: pytest.fail("called")) as envs:
        play(envs, 2)
        assert callable(envs.loop)
    with pytest.raises(ConfigError, match="step is a function"):
        VecEnv(CONFIG, Args(), "loop")


def test_bytes_exchanged_are_observations_actions_lives_and_messages():
    with vecenv(engine="processes", workers=2) as envs:
        obs = envs.reset()
        start, acted = envs.bytes_exchanged, sum(map(len, obs))
        obs, _, _, infos = play(envs, 1)
        seen = sum(sum(array.nbytes for array in arrays(each).values()) for each in obs)
        seen -= 3 * 8 + 3 * 8  # the end of offsets, and num_realms
        lives = sum(len(info["lives"]) for info in infos)
        known = 6 * acted + seen + lives * (infos[0]["lives"].dtype.itemsize - 8)
        assert 0 < envs.bytes_exchanged - start - known < 1000  # messages


def test_serial_engine_exchanges_nothing(envs):
    assert (envs.bytes_exchanged, envs.pids) == (0, [])


def test_there_are_at_most_as_many_workers_as_realms():
    with vecenv(engine="processes", workers=5) as envs:
        assert len(envs.pids) == 3


def own_memory(pids):
    """Sum what only these processes hold: no files, which others may map too [bytes]."""
    found = [re.findall(r"Pss_(?:Anon|Shmem): *(\d+) kB", rollup(pid)) for pid in pids]
    assert all(len(numbers) == 2 for numbers in found)
    return 1024 * sum(int(number) for numbers in found for number in numbers)


def rollup(pid):
    return Path(f"/proc/{pid}/smaps_rollup").read_text()


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="Linux only")
def test_memory_does_not_grow_with_the_ticks():
    with vecenv(engine="processes", workers=2) as envs:
        play(envs, 2000)  # until then memory that was allocated at the start is first touched
        early = own_memory([os.getpid(), *envs.pids])
        play(envs, 2400)
        assert own_memory([os.getpid(), *envs.pids]) < early + 2**20
