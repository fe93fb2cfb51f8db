"""Pictures of realms: the world as it stands, several side by side."""

import numpy as np
import pytest

from forge.blade import Actions, Config, Realms
from forge.embyr import picture, sheet

CONFIG = Config(map_size=20, border=3, radius=3, populations=4, max_agents=8, births=8)


def pixels(image):
    return np.asarray(image).astype(int)


def test_a_realm_is_drawn_with_all_who_live_in_it():
    realms = Realms(CONFIG, seed=1, indices=range(2))
    second = realms.observation.ent[realms.observation.realm == 1]
    expected = picture.draw(realms.state.tiles[1], second, scale=4)
    assert (pixels(sheet.draw_realm(realms, 1, scale=4)) == pixels(expected)).all()
    assert len(second) == 8


def test_lava_that_only_pads_the_stored_map_is_not_drawn():
    wide = CONFIG.replace(radius=7)  # wider than the border
    realms = Realms(wide, seed=1)
    assert realms.state.tiles.shape == (1, 28, 28)
    assert sheet.draw_realm(realms, scale=2).size == (40, 40)


def test_the_dead_are_not_drawn():
    realms = Realms(CONFIG, seed=1)
    before = pixels(sheet.draw_realm(realms))
    for _ in range(100):
        realms.step(Actions.stay(len(realms.observation)))
    assert (before != pixels(sheet.draw_realm(realms))).any()
    assert len(realms.state.agents[0]) == 8


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (8, 4), (9, 3), (18, 6)]
)
def test_realms_are_arranged_with_little_left_empty(count, columns):
    assert sheet.layout(count, 80)[0] == columns


def test_a_sheet_holds_every_realm_in_its_order():
    realms = Realms(CONFIG, seed=1, indices=range(3))
    whole = pixels(sheet.draw_sheet(realms))
    assert whole.shape == (160, 3 * 160 + 2 * 8, 3)
    for w in range(3):
        part = whole[:, w * 168 : w * 168 + 160]
        assert (part == pixels(sheet.draw_realm(realms, w))).all()


def test_many_realms_are_drawn_smaller():
    realms = Realms(CONFIG.replace(max_agents=4), indices=range(324))
    width, height = sheet.draw_sheet(realms).size
    assert (width, height) == (18 * (20 * 5 + 8) - 8, 18 * (20 * 5 + 8) - 8)


def test_too_many_to_draw_is_refused():
    with pytest.raises(ValueError, match="a picture of 2 maps of 3000 × 3000 tiles is too large"):
        sheet.layout(2, 3000)
