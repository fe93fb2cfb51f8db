"""Gods that choose quests, and runs with quests: what is learned, rewarded and repeated."""

import json
from itertools import islice

import numpy as np
import pytest

from forge import Args, trinity
from forge.blade import preset
from forge.blade.categories import QUESTED
from forge.blade.quests import quests_in
from forge.blade.realm import Realms
from forge.blade.recording.replay import Recording, verify
from forge.blade.scripted import SCRIPTED
from forge.ethyr.summary import Summary
from forge.trinity import evaluate
from forge.trinity.god import God
from forge.trinity.shard import Shard
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity
from forge.trinity.vecenv import VecEnv
from tests.trinity import resumed, tiny
from tests.trinity.summaries import summary
from tests.trinity.tiny import CONFIG, Alternating, Counting, Remembering, Still, digests

TABLE = json.dumps([{"does": "eat", "number": 2}, {"does": "lifetime", "number": 9, "weight": 3}])
QUESTS = CONFIG.replace(quests=TABLE)
EATERS = CONFIG.replace(
    quests=json.dumps([{"does": "eat", "number": 4}, {"does": "lifetime", "number": 64}]),
    quest_weight=2.0,
)
PAIR = QUESTS.replace(realms_per_shard=2)
SAGA = preset("saga16").replace(
    max_agents=8, populations=2, npcs=8, map_size=40, births=2, horizon=6, hidden=8, radius=4,
    passes=2, minibatches=1, realms_per_shard=1,
)  # fmt: skip


class Giving(God):
    """Gives one quest after the other, and sometimes leaves it at the drawn one."""

    given = 0

    def quest(self, entity):
        self.given += 1
        return None if self.given % 4 == 0 else 1 + self.given % len(quests_in(self.config))

    def state(self):
        return {"given": self.given}

    def load_state(self, state):
        self.given = state["given"]


class Both(Giving, Alternating):
    """Chooses populations, too."""

    def state(self):
        return Alternating.state(self) | Giving.state(self)

    def load_state(self, state):
        Alternating.load_state(self, state)
        Giving.load_state(self, state)


