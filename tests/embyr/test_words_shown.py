"""What viewers are told of words."""

import json

import numpy as np

from forge.blade import Realms, preset
from forge.blade.observation import Actions
from forge.embyr import frames, packets

CONFIG = preset("law16").replace(map_size=40, births=8, words=7)


def test_viewers_are_told_the_word_of_each_agent() -> None:
    realms, rng = Realms(CONFIG, 1), np.random.default_rng(0)
    for _ in range(5):
        actions = Actions.stay(len(realms.observation))
        actions.word[:] = rng.integers(0, 8, len(actions.move))
        realms.step(actions)
    alive = realms.state.agents["alive"][0]
    said = frames.agents(realms, 0)["said"]
    assert said.tolist() == realms.state.said[0][alive].tolist()
    assert said.any()
    assert frames.setting(CONFIG, 0, 0, "A test.")["words"] == 7


def test_a_world_without_words_is_sent_no_byte_of_them() -> None:
    setting = frames.setting(CONFIG.replace(words=0), 0, 0, "A test.")
    hello = json.loads(packets.hello(setting, [0]))
    assert "words" not in setting
    assert "said" not in [column["name"] for column in hello["schema"]["columns"]]
