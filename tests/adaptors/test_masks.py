"""Masks over the parts of an action agree with what each other allows."""

import numpy as np
import pytest

from forge.adaptors.masks import mask_rows, part_sizes
from forge.blade import Realms, preset
from forge.blade.observation import choices
from forge.blade.scripted import SCRIPTED
from forge.blade.slots import Slots
from forge.blade.trades import GIVE, GIVE_GOLD


@pytest.mark.parametrize("nearest", [1, 8])
def test_a_gift_is_open_exactly_where_one_of_the_others_kept_can_receive_it(nearest):
    config = preset("saga16").replace(map_size=40, births=8, immunity=100)
    realms, slots = Realms(config, 3), Slots(config, 1, nearest)
    sizes = part_sizes(config, nearest)
    starts = dict(zip(choices(config), np.cumsum([0, *sizes]), strict=False))
    open_gifts, barred = 0, 0
    for _ in range(120):
        obs = realms.observation
        slots.lay_out(obs)
        mask = np.zeros((16, sum(sizes)), np.int8)
        mask_rows(slots, obs, config, mask)
        trades = mask[slots.place, starts["trade"] :]
        able = slots.table.can_receive[slots.place].any(axis=1)
        of_pieces, of_gold = trades[:, GIVE:GIVE_GOLD].any(axis=1), trades[:, GIVE_GOLD] > 0
        carries = obs.can_trade[:, GIVE:GIVE_GOLD].any(axis=1)
        np.testing.assert_array_equal(of_pieces, carries & able[:, 0])
        np.testing.assert_array_equal(of_gold, obs.can_trade[:, GIVE_GOLD] & able[:, 1])
        open_gifts += of_pieces.sum()
        barred += (carries & ~able[:, 0]).sum()
        realms.step(SCRIPTED["gatherer"](obs))
    assert open_gifts > 5
    assert (barred > 0) == (nearest == 1)
