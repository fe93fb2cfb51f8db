"""Training curves in other tools: what they are sent, and what happens if they fail."""

import importlib
import logging
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from forge.args import Args
from forge.cli import main
from forge.config import ConfigError
from forge.ethyr import checkpoint
from forge.registry import LOGGERS, LoggerFacts
from forge.trinity.loggers import CurveLogger, Run, flat, load
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG, STATEFUL

OFTEN = CONFIG.replace(checkpoint_seconds=0)


class Notes(CurveLogger):
    """Notes what it is sent; fails at will."""

    sent: list[Any] = []  # noqa: RUF012 – of all runs of a test
    fails = ""

    def __init__(self, run: Run) -> None:
        self.sent.append(run)

    def write(self, step: int, values: dict[str, float]) -> None:
        if self.fails == "write":
            raise OSError("no\nnetwork")
        self.sent.append((step, values))

    def close(self) -> None:
        self.sent.append("closed")
        if self.fails == "close":
            raise OSError("no network")


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> type[Notes]:
    module = ModuleType("notes")
    vars(module)["Logger"] = Notes
    monkeypatch.setitem(sys.modules, "notes", module)
    monkeypatch.setitem(LOGGERS, "notes", LoggerFacts("notes", "notes"))
    monkeypatch.setattr(Notes, "sent", [])
    return Notes


def run(epochs: int = 2, **args: Any) -> list[Any]:
    """Train, and list the summaries."""
    done: list[Any] = []
    with Native(OFTEN, Args(engine="serial", log=("notes",), **args), STATEFUL) as envs:
        envs.run(epochs, done.append)
    return done


def test_each_epoch_is_sent_with_the_numbers_of_its_summary(notes: type[Notes]) -> None:
    done = run()
    begun, *sent, closed = notes.sent
    assert begun.settings["horizon"] == CONFIG.horizon
    assert begun.resumed is None
    assert sent == [(each["agent_steps"], flat(each)) for each in done]
    assert closed == "closed"


def test_numbers_of_a_summary_are_named_by_their_place() -> None:
    values = {"epoch": 2, "digest": "ab", "null": None, "populations": {"lives": [3, 4.5]}}
    assert flat(values) == {"epoch": 2, "populations/lives/0": 3, "populations/lives/1": 4.5}


def test_a_resumed_run_says_where_it_goes_on(notes: type[Notes], tmp_path: Path) -> None:
    first = run(run=tmp_path / "a")
    run(3, resume=tmp_path / "a")
    begun = [each for each in notes.sent if isinstance(each, Run)]
    assert [each.directory for each in begun] == [tmp_path / "a"] * 2
    assert begun[1].resumed == first[-1]["agent_steps"]


def test_a_run_without_an_epoch_begins_no_log(notes: type[Notes]) -> None:
    run(0)
    assert notes.sent == []


