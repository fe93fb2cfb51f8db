"""Watch a world without a browser: read all that the page's socket sends, and list the ticks.

Run as a process of its own: ``python -m forge.cli.bench.onlooker http://127.0.0.1:8080/``.
"""

import asyncio
import struct
import sys
from collections.abc import AsyncIterator

import aiohttp

from forge.embyr.packets import TICK


async def ticks(url: str) -> AsyncIterator[int]:
    """Connect to a viewer's server and yield the number of each tick that it sends."""
    async with aiohttp.ClientSession(url) as session, session.ws_connect("/socket") as socket:
        async for message in socket:
            if isinstance(message.data, bytes) and message.data[0] == TICK:
                yield int(struct.unpack_from("<d", message.data, 1)[0])


async def _main(url: str) -> None:
    async for tick in ticks(url):
        sys.stdout.write(f"{tick}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
