"""Write down what one realm of a batch does, tick by tick."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.observation import CHOICES, further
from forge.blade.realm import Realms
from forge.blade.recording import content
from forge.blade.recording.blocks import BLOCK, Block, write_block
from forge.blade.recording.chunks import HEAD, MOVE, STATE, TICKS, Chunk
from forge.blade.recording.content import LONGEST, Head
from forge.blade.state import digest, one_realm

Array = NDArray[Any]


def _stacked(rows: list[Array], name: str) -> Array:
    """Put the choices of some ticks one below the other (T, E); slots without an agent rest."""
    table = np.full((len(rows), max(map(len, rows))), CHOICES[name].rest, CHOICES[name].dtype)
    for mine, row in zip(table, rows, strict=True):
        mine[: len(row)] = row
    return table


class Recorder:
    """A recording of one realm, from where it is now. Nothing of the realm is changed."""

    def __init__(
        self, realms: Realms, w: int, source: str, chosen: bool = False, quests: bool = False
    ) -> None:
        """Write down the beginning.

        Args:
            realms: the batch, between two ticks.
            w: index of the realm in the batch.
            source: where it comes from, one sentence.
            chosen: whether a God chooses the populations of the newborn (``Realms.place``).
            quests: whether it chooses their quests.
        """
        self._realms, self._w = realms, w
        state = one_realm(realms.state, w)
        head = Head(
            config=content.plain_config(realms.config),
            seed=realms.seed,
            realm=realms.indices[w],
            map=realms.maps[w],
            tick=int(state.clock[0]["tick"]),
            chosen=chosen,
            source=source[:LONGEST],
            digest=digest(state),
            quests=quests,
        )
        self._recorded = head.born
        self._complete = [
            Chunk(HEAD, content.write_head(head)),
            Chunk(STATE, content.write_state(state)),
        ]
        # Of each tick: choices by slot, and what was chosen of births.
        self._done: list[tuple[dict[str, Array], dict[str, Array]]] = []
        self._look()

    def _look(self) -> None:
        """Remember who may act in the next tick, and who was born before it."""
        state, w = self._realms.state, self._w
        self._top = int(state.clock[w]["top"])
        self._alive = state.agents[w, : self._top]["alive"].copy()
        self._next_id = int(state.clock[w]["next_id"])
        self._tick = int(state.clock[w]["tick"])

    def see(self) -> None:
        """Take in a tick that has just been played, births included."""
        self._done.append((self._choices(), self._born()))
        self._look()
        if len(self._done) == BLOCK:
            self._cut()

    def _choices(self) -> dict[str, Array]:
        """List what the agents did in this tick, by slot: integers (E,) of each choice."""
        intents, alive = self._realms.intents[self._w, : self._top], self._alive
        attacks = alive & (intents["style"] >= 0)
        done = {
            "move": np.where(alive, intents["move"], 0),
            "style": np.where(attacks, intents["style"], -1),
            "target": np.where(attacks, intents["target"], 0),
        }
        whose = np.where(alive, intents["index"], 0)
        for name, choice in further(self._realms.config).items():
            given = self._realms.further[name]
            done[name] = np.where(alive, given[whose], choice.rest)
        return done

    def _born(self) -> dict[str, Array]:
        """List what a God chose of those born in this tick, in order of birth: int64 by name."""
        if not self._recorded:
            return {}
        state, w = self._realms.state, self._w
        agents = state.agents[w, : self._realms.config.max_agents]
        born = np.flatnonzero(agents["alive"] & (agents["id"] >= self._next_id))
        born = born[np.argsort(agents["id"][born])]
        known = {"population": agents["population"], "quest": state.quests[w]["quest"]}
        return {name: known[name][born].astype(np.int64) for name in self._recorded}

    def _cut(self) -> None:
        """Complete a chunk."""
        chosen, born = zip(*self._done, strict=True)
        choices = {name: _stacked([each[name] for each in chosen], name) for name in chosen[0]}
        births = {name: [each[name] for each in born] for name in self._recorded}
        now = digest(one_realm(self._realms.state, self._w))
        self._complete.append(Chunk(TICKS, write_block(Block(choices, births, now))))
        self._done = []

    def leave(self) -> None:
        """Complete a chunk, as the realm is about to come to another map."""
        if self._done:
            self._cut()

    def arrive(self) -> None:
        """Write down the realm on its new map, which no tick has brought about."""
        state = one_realm(self._realms.state, self._w)
        self._complete.append(Chunk(MOVE, content.write_move(state, digest(state))))
        self._look()

    def take(self, all_of_it: bool = False) -> list[Chunk]:
        """Hand over the chunks that are complete since the last call.

        Args:
            all_of_it: complete one with the ticks that are left. Interrupted within a tick that was
                not seen, it leaves them out: the realm is no longer as it was after them.
        """
        whole = self._tick == int(self._realms.state.clock[self._w]["tick"])
        if all_of_it and self._done and whole:
            self._cut()
        complete, self._complete = self._complete, []
        return complete
