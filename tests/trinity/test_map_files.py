"""Training, evaluation and VecEnv on maps of one's own."""

import importlib.util

import numpy as np
import pytest

from forge.args import Args
from forge.blade import mapfile
from forge.blade.records import LIFE
from forge.blade.scripted import careful
from forge.config import ConfigError
from forge.ethyr.checkpoint import open_config
from forge.trinity import evaluate, loggers, reference
from forge.trinity.smith import Native, settings
from tests.blade.own_maps import inner, lies_on, pond, write
from tests.trinity import test_vecenv
from tests.trinity.test_reference import answered
from tests.trinity.test_vecenv import realms_alone
from tests.trinity.tiny import CONFIG, STATEFUL, digests, held

MOVED = "map_files is '[0-9a-f]{16} .pond0.tmx.' there, '[0-9a-f]{16} .pond0.tmx.' here"


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "ponds"
    folder.mkdir()
    return CONFIG.replace(map_files=write(folder), checkpoint_seconds=0)


def played(config, epochs, trinity=None, **args):
    with Native(config, Args(**{"nRealm": 3, "engine": "serial"} | args), trinity) as envs:
        envs.run(epochs, quiet=True)
        return envs.digest


def lives(path):
    return np.frombuffer((path / "lives.bin").read_bytes(), LIFE)


def test_every_realm_trains_on_its_file(config):
    with Native(config, Args(nRealm=3, engine="serial")) as envs:
        envs.run(1, quiet=True)
        found = [lies_on(inner(shard.realms), 1 + n) for n, shard in enumerate(held(envs))]
    assert found == [True, True, True]


def test_engines_train_alike_on_files(config):
    alone = played(config, 2)
    assert played(config, 2, engine="processes", nWorker=2) == alone
    assert played(config.replace(map_files=""), 2) != alone


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is missing")
def test_files_travel_to_the_workers_of_ray(config):
    assert digests(config=config, engine="ray", nWorker=2) == digests(config=config)


def test_a_run_goes_on_though_its_files_are_gone(config, tmp_path):
    whole = played(config, 4, run=tmp_path / "whole")
    assert played(config, 2, run=tmp_path / "run") != whole
    for path in (tmp_path / "ponds").iterdir():
        path.unlink()
    again, kept = settings(tmp_path / "run")
    assert again == config
    assert played(again, 4, resume=tmp_path / "run", **kept) == whole
    assert lives(tmp_path / "run").tobytes() == lives(tmp_path / "whole").tobytes()


def test_a_run_does_not_go_on_with_a_file_that_has_changed(tmp_path):
    (path,) = write(tmp_path, 1)
    played(CONFIG.replace(map_files=path), 1, run=tmp_path / "run")
    assert played(CONFIG.replace(map_files=path), 2, resume=tmp_path / "run")
    mapfile.write(path, pond(5))
    with pytest.raises(ConfigError, match=f"cannot resume .*: {MOVED}"):
        played(CONFIG.replace(map_files=path), 3, resume=tmp_path / "run")


def test_a_run_on_generated_maps_does_not_go_on_with_files(config, tmp_path):
    played(CONFIG, 1, run=tmp_path / "run")
    with pytest.raises(ConfigError, match=r"map_files is '' there, '[0-9a-f]{16} \(pond0.tmx, "):
        played(config, 2, resume=tmp_path / "run")


def test_lives_of_a_run_name_their_maps(config, tmp_path):
    played(config.replace(horizon=40), 2, run=tmp_path / "run", nRealm=4)
    found = lives(tmp_path / "run")
    assert {*zip(found["realm"].tolist(), found["map"].tolist(), strict=True)} == {
        (0, 0), (1, 1), (2, 2), (3, 0),
    }  # fmt: skip


def test_realms_of_a_run_move_on_to_the_next_files(config):
    with Native(config.replace(map_epochs=1), Args(nRealm=1, engine="serial"), STATEFUL) as envs:
        numbers = []
        for epoch in range(1, 5):
            envs.run(epoch, quiet=True)
            (realms,) = (shard.realms for shard in held(envs))
            numbers += realms.maps
            assert lies_on(inner(realms), 1 + numbers[-1])
    assert numbers == [1, 2, 0, 1]


def test_agents_are_evaluated_on_the_files_in_turn(config):
    kept = []
    plan = evaluate.Plan(maps=4, ticks=20, warmup=0)
    report = evaluate.evaluate(config, careful, plan, finished=kept.append)
    assert report["maps"] == [10_000, 10_001, 10_002, 10_003]
    sizes = [1 + number % 3 for number in report["maps"]]
    assert [lies_on(inner(kept[0], w), size) for w, size in enumerate(sizes)] == [True] * 4


def test_loaded_agents_play_the_maps_of_their_run(config, tmp_path):
    played(config, 1, run=tmp_path / "run")
    for path in (tmp_path / "ponds").iterdir():
        mapfile.write(path, pond(7))
    trained = open_config(tmp_path / "run")
    assert trained == config
    assert trained.replace(map_files=tmp_path / "ponds") != config


@pytest.mark.parametrize(("engine", "workers"), [("serial", None), ("processes", 2)])
def test_vecenv_steps_on_files(config, engine, workers):
    alone = realms_alone(9, config)
    assert [lies_on(inner(realm), 1 + n) for n, realm in enumerate(alone)] == [True] * 3
    found = test_vecenv.digests(9, config, engine=engine, workers=workers)
    assert found == [realm.digest() for realm in alone]


def test_tools_that_draw_curves_are_told_a_digest(config):
    curves = loggers.Curves([])
    curves.begin(config, Args(nRealm=1), 0)
    assert curves._run.settings["map_files"].endswith("(pond0.tmx, pond1.tmx, pond2.tmx)")
    assert curves._run.settings["map_size"] == 24


def test_scripted_agents_beside_a_run_play_its_maps(config):
    measured = reference.measure(config)
    assert answered(reference.Reference(config)) == reference.described(measured, "maps")
