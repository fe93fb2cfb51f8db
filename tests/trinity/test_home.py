"""``~`` at the beginning of a path is the home folder, at every door of the API."""

import sys

import numpy as np
import pytest

from forge.args import Args
from forge.blade import mapfile, terrain
from forge.blade.quests import quests_in
from forge.blade.realm import Realms
from forge.blade.recording.recorder import Recorder
from forge.blade.recording.replay import Recording
from forge.blade.recording.tape import Tape
from forge.blade.recording.taping import Taping
from forge.blade.scripted import careful
from forge.config import preset
from forge.embyr.feeds import RunFeed
from forge.embyr.notebook import Shown
from forge.embyr.overlays import OverlayError, load
from forge.ethyr.checkpoint import open_config
from forge.files import kept_if_done
from forge.trinity import evaluate, smith
from forge.trinity.eventfile import EventFile
from tests.trinity.tiny import CONFIG

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its home has another name")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_weights_and_runs(home):
    with smith.Native(CONFIG, Args(engine="serial", run="~/run", events="~/e.csv")) as envs:
        envs.run(1, quiet=True)
        envs.pantheon.save("~/a.safetensors")
        envs.pantheon.load("~/a.safetensors")
        envs.pantheon.load("~/run", 1)
    assert {"run", "a.safetensors", "e.csv"} <= {path.name for path in home.iterdir()}
    assert open_config("~/run") == open_config("~/a.safetensors") == CONFIG
    assert smith.settings("~/run")[0] == CONFIG
    assert RunFeed("~/run").realms == [0]
    for file in ("~/a.safetensors", ["0=~/run", "1=~/a.safetensors#0"]):
        assert evaluate.trained(CONFIG, file, evaluate.Plan(maps=1))


def test_maps_and_pages(home):
    tiles = terrain.generate(CONFIG, 0)
    mapfile.write("~/a.tmx", tiles)
    assert np.array_equal(mapfile.read("~/a.tmx"), tiles)
    Shown("<p>", 100).save("~/a.html")
    assert (home / "a.html").read_text() == "<p>"


def test_recordings_and_events():
    realms = Realms(CONFIG, 0, (0,))
    with Taping(Tape("~/film")) as taping, EventFile("~/events.csv") as events:
        see, write = taping.begin(Recorder(realms, 0, "careful")), events.follow(realms)
        for _ in range(9):
            realms.step(careful(realms.observation))
            see()
            write()
    assert Recording.read("~/film").ticks == 9


def test_tables_of_quests_and_files_of_overlays(home):
    (home / "quests.csv").write_text("does,number\neat,3\n")
    (home / "hunger.py").write_text("")
    (quest,) = quests_in(preset("saga16").replace(quests="~/quests.csv"))
    assert quest.number == 3
    with pytest.raises(OverlayError, match="registers no"):
        load("~/hunger.py")


def test_a_file_that_is_stopped_is_removed_there(home):
    (home / "a.csv").touch()
    with pytest.raises(KeyboardInterrupt), kept_if_done("~/a.csv"):
        raise KeyboardInterrupt
    assert not list(home.iterdir())
