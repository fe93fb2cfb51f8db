"""The default God: shares the slots of its realm out evenly among the populations."""

from forge.trinity.trinity import Array, GodBase


class God(GodBase):
    """Tag newborns uniformly with the populations that have a free slot.

    Unless ``spawn`` is overridden, compiled code answers it, by the same rule and from the world's
    stream.
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
