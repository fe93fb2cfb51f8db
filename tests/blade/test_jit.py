import os
import subprocess
import sys

import numba
import pytest

from forge.blade import jit

CODE = """
import numpy
from forge.blade.jit import lean
@lean
def pick(a, i):
    return a[i]
pick(numpy.zeros(3), 5)
"""


def pick_past_the_end(tmp_path, bounds_check):
    """Run a kernel that reads past the end of its array, in a process of its own."""
    script = tmp_path / "script.py"
    script.write_text(CODE)
    environment = {
        **os.environ,
        "FORGE_CACHE_DIR": str(tmp_path),
        "NUMBA_BOUNDSCHECK": bounds_check,
        "NUMBA_DISABLE_JIT": "0",
    }
    command = [sys.executable, str(script)]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_bounds_are_checked_even_where_unchecked_code_is_cached(tmp_path):
    assert pick_past_the_end(tmp_path, "0").returncode == 0
    checked = pick_past_the_end(tmp_path, "1")
    assert "IndexError" in checked.stderr
    assert pick_past_the_end(tmp_path, "0").returncode == 0


def test_an_edit_of_any_kernel_changes_the_hash(tmp_path, monkeypatch):
    (tmp_path / "blade" / "systems").mkdir(parents=True)
    (tmp_path / "blade" / "systems" / "rule.py").write_text("a = 1")
    monkeypatch.setattr(jit, "PACKAGE", tmp_path)
    before = jit.source_hash()
    (tmp_path / "blade" / "systems" / "rule.py").write_text("a = 2")
    assert jit.source_hash() != before


def test_another_version_of_numba_changes_the_hash(monkeypatch):
    before = jit.source_hash()
    monkeypatch.setattr(numba, "__version__", "0")
    assert jit.source_hash() != before


@pytest.mark.parametrize("variable", ["FORGE_CACHE_DIR", "NUMBA_CACHE_DIR"])
def test_the_cache_goes_where_the_environment_says(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("FORGE_CACHE_DIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    directory = jit.cache_directory.__wrapped__()
    assert directory == tmp_path / f"kernels-{jit.source_hash()}"


def test_without_a_writable_place_kernels_are_not_cached(monkeypatch):
    monkeypatch.setattr(jit, "_is_writable", lambda path: False)
    assert jit.cache_directory.__wrapped__() is None


def test_a_shared_temporary_folder_is_used_only_if_it_is_ones_own(tmp_path):
    mine = tmp_path / "mine"
    assert jit._is_private(mine)
    mine.chmod(0o777)
    assert not jit._is_private(mine)
    (tmp_path / "link").symlink_to(tmp_path)
    assert not jit._is_private(tmp_path / "link")


def test_only_the_caches_used_last_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("FORGE_CACHE_DIR", str(tmp_path))
    for age in range(10):
        old = tmp_path / f"kernels-{age:016x}"
        old.mkdir()
        os.utime(old, (1000 - age, 1000 - age))
    directory = jit.cache_directory.__wrapped__()
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {directory.name, *(f"kernels-{age:016x}" for age in range(jit.KEPT_CACHES - 1))}