class Watching(Giving):
    """Remembers whom it was asked for, and leaves the quest as it was drawn."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = []

    def quest(self, entity):
        self.seen.append((int(entity.id), int(entity.population), int(entity.age)))
        entity.health = 1  # a copy


def shard(god, config=PAIR):
    return Shard(config, Args(nRealm=2), Trinity(Still, god, Remembering), 0)


def played(god, config=PAIR, epochs=3):
    made = shard(god, config)
    for _ in range(epochs):
        made.play(np.zeros((2, 3), np.float32))
    return made


def given_in(made):
    """List the quests of the living, in the order of their birth."""
    agents, quests = made.realms.state.agents[0], made.realms.state.quests[0]
    order = np.argsort(agents["id"])
    return quests["quest"][order[agents["alive"][order]]].tolist()


def test_a_god_gives_quests_in_the_order_of_birth():
    god = type("Second", (God,), {"quest": lambda self, entity: 2 - entity.id % 2})
    made = played(god)
    ids = np.sort(made.realms.state.agents[0]["id"][made.realms.state.agents[0]["alive"]])
    assert given_in(made) == (2 - ids % 2).tolist()


def test_a_god_is_asked_once_per_birth_of_a_copy_of_the_newborn():
    made = played(Watching)
    for w, god in enumerate(made.gods):
        assert len(god.seen) == made.realms.state.tally["births"][w].sum()
        assert [seen[0] for seen in god.seen] == list(range(len(god.seen)))
        assert {seen[2] for seen in god.seen} == {0}
    agents = made.realms.state.agents
    assert (agents["health"][agents["alive"]] > 1).all()


def test_a_god_that_leaves_quests_as_drawn_leaves_the_world_as_it_would_be():
    assert played(Watching).realms.digest() == played(God).realms.digest()


def test_a_god_that_gives_quests_changes_nothing_else_of_a_world():
    ours, theirs = played(Giving).realms.snapshot(), played(God).realms.snapshot()
    different = {name for name in ours if not np.array_equal(ours[name], theirs[name])}
    assert different == {"quests"}


def test_a_god_may_choose_both():
    made = played(Both)
    assert [god.born for god in made.gods] == [god.given for god in made.gods]
    assert made.gods[0].born > 4


def test_a_god_is_not_asked_for_quests_where_there_are_none():
    made = played(Watching, CONFIG.replace(realms_per_shard=2))
    assert made.gods[0].seen == []
    assert made._compiled.all()


@pytest.mark.parametrize("quest", [0, 3, -1, 1.0, True, "1", np.zeros(2)])
def test_an_impossible_quest_is_refused_with_realm_tick_and_agent(quest):
    god = type("Odd", (God,), {"quest": lambda self, entity: quest})
    with pytest.raises(ValueError, match=r"^realm 0, tick 0, agent 0: quest .* not in 1 … 2$"):
        shard(god)


def test_a_quest_may_be_one_of_numpys_integers():
    god = type("Numeric", (God,), {"quest": lambda self, entity: np.uint8(2)})
    assert set(given_in(shard(god))) == {2}


def test_nobody_is_drawn_for_a_realm_that_is_full():
    realms = Realms(QUESTS.replace(births=6), 1)
    before = realms.digest()
    with pytest.raises(ValueError, match=r"^realm 0, tick 0: all 6 slots live$"):
        realms.draw_population(0)
    realms.place_due(0)  # nobody is due
    assert realms.digest() == before


def test_a_god_of_the_default_rule_bears_whom_the_world_would():
    compiled, by_hand = Realms(QUESTS, 1), Realms(QUESTS, 1)
    by_hand.reset(np.zeros(1, np.bool_))
    by_hand.place_due(0)
    by_hand.bear(np.zeros(1, np.bool_))
    assert by_hand.digest() == compiled.digest()


# -- Runs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("god", [Giving, Both])
def test_runs_of_a_god_that_gives_quests_repeat(god):
    assert trinity.check(Trinity(Counting, god, Remembering), QUESTS) == 8  # epochs


def test_a_god_gives_the_same_quests_after_a_worker_was_killed(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    mark.touch()
    monkeypatch.setenv("FORGE_TEST_MARK", str(mark))
    suicidal = Trinity(Counting, Giving, tiny.KillsItsWorker)
    plain = Trinity(Counting, Giving, Remembering)
    found = digests(suicidal, 4, QUESTS, engine="processes", nWorker=2)
    assert found == digests(plain, 4, QUESTS)
    assert not mark.exists()  # a worker was killed indeed


def saga(epochs, god=Giving, engine="serial", **where):
    """Train a small Saga under a God; give the digest of the end."""
    default = trinity.Trinity(trinity.Pantheon, god, trinity.Sword)
    with Native(SAGA, Args(nRealm=2, engine=engine, **where), default) as envs:
        envs.run(epochs, quiet=True)
        return envs.digest


def test_saga_with_quests_of_a_god_is_the_same_on_workers_and_resumed(tmp_path):
    digest = saga(4)
    assert saga(4, God) != digest
    assert saga(4, engine="processes", nWorker=2) == digest
    assert saga(2, run=str(tmp_path / "cut")) != digest
    assert saga(4, resume=str(tmp_path / "cut")) == digest


def test_saga_that_is_resumed_ends_with_the_same_digest(tmp_path):
    resumed.ends_as_without_a_stop(SAGA, tmp_path)


@pytest.mark.parametrize("god", [Giving, Both, God])
def test_a_run_whose_god_gives_quests_is_recorded(god, tmp_path):
    path = str(tmp_path / "a")
    made = Trinity(Counting, god, Remembering)
    with Native(QUESTS, Args(nRealm=2, engine="serial", record=path), made) as envs:
        envs.run(3, quiet=True)
        (first, *_) = tiny.held(envs)
        digest = first.realms.digest()
    recording = Recording.read(path)
    assert (recording.head.chosen, recording.head.quests) == (god is Both, god is not God)
    assert verify(recording) == digest


def test_networks_learn_of_their_quests():
    with Native(SAGA, Args(nRealm=2, engine="serial")) as envs:
        before, layout = envs.pantheon.model.copy(), envs.pantheon.layout
        envs.run(2, quiet=True)
        changed = before != envs.pantheon.model
    assert changed[:, layout.slices["quest"]].any()


# -- Figures --------------------------------------------------------------------------------


def test_summaries_say_how_far_lives_have_come(tmp_path):
    run = str(tmp_path / "run")
    with Native(EATERS, Args(nRealm=2, engine="serial", run=run)) as envs:
        summaries = [*islice(envs, 4)]
    found = [line["quests"] for line in summaries if line["quests"]["progress"] is not None]
    assert found
    assert all(0 <= it["done"] <= it["progress"] <= 1 for it in found)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["quests"] for line in lines] == [it["quests"] for it in summaries]
    for line in map(json.loads, lines):
        each = line["quests"]["by_number"]
        assert each.keys() <= {"1", "2"}
        assert sum(it["lives"] for it in each.values()) == sum(line["deaths"].values())


def test_a_line_of_progress_names_quests_where_there_are_some():
    told = summary() | {"quests": {"done": 0.25, "progress": 0.5}}
    assert str(Summary(told)).endswith(" | quests 25% done, 50% on average")
    nobody = summary() | {"quests": {"done": None, "progress": None}}
    assert str(Summary(nobody)) == str(summary())


PLAN = evaluate.Plan(maps=2, ticks=120, warmup=10)


def lives_of(plan):
    """Play an evaluation by hand; give the lives that ended in the ticks that count."""
    realms = Realms(EATERS, plan.seed, range(plan.num_maps), plan.numbers)
    for tick in range(plan.warmup + plan.ticks):
        if tick == plan.warmup:
            realms.take_lives()
        realms.step(SCRIPTED["greedy"](realms.observation))
    return realms.take_lives()


def test_evaluation_says_how_far_lives_have_come_with_each_quest():
    found, lives = evaluate.evaluate(EATERS, SCRIPTED["greedy"], PLAN), lives_of(PLAN)
    progress = lives["progress"] / lives["goal"]
    assert found["quests"]["progress"] == pytest.approx(progress.mean(), abs=1e-4)
    assert found["quests"]["done"] == pytest.approx((progress == 1).mean(), abs=1e-4)
    assert [it["name"] for it in found["by_quest"]] == ["eat 4 times", "live 64 ticks"]
    for it in found["by_quest"]:
        mine = progress[lives["quest"] == it["quest"]]
        assert it["lives"] == len(mine) > 3
        assert it["done"] == pytest.approx((mine == 1).mean(), abs=1e-4)
        assert it["progress"] == pytest.approx(mine.mean(), abs=1e-4)


def test_evaluation_averages_quests_of_populations_and_seeds():
    over = evaluate.over_seeds(EATERS, lambda plan: SCRIPTED["greedy"], PLAN, 2)
    deaths = [population["deaths"] for population in over["populations"]]
    means = [population["quests"]["progress"] for population in over["populations"]]
    assert over["quests"]["progress"] == pytest.approx(np.average(means, weights=deaths), abs=1e-3)
    assert sum(it["lives"] for it in over["by_quest"]) == over["deaths"]


def test_worlds_without_quests_say_nothing_of_them():
    found = evaluate.evaluate(CONFIG, SCRIPTED["greedy"], evaluate.Plan(maps=1, ticks=30))
    assert not {"quests", "by_quest"} & found.keys()


# -- VecEnv ---------------------------------------------------------------------------------


def stepped(engine, reward="alive", ticks=60):
    """Let foragers play three realms: rewards by id, and the lives that ended, tick by tick."""
    rewarded, lives = [], []
    with VecEnv(EATERS, Args(nRealm=3, engine=engine), reward=reward) as envs:
        observations = envs.reset()
        for _ in range(ticks):
            given = [SCRIPTED["greedy"](obs) for obs in observations]
            observations, rewards, _, infos = envs.step(given)
            seen = zip(observations, rewards, strict=True)
            rewarded.append([dict(zip(obs.ent["id"].tolist(), r, strict=True)) for obs, r in seen])
            lives.append([info["lives"] for info in infos])
    return rewarded, lives


def expected(w, ticks=60):
    """Play one of these realms: what each agent did for its quest, by id, tick by tick."""
    realms, found = Realms(EATERS, 0, (w,)), []
    for _ in range(ticks):
        ids = realms.observation.ent["id"].tolist()
        events = realms.step(SCRIPTED["greedy"](realms.observation))
        found.append(dict(zip(ids, events.quest.tolist(), strict=True)))
    return found


@pytest.mark.parametrize("engine", ["serial", "processes"])
@pytest.mark.parametrize(("reward", "living", "last"), [("alive", 1, 0), ("death", 0, -1)])
def test_vecenv_adds_what_was_done_for_quests(engine, reward, living, last):
    rewarded, lives = stepped(engine, reward)
    checked, gained = 0, 0.0
    for w in range(3):
        for t, quests in enumerate(expected(w)):
            for agent, given in rewarded[t][w].items():
                assert given == living + 2 * quests.get(agent, 0)
            for life in lives[t][w]:
                assert life.last_reward == last + 2 * quests[life.id]
                gained += quests[life.id]
            checked += len(rewarded[t][w]) + len(lives[t][w])
    assert checked > 800
    assert gained > 0  # some died as they came closer to the end


def test_vecenv_shows_quests():
    with VecEnv(SAGA, Args(nRealm=2, engine="processes")) as envs:
        for obs in envs.reset():
            assert obs.quest.shape == (len(obs), len(QUESTED))
            assert (obs.quest[:, 0] > 0).all()
            assert {stim.quest.shape for _, stim in obs} == {(len(QUESTED),)}
