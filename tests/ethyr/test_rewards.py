"""Named rewards: one place for Swords and adaptors, hand numbers, and what quests add."""

import dataclasses

import numpy as np
import pytest

from forge import Args
from forge.adaptors.rewards import reward_function
from forge.blade.realm import Realms
from forge.blade.records import EVENT
from forge.blade.scripted import SCRIPTED
from forge.config import Config
from forge.ethyr.rewards import NAMED, named_reward
from forge.trinity.god import God
from forge.trinity.shard import Shard
from forge.trinity.trinity import Trinity
from tests.trinity.tiny import CONFIG, Still, Wanderer

PLAIN = Config()
QUESTS = Config(quests='[{"does":"eat","number":4}]', quest_weight=2.0)


def events():
    """Three agents: one did a quarter of its quest, one died, one did half of it and died."""
    made = np.zeros(3, EVENT).view(np.recarray)
    made.quest, made.died = [0.25, 0, 0.5], [False, True, True]
    return made


HAND = [
    ("death", PLAIN, [0, -1, -1]),
    ("alive", PLAIN, [1, 1, 1]),
    ("death", QUESTS, [0.5, -1, 0]),  # 0.25 × 2; −1; 0.5 × 2 − 1
    ("alive", QUESTS, [1.5, 1, 2]),
    ("death", QUESTS.replace(quest_weight=0), [0, -1, -1]),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "config", "expected"), HAND)
def test_rewards_by_hand(name, config, expected, dtype):
    found = named_reward(name, config, events(), dtype)
    assert found.tolist() == expected
    assert found.dtype == dtype
    assert not np.signbit(found[found == 0]).any()


@pytest.mark.parametrize(("name", "config", "expected"), HAND)
def test_swords_and_adaptors_give_the_same_rewards(name, config, expected):
    config = config.replace(reward=name)
    for asked in (None, name):
        assert reward_function(asked, config)(np.zeros(3), events()).tolist() == expected
    small = CONFIG.replace(
        reward=name, quests=config.quests, quest_weight=config.quest_weight, realms_per_shard=1
    )
    sword = Shard(small, Args(nRealm=1), Trinity(Still, God, Wanderer), 0).sword
    assert sword.reward(np.zeros(3), events()).tolist() == expected


def test_the_setting_names_every_rule():
    fields = {f.name: f for f in dataclasses.fields(Config)}
    assert fields["reward"].metadata["choices"] == tuple(NAMED)


def test_rewards_of_a_life_add_up_to_the_progress_of_its_quest():
    config = QUESTS.replace(max_agents=8, map_size=24, border=4, births=2)
    realms, total = Realms(config, 1), {}
    for _ in range(120):
        obs = realms.observation
        ids = obs.ent["id"].tolist()
        given = named_reward("death", config, realms.advance(SCRIPTED["greedy"](obs)), np.float64)
        for agent, reward in zip(ids, given.tolist(), strict=True):
            total[agent] = total.get(agent, 0) + reward
        realms.bear()
    lives = realms.take_lives()
    assert len(lives) > 3
    assert [total[life.id] for life in lives] == [
        2 * min(life.progress / life.goal, 1) - 1 for life in lives
    ]
