"""Translate settings of earlier versions, so that old files can still be read."""

from typing import Any

# The advice for anyone who still uses an old name.
REPLACED = {
    "updates_per_rollout": "passes and minibatches took its place, and passes=8 with minibatches=1 "
    "does what updates_per_rollout=8 did",
}


def renewed(values: dict[str, Any]) -> dict[str, Any]:
    """Translate settings that an earlier version wrote to the names of today.

    Args:
        values: the settings by name; all others stay as they are.
    """
    values = dict(values)
    if "updates_per_rollout" in values:
        earlier = {"passes": values.pop("updates_per_rollout"), "minibatches": 1}
        values = earlier | values
    return values
