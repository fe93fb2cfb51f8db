"""The page shows resources and harvests, in a real browser."""

import re
from collections.abc import Iterator

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
