"""Checkpoints that somebody edited, with a checksum made anew: one line, and nothing happens."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from forge.args import Args
from forge.cli import main
from forge.config import Law
from forge.errors import CheckpointError, ForgeError
from forge.ethyr import checkpoint
from forge.ethyr.pack import pack, unpack
from forge.trinity import Trinity, smith
from forge.trinity.god import God
from forge.trinity.pantheon import Pantheon
from forge.trinity.smith import Native
from tests.trinity.runs import edit, listing, newest, packed, resume, run
from tests.trinity.tiny import CONFIG, Wanderer

DEEP: list = []
for _ in range(300):
    DEEP = [DEEP]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "run"
    run(path, 2)
    return path


@pytest.fixture
def path(made, tmp_path):
    """A run of two epochs, to be changed."""
    return shutil.copytree(made, tmp_path / "run")


def refused(path, complaint, again=True, change=None):
    """Edit the newest checkpoint and refuse to resume from it; nothing else changes."""
    edit(newest(path), change, again)
    before = listing(path)
    with pytest.raises(ForgeError, match=complaint) as error:
        resume(path, 3)
    assert newest(path).name in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600
    assert listing(path) == before


COUNTERS = [
    ("epoch", -1), ("epoch", 10**30), ("epoch", 2.0), ("epoch", True), ("epoch", "2"),
    ("epoch", None), ("epoch", [2]), ("seconds", -1.0), ("seconds", 10**400), ("seconds", "1"),
    ("seconds", None), ("lives", -1), ("lives", 10**30), ("lives", 1.5), ("lives", None),
    ("digest", ""), ("digest", None), ("digest", 3), ("digest", "0" * 31), ("digest", "x" * 32),
    ("records", None), ("records", [1]), ("records", {"lives.bin": 3}),
    ("records", {"lives.bin": [1]}), ("records", {"lives.bin": [-1, 2]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), COUNTERS)
def test_a_counter_that_cannot_be_is_named(path, name, value):
    def change(tensors, about):
        about["run"][name] = value

    refused(path, f"is damaged: its {name} cannot be what it says", again=False, change=change)


METRICS = [
    None, [], {}, 3, {"lifetimes": 3}, {"lives": [[1, 2]]}, {"lives": [[1, 2]] * 11},
    {"lifetimes": [[1, 2], [3]]}, {"lifetimes": [[1, 2], [3, -4]]},
    {"lifetimes": [[1, 2], [3, 10**30]]}, {"lifetimes": [[1, 2], [3, 1.5]]}, {"totals": []},
    {"totals": {"harvests": [1]}}, {"totals": {"others": [1, 2]}}, {"agent_steps": -1},
    {"agent_steps": "3"}, {"agent_steps": 10**30},
]  # fmt: skip


@pytest.mark.parametrize("value", METRICS)
def test_sums_of_summaries_that_cannot_be_are_named(path, value):
    def change(tensors, about):
        of_run = about["run"]["metrics"]
        about["run"]["metrics"] = (
            {**of_run, **value} if isinstance(value, dict) and value else value
        )

    refused(path, "sums that summaries are made from are not those", change=change)


def drop(name):
    return lambda tensors, about: tensors.pop(name)


def put(name, array):
    return lambda tensors, about: tensors.update({name: array})


def say(name, value):
    return lambda tensors, about: about.update({name: value})


def omit(name):
    return lambda tensors, about: about.pop(name)


def swap(tensors, about):
    tensors["shard-00000"], tensors["shard-00001"] = tensors["shard-00001"], tensors["shard-00000"]


def flip(name):
    def change(tensors, about):
        tensors[name].view(np.uint8).reshape(-1)[-3] ^= 1

    return change


def a_shard_less(tensors, about):
    del tensors["shard-00002"]


def no_shards(tensors, about):
    for name in [name for name in tensors if "shard" in name]:
        del tensors[name]


def another_epoch(tensors, about):
    about["run"]["epoch"] = 7


PARTS = {
    "the last shard is missing": (a_shard_less, "holds 2 shards: its run has 3"),
    "no shard is left": (no_shards, "holds 0 shards after 2 epochs"),
    "a shard in between is missing": (drop("shard-00001"), "lacks a shard, or holds something"),
    "a shard too many": (put("shard-00003", packed(b"x")), "holds 4 shards: its run has 3"),
    "something else": (put("other", packed(b"x")), "lacks a shard, or holds something else"),
    "no Pantheon": (drop("pantheon"), "holds weights only"),
    "no weights": (drop("model"), "lacks a shard, or holds something else"),
    "weights of another type": (put("model", np.zeros((2, 3))), "it holds no weights"),
    "weights of another shape": (
        put("model", np.zeros(6, np.float32)), "it holds no weights"),
    "weights of other populations": (
        put("model", np.zeros((3, 3), np.float32)), "not those of 3 populations"),
    "weights of another size": (
        put("model", np.zeros((2, 4), np.float32)), r"weights have shape \(2, 4\), not \(2, 3\)"),
    "weights that are not finite": (
        put("model", np.full((2, 3), np.nan, np.float32)), "weights that are not finite"),
    "a shard of numbers": (put("shard-00001", np.zeros(9)), "shard-00001 is no packed state"),
    "a Pantheon of numbers": (put("pantheon", np.zeros(9)), "pantheon is no packed state"),
    "a shard of nothing": (put("shard-00001", packed(b"")), "shard 1: a packed state is damaged"),
    "a shard that is a list": (put("shard-00001", packed(pack([]))), "shard 1: it is no state"),
    "a Pantheon that is a list": (put("pantheon", packed(pack([]))), "Pantheon's state is not one"),
    "a generator that is none": (
        put("pantheon", packed(pack({"rng": {"state": 3}, "state": {"steps": 1}}))),
        "generator has an impossible state"),
    "a state that is none": (
        put("pantheon", packed(pack({"rng": {}, "state": []}))), "Pantheon's state is no dict"),
    "another epoch": (another_epoch, "is of epoch 7: give it back its name"),
    "counters that are a list": (say("run", []), "counts other things than a run does"),
    "other counters": (say("run", {"epoch": 2}), "counts other things than a run does"),
    "the config is missing": (omit("config"), "does not describe its run"),
    "the arguments are missing": (omit("args"), "does not describe its run"),
    "the layout is missing": (omit("layout"), "its network has other weights"),
    "no config": (say("config", None), "does not describe its run"),
    "a config that is a list": (say("config", [1]), "does not describe its run"),
    "an odd config": (say("config", {"horizon": [[[]]]}), "horizon takes a whole number"),
    "an absurd config": (say("config", {"gamma": 10**400}), "gamma must be finite"),
    "a config of another version": (
        say("config", {"sharpness": 3}), "is of another version of Forge: there is no setting"),
    "no arguments": (say("args", {}), "does not describe its run"),
    "other arguments": (say("args", {"nRealm": 3, "seed": 0, "run": "x"}), "does not describe"),
    "odd arguments": (say("args", {"nRealm": "3", "seed": 0}), "does not describe its run"),
    "absurd arguments": (say("args", {"nRealm": 10**30, "seed": 0}), "nRealm must be 1"),
    "too many realms": (say("args", {"nRealm": 10**9, "seed": 0}), "nRealm must be 1"),
    "classes that are a list": (say("classes", []), "does not describe its run"),
    "a class that is none": (say("classes", {"Sword": "x"}), "does not name its classes"),
    "an unknown class": (say("classes", {"Axe": ["a", "b"]}), "does not name its classes"),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_parts_that_do_not_fit_together_are_named(path, name):
    change, complaint = PARTS[name]
    edit(newest(path), change, again=True)
    before = listing(path)
    with pytest.raises(ForgeError, match=complaint) as error:
        resume(path, 3)
    assert newest(path).name in str(error.value) or str(path) in str(error.value)
    assert listing(path) == before


@pytest.mark.parametrize("change", [flip("model"), flip("shard-00001"), flip("pantheon"), swap])
def test_an_edited_part_is_told_by_the_digest(path, change):
    refused(path, "its digest is not that of its epoch, weights", again=False, change=change)


def test_an_edited_epoch_is_told_by_the_digest(path):
    refused(path, "its digest is not that of its epoch", again=False, change=another_epoch)


def test_a_renamed_checkpoint_is_named(path):
    newest(path).rename(path / "checkpoints" / "epoch-00000009.safetensors")
    with pytest.raises(CheckpointError, match=r"epoch-00000009.* is of epoch 2: give it back its"):
        resume(path, 3)


def test_a_shard_of_more_realms_is_named(path):
    def change(tensors, about):
        kept = unpack(tensors["shard-00001"])
        tensors["shard-00001"] = packed(pack({**kept, "gods": kept["gods"] * 2}))

    refused(path, "shard 1: it holds 2 Gods for 1 realms", change=change)


def test_the_last_one_before_is_named_too(path):
    refused(path, r"to go on from the one before, epoch-00000001.safetensors", change=a_shard_less)


def test_a_pointer_in_a_checkpoint_is_one_line_at_the_command_line(path):
    about = [{"dtype": "|O", "record": False, "shape": [1], "order": "C", "bytes": 8}]
    header = json.dumps([{"dict": {"rng": {"array": 0}}}, about]).encode()
    crafted = len(header).to_bytes(8, "little") + header + bytes(-len(header) % 8) + b"A" * 8
    edit(newest(path), put("pantheon", packed(crafted)), again=True)
    done = CliRunner().invoke(main, ["--resume", str(path), "--engine", "serial"])
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith("Error: ")
    assert "'|O' is no type of plain bytes" in line


def test_a_state_that_an_own_pantheon_refuses_is_named_with_its_error(path):
    def change(tensors, about):
        kept = unpack(tensors["pantheon"])
        tensors["pantheon"] = packed(pack({**kept, "state": {"stebs": 4}}))

    refused(path, "Counting.load_state refuses it: KeyError: 'steps'", change=change)


# -- The default Pantheon -------------------------------------------------------------------

LEARNING = Trinity(
    Pantheon,
    God,
    type("Heavy", (Wanderer,), {"parameters": classmethod(lambda *_: {"w": ((3,), "linear")})}),
)
ADAM = {
    "another shape": ("mean", np.zeros((2, 4), np.float32), r"mean has shape \(2, 4\)"),
    "one row for all": ("mean", np.zeros((1, 3), np.float32), r"mean has shape \(1, 3\)"),
    "another type": ("square", np.zeros((2, 3)), "square is no array of float32"),
    "no array": ("steps", [1, 2], "steps is no array of int64"),
    "not finite": ("mean", np.full((2, 3), np.inf, np.float32), "mean holds numbers that"),
    "a negative square": ("square", np.full((2, 3), -1, np.float32), "square holds numbers"),
    "a square that is none": ("square", np.full((2, 3), np.nan, np.float32), "square holds"),
    "negative steps": ("steps", np.array([1, -1]), "steps holds numbers that it cannot have"),
    "absurd steps": ("steps", np.array([1, 2**62]), "steps holds numbers that it cannot have"),
    "another part": ("more", np.zeros(3), "other parts than mean, square, steps"),
}


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "run"
    run(path, 1, trinity=LEARNING)
    return path


@pytest.mark.parametrize("name", ADAM)
def test_an_optimiser_that_does_not_fit_is_named(learnt, tmp_path, name):
    part, value, complaint = ADAM[name]

    def change(tensors, about):
        kept = unpack(tensors["pantheon"])
        kept["state"]["adam"][part] = value
        tensors["pantheon"] = packed(pack(kept))

    path = shutil.copytree(learnt, tmp_path / "run")
    edit(newest(path), change, again=True)
    with pytest.raises(CheckpointError, match=rf"from epoch-00000001.safetensors: .*{complaint}"):
        resume(path, trinity=LEARNING)


def test_a_pantheon_without_its_optimiser_is_named(learnt, tmp_path):
    def change(tensors, about):
        kept = unpack(tensors["pantheon"])
        tensors["pantheon"] = packed(pack({**kept, "state": {}}))

    path = shutil.copytree(learnt, tmp_path / "run")
    edit(newest(path), change, again=True)
    with pytest.raises(CheckpointError, match="other parts than mean, square, steps"):
        resume(path, trinity=LEARNING)


# -- Weights --------------------------------------------------------------------------------

ABOUT = {
    "a layout that is a number": ("layout", 3, "its layout"),
    "a layout of names": ("layout", ["bias"], "its layout"),
    "a layout of texts": ("layout", [["bias", "3"]], "its layout"),
    "a layout of truth": ("layout", [["bias", [True]]], "its layout"),
    "a layout with a name twice": ("layout", [["bias", [3]], ["bias", [3]]], "its layout"),
    "a layout with odd names": ("layout", [[["bias"], [3]]], "its layout"),
    "no layout": ("layout", [], r"bias has shape none there, \(3,\) here"),
    "a vast layout": ("layout", [["bias", [10**30]]], "its layout"),
    "a layout with a vast name": ("layout", [["x" * 10_000, [3]]], "its layout"),
    "a layout with a name of two lines": ("layout", [["a\nb", [3]]], "its layout"),
    "another layout": ("layout", [["bias", [4]]], r"bias has shape \(4,\) there, \(3,\) here"),
}


@pytest.mark.parametrize("name", ABOUT)
def test_a_layout_that_is_none_is_one_line(path, name):
    part, value, complaint = ABOUT[name]
    edit(newest(path), say(part, value))
    with pytest.raises(CheckpointError, match=complaint) as error:
        Native(CONFIG, Args(engine="serial", load=str(newest(path))), LEARNING_BIAS)
    assert newest(path).name in str(error.value)


LEARNING_BIAS = Trinity(
    Pantheon,
    God,
    type("Bias", (Wanderer,), {"parameters": classmethod(lambda *_: {"bias": ((3,), "linear")})}),
)


def test_weights_that_are_not_finite_are_not_loaded(path):
    edit(newest(path), put("model", np.full((2, 3), np.inf, np.float32)))
    with pytest.raises(CheckpointError, match="holds weights that are not finite"):
        Native(CONFIG, Args(engine="serial", load=str(newest(path))), LEARNING_BIAS)


@pytest.mark.parametrize("value", [None, 3, [], "x", {"horizon": 10**30}, {"horizon": DEEP}])
def test_a_config_that_is_none_is_one_line(tmp_path, value):
    checkpoint.write(tmp_path / "a", {}, {"config": value})
    with pytest.raises(CheckpointError, match=r"checkpoint .*a: .*(settings|horizon)") as error:
        checkpoint.open_config(tmp_path / "a")
    assert "\n" not in str(error.value)


def test_settings_of_a_run_whose_checkpoint_is_damaged_are_not_read(path):
    edit(newest(path), say("config", {"horizon": "5"}))
    with pytest.raises(CheckpointError, match="horizon takes a whole number, not '5'"):
        smith.settings(path)
    assert Law.from_dict({"horizon": 5}).horizon == 5
