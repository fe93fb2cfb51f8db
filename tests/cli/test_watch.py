"""``forge watch`` and ``--render``, as a user starts them."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from forge.cli import main
from tests.web import needs_page

SMALL = ("--config", "law16", "-s", "horizon=8", "-s", "hidden=4", "--engine", "serial")


def forge(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import forge.embyr.server

    monkeypatch.setattr(forge.embyr.server, "PAGE", tmp_path)


@pytest.mark.parametrize("options", [("--map", "3"), ("--agents", "still"), ("-s", "births=2")])
def test_a_run_has_its_own_world(options: tuple[str, ...]) -> None:
    result = forge("watch", "runs/none", *options)
    assert result.exit_code == 2
    assert f"{options[0]} means nothing with a run" in result.output


@pytest.mark.parametrize("options", [(), ("--warmup", "300")])
def test_a_run_that_is_not_there_is_named(options: tuple[str, ...]) -> None:
    result = forge("watch", "runs/none", *options)
    assert result.exit_code == 1
    assert result.output == "Error: there is no run directory runs/none\n"


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("command", [("watch",), (*SMALL, "--render")])
def test_without_the_page_it_says_how_to_get_it(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = forge(*command)
    assert result.exit_code == 1
    assert "the viewer's page is not installed" in result.output
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--port", "0"), "--port goes with --render"),
        (("--host", "::1"), "--host goes with --render"),
        (("--render", "--api", "vecenv"), "--render goes with --api native"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: tuple[str, ...], said: str) -> None:
    result = forge(*SMALL, *options)
    assert result.exit_code == 2
    assert said in result.output


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a server would be started with."""
    import forge.embyr.watching

    found: list[Any] = []
    monkeypatch.setattr(forge.embyr.watching, "watch", lambda feed, *_: found.append(feed.begin()))
    return found


@pytest.mark.parametrize(
    ("options", "name", "populations"),
    [
        ((), "pretrained:chaos", 8),
        (("--config", "chaos64"), "pretrained:chaos", 4),
        (("--config", "law64"), "pretrained:law", 4),
    ],
)
def test_without_a_run_trained_agents_play_on_maps_they_do_not_know(
    begun: list[Any], options: tuple[str, ...], name: str, populations: int
) -> None:
    assert forge("watch", *options).exit_code == 0
    assert (name in begun[0].name, len(begun[0].model)) == (True, populations)
    assert begun[0].maps == (10_000,)


def test_scripted_agents_are_watched_by_their_name(begun: list[Any]) -> None:
    assert forge("watch", "--agents", "careful", "--map", "3", "--nRealm", "2").exit_code == 0
    assert (begun[0].agents, begun[0].maps) == ("careful", (3, 4))


def test_settings_that_trained_agents_do_not_fit_are_refused(begun: list[Any]) -> None:
    result = forge("watch", "-s", "hidden=16")
    assert result.exit_code == 1
    assert "do not fit these settings (checkpoint pretrained:chaos is of another" in result.output
    assert "--agents greedy" in result.output


def test_a_world_that_no_trained_agents_know_is_played_by_fighters(begun: list[Any]) -> None:
    result = forge("watch", "--config", "saga16")
    assert result.exit_code == 0
    assert (begun[0].agents, begun[0].maps) == ("fighter", (10_000,))
    assert result.stderr.count("\n") == 1
    assert "scripted ones (fighter) play it; --agents NAME takes others" in result.stderr


@needs_page
def test_a_map_beyond_the_last_is_refused_before_anything_starts() -> None:
    result = forge("watch", "--map", str(2**31 - 1), "--nRealm", "2", "--port", "0")
    assert result.exit_code == 2
    assert "the number of the last map" in result.output


@needs_page
def test_a_run_that_renders_prints_one_link(tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = forge(*SMALL, "--epochs", "2", "--render", "--port", "0", "--run", str(run))
    assert result.exit_code == 0, result.output
    assert len(re.findall(r"http://127\.0\.0\.1:\d+/", result.output)) == 1
    assert result.output.count("http://") == 1


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


@needs_page
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_killed_it_leaves_no_process_and_its_port_is_free() -> None:
    command = [sys.executable, "-m", "forge", "watch", "--config", "law16", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(url) as page:
            assert b"<canvas" in page.read()
        host, port = url.removeprefix("http://").rstrip("/").split(":")
        _connect(host, int(port))
        while not (left := children(process.pid)):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    socket.create_server((host, int(port))).close()
    while any(Path(f"/proc/{pid}").exists() for pid in left):
        time.sleep(0.01)


def _connect(host: str, port: int) -> None:
    """Begin to watch, so that a world is played, and go away without a word."""
    lines = ("GET /socket HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "",
             "")  # fmt: skip
    connection = socket.create_connection((host, port))
    connection.sendall("\r\n".join(lines).encode())
    connection.recv(100)
    connection.detach()  # it stays open as long as this process
