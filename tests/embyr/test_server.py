"""The server over real sockets: whoever comes is complete at once, and nobody harms anybody."""

import asyncio
import logging
import random
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from forge.embyr.packets import LAND, LONGEST, TICK, VALUES, Command
from forge.embyr.server import PageError, check_page
from tests.embyr.stage import HOST, Stage, heard, settled, staged

Scene = Callable[[Stage, aiohttp.ClientSession], Awaitable[None]]


def on_stage(page: Path, scene: Scene, **extra: Any) -> None:
    """Play a scene before a server."""

    async def whole() -> None:
        async with staged(page, **extra) as (stage, session):
            await asyncio.wait_for(scene(stage, session), 60)

    asyncio.run(whole())


def number(message: bytes) -> tuple[float, float]:
    """Read the tick of a message, and what it builds on."""
    found: tuple[float, float] = struct.unpack_from("<dd", message, 1)
    return found


def test_the_page_is_served_and_nothing_else(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        async with session.get("/") as page:
            assert await page.text() == "<title>Forge</title>"
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        for name in (
            "stamp",
            "..%2Fserver.py",
            "server.py",
            "app.js%00",
            "more/app.js",
            300 * "a" + ".js",
        ):
            async with session.get(f"/{name}") as other:
                assert other.status == 404, name

    on_stage(tmp_path, scene)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:8080"}, 403),
        ({"Host": "192.168.0.9"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "localhost:9999"}, 200),  # through a tunnel
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "LocalHost:1", "Origin": "http://localhost:1"}, 200),
        ({"Host": "localhost:1", "Origin": "HTTP://LOCALHOST:1"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200),
        ({"Host": "localhost:1", "Origin": "http://localhost:2"}, 403),
    ],
)
def test_foreign_names_and_origins_are_refused(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        async with session.get("/", headers=headers) as page:
            assert page.status == status
        if status != 200:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect("/socket", headers=headers)
            assert not stage.hub.clients

    on_stage(tmp_path, scene)


def test_open_to_others_any_address_is_ours_but_no_foreign_name(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        for host, status in (("192.168.0.9:8080", 200), ("evil.example", 403)):
            async with session.get("/", headers={"Host": host}) as page:
                assert page.status == status

    on_stage(tmp_path, scene, host="0.0.0.0")


def test_who_connects_is_complete_at_once_and_then_gets_differences(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket = await session.ws_connect("/socket")
        pace, hello, land, tick = await heard(socket, stage)
        assert pace["type"] == "pace"
        assert (hello["setting"]["realm"], hello["realms"]) == (0, [0, 1, 2])
        assert (land[0], tick[0], *number(tick)) == (LAND, TICK, 1, -1)
        assert [number(*await heard(socket, stage)) for _ in range(2)] == [(2, 1), (3, 2)]
        again = await session.ws_connect("/socket")  # there is a tick already: nothing to wait for
        messages = [(await again.receive()).data for _ in range(4)]
        assert number(messages[-1]) == (3, -1)

    on_stage(tmp_path, scene)


def test_each_viewer_has_its_realm(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        one, other = [await session.ws_connect("/socket") for _ in range(2)]
        await other.send_json({"type": "watch", "realm": 2})
        while set(stage.hub.watched()) != {0, 2}:
            await asyncio.sleep(0.001)
        _, first, *_ = await heard(one, stage)
        _, second, *_ = await heard(other, stage)
        assert [first["setting"]["realm"], second["setting"]["realm"]] == [0, 2]

    on_stage(tmp_path, scene)


def test_who_comes_back_to_a_realm_is_sent_its_values_again(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        one, other = [await session.ws_connect("/socket") for _ in range(2)]
        await settled(stage, 2)
        await one.send_json({"type": "values", "wanted": 1})
        await until(stage, "values")
        await heard(other, stage)
        told = [await values_in(one)]
        for realm in (2, 0):  # the other one goes on watching realm 0
            await one.send_json({"type": "watch", "realm": realm})
            while set(stage.hub.watched()) != {0, realm}:
                await asyncio.sleep(0.001)
            stage.play(0)
            told.append(await values_in(one))
        assert told[0] == told[2]

    on_stage(tmp_path, scene)


async def values_in(socket: aiohttp.ClientWebSocketResponse) -> bytes:
    """Read on to the next values that a viewer is sent."""
    while True:
        data = (await asyncio.wait_for(socket.receive(), 10)).data
        if isinstance(data, bytes) and data[0] == VALUES:
            return data


def test_a_selected_agent_is_looked_into(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket = await session.ws_connect("/socket")
        await socket.send_json({"type": "select", "id": 0})
        while stage.hub.watched() != {0: frozenset({0})}:
            await asyncio.sleep(0.001)
        await heard(socket, stage)
        found = (await socket.receive()).json()
        assert (found["type"], found["id"], found["tick"]) == ("inspection", 0, 1)

    on_stage(tmp_path, scene)


def test_values_of_all_agents_are_sent_to_those_who_want_them(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        one, other = [await session.ws_connect("/socket") for _ in range(2)]
        await settled(stage, 2)
        await heard(one, stage)
        await one.send_json({"type": "values", "wanted": 1})
        await until(stage, "values")
        await heard(one, stage)
        told = (await one.receive()).data
        assert (told[0], struct.unpack_from("<d", told, 1)) == (VALUES, (2,))
        await one.send_json({"type": "values", "wanted": 0})
        await until(stage, "values")
        kinds = [message[0] for message in await heard(one, stage) + await heard(one, stage)]
        assert kinds == [TICK, TICK]
        sent = [message for _ in range(4) for message in await heard(other, stage)]
        assert VALUES not in {message[0] for message in sent if isinstance(message, bytes)}

    on_stage(tmp_path, scene)


def test_what_is_asked_of_the_world_is_handed_on(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket = await session.ws_connect("/socket")
        for type_ in ("pause", "play", "fresh"):
            await socket.send_json({"type": type_})
        while [command.type for command in stage.steered] != ["watch", "pause", "play", "fresh"]:
            await asyncio.sleep(0.001)

    on_stage(tmp_path, scene)


def test_the_world_waits_only_if_all_who_watch_want_it_to(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        one, other = [await session.ws_connect("/socket") for _ in range(2)]
        for socket, type_ in ((one, "pause"), (one, "step"), (other, "pause"), (one, "step")):
            await socket.send_json({"type": type_})
            await socket.send_json({"type": "fresh"})
            await until(stage, "fresh")
        await one.close()
        await other.send_json({"type": "play"})
        await until(stage, "play")
        told = [command.type for command in stage.steered]
        assert [t for t in told if t not in ("watch", "fresh")] == ["pause", "step", "play"]

    on_stage(tmp_path, scene)


async def until(stage: Stage, type_: str) -> None:
    """Wait until something was asked of the world, as the last thing."""
    while not (stage.steered and stage.steered[-1].type == type_):
        await asyncio.sleep(0.001)
    stage.steered.append(Command("watch"))


def test_garbage_is_answered_and_logged_once_and_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        good, bad = [await session.ws_connect("/socket") for _ in range(2)]
        await settled(stage, 2)
        await heard(good, stage)
        before = len(stage.steered)
        for text in ("", "{", '{"type": "watch", "realm": 99}', '{"type": "fly"}'):
            await bad.send_str(text)
        await bad.send_bytes(b"\0\1")
        while sum(client.faults for client in stage.hub.clients) < 5:
            await asyncio.sleep(0.001)
        assert number(*await heard(good, stage)) == (2, 1)
        assert len(stage.steered) == before
        told = [*await heard(bad, stage), *await heard(bad, stage)]
        assert "error" in {message["type"] for message in told if isinstance(message, dict)}

    with caplog.at_level(logging.WARNING, "forge.embyr"):
        on_stage(tmp_path, scene)
    assert len(caplog.records) == 1


def test_who_sends_nothing_but_garbage_is_sent_away(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        socket, rng = await session.ws_connect("/socket"), random.Random(1)
        try:
            for _ in range(10_000):
                await socket.send_bytes(rng.randbytes(rng.randrange(200)))
        except ConnectionError:
            pass
        while stage.hub.clients:
            await asyncio.sleep(0.001)

    on_stage(tmp_path, scene)


def test_a_message_that_is_too_long_ends_its_connection_alone(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        good, bad = [await session.ws_connect("/socket") for _ in range(2)]
        await settled(stage, 2)
        await bad.send_str("x" * (LONGEST + 1))
        while len(stage.hub.clients) > 1:
            await asyncio.sleep(0.001)
        assert len(await heard(good, stage)) == 4

    on_stage(tmp_path, scene)


def test_who_vanishes_is_forgotten(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        _, writer = await asyncio.open_connection(HOST, stage.port)
        lines = ("GET /socket HTTP/1.1", f"Host: {HOST}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", "")  # fmt: skip
        writer.write("\r\n".join(lines).encode())
        await settled(stage)
        writer.transport.abort()
        while stage.hub.clients:
            await asyncio.sleep(0.001)

    on_stage(tmp_path, scene)


def test_fifty_watch_at_once_and_one_that_never_reads_slows_nobody(tmp_path: Path) -> None:
    async def scene(stage: Stage, session: aiohttp.ClientSession) -> None:
        lazy = await session.ws_connect("/socket", max_msg_size=0)
        lazy_client = next(iter(stage.hub.clients))
        transport = lazy.get_extra_info("socket")
        assert transport is not None
        lazy._response.connection.transport.pause_reading()  # type: ignore[union-attr]
        sockets = [await session.ws_connect("/socket") for _ in range(49)]
        await settled(stage, 50)
        for tick in range(1, 61):
            stage.play()
            for socket in sockets:
                while True:
                    data = (await asyncio.wait_for(socket.receive(), 20)).data
                    if isinstance(data, bytes) and data[0] == TICK:
                        break
                assert number(data)[0] == tick
        assert lazy_client in stage.hub.clients

    on_stage(tmp_path, scene)


def test_without_a_page_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="FORGE_NO_WEB"):
        check_page(tmp_path)
