"""What is handed out is there to be read: nothing written into it reaches the world."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from forge.blade.buffers import Buffers
from forge.blade.observation import MASKS, Actions, Observation
from forge.blade.realm import Realms
from tests.blade.test_realm import CONFIG, chance_actions, run
from tests.blade.worlds import MAGE, MELEE, NORTH, agent, place_of, play, world

ARRAYS = [f.name for f in dataclasses.fields(Observation) if f.name != "num_realms"]
READ_ONLY = [name for name in ARRAYS if name not in MASKS]
CONFIGS = pytest.mark.parametrize(
    "config",
    [CONFIG, CONFIG.replace(auto_target=True, immunity=0), CONFIG.replace(combat=False)],
    ids=["chaos", "auto_target", "law"],
)


class Halves(Buffers):
    """Two places by turns, as a stage has them."""

    def __init__(self, config, num_realms):
        self.halves = [Buffers(config, num_realms) for _ in range(2)]
        self.turn()

    def turn(self):
        self.halves.reverse()
        vars(self).update(vars(self.halves[0]))

    def grow(self, num_rows):
        self.halves[0].grow(num_rows)
        vars(self).update(vars(self.halves[0]))


def overwrite(array):
    """Fill an array with other bytes, although it says that it is there to be read only."""
    array.flags.writeable = True
    array[...] = np.frombuffer(b"\x7f" * array.itemsize, array.dtype)[0]


@pytest.mark.parametrize("name", READ_ONLY)
def test_an_array_of_an_observation_can_only_be_read(name):
    realms = Realms(CONFIG)
    before = getattr(realms.observation, name).copy()
    with pytest.raises(ValueError, match="read-only"):
        getattr(realms.observation, name)[...] = 0
    assert (getattr(realms.observation, name) == before).all()


def test_what_an_agent_is_and_observes_can_only_be_read():
    for ent, stim in Realms(CONFIG).observation:
        with pytest.raises(ValueError, match="read-only"):
            ent.freeze = 0
        can_be_written = [name for name in stim._fields if getattr(stim, name).flags.writeable]
        assert can_be_written == list(MASKS)


@pytest.mark.parametrize("name", MASKS)
def test_masks_can_be_narrowed(name):
    obs = Realms(CONFIG).observation
    getattr(obs, name)[...] = False
    assert not getattr(obs, name).any()


def test_arrays_stay_so_when_there_are_more_rows_than_found_room():
    realms = Realms(CONFIG.replace(births=16, radius=31))
    assert len(realms.observation.who) > 4 * 16  # which find room at first
    assert not realms.observation.who.flags.writeable


@CONFIGS
@pytest.mark.parametrize("turning", [False, True])
def test_what_is_written_all_the_same_does_not_reach_the_world(config, turning):
    buffers = Halves(config, 2) if turning else None
    realms, untouched = Realms(config, 5, (0, 1), buffers=buffers), Realms(config, 5, (0, 1))
    for _ in range(30):
        actions = chance_actions(realms.observation)
        for name in READ_ONLY:
            overwrite(getattr(realms.observation, name))
        assert realms.step(actions).tobytes() == untouched.step(actions).tobytes()
    assert realms.digest() == untouched.digest()


@CONFIGS
def test_an_observation_put_in_its_place_does_not_reach_the_world(config):
    realms, untouched = Realms(config, 5), Realms(config, 5)
    for _ in range(30):
        actions = chance_actions(realms.observation)
        realms.observation = Realms(config, 6).observation
        realms.step(actions)
        untouched.step(actions)
    assert realms.digest() == untouched.digest()


def test_a_refusal_names_the_agent_whatever_is_written():
    realms = world({}, {})
    overwrite(realms.observation.ent)
    overwrite(realms.observation.realm)
    with pytest.raises(ValueError, match="realm 0, agent 1: move 9"):
        realms.step(Actions(np.array([0, 9]), np.array([-1, -1]), np.zeros(2, int)))


def test_the_frozen_stay_whatever_is_written():
    realms = world({"freeze": 2})
    realms.observation.ent.flags.writeable = True
    realms.observation.ent["freeze"][:] = 0
    realms.observation.can_move[:] = True
    play(realms, moves={0: NORTH})
    assert place_of(realms, 0) == (10, 10)


def attacked(narrow, at=((10, 11), (10, 12)), style=MAGE):
    """Let slot 0 attack the weakest, slot 1, or who is left of it and slot 2; tell who is hit."""
    others = [{"at": place, "health": 20 + n} for n, place in enumerate(at)]
    realms = world({}, *others, auto_target=True)
    narrow(realms.observation)
    realms.step(Actions(np.zeros(3, int), np.array([style, -1, -1]), np.zeros(3, int)))
    return [slot for slot in (1, 2) if agent(realms, slot).damage > 0]


def test_the_weakest_is_taken_among_those_whom_the_mask_allows():
    def forbid_the_weakest(obs):
        obs.can_attack[1] = False

    assert attacked(lambda obs: None) == [1]
    assert attacked(forbid_the_weakest) == [2]


def test_a_mask_that_allows_more_lets_nobody_else_be_hit():
    def allow_all(obs):
        obs.can_attack[:] = True

    # Melee reaches one tile: slot 1 is two tiles away, and the attacker is no target either.
    assert attacked(allow_all, ((10, 12), (10, 11)), MELEE) == [2]
    assert attacked(allow_all, ((10, 12), (10, 8)), MELEE) == []


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_of_realms_hands_out_its_own(copied):
    realms = Realms(CONFIG.replace(auto_target=True, immunity=0), 5)
    run(realms)
    other = copied(realms)
    assert not other.observation.ent.flags.writeable
    assert not np.shares_memory(other.observation.can_attack, realms.observation.can_attack)
    other.observation.can_attack[:] = False
    N = len(realms.observation)
    attack = Actions(np.zeros(N, int), np.full(N, 2), np.zeros(N, int))
    assert (other.step(attack).hits.sum(), realms.step(attack).hits.sum() > 0) == (0, True)
    assert run(copied(other)) == run(other)


@pytest.mark.parametrize("auto_target", [False, True])
def test_the_mask_of_a_tick_does_not_outlast_it(auto_target):
    realms = Realms(CONFIG.replace(auto_target=auto_target, immunity=0), 5)
    run(realms)
    expected = realms.observation.can_attack.copy()
    realms.observation.can_attack[:] = True
    assert realms.observe().can_attack.tolist() == expected.tolist()


def test_a_mask_can_be_narrowed_by_an_augmented_assignment():
    obs = Realms(CONFIG).observation
    mask, mine = obs.can_move, np.arange(obs.can_move.shape[1]) < 1
    obs.can_move &= mine
    assert obs.can_move is mask
    assert mask.any(axis=0).tolist() == [True] + [False] * 4


def test_choices_can_be_changed_by_an_augmented_assignment():
    actions = Actions.stay(3)
    actions.move += 1
    actions.style -= 0
    assert (actions.move.tolist(), actions.style.tolist()) == ([1] * 3, [-1] * 3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("can_attack", r"masks are narrowed in place: obs.can_attack\[...\] = …"),
        ("own", "cannot set own of Observation: it can only be read, unlike the masks"),
        ("num_realms", "Observation has no array 'num_realms' to be changed"),
        ("can_atack", "Observation has no array 'can_atack' to be changed"),
    ],
)
def test_an_observation_keeps_its_arrays(name, said):
    obs = Realms(CONFIG).observation
    with pytest.raises(dataclasses.FrozenInstanceError, match=said):
        setattr(obs, name, obs.can_attack.copy())
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(obs, name, None)


def test_actions_keep_their_arrays():
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"actions.move\[...\] = …"):
        Actions.stay(3).move = np.ones(3)
