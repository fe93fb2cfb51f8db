"""The user's classes on their way to workers, and their source lines on the way back."""

import importlib.util
import sys
import threading

import pytest

from forge.config import ConfigError
from forge.errors import ForgeError
from forge.trinity.engines import travelling
from forge.trinity.engines.tracebacks import located
from forge.trinity.god import God
from forge.trinity.trinity import Trinity
from tests.trinity.test_scripts import start
from tests.trinity.tiny import CONFIG, Still, Wanderer

LOCK = threading.Lock()


def setup(sword=Wanderer, god=God):
    return CONFIG, Trinity(Still, god, sword)


def local(**methods):
    """Make a class that nobody can import."""
    return type("Local", (Wanderer,), methods)


def holding(thing):
    def reward(self, obs, events):
        return thing

    return reward


def locked(self, obs, events):
    with LOCK:
        return super(Wanderer, self).reward(obs, events)


locked.__module__ = "nowhere"


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"reward": locked}, r"\(LOCK in reward: cannot pickle '_thread.lock' object\)"),
        ({"reward": holding(i for i in "abc")}, r"\(thing in reward: cannot pickle 'generator'"),
        ({"guard": LOCK}, r"\(guard: cannot pickle '_thread.lock' object\)"),
    ],
)
def test_a_class_that_cannot_travel_is_named_with_what_it_uses(methods, said):
    with pytest.raises(ConfigError, match=f"^Sword Local uses something .* {said}.*: make it in"):
        travelling.pack(setup(local(**methods)))


def test_a_config_that_cannot_travel_is_told_apart():
    with pytest.raises(ConfigError, match=r"the config or the arguments cannot travel .*lock"):
        travelling.pack((LOCK, *setup()))


def test_what_was_packed_is_unpacked():
    config, trinity = travelling.unpack(travelling.pack(setup(local())))
    assert (config, trinity.God, trinity.Sword.__name__) == (CONFIG, God, "Local")


def loaded(path, name):
    """Load a module without telling Python where to find it."""
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_class_whose_module_no_worker_finds_is_named(tmp_path, monkeypatch):
    path = tmp_path / "hidden_strategies.py"
    path.write_text("from tests.trinity.tiny import Wanderer\nclass Late(Wanderer):\n    pass\n")
    monkeypatch.setitem(sys.modules, "hidden_strategies", None)  # put back afterwards
    data = travelling.pack(setup(loaded(path, "hidden_strategies").Late))
    del sys.modules["hidden_strategies"]
    said = r"^Sword Late cannot be loaded in a worker \(No module .*\): put the folder .* sys.path"
    with pytest.raises(ForgeError, match=said):
        travelling.unpack(data)
    sys.modules["hidden_strategies"] = None


SCRIPT = """\
from functools import wraps
from tests.trinity.tiny import Wanderer

def noisy(function):
    @wraps(function)
    def called(*arguments):
        return function(*arguments)
    return called

class Sword(Wanderer):
    @property
    def depth(self):
        return 1

    def decide(self, obs):
        return [agent for agent in obs]

    @noisy
    def reward(self, obs, events):
        return 2

    @classmethod
    def parameters(cls, config):
        return 3
"""


@pytest.fixture
def script(tmp_path):
    """Run a script whose classes nobody can import; return its path and its Sword."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    names = {"__name__": "nowhere"}
    exec(compile(SCRIPT, path, "exec"), names)
    return path, names["Sword"]


def frame(file, line, name):
    return f'  File "{file}", line {line}, in {name}'


@pytest.mark.parametrize(
    ("name", "line"),
    [("called", 7), ("depth", 13), ("decide", 16), ("reward", 20), ("parameters", 24)],
)
def test_frames_are_given_their_file_and_line_again(script, name, line):
    path, sword = script
    told = located(f"Traceback:\n{frame('<dynamic-code>', line, name)}\nOops", setup(sword))
    text = SCRIPT.splitlines()[line - 1].strip()
    assert told == f"Traceback:\n{frame(path, line, name)}\n    {text}\nOops"


@pytest.mark.parametrize("name", ["decide", "nobody"])
def test_frames_that_fit_nothing_stay(script, name):
    text = frame("<dynamic-code>", 1, name)
    assert located(text, setup(script[1])) == text


FAILING = """\
from forge import Args
from forge.trinity import God, Trinity, smith
from tests.trinity import tiny

def helper(events):
    return events["no such"]

class Payer(tiny.Wanderer):
    def reward(self, obs, events):
        return helper(events)

smith.Native(tiny.CONFIG, Args(nWorker=1), Trinity(tiny.Still, God, Payer)).run(1, quiet=True)
"""


def test_error_in_a_script_shows_its_source_lines(tmp_path):
    path = tmp_path / "failing.py"
    path.write_text(FAILING)
    _, err = start(None, str(path)).communicate(timeout=120)
    assert f"{frame(path, 10, 'reward')}\n    return helper(events)\n" in err
    assert f'{frame(path, 6, "helper")}\n    return events["no such"]\n' in err
    assert "<dynamic-code>" not in err
