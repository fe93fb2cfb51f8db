"""The page shows worlds with NPCs and skills, in a real browser, and nothing of them in others."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from forge.blade.skills import Skill
from tests.embyr.browser import NEEDED, WILD, Opened, legend, standing

pytestmark = NEEDED


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


def taken(opened: Opened) -> Any:
    """Play an agent by hand, after the world stands, so that it lives: the panel of the seat."""
    seat, said = opened.page.locator(".seat"), opened.page.locator("header .status")
    for _ in range(5):  # it may die in a tick that is under way
        opened.page.keyboard.press(" ")
        standing(opened)
        for key in "ng":
            opened.page.keyboard.press(key)
        opened.wait(
            lambda: re.search("your turn|does not live", seat.inner_text() + said.inner_text())
        )
        if "your turn" in seat.inner_text():
            return seat
    raise AssertionError("all whom it takes die at once")


def test_an_agent_is_given_back_while_an_npc_is_selected(among_npcs: Opened) -> None:
    seat = taken(among_npcs)
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
    top, bar = (among_npcs.page.locator(it).bounding_box() for it in (".top", ".timebar"))
    north = top["y"] + top["height"]  # the map lies between these bars
    tile = (bar["y"] - north) / 48
    at = {"clientX": 640 + (col + 0.5 - 24) * tile, "clientY": north + (row + 0.5) * tile}
    among_npcs.page.locator("#world").dispatch_event("click", at)
    among_npcs.wait(lambda: among_npcs.page.inner_text(".inspector strong") == name)


def test_events_tell_of_hunts_and_a_click_shows_the_hunted(among_npcs: Opened) -> None:
    rows = among_npcs.page.locator(".events .hunt")
    among_npcs.wait(lambda: rows.count() > 0)
    among_npcs.page.keyboard.press(" ")
    standing(among_npcs)
    assert re.search(r"\d+ slays a level-[1-9] (deer|boar|wolf)", rows.first.inner_text())
    rows.first.locator(".jump").click()
    among_npcs.wait(lambda: "Level-" in among_npcs.page.inner_text(".inspector strong"))


def test_a_world_without_npcs_shows_nothing_of_them(opened: Opened) -> None:
    assert not opened.page.locator(".npcs").is_visible()
    opened.page.get_by_role("button", name="Choose what is told").click()
    assert opened.page.get_by_role("button", name="Kills").is_visible()
    assert not opened.page.get_by_role("button", name="Hunts").is_visible()
    assert opened.forge("npcs") == 0


NAMES = [skill.name.lower() for skill in Skill]


def skills_of(opened: Opened) -> dict[str, int]:
    """Read the levels of the selected agent, by skill."""
    told = opened.page.locator(".skills .bar:visible").all_inner_texts()
    return {name: int(level) for name, level in (each.split() for each in told)}


def chosen(opened: Opened) -> dict[str, int]:
    """Stop time, and choose an agent that has reached a level in combat: its levels."""
    opened.page.keyboard.press(" ")
    standing(opened)
    for _ in range(40):
        opened.page.keyboard.press("n")
        opened.page.wait_for_timeout(500)
        levels = skills_of(opened)
        if max(levels.values(), default=1) > 1:
            return levels
    raise AssertionError("nobody has learned anything")


def test_an_agent_is_shown_with_its_level_and_its_skills(among_npcs: Opened) -> None:
    levels = chosen(among_npcs)
    assert list(levels) == NAMES
    name = among_npcs.page.inner_text(".inspector strong")
    assert re.fullmatch(rf"Agent \d+\s*level {max(levels.values())}", name)
    combat = max(levels[name] for name in NAMES[:3])
    assert f"Combat: level {combat}" in among_npcs.page.inner_text(".skills")
    told = among_npcs.page.locator(".skills .bar").first.get_attribute("title")
    assert re.match(r"melee: level \d+, \d+ experience, \d+ more to level \d+", str(told))


def test_the_skills_shown_are_those_of_the_tick_that_is_shown(among_npcs: Opened) -> None:
    rows = among_npcs.page.locator(".events .level")
    among_npcs.wait(lambda: rows.count() > 0)
    among_npcs.page.keyboard.press(" ")
    standing(among_npcs)
    told = re.search(r"(\d+) reaches (\w+) level (\d+)", rows.first.inner_text())
    assert told is not None
    rows.first.locator(".jump").click()  # to the tick before
    before = among_npcs.wait(lambda: skills_of(among_npcs))[told[2]]
    among_npcs.page.evaluate("document.activeElement.blur()")
    among_npcs.page.keyboard.press(".")
    among_npcs.wait(lambda: skills_of(among_npcs)[told[2]] == int(told[3]))
    assert before == int(told[3]) - 1
    assert f"Agent {told[1]}" in among_npcs.page.inner_text(".inspector strong")


def test_an_npc_is_shown_without_skills(among_npcs: Opened) -> None:
    found(among_npcs)
    assert not among_npcs.page.locator(".skills").is_visible()


def test_levels_are_drawn_over_time_for_populations_and_for_lives(among_npcs: Opened) -> None:
    among_npcs.page.get_by_role("button", name="Level", exact=True).click()
    curves = "Mean combat level of each population over time"
    among_npcs.wait(lambda: among_npcs.page.get_by_label(curves).count())
    among_npcs.page.keyboard.press("l")
    measure = among_npcs.page.get_by_label("Colour by")
    measure.select_option("level")
    assert measure.input_value() == "level"


def test_who_plays_an_agent_sees_its_levels(among_npcs: Opened) -> None:
    seat = taken(among_npcs)
    best = max(among_npcs.wait(lambda: skills_of(among_npcs)).values())
    among_npcs.wait(lambda: seat.locator(".standing").inner_text().startswith(f"Level {best}"))
    among_npcs.page.keyboard.press("Escape")
    among_npcs.wait(lambda: not seat.is_visible())


def test_a_world_without_skills_shows_nothing_of_them(opened: Opened) -> None:
    opened.page.keyboard.press(" ")
    standing(opened)  # so that nobody dies meanwhile
    opened.page.keyboard.press("n")
    opened.wait(lambda: opened.page.locator(".gauge:visible").count() == 3)
    shown = opened.page.locator(".skills, .level, .standing").filter(visible=True)
    assert not shown.count()
    for name in ("Level", "Levels"):
        assert not opened.page.get_by_role("button", name=name, exact=True).is_visible()
    assert "level" not in opened.page.get_by_label("Colour by").inner_text()


def test_a_page_of_a_recording_shows_skills(flat: Any, tmp_path: Path) -> None:
    film, page = str(tmp_path / "film"), tmp_path / "film.html"
    command = [sys.executable, "-m", "forge"]
    subprocess.run([*command, "watch", *WILD, "--record", film, "--ticks", "6"], check=True)
    subprocess.run([*command, "replay", film, "--html", str(page)], check=True)
    shown = Opened(flat.new_page(viewport={"width": 1280, "height": 720})).open(page.as_uri())
    shown.wait(lambda: "The end of the recording" in shown.page.inner_text("header"))
    assert list(chosen(shown)) == NAMES
    assert shown.faults == shown.forge("errors") == []
    shown.page.close()


SMALL = """() => [...document.querySelectorAll(".ui *")].filter(it => it.checkVisibility()
  && [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== "")
  && parseFloat(getComputedStyle(it).fontSize) < 11).map(it => `${it.className} ${it.innerText}`)"""


def test_no_words_are_too_small_to_be_read(among_npcs: Opened) -> None:
    for key in ("n", "l", "o", "t"):
        among_npcs.page.keyboard.press(key)
    among_npcs.wait(among_npcs.page.locator(".bag, .market, .strip .axis, .overlaid").count)
    assert among_npcs.page.evaluate(SMALL) == []


def test_the_colours_of_causes_of_death_are_explained(among_npcs: Opened) -> None:
    key = among_npcs.page.locator(".death-key")
    assert key.inner_text().split() == ["lava", "starved", "dehydrated", "slain"]
    colour = "it => getComputedStyle(it).backgroundColor"
    shown = [swatch.evaluate(colour) for swatch in key.locator("i").all()]
    assert len(set(shown)) == 4
    assert "rgba(0, 0, 0, 0)" not in shown
    bars = among_npcs.page.locator(".causes").first.locator("i").all()
    assert [bar.evaluate(colour) for bar in bars[1:]] == shown
