"""Keys after clicks, jumps in time, the status line and the first screen, in a real browser."""

import re
from typing import Any

import pytest

from tests.embyr.browser import NEEDED, Opened, Served, legend, standing

pytestmark = NEEDED
AGENT = re.compile(r"^Agent \d+$")
PHONE = {"width": 390, "height": 800}


def head(opened: Opened) -> str:
    """Read the top line."""
    return str(opened.page.inner_text("header"))


def test_keys_work_after_a_click_on_the_slider(opened: Opened) -> None:
    opened.wait(lambda: opened.forge("tick") > 64)
    opened.page.get_by_label("Tick", exact=True).click()
    opened.page.keyboard.press("n")
    opened.wait(opened.page.get_by_text(AGENT).count)
    opened.page.keyboard.press("t")
    opened.wait(lambda: legend(opened))
    stopped = opened.forge("tick")
    opened.page.keyboard.press("0")
    opened.wait(lambda: opened.forge("tick") > stopped)
    opened.page.keyboard.press(" ")
    opened.wait(opened.page.get_by_label("Play (space)").count)


def test_keys_work_after_the_choice_of_a_speed(opened: Opened) -> None:
    speed = opened.page.get_by_label("Ticks per second")
    speed.focus()
    speed.select_option("16")
    opened.page.keyboard.press("n")
    opened.wait(opened.page.get_by_text(AGENT).count)
    opened.page.keyboard.press(" ")
    opened.wait(opened.page.get_by_label("Play (space)").count)
    assert opened.page.evaluate("document.activeElement === document.body")


def test_a_death_is_gone_to_from_now_or_it_is_said_that_there_is_none(opened: Opened) -> None:
    opened.wait(opened.page.locator(".events .death, .events .kill").count)
    paused = opened.page.get_by_label("Play (space)")
    for key in ("j", "k"):
        opened.page.keyboard.press(key)
    opened.wait(lambda: paused.count() or "is kept" in head(opened))
    opened.page.keyboard.press("Shift+B")
    opened.page.keyboard.press("b")
    for _ in range(40):  # more births than there can have been
        opened.page.keyboard.press("b")
    opened.wait(lambda: "no later birth is kept" in head(opened))


def test_who_waits_for_a_world_reads_so_and_sees_nothing_of_what_it_may_lack(flat: Any) -> None:
    server = Served("--port", "0")
    page = flat.new_page(viewport={"width": 1280, "height": 720})
    page.route_web_socket(re.compile("/socket$"), lambda socket: None)
    page.goto(server.url)
    words = page.locator(".waiting")
    words.get_by_text("connected").wait_for()
    assert "Waiting for the world …" in words.inner_text()
    assert words.evaluate("it => getComputedStyle(it).color") == "rgb(242, 237, 228)"
    assert page.locator(".status.waits").count() == 1
    for name in ("Level", "Quests", "Items", "Market", "Growth", "Fights"):
        assert not page.get_by_role("button", name=name, exact=True).is_visible(), name
    page.close()
    server.kill()


def test_a_flat_map_says_why_and_counts_no_frames(opened: Opened) -> None:
    said = opened.page.get_by_text("This browser has no WebGL 2: flat map")
    assert said.is_visible()
    assert opened.page.locator(".frames").inner_text() == ""
    opened.page.get_by_label("Close this note").click()
    assert said.count() == 0


def test_a_number_that_nobody_has_is_refused_in_words_that_fade(opened: Opened) -> None:
    find = opened.page.get_by_label("Find an agent or NPC by its number")
    for text, why in (("1.5", "agents have whole numbers"), ("-5", "there are no NPCs here")):
        find.fill(text)
        find.press("Enter")
        opened.wait(lambda why=why: why in head(opened))
        assert "NPC −5" not in opened.page.inner_text(".inspector")
    assert opened.page.locator(".status.good").count() == 1
    opened.wait(lambda: "connected" in head(opened))


