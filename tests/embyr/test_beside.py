"""A run with a viewer beside it is the same run, and is seen as it trains."""

import asyncio
import json
import logging
import os
import queue
import signal
import time
from types import SimpleNamespace
from typing import Any

import aiohttp
import numpy as np
import pytest

from forge.args import Args
from forge.embyr import beside as module
from forge.embyr.beside import About, Beside, _Feed, _tell
from forge.embyr.worlds import Committed, Weights
from forge.errors import ForgeError, WorkerError
from forge.trinity import God, Pantheon, Sword, Trinity
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


async def watch(url: str, beside: Beside, wanted: str, trinity: Trinity | None = None) -> list[str]:
    """Watch while the run trains, until its source says so; list all sources."""
    sources: list[str] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}socket") as socket:
        await socket.send_json({"type": "speed", "rate": 200})
        with Native(CONFIG, ARGS, trinity) as envs:
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
def test_classes_of_a_script_are_watched_as_forges_own() -> None:
    class Mine(Sword):  # no other process can import it
        pass

    trinity = Trinity(Pantheon, God, Mine)
    with Beside(About(CONFIG, ARGS, trinity, "127.0.0.1", 0)) as beside:
        url = beside.about[-1].split()[-1]
        sources = asyncio.run(watch(url, beside, "with the weights of epoch", trinity))
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


class Peer:
    """Stands for the viewer's process: it answers when the test does.

    Attributes:
        asked: what came after "offer", in each request.
        answers: what it wants, each time; None: it has ended.
    """

    def __init__(self) -> None:
        self.asked: queue.Queue[tuple[Any, ...]] = queue.Queue()
        self.answers: queue.Queue[Any] = queue.Queue()
        self.answers.put("it serves")
        self.answers.put(["about"])

    def send(self, request: str, *content: Any) -> None:
        if request == "offer":
            self.asked.put(content)

    def receive(self) -> Any:
        answer = self.answers.get(timeout=30)
        if answer is None:
            raise EOFError
        return answer

    def hang_up(self) -> None:
        self.answers.put(None)

    def end(self, seconds: float) -> None:
        pass

    def given(self) -> tuple[Any, ...]:
        """Wait for an offer, and answer all questions before it that everything is wanted."""
        while not (content := self.asked.get(timeout=30)):
            self.answers.put(2)
        return content


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Peer:
    peer = Peer()
    monkeypatch.setattr(module, "check_page", lambda: None)
    monkeypatch.setattr(module.spawning, "start", lambda _, __, into: into.append(peer))
    return peer


class Commits:
    """Stands for a run, and counts how often its states were copied."""

    copied = 0

    def last_commit(self) -> tuple[Any, list[bytes]]:
        self.copied += 1
        return SimpleNamespace(epoch=self.copied, model=np.zeros(0)), [b""]


def test_a_commit_is_not_copied_while_the_one_before_is_handed_over(peer: Peer) -> None:
    run: Any = Commits()
    with viewer() as beside:
        beside.publish(run)
        assert len(peer.given()) == 2
        beside.publish(run)
        assert run.copied == 1
        peer.answers.put(2)
        while beside._wanted != 2:
            time.sleep(0.001)
        beside.publish(run)
        assert run.copied == 2


def test_an_answer_from_before_an_offer_asks_for_no_other(peer: Peer) -> None:
    run: Any = Commits()
    with viewer() as beside:
        assert peer.asked.get(timeout=30) == ()
        beside.publish(run)
        peer.answers.put(2)  # it has not seen the offer
        assert len(peer.given()) == 2
        beside.publish(run)
        assert run.copied == 1


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
