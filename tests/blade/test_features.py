"""The list of features says what the kernel writes, and how much it can be at most."""

import numpy as np
import pytest

from forge.blade import Chaos
from forge.blade.features import FEATURES, INDEX, Feature, bounds, of
from tests.blade.worlds import world

LISTED = [feature for feature in FEATURES if feature.column]
ODD = {"health": 7, "food": 9, "water": 31, "freeze": 5}
AGENTS = [
    {"age": 83, "health": 3, "food": 8, "water": 30, "freeze": 4, "damage": 3, "at": (10, 11)},
    {"age": 5, "health": 7, "food": 1, "water": 2, "damage": 6, "at": (13, 6)},
]


@pytest.mark.parametrize("feature", LISTED, ids=[feature.name for feature in LISTED])
def test_the_kernel_writes_what_the_list_says(feature):
    realms = world(*AGENTS, **ODD)
    column = realms.observation.ent[feature.column].astype(float)
    centre, scale = (of(number, realms.config) for number in (feature.centre, feature.scale))
    expected = ((column - centre) / scale).astype(np.float32)
    assert realms.observation.own[:, INDEX[feature.name]].tolist() == expected.tolist()


def test_what_is_observed_lies_within_the_bounds_of_the_list():
    realms = world(*AGENTS, **ODD)
    low, high = bounds(realms.config, oldest=100)
    assert ((realms.observation.others >= low) & (realms.observation.others <= high)).all()
    assert len(low) == len(high) == len(FEATURES)


def test_an_empty_row_is_within_the_bounds():
    low, high = bounds(Chaos(freeze=0, health=1), oldest=1)
    assert (low <= 0).all()
    assert (high >= 0).all()


def test_a_feature_whose_column_has_no_most_must_name_one():
    with pytest.raises(ValueError, match="the feature thirst needs a most"):
        Feature("thirst", "…", 0, 1, "water_empty").bounds(Chaos(), oldest=1)


def test_npcs_lie_within_the_bounds_too():
    hurt = {"health": 1, "damage": 100, "freeze": 5}
    realms = world(*AGENTS, npcs=({}, hurt), **ODD)
    low, high = bounds(realms.config, oldest=100)
    assert (realms.observation.traits[:, 0] == 1).sum() >= 2
    assert ((realms.observation.others >= low) & (realms.observation.others <= high)).all()
