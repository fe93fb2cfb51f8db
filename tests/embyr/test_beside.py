"""A run with a viewer beside it is the same run, and is seen as it trains."""

import asyncio
import json
import logging
import os
import signal
from typing import Any

import aiohttp
import numpy as np
import pytest

from forge.args import Args
from forge.embyr.beside import About, Beside, _Feed, _tell
from forge.embyr.worlds import Committed, Weights
from forge.errors import ForgeError, WorkerError
from forge.trinity.defaults import default_trinity
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG
from tests.web import needs_page

ARGS = Args(nRealm=2, engine="serial")


def viewer() -> Beside:
    return Beside(About(CONFIG, ARGS, default_trinity(), "127.0.0.1", 0))


def run(epochs: int, beside: Beside | None) -> str:
    with Native(CONFIG, ARGS) as envs:
        publish: Any = None if beside is None else lambda _: beside.publish(envs)
        envs.run(epochs, quiet=True, report=publish)
        return envs.digest


async def watch(url: str, beside: Beside, wanted: str) -> list[str]:
    """Watch while the run trains, until its source says so; list all sources."""
    sources: list[str] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}socket") as socket:
        await socket.send_json({"type": "speed", "rate": 200})
        with Native(CONFIG, ARGS) as envs:
            beside.publish(envs)
            while not any(wanted in source for source in sources):
                next(iter(envs))
                beside.publish(envs)
                data = (await asyncio.wait_for(socket.receive(), 30)).data
                message = json.loads(data) if isinstance(data, str) else {}
                sources += [message["text"]] if message.get("type") == "source" else []
    return sources


@needs_page
def test_watched_or_not_a_run_ends_with_the_same_digest() -> None:
    with viewer() as beside:
        assert run(4, beside) == run(4, None)


@needs_page
def test_viewers_see_a_copy_that_takes_the_newest_weights() -> None:
    with viewer() as beside:
        url = beside.about[-1].split()[-1]
        sources = asyncio.run(watch(url, beside, "with the weights of epoch"))
    assert sources[-1].startswith("Copy of this run at epoch")


@needs_page
def test_a_viewer_that_is_killed_does_not_hold_the_run_up() -> None:
    with viewer() as beside:
        os.kill(beside._child.pid, signal.SIGKILL)
        assert run(2, beside) == run(2, None)


@needs_page
def test_the_end_of_a_viewer_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with viewer() as beside:
        os.kill(beside._child.pid, signal.SIGKILL)
        beside._thread.join(30)
        run(2, beside)
    warned = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert warned == ["the viewer has stopped, the run goes on: its process has ended"]


def test_an_error_in_the_world_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _tell(WorkerError("KeyError in a worker: 1", "in think\n"))
    _tell(ForgeError("it is gone"))
    told = [record.message.split("the run goes on: ")[1] for record in caplog.records]
    assert told == ["KeyError in a worker: 1\nin think", "it is gone"]


def test_a_new_copy_is_the_run_s_next_commit_and_no_older_one() -> None:
    feed = _Feed(About(CONFIG, ARGS, default_trinity(), "127.0.0.1", 0))
    model = np.zeros(0)
    assert feed.begin() is None
    feed.offer(Weights(1, model), [])
    assert feed.wanted(True) == 1  # weights alone
    first, second = feed.begin(), feed.begin()
    assert isinstance(first, Committed)
    assert (first.epoch, second) == (1, None)
    assert feed.wanted(True) == 2  # all
    feed.offer(Weights(2, model), [])
    third = feed.begin()
    assert isinstance(third, Committed)
    assert third.epoch == 2
