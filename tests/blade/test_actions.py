"""Reading actions: any kind of integers, and nothing else."""

import dataclasses

import numpy as np
import pytest

from forge.blade import tick
from forge.blade.actions import TYPES, ActionError, Plain, plain, refusal
from forge.blade.observation import (
    CHOICES,
    SEEN,
    Actions,
    Choice,
    check_choices,
)
from forge.blade.realm import Realm
from forge.errors import ConfigError
from tests.blade.test_realm import CONFIG, chance_actions

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", ">i4", ">u8"]
OFFSETS = np.array([0, 3])  # one agent that sees two others


def one(move=0, style=-1, target=0, deal=0, dtype=np.int64):
    return Actions(*(np.array([value]).astype(dtype) for value in (move, style, target, deal)))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_any_type_are_read_alike(dtype):
    read = plain(one(4, 2, 1, 24, dtype), 1)
    assert [array.item() for array in read] == [4, 2, 1, 24, 0, 0, 0, 0]
    assert tuple(array.dtype for array in read) == TYPES


@pytest.mark.parametrize("dtype", INTEGERS)
def test_numbers_too_large_for_the_plain_type_do_not_wrap_around(dtype):
    most = np.iinfo(dtype).max  # as int8 it would be −1, which is a style
    actions = one(0, most, 0, 0, dtype)
    assert refusal(actions, plain(actions, 1), OFFSETS) == (0, f"style {most} is not in −1 … 2")


@pytest.mark.parametrize("least", [-256, -(2**32), -(2**63)])
def test_numbers_too_small_for_the_plain_type_do_not_wrap_around(least):
    for name, wrong in (("move", one(move=least)), ("target", one(target=least))):
        found = refusal(wrong, plain(wrong, 1), OFFSETS)
        assert found is not None
        assert found[1].startswith(f"{name} {least} is not in ")


@pytest.mark.parametrize(
    "wrong", [np.zeros(1), np.zeros(1, bool), np.zeros(2, int), np.zeros((1, 1), int), 0]
)
def test_what_is_no_integer_per_agent_is_refused(wrong):
    with pytest.raises(ActionError, match=r"actions.style must be integers of shape \(1,\)"):
        plain(Actions(np.zeros(1, int), wrong, np.zeros(1, int)), 1)


def test_choices_that_are_left_out_do_nothing():
    actions = Actions(np.array([1, 2]))
    assert actions.move.tolist() == [1, 2]
    assert actions.style.tolist() == [-1, -1]
    assert actions.target.tolist() == [0, 0]
    assert plain(actions, 2).style.tolist() == [-1, -1]


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ActionError, match=r"actions.move must be .* of shape \(2,\), .* no array"):
        plain(Actions([[0], [0, 1]], np.zeros(2, int), np.zeros(2, int)), 2)


def test_empty_lists_are_the_actions_of_nobody():
    assert tuple(array.dtype for array in plain(Actions([], [], []), 0)) == TYPES


def test_plain_arrays_are_not_copied():
    actions = Actions.stay(3)
    assert all(a is b for a, b in zip(plain(actions, 3), _arrays(actions), strict=True))


def test_columns_of_a_table_are_read():
    table = np.array([[1, 0, 2], [2, -1, 0]])
    assert plain(Actions(*table.T), 2).move.tolist() == [1, 2]


def _arrays(actions):
    return tuple(getattr(actions, name) for name in CHOICES)


@pytest.mark.skipif(not hasattr(tick.check_actions, "signatures"), reason="the JIT is off")
def test_types_of_actions_compile_nothing_anew():
    realm = Realm(CONFIG)
    realm.step(Actions.stay(len(realm.observation)))
    before = len(tick.check_actions.signatures), len(tick.advance.signatures)
    for dtype in INTEGERS:
        actions = _arrays(chance_actions(realm.observation))
        realm.step(Actions(*(np.maximum(array, 0).astype(dtype) for array in actions)))
    assert (len(tick.check_actions.signatures), len(tick.advance.signatures)) == before


def test_each_part_of_an_action_is_declared_once():
    assert list(CHOICES) == list(Plain._fields) == [f.name for f in dataclasses.fields(Actions)]
    resting = Actions.stay(3)
    assert [getattr(resting, name).dtype for name in CHOICES] == list(TYPES)
    assert "style: integers (N,), a Style each; −1: no attack." in (Actions.__doc__ or "")


FITTING = {"crouch": Choice("", np.int8, 2, 0, 0, "", "")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 128}, "choice crouch has 128 options: give it 1 … 127"),
        ({"size": 127, "least": -1}, "choice crouch has 128 options: give it 1 … 127"),
        ({"mask": "tiles"}, "has the mask tiles: name a bool array of Observation"),
        ({"mask": "can_move"}, r"has 2 options and its mask can_move the shape \(5,\): give both"),
        ({"size": 0, "given": "style"}, "points at rows: name a mask with a row per observed"),
        ({"size": 0, "mask": "can_attack"}, "points at rows: .* and the choice that says which"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_its_name(change, message):
    check_choices(CHOICES | FITTING, SEEN)
    odd = {"crouch": dataclasses.replace(FITTING["crouch"], **change)}
    with pytest.raises(ConfigError, match=message):
        check_choices(CHOICES | odd, SEEN)


def test_a_choice_that_there_is_not_is_refused_by_name():
    with pytest.raises(AttributeError, match="Actions have no 'jump'"):
        _ = one().jump
