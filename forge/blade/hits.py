"""Say what hits do, for those who look on or are about to strike."""

from typing import Any

import numpy as np

from forge.blade.jit import lean
from forge.blade.packing import packed_to_read, unpacked
from forge.blade.rules import rules
from forge.blade.state import Array, State
from forge.blade.systems.fights import damage_between
from forge.config import Config


def damages(
    state: State, config: Config, w: int, attackers: Array, victims: Array, styles: Array
) -> Array:
    """Compute the damage of some hits, each as if it were the first of a tick.

    Args:
        state: of all realms; read only.
        config: its settings.
        w: the realm.
        attackers: integers (n,), slots of agents and NPCs.
        victims: integers (n,), slots.
        styles: integers (n,), 0 … 2.

    Returns:
        int64 (n,).
    """
    hits = np.stack([attackers, victims, styles], axis=1).astype(np.int64)
    damage = np.zeros(len(hits), np.int64)
    _damages_kernel(packed_to_read(state), rules(config), w, hits, damage)
    return damage


@lean
def _damages_kernel(state: State, table: Array, w: int, hits: Array, damage: Array) -> None:
    """Compute the damage of hits: int64 (n, 3), of attacker, victim, style. Modifies damage."""
    state = unpacked(State, state)
    rules_: Any = table[0]
    for i in range(len(hits)):
        damage[i] = damage_between(state, rules_, w, hits[i, 0], hits[i, 1], hits[i, 2])
