"""Serve the viewer: its page at ``/``, and one WebSocket.

Names and origins are checked, messages are bounded, and nobody waits for a slow client.
"""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import WSMsgType, web

from forge.embyr import packets
from forge.embyr.hub import MOST_FAULTS, Client, Hub
from forge.errors import ForgeError

logger = logging.getLogger("forge.embyr")

PAGE = Path(__file__).with_name("web")
_MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_HOME = {"localhost", "127.0.0.1", "::1"}
_MOST_CLIENTS = 500
_PATIENCE = 30.0  # with a client that reads nothing [s]
_HEARTBEAT = 20.0  # [s]
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; connect-src 'self' ws: wss:; "
    "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class PageError(ForgeError):
    """The page was not installed."""


def check_page(page: Path | None = None) -> Path:
    """Refuse to serve a page that is not there.

    Args:
        page: its folder; None: where it is installed.

    Returns:
        Its folder.

    Raises:
        PageError: says how to get it.
    """
    page = page or PAGE
    if not (page / "index.html").is_file():
        raise PageError(
            "the viewer's page is not installed: install Forge again without FORGE_NO_WEB=1 "
            "(pip install --force-reinstall --no-deps -e . in a checkout)"
        )
    return page


def is_home(host: str) -> bool:
    """Say whether an address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def link(sock: socket.socket, host: str) -> str:
    """Write the address of the page."""
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{sock.getsockname()[1]}/"


class Server:
    """One page and its socket, within one event loop."""

    def __init__(self, hub: Hub, sock: socket.socket, host: str, page: Path | None = None) -> None:
        """Prepare.

        Args:
            hub: of the clients.
            sock: listens.
            host: as it was asked for.
            page: folder of the page; None: where it is installed.

        Raises:
            PageError: if there is no page.
        """
        self._hub, self._sock, self._page = hub, sock, check_page(page)
        self._open = not is_home(host)
        named = {*_HOME, host, *([socket.gethostname()] if self._open else [])}
        self._names = {name.lower() for name in named}
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._file)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/{name}", self._file)
        app.on_response_prepare.append(_add_headers)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Begin to answer."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._sock).start()

    async def stop(self) -> None:
        """Close all connections, and the socket."""
        await self._runner.cleanup()
        self._sock.close()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse other sites: pages of theirs that reach for this one, and names given to it."""
        host = request.headers.get("Host", "")
        if not self._is_ours(host):
            return _refused(f"this is not {host[:80] or 'a page without a host'}")
        origin = request.headers.get("Origin")
        ours = {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}
        if origin is not None and origin.lower() not in ours:
            return _refused(f"{origin[:80]} may not use this page")
        return await handler(request)

    def _is_ours(self, host: str) -> bool:
        """Say whether a Host header names this machine; any port, as tunnels have others.

        Capitals make no other name. Open to others, addresses are ours too: no foreign name can
        stand for one.
        """
        name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
        if name.lower() in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._open

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        path = {path.name: path for path in self._page.iterdir()}.get(name)
        if path is None or path.suffix not in _MEDIA or not path.is_file():
            raise web.HTTPNotFound
        return web.Response(
            body=path.read_bytes(), content_type=_MEDIA[path.suffix], charset="utf-8"
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if len(self._hub.clients) >= _MOST_CLIENTS:
            raise web.HTTPServiceUnavailable(text="too many viewers")
        ws = web.WebSocketResponse(
            max_msg_size=packets.LONGEST, heartbeat=_HEARTBEAT, compress=False
        )
        await ws.prepare(request)
        client = self._hub.join()
        pump = asyncio.create_task(self._pump(request, ws, client))
        try:
            async for message in ws:
                if message.type is WSMsgType.ERROR:  # it has vanished, or said too much
                    break
                text = message.data if message.type is WSMsgType.TEXT else None
                self._hub.hear(client, text)
                if client.faults >= MOST_FAULTS:
                    await ws.close(code=1008, message=b"too many messages that say nothing")
        finally:
            self._hub.leave(client)
            pump.cancel()
        return ws

    async def _pump(self, request: web.Request, ws: web.WebSocketResponse, client: Client) -> None:
        """Send a client what it lacks, as fast as it reads; hang up on one that reads nothing."""
        try:
            while not ws.closed:
                await client.wake.wait()
                client.wake.clear()
                for message in self._hub.take(client):
                    if isinstance(message, str):
                        await asyncio.wait_for(ws.send_str(message), _PATIENCE)
                    else:
                        await asyncio.wait_for(ws.send_bytes(message), _PATIENCE)
        except (asyncio.TimeoutError, ConnectionError, RuntimeError):
            if request.transport is not None:
                request.transport.abort()


def _refused(text: str) -> web.Response:
    logger.warning("refused a request: %s", text)
    return web.Response(status=403, text=text)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
