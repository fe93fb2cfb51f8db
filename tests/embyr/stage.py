"""A server over real sockets, whose world is played in the test's own process."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from forge.blade import preset
from forge.embyr.hub import Hub
from forge.embyr.packets import TICK, Command
from forge.embyr.ports import bind
from forge.embyr.server import Server, link
from forge.embyr.spectator import Asked, Spectator
from forge.embyr.worlds import Scripted

HOST = "127.0.0.1"


class Stage:
    """A hub, its server and its spectator.

    Attributes:
        steered: what viewers asked of the world.
        url: of the page.
    """

    def __init__(self, page: Path, agents: int = 16, host: str = HOST) -> None:
        self.steered: list[Command] = []
        self.hub = Hub([0, 1, 2], self.steered.append)
        config = preset("chaos16").replace(max_agents=agents, births=min(agents, 64))
        self._spectator = Spectator(Scripted(config, 0, (0, 1, 2), "greedy"))
        sock, _ = bind(host, 0)
        self.port = sock.getsockname()[1]
        self.server, self.url = Server(self.hub, sock, host, page), link(sock, HOST)

    def play(self, ticks: int = 1) -> None:
        """Play one turn."""
        watched = self.hub.watched()
        looks = frozenset(self.hub.looks())
        expecting = frozenset(self.hub.expecting())
        asked = Asked(watched, ticks, looks=looks, expecting=expecting, **self.hub.seats())
        self.hub.see(list(watched), self._spectator.turn(asked))


def written(folder: Path) -> Path:
    """Write a page."""
    (folder / "index.html").write_text("<title>Forge</title>", encoding="utf-8")
    (folder / "app.js").write_text("1", encoding="utf-8")
    (folder / "stamp").write_text("1", encoding="utf-8")
    return folder


@asynccontextmanager
async def staged(page: Path, **extra: Any) -> AsyncIterator[tuple[Stage, aiohttp.ClientSession]]:
    """Serve."""
    stage = Stage(written(page), **extra)
    await stage.server.start()
    async with aiohttp.ClientSession(stage.url) as session:
        yield stage, session
    await stage.server.stop()


async def heard(socket: aiohttp.ClientWebSocketResponse, stage: Stage) -> list[Any]:
    """Play a tick, and read all that a viewer is sent up to it."""
    await settled(stage)
    stage.play()
    messages: list[Any] = []
    while not (messages and isinstance(messages[-1], bytes) and messages[-1][0] == TICK):
        message = await asyncio.wait_for(socket.receive(), 10)
        data = message.data
        messages.append(json.loads(data) if isinstance(data, str) else data)
    return messages


async def settled(stage: Stage, clients: int = 1) -> None:
    """Wait until so many viewers, at least, are connected."""
    while len(stage.hub.clients) < clients:
        await asyncio.sleep(0.001)
