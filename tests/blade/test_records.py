"""The records of the world are made from lists of their columns."""

import numpy as np
import pytest

from forge.blade import Law, records
from forge.blade.records import Column

LISTS = {
    name: (getattr(records, name), getattr(records, f"{name}_COLUMNS"))
    for name in ("AGENT", "NPC", "LIFE", "EVENT", "CLOCK", "TALLY")
}


@pytest.mark.parametrize("name", LISTS)
def test_a_record_holds_the_columns_of_its_list(name):
    dtype, columns = LISTS[name]
    held = [column for column in dtype.names if column != records.SPARE]
    assert sorted(held) == sorted(column.name for column in columns)
    for column in columns:
        assert dtype[column.name] == np.dtype((column.dtype, column.shape))
        assert column.doc


def test_a_further_column_needs_no_padding_wherever_it_is_listed():
    more = (Column("flag", np.bool_, "…"), *records.AGENT_COLUMNS, Column("gold", np.int64, "…"))
    dtype = records._listed(more)
    assert sum(dtype[name].itemsize for name in dtype.names) == dtype.itemsize == 72
    assert dtype.names[:2] == ("id", "food_empty")
    assert dtype["spare"].shape == (2,)  # 64 + 8 + 1 − 3 = 70


def test_a_newborn_is_as_its_list_says():
    config = Law(health=7, food=3)
    born = records.newborn(records.AGENT, records.AGENT_COLUMNS, config)[0]
    assert (born.health, born.food, born.water, born.alive, born.age) == (7, 3, 32, True, 0)
    life = records.newborn(records.LIFE, records.LIFE_COLUMNS)[0]
    assert (life.death_tick, life.killer, life.cause) == (-1, -1, 0)
