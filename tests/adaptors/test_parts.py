"""The text about the parts of actions and observations says what the spaces are."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from forge.adaptors import parts
from forge.adaptors.columns import Columns
from forge.adaptors.masks import part_sizes
from forge.adaptors.spaces import action_space, observation_space, row_space
from forge.blade import preset
from forge.blade.observation import CHOICES, choices
from forge.blade.tiles import num_kinds

K, CROP = 3, 5
LAW = preset("law16")
WORLDS = pytest.mark.parametrize(
    ("config", "num_arrays"),
    [(LAW, 6), (LAW.replace(words=5), 7), (preset("chaos16"), 7), (preset("saga16"), 17)],
    ids=["law", "law with words", "chaos", "saga"],
)
OF_ACTIONS = {name: text.split("; ") for name, text in parts.of_actions().items()}
OF_OBSERVATIONS = {name: text.split("; ") for name, text in parts.of_observations().items()}


def number(text, config):
    """Compute a product of numbers and shape letters, such as "K × 11"."""
    letters = {"K": K, "w": config.window, "c": CROP, "kinds": num_kinds(config)}
    return math.prod(letters[side] if side in letters else int(side) for side in text.split(" × "))


def shape(text, config):
    """Read a dtype and a shape, such as "int8 (K, 2)"; the shape may be "by slot"."""
    dtype, sides = text.split(")")[0].split(" (")
    return np.dtype(dtype), tuple(number(side, config) for side in re.findall(r"\w+", sides))


def columns():
    """List the width of each block of a flat row, as described."""
    return {
        name: about[1].split(" column")[0]
        for name, about in OF_OBSERVATIONS.items()
        if " column" in about[1]
    }


@WORLDS
def test_each_array_has_the_shape_that_is_told(config, num_arrays):
    for space in (observation_space(config, K, 100), row_space(config, K)):
        told = {name: OF_OBSERVATIONS[name][0] for name in space if name != "action_mask"}
        found = {name: (space[name].dtype, space[name].shape) for name in told}
        assert found == {name: shape(text, config) for name, text in told.items()}
        assert len(told) >= num_arrays


@WORLDS
def test_each_array_that_is_told_is_in_a_space_or_in_its_mask(config, num_arrays):
    in_both = observation_space(config, K, 100).keys() | row_space(config, K).keys()
    absent = {name for name, about in OF_OBSERVATIONS.items() if about[0] != "in ``action_mask``"}
    assert all("only with" in OF_OBSERVATIONS[name][-1] for name in absent - in_both)
    assert len(in_both) >= num_arrays + 2


@WORLDS
def test_flat_rows_have_the_blocks_that_are_told_in_this_order(config, num_arrays):
    found = {name: it.stop - it.start for name, it in Columns(config, K, CROP).slices.items()}
    told = {name: number(width, config) for name, width in columns().items() if name in found}
    assert list(found.items()) == list(told.items())
    assert len(found) > num_arrays


@WORLDS
def test_each_choice_has_the_numbers_that_are_told(config, num_arrays):
    named = choices(config)
    most = [number(OF_ACTIONS[name][0].removeprefix("0 … "), config) for name in named]
    assert part_sizes(config, K) == tuple(1 + each for each in most)
    space = action_space(config, K)
    assert space.n == 5 if len(named) == 1 else space.nvec.tolist() == [1 + each for each in most]


def test_all_choices_are_told_in_their_order():
    assert list(OF_ACTIONS) == list(CHOICES)
    assert OF_ACTIONS["style"][1] == "0 none, 1 melee, 2 range, 3 mage"


def test_help_shows_all_choices_and_arrays():
    for name in (*CHOICES, *OF_OBSERVATIONS):
        assert f"\n    {name}: " in parts.__doc__
    assert max(map(len, parts.__doc__.splitlines())) <= parts.LINE


def test_the_page_of_interfaces_refers_to_the_text():
    page = Path(__file__).parents[2] / "docs" / "interfaces.md"
    assert f'help("{parts.__name__}")' in page.read_text(encoding="utf-8")
