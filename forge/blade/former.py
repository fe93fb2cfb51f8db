"""Translate settings of earlier versions, so that old files can still be read."""

from typing import Any

# The advice for anyone who still uses an old name.
REPLACED = {
    "updates_per_rollout": "passes and minibatches took its place, and passes=8 with minibatches=1 "
    "does what updates_per_rollout=8 did",
}


def kept_together(values: dict[str, Any], num_realms: int) -> dict[str, Any]:
    """Say how many realms an earlier version computed together where ``realms_per_shard`` is 0.

    Args:
        values: all settings by name.
        num_realms: realms of the run.

    Returns:
        The settings, with that number.
    """
    return values | {"realms_per_shard": values["realms_per_shard"] or min(4, -(-num_realms // 2))}


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
