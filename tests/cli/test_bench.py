"""The benchmark: its names, its arithmetic, and one small run of it."""

import json
import os
import re
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from forge.blade import Config, Realms
from forge.blade.tiles import Tile
from forge.cli import main
from forge.cli.bench.calibration import Calibration
from forge.cli.bench.memory import family, proportional_set_size
from forge.cli.bench.plan import Plan, quick_plan
from forge.cli.bench.report import Samples, page
from forge.cli.bench.vecenv import Stepping
from forge.cli.bench.world import World
from forge.trinity.shard import shard_realms

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
    assert config.horizon == Config().horizon


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
