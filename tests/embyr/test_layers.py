"""The numbers that overlays show are those that were asked for, found one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forge.args import Args
from forge.blade.buffers import Buffers
from forge.blade.observing import observe_into
from forge.blade.state import State
from forge.blade.tiles import Tile
from forge.embyr import NothingToShowError, overlays, probes
from forge.embyr.layers import catalogue
from forge.embyr.overlays import OVERLAYS, Look
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Committed, Scripted, World
from forge.ethyr.distribution import VALUE
from forge.ethyr.layout import Layout
from forge.trinity.defaults import default_trinity
from forge.trinity.remembering import RememberingSword
from forge.trinity.trinity import ShardInfo
from tests.embyr.shown import written_example
from tests.embyr.test_spectator import CONFIG

SETTINGS = CONFIG.replace(map_size=20, border=3, horizon=200, max_agents=60)


def played(**settings: Any) -> World:
    """Play a world of untrained networks for some ticks."""
    config, trinity = SETTINGS.replace(**settings), default_trinity()
    size = Layout(trinity.Sword.parameters(config)).size
    model = np.random.default_rng(1).normal(size=(config.populations, size)).astype(np.float32)
    beginning = Committed(config, Args(), trinity, "a run", 0, model, ())
    spectator = Spectator(beginning)
    spectator.turn(Asked({0: frozenset()}, 12))
    return spectator._worlds[0]


@pytest.fixture(scope="module")
def world() -> World:
    return played()


def draw(world: World, name: str, population: int = -1, agent: int = -1) -> Any:
    return OVERLAYS[name].draw(world.realms, world.sword, 0, Look(0, name, population, agent))


def value_of(world: World, agent: int, *more: Any) -> float:
    """Put agents into free slots of a copy of the realm, and ask for one agent's value."""
    state, config = State(**world.realms.snapshot()), world.realms.config
    for extra in more:
        slot = int(np.flatnonzero(~state.agents[0]["alive"])[0])
        state.agents[0, slot] = extra
        state.agents[0, slot].slot = slot
        state.clock["top"] = max(state.clock[0].top, slot + 1)
    obs = observe_into(state, Buffers(config, 1))
    (n,) = np.flatnonzero(obs.ent["id"] == agent)
    sword: Any = world.sword
    return float(sword.heads(obs)[n, VALUE])


def one(world: World, population: int, row: int, col: int) -> Any:
    place = np.array([row]), np.array([col])
    return probes.standard(world.realms, 0, population, *place)[0]


def test_values_are_those_of_a_single_agent_put_there(world: World) -> None:
    shown, new = draw(world, "Values", 1), int(world.realms.state.clock[0].next_id)
    places = np.argwhere(~np.isnan(shown))[::7]
    for row, col in places.tolist():
        expected = value_of(world, new, one(world, 1, row, col))
        assert shown[row, col] == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert len(places) > 10
    assert np.nanstd(shown) > 1e-3


def test_values_are_shown_where_an_agent_can_stay(world: World) -> None:
    pad = probes.padding(SETTINGS)
    tiles = world.realms.state.tiles[0, pad : pad + 20, pad : pad + 20]
    safe = np.isin(tiles, [Tile.GRASS, Tile.FOREST, Tile.SCRUB])
    assert (~np.isnan(draw(world, "Values", 0)) == safe).all()


def test_a_standard_agent_is_whole_and_can_be_attacked(world: World) -> None:
    agent = one(world, 1, 7, 8)
    config = world.realms.config
    stats = agent["health"], agent["food"], agent["water"], agent["age"]
    assert stats == (config.health, config.food, config.water, config.immunity)
    assert agent["id"] not in world.realms.state.agents["id"]