@pytest.mark.parametrize(
    ("fails", "said"),
    [("write", "log to notes ends here, the run goes on: OSError: no network"),
     ("close", "the end of the log to notes may be missing: OSError: no network")],
)  # fmt: skip
def test_a_fault_is_told_once_the_run_goes_on_and_the_log_is_closed(
    notes: type[Notes], fails: str, said: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(notes, "fails", fails)
    with caplog.at_level(logging.WARNING, "forge.run"):
        assert len(run(3)) == 3
    assert caplog.text.count(said) == 1
    assert notes.sent.count("closed") == 1


def test_a_run_is_saved_before_its_logs_are_closed(
    notes: type[Notes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[list[Path]] = []
    monkeypatch.setattr(notes, "close", lambda _: saved.append(checkpoints(tmp_path / "run")))
    args = Args(engine="serial", log=("notes",), run=str(tmp_path / "run"))
    envs = Native(CONFIG, args, STATEFUL)
    epochs = iter(envs)
    next(epochs), next(epochs)
    envs.close()
    assert [paths[-1].stem for paths in saved] == ["epoch-00000002"]


def checkpoints(run: Path) -> list[Path]:
    return [Path(path) for path in checkpoint.in_run(run)]


def test_a_package_that_is_missing_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trackio", None)
    monkeypatch.delitem(sys.modules, "forge.trinity.loggers.trackio", raising=False)
    path = tmp_path / "a"
    result = CliRunner().invoke(main, ["--log", "trackio", "--epochs", "1", "--run", str(path)])
    assert result.exit_code == 2
    assert "log trackio needs the package trackio" in result.output
    assert result.output.endswith("pip install trackio\n")
    assert not path.exists()


def test_a_run_from_python_names_a_missing_package_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.delitem(sys.modules, "forge.trinity.loggers.wandb", raising=False)
    with pytest.raises(ConfigError, match="log wandb needs the package wandb"):
        Native(CONFIG, Args(engine="serial", log=("wandb",)))


def test_tensorboard_has_each_number_at_its_agent_steps(tmp_path: Path) -> None:
    made = load(["tensorboard"])["tensorboard"](Run(tmp_path, {}, None))
    made.write(7, {"populations/lives/0": 3})
    made.close()
    (file,) = (tmp_path / "tensorboard").iterdir()
    events = importlib.import_module("tensorboard.compat.proto.event_pb2")
    found = [events.Event.FromString(record) for record in records(file.read_bytes())]
    written = [(one.step, one.summary.value[0].tag) for one in found if one.summary.value]
    assert written == [(7, "populations/lives/0")]


def test_tensorboard_hides_what_a_resumed_run_does_again(tmp_path: Path) -> None:
    made = load(["tensorboard"])["tensorboard"](Run(tmp_path, {}, 100))
    made.close()
    (file,) = (tmp_path / "tensorboard").iterdir()
    events = importlib.import_module("tensorboard.compat.proto.event_pb2")
    found = [events.Event.FromString(record) for record in records(file.read_bytes())]
    assert [one.step for one in found if one.HasField("session_log")] == [101]


def records(data: bytes) -> list[bytes]:
    """Split a file of events: each is preceded by its length, and both have a checksum."""
    found, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        found.append(data[at + 12 : at + 12 + length])
        at += 16 + length
    return found


class Recorded(ModuleType):
    """A module whose functions only note how they are called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, args, kwargs))
            return SimpleNamespace(log=self.log, finish=self.finish)

        return call


@pytest.fixture(params=["wandb", "trackio"])
def tool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    made = Recorded(request.param)
    monkeypatch.setitem(sys.modules, request.param, made)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    sys.modules.pop(LOGGERS[request.param].module, None)
    yield made
    sys.modules.pop(LOGGERS[request.param].module, None)


def logged(tool: Recorded, directory: Path, resumed: int | None) -> dict[str, Any]:
    """Write an epoch; return what the log was begun with."""
    made = load([tool.__name__])[tool.__name__](Run(directory, {"seed": 3}, resumed))
    made.write(7, {"lives": 2})
    made.close()
    begun, *rest = tool.calls[-3:]
    assert rest == [("log", ({"lives": 2},), {"step": 7}), ("finish", (), {})]
    assert begun[0] == "init"
    about: dict[str, Any] = begun[2]
    return about


def test_tools_with_runs_are_sent_name_settings_and_numbers(tool: Recorded, tmp_path: Path) -> None:
    about = logged(tool, tmp_path, None)
    assert (about["project"], about["name"]) == ("forge", tmp_path.name)
    assert about["config"] == {"seed": 3}
    assert about.get("mode", "offline") == "offline"


def test_a_resumed_run_goes_on_with_its_log(tool: Recorded, tmp_path: Path) -> None:
    first, second = logged(tool, tmp_path, None), logged(tool, tmp_path, 5)
    assert second["resume"] == "allow"
    assert first["name"] == second["name"]
    assert first.get("id") == second.get("id")
