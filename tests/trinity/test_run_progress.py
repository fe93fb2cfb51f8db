"""What a run from Python shows."""

import json
import re

import pytest

from forge.args import Args
from forge.trinity.progress import UNSAVED, Quiet
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG, STATEFUL


def ran(capsys, epochs=2, args=None, **how):
    """Run some epochs; give what was printed."""
    with Native(CONFIG, args or Args(engine="serial"), STATEFUL) as envs:
        envs.run(epochs, **how)
    return capsys.readouterr().out.splitlines()


class Noted(Quiet):
    """Keeps what it is told."""

    def begin(self, past):
        self.past = [each["epoch"] for each in past]


def test_it_shows_lines_and_says_that_nothing_is_saved(capsys):
    title, unsaved, *rest = ran(capsys)
    assert re.fullmatch(
        r"chaos · 1 realm of 6 agents · 2 populations · ppo · needs about \d+ MB", title
    )
    assert unsaved == UNSAVED
    assert rest[-1].startswith("epoch 2 | ")


def test_quiet_shows_nothing(capsys):
    assert ran(capsys, quiet=True) == []
    assert ran(capsys, args=Args(engine="serial", quiet=True)) == []


def test_a_report_takes_the_place_of_progress(capsys):
    lines = ran(capsys, report=print)
    assert [line.split(" | ")[0] for line in lines] == ["epoch 1", "epoch 2"]


def test_a_summary_is_the_line_of_the_metrics(tmp_path):
    found = []
    with Native(CONFIG, Args(engine="serial", run=tmp_path / "a"), STATEFUL) as envs:
        envs.run(1, found.append)
    assert json.loads((tmp_path / "a" / "metrics.jsonl").read_text()) == found[0]


def test_progress_goes_on_from_earlier_calls():
    noted = Noted()
    with Native(CONFIG, Args(engine="serial"), STATEFUL) as envs:
        envs.run(2, quiet=True)
        envs.run(3, progress=noted)
    assert noted.past == [1, 2]


def test_progress_goes_on_from_the_run_that_is_resumed(tmp_path):
    noted, path = Noted(), tmp_path / "a"
    with Native(CONFIG, Args(engine="serial", run=path), STATEFUL) as envs:
        envs.run(2, quiet=True)
    with (path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 3}\n')  # after the checkpoint, so it is cut off
    with Native(CONFIG, Args(engine="serial", resume=path), STATEFUL) as envs:
        envs.run(3, progress=noted)
    assert noted.past == [1, 2]


NOTHING = (
    "Nothing to do: the run has its 2 epochs. "
    "Epochs are counted from the start of the run: give run() a higher number to go on."
)


@pytest.mark.parametrize(("how", "lines"), [({}, [NOTHING]), ({"report": print}, [NOTHING])])
def test_a_run_that_has_its_epochs_says_so(capsys, how, lines):
    with Native(CONFIG, Args(engine="serial"), STATEFUL) as envs:
        envs.run(2, quiet=True)
        assert envs.run(2, **how) is None
    assert capsys.readouterr().out.splitlines()[-1:] == lines


@pytest.mark.parametrize("how", [{"quiet": True}, {"progress": Quiet()}])
def test_who_wants_to_hear_nothing_hears_nothing(capsys, how):
    with Native(CONFIG, Args(engine="serial"), STATEFUL) as envs:
        envs.run(1, quiet=True)
        envs.run(1, **how)
    assert capsys.readouterr().out == ""


def test_a_run_without_standard_output_says_nothing(monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    with Native(CONFIG, Args(engine="serial"), STATEFUL) as envs:
        assert envs.run(0) is None
