"""Overlays over real sockets: viewers get what they show, and a fault in one stops nothing."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from forge.embyr.overlays import OVERLAYS, Look
from forge.embyr.packets import DRAWN
from tests.embyr.shown import failing
from tests.embyr.stage import Stage, heard
from tests.embyr.test_server import on_stage


async def pictured(socket: aiohttp.ClientWebSocketResponse, stage: Stage, wanted: int) -> Any:
    """Play until an overlay comes, as bytes (its kind) or as a notice (0)."""
    for _ in range(200):
        for message in await heard(socket, stage):
            if isinstance(message, bytes) and message[0] == wanted == DRAWN:
                return message
            if isinstance(message, dict) and message["type"] == "overlay" and not wanted:
                return message
    raise AssertionError("no overlay came")


def show(name: str, population: int = -1) -> dict[str, Any]:
    return {"type": "overlay", "name": name, "population": population}


def test_an_overlay_comes_to_those_who_show_it_and_at_once_to_the_next(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        one, other = [await session.ws_connect("/socket") for _ in range(2)]
        await one.send_json(show("Counts", 0))
        while not stage.hub.looks():
            await asyncio.sleep(0.001)
        await pictured(one, stage, DRAWN)
        assert stage.hub.looks() == {Look(0, "Counts", 0)}
        binary = [each for each in await heard(other, stage) if isinstance(each, bytes)]
        assert DRAWN not in {message[0] for message in binary}
        await other.send_json(show("Counts", 0))
        while (await other.receive()).data[0] != DRAWN:
            pass

    on_stage(tmp_path, scene)


def test_an_overlay_that_has_nothing_to_show_says_so(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket = await session.ws_connect("/socket")
        await socket.send_json(show("Values"))
        told = await pictured(socket, stage, 0)
        assert (told["name"], told["population"], told["failed"]) == ("Values", 0, False)
        assert "no network" in told["fault"]

    on_stage(tmp_path, scene)


def test_an_overlay_that_fails_is_told_logged_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = OVERLAYS["Counts"]._replace(name="Mine", function=failing, takes=())
    monkeypatch.setitem(OVERLAYS, "Mine", made)

    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket = await session.ws_connect("/socket")
        for _ in range(3):
            await socket.send_json(show("Mine"))
            told = await pictured(socket, stage, 0)
            assert (told["fault"], told["failed"]) == ("RuntimeError: no idea", True)
            await socket.send_json(show(""))
            while stage.hub.looks():
                await asyncio.sleep(0.001)
            await heard(socket, stage)

    on_stage(tmp_path, scene)
    assert caplog.messages == ["the overlay Mine fails: RuntimeError: no idea"]


def test_an_overlay_that_nobody_has_registered_is_refused(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket = await session.ws_connect("/socket")
        await socket.send_json(show("Nonsense"))
        await socket.receive()
        assert (await socket.receive_json())["text"] == "there is no overlay 'Nonsense'"
        assert stage.hub.looks() == set()
        await heard(socket, stage)

    on_stage(tmp_path, scene)


def test_hello_lists_the_overlays_and_what_they_ask_for(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        _, hello, *_ = await heard(await session.ws_connect("/socket"), stage)
        listed = {about["name"]: about for about in hello["setting"]["overlays"]}
        assert [*listed] == ["Counts", "Values", "Dependence"]
        assert [each["scale"] for each in listed.values()] == ["log", "linear", "signed"]
        assert [each["populations"] for each in listed.values()] == ["any", "one", "one"]
        assert [each["agent"] for each in listed.values()] == [False, False, True]

    on_stage(tmp_path, scene)
