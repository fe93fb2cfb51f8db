"""Trinity: the three classes that researchers override, and what runs them.

A name is imported at its first use: the defaults import torch, the rest does not.
"""

from typing import TYPE_CHECKING

from forge.lazily import offered

if TYPE_CHECKING:
    from forge.trinity import smith as smith
    from forge.trinity.contract import check as check
    from forge.trinity.god import God as God
    from forge.trinity.pantheon import Pantheon as Pantheon
    from forge.trinity.policy import Policy as Policy
    from forge.trinity.sword import Sword as Sword
    from forge.trinity.trinity import GodBase as GodBase
    from forge.trinity.trinity import PantheonBase as PantheonBase
    from forge.trinity.trinity import ShardInfo as ShardInfo
    from forge.trinity.trinity import SwordBase as SwordBase
    from forge.trinity.trinity import Trinity as Trinity
    from forge.trinity.update import Update as Update

__getattr__, __dir__, _ = offered(
    __name__,
    {
        "forge.trinity.contract": "check",
        "forge.trinity.god": "God",
        "forge.trinity.pantheon": "Pantheon",
        "forge.trinity.policy": "Policy",
        "forge.trinity.smith": "",
        "forge.trinity.sword": "Sword",
        "forge.trinity.trinity": "GodBase PantheonBase ShardInfo SwordBase Trinity",
        "forge.trinity.update": "Update",
    },
)
