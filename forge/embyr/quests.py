"""Show the quests of agents to viewers: what each asks for, and how much of it is done."""

from typing import Any

from forge.blade.quests import quests_in
from forge.blade.questtasks import TASKS, about, task_number
from forge.blade.records import QUEST_COLUMNS, record
from forge.config import Config

# The quest of an agent, in worlds with quests.
QUEST_SEEN = record(
    *((it.name, it.dtype) for it in QUEST_COLUMNS if it.name in ("quest", "progress"))
)


def setting(config: Config) -> dict[str, Any]:
    """Say what stays of quests: nothing where there are none. Number 0 is none."""
    if not config.quests:
        return {}
    tasks = {task_number(task): task for task in TASKS.values()}
    told = []
    for quest in quests_in(config):
        facts = about(tasks[quest.task])
        doc = facts.doc.split(";")[0]
        told.append({"name": quest.name, "about": doc, "first": facts.first, "goal": quest.number})
    return {"quests": told}
