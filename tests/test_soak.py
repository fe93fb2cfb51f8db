"""Long runs and watches hold no more memory than short ones (off by default: pytest -m slow)."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest

from forge.args import Args
from forge.blade import Law
from forge.cli.bench import onlooker
from forge.cli.bench.footprint import family, proportional_set_size
from forge.trinity import smith
from tests.web import needs_page

ROOT = Path(__file__).resolve().parents[1]
HORIZON = 250


def sizes_by_tick(ticks: int) -> dict[int, int]:
    """Train with a frozen policy; note the memory of all processes after each epoch [bytes]."""
    config = Law(populations=1, births=8, horizon=HORIZON, learning_rate=0.0, learner="pg")
    sizes = {}
    with smith.Native(config, Args(nRealm=4, epochs=ticks // HORIZON)) as envs:
        for summary in envs:
            size = proportional_set_size(family())
            if size is None:
                pytest.skip("this system does not tell")
            sizes[summary["tick"]] = size
    return sizes


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    sizes = sizes_by_tick(50_000)
    early = max(size for tick, size in sizes.items() if 5_000 < tick <= 25_000)
    late = max(size for tick, size in sizes.items() if tick > 25_000)
    assert len(sizes) == 200
    assert late <= 1.02 * early


VIEWERS = 50
MINUTES = 10


@contextmanager
def served(*options: str) -> Iterator[tuple[str, int]]:
    """Serve a world; give its address, and its process's id."""
    command = [sys.executable, "Forge.py", "watch", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        url = next(line.split()[-1] for line in process.stdout if "http://" in line)
        yield url, process.pid
        process.kill()


def with_descendants(pid: int) -> list[int]:
    """List the ids of a process and of all that it has started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for each in lists for child in each.read_text().split()]
    return [pid, *(each for child in children for each in with_descendants(child))]


async def follow(url: str, seen: list[int], end: float) -> None:
    """Note every tick that a viewer is sent."""
    async for tick in onlooker.ticks(url):
        seen.append(tick)
        if time.monotonic() >= end:
            break


async def many_watch(url: str, pid: int, seen: list[list[int]]) -> list[int]:
    """Let all watch, and one that never reads; note the memory of the world's processes."""
    end, sizes = time.monotonic() + 60 * MINUTES, []
    async with aiohttp.ClientSession(url) as session:
        lazy = await session.ws_connect("/socket", max_msg_size=0)
        lazy._response.connection.transport.pause_reading()  # type: ignore[union-attr]
        watching = [asyncio.create_task(follow(url, each, end)) for each in seen]
        while time.monotonic() < end:
            await asyncio.sleep(5)
            sizes.append(proportional_set_size(with_descendants(pid)) or 0)
        await asyncio.wait_for(asyncio.gather(*watching), 60)
    return sizes


@needs_page
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux")
def test_fifty_viewers_see_every_tick_and_cost_no_more_memory_later() -> None:
    seen: list[list[int]] = [[] for _ in range(VIEWERS - 1)]
    with served("--agents", "greedy", "--config", "chaos128") as (url, pid):
        sizes = asyncio.run(many_watch(url, pid, seen))
    for ticks in seen:
        assert len(ticks) > 60 * MINUTES
        assert [b - a for a, b in pairwise(ticks)] == [1] * (len(ticks) - 1)
    early = max(sizes[: len(sizes) // 2])
    print(f"{len(seen[0])} ticks, {early / 2**20:.0f} MiB, then {max(sizes) / 2**20:.0f}")
    assert max(sizes[len(sizes) // 2 :]) <= 1.02 * early
