"""How long scripted agents live, measured beside a run."""

import sys
import time

import pytest

from forge.blade.settings import setting
from forge.config import Config, preset
from forge.trinity import reference
from forge.trinity.reference import Reference, described, measure
from tests.trinity.tiny import CONFIG


def answered(made, seconds=120.0):
    made.start()
    end = time.monotonic() + seconds
    while made.text() is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    text = made.text()
    made.close()
    return text


class Spiced(Config):
    """A config with a setting of its own, which another process does not know."""

    spice: float = setting("how much of it", default=1.0)


def test_another_process_measures_the_world_of_the_config_itself():
    spiced = Spiced(**CONFIG.as_dict())
    assert answered(Reference(spiced)) == described(measure(CONFIG))


def test_measures_are_written_as_a_line():
    found = {"random": 11.72, "careful": 1234.5, "greedy": None}
    assert described(found) == (
        "mean lifetime of scripted agents here: random 11.7, careful over 600, greedy over 600 "
        "(4 held-out maps)"
    )


def test_a_large_world_is_not_measured():
    assert "were not measured" in answered(Reference(preset("law").replace(max_agents=513)))


def test_a_process_that_fails_is_told(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    assert "were not measured" in answered(Reference(CONFIG))


@pytest.mark.parametrize("executable", ["", "/nowhere/python"])
def test_without_an_interpreter_nothing_is_measured(executable, monkeypatch):
    monkeypatch.setattr(reference.sys, "executable", executable)
    assert "were not measured" in answered(Reference(CONFIG))


def test_closing_ends_the_measurement():
    made = Reference(CONFIG)
    made.start()
    process = made._process
    made.close()
    assert process.returncode is not None
    made.start()
    assert made.text() is None
