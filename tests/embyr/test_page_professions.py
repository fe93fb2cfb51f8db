"""The page shows resources and harvests, in a real browser."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.embyr.browser import NEEDED, Opened, Served, serving

pytestmark = NEEDED

WORLD = ("--config", "saga16", "-s", "map_size=40", "-s", "npcs=4", "-s", "singles=60",
         "--warmup", "60", "--agents", "gatherer")  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Watch a small world in which agents gather."""
    yield from serving(WORLD)


def test_the_legend_counts_resources(opened: Opened) -> None:
    rows = opened.page.locator(".resources li")
    opened.wait(lambda: rows.count() == 5 and "–" not in rows.first.inner_text())
    titles = rows.evaluate_all("rows => rows.map(row => row.title)")
    assert [title.split(":")[0] for title in titles] == ["ore", "tree", "crystal", "herb", "fish"]
    whole, all_, spent = map(int, re.findall(r"\d+", titles[3]))
    assert whole + spent == all_ > 5


def test_harvests_are_told_once_they_are_switched_on(opened: Opened) -> None:
    opener = opened.page.get_by_role("button", name="Choose what is told")
    opener.click()
    kind = opened.page.get_by_role("button", name="Harvests")
    assert kind.get_attribute("aria-pressed") == "false"
    kind.click()
    opener.click()
    told = opened.page.locator(".events .harvest")
    opened.wait(lambda: told.count() > 0)
    what = "whetstone|arrow|rune|potion|ration"
    assert re.match(rf"\d+ harvests a level-\d+ ({what})", told.first.inner_text())


PHONE, LOW = {"width": 390, "height": 844}, {"width": 844, "height": 390}


@pytest.mark.parametrize("size", [PHONE, LOW], ids=["phone", "low"])
def test_on_little_room_the_board_is_whole_and_can_be_closed(
    size: dict[str, int], flat: Any, served: Served
) -> None:
    page = flat.new_page(viewport=size)
    opened = Opened(page).open(served.url)
    try:
        page.keyboard.press("o")
        board = page.locator(".market")
        opened.wait(board.is_visible)
        box = board.bounding_box()
        assert min(box["x"], box["y"]) >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] + box["height"] <= size["height"]
        board.get_by_title("Close (O)").click()
        assert not board.is_visible()
    finally:
        page.close()


@pytest.mark.parametrize("size", [PHONE, LOW], ids=["phone", "low"])
def test_on_little_room_no_panel_lies_on_another(
    size: dict[str, int], flat: Any, served: Served
) -> None:
    page = flat.new_page(viewport=size)
    try:
        Opened(page).open(served.url)
        page.get_by_title("Close this note").click()  # of the missing WebGL 2
        for tab in ("populations", "map", "inspector", "feed"):
            page.locator(f'.tabbar [data-for="{tab}"]').click()
            boxes = [it.bounding_box() for it in page.locator(".ui .panel:visible").all()]
            assert len(boxes) >= 3  # the bars, and what was chosen
            assert not [pair for pair in itertools.combinations(boxes, 2) if overlap(*pair)]
    finally:
        page.close()


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    """Say whether two boxes have a point in common, but for their edges."""
    return all(
        one[at] + 1 < other[at] + other[along] and other[at] + 1 < one[at] + one[along]
        for at, along in (("x", "width"), ("y", "height"))
    )
