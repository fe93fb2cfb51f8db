"""A real browser for tests of the page, and worlds for it to show.

Chromium is looked for where ``FORGE_BROWSER`` says (it must then be there), else on the path. It
draws without a graphics card, so most tests take the flat map, which has the same panels.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web import needs_page

BROWSER = os.environ.get("FORGE_BROWSER") or shutil.which("chromium") or ""
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
FLAT = (*QUIET, "--disable-gpu", "--disable-3d-apis")
SOFTWARE = (*QUIET, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
            "--ignore-gpu-blocklist")  # fmt: skip
WORLD = ("--config", "chaos32", "-s", "map_size=48", "--nRealm", "2", "--warmup", "60",
         "--agents", "greedy")  # fmt: skip
PEACEFUL = ("--config", "law32", "-s", "map_size=48", "--warmup", "30", "--agents", "greedy")
WILD = ("--config", "saga16", "-s", "map_size=48", "-s", "npcs=48", "--warmup", "60",
        "--agents", "greedy")  # fmt: skip
LADEN = ("--config", "saga16", "-s", "map_size=48", "-s", "npcs=48", "-s", "max_agents=4",
         "-s", "births=1", "--warmup", "120", "--agents", "fighter")  # fmt: skip
PATIENCE = 90.0  # with a browser on a busy machine [s]

NEEDED = [
    needs_page,
    pytest.mark.skipif(not BROWSER, reason="there is no chromium; set FORGE_BROWSER to its path"),
    pytest.mark.filterwarnings("default"),  # of the browser's driver
]


class Served:
    """``forge watch`` as a user starts it."""

    def __init__(self, *options: str, world: tuple[str, ...] = WORLD) -> None:
        command = [sys.executable, "-m", "forge", "watch", *world, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        (self.url,) = re.findall(r"http://\S+", self.line)

    def kill(self) -> None:
        """Leave it no time for anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def serving(world: tuple[str, ...] = WORLD) -> Iterator[Served]:
    """Watch a world until the last test of a module that needs it has ended."""
    server = Served("--port", "0", world=world)
    yield server
    server.kill()


class Opened:
    """A page, and what went wrong in it."""

    def __init__(self, page: Any) -> None:
        self.page, self.faults = page, []
        page.on("console", lambda said: said.type == "error" and self.faults.append(said.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def forge(self, name: str) -> Any:
        """Read a value of ``window.forge``."""
        return self.page.evaluate(f"window.forge ? window.forge.{name} : null")

    def wait(self, found: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not (value := found()):
            if time.monotonic() > end:
                said = self.page.inner_text("body")
                raise AssertionError(f"it never came to be so; {self.faults}; the page: {said}")
            self.page.wait_for_timeout(20)
        return value

    def open(self, url: str) -> "Opened":
        """Go to an address, and wait for the world."""
        self.page.goto(url)
        self.wait(lambda: self.forge("ready"))
        return self


def faultless(flat: Any, served: Served) -> Iterator[Opened]:
    """Open the page; nothing may have gone wrong in it when the test ends."""
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(served.url)
    yield shown
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


def legend(shown: Opened) -> str:
    """Read the legend of the overlay; nothing where none is shown."""
    found = shown.page.locator(".overlaid")
    return str(found.inner_text()) if found.is_visible() else ""


def standing(opened: Opened) -> int:
    """Wait until the world stands, and go to the tick at which it does: the tick."""
    while True:
        tick: int = opened.forge("tick")
        opened.page.wait_for_timeout(500)
        if opened.forge("tick") == tick and opened.forge("behind") == 0:
            return tick
        if opened.forge("tick") == tick:  # ticks that were under way when it was told to stand
            opened.page.keyboard.press(".")
