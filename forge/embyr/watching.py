"""Serve a viewer until it is ended: what the commands and a run beside it share."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from forge.embyr.pacing import Driver, Feed
from forge.embyr.ports import bind
from forge.embyr.server import Server, check_page, is_home, link
from forge.errors import ForgeError

_ENDING = (signal.SIGINT, signal.SIGTERM)


def watch(
    feed: Feed, realms: list[int], host: str, port: int | None, say: Callable[[str], object]
) -> None:
    """Serve until Ctrl-C.

    Args:
        feed: where the worlds come from.
        realms: that can be watched.
        host: address to serve on.
        port: this one; None: the first that is free.
        say: told what people should know, line by line; the link is one of the lines.

    Raises:
        PageError: if the page is not installed.
        PortError: if the port cannot be had.
        WorkerError: if the world fails.
    """
    check_page()
    asyncio.run(_watch(feed, realms, host, port, say))


async def _watch(
    feed: Feed, realms: list[int], host: str, port: int | None, say: Callable[[str], object]
) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[ForgeError | None] = loop.create_future()

    def end(error: ForgeError | None = None) -> None:
        if not ended.done():
            ended.set_result(error)

    for number in _ENDING:
        with suppress(NotImplementedError):  # on Windows, where Ctrl-C ends the loop
            loop.add_signal_handler(number, end)
    async with Viewer(feed, realms, host, port, end, prepare=True) as viewer:
        for line in viewer.about:
            say(line)
        error = await ended
    if error is not None:
        raise error


class Viewer:
    """A server and what it shows, while entered.

    Attributes:
        about: what people should know, with the link.
    """

    def __init__(
        self,
        feed: Feed,
        realms: list[int],
        host: str,
        port: int | None,
        failed: Callable[[ForgeError], object],
        prepare: bool = False,
    ) -> None:
        self._feed, self._realms, self._failed = feed, realms, failed
        self._prepare = prepare
        self._host, self._port = host, port
        self.about: list[str] = []

    async def __aenter__(self) -> "Viewer":
        check_page()
        sock, told = bind(self._host, self._port)
        loop = asyncio.get_running_loop()
        self._driver = Driver(self._feed, self._realms, loop, self._failed, self._prepare)
        self._server = Server(self._driver.hub, sock, self._host)
        await self._server.start()
        self.about = [*([told] if told else []), f"Watch it:  {link(sock, self._host)}"]
        if not is_home(self._host):
            self.about.append(
                "Everybody who can reach this machine can watch, change the pace, play agents of "
                "the copy by hand and take a new one; nobody can change a run."
            )
        return self

    @property
    def is_watched(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._driver.hub.clients)

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()
        await asyncio.to_thread(self._driver.stop)
