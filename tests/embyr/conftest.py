"""Browsers and worlds that the tests of the page share, a module each."""

from collections.abc import Iterator
from typing import Any

import pytest

from forge.embyr.server import PAGE
from tests.embyr.browser import (
    BROWSER,
    FLAT,
    LADEN,
    PEACEFUL,
    WILD,
    Opened,
    Served,
    faultless,
    serving,
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    assert (PAGE / "index.html").is_file(), "the page is not installed: pip install -e ."
    yield from serving()


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


@pytest.fixture
def opened(flat: Any, served: Served) -> Iterator[Opened]:
    yield from faultless(flat, served)


@pytest.fixture(scope="module")
def law() -> Iterator[Served]:
    """A world without combat."""
    yield from serving(PEACEFUL)


@pytest.fixture
def peaceful(flat: Any, law: Served) -> Iterator[Opened]:
    yield from faultless(flat, law)


@pytest.fixture(scope="module")
def wild() -> Iterator[Served]:
    """A world with NPCs."""
    yield from serving(WILD)


@pytest.fixture
def among_npcs(flat: Any, wild: Served) -> Iterator[Opened]:
    yield from faultless(flat, wild)


@pytest.fixture(scope="module")
def laden() -> Iterator[Served]:
    """A world in which few agents hunt, carry what they find, and meet rarely."""
    yield from serving(LADEN)


@pytest.fixture
def carrying(flat: Any, laden: Served) -> Iterator[Opened]:
    yield from faultless(flat, laden)
