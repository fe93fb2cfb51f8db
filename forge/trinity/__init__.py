"""Trinity: the three classes that researchers override, and what runs them.

A name is imported at its first use: the defaults import torch, the rest does not.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forge.trinity import smith as smith
    from forge.trinity.contract import check as check
    from forge.trinity.god import God as God
    from forge.trinity.pantheon import Pantheon as Pantheon
    from forge.trinity.sword import Sword as Sword
    from forge.trinity.trinity import GodBase as GodBase
    from forge.trinity.trinity import PantheonBase as PantheonBase
    from forge.trinity.trinity import ShardInfo as ShardInfo
    from forge.trinity.trinity import SwordBase as SwordBase
    from forge.trinity.trinity import Trinity as Trinity
    from forge.trinity.trinity import Update as Update

_API = "forge.trinity.trinity"
_HOMES = {
    "God": "forge.trinity.god",
    "GodBase": _API,
    "Pantheon": "forge.trinity.pantheon",
    "PantheonBase": _API,
    "ShardInfo": _API,
    "Sword": "forge.trinity.sword",
    "SwordBase": _API,
    "Trinity": _API,
    "Update": _API,
    "check": "forge.trinity.contract",
}


def __getattr__(name: str) -> Any:
    if name == "smith":
        return importlib.import_module("forge.trinity.smith")
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value  # so that a submodule of the same name does not hide it
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES, "smith"])
