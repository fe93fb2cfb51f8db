"""Browsers and worlds that the tests of the page share, a module each."""

from collections.abc import Iterator
from typing import Any

import pytest

from forge.embyr.server import PAGE
from tests.embyr.browser import BROWSER, FLAT, LADEN, PEACEFUL, WILD, Opened, Served, faultless


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    assert (PAGE / "index.html").is_file(), "the page is not installed: pip install -e ."
    server = Served("--port", "0")
    yield server
    server.kill()


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
    server = Served("--port", "0", world=PEACEFUL)
    yield server
    server.kill()


@pytest.fixture
def peaceful(flat: Any, law: Served) -> Iterator[Opened]:
    yield from faultless(flat, law)


@pytest.fixture(scope="module")
def wild() -> Iterator[Served]:
    """A world with NPCs."""
    server = Served("--port", "0", world=WILD)
    yield server
    server.kill()


@pytest.fixture
def among_npcs(flat: Any, wild: Served) -> Iterator[Opened]:
    yield from faultless(flat, wild)


@pytest.fixture(scope="module")
def laden() -> Iterator[Served]:
    """A world in which few agents hunt, carry what they find, and meet rarely."""
    server = Served("--port", "0", world=LADEN)
    yield server
    server.kill()


@pytest.fixture
def carrying(flat: Any, laden: Served) -> Iterator[Opened]:
    yield from faultless(flat, laden)
