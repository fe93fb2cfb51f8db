"""Files: the old one or the new one, never half."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forge.errors import ForgeError
from forge.files import append, write_atomic

# Writes 10 bytes where only 8 fit: the first write is cut short, the second fails.
CUT_SHORT = """
import resource, signal, sys
from forge.files import append
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))
append(sys.argv[1], b"0123456789")
"""


def test_file_is_written_whole(tmp_path):
    write_atomic(tmp_path / "a", b"one")
    write_atomic(tmp_path / "a", b"two")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"two")]


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o002, 0o664)])
def test_files_are_for_whom_the_umask_says(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "a", b"one")
        append(tmp_path / "b", b"one")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [mode] * 2


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(ForgeError, match=r"cannot write .*none.a: No such file"):
        write_atomic(tmp_path / "none" / "a", b"")


def test_append_adds_to_the_end(tmp_path):
    append(tmp_path / "a", b"one")
    append(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"onetwo"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_named():
    with pytest.raises(ForgeError, match="cannot write /dev/full: No space left on device"):
        append("/dev/full", b"x")


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_append_that_is_cut_short_is_undone(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    command = [sys.executable, "-c", CUT_SHORT, str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "ForgeError: cannot write" in done.stderr
    assert (tmp_path / "a").read_bytes() == b"old"
