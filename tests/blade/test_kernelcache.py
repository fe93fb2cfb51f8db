"""A cache is a cache: whatever is wrong with it, the kernel is compiled."""

import errno
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from forge.blade import jit, kernelcache
from forge.blade.jit import lean
from forge.blade.kernelcache import SEPARATOR, DamagedError, read, write
from tests.jit import compiled

MESSAGE = b"what was compiled " * 40


@pytest.fixture
def folder(tmp_path, monkeypatch, caplog):
    """The folder of the kernels made meanwhile; nothing has been said yet."""
    monkeypatch.delenv("FORGE_SAID", raising=False)
    monkeypatch.setattr(jit, "cache_directory", lambda: tmp_path / "kernels")
    return tmp_path / "kernels"


def tripled(x):
    return 3 * x


def call(x=2):
    """Call the kernel as a new process would: load or compile it. Returns whether it was loaded."""
    fresh = lean(tripled)
    assert fresh(x) == 3 * x
    return bool(fresh.stats.cache_hits)


def only(folder):
    (path,) = folder.iterdir()
    return path


def emptied(path):
    path.write_bytes(b"")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def cut_within_the_head(path):
    path.write_bytes(path.read_bytes()[:20])


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def lengthened(path):
    path.write_bytes(path.read_bytes() + b"more")


def of_something_else(path):
    write(path, b"no pickle")


def a_folder(path):
    path.unlink()
    (path / "within").mkdir(parents=True)


def a_link(path):
    path.rename(path.parents[1] / "elsewhere")
    path.symlink_to(path.parents[1] / "elsewhere")


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def open_to_all(path):
    path.chmod(0o666)


FAULTS = [
    emptied, cut_short, cut_within_the_head, flipped, lengthened, of_something_else, a_folder,
    a_link, a_pipe, open_to_all,
]  # fmt: skip


@compiled
@pytest.mark.parametrize("fault", FAULTS)
def test_a_kernel_is_compiled_again_where_its_file_is(folder, caplog, fault):
    call()
    fault(only(folder))
    assert not call()
    (message,) = caplog.messages
    assert message.startswith(f"a compiled kernel in {folder} ")
    assert message.endswith(": it is compiled again")
    assert call()  # the file is whole again
    assert len(caplog.messages) == 1


@compiled
def test_what_was_compiled_is_loaded(folder, caplog):
    assert [call(), call(), call(2.5), call(2.5)] == [False, True, False, True]
    assert len(list(folder.iterdir())) == 2  # one for each type
    assert caplog.messages == []


@compiled
def test_a_file_that_may_not_be_read_is_replaced(folder, caplog, monkeypatch):
    call()

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(kernelcache, "read", refuse)
        assert not call()
    assert caplog.messages == [f"compiled kernels in {folder} cannot be read: Permission denied"]
    assert call()


@compiled
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_said_once(folder, caplog, monkeypatch, code):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", refuse)
    assert [call(), call()] == [False, False]
    assert caplog.messages == [
        f"compiled kernels cannot be kept in {folder} ({os.strerror(code)}), so they are compiled "
        "anew in every process; FORGE_CACHE_DIR can name another folder"
    ]
    assert list(folder.iterdir()) == []  # nothing half-written is left


@compiled
def test_a_folder_that_vanished_is_made_again(folder):
    call()
    shutil.rmtree(folder)
    assert not call()
    assert call()


@compiled
def test_a_folder_that_became_a_file_does_no_harm(folder, caplog):
    folder.write_text("")
    assert [call(), call()] == [False, False]
    assert len(caplog.messages) == 2  # that it cannot be read, and that it cannot be written


@compiled
def test_what_cannot_be_pickled_is_compiled_in_every_process(folder, caplog, monkeypatch):
    def refuse(_):
        raise TypeError("cannot pickle that")

    monkeypatch.setattr(kernelcache, "_dumps", refuse)
    monkeypatch.setattr(kernelcache.KernelCache, "_path", lambda *_: folder / "file")
    assert not call()
    assert "tripled cannot be kept (TypeError: cannot pickle that)" in caplog.text


@compiled
def test_code_without_a_file_is_compiled(folder):
    names = {}
    exec("def halved(x):\n    return x / 2", names)
    assert lean(names["halved"])(5) == 2.5
    assert not folder.exists()


@compiled
def test_other_code_of_the_same_name_is_another_kernel(folder):
    def made(factor):
        def scaled(x):
            return factor * x

        return lean(scaled)

    assert [made(2)(5), made(3)(5), made(2)(5)] == [10, 15, 10]
    assert len(list(folder.iterdir())) == 2


@compiled
def test_the_files_of_a_kernel_tell_that_it_is_kept(folder):
    fresh = lean(tripled)
    names = set(jit.compiled_with([fresh]))
    assert jit.not_kept(names) == names
    fresh(1)
    assert jit.not_kept(names) == set()
    fresh._cache.flush()
    assert jit.not_kept(names) == names


def test_no_change_of_a_byte_goes_unnoticed(tmp_path):
    write(tmp_path / "file", MESSAGE)
    assert read(tmp_path / "file") == MESSAGE
    whole, rng = (tmp_path / "file").read_bytes(), np.random.default_rng(0)
    for at in {*rng.integers(len(whole), size=200), 0, len(whole) - 1}:
        data = bytearray(whole)
        data[at] ^= 1 << rng.integers(8)
        (tmp_path / "file").write_bytes(data)
        with pytest.raises(DamagedError):
            read(tmp_path / "file")


def test_no_length_but_the_whole_goes_unnoticed(tmp_path):
    write(tmp_path / "file", MESSAGE)
    whole = (tmp_path / "file").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "file").write_bytes(whole[:length])
        with pytest.raises(DamagedError):
            read(tmp_path / "file")


def test_who_reads_while_others_write_finds_a_whole_file(tmp_path):
    path = tmp_path / "file"
    write(path, MESSAGE)
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, path, MESSAGE * (k % 9 + 1)) for k in range(200)]
        found = [len(read(path)) % len(MESSAGE) for _ in range(200)]
        for each in writing:
            each.result()
    assert found == [0] * 200
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@compiled
def test_a_start_with_an_emptied_file_of_the_package_says_so_once(tmp_path):
    code = "import numpy; from forge.blade import tick\n"
    code += "a = numpy.zeros(2, int); print(tick.check_actions((a, a), (a,), numpy.arange(3)))\n"
    environment = {**os.environ, "FORGE_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.getcwd()}
    environment.pop("FORGE_SAID", None)

    def start():
        command = [sys.executable, "-c", code]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    assert start().stderr == ""
    (path,) = tmp_path.glob(f"*/*check_actions*{SEPARATOR}*")
    path.write_bytes(b"")
    done = start()
    assert (done.stdout, done.stderr.count("\n")) == ("(-1, 0)\n", 1)
    assert done.stderr.endswith("is damaged: it is compiled again\n")
