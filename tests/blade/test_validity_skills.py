"""Restored skills: what no fights can have taught is refused by name, and nothing else is."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forge.blade import Chaos, Realms
from forge.blade.skills import PER_ATTACK
from forge.blade.validity import SnapshotError
from tests.blade import restoring
from tests.blade.test_realm import run
from tests.blade.test_tick_twin import NPCS, SEEDS, SETTINGS, SKILLS, config

CONFIG = Chaos(
    map_size=24, border=2, radius=4, max_agents=8, populations=2, births=2, immunity=0, health=100,
    melee_reach=3, range_reach=3, npcs=12, skills=True, food=10_000, water=10_000,
)  # fmt: skip
NUMBERS, TICKS = (7, 3), 60


@lru_cache(maxsize=1)
def played():
    """Play two realms until agents of the first have fought; they must not be changed."""
    realms = Realms(CONFIG, 21, NUMBERS)
    run(realms, TICKS)
    assert realms.state.skills["experience"][0].any()
    return realms.snapshot()


def snapshot():
    return restoring.copied(played())


def fighter():
    """Find a slot of the first realm whose agent has hit somebody with melee."""
    return int(np.flatnonzero(played()["skills"]["experience"][0, :, 0])[0])


def refused(arrays):
    return restoring.refused(CONFIG, NUMBERS, arrays)


@pytest.mark.parametrize("more", [-PER_ATTACK, -1, 1, PER_ATTACK])
@pytest.mark.parametrize("skill", range(8))
def test_experience_follows_from_the_hits_of_the_life(skill, more):
    arrays, slot = snapshot(), fighter()
    arrays["skills"]["experience"][0, slot, skill] += more
    assert f"slot {slot}: skills.experience[{skill}] must be " in refused(arrays)


@pytest.mark.parametrize("until", [-1, 0, 3, TICKS + 4])
def test_who_has_fought_is_in_combat_until_some_tick_of_its_life(until):
    arrays, slot = snapshot(), fighter()
    arrays["skills"]["combat_until"][0, slot] = until
    assert f"slot {slot}: skills.combat_until must be 4 … 63, not {until}" in refused(arrays)


def test_who_has_not_fought_never_was_in_combat():
    arrays, slot = snapshot(), fighter()
    arrays["skills"][0, slot] = np.zeros((), arrays["skills"].dtype)
    for way in ("dealt", "taken"):
        for what in ("hits", "damage"):
            arrays["lives"][f"{what}_{way}"][0, slot] = 0
    for name in ("kills", "food_drained", "water_drained"):
        arrays["lives"][name][0, slot] = 0
    Realms(CONFIG, 6, NUMBERS).restore(arrays)
    arrays["skills"]["combat_until"][0, slot] = 5
    assert f"slot {slot}: skills.combat_until must be 0, not 5" in refused(arrays)


def test_free_slots_know_nothing():
    realms = Realms(CONFIG.replace(births=0), 6, NUMBERS)
    arrays = realms.snapshot()
    arrays["skills"]["experience"][0, 3, 2] = 6
    with pytest.raises(SnapshotError, match=r"slot 3: skills\.experience\[2\] must be 0, not 6"):
        realms.restore(arrays)


@pytest.mark.parametrize(("way", "most"), [("dealt", 90), ("taken", 108)])
def test_damage_is_bounded_by_the_highest_level(way, most):
    # An agent of level 10 does ⌊1.5 × (10 + 50)⌋ = 90; an NPC of level 9 ⌊1.5 × 72⌋ = 108.
    arrays, slot = snapshot(), fighter()
    most *= int(arrays["lives"][f"hits_{way}"][0, slot, 0])
    arrays["lives"][f"damage_{way}"][0, slot, 0] = most + 1
    said = f"slot {slot}: lives.damage_{way}[0] must be 0 … {most}, not {most + 1}"
    assert said in refused(arrays)


def test_a_snapshot_of_a_world_without_skills_is_of_other_realms():
    arrays = snapshot()
    del arrays["skills"]
    assert refused(arrays) == "snapshot is of other realms: skills is missing"
    without = Realms(CONFIG.replace(skills=False), 6, NUMBERS)
    with pytest.raises(SnapshotError, match="a snapshot holds no 'skills'"):
        without.restore(snapshot())


@restoring.WORLDS
@given(st.builds(config, **SETTINGS | NPCS | SKILLS), SEEDS, st.integers(0, 20))
def test_every_world_with_skills_that_was_played_is_restored(config, seed, ticks):
    restoring.restored_after(config, seed, ticks)


@restoring.EDITS
@given(restoring.edits(played, {"skills": np.s_[0]}))
def test_an_edit_of_skills_is_refused_or_plays_on(edit):
    edit.make(arrays := snapshot())
    restoring.refused_or_plays_on(CONFIG, NUMBERS, arrays)
