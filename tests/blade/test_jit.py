import gc
import os
import subprocess
import sys

import numpy as np

from forge.blade import jit, tick
from forge.blade.jit import inlined, lean
from tests.jit import compiled

CODE = """
import sys
import numpy
from forge.blade.jit import lean
def pick(a, i):
    return a[i]
pick.__module__ = "forge.picking"
lean(pick)(numpy.zeros(3), int(sys.argv[1]))
"""


def pick_outside(tmp_path, bounds_check, index=5):
    """Run a kernel that reads outside its array of three, in a process of its own."""
    script = tmp_path / "script.py"
    script.write_text(CODE)
    environment = {
        **os.environ,
        "FORGE_CACHE_DIR": str(tmp_path),
        "NUMBA_BOUNDSCHECK": bounds_check,
        "NUMBA_DISABLE_JIT": "0",
    }
    command = [sys.executable, str(script), str(index)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_bounds_are_checked_even_where_unchecked_code_is_cached(tmp_path):
    assert pick_outside(tmp_path, "0").returncode == 0
    checked = pick_outside(tmp_path, "1")
    assert "IndexError" in checked.stderr
    assert pick_outside(tmp_path, "0").returncode == 0


def test_kernels_of_the_package_do_not_count_from_the_end(tmp_path):
    assert "IndexError" in pick_outside(tmp_path, "1", index=-1).stderr


@lean
def last_and_picked(a, i):
    return a[-1], a[i]


@compiled
def test_other_kernels_index_as_numpy_does():
    assert last_and_picked(np.arange(3), -2) == (2, 1)


@inlined
def doubled(x):
    return x + x


@lean
def doubled_constants(x):
    total = 0  # the first of two types that numba would find for it
    for _ in range(3):
        total = doubled(total) + doubled(1) + doubled(x)
    return total


@compiled
def test_constants_and_variables_share_one_version_of_a_kernel():
    assert doubled_constants(5) == 84  # 12, then 2 × 12 + 12, then 2 × 36 + 12
    doubled_constants.recompile()  # it may have come from the cache
    assert len(doubled.overloads) == 1


def test_an_inlined_kernel_can_be_called_from_python():
    assert doubled(4) == 8
    assert doubled(0.5) == 1.0
    assert doubled(4) == 8


def test_garbage_is_collected_again_after_compiling():
    lean(lambda x: x + 2)(1)
    assert gc.isenabled()


@compiled
def test_what_is_compiled_with_a_kernel_is_listed():
    names = jit.compiled_with([tick.read_actions]).values()
    assert sorted(names) == ["lands", "read_actions", "weakest_of"]
    names = jit.compiled_with([doubled_constants]).values()
    assert sorted(names) == ["doubled", "doubled_constants"]


def test_python_functions_are_not_listed():
    assert jit.compiled_with([np.zeros, test_garbage_is_collected_again_after_compiling]) == {}
