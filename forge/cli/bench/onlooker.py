"""Watch a world without a browser: read all that the page's socket sends, and report each tick.

Run as a process of its own: ``python -m forge.cli.bench.onlooker http://127.0.0.1:8080/``.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import aiohttp

from forge.embyr.packets import TICK


async def ticks(url: str) -> AsyncIterator[int]:
    """Connect to a viewer's server and yield the size of each tick's message [bytes]."""
    async with aiohttp.ClientSession(url) as session, session.ws_connect("/socket") as socket:
        async for message in socket:
            if isinstance(message.data, bytes) and message.data[0] == TICK:
                yield len(message.data)


async def _main(url: str) -> None:
    async for size in ticks(url):
        sys.stdout.write(f"{size}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
