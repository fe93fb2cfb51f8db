"""Describe a run for those who show its progress: its title, its limit, the time left."""

import time
from collections import deque
from dataclasses import dataclass

from forge.args import Args
from forge.config import Config
from forge.ethyr.summary import Summary
from forge.trinity.reference import Reference

STOPPING = "finishing the epoch; Ctrl-C again stops at once"
UNSAVED = 'nothing is saved; to keep it: Args(run="DIR"), or envs.pantheon.save(FILE)'

HISTORY = 200  # epochs that the live table draws


@dataclass(frozen=True)
class About:
    """The description of a run beside its summaries.

    Attributes:
        title: the run in a few words.
        epochs: the limit of the run; None: no limit.
        place: the run's directory, which holds nothing before the end of the first epoch; None:
            nothing is saved, and the user is told; "": the display says nothing about it.
        combat: whether agents can be slain.
        reference: scripted agents' lifetimes to compare with; None: none.
    """

    title: str
    epochs: int | None
    place: str | None = ""
    combat: bool = True
    reference: Reference | None = None

    @classmethod
    def of(cls, config: Config, args: Args, epochs: int | None, need: object = "") -> "About":
        """Describe a run.

        Args:
            config: settings of the world and its learner.
            args: how the run is carried out.
            epochs: the limit of the run.
            need: its text says how much memory the run needs; "": the title leaves this out.
        """
        return cls(
            title=" · ".join(filter(None, (title(config, args), str(need)))),
            epochs=epochs,
            place=args.run or args.resume,
            combat=config.combat,
            reference=Reference(config),
        )


def nothing_to_do(epochs: int) -> str:
    """Say that a run has reached its limit already.

    Args:
        epochs: number of epochs that it has.
    """
    return f"Nothing to do: the run has its {epochs} epoch{'' if epochs == 1 else 's'}."


def title(config: Config, args: Args) -> str:
    """Describe a run in a few words."""
    realms = "1 realm" if args.nRealm == 1 else f"{args.nRealm} realms"
    groups = "1 population" if config.populations == 1 else f"{config.populations} populations"
    return " · ".join([game(config), f"{realms} of {inhabitants(config)}", groups, config.learner])


def game(config: Config) -> str:
    """Name the rules of a world, as the presets do."""
    return "saga" if config.varied else "chaos" if config.combat else "law"


def inhabitants(config: Config) -> str:
    """Say how many may live in a realm: agents and, where there are any, NPCs."""
    agents = f"{config.max_agents} agents"
    return f"{agents} and {config.npcs} NPCs" if config.npcs else agents


class TimeLeft:
    """Estimate from a run's last epochs how long the rest takes.

    Args:
        epochs: the limit of the run; None: no limit.
    """

    def __init__(self, epochs: int | None) -> None:
        self.epochs = epochs
        self._ends: deque[tuple[int, float]] = deque(maxlen=20)

    def add(self, summary: Summary) -> None:
        """Note the end of an epoch."""
        self._ends.append((summary["epoch"], time.monotonic()))

    def seconds(self) -> float | None:
        """Estimate the time left [s]; None: unknown, or without end."""
        if self.epochs is None or len(self._ends) < 2:
            return None
        (first, start), (last, end) = self._ends[0], self._ends[-1]
        return (self.epochs - last) * (end - start) / (last - first)
