"""The weakest in reach: lowest health, then nearest, then lowest slot."""

import numpy as np

from forge.blade.targets import weakest
from forge.blade.tiles import Style


def choose(health, reach, attackable, style=Style.RANGE, before=0):
    """Build the rows of one agent (itself first) after some rows of another, and choose."""
    rows = before + len(health)
    others = np.zeros((rows, 11), np.float32)
    can_attack = np.zeros((rows, 3), bool)
    distance = np.zeros(rows, np.uint8)
    others[before:, 1] = (np.array(health) - 5) / 10
    distance[before:] = reach
    can_attack[before:, style] = attackable
    return weakest(others, distance, can_attack, before, rows, int(style))


def test_lowest_health_is_weakest():
    assert choose([1, 9, 3, 4], [0, 1, 2, 1], [0, 1, 1, 1]) == 2


def test_equal_health_takes_the_nearest():
    assert choose([1, 4, 4, 4], [0, 2, 1, 2], [0, 1, 1, 1]) == 2


def test_equal_health_and_distance_takes_the_lowest_slot():
    assert choose([1, 9, 4, 4], [0, 1, 2, 2], [0, 1, 1, 1]) == 2


def test_rows_that_the_style_cannot_attack_are_left_out():
    assert choose([1, 2, 9], [0, 1, 2], [0, 0, 1]) == 2


def test_nobody_in_reach_gives_row_0():
    assert choose([1, 2, 9], [0, 1, 2], [0, 0, 0]) == 0


def test_the_row_counts_within_the_agents_own_rows():
    assert choose([1, 9, 3], [0, 1, 1], [0, 1, 1], before=5) == 2
