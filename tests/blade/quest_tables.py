"""Draw tables of quests: of all tasks, kinds, levels and others that a row can name."""

import json

from hypothesis import strategies as st

from forge.blade.kinds import Kind
from forge.blade.quests import TASKS, Quantity, has_level, has_other, kinds_of

NUMBERS = st.sampled_from([1, 1, 1, 2, 2, 3, 3, 5, 7, 1000, 2**30])


@st.composite
def rows(draw):
    """Draw a row of a table; what it leaves out is not in it."""
    does = draw(st.sampled_from(list(TASKS)))
    task, row = TASKS[does], {"does": does}
    for name, known in (
        ("kind", list(kinds_of(task))),
        ("other", [it.name.lower() for it in Kind] if has_other(task) else []),
        ("level", [1, 1, 2, 3, 10] if has_level(task) else []),
    ):
        if known and draw(st.booleans()):
            row[name] = draw(st.sampled_from(known))
    row["number"] = draw(st.integers(2, 10) if task is Quantity.LEVEL else NUMBERS)
    return row | draw(st.sampled_from([{}, {"weight": 0}, {"weight": 3}, {"name": "a quest"}]))


def tables(most=40):
    """Draw tables as JSON; in each some weight is above 0."""
    first = rows().map(lambda row: row | {"weight": 2})
    return st.builds(
        lambda one, more: json.dumps([one, *more]), first, st.lists(rows(), max_size=most)
    )
