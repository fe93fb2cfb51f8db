"""How much memory there is: what a system's files say, in folders made up here."""

import pytest

from forge.trinity import limits
from forge.trinity.limits import CGROUP, MACHINE, oom_kills, room

GIB = 2**30
MEMINFO = "MemTotal: 4194304 kB\nMemAvailable: 2097152 kB\nSwapTotal: 1048576 kB\nSwapFree: 0 kB\n"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Make up a system's folders; gives a function that writes a file of it."""
    monkeypatch.setattr(limits, "_each", lambda: None)

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return tmp_path

    write("proc/meminfo", MEMINFO)
    return write


def test_the_machine_has_its_memory_and_swap(system):
    root = system("proc/self/cgroup", "0::/\n")
    assert room(root) == (5 * GIB, MACHINE, None, 2 * GIB)


def test_a_cgroup_has_what_is_left_to_it_and_what_files_hold(system):
    system("proc/self/cgroup", "0::/a/b\n")
    system("sys/fs/cgroup/a/b/memory.max", f"{3 * GIB}\n")
    system("sys/fs/cgroup/a/b/memory.current", f"{2 * GIB}\n")
    root = system("sys/fs/cgroup/a/b/memory.stat", f"anon 5\ninactive_file {GIB // 2}\n")
    assert room(root) == (3 * GIB, CGROUP, None, GIB * 3 // 2)


def test_the_least_of_nested_cgroups_counts(system):
    system("proc/self/cgroup", "0::/a/b\n")
    system("sys/fs/cgroup/a/b/memory.max", "max\n")
    root = system("sys/fs/cgroup/a/memory.max", f"{GIB}\n")
    assert room(root).total == GIB


def test_older_cgroups_have_limits_too(system):
    system("proc/self/cgroup", "5:cpu:/x\n4:memory:/x\n0::/\n")
    system("sys/fs/cgroup/memory/memory.limit_in_bytes", f"{2**63 - 4096}\n")
    root = system("sys/fs/cgroup/memory/x/memory.limit_in_bytes", f"{GIB}\n")
    assert room(root)[:2] == (GIB, CGROUP)


def test_a_container_sees_its_own_cgroup_as_the_top(system):
    system("proc/self/cgroup", "0::/docker/not-seen-here\n")
    root = system("sys/fs/cgroup/memory.max", f"{GIB}\n")
    assert room(root)[:2] == (GIB, CGROUP)


def test_a_cgroup_with_more_than_the_machine_is_no_limit(system):
    system("proc/self/cgroup", "0::/\n")
    root = system("sys/fs/cgroup/memory.max", f"{9 * GIB}\n")
    assert room(root)[:2] == (5 * GIB, MACHINE)


def test_where_no_file_tells_the_system_is_asked(tmp_path):
    assert room(tmp_path).total > GIB // 4
    assert oom_kills(tmp_path) is None


def test_kills_are_the_cgroups_or_else_the_machines(system):
    system("proc/self/cgroup", "0::/a\n")
    assert oom_kills(system("proc/vmstat", "pgfault 9\noom_kill 4\n")) == 4
    assert oom_kills(system("sys/fs/cgroup/a/memory.events", "oom 3\noom_kill 2\n")) == 2


def test_limits_of_a_process_are_the_soft_ones(monkeypatch):
    resource = pytest.importorskip("resource")
    soft = {resource.RLIMIT_AS: 3 * GIB, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (soft[kind], -1))
    assert room().each == 3 * GIB