def test_on_a_large_map_a_probe_stands_for_a_square(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = draw(world, "Values", 0)
    monkeypatch.setattr(probes, "MOST_PROBES", 40)
    few = draw(world, "Values", 0)
    known = ~np.isnan(few)
    assert 0 < len(np.unique(few[known])) <= 60
    step = int(np.ceil(np.sqrt((~np.isnan(every)).sum() / 40)))
    assert few[::step, ::step] == pytest.approx(every[::step, ::step], rel=1e-4, nan_ok=True)


def test_dependence_is_the_value_with_another_agent_less_that_without(world: World) -> None:
    agent = int(world.realms.observation.ent["id"][0])
    shown, alone = draw(world, "Dependence", 1, agent), value_of(world, agent)
    places = np.argwhere(np.nan_to_num(shown))[::3]
    for row, col in places.tolist():
        with_another = value_of(world, agent, one(world, 1, row, col))
        assert shown[row, col] == pytest.approx(with_another - alone, rel=1e-3, abs=1e-5)
    assert len(places) > 5


def test_dependence_is_zero_where_nobody_can_stand_and_nothing_out_of_sight(world: World) -> None:
    ent = world.realms.observation.ent[0]
    shown, safe = draw(world, "Dependence", 0, int(ent.id)), probes.standable(world.realms, 0)
    rows, cols = np.indices(shown.shape)
    seen = np.maximum(abs(rows - ent.row), abs(cols - ent.col)) <= SETTINGS.radius
    assert (np.isnan(shown) == ~seen).all()
    assert (shown[seen & ~safe] == 0).all()
    assert (seen & ~safe).any()


def test_an_agent_that_is_gone_depends_on_nobody(world: World) -> None:
    with pytest.raises(NothingToShowError, match="Agent 99999 does not live"):
        draw(world, "Dependence", 0, 99_999)


@pytest.mark.parametrize("name", ["Values", "Dependence"])
def test_few_copies_at_a_time_give_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    agent = int(world.realms.observation.ent["id"][0])
    whole = draw(world, name, 0, agent)
    monkeypatch.setattr(probes, "ROOM", 3000)
    assert draw(world, name, 0, agent) == pytest.approx(whole, rel=1e-3, abs=1e-5, nan_ok=True)


def test_counts_are_the_visits_of_each_population(world: World) -> None:
    each = [np.nan_to_num(draw(world, "Counts", population)) for population in range(2)]
    assert (np.nan_to_num(draw(world, "Counts")) == each[0] + each[1]).all()
    assert [counts.sum() for counts in each] == world.realms.state.visits[0].sum(
        axis=(1, 2)
    ).tolist()
    assert np.isnan(draw(world, "Counts")).any()


def test_looking_changes_nothing(world: World) -> None:
    agent, before = int(world.realms.observation.ent["id"][0]), world.realms.digest()
    for about in catalogue():
        draw(world, about["name"], 0, agent)
    assert world.realms.digest() == before


@pytest.mark.parametrize("name", ["Values", "Dependence"])
def test_scripts_have_no_network_to_ask(name: str) -> None:
    spectator = Spectator(Scripted(SETTINGS, 0, (0,), "greedy"))
    look = Look(0, name, 0, 0)
    (seen,) = spectator.turn(Asked({0: frozenset()}, looks=frozenset({look})))
    (painted,) = seen.painted
    assert (painted.values, painted.is_error) == (None, False)
    assert "There is no network here" in painted.fault


def test_nor_has_a_population_that_a_script_plays() -> None:
    world = played(scripts="1=greedy")
    assert np.isfinite(draw(world, "Values", 0)).any()
    with pytest.raises(NothingToShowError, match="script plays population 1"):
        draw(world, "Values", 1)


def test_the_example_of_the_documentation_shows_who_is_thirsty(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlays, "OVERLAYS", dict(OVERLAYS))
    monkeypatch.syspath_prepend(str(tmp_path))
    overlays.load(str(written_example(tmp_path)))
    shown = overlays.OVERLAYS["Thirst"].draw(world.realms, world.sword, 0, Look(0, "Thirst"))
    for agent in probes.living(world.realms, 0):
        assert shown[agent["row"], agent["col"]] <= SETTINGS.water
    assert (~np.isnan(shown)).sum() == (world.realms.state.crowd[0] > 0).sum() > 0


class Recalling(RememberingSword):
    """Remembers how often it was asked, and expects as much."""

    @classmethod
    def memory_width(cls, config: Any) -> int:
        """Keep one number."""
        return 1

    def encode(self, batch: Any) -> Any:
        """See nothing."""
        import torch

        return torch.zeros(len(batch.order), 1)

    def carry(self, features: Any, memory: Any, bounds: Any) -> Any:
        """Count."""
        return memory + 1

    def answer(self, features: Any, memory: Any, bounds: Any) -> Any:
        """Say the count, whatever is asked."""
        return memory.repeat(1, 64)


def test_probes_remember_nothing_and_are_not_remembered(world: World) -> None:
    sword = Recalling(SETTINGS, Args(), ShardInfo(0, (0,), np.random.default_rng(0)))
    ent = world.realms.observation.ent[0]
    sword.memory[...] = 5
    values = OVERLAYS["Values"].draw(world.realms, sword, 0, Look(0, "Values", 0))
    assert set(values[~np.isnan(values)]) == {1.0}
    probes.value_with(world.realms, sword, 0, int(ent.id), np.zeros(0, ent.dtype))
    assert (sword.memory == 5).all()


def test_an_agent_that_is_settled_is_alone_and_asked_like_any_other() -> None:
    here = played()
    row, col = probes.middle(here.realms, 0)
    agent = probes.put_alone(here.realms, 0, 1, row, col)
    assert here.realms.observation.ent["id"].tolist() == [agent]
    assert here.realms.state.crowd[0].sum() == 1
    shown = draw(here, "Dependence", 0, agent)
    second = one(here, 0, row, col - 1)
    change = value_of(here, agent, second) - value_of(here, agent)
    assert shown[row, col - 1] == pytest.approx(change, rel=1e-3, abs=1e-5)


def test_a_realm_that_is_cleared_is_empty() -> None:
    here = played()
    probes.clear(here.realms, 0)
    assert len(here.realms.observation) == here.realms.state.tally["living"].sum() == 0
    values = draw(here, "Values", 1)
    row, col = probes.middle(here.realms, 0)
    new = int(here.realms.state.clock[0].next_id)
    assert values[row, col] == pytest.approx(value_of(here, new, one(here, 1, row, col)), rel=1e-4)
