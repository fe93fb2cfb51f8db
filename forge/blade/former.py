"""Know the settings of earlier versions: what became of them, and how to read what they wrote."""

from typing import Any

# What to write instead, for those who still use the name.
REPLACED = {
    "updates_per_rollout": "passes and minibatches took its place, and passes=8 with minibatches=1 "
    "does what updates_per_rollout=8 did",
}


def renewed(values: dict[str, Any]) -> dict[str, Any]:
    """Give settings that an earlier version wrote their names of today.

    Args:
        values: by name; those that are not replaced stay as they are.
    """
    values = dict(values)
    if "updates_per_rollout" in values:
        earlier = {"passes": values.pop("updates_per_rollout"), "minibatches": 1}
        values = earlier | values
    return values
