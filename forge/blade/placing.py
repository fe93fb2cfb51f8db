"""Bear agents as Gods decide: the part of Realms that they reach."""

from collections.abc import Callable
from typing import Any

from forge.blade.numbers import is_whole, whole
from forge.blade.packing import packed
from forge.blade.rules import Scratch
from forge.blade.state import Array, State
from forge.blade.systems import births
from forge.blade.systems.questing import give_quest
from forge.config import Config
from forge.errors import shown

Spawn = Callable[[Array], int]  # of the living of each population: the population of a newborn
GiveQuest = Callable[[Any], int | None]  # of a newborn: the number of its quest; None: the drawn


class Placing:
    """A batch of realms in which agents are born as their Gods decide.

    Attributes:
        config: the settings.
        indices: number of each realm in the run.
        state: of all realms.
    """

    config: Config
    indices: tuple[int, ...]
    state: State
    _scratch: Scratch
    _rules: Array

    def births_due(self, realm: int) -> int:
        """Count how many agents may be born in a realm in this tick.

        Args:
            realm: index of the realm in the batch, 0 … W − 1.
        """
        realm = self._index(realm)
        free = self.config.max_agents - int(self.state.clock[realm].living)
        return min(self.config.births, free)

    def place_due(
        self, realm: int, spawn: Spawn | None = None, quest: GiveQuest | None = None
    ) -> None:
        """Bear all agents that are due in a realm, as its God decides; call ``bear`` afterwards.

        Args:
            realm: index of the realm in the batch, 0 … W − 1.
            spawn: chooses the population of each, given the living of each population, int64 (P,);
                None: it is drawn as by the default God.
            quest: as of ``place``.

        Raises:
            ValueError: as ``place``.
        """
        choose = (lambda _: self.draw_population(realm)) if spawn is None else spawn
        for _ in range(self.births_due(realm)):
            self.place(realm, choose(self.living(realm)), quest)

    def draw_population(self, realm: int) -> int:
        """Draw the population of a newborn as the default God does, from the world's stream.

        Raises:
            ValueError: for a realm that is full.
        """
        realm = self._index(realm)
        self._require_slot(realm)
        return int(births.draw_population(self.state, realm))

    def place(self, realm: int, population: int, quest: GiveQuest | None = None) -> int:
        """Bear one agent, as the realm's God decided; call ``bear`` after the last one.

        Args:
            realm: index of the realm in the batch, 0 … W − 1.
            population: 0 … P − 1.
            quest: called with the newborn, a copy of its AGENT record: chooses the number of its
                quest, from 1; None, of the function or its answer: the one that was drawn.

        Returns:
            The newborn's id.

        Raises:
            ValueError: for a population that does not exist or a realm that is full; nobody is born
                then. For a quest that does not exist; the newborn then keeps the one it has drawn.
        """
        realm = self._index(realm)
        when = self._when(realm)
        if not is_whole(population):
            raise ValueError(f"{when}: population {shown(population)} is not a whole number")
        if not 0 <= population < self.config.populations:
            raise ValueError(
                f"{when}: population {shown(int(population))} is not in "
                f"0 … {self.config.populations - 1}"
            )
        self._require_slot(realm)
        slot = births.place(
            packed(self.state), packed(self._scratch), self._rules, realm, int(population)
        )
        newborn = self.state.agents[realm, slot]
        chosen = None if quest is None else quest(newborn.copy())
        if chosen is not None:
            most = len(self._scratch.quests)
            if not is_whole(chosen) or not 1 <= chosen <= most:
                there = f"is not in 1 … {most}" if most else "was chosen, but the world has none"
                raise ValueError(f"{when}, agent {newborn.id}: quest {shown(chosen)} {there}")
            give_quest(self.state, self._scratch.quests, realm, slot, int(chosen))
        return int(newborn.id)

    def _when(self, realm: int) -> str:
        """Say where and when a God decides, for messages."""
        return f"realm {self.indices[realm]}, tick {self.state.clock[realm].tick}"

    def _require_slot(self, realm: int) -> None:
        """Refuse births in a realm that is full."""
        if self.state.clock[realm].living >= self.config.max_agents:
            raise ValueError(f"{self._when(realm)}: all {self.config.max_agents} slots live")

    def living(self, realm: int) -> Array:
        """Count the living of each population in a realm: int64 (P,).

        Args:
            realm: index of the realm in the batch, 0 … W − 1.
        """
        counts: Array = self.state.tally["living"][self._index(realm)].copy()
        return counts

    def _index(self, realm: int) -> int:
        return whole("realm", realm, 0, len(self.indices) - 1)
