"""The benchmark: its names, its arithmetic, and one small run of it."""

import json
import os
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from forge.blade import Config, Realms
from forge.blade.scripted import SCRIPTED
from forge.blade.tiles import Tile
from forge.cli import main
from forge.cli.bench import skill, watched
from forge.cli.bench.calibration import Calibration
from forge.cli.bench.cores import Use, between, shares, use_of
from forge.cli.bench.footprint import family, proportional_set_size
from forge.cli.bench.pages import page, skill_page, watched_page
from forge.cli.bench.plan import Plan, quick_plan
from forge.cli.bench.report import Samples
from forge.cli.bench.scale import ScalePlan, config_of, measure_one, quick_scale_plan, spread
from forge.cli.bench.skill import measure_skill
from forge.cli.bench.systems import config_of as saga_config
from forge.cli.bench.systems import observed_bytes
from forge.cli.bench.vecenv import Stepping
from forge.cli.bench.watched import measure_watched
from forge.cli.bench.world import World
from forge.trinity.shard import shard_realms
from tests.web import needs_page

NAMES = (
    "env_agent_steps_per_s",
    "rollout_agent_steps_per_s",
    "train_agent_steps_per_s",
    "train_all_cores_agent_steps_per_s",
    "bytes_per_agent_step",
    "vecenv_agent_steps_per_s",
    "vecenv_all_cores_agent_steps_per_s",
    "vecenv_bytes_per_agent_step",
    "vecenv_over_native_bytes",
    "vectorenv_agent_steps_per_s",
    "living_mean",
)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    result = CliRunner().invoke(main, ["bench", "--json", "--quick"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_the_names_that_scripts_rely_on_are_there(figures: dict[str, Any]) -> None:
    assert all(figures[name] > 0 for name in NAMES)


def test_all_places_are_living(figures: dict[str, Any]) -> None:
    assert figures["living_mean"] == quick_plan().agents


def test_the_parts_of_an_agent_step_add_up(figures: dict[str, Any]) -> None:
    parts = sum(value for name, value in figures.items() if name.endswith("_us"))
    assert parts == pytest.approx(1e6 / figures["train_agent_steps_per_s"], rel=1e-6)


def test_the_page_for_people_holds_the_same_figures(figures: dict[str, Any]) -> None:
    text = page(figures, quick_plan())
    assert f"{figures['train_agent_steps_per_s']:,.0f}" in text
    assert f"{figures['bytes_per_agent_step']:,.1f}" in text
    assert f"{figures['vecenv_bytes_per_agent_step']:,.1f}" in text


def test_what_needs_gymnasium_is_left_open_without_it(figures: dict[str, Any]) -> None:
    text = page({**figures, "vectorenv_agent_steps_per_s": None}, quick_plan())
    assert re.search(r"Gymnasium, agent-steps/s, one core +–", text)


def test_the_full_setting_is_the_published_one() -> None:
    plan, config = Plan(), Plan().config()
    assert (plan.realms, plan.runs, plan.warmup) == (16, 7, 500)
    assert (config.max_agents, config.births, config.populations) == (128, 128, 1)
    assert (config.hidden, config.combat, config.learner) == (32, False, "pg")
    assert config.horizon == 64


def test_ppo_is_measured_as_users_run_it() -> None:
    config, ours = Plan().config("ppo"), Config().as_dict()
    changed = {name for name, value in config.as_dict().items() if value != ours[name]}
    assert changed == {"births", "combat", "learning_rate", "populations"}


def test_shards_are_those_of_training() -> None:
    plan = Plan()
    assert [tuple(shard) for shard in plan.shards] == shard_realms(plan.config(), plan.realms)


def test_a_world_counts_every_living_agents_tick() -> None:
    plan = Plan(realms=2, agents=4, warmup=3, ticks=8)
    times = World(plan).run()
    assert times.agent_steps == 2 * 4 * 8
    assert times.rows >= times.agent_steps  # everyone sees itself


def test_stepping_counts_every_agents_tick_and_what_is_seen() -> None:
    plan = Plan(realms=2, agents=4, warmup=3, ticks=8)
    with Stepping(plan, 1) as stepping:
        times = stepping.run()
    assert times.agent_steps == 2 * 4 * 8
    window = 225 * (1 + 2)  # bytes: kind and crowd of each tile, the greater part of what is seen
    assert window < times.bytes / times.agent_steps < 10 * window
    assert times.seconds > 0


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_stepping_on_one_core_shares_it_with_its_worker() -> None:
    before = os.sched_getaffinity(0)
    with Stepping(Plan(realms=2, agents=4, warmup=1, ticks=8), 1) as stepping:
        (pid,) = stepping._envs.pids
        with stepping._core():
            assert os.sched_getaffinity(pid) == os.sched_getaffinity(0) == {max(before)}
    assert os.sched_getaffinity(0) == before


def test_masked_agents_never_move_into_lava() -> None:
    from forge.cli.bench.swords import mask_lava

    obs = Realms(Plan(agents=64).config()).observation
    beside = obs.tiles[:, 7 - 1, 7] == Tile.LAVA
    assert beside.any()
    mask_lava(obs)
    assert not obs.can_move[beside, 4].any()
    assert obs.can_move[:, 0].all()


def test_ratios_are_of_pairs() -> None:
    samples = Samples({"a": [2.0, 9.0, 8.0], "b": [1.0, 3.0, 2.0]})
    assert samples.ratio("a", "b") == 3.0  # of 2, 3 and 4
    assert samples.medians() == {"a": 8.0, "b": 2.0}


def test_calibration_times_both_pieces() -> None:
    found = Calibration(loops=1000, size=1000).run()
    assert all(np.isfinite(value) and value > 0 for value in found.values())


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="Linux only")
def test_memory_of_this_process_is_found() -> None:
    size = proportional_set_size(family())
    assert size is not None
    assert size > 2**20


def test_memory_of_a_process_that_ended_is_nothing() -> None:
    assert proportional_set_size([2**22 + 1]) in (0, None)


def test_skill_is_timed_from_nothing() -> None:
    result = CliRunner().invoke(main, ["bench", "--skill", "--json", "--quick"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert 0 < figures["lifetime_1_s"] <= figures["lifetime_2_s"]
    assert "lifetime 1 after" in result.stderr
    assert re.search(r"\n2 +\d+\.\d +\d+", skill_page(figures, quick_plan()))


def test_a_seed_that_never_gets_there_counts_as_the_latest(monkeypatch: Any) -> None:
    runs = iter([{1.0: (5.0, 50)}, {}, {1.0: (7.0, 70)}])
    monkeypatch.setattr(skill, "train", lambda plan, seed: next(runs))
    figures = measure_skill(Plan(lifetimes=(1.0,), seeds=3), lambda _: None)
    assert (figures["lifetime_1_s"], figures["lifetime_1_agent_steps"]) == (7.0, 70)


def test_a_skill_that_is_not_reached_is_left_open() -> None:
    plan = replace(quick_plan(), lifetimes=(1e9,), patience=0)
    figures = measure_skill(plan, lambda _: None)
    assert figures["lifetime_1e+09_s"] is None
    assert re.search(r"\n1e\+09 +– +–", skill_page(figures, plan))


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the system does not tell")
def test_the_time_of_workers_is_shared_out(figures: dict[str, Any]) -> None:
    names = [name for name in figures if name.startswith("train_ppo") and name.endswith("_share")]
    assert len(names) == 4
    assert sum(figures[name] for name in names) == pytest.approx(1)
    assert 0 < figures["train_ppo_all_cores_running_share"] <= 1.05


def test_shares_of_time_are_those_of_all_workers() -> None:
    found = shares(Use(running=6.0, queued=1.0), parent=0.5, seconds=5.0, workers=2)
    assert found == pytest.approx((0.6, 0.1, 0.1, 0.2))


def test_where_the_system_does_not_tell_nothing_is_claimed() -> None:
    assert use_of([2**30]) is None
    assert between(None, Use(1.0, 1.0)) is None


# -- Cost against the number of agents ---------------------------------------------------------


def test_scale_prints_a_line_for_each_number_of_realms_and_agents() -> None:
    result = CliRunner().invoke(main, ["bench", "--scale", "--quick"])
    assert result.exit_code == 0, result.output
    counts = [tuple(map(int, line.split()[:2])) for line in result.stdout.splitlines()[4:]]
    assert counts == quick_scale_plan().combinations() == [(1, 8), (2, 8), (1, 16)]


def test_scale_measures_time_rows_start_and_memory() -> None:
    plan = ScalePlan(realms=(2,), agents=(16,), ticks=2, runs=2, seconds=0.0)
    line = measure_one(plan, 2, 16)
    assert (line["realms"], line["agents"]) == (2, 16)
    assert min(line["observe_us"], line["start_s"]) > 0
    assert line["rows_per_agent"] >= 1  # everyone sees itself
    assert line["memory_bytes"] is None or line["memory_bytes"] > 2**20


def test_saga_measures_worlds_in_which_every_slot_is_taken() -> None:
    result = CliRunner().invoke(main, ["bench", "--saga", "--quick", "--json"])
    assert result.exit_code == 0, result.output
    law, saga = json.loads(result.stdout)["saga"]
    assert (law["world"], saga["world"]) == ("law128", "saga128")
    for line in (law, saga):
        assert line["living"] == 128
        assert line["env_agent_steps_per_s"] > line["train_agent_steps_per_s"] > 0
        assert line["random_agent_steps_per_s"] > line["train_agent_steps_per_s"]
        assert line["memory_bytes"] is None or line["memory_bytes"] > line["state_bytes_per_realm"]
    assert (law["npcs"], 100 < saga["npcs"] <= 128) == (0, True)
    assert saga["state_bytes_per_realm"] > law["state_bytes_per_realm"]


def test_an_agent_of_saga_observes_less_than_1_4_kilobytes_with_all_slots_taken() -> None:
    realms = Realms(saga_config("saga128"))
    for _ in range(60):
        realms.step(SCRIPTED["trader"](realms.observation))
        assert observed_bytes(realms.observation) < 1434 * len(realms.observation)
    assert len(realms.observation) == 128


def test_scale_leaves_out_what_is_too_many_in_all() -> None:
    pairs = ScalePlan().combinations()
    assert {(1, 65_535), (4, 10_000), (16, 1000), (100, 128)} <= set(pairs)
    assert max(W * E for W, E in pairs) <= 100_000


def test_agents_live_as_densely_on_every_map() -> None:
    densities = [E / config_of(E).side ** 2 for E in (128, 1000, 10_000, 65_535)]
    assert config_of(128).map_size == 80
    assert densities == pytest.approx([128 / 62**2] * 4, rel=0.01)


def test_agents_are_spread_one_to_a_tile() -> None:
    realms = Realms(config_of(1000))
    spread(realms)
    assert (realms.state.crowd.sum(), realms.state.crowd.max()) == (1000, 1)
    assert not np.isin(realms.observation.tiles[:, 7, 7], (Tile.WATER, Tile.STONE, Tile.LAVA)).any()
    quarters = realms.observation.ent["row"] // 48  # of 191 rows
    assert np.bincount(quarters, minlength=4).min() > 150


def test_two_benchmarks_at_once_are_refused() -> None:
    result = CliRunner().invoke(main, ["bench", "--scale", "--skill"])
    assert result.exit_code == 2
    assert "give one of them" in result.output


def test_the_cost_of_a_viewer_is_a_ratio_of_pairs(monkeypatch: Any) -> None:
    costs = iter([(9, 9), (2e-6, 1e-6), (3e-6, 2e-6), (4e-6, 1e-6), (5e-6, 1e-6)])
    monkeypatch.setattr(watched._Run, "measure", lambda self: next(costs))
    monkeypatch.setattr(
        watched, "_onlooker", lambda run: run.handed_over.append(1e-4) or nullcontext()
    )
    monkeypatch.setattr(watched, "Beside", lambda about: nullcontext())
    figures = measure_watched(replace(quick_plan(), runs=2), lambda _: None)
    assert figures["alone_us_per_agent_step"] == pytest.approx(3)
    assert figures["loss_us_per_agent_step"] == pytest.approx((1.5 + 1.25) / 2 - 1)
    assert figures["hand_over_us_per_epoch"] == pytest.approx(100)
    assert "the run's processor time" in watched_page(figures)


@needs_page
def test_a_run_is_timed_alone_and_while_somebody_watches_it() -> None:
    result = CliRunner().invoke(main, ["bench", "--watched", "--json", "--quick"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    for name in ("us_per_agent_step", "processor_us_per_agent_step"):
        assert figures[f"loss_{name}"] == figures[f"watched_{name}"] / figures[f"alone_{name}"] - 1
    assert figures["hand_over_us_per_epoch"] > 0
