"""Observations in fixed shapes, against a plain twin."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forge.blade import Actions, Chaos, Law, Observation, Realms
from forge.blade.realm import ActionError
from forge.blade.scripted import careful
from forge.blade.slots import Slots, Table, of_systems
from forge.config import Config
from tests.blade.worlds import learned
from tests.jit import amount

BY_OTHER = ("others", "others_mask", "can_attack", "can_receive", "traits", "heard")
CROWDED = Chaos(max_agents=12, populations=2, births=2, map_size=24, border=8, immunity=0)
NEAREST = 3


def naive(obs: Observation, slots: int, realms: int, nearest: int) -> dict[str, Any]:
    """Build each row from the one agent that lives there."""
    rows: list[dict[str, Any]] = [{} for _ in range(slots * realms)]
    for n, (ent, stim) in enumerate(obs):
        order = sorted(range(1, len(stim.who)), key=lambda row: stim.reach[row])[:nearest]
        rows[int(obs.realm[n]) * slots + int(ent.slot)] = {
            "alive": True,
            "tiles": stim.tiles,
            "crowd": np.minimum(stim.crowd, 255),
            "own": stim.own,
            "others": stim.others[order],
            "others_mask": np.ones(len(order), np.bool_),
            "can_move": stim.can_move,
            "can_attack": stim.can_attack[order],
            "traits": stim.traits[order],
            "standing": stim.standing,
            "inventory": stim.inventory,
            "quantity": stim.quantity,
            "can_deal": stim.can_deal,
            "can_trade": stim.can_trade,
            "can_receive": stim.can_receive[order],
            "heard": stim.heard[order],
            "can_say": stim.can_say,
            "gold": stim.gold,
            "wealth": stim.wealth,
            "market": stim.market,
            "quest": stim.quest,
        }
    return {"rows": rows}


def expect_equal(table: Table, rows: list[dict[str, Any]]) -> int:
    for r, row in enumerate(rows):
        for name, array in table._asdict().items():
            expected = np.zeros_like(array[r])
            if row and name in BY_OTHER:
                expected[: len(row[name])] = row[name]
            elif row:
                expected[...] = row[name]
            assert np.array_equal(array[r], expected), (r, name)
    return sum(bool(row) for row in rows)


@pytest.mark.parametrize("nearest", [NEAREST, 14])
@pytest.mark.parametrize(
    "config",
    [
        CROWDED,
        CROWDED.replace(npcs=12),
        CROWDED.replace(npcs=12, skills=True),
        CROWDED.replace(npcs=12, skills=True, items=True),
        CROWDED.replace(npcs=12, skills=True, items=True, market=True, words=5),
    ],
)
def test_every_row_is_what_the_plain_twin_says(nearest: int, config: Config) -> None:
    realms = Realms(config, seed=3, indices=range(3))
    slots = Slots(config, 3, nearest)
    checked = 0
    for _ in range(amount(80, 25)):
        slots.lay_out(learned(realms))
        checked += expect_equal(slots.table, **naive(realms.observation, 12, 3, nearest))
        realms.step(careful(realms.observation))
    assert checked > amount(1000, 300)


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (Law(), []),
        (Chaos(npcs=3), ["traits"]),
        (Chaos(skills=True, items=True), ["traits", "standing", "inventory", "quantity"]),
        (
            Chaos(skills=True, items=True, market=True),
            ["traits", "standing", "inventory", "quantity", "gold", "wealth", "market"],
        ),
    ],
)
def test_the_arrays_of_systems_are_listed_for_their_worlds(
    config: Config, names: list[str]
) -> None:
    assert list(of_systems(config)) == names


def test_observations_need_not_be_contiguous() -> None:
    realms = Realms(CROWDED, seed=3, indices=range(2))
    for _ in range(20):
        realms.step(careful(realms.observation))
    obs, slots = realms.observation, Slots(CROWDED, 2, NEAREST)
    strided = {name: np.repeat(getattr(obs, name), 2, axis=-1) for name in ("tiles", "others")}
    slots.lay_out(replace(obs, **{name: array[..., ::2] for name, array in strided.items()}))
    assert expect_equal(slots.table, **naive(obs, 12, 2, NEAREST)) > 10


def test_a_row_is_empty_again_after_a_death() -> None:
    config = Law(max_agents=4, populations=1, births=1)
    realms = Realms(config)
    slots = Slots(config, 1)
    for _ in range(4):
        realms.step(Actions.stay(len(realms.observation)))
    slots.lay_out(realms.observation)
    assert slots.table.alive.all()
    realms.state.agents[0, 2].alive = False
    slots.lay_out(realms.observe())
    assert slots.ids[2] == slots.population[2] == -1
    assert not any(array[2].any() for array in slots.table)


def at_rest(slots: Slots) -> list[np.ndarray]:
    return [np.zeros(len(slots.ids), np.int64) for _ in slots.choices]


def test_a_target_is_the_agent_of_that_row() -> None:
    realms = Realms(CROWDED, seed=1, indices=range(2))
    for _ in range(3):
        realms.step(careful(realms.observation))
    slots, obs = Slots(CROWDED, 2, NEAREST), realms.observation
    slots.lay_out(obs)
    move, style, target = at_rest(slots)
    style[:], target[:] = 1, 1  # melee, at the nearest
    actions = slots.actions(move, style, target)
    checked = 0
    for n, (_, stim) in enumerate(obs):
        if len(stim.who) > 1:
            assert stim.reach[actions.target[n]] == stim.reach[1:].min()
            checked += 1
        else:
            assert actions.target[n] == 0
    assert checked > 2


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [(0, 5, "move 5"), (0, -1, "move -1"), (1, 4, "style 4"), (2, 4, "target 4")],
)
def test_an_impossible_action_names_realm_and_agent(column: int, value: int, message: str) -> None:
    slots = Slots(CROWDED, 2, NEAREST)
    realms = Realms(CROWDED, indices=range(2))
    slots.lay_out(realms.observation)
    row, given = int(slots.place[-1]), at_rest(slots)
    given[column][row] = value
    with pytest.raises(ActionError, match=rf"realm 1, agent {slots.ids[row]} .*{message} is not"):
        slots.actions(*given)


def test_a_row_is_named_by_the_number_of_its_realm() -> None:
    slots = Slots(CROWDED, 2)
    slots.lay_out(Realms(CROWDED, indices=(5, 9)).observation)
    assert slots.whose(12) == "realm 1, agent 0 (slot 0)"
    slots.numbers = (5, 9)
    assert slots.whose(12) == "realm 9, agent 0 (slot 0)"


def test_actions_of_empty_slots_are_ignored() -> None:
    config = Law(max_agents=4, populations=1)
    slots, realms = Slots(config, 1), Realms(config)
    slots.lay_out(realms.observation)
    given = at_rest(slots)
    for array in given:
        array[~slots.table.alive] = 99
    assert len(slots.actions(*given).move) == len(realms.observation)


def test_floats_and_other_shapes_are_refused() -> None:
    slots = Slots(CROWDED, 1)
    move, style, target = at_rest(slots)
    with pytest.raises(ActionError, match=r"move must be integers of shape \(12,\)"):
        slots.actions(move + 0.5, style, target)
    with pytest.raises(ActionError, match="target must be integers"):
        slots.actions(move, style, target[:3])


@pytest.mark.parametrize("nearest", [0, -1, True, 1.5, "3", None])
def test_at_least_one_other_is_kept(nearest: Any) -> None:
    with pytest.raises(ValueError, match="nearest must be at least 1, a whole number; not"):
        Slots(CROWDED, 1, nearest=nearest)
