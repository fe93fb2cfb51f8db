"""How much memory realms take is counted from what lays them out."""

import numpy as np
import pytest

from forge.blade import buffers
from forge.blade.needs import living, observation_bytes, rows_per_agent, state_bytes, world_bytes
from forge.blade.realm import Realms
from forge.blade.space import MEMBER
from forge.config import Config, preset

CONFIG = Config(max_agents=6, populations=2, map_size=24, border=4, radius=3)


def test_states_are_counted_to_the_byte():
    state = Realms(CONFIG, 0, (0, 1)).state
    assert state_bytes(CONFIG, 2) == sum(array.nbytes for array in state)


def test_maps_events_and_working_space_are_counted_to_the_byte():
    realms = Realms(CONFIG, 0, (0, 1))
    space = realms._buffers.space._replace(found=np.zeros(0))  # counted with what is observed
    tick = *realms._scratch, realms._terrain, realms._events, *realms._ended
    held = sum(array.nbytes for array in (*space, *tick))
    assert world_bytes(CONFIG, 2) == state_bytes(CONFIG, 2) + held


def test_an_observation_has_room_for_all_slots_and_for_the_rows_that_are_seen():
    # side 16, crop 7: of 5 others 7² / 16² × 5 = 0.96; 12 agents see 1.96 rows each, 23.5
    sight, rows = buffers.sight(12, CONFIG), buffers.rows(24, CONFIG)
    offset = 8  # one more than agents
    counted = sum(array.nbytes for array in (*sight, *rows)) + 24 * MEMBER.itemsize
    assert observation_bytes(CONFIG, 2) == counted - offset + 12 * offset


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"max_agents": 100}, 100),  # as many as slots
        # 1 birth × (32 food + 10 health) + 62² tiles × 0.025 × 5 food = 42 + 480.5
        ({"max_agents": 9999}, 522),
        ({"max_agents": 9999, "births": 0, "harvest": 0}, 1),
        # 10 birth × (32 food + 100 / 10 health)
        ({"max_agents": 9999, "births": 10, "health": 100, "starvation": 10, "harvest": 0}, 420),
        ({"max_agents": 9999, "births": 10, "health": 101, "starvation": 10, "harvest": 0}, 430),
        ({"max_agents": 9999, "starvation": 0}, 9999),
    ],
)
def test_no_more_live_than_find_a_slot_and_food(settings, expected):
    assert living(preset("law").replace(**settings)) == expected


def test_an_agent_sees_the_share_of_the_others_that_its_crop_is_of_the_map():
    # 1 + 127 × 15² / 62² = 8.43
    assert rows_per_agent(preset("law128")) == pytest.approx(8.43, abs=0.01)
    assert rows_per_agent(CONFIG.replace(radius=9)) == 6  # all six agents
