"""Draw tables of quests: of all tasks, kinds, levels and others that a row can name."""

import json

from hypothesis import strategies as st

from forge.blade.happenings import FOUND, Happening
from forge.blade.items import Item
from forge.blade.kinds import Kind
from forge.blade.questtasks import TASKS, about

NUMBERS = st.sampled_from([1, 1, 1, 2, 2, 3, 3, 5, 7, 1000, 2**30])
# What is possible in every world with all systems whose playable square is as wide as this.
SIDE = 9
LEVELS = {"passive": 4, "neutral": 6, "hostile": 8}
WORN = 3 * LEVELS["hostile"] + 2 * (LEVELS["hostile"] + 1)  # armour, a weapon and ammunition
MOST = {"distance": SIDE - 1, "tiles": SIDE**2, "equipment": WORN}


@st.composite
def rows(draw):
    """Draw a row of a table; what it leaves out is not in it."""
    does = draw(st.sampled_from(list(TASKS)))
    task, row = TASKS[does], {"does": does}
    facts = about(task)
    if facts.with_other and draw(st.booleans()):
        row["other"] = draw(st.sampled_from([it.name.lower() for it in Kind]))
    left = task is Happening.LOOT and row.get("other", "agent") != "agent"
    kinds = [name for name, it in facts.numbered.items() if not left or it in FOUND]
    if kinds and draw(st.booleans()):
        row["kind"] = draw(st.sampled_from(kinds))
    if facts.levelled and draw(st.booleans()):
        most = LEVELS.get(row.get("other"), LEVELS["hostile"] if facts.kinds is Item else 10)
        row["level"] = min(draw(st.sampled_from([1, 1, 2, 3, 10])), most)
    most = facts.most(facts.numbered.get(row.get("kind"), 0), row.get("level", 0))
    row["number"] = min(draw(NUMBERS) + facts.first, MOST.get(does, most))
    return row | draw(st.sampled_from([{}, {"weight": 0}, {"weight": 3}, {"name": "a quest"}]))


def tables(most=40):
    """Draw tables as JSON; in each some weight is above 0."""
    first = rows().map(lambda row: row | {"weight": 2})
    return st.builds(
        lambda one, more: json.dumps([one, *more]), first, st.lists(rows(), max_size=most)
    )