def test_a_phone_shows_what_is_said_but_not_that_it_is_connected(flat: Any, served: Served) -> None:
    shown = Opened(flat.new_page(viewport=PHONE)).open(f"{served.url}#tick=3")
    status = shown.page.locator(".status")
    shown.wait(lambda: "tick 3 is no" in status.inner_text())
    size = "it => getComputedStyle(it).fontSize"
    assert status.evaluate(size) != "0px"
    shown.wait(lambda: "connected" in str(status.text_content()))
    assert status.evaluate(size) == "0px"
    shown.page.close()


def test_a_world_goes_as_fast_as_it_can_and_quick_presses_all_count(opened: Opened) -> None:
    speed = opened.page.get_by_label("Ticks per second")
    speed.select_option("1")
    for _ in range(6):
        opened.page.keyboard.press("]")
    opened.wait(lambda: speed.input_value() == "0")
    opened.page.wait_for_timeout(500)
    assert speed.input_value() == "0"
    assert speed.locator("option").last.inner_text() == "max"
    speed.select_option("8")


def test_lives_are_full_of_the_living_as_soon_as_they_are_opened(opened: Opened) -> None:
    opened.page.keyboard.press("l")
    strip = opened.page.locator(".strip")
    told = opened.wait(lambda: re.search(r"(\d+) agents?, up to age (\d+)", strip.inner_text()))
    assert 0 < int(told[1]) <= 32
    assert int(told[2]) > 1  # older than the page: the world was played before
    assert "attacks: mage" in strip.inner_text()
    strip.get_by_label("Colour by").select_option("food")
    opened.wait(lambda: "food: 0" in strip.inner_text())
    strip.locator("canvas").click(position={"x": 20, "y": 7})  # the name of the oldest
    opened.wait(opened.page.get_by_text(AGENT).count)
    strip.get_by_label("Close (L)").click()
    assert not strip.is_visible()


BOXES = """() => [...document.querySelectorAll(".panel:not(dialog), .tabbar")].filter(
  it => it.checkVisibility()).map(it => [it.className, it.getBoundingClientRect().toJSON()])"""


def overlaps(page: Any) -> list[str]:
    """Name panels that lie over each other, or beyond the window."""
    size, boxes = page.viewport_size, page.evaluate(BOXES)
    assert len(boxes) > 3
    found = [
        name
        for name, box in boxes
        if box["left"] < 0 or box["top"] < 0
        or box["right"] > size["width"] + 0.5 or box["bottom"] > size["height"] + 0.5
    ]  # fmt: skip
    for k, (name, box) in enumerate(boxes):
        for other, its in boxes[:k]:
            beside = box["left"] >= its["right"] - 0.5 or box["right"] <= its["left"] + 0.5
            apart = box["top"] >= its["bottom"] - 0.5 or box["bottom"] <= its["top"] + 0.5
            if not (beside or apart):
                found.append(f"{name} over {other}")
    return found


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (1280, 720)])
def test_panels_never_lie_over_each_other(flat: Any, served: Served, size: tuple[int, int]) -> None:
    viewport = dict(zip(("width", "height"), size, strict=True))
    shown = Opened(flat.new_page(viewport=viewport)).open(served.url)
    shown.page.get_by_label("Close this note").click()
    shown.page.keyboard.press(" ")  # so that nobody dies meanwhile
    standing(shown)
    for key in ("t", "n", "l", "g"):  # the legend, an agent, lives, the seat
        shown.page.keyboard.press(key)
        shown.page.wait_for_timeout(400)
        assert overlaps(shown.page) == [], key
    shown.wait(lambda: shown.page.locator(".seat").is_visible())
    assert overlaps(shown.page) == []
    tabs = shown.page.locator(".tabbar button").all() if min(size) < 500 else []
    for tab in tabs:
        tab.click()
        shown.page.wait_for_timeout(200)
        assert overlaps(shown.page) == [], tab.get_attribute("title")
        assert shown.page.locator(".seat").bounding_box()["height"] > 60
    shown.page.keyboard.press("Escape")
    shown.page.close()
