"""Find the agents that come with the package, by name.

``pretrained:chaos`` and ``pretrained:law`` stand wherever a checkpoint's file can. A file that
has such a name is meant by ``./pretrained:chaos``.
"""

import os
from pathlib import Path

from forge.errors import CheckpointError, shown
from forge.files import at_home

FOLDER = Path(__file__).with_name("agents")  # made by experiments/agents.py
PREFIX = "pretrained:"
SETS = ("chaos", "law")


def located(path: str | os.PathLike[str]) -> Path:
    """Find the file that a name of a set stands for; any other path is itself (``~``: home).

    Raises:
        CheckpointError: if there is no set of that name.
    """
    if not isinstance(path, str) or not path.startswith(PREFIX):
        return Path(at_home(path))
    name = path[len(PREFIX) :]
    if name not in SETS:
        ours = ", ".join(PREFIX + each for each in SETS)
        raise CheckpointError(f"no agents named {shown(path)} come with Forge (there are: {ours})")
    return FOLDER / f"{name}.safetensors"


def fitting(combat: bool) -> str:
    """Name the set for a world with or without combat."""
    return PREFIX + SETS[0 if combat else 1]
