"""The page tells of all that happens and of quests, in a real browser; a seat speaks."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.embyr.browser import NEEDED, Opened, Served, serving, standing

pytestmark = NEEDED

WORLD = ("--config", "saga32", "-s", "map_size=48", "-s", "npcs=16", "-s", "births=4",
         "--warmup", "60", "--agents", "gatherer")  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Watch a world in which much happens."""
    yield from serving(WORLD)


def kinds(opened: Opened) -> set[str]:
    """Say which kinds of events are listed."""
    rows = opened.page.locator(".events li")
    return set(rows.evaluate_all("rows => rows.map(row => row.className)"))


def button(opened: Opened, name: str) -> Any:
    return opened.page.locator(".feed").get_by_role("button", name=name, exact=True)


def pressed(opened: Opened, name: str) -> str | None:
    found: str | None = button(opened, name).get_attribute("aria-pressed")
    return found


def stop(opened: Opened) -> None:
    """Stop time."""
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.keyboard.press(" ")
    standing(opened)


def test_what_is_frequent_is_told_once_it_is_switched_on(opened: Opened) -> None:
    opened.wait(lambda: kinds(opened))
    assert not {"eat", "drink", "hit", "equip"} & kinds(opened)
    button(opened, "Choose what is told").click()
    count = button(opened, "Drinks").locator(".number")
    opened.wait(lambda: int(re.sub(r"\D", "", count.inner_text()) or 0) > 5)
    button(opened, "Drinks").click()
    button(opened, "Choose what is told").click()
    opened.wait(lambda: "drink" in kinds(opened))
    drinks = opened.page.locator(".events .drink").first.inner_text()
    assert re.match(r"\d+ drinks\s+\d+$", drinks)


def test_a_group_is_left_out_at_a_click_and_back_at_the_next(opened: Opened) -> None:
    opened.wait(lambda: {"level", "loot"} & kinds(opened))
    opened.page.keyboard.press(" ")
    standing(opened)
    before = kinds(opened)
    assert pressed(opened, "Life") == "mixed"
    for name in ("Growth", "Items"):
        button(opened, name).click()
        assert pressed(opened, name) == "false"
    assert not {"level", "quest", "loot", "destroy"} & kinds(opened)
    for name in ("Growth", "Items"):
        button(opened, name).click()
    assert kinds(opened) == before


def test_a_double_click_shows_a_kind_alone(opened: Opened) -> None:
    button(opened, "Choose what is told").click()
    button(opened, "Harvests").dblclick()
    button(opened, "Choose what is told").click()
    opened.wait(lambda: kinds(opened) == {"harvest"})
    button(opened, "Choose what is told").click()
    button(opened, "usual").click()
    assert (pressed(opened, "Harvests"), pressed(opened, "Deaths")) == ("false", "true")


def test_a_click_on_somebody_in_an_event_selects_it(opened: Opened) -> None:
    name = opened.page.locator(".events .loot .who").nth(1)  # whom it took from
    opened.wait(name.count)
    opened.page.keyboard.press(" ")
    standing(opened)
    told = name.inner_text().removeprefix("a ")
    name.click()
    shown = opened.page.locator(".inspector strong")
    opened.wait(lambda: told in shown.inner_text().lower())


def test_events_of_one_agent_alone_are_told_on_request(opened: Opened) -> None:
    only = opened.page.locator(".only")
    assert not only.is_visible()
    button(opened, "Choose what is told").click()
    button(opened, "all").click()
    button(opened, "Choose what is told").click()
    opened.wait(lambda: "harvest" in kinds(opened))
    stop(opened)  # else the list moves on under the pointer
    opened.page.locator(".events .harvest .who").first.click()
    opened.wait(only.is_visible)
    number = re.sub(r"\D", "", only.inner_text())
    only.click()
    said = opened.page.locator(".events li").all_inner_texts()
    assert len(said) > 1
    assert all(re.search(rf"\b{number}\b", each) for each in said)
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.keyboard.press("Escape")
    opened.wait(lambda: not only.is_visible())
    assert len(opened.page.locator(".events li").all_inner_texts()) > len(said)


def chosen(opened: Opened) -> Any:
    """Stop time, and choose an agent: where its quest is shown."""
    stop(opened)
    opened.page.keyboard.press("n")
    quest = opened.page.locator(".inspector .quest")
    opened.wait(quest.is_visible)
    return quest


def test_an_agent_is_shown_with_its_quest(opened: Opened) -> None:
    quest = chosen(opened)
    assert re.match(r"Quest: \w+.*\s+(\d+ / \d+|fulfilled)$", quest.inner_text())
    assert quest.locator("b").get_attribute("aria-label")
    opened.page.get_by_role("button", name="Quests", exact=True).first.click()
    curves = "Mean progress of quests [%] of each population over time"
    opened.wait(lambda: opened.page.get_by_label(curves).count())


def test_who_plays_an_agent_sees_its_quest_and_lets_it_speak(opened: Opened) -> None:
    name = chosen(opened).locator("h3 span").inner_text()
    opened.page.keyboard.press("g")
    seat = opened.page.locator(".seat")
    opened.wait(lambda: "your turn" in seat.inner_text())
    assert seat.locator(".errand").inner_text().startswith(f"Quest: {name}: ")
    word = seat.get_by_label("Word")
    assert word.locator("option").count() == 1 + 16
    word.select_option("7")
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.keyboard.press("x")
    about = opened.page.locator(".inspector .about").first
    opened.wait(lambda: "says word 7" in about.inner_text())
    opened.page.keyboard.press("Escape")
    opened.wait(lambda: not seat.is_visible())


def test_a_world_without_quests_and_words_shows_nothing_of_them(peaceful: Opened) -> None:
    peaceful.page.keyboard.press(" ")
    standing(peaceful)
    for key in "ng":
        peaceful.page.keyboard.press(key)
    peaceful.wait(lambda: "your turn" in peaceful.page.inner_text(".seat"))
    shown = peaceful.page.locator(".quest, .errand:not(:empty), select[aria-label=Word]")
    assert not shown.filter(visible=True).count()
    peaceful.page.get_by_role("button", name="Choose what is told").click()
    told = peaceful.page.locator(".kind").filter(visible=True)
    names = [each.get_attribute("aria-label") for each in told.all()]
    assert names == ["Births", "Deaths", "Records", "Meals", "Drinks"]
    peaceful.page.keyboard.press("Escape")
    peaceful.wait(lambda: not peaceful.page.locator(".seat").is_visible())


def test_a_page_of_a_recording_tells_of_events_and_quests(flat: Any, tmp_path: Path) -> None:
    film, page = str(tmp_path / "film"), tmp_path / "film.html"
    command = [sys.executable, "-m", "forge"]
    subprocess.run([*command, "watch", *WORLD, "--record", film, "--ticks", "30"], check=True)
    subprocess.run([*command, "replay", film, "--html", str(page)], check=True)
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(page.as_uri())
    shown.wait(lambda: "The end of the recording" in shown.page.inner_text("header"))
    button(shown, "Choose what is told").click()
    button(shown, "all").click()
    button(shown, "Choose what is told").click()
    shown.wait(lambda: {"eat", "drink", "harvest"} <= kinds(shown))
    chosen(shown)
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()
