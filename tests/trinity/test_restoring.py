"""Checkpoints that are whole, but of no world that can be, are refused before a tick is played."""

import re
from dataclasses import replace

import numpy as np
import pytest

from forge.args import Args
from forge.blade.validity import SnapshotError
from forge.errors import CheckpointError, StateError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.ethyr.pack import digest, pack, unpack
from forge.trinity import commit as commits
from forge.trinity import smith
from forge.trinity.shard import Shard, censored
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG, STATEFUL


@pytest.fixture(scope="module")
def committed():
    """Play an epoch of two shards, of a realm each."""
    with Native(CONFIG, Args(nRealm=2, engine="serial"), STATEFUL) as envs:
        envs.run(1)
        yield envs.last_commit()


def written(path, committed, edit):
    """Write a checkpoint whose second shard was edited, with all its sums put right."""
    commit, states = committed
    kept = unpack(states[1])
    edit(kept)
    states = [states[0], pack(kept)]
    whole = commits.digest_of(1, commit.model, commit.pantheon, [digest(state) for state in states])
    layout = Layout(STATEFUL.Sword.parameters(CONFIG))
    about = {"config": CONFIG.as_dict(), "args": {"nRealm": 2, "seed": 0}}
    file = path / "checkpoints" / "epoch-00000001.safetensors"
    file.parent.mkdir(parents=True)
    commits.save(file, replace(commit, digest=whole), states, layout, about)
    return file


def realm(name, column, value):
    def edit(kept):
        array = kept["realms"][name]
        (array if column is None else array[column])[0, ...] = value

    return edit


def drop_god(kept):
    kept["gods"] = []


def drop_rng(kept):
    del kept["gods"][0]["rng"]


def break_rng(kept):
    kept["sword"]["rng"]["state"] = "odd"


def drop_crowd(kept):
    del kept["realms"]["crowd"]


EDITS = {
    "no such world can be: realm 1, slot 0: agents.row must be 4 … 19, not 30000": realm(
        "agents", "row", 30_000
    ),
    "no such world can be: realm 1, tiles: the map has kind 200": realm("tiles", None, 200),
    "no such world can be: realm 1, clock.top must be ": realm("clock", "top", 10**6),
    "it is of realms [0], not [1]": realm("clock", "realm", 0),
    "snapshot is of other realms: crowd is missing": drop_crowd,
    "it holds 0 Gods for 1 realms": drop_god,
    "it is no state of a shard: KeyError": drop_rng,
    "it is no state of a shard: ": break_rng,
}


@pytest.mark.parametrize("said", EDITS)
@pytest.mark.parametrize("begin", [smith.settings, smith.last_commit])
def test_a_run_does_not_go_on_from_a_world_that_cannot_be(tmp_path, committed, begin, said):
    file = written(tmp_path, committed, EDITS[said])
    with pytest.raises(CheckpointError, match=rf"checkpoint {file}.*shard 1: {re.escape(said)}"):
        begin(tmp_path)


def test_such_a_checkpoint_leaves_the_run_as_it_was(tmp_path, committed):
    file = written(tmp_path, committed, realm("agents", "col", -1))
    before = file.read_bytes()
    args = Args(nRealm=2, engine="serial", resume=tmp_path)
    with pytest.raises(CheckpointError, match=r"agents\.col must be 4 … 19, not -1"):
        Native(CONFIG, args, STATEFUL)
    assert [each.read_bytes() for each in checkpoint.in_run(tmp_path)] == [before]


def test_a_checkpoint_that_was_not_edited_is_gone_on_from(tmp_path, committed):
    file = written(tmp_path, committed, lambda kept: None)
    assert [digest(state) for state in commits.load(file)[1]] == [*map(digest, committed[1])]
    assert smith.settings(tmp_path) == (CONFIG, {"nRealm": 2, "seed": 0})


def test_a_shard_itself_checks_what_it_is_restored_to(committed):
    kept = unpack(committed[1][1])
    realm("agents", "freeze", 77)(kept)
    with pytest.raises(SnapshotError, match=r"realm 1, slot 0: agents\.freeze must be 0 … 3"):
        Shard(CONFIG, Args(nRealm=2), STATEFUL, 1, pack(kept))


def test_a_slot_that_is_alive_by_a_half_truth_is_not_even_read(committed):
    kept = unpack(committed[1][1])
    living = int(kept["realms"]["clock"]["living"][0])
    assert len(censored(pack(kept), CONFIG)) == living > 0
    kept["realms"]["agents"]["alive"].view(np.uint8)[0, 0] = 2
    with pytest.raises(StateError, match="a truth value is neither 0 nor 1"):
        censored(pack(kept), CONFIG)
