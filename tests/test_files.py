"""Files: the old one or the new one, never half."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forge.errors import ForgeError
from forge.files import (
    append,
    check_place,
    copy_atomic,
    is_temporary,
    parse_json,
    read,
    read_json,
    sync,
    write_atomic,
)

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


@pytest.mark.parametrize("text", ['{"a": [1, null]}', b'{"a": [1, null]}'])
def test_json_is_read(text):
    assert parse_json(text, dict) == {"a": [1, None]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[" * 100_000, "it nests too deeply"),
        ('{"a":' * 100_000, "it nests too deeply"),
        ("[1]", "it is a list, not an object"),
        ("3", "it is a number, not an object"),
        ('"x"', "it is a text, not an object"),
        ("null", "it is null, not an object"),
        ('{"a": 1, "a": 2}', "a name comes twice"),
        ('{"a": NaN}', "it holds NaN"),
        ('{"a": -Infinity}', "it holds -Infinity"),
        ('{"a": ' + "9" * 5000 + "}", "it holds a number of thousands of digits"),
        (b'{"a": "\xff"}', "it is not UTF-8"),
        ("", "it is not JSON: Expecting value"),
        ("{", "it is not JSON"),
    ],
)
def test_json_that_is_not_what_it_should_be_is_refused_in_one_line(text, complaint):
    with pytest.raises(ValueError, match=complaint) as refused:
        parse_json(text, dict)
    assert "\n" not in str(refused.value)


def test_json_that_holds_what_is_no_number_is_read_on_demand():
    assert parse_json("[Infinity]", list, constants=True) == [float("inf")]


def test_a_file_of_json_is_named_with_what_is_wrong(tmp_path):
    (tmp_path / "a").write_text("[]")
    with pytest.raises(ForgeError, match=r"cannot read .*a: it is a list, not an object"):
        read_json(tmp_path / "a", dict)
    with pytest.raises(ForgeError, match="it is larger than 1 bytes"):
        read_json(tmp_path / "a", dict, most=1)
    with pytest.raises(ForgeError, match="it is a folder"):
        read_json(tmp_path, dict)


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_a_pipe_and_a_device_without_an_end_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ForgeError, match="it is not a regular file"):
            read(path)


def test_a_copy_is_whole_and_has_nothing_in_common_with_the_original(tmp_path):
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    copy_atomic(tmp_path / "a", tmp_path / "b")
    (tmp_path / "a").write_bytes(b"newer")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"newer", "b": b"new"}


def refusing(number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_cannot_sync_is_written_to_all_the_same(tmp_path, monkeypatch, number):
    monkeypatch.setattr(os, "fsync", refusing(number))
    write_atomic(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert sync(tmp_path / "a") is False


def test_a_fault_in_syncing_is_an_error(tmp_path, monkeypatch):
    write_atomic(tmp_path / "a", b"one")
    assert sync(tmp_path / "a") is True
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO))
    with pytest.raises(ForgeError, match=r"cannot write .*a: Input/output error"):
        sync(tmp_path / "a")


def test_append_refuses_a_file_that_something_else_wrote_to(tmp_path):
    append(tmp_path / "a", b"one")
    with pytest.raises(ForgeError, match=r"something else changed it \(it has 3 bytes, not 4\)"):
        append(tmp_path / "a", b"two", at=4)
    append(tmp_path / "a", b"two", at=3)
    assert (tmp_path / "a").read_bytes() == b"onetwo"
    with pytest.raises(ForgeError, match=r"cannot write .*none: No such file"):
        append(tmp_path / "none", b"two", at=0)


def test_what_a_killed_write_leaves_is_known_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "unlink", refusing(errno.EPERM))
    monkeypatch.setattr(os, "replace", refusing(errno.EPERM))
    with pytest.raises(ForgeError):
        write_atomic(tmp_path / "a.json", b"one")
    (left,) = tmp_path.iterdir()
    assert is_temporary(left.name)
    assert not any(map(is_temporary, ("a.json", ".a.json", ".a-1", ".gitignore")))


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.jpg", "ends in .gif"), ("none/a.gif", "there is no such folder"), (".", "it is a folder")],
)
def test_a_place_that_cannot_be_written_is_refused_beforehand(tmp_path, name, said):
    with pytest.raises(ForgeError, match=f"cannot write .*: .*{said}"):
        check_place(tmp_path / name, ".gif")
    check_place(tmp_path / "a.GIF", ".gif")
