"""Ports: the first that is free, or the one that was asked for and no other."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from forge.embyr import ports

HOST = "127.0.0.1"
HOLD = """
import sys, time
from forge.embyr.ports import bind
sock, _ = bind("127.0.0.1", int(sys.argv[1]))
print(sock.getsockname()[1], flush=True)
time.sleep(60)
"""


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port that is held here, and tried first."""
    with socket.create_server((HOST, 0)) as sock:
        port = sock.getsockname()[1]
        monkeypatch.setattr(ports, "FIRST", port)
        yield port


def test_the_next_free_port_is_taken_and_told(taken: int) -> None:
    sock, told = ports.bind(HOST, None)
    with sock:
        port = sock.getsockname()[1]
    assert port > taken
    assert told.startswith(f"Port {taken} is taken")
    assert told.endswith(f"; {port} is the next free one.")


def test_the_first_port_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as sock:
        free = sock.getsockname()[1]
    monkeypatch.setattr(ports, "FIRST", free)
    sock, told = ports.bind(HOST, None)
    with sock:
        assert (sock.getsockname()[1], told) == (free, "")


def test_a_port_that_was_asked_for_is_binding(taken: int) -> None:
    with pytest.raises(ports.PortError, match=f"port {taken} is taken.*--port"):
        ports.bind(HOST, taken)


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell who holds a port")
def test_the_holder_is_named(taken: int) -> None:
    with pytest.raises(ports.PortError, match=rf"by \S+ \(process {os.getpid()}\)"):
        ports.bind(HOST, taken)


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(ports.PortError, match=r"cannot serve on 192\.0\.2\.1"):
        ports.bind("192.0.2.1", 0)


def test_a_port_is_free_as_soon_as_its_process_is_killed() -> None:
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        port = int(holder.stdout.readline())
        with socket.create_connection((HOST, port)):
            holder.kill()
            holder.wait()
            ports.bind(HOST, port)[0].close()
