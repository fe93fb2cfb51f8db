"""The command overlay: what it writes is what the viewer shows; what it cannot do, it says."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from forge.cli import main
from forge.embyr import probes
from forge.embyr.layers import OVERLAYS
from forge.embyr.overlays import Look
from forge.embyr.worlds import Loaded, World
from forge.ethyr.checkpoint import open_config
from forge.trinity.defaults import default_trinity
from forge.trinity.policy import weights

LAW = ("--load", "pretrained:law", "--warmup", "60")


def overlay(*words: str) -> Result:
    return CliRunner().invoke(main, ["overlay", *words])


def world() -> World:
    config = open_config("pretrained:law")
    model = weights(config, ["pretrained:law"], default_trinity().Sword)
    return Loaded(config, 0, (10_000,), "agents", model, 60).build(0)


def read(path: Path) -> dict[tuple[int, int], float]:
    with open(path, newline="") as file:
        return {(int(x["row"]), int(x["col"])): float(x["value"]) for x in csv.DictReader(file)}


def test_it_writes_the_numbers_that_the_viewer_shows(tmp_path: Path) -> None:
    files = ["--png", str(tmp_path / "v.png"), "--csv", str(tmp_path / "v.csv")]
    result = overlay("values", *LAW, *files)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Values, map 10000, tick 60, population 0\n")
    here = world()
    shown = OVERLAYS["Values"].draw(here.realms, here.sword, 0, Look(0, "Values", 0))
    expected = {(r, c): shown[r, c] for r, c in np.argwhere(~np.isnan(shown)).tolist()}
    assert read(tmp_path / "v.csv") == expected
    assert (tmp_path / "v.png").read_bytes().startswith(b"\x89PNG")


def test_an_overlay_of_an_agent_is_of_the_oldest_unless_one_is_named(tmp_path: Path) -> None:
    out, living = ("--csv", str(tmp_path / "d.csv")), probes.living(world().realms, 0)
    oldest = living["id"][living["age"].argmax()]
    assert f"agent {oldest}\n" in overlay("Dependence", *LAW, *out).output
    assert "Agent 99 does not live now" in overlay("Dependence", *LAW, *out, "--agent", "99").output


def test_alone_one_agent_stands_in_the_middle(tmp_path: Path) -> None:
    result = overlay("dependence", *LAW, "--alone", "--csv", str(tmp_path / "d.csv"))
    assert result.exit_code == 0, result.output
    found, radius = read(tmp_path / "d.csv"), open_config("pretrained:law").radius
    rows, cols = zip(*found, strict=True)
    assert max(rows) - min(rows) == max(cols) - min(cols) == 2 * radius
    assert abs((max(rows) + min(rows)) / 2 - 40) < 5


def test_overlays_of_users_and_scripted_agents_work_as_well(tmp_path: Path) -> None:
    (tmp_path / "ages_of_all.py").write_text(
        "import numpy as np\nfrom forge.embyr import overlay\n"
        '@overlay("Ages")\ndef ages(realms, sword, w):\n'
        "    return np.full((realms.config.map_size,) * 2, realms.state.clock[w].tick)\n"
    )
    options = ("--agents", "greedy", "--warmup", "7", "--csv", str(tmp_path / "a.csv"))
    result = overlay("ages", "--overlays", str(tmp_path / "ages_of_all.py"), *options)
    assert result.exit_code == 0, result.output
    assert set(read(tmp_path / "a.csv").values()) == {7}
    OVERLAYS.pop("Ages")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("Values", "--csv", "a.csv"), "either --load FILE or --agents NAME"),
        (("Values", "--agents", "greedy"), "say what to write"),
        (("Values", "--agents", "greedy", "--png", "a.txt"), "ends in .png"),
        (("Value", "--agents", "greedy", "--csv", "a.csv"), "there are: Counts, Values, Depend"),
        (("deaths", "--agents", "greedy", "--csv", "a.csv"), "Deaths is an overlay of the page"),
        (("Sight", "--agents", "greedy", "--csv", "a.csv"), "there are: Counts, Values, Depend"),
        (("Values", "--agents", "greedy", "--csv", "a.csv"), "no network here"),
        (("Values", "--load", "nowhere", "--csv", "a.csv"), "nowhere"),
        (("Dependence", *LAW, "--alone", "--agent", "1", "--csv", "a.csv"), "leaves nobody"),
        (("Counts", *LAW, "--agent", "1", "--csv", "a.csv"), "Counts is of no agent"),
        (("Values", *LAW, "--population", "9", "--csv", "a.csv"), "no population 9"),
    ],
)
def test_what_it_cannot_do_it_says_and_writes_nothing(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = overlay(*words)
    assert result.exit_code != 0
    assert message in " ".join(result.output.split())
    assert list(tmp_path.iterdir()) == []
