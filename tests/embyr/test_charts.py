"""An overlay's picture and table say what it gives; its colours are the page's."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest

from forge.blade.realm import Realms
from forge.embyr import charts, ramp
from forge.embyr.exports import LARGEST, RIM
from forge.embyr.layers import OURS
from forge.embyr.overlays import OVERLAYS, Overlay
from tests.blade.recording.films import CONFIG

PAGE = Path(ramp.__file__).with_name("client") / "src" / "scene" / "ramp.ts"


def overlay(scale: str) -> Overlay:
    return OVERLAYS[OURS[0]]._replace(name="Heat", unit="K", scale=scale)


def numbers() -> np.ndarray:
    values = np.full((CONFIG.map_size, CONFIG.map_size), np.nan)
    values[CONFIG.border, CONFIG.border + 2] = 1.5
    values[CONFIG.border + 1, CONFIG.border] = -0.25
    return values


def test_a_table_has_a_line_for_each_tile_with_a_number() -> None:
    lines = list(csv.reader(io.StringIO(charts.table(numbers()).decode())))
    first = CONFIG.border
    assert lines == [
        ["row", "col", "value"],
        [str(first), str(first + 2), "1.5"],
        [str(first + 1), str(first), "-0.25"],
    ]


def test_a_picture_has_the_colours_where_the_numbers_are_and_the_land_elsewhere() -> None:
    realms = Realms(CONFIG)
    empty, found = (
        np.asarray(charts.draw(realms, 0, overlay("signed"), values), int)
        for values in (np.full_like(numbers(), np.nan), numbers())
    )
    differs = np.argwhere((empty != found).any(axis=2)[: -2 * charts._BAR])
    places = {(row // LARGEST, col // LARGEST) for row, col in differs.tolist()}
    assert places == {(RIM, RIM + 2), (RIM + 1, RIM)}
    mean = found[RIM * LARGEST : (RIM + 1) * LARGEST, (RIM + 2) * LARGEST].mean(axis=0)
    assert mean[0] > mean[2]  # the greatest number: orange, not blue


def test_a_legend_of_letters_that_its_font_lacks_is_drawn() -> None:
    odd = overlay("log")._replace(name="热 ☀", unit="°C")
    image = charts.draw(Realms(CONFIG), 0, odd, abs(numbers()))
    assert image.height > image.width


@pytest.mark.parametrize("name", ["SEQUENTIAL", "DIVERGING"])
def test_the_scales_are_those_of_the_page(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8").partition(f"const {name}: Stop[] = [")[2]
    stops = re.findall(r"\[([\d., ]+)\]", text.partition("];")[0])
    assert [tuple(map(float, stop.split(","))) for stop in stops] == list(getattr(ramp, name))
    assert f"STEPS = {ramp.STEPS};" in PAGE.read_text(encoding="utf-8")


def test_zero_is_in_the_middle_of_a_signed_scale() -> None:
    assert ramp.bounds(np.array([-1.0, 3.0, np.nan]), signed=True) == (-3, 3)
    shown = ramp.shade(np.array([-3.0, 0.0, 3.0]), "signed", -3, 3)
    assert shown.tolist() == ramp.colours(True)[[0, 128, 256]].tolist()
    assert shown[1].min() > 200  # nearly white


def test_a_scale_spans_the_numbers_and_is_never_empty() -> None:
    assert ramp.bounds(np.array([2.0, np.nan, 5.0]), signed=False) == (2, 5)
    assert ramp.bounds(np.array([2.0, 2.0]), signed=False) == (2, 3)
    assert ramp.bounds(np.array([np.nan]), signed=True) == (0, 1)


def test_a_log_scale_follows_the_logarithm_of_one_more() -> None:
    shown = ramp.shade(np.array([0.0, 9.0, 99.0]), "log", 0, 99)  # log 1, 10, 100
    assert shown.tolist() == ramp.colours(False)[[0, 128, 256]].tolist()


def test_more_is_lighter() -> None:
    light = ramp.colours(False) @ (0.21, 0.72, 0.07)
    assert (np.diff(light) > -1).all()
    assert light[-1] > light[0] + 150
