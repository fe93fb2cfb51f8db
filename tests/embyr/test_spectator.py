"""A spectator plays a copy of a run as the run itself does, and touches nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forge.args import Args
from forge.blade import Config, preset
from forge.blade.recording.replay import Recording, verify
from forge.blade.recording.tape import Tape
from forge.blade.state import State, digest
from forge.embyr.orders import Order
from forge.embyr.overlays import Look
from forge.embyr.packets import LAND, TICK
from forge.embyr.page import Scribe
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.taping import Taped, close_tapes
from forge.embyr.worlds import Committed, Loaded, Recorded, Scripted, Weights
from forge.ethyr.layout import Layout
from forge.ethyr.pack import unpack
from forge.trinity import ann
from forge.trinity.defaults import default_trinity
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity
from tests.trinity.tiny import STATEFUL

CONFIG = Config(
    max_agents=24, populations=2, map_size=24, border=4, radius=3, horizon=12, hidden=8, births=4,
    maps=4, passes=2, minibatches=1, realms_per_shard=1, immunity=1,
)  # fmt: skip
NOBODY: frozenset[int] = frozenset()


def committed(
    trinity: Trinity, epochs: int = 2, config: Config = CONFIG
) -> tuple[Committed, list[str]]:
    """Run some epochs: what they commit, and the digests of the worlds an epoch later."""
    args = Args(nRealm=2, engine="serial")
    with Native(config, args, trinity) as envs:
        envs.run(epochs, quiet=True)
        commit, states = envs.last_commit()
        envs.run(epochs + 1, quiet=True)
        later = [digest(State(**unpack(state)["realms"])) for state in envs.last_commit()[1]]
    beginning = Committed(config, args, trinity, "a run", commit.epoch, commit.model, states)
    return beginning, later


def digests(spectator: Spectator) -> list[str]:
    return [world.realms.digest() for _, world in sorted(spectator._worlds.items())]


@pytest.mark.parametrize("trinity", [default_trinity(), STATEFUL])
@pytest.mark.parametrize("epochs", [0, 2])
def test_the_first_horizon_ticks_are_the_runs_own_to_the_bit(trinity: Trinity, epochs: int) -> None:
    beginning, later = committed(trinity, epochs)
    spectator = Spectator(beginning)
    for _ in range(CONFIG.horizon):
        spectator.turn(Asked({0: NOBODY, 1: NOBODY}))
    assert digests(spectator) == later


def test_newer_weights_wait_for_the_next_rollout() -> None:
    beginning, later = committed(default_trinity())
    spectator, newer = Spectator(beginning), Weights(9, beginning.model + 1)
    everything = {0: NOBODY, 1: NOBODY}
    first = spectator.turn(Asked(everything))
    spectator.turn(Asked(everything, CONFIG.horizon - 1, weights=newer))
    assert digests(spectator) == later
    last = spectator.turn(Asked(everything))
    assert first[0].source == "Copy of a run at epoch 2, played on with the weights of epoch 2."
    assert last[0].source == "Copy of a run at epoch 2, played on with the weights of epoch 9."


def scripted(realms: int = 2) -> Spectator:
    maps = tuple(range(realms))
    return Spectator(Scripted(preset("chaos32"), 0, maps, "greedy"))


def test_only_what_is_watched_is_played() -> None:
    spectator = scripted()
    assert [seen.realm for seen in spectator.turn(Asked({1: NOBODY}, 5, 60.0))] == [1]
    seen = {seen.realm: seen for seen in spectator.turn(Asked({0: NOBODY, 1: NOBODY, 7: NOBODY}))}
    assert {realm: one.frame.tick for realm, one in seen.items()} == {0: 1, 1: 6}
    assert [seen[0].opening is None, seen[1].opening is None] == [False, True]
    assert spectator.turn(Asked({})) == []


def test_who_comes_back_is_told_everything_again() -> None:
    spectator = scripted()
    spectator.turn(Asked({0: NOBODY}))
    spectator.turn(Asked({1: NOBODY}))
    (seen,) = spectator.turn(Asked({0: NOBODY}, 0))
    assert seen.opening is not None
    assert seen.frame.tick == 1


def test_a_turn_ends_when_its_time_is_over() -> None:
    (seen,) = scripted().turn(Asked({0: NOBODY}, 2**31, seconds=0.05))
    assert 0 < seen.frame.tick < 2**20


def test_worlds_that_nobody_watches_any_more_are_few() -> None:
    spectator = scripted(9)
    for realm in range(9):
        spectator.turn(Asked({realm: NOBODY}))
    assert [*spectator._worlds] == [5, 6, 7, 8]


def test_a_world_in_which_somebody_plays_is_kept() -> None:
    spectator = scripted(9)
    spectator.turn(Asked({0: NOBODY}, 3, 60.0, orders={0: {1: None}}))
    for realm in range(1, 9):
        spectator.turn(Asked({realm: NOBODY}))
    (seen,) = spectator.turn(Asked({0: NOBODY}, 0))
    assert seen.frame.tick == 3
    assert "Played by hand since tick 0" in seen.source


def test_a_new_copy_begins_anew() -> None:
    spectator = scripted()
    spectator.turn(Asked({0: NOBODY}, 50))
    (seen,) = spectator.turn(Asked({0: NOBODY}, beginning=spectator._beginning))
    assert seen.opening is not None
    assert seen.frame.tick == 1


def inspected(**settings: Any) -> tuple[Any, dict[int, dict[str, Any]]]:
    """Look into all agents of a copy as they decide; what they then do, and what was found."""
    beginning, _ = committed(default_trinity())
    config = CONFIG.replace(**settings)
    spectator = Spectator(
        beginning._replace(config=config, states=(), epoch=0, model=_weights(config))
    )
    everybody = frozenset(range(1000))
    for _ in range(20):
        (seen,) = spectator.turn(Asked({0: everybody}))
    world: Any = spectator._worlds[0]
    world.sword.decide(world.realms.observation)
    return world.sword._decision, seen.inspections


def _weights(config: Config) -> Any:
    shape = config.populations, Layout(ann.parameters(config)).size
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def test_probabilities_are_those_that_actions_are_sampled_with() -> None:
    decision, found = inspected(auto_target=True)
    obs, choice = decision.obs, decision.choice
    for n, ent in enumerate(obs.ent):
        seen = found[int(ent.id)]
        expected = seen["moves"][choice.move[n]] * seen["styles"][choice.style[n] + 1]
        assert np.exp(choice.log_prob[n]) == pytest.approx(expected, rel=1e-4)
        assert seen["value"] == pytest.approx(float(choice.value[n]), rel=1e-4, abs=1e-6)
    assert len(obs) == len(found) > 5
    assert any(seen["targets"] for seen in found.values())


def test_targets_among_npcs_are_as_likely_as_they_are_sampled() -> None:
    decision, found = inspected(npcs=48)
    obs, choice, checked = decision.obs, decision.choice, 0
    for n in np.flatnonzero(choice.style >= 0):
        seen, rows = found[int(obs.ent["id"][n])], slice(obs.offsets[n], obs.offsets[n + 1])
        cells = obs.cell[rows].astype(int)
        cell = cells[choice.target[n]]
        place = {"style": choice.style[n], "down": cell // 7 - 3, "right": cell % 7 - 3}  # radius 3
        (aim,) = (aim for aim in seen["attacks"] if place.items() <= aim.items())
        if (cells[1:] == cell).sum() == 1:
            expected = seen["moves"][choice.move[n]] * aim["p"]
            assert np.exp(choice.log_prob[n]) == pytest.approx(expected, rel=1e-4)
            checked += 1
    assert checked > 3


@pytest.mark.parametrize("auto_target", [True, False])
def test_targets_are_in_reach_and_sum_to_one(auto_target: bool) -> None:
    _, found = inspected(auto_target=auto_target)
    attackers = [seen for seen in found.values() if seen["targets"]]
    assert attackers
    for seen in attackers:
        assert sum(target["p"] for target in seen["targets"]) == pytest.approx(1)
        assert {target["id"] for target in seen["targets"]} <= set(seen["sight"]["others"])
    assert all(sum(seen["moves"]) == pytest.approx(1) for seen in found.values())


@pytest.mark.parametrize("auto_target", [True, False])
def test_aims_are_the_styles_probabilities_on_the_tiles_of_the_targets(auto_target: bool) -> None:
    decision, found = inspected(auto_target=auto_target)
    where = {int(ent.id): (int(ent.row), int(ent.col)) for ent in decision.obs.ent}
    checked = 0
    for id_, seen in found.items():
        styles, aims = np.array(seen["styles"]), seen["attacks"]
        for style in range(3):
            total = sum(aim["p"] for aim in aims if aim["style"] == style)
            assert total == pytest.approx(styles[1 + style], abs=1e-9)
        row, col = where[id_]
        tiles = {(row + aim["down"], col + aim["right"]) for aim in aims}
        assert tiles == {where[target["id"]] for target in seen["targets"]}
        checked += len(aims)
    assert checked > 3


def test_scripts_do_not_think_but_see() -> None:
    (seen,) = scripted().turn(Asked({0: frozenset({0})}))
    about = seen.inspections[0]
    assert (about["moves"], about["value"]) == ([], None)
    assert (about["sight"]["side"], len(about["sight"]["canMove"])) == (15, 5)


def test_it_is_said_why_nobody_thinks() -> None:
    said = []
    for scripts, trinity in (("", default_trinity()), ("0=still,1=careful", default_trinity()),
                             ("", STATEFUL)):  # fmt: skip
        spectator = Spectator(committed(trinity, 0, CONFIG.replace(scripts=scripts))[0])
        (seen,) = spectator.turn(Asked({0: NOBODY}))
        said.append(seen.opening.setting["unthinking"])
    assert said == ["", "Scripts do not think.", "A Sword of its own decides here; what it expects "
                    "is not known."]  # fmt: skip


def test_loaded_agents_act_by_their_weights_and_can_be_looked_into() -> None:
    model = committed(default_trinity())[0].model
    ways = []
    for weights in (model, model, model + 1):
        spectator = Spectator(Loaded(CONFIG, 3, (7,), "Somebody", weights, warmup=20))
        (seen,) = spectator.turn(Asked({0: NOBODY}, ticks=20))
        who = int(seen.frame.agents["id"][0])
        (looked,) = spectator.turn(Asked({0: frozenset({who})}, ticks=0))
        ways.append(digests(spectator))
    assert ways[0] == ways[1] != ways[2]
    assert (seen.source, len(looked.inspections[who]["moves"])) == ("Somebody on map 7.", 5)


def test_a_world_of_networks_is_no_longer_theirs_once_somebody_plays() -> None:
    model = committed(default_trinity())[0].model
    spectator = Spectator(Loaded(CONFIG, 3, (7,), "Somebody", model, warmup=20))
    (seen,) = spectator.turn(Asked({0: NOBODY}, ticks=0))
    who = int(seen.frame.agents["id"][0])
    (seen,) = spectator.turn(Asked({0: NOBODY}, 1, orders={0: {who: Order(0)}}))
    assert seen.source.endswith("since tick 20: no longer the networks' own.")


def test_only_a_paused_world_is_painted_at_every_question() -> None:
    spectator, look = scripted(), frozenset({Look(0, "Counts")})
    (first,) = spectator.turn(Asked({0: NOBODY}, 1, looks=look))
    (again,) = spectator.turn(Asked({0: NOBODY}, 1, looks=look))
    (asked,) = spectator.turn(Asked({0: NOBODY}, 0, looks=look))
    (paused,) = spectator.turn(Asked({0: NOBODY}, 0, looks=look, paused=True))
    assert [len(seen.painted) for seen in (first, again, asked, paused)] == [1, 0, 0, 1]


MOVING = CONFIG.replace(map_epochs=1, horizon=4)  # both realms move at the end of every rollout


def moving(path: Path | None = None) -> Spectator:
    """Begin copies of a run that has not begun; realm 0 may be recorded."""
    trinity, args = default_trinity(), Args(nRealm=2, engine="serial")
    with Native(MOVING, args, trinity) as envs:
        commit, states = envs.last_commit()
    beginning = Committed(MOVING, args, trinity, "a run", 0, commit.model, states)
    if path is None:
        return Spectator(beginning)
    Tape(path).leave()
    return Spectator(Taped(beginning, str(path), 0))


def test_viewers_are_told_of_the_new_map_as_soon_as_a_realm_moves() -> None:
    spectator, told = moving(), []
    for _ in range(9):
        (seen,) = spectator.turn(Asked({0: NOBODY}))
        told.append(None if seen.opening is None else seen.opening.setting["map"])
    assert told == [0, None, None, 2, None, None, None, 0, None]


def test_a_frame_of_a_new_map_tells_nothing_of_the_old_one() -> None:
    spectator = moving()
    (seen,) = spectator.turn(Asked({1: NOBODY}, ticks=4))
    assert seen.opening is not None
    assert seen.frame.tick == 4
    assert len(seen.frame.agents) == MOVING.births
    assert (len(seen.frame.changes), len(seen.frame.deaths), len(seen.frame.births)) == (0, 0, 0)


def test_a_watched_world_is_recorded_from_map_to_map(tmp_path: Path) -> None:
    spectator = moving(tmp_path / "a")
    for _ in range(10):
        spectator.turn(Asked({0: NOBODY}))
    close_tapes()
    recording = Recording.read(tmp_path / "a")
    assert (recording.ticks, len(recording.moves)) == (10, 2)
    assert verify(recording) == spectator._worlds[0].realms.digest()


def test_a_recording_is_watched_from_map_to_map(tmp_path: Path) -> None:
    moving(tmp_path / "a").turn(Asked({0: NOBODY}, ticks=10))
    close_tapes()
    spectator = Spectator(Recorded(Recording.read(tmp_path / "a")))
    opened = [spectator.turn(Asked({0: NOBODY}))[0].opening for _ in range(10)]
    maps = [None if opening is None else opening.setting["map"] for opening in opened]
    assert maps == [0, None, None, 2, None, None, None, 0, None, None]


def test_a_page_that_is_written_down_begins_each_map_with_its_land(tmp_path: Path) -> None:
    moving(tmp_path / "a").turn(Asked({0: NOBODY}, ticks=5))
    close_tapes()
    world = Recorded(Recording.read(tmp_path / "a")).build(0)
    scribe = Scribe(world, 0)
    for _ in range(5):
        world.play()
        scribe.add()
    kinds = [message[0] if isinstance(message, bytes) else "text" for message in scribe.messages]
    map_of_one = ["text", LAND, TICK]
    assert kinds == [*map_of_one, TICK, TICK, TICK, *map_of_one, TICK, "text"]
