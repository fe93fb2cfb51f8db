"""The page in a real browser: it connects, draws, and agrees with the server.

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
from pathlib import Path
from typing import Any

import pytest

from forge.args import Args
from forge.embyr.server import PAGE
from forge.trinity.smith import Native
from tests.embyr.shown import written_example
from tests.trinity.tiny import CONFIG
from tests.web import needs_page

BROWSER = os.environ.get("FORGE_BROWSER") or shutil.which("chromium") or ""
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
FLAT = (*QUIET, "--disable-gpu", "--disable-3d-apis")
SOFTWARE = (*QUIET, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
            "--ignore-gpu-blocklist")  # fmt: skip
WORLD = ("--config", "chaos32", "-s", "map_size=48", "--nRealm", "2", "--warmup", "60",
         "--agents", "greedy")  # fmt: skip
WILD = ("--config", "saga16", "-s", "map_size=48", "-s", "npcs=48", "--warmup", "60",
        "--agents", "greedy")  # fmt: skip
PATIENCE = 90.0  # with a browser on a busy machine [s]

pytestmark = [
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


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    assert (PAGE / "index.html").is_file(), "the page is not installed: pip install -e ."
    server = Served("--port", "0")
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
            assert time.monotonic() < end, f"it never came to be so; {self.faults}"
            self.page.wait_for_timeout(20)
        return value

    def open(self, url: str) -> "Opened":
        """Go to an address, and wait for the world."""
        self.page.goto(url)
        self.wait(lambda: self.forge("ready"))
        return self


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver.chromium


@pytest.fixture(scope="module")
def flat(chromium: Any) -> Iterator[Any]:
    """A browser without WebGL 2."""
    browser = chromium.launch(executable_path=BROWSER, args=list(FLAT))
    yield browser
    browser.close()


def faultless(flat: Any, served: Served) -> Iterator[Opened]:
    """Open the page; nothing may have gone wrong in it when the test ends."""
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(served.url)
    yield shown
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


@pytest.fixture
def opened(flat: Any, served: Served) -> Iterator[Opened]:
    yield from faultless(flat, served)


def test_the_link_is_the_only_one_that_is_printed(served: Served) -> None:
    assert served.line == f"Watch it:  {served.url}\n"


def test_the_world_goes_on_and_agents_are_those_of_the_tick(opened: Opened) -> None:
    first = opened.forge("tick")
    opened.wait(lambda: opened.forge("tick") > first + 3)
    assert 0 < opened.forge("agents") <= 32
    assert opened.forge("realm") == 0
    assert "greedy" in opened.page.inner_text("header")


def test_an_agent_is_chosen_by_key_and_the_address_keeps_it(opened: Opened) -> None:
    opened.page.keyboard.press("n")
    heading = opened.wait(lambda: opened.page.get_by_text(re.compile(r"^Agent \d+$")).count())
    assert heading == 1
    opened.wait(lambda: "agent=" in opened.page.evaluate("location.hash"))


def test_time_goes_back_and_on_and_returns_to_now(opened: Opened) -> None:
    opened.wait(lambda: opened.forge("tick") > 65)
    opened.page.keyboard.press(" ")
    stopped = opened.wait(lambda: opened.forge("tick"))
    for key, tick in ((",", stopped - 1), (",", stopped - 2), (".", stopped - 1)):
        opened.page.keyboard.press(key)
        opened.wait(lambda tick=tick: opened.forge("tick") == tick)
    opened.page.keyboard.press("0")
    opened.wait(lambda: opened.forge("tick") > stopped)


def test_another_realm_can_be_chosen_and_linked(opened: Opened, served: Served) -> None:
    opened.page.get_by_label("Realm").select_option("1")
    opened.wait(lambda: opened.forge("realm") == 1)
    opened.page.goto("about:blank")
    opened.open(f"{served.url}#realm=1")
    opened.wait(lambda: opened.forge("realm") == 1)


def test_a_link_shows_the_overlay_of_a_population(opened: Opened, served: Served) -> None:
    opened.page.goto("about:blank")
    opened.open(f"{served.url}#realm=0&overlay=Counts&of=1")
    heading = opened.page.locator(".overlaid h3")
    opened.wait(lambda: heading.inner_text().startswith("Counts · ") and heading.is_visible())
    assert opened.page.get_by_label("Population of the overlay").input_value() == "1"
    opened.page.keyboard.press("t")
    opened.wait(lambda: "overlay=Values" in opened.page.evaluate("location.hash"))


def place(opened: Opened) -> tuple[int, int]:
    """Read where the selected agent is: row and column."""
    found = re.search(r"row (\d+), column (\d+)", opened.page.inner_text(".inspector .about"))
    assert found is not None
    return int(found[1]), int(found[2])


def standing(opened: Opened) -> int:
    """Wait until the world stands: the tick at which it does."""
    while True:
        tick: int = opened.forge("tick")
        opened.page.wait_for_timeout(500)
        if opened.forge("tick") == tick:
            return tick


MIDDLE = 23.5  # of the map, whose lava is at its edges


def played(opened: Opened) -> dict[str, tuple[int, int]]:
    """Take an agent that can move away from the lava; give these ways, by the key of each."""
    ways = {"d": (0, 1), "s": (1, 0), "a": (0, -1), "w": (-1, 0)}
    while True:
        opened.page.keyboard.press(" ")  # so that nobody dies meanwhile
        standing(opened)
        opened.page.keyboard.press("n")
        opened.page.keyboard.press("g")
        opened.wait(lambda: opened.page.get_by_text("your turn").count())
        standing(opened)
        free = opened.wait(lambda: opened.forge("moves"))[1:]
        row, col = place(opened)
        inwards = [
            (row - MIDDLE) * down + (col - MIDDLE) * right < 0 for down, right in ways.values()
        ]
        able = [key for key, may, safe in zip(ways, free, inwards, strict=True) if may and safe]
        if able:
            return {key: ways[key] for key in able}
        opened.page.keyboard.press("Escape")


def test_an_agent_is_taken_moved_by_key_and_given_back(opened: Opened) -> None:
    key, (down, right) = next(iter(played(opened).items()))
    row, col = place(opened)
    before = standing(opened)
    opened.page.keyboard.press(key)
    opened.wait(lambda: place(opened) == (row + down, col + right))
    assert opened.forge("tick") == before + 1
    assert "Yours: you play agent" in opened.page.inner_text("header")
    opened.page.keyboard.press("Escape")
    opened.wait(lambda: opened.forge("tick") > before + 3)
    assert "Played by hand since tick" in opened.page.inner_text("header")


def test_a_page_left_open_finds_the_next_world_by_itself(flat: Any) -> None:
    first = Served("--port", "0")
    port = first.url.rstrip("/").rpartition(":")[2]
    shown = Opened(flat.new_page()).open(first.url)
    first.kill()
    shown.wait(lambda: shown.page.get_by_text("connection lost").count())
    second = Served("--port", port, "--agents", "careful")
    shown.wait(lambda: "careful" in shown.page.inner_text("header"))
    second.kill()
    shown.page.close()


def test_a_run_shows_its_epochs_and_a_scripted_world_has_none(
    flat: Any, opened: Opened, tmp_path: Path
) -> None:
    assert not opened.page.get_by_role("button", name="Per epoch").is_visible()
    with Native(CONFIG, Args(engine="serial", run=str(tmp_path / "run"))) as envs:
        envs.run(3, quiet=True)
    server = Served("--port", "0", world=(str(tmp_path / "run"),))
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(server.url)
    shown.page.get_by_role("button", name="Per epoch").click()
    shown.wait(shown.page.get_by_label("Completed lifetime of each population, epochs 1 – 3").count)
    shown.page.close()
    server.kill()


def test_a_recording_opens_from_the_disk_and_plays_to_its_end(flat: Any, tmp_path: Path) -> None:
    film, page = str(tmp_path / "film"), tmp_path / "film.html"
    command = [sys.executable, "-m", "forge"]
    subprocess.run([*command, "watch", *WORLD, "--record", film, "--ticks", "6"], check=True)
    subprocess.run([*command, "replay", film, "--html", str(page)], check=True)
    shown = Opened(flat.new_page()).open(page.as_uri())
    shown.wait(lambda: "The end of the recording (tick 66)" in shown.page.inner_text("header"))
    assert (shown.forge("tick"), shown.forge("realm")) == (66, 0)
    shown.page.keyboard.press("n")
    shown.wait(lambda: shown.page.get_by_text("There is no network in a recording.").count())
    shown.page.get_by_label("Play it from its beginning").click()
    shown.wait(lambda: shown.forge("tick") < 66)
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Served]:
    """A run of networks, and an overlay of a user."""
    run = str(tmp_path / "run")
    with Native(CONFIG, Args(engine="serial", run=run)) as envs:
        envs.run(1, quiet=True)
    example = written_example(tmp_path)
    server = Served("--overlays", str(example), "--port", "0", world=(run,))
    yield server
    server.kill()


def legend(shown: Opened) -> str:
    """Read the legend of the overlay; nothing where none is shown."""
    found = shown.page.locator(".overlaid")
    return str(found.inner_text()) if found.is_visible() else ""


def test_every_overlay_is_shown_with_its_numbers(flat: Any, trained: Served) -> None:
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(trained.url)
    for key in (" ", "n"):  # while the world waits, who is selected lives on
        shown.page.keyboard.press(key)
    names = ("Counts", "Values", "Dependence", "Sight", "Deaths", "Thirst")
    for name in names:
        shown.page.keyboard.press("t")
        told = rf"{name}(?s:.*)(\n\d|nothing to show now)"
        shown.wait(lambda told=told: re.match(told, legend(shown)))
    shown.page.keyboard.press("t")
    shown.wait(lambda: not legend(shown))
    shown.page.keyboard.press("Shift+T")
    shown.wait(lambda: legend(shown).startswith("Thirst"))
    assert shown.page.locator(".aims canvas").count() == 3
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


@pytest.fixture(scope="module")
def wild() -> Iterator[Served]:
    """A world with NPCs."""
    server = Served("--port", "0", world=WILD)
    yield server
    server.kill()


@pytest.fixture
def among_npcs(flat: Any, wild: Served) -> Iterator[Opened]:
    yield from faultless(flat, wild)


def found(opened: Opened) -> tuple[int, str]:
    """Stop time, and find an NPC by its number: its id, and what it is called."""
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.keyboard.press(" ")
    for npc in range(-2, -400, -1):
        opened.page.locator(".inspector input").fill(str(npc))
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_timeout(150)
        name = opened.page.inner_text(".inspector strong")
        if name.startswith("Level-"):
            return npc, name
    raise AssertionError("no NPC lives")


def test_npcs_are_counted_by_kind_and_no_population_counts_them(among_npcs: Opened) -> None:
    among_npcs.page.keyboard.press(" ")
    among_npcs.page.wait_for_timeout(1000)
    told = dict(re.findall(r"(deer|boar|wolf)\s+(\d+)", among_npcs.page.inner_text(".npcs")))
    assert sum(map(int, told.values())) == among_npcs.forge("npcs") > 20
    living = among_npcs.page.locator(".populations .row .number:nth-child(3)").all_inner_texts()
    assert sum(map(int, living)) == among_npcs.forge("agents") <= 16


def test_an_npc_is_found_by_its_number_described_and_kept_in_the_address(
    among_npcs: Opened,
) -> None:
    npc, name = found(among_npcs)
    assert re.fullmatch(r"Level-[1-9] (deer|boar|wolf)", name)
    about = among_npcs.page.inner_text(".inspector .about >> nth=0")
    described = rf"NPC −{-npc} · (passive|neutral|hostile) · age \d+ · "
    assert re.match(described + r"strikes with \w+, reach 3", about)
    assert among_npcs.page.locator(".gauge:visible").count() == 1  # health alone
    assert not among_npcs.page.locator(".seat, .take").filter(visible=True).count()
    among_npcs.wait(lambda: f"agent={npc}" in among_npcs.page.evaluate("location.hash"))


def test_the_number_of_a_pinned_npc_has_a_minus(among_npcs: Opened) -> None:
    npc, _ = found(among_npcs)
    among_npcs.page.evaluate("document.activeElement.blur()")
    among_npcs.page.keyboard.press("p")
    among_npcs.wait(lambda: among_npcs.page.inner_text(".pins") == f"−{-npc}")


def test_the_legend_names_the_npc_whose_sight_is_shown(among_npcs: Opened) -> None:
    _, name = found(among_npcs)
    among_npcs.page.locator("select[aria-label=Overlay]").select_option(label="Sight")
    title = f"Sight of {name[0].lower()}{name[1:]}"
    among_npcs.wait(lambda: legend(among_npcs).startswith(title))


def test_an_agent_is_given_back_while_an_npc_is_selected(among_npcs: Opened) -> None:
    among_npcs.page.keyboard.press("n")
    among_npcs.page.keyboard.press("g")
    seat = among_npcs.page.locator(".seat")
    among_npcs.wait(lambda: "your turn" in seat.inner_text())
    found(among_npcs)
    among_npcs.page.evaluate("document.activeElement.blur()")
    among_npcs.page.keyboard.press("g")
    among_npcs.wait(lambda: not seat.is_visible())


def test_an_npc_is_clicked_on_the_map(among_npcs: Opened) -> None:
    _, name = found(among_npcs)
    about = among_npcs.page.inner_text(".inspector .about >> nth=0")
    row, col = map(int, re.findall(r"row (\d+), column (\d+)", about)[0])
    among_npcs.page.evaluate("document.activeElement.blur()")
    among_npcs.page.keyboard.press("Escape")
    among_npcs.wait(lambda: "Level-" not in among_npcs.page.inner_text(".inspector"))
    tile = 720 / 48
    at = {"clientX": 280 + (col + 0.5) * tile, "clientY": (row + 0.5) * tile}
    among_npcs.page.locator("#world").dispatch_event("click", at)
    among_npcs.wait(lambda: among_npcs.page.inner_text(".inspector strong") == name)


def test_events_tell_of_hunts_and_a_click_shows_the_hunted(among_npcs: Opened) -> None:
    rows = among_npcs.page.locator(".events .hunt")
    among_npcs.wait(lambda: rows.count() > 0)
    among_npcs.page.keyboard.press(" ")
    assert re.search(r"\d+ slays a level-[1-9] (deer|boar|wolf)", rows.first.inner_text())
    rows.first.click()
    among_npcs.wait(lambda: "Level-" in among_npcs.page.inner_text(".inspector strong"))


def test_a_world_without_npcs_shows_nothing_of_them(opened: Opened) -> None:
    assert not opened.page.locator(".npcs").is_visible()
    assert not opened.page.get_by_role("button", name="Hunts").is_visible()
    assert opened.forge("npcs") == 0


@pytest.mark.parametrize("world", ["served", "wild"])
def test_it_draws_in_three_dimensions(
    chromium: Any, world: str, request: pytest.FixtureRequest
) -> None:
    served: Served = request.getfixturevalue(world)
    browser = chromium.launch(executable_path=BROWSER, args=list(SOFTWARE))
    page = browser.new_page(viewport={"width": 320, "height": 240})
    shown = Opened(page).open(served.url)
    frames = shown.forge("frames")
    shown.wait(lambda: shown.forge("frames") > frames)
    assert page.evaluate("!!document.getElementById('world').getContext('webgl2')")
    assert shown.faults == shown.forge("errors") == []
    browser.close()
