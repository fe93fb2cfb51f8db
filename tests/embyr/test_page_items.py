"""The page shows what agents carry and wear, in a real browser, and lets a seat deal with it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from forge.blade.items import PLACES
from tests.embyr.browser import LADEN, NEEDED, Opened, standing

pytestmark = NEEDED

POSSIBLE = ".deals .place:not(.idle):not(.worn)[title*='goes to']"


def chosen(opened: Opened) -> list[str]:
    """Stop time, and choose an agent that carries something: what is said of each place."""
    opened.page.keyboard.press(" ")
    standing(opened)
    carried = opened.page.locator(".belongings .place:not(.empty)").filter(visible=True)
    for _ in range(8):
        opened.page.keyboard.press("n")
        opened.page.wait_for_timeout(500)
        if carried.count():
            return titles(opened, ".belongings")
    raise AssertionError("nobody carries anything")


def titles(opened: Opened, where: str) -> list[str]:
    """Read what is said of each place of an inventory."""
    places = opened.page.locator(f"{where} .place")
    told: list[str] = places.evaluate_all("places => places.map(place => place.title)")
    return told


def seated(opened: Opened) -> tuple[Any, int]:
    """Play an agent that can put something on: that place, and its number."""
    chosen(opened)
    for _ in range(6):
        opened.page.keyboard.press("g")
        opened.wait(lambda: "your turn" in opened.page.inner_text(".seat"))
        possible = rested(opened)
        if possible.count():
            told = re.match(r"place (\d+): ", str(possible.get_attribute("title")))
            assert told is not None
            return opened.page.locator(".deals .place").nth(int(told[1]) - 1), int(told[1])
        opened.page.keyboard.press("n")
        opened.page.wait_for_timeout(500)
    raise AssertionError("nobody could put anything on")


def rested(opened: Opened) -> Any:
    """Let the agent rest for some ticks, until it is in combat no longer: what it can put on."""
    possible = opened.page.locator(POSSIBLE).first
    for _ in range(6):
        if possible.count() or "your turn" not in opened.page.inner_text(".seat"):
            break
        opened.page.keyboard.press("x")
        opened.page.wait_for_timeout(700)
    return possible


def leave(opened: Opened) -> None:
    opened.page.keyboard.press("Escape")
    opened.wait(lambda: not opened.page.locator(".seat").is_visible())


def test_an_agent_is_shown_with_what_it_carries_place_by_place(carrying: Opened) -> None:
    told = chosen(carrying)
    for k, each in enumerate(told):
        assert re.match(rf"place {k + 1}: (empty$|(\d+ )?level-\d+ \w+(, worn)? · )", each)
    carried = sum("empty" not in each for each in told)
    heading = carrying.page.inner_text(".belongings h3")
    assert re.fullmatch(rf"carries {carried} of {len(told)}( · \d+ gold)?", heading.lower())
    assert len(told) == PLACES
    assert carried > 0


def test_who_plays_an_agent_puts_on_what_it_clicks(carrying: Opened) -> None:
    place, number = seated(carrying)
    assert "click: puts it on" in str(place.get_attribute("title"))
    place.click()
    carrying.wait(lambda: ", worn" in str(place.get_attribute("title")))
    carrying.wait(lambda: ", worn" in titles(carrying, ".belongings")[number - 1])
    assert re.search(r"\+\d+ ", carrying.page.inner_text(".belongings .sums"))
    leave(carrying)


def test_who_plays_an_agent_destroys_what_it_clicks_with_shift(carrying: Opened) -> None:
    place, number = seated(carrying)
    place.click(modifiers=["Shift"])
    empty = f"place {number}: empty"
    carrying.wait(lambda: str(place.get_attribute("title")) == empty)
    carrying.wait(lambda: titles(carrying, ".belongings")[number - 1] == empty)
    assert "destroyed" in carrying.page.inner_text(".belongings .sums")
    leave(carrying)


def test_a_key_lets_the_next_click_destroy(carrying: Opened) -> None:
    place, number = seated(carrying)
    carrying.page.keyboard.press("z")
    carrying.wait(lambda: "click: destroys it" in str(place.get_attribute("title")))
    place.click()
    carrying.wait(lambda: str(place.get_attribute("title")) == f"place {number}: empty")
    pressed = carrying.page.get_by_role("button", name="Destroy", exact=True).get_attribute(
        "aria-pressed"
    )
    assert pressed == "false"
    leave(carrying)


def test_events_tell_what_agents_take_of_the_slain(carrying: Opened) -> None:
    rows = carrying.page.locator(".events .loot")
    carrying.wait(lambda: rows.count() > 0)
    words = r"\d+ takes .*level-\d+ \w+.* from (\d+|a level-\d+ (deer|boar|wolf))"
    assert re.match(words, rows.first.inner_text())


def test_a_world_without_items_shows_nothing_of_them(opened: Opened) -> None:
    opened.page.keyboard.press(" ")
    standing(opened)  # so that nobody dies meanwhile
    for key in "ng":
        opened.page.keyboard.press(key)
    opened.wait(lambda: "your turn" in opened.page.inner_text(".seat"))
    assert not opened.page.locator(".belongings, .deals, .place").filter(visible=True).count()
    assert not opened.page.get_by_role("button", name="Items", exact=True).is_visible()
    assert opened.page.get_by_role("button", name="Fights", exact=True).is_visible()
    leave(opened)


def test_a_page_of_a_recording_shows_items_and_no_deals(flat: Any, tmp_path: Path) -> None:
    film, page = str(tmp_path / "film"), tmp_path / "film.html"
    command = [sys.executable, "-m", "forge"]
    subprocess.run([*command, "watch", *LADEN, "--record", film, "--ticks", "6"], check=True)
    subprocess.run([*command, "replay", film, "--html", str(page)], check=True)
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(page.as_uri())
    shown.wait(lambda: "The end of the recording" in shown.page.inner_text("header"))
    assert len(chosen(shown)) == PLACES
    assert not shown.page.locator(".deals").is_visible()
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()
