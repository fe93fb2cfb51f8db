"""Evaluation: figures against a plain count, determinism, loaded weights."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forge.blade.added import life_in
from forge.blade.realm import Realms
from forge.blade.scripted import SCRIPTED
from forge.config import Config, ConfigError, preset
from forge.errors import CheckpointError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.trinity import evaluate, policy
from forge.trinity.evaluate import Plan
from forge.trinity.sword import Sword
from tests.trinity.tiny import Remembering

SMALL = Config(
    max_agents=8, populations=2, map_size=24, border=4, radius=3, births=2, hidden=8, horizon=4
)
PLAN = Plan(maps=2, ticks=60, warmup=20)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"maps": 0}, "maps must be 1 … 1000000, not 0"),
        ({"maps": 10**6 + 1}, "maps must be 1 … 1000000, not 1000001"),
        ({"maps": ()}, "maps: 1 … 1000000 maps are expected, not none"),
        ({"maps": range(10**9)}, "maps: 1 … 1000000 maps are expected, not more than 1000000"),
        ({"maps": [3, 4, 3]}, "maps: map 3 is given 2 times"),
        ({"maps": [3, -1]}, "maps: the number of a map must be 0 … 2147483647, not -1"),
        ({"maps": [2**31]}, "maps: the number of a map must be 0 … 2147483647, not 2147483648"),
        ({"maps": [1.5]}, "maps: the number of a map takes a whole number, not 1.5"),
        ({"maps": "10000"}, "maps takes a whole number, not '10000'"),
        ({"maps": np.array(3)}, "maps takes a whole number"),
        ({"maps": 2.0}, "maps takes a whole number, not 2.0"),
        ({"ticks": 0}, "ticks must be 1 … 1000000000, not 0"),
        ({"ticks": True}, "ticks takes a whole number, not True"),
        ({"warmup": -1}, "warmup must be 0 … 1000000000, not -1"),
        ({"warmup": None}, "warmup takes a whole number, not None"),
        ({"seed": -1}, "seed must be 0 … 2.64 − 1, not -1"),
        ({"seed": "1"}, "seed takes a whole number, not '1'"),
    ],
)
def test_an_impossible_plan_is_refused_with_its_reason(values, said):
    with pytest.raises(ConfigError, match=said):
        Plan(**values)


def test_a_plan_takes_numpys_integers_and_makes_them_pythons_own():
    plan = Plan(np.int64(2), np.uint8(60), np.int8(20), np.uint64(0))
    assert (plan, repr(plan)) == (PLAN, repr(PLAN))


@pytest.mark.parametrize(
    ("maps", "numbers"),
    [
        (2, [10_000, 10_001]),
        ([3], [3]),
        (range(10_100, 10_103), [10_100, 10_101, 10_102]),
        (np.array([10_001, 0, 2**31 - 1]), [10_001, 0, 2**31 - 1]),
    ],
)
def test_a_plan_takes_how_many_maps_or_which(maps, numbers):
    plan = Plan(maps)
    assert (plan.numbers, plan.num_maps) == (numbers, len(numbers))
    assert {type(number) for number in plan.numbers} == {int}
    assert hash(plan) == hash(Plan(maps))


def test_a_preset_is_evaluated_by_its_name():
    plan = Plan(maps=1, ticks=20, warmup=0)
    assert report("still", "law16", plan) == report("still", preset("law16"), plan)


def report(name="careful", config=SMALL, plan=PLAN, **more):
    return evaluate.evaluate(config, SCRIPTED[name], plan, **more)


def naive_counts(name, config=SMALL, plan=PLAN):
    """Count deaths, agent-ticks and summed lifetimes tick by tick, from the events alone."""
    realms = Realms(config, plan.seed, range(plan.num_maps), plan.numbers)
    deaths = ticks = lifetimes = 0
    for tick in range(plan.warmup + plan.ticks):
        ages = realms.observation.ent["age"].copy()
        events = realms.step(SCRIPTED[name](realms.observation))
        if tick >= plan.warmup:
            ticks, deaths = ticks + len(events), deaths + int(events.died.sum())
            lifetimes += int((ages + 1)[events.died].sum())
    return deaths, ticks, lifetimes


@pytest.mark.parametrize("name", ["random", "careful", "greedy"])
def test_figures_agree_with_a_plain_count(name):
    found, (deaths, ticks, lifetimes) = report(name), naive_counts(name)
    assert deaths > 0
    assert (found["deaths"], found["agent_ticks"]) == (deaths, ticks)
    assert found["mean_lifetime"] == pytest.approx(ticks / deaths, abs=1e-4)
    assert found["mean_completed_lifetime"] == pytest.approx(lifetimes / deaths, abs=1e-4)


SAGA = preset("saga16").replace(map_size=40, npcs=8, births=4)


@pytest.mark.parametrize("config", [SMALL, SAGA], ids=["law", "saga"])
def test_the_lives_that_ended_are_handed_over(config):
    taken = []
    found = report("greedy", config, lives=taken.append)
    lives = np.concatenate(taken)
    assert found == report("greedy", config)
    assert lives.dtype == life_in(config)
    assert len(lives) == found["deaths"] > 0
    assert lives["death_tick"].min() > PLAN.warmup
    assert lives["lifetime"].mean() == pytest.approx(found["mean_completed_lifetime"], abs=1e-4)


def test_lives_of_the_first_of_several_seeds_are_handed_over():
    first, several = [], []
    report(lives=first.append)
    evaluate.over_seeds(SMALL, lambda _: SCRIPTED["careful"], PLAN, 2, lives=several.append)
    assert np.array_equal(np.concatenate(first), np.concatenate(several))


def test_causes_add_up_to_the_deaths():
    found = report()
    assert sum(found["causes"].values()) == found["deaths"]


def test_populations_add_up_to_all():
    found = report()
    for name in ("deaths", "agent_ticks"):
        assert sum(part[name] for part in found["populations"]) == found[name]


def test_one_population_is_not_listed_alone():
    assert "populations" not in report(config=SMALL.replace(populations=1))


def test_the_same_arguments_give_the_same_figures():
    assert report() == report()


def test_another_seed_gives_other_figures():
    assert report() != report(plan=Plan(maps=2, ticks=60, warmup=20, seed=1))


def test_maps_are_held_out():
    assert report()["maps"] == [10_000, 10_001]


def test_maps_can_be_chosen():
    chosen = Plan(maps=(10_105, 10_100, 3), ticks=60, warmup=20)
    found = report(plan=chosen)
    assert (found["maps"], len(found["mean_lifetime_by_map"])) == ([10_105, 10_100, 3], 3)
    deaths, ticks, _ = naive_counts("careful", plan=chosen)
    assert (found["deaths"], found["agent_ticks"]) == (deaths, ticks)


def test_a_number_of_maps_is_the_first_held_out_ones():
    assert report() == report(plan=Plan(maps=[10_000, 10_001], ticks=60, warmup=20))


def test_a_loaded_network_plays_chosen_maps_with_several_seeds(tmp_path):
    path, _ = save(tmp_path / "a.safetensors")
    plan = Plan(maps=[10_100, 10_105, 7], ticks=20, warmup=5)
    found = evaluate.over_seeds(
        SMALL, lambda plan: evaluate.trained(SMALL, [path], plan), plan, seeds=2
    )
    assert (found["maps"], found["seeds"]) == ([10_100, 10_105, 7], [0, 1])


def test_without_deaths_there_is_no_mean_lifetime():
    found = report("still", SMALL.replace(combat=False), Plan(maps=1, ticks=10, warmup=0))
    assert found["deaths"] == 0
    assert found["mean_lifetime"] is None
    assert found["lifetime_ci95"] is None


def test_still_agents_visit_nothing_of_the_interior():
    assert report("still")["coverage"] == 0.0


def test_coverage_is_a_share_of_the_walkable_interior():
    counts = evaluate.play(SMALL, SCRIPTED["careful"], PLAN)
    shares = [
        (visited.any(axis=0) & walkable).sum() / walkable.sum()
        for visited, walkable in zip(counts.visited, counts.walkable, strict=True)
    ]
    assert 0 < np.mean(shares) < 1
    assert report()["coverage"] == pytest.approx(np.mean(shares), abs=1e-4)


def test_the_warm_up_does_not_count():
    plan = Plan(maps=1, ticks=1, warmup=30)
    assert report(plan=plan)["agent_ticks"] <= SMALL.max_agents


def test_progress_counts_every_tick():
    played = []
    report(progress=played.append)
    assert sum(played) == PLAN.warmup + PLAN.ticks


def save(path, populations=2, config=SMALL):
    layout = Layout(Sword.parameters(config))
    model = layout.initialise(populations, np.random.default_rng(0))
    checkpoint.save_model(path, model, layout, config)
    return str(path), model


def test_a_loaded_network_plays(tmp_path):
    path, _ = save(tmp_path / "a.safetensors")
    decide = evaluate.trained(SMALL, [path], PLAN)
    found = evaluate.evaluate(SMALL, decide, PLAN)
    assert found["deaths"] > 0
    assert found == evaluate.evaluate(SMALL, evaluate.trained(SMALL, [path], PLAN), PLAN)


def test_populations_are_put_together_from_several_files(tmp_path):
    a, first = save(tmp_path / "a.safetensors")
    b, second = save(tmp_path / "b.safetensors", populations=1)
    model = policy.weights(SMALL, [f"0={a}#1", f"1={b}"], Sword)
    np.testing.assert_array_equal(model, [first[1], second[0]])


def test_a_population_without_weights_is_an_error(tmp_path):
    path, _ = save(tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="population 1 has no weights"):
        policy.weights(SMALL, [f"0={path}"], Sword)


def test_another_class_of_sword_can_be_evaluated(tmp_path):
    layout = Layout(Remembering.parameters(SMALL))
    path = str(tmp_path / "a.safetensors")
    checkpoint.save_model(path, np.ones((2, 3), np.float32), layout, SMALL)
    decide = evaluate.trained(SMALL, [path], PLAN, Remembering)
    assert evaluate.evaluate(SMALL, decide, PLAN)["deaths"] > 0


def test_an_evaluated_sword_cannot_write_into_the_weights_either(tmp_path):
    class Scribbling(Remembering):
        def recv_update(self, model):
            model += 1

    path, layout = str(tmp_path / "a.safetensors"), Layout(Remembering.parameters(SMALL))
    checkpoint.save_model(path, np.ones((2, 3), np.float32), layout, SMALL)
    with pytest.raises(ValueError, match="read-only"):
        evaluate.trained(SMALL, [path], PLAN, Scribbling)


def test_scripted_agents_are_evaluated_without_torch():
    code = (
        "import sys; from forge.config import Law; "
        "from forge.blade.scripted import SCRIPTED; from forge.trinity import evaluate as e; "
        "e.evaluate(Law(max_agents=8), SCRIPTED['greedy'], e.Plan(1, 2, 0)); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def of_class(path, sword, module):
    """Keep weights for a Sword, as a run does that was trained with a class of that module."""
    layout = Layout(sword.parameters(SMALL))
    model = layout.initialise(2, np.random.default_rng(0))
    about = {"layout": layout.described(), "config": SMALL.as_dict()}
    about["classes"] = {"Sword": [module, "Harvester"]}
    checkpoint.write(path, {"model": model}, about)
    return str(path)


@pytest.mark.parametrize(("module", "told"), [("harvest", True), ("forge.trinity.sword", False)])
def test_weights_of_somebodys_own_sword_are_told_of(tmp_path, caplog, module, told):
    evaluate.trained(SMALL, [of_class(tmp_path / "a", Sword, module)], PLAN)
    assert ("trained by a Sword of its own, Harvester (of harvest)" in caplog.text) == told


def test_their_own_sword_takes_them_without_a_word(tmp_path, caplog):
    load = [of_class(tmp_path / "a", Remembering, "harvest")]
    evaluate.trained(SMALL, load, PLAN, Remembering)
    assert caplog.text == ""


def test_weights_that_do_not_fit_say_which_call_loads_them(tmp_path):
    load = [of_class(tmp_path / "a", Remembering, "harvest")]
    with pytest.raises(CheckpointError, match=r"evaluate\.trained\(config, \[…\], plan, Sword\)"):
        evaluate.trained(SMALL, load, PLAN)


@pytest.mark.parametrize("given", [str, Path, lambda path: [Path(path)], lambda path: (path,)])
def test_checkpoints_are_named_as_in_args(tmp_path, given):
    path, model = save(tmp_path / "a.safetensors")
    assert (policy.weights(SMALL, given(path), Sword) == model).all()
    assert evaluate.players(SMALL, given(path)) == [f"{path}#0", f"{path}#1"]
    assert evaluate.trained(SMALL, given(path), PLAN)


@pytest.mark.parametrize(
    ("load", "sword", "said"),
    [
        (5, None, "load takes a path, not 5"),
        ("a", "Sword", "sword is a subclass of Sword or SwordBase, not 'Sword'"),
        ("a", int, "sword is a subclass of Sword or SwordBase, not <class 'int'>"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(load, sword, said):
    with pytest.raises(ConfigError, match=said):
        evaluate.trained(SMALL, load, PLAN, sword)
