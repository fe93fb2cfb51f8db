"""The default God: shares the slots of its realm out evenly among the populations."""

from typing import Any, NamedTuple

from forge.blade.placing import GiveQuest, Spawn
from forge.trinity.trinity import Array, GodBase


class Chooses(NamedTuple):
    """What a God chooses of the newborn; compiled code does the rest."""

    spawn: Spawn | None  # their population; None: it does not
    quest: GiveQuest | None  # their quest; None: it does not, or there are none


class God(GodBase):
    """Tag newborns uniformly with the populations that have a free slot.

    Unless ``spawn`` is overridden, compiled code answers it, by the same rule and from the world's
    stream, also where ``quest`` is overridden.
    """

    def spawn(self, counts: Array) -> int:
        """Draw a population with a free slot in its even share of all slots.

        Args:
            counts: (P,), living agents of each population in this realm.

        Returns:
            0 … P − 1; uniform over all populations if none has a free slot.
        """
        P, E = self.config.populations, self.config.max_agents
        free = [p for p in range(P) if counts[p] < E // P + (p < E % P)]
        choices = free or list(range(P))
        return choices[int(self.rng.integers(len(choices)))]


def chooses(god: GodBase) -> Chooses:
    """Find out what a God chooses, by the methods that its class or the object itself overrides."""
    return Chooses(
        god.spawn if _is_other(god.spawn, God.spawn) else None,
        god.quest if god.config.quests and _is_other(god.quest, GodBase.quest) else None,
    )


def culls(god: GodBase) -> bool:
    """Say whether a God takes note of deaths."""
    return _is_other(god.cull, GodBase.cull)


def _is_other(found: Any, method: Any) -> bool:
    """Say whether what an object has is another function than this method."""
    return getattr(found, "__func__", None) is not method
