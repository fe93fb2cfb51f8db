"""How a run is carried out is checked when it is said."""

import copy
import dataclasses
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from forge import Args
from forge.blade import ConfigError
from forge.ethyr.checkpoint import parse_load


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nRealm": 0}, "nRealm must be 1"),
        ({"nRealm": 2.0}, "nRealm takes a whole number, not 2.0"),
        ({"seed": True}, "seed takes a whole number, not True"),
        ({"seed": -1}, "seed must be 0 … 2.64 − 1, not -1"),
        ({"seed": None}, "seed takes a whole number, not None"),
        ({"seed": 2**64}, "seed must be 0 … 2.64 − 1, not 18446744073709551616"),
        ({"nWorker": "2"}, "nWorker takes a whole number, not '2'"),
        ({"epochs": 1.0}, "epochs takes a whole number, not 1.0"),
        ({"api": "gym"}, "api is one of native, vecenv; not 'gym'"),
        ({"quiet": "no"}, "quiet takes true or false, not 'no'"),
        ({"run": 5}, "run takes a path, not 5"),
        ({"resume": b"run"}, "resume takes a path, not b'run'"),
        ({"load": 5}, "load takes a path, not 5"),
        ({"log": ["paper"]}, "log is one of tensorboard, wandb, trackio; not 'paper'"),
        ({"load": None}, "load takes a path, not None"),
        ({"load": ("a", 5)}, "load takes a path, not 5"),
        ({"resume": "a", "run": "b"}, "give neither run nor load"),
    ],
)
def test_an_impossible_value_is_refused_with_its_reason(values, said):
    with pytest.raises(ConfigError, match=said):
        Args(**values)


@pytest.mark.parametrize("load", ["a", Path("a"), ["a"], (Path("a"),)])
def test_paths_become_texts(load):
    args = Args(load=load, run=Path("b"))
    assert (args.load, args.run) == (("a",), "b")


def test_numpy_scalars_become_pythons_own():
    args = Args(nRealm=np.int64(4), seed=np.uint8(3), quiet=np.bool_(True))
    assert [repr(value) for value in (args.nRealm, args.seed, args.quiet)] == ["4", "3", "True"]


@pytest.mark.parametrize("value", [-1, "x", True, float("nan"), float("inf"), None, 1e12])
def test_the_time_after_which_a_worker_hangs_is_a_time(value):
    with pytest.raises(ConfigError, match="hang_after takes a time from 0 s to"):
        Args(hang_after=value)
    assert (Args().hang_after, Args(hang_after=0).hang_after) == (600.0, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nRealms": 2}, "Args has no argument 'nRealms'; did you mean 'nRealm'"),
        ({"num_workers": 2}, "no argument 'num_workers'; did you mean 'nWorker'"),
        ({"xyz": 2}, r"no argument 'xyz' \(there are: nRealm, api, engine"),
    ],
)
def test_an_unknown_argument_names_the_nearest(given, said):
    with pytest.raises(ConfigError, match=said):
        Args(**given)


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    args = Args(run="~/a", load=["~/b", "1=~/c"], events="~/d", record=Path("~/e"))
    assert (args.run, args.events, args.record) == ("/home/me/a", "/home/me/d", "/home/me/e")
    assert [parse_load(text)[0] for text in args.load] == ["/home/me/b", "/home/me/c"]


class PathOfBytes(os.PathLike):
    def __fspath__(self):
        return b"run"


def test_paths_of_bytes_are_refused():
    with pytest.raises(ConfigError, match="run takes a path, not"):
        Args(run=PathOfBytes())


def test_arguments_survive_pickling_and_copying():
    args = Args(2, seed=3, load="a")
    assert pickle.loads(pickle.dumps(args)) == copy.copy(args) == dataclasses.replace(args) == args
