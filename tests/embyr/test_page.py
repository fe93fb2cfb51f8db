"""The page in a real browser: it connects, draws, and agrees with the server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forge.args import Args
from forge.trinity.smith import Native
from tests.embyr.browser import BROWSER, NEEDED, SOFTWARE, WORLD, Opened, Served, legend, standing
from tests.embyr.shown import written_example
from tests.trinity.tiny import CONFIG

pytestmark = NEEDED


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
    first = opened.forge("tick")  # none before it is kept
    opened.wait(lambda: opened.forge("tick") > first + 3)
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


MIDDLE = 23.5  # of the map, whose lava is at its edges


def played(opened: Opened) -> dict[str, tuple[int, int]]:
    """Take an agent that will live and can move away from the lava; give its ways, by key."""
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
        health = opened.page.inner_text(".inspector .gauge.health .number")
        if able and int(health.split("/")[0]) > 2:  # hunger and thirst take one each
            return {key: ways[key] for key in able}
        opened.page.keyboard.press("Escape")


def test_an_agent_is_taken_moved_by_key_and_given_back(peaceful: Opened) -> None:
    key, (down, right) = next(iter(played(peaceful).items()))
    row, col = place(peaceful)
    before = standing(peaceful)
    peaceful.page.keyboard.press(key)
    peaceful.wait(lambda: place(peaceful) == (row + down, col + right))
    assert peaceful.forge("tick") == before + 1
    assert "Yours: you play agent" in peaceful.page.inner_text("header")
    peaceful.page.keyboard.press("Escape")
    peaceful.wait(lambda: peaceful.forge("tick") > before + 3)
    assert "Played by hand since tick" in peaceful.page.inner_text("header")


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


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """The page of a recording of ticks 60 … 84."""
    film, page = str(tmp_path / "film"), tmp_path / "film.html"
    command = [sys.executable, "-m", "forge"]
    subprocess.run([*command, "watch", *WORLD, "--record", film, "--ticks", "24"], check=True)
    subprocess.run([*command, "replay", film, "--html", str(page)], check=True)
    return page


def test_a_recording_opens_from_the_disk_and_plays_to_its_end(flat: Any, film: Path) -> None:
    shown = Opened(flat.new_page()).open(film.as_uri())
    assert "Recording: " in shown.page.inner_text("header")
    shown.wait(lambda: "The end of the recording (tick 84)" in shown.page.inner_text("header"))
    assert (shown.forge("tick"), shown.forge("realm")) == (84, 0)
    shown.page.keyboard.press("n")
    shown.wait(lambda: shown.page.get_by_text("There is no network in a recording.").count())
    shown.page.get_by_label("Play it from its beginning").click()
    shown.wait(lambda: shown.forge("tick") < 84)
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


def test_all_ticks_of_a_recording_are_there_before_they_were_played(flat: Any, film: Path) -> None:
    shown = Opened(flat.new_page()).open(f"{film.as_uri()}#tick=70")
    shown.wait(lambda: shown.forge("tick") >= 70)
    shown.page.keyboard.press(",")  # stops, also at the end
    slider = shown.page.get_by_label("Tick", exact=True)
    shown.wait(lambda: slider.get_attribute("max") == "24")
    slider.fill("23")
    shown.wait(lambda: shown.forge("tick") == 83)
    assert "end of the recording" not in shown.page.inner_text("header")
    slider.fill("2")
    shown.wait(lambda: shown.forge("tick") == 62)
    told = shown.page.locator(".events time")
    shown.wait(lambda: all(int(tick) <= 62 for tick in told.all_inner_texts()))  # of the past
    shown.page.get_by_title("To the end (0)").click()
    shown.wait(lambda: shown.forge("tick") == 84)
    shown.page.get_by_label("Play (space)").click()  # from the beginning
    shown.wait(lambda: shown.forge("tick") < 84)
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


def test_lives_are_coloured_by_what_the_network_expects(flat: Any, trained: Served) -> None:
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(trained.url)
    shown.page.keyboard.press("l")
    strip = shown.page.locator(".strip")
    strip.get_by_label("Colour by").select_option("value")
    shown.wait(lambda: re.search(r"value: \S+ +[−\d]", strip.inner_text()))  # once some are known
    assert "not known" in strip.inner_text()  # those of before they were asked for
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


def test_what_an_agent_thinks_is_seen_without_scrolling(flat: Any, trained: Served) -> None:
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(trained.url)
    shown.page.keyboard.press(" ")
    standing(shown)
    shown.page.keyboard.press("n")
    mind = shown.page.locator(".mind .expects")
    shown.wait(mind.is_visible)
    panel = shown.page.locator(".inspector").bounding_box()
    value = mind.bounding_box()
    assert value["y"] + value["height"] <= panel["y"] + panel["height"]
    shown.page.close()


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
