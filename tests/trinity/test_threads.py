"""One thread of mathematics: in whatever library computes, and only as long as asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_info

from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.engines.threads import one_thread

# Loads a library of its own, as SciPy or a NumPy with MKL does, after the others were found.
LOADS_ANOTHER = """
import ctypes, sys, numpy
from threadpoolctl import threadpool_info
from forge.trinity.engines.threads import one_thread
def threads():
    return sorted(each["num_threads"] for each in threadpool_info())
with one_thread():
    pass
alone, _ = threads(), ctypes.CDLL(sys.argv[1])
import colorsys
before = threads()
with one_thread():
    assert set(threads()) == {1}, threads()
assert threads() == before and len(before) > len(alone)
"""


def blas():
    """Find a library of NumPy's; skip where none is known."""
    found = [each["filepath"] for each in threadpool_info() if each["user_api"] == "blas"]
    if not found:
        pytest.skip(f"no library that can be told its threads on {sys.platform}")
    return Path(found[0])


def numbers():
    return [each["num_threads"] for each in threadpool_info()]


@pytest.mark.parametrize("block", [one_thread, Surroundings])
def test_one_thread_is_set_on_entry_and_restored_on_exit(block):
    torch.set_num_threads(2)
    before = numbers()
    with block():
        assert torch.get_num_threads() == 1
        assert set(numbers()) <= {1}
    assert torch.get_num_threads() == 2
    assert numbers() == before


def test_what_is_set_within_does_not_stay(monkeypatch):
    torch.set_num_threads(2)
    with one_thread():
        torch.set_num_threads(2)
    assert torch.get_num_threads() == 2
    monkeypatch.delitem(sys.modules, "torch")
    with one_thread():
        assert set(numbers()) <= {1}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a copy does not load by itself")
def test_a_library_that_was_loaded_later_is_set_too(tmp_path):
    another = shutil.copy(blas(), tmp_path / f"libopenblas-of-another{blas().suffix}")
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "2"}
    command = [sys.executable, "-c", LOADS_ANOTHER, another]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
