"""Hold the summary of an epoch: a dict of JSON values that prints as one readable line."""

import json
from typing import Any

COMPLETED = "mean_completed_lifetime"  # mean over the lives that ended, of all and by population


class Summary(dict[str, Any]):
    """The values of ``Metrics.summary``, with the run's ``seconds`` and ``digest``.

    A line of metrics.jsonl gives one, too: ``Summary.read(line)``.
    """

    @classmethod
    def read(cls, line: str | bytes) -> "Summary":
        """Read a line of metrics.jsonl, also one of an earlier version, with its other names.

        Raises:
            ValueError: if it is no JSON; a TypeError or AttributeError if it is no summary.
        """
        read = cls(json.loads(line))
        if COMPLETED not in read:
            read[COMPLETED] = read.get("mean_lifetime")
            read["mean_lifetime"] = read.pop("agent_steps_per_death", None)
            populations = read.get("populations", {})
            populations[COMPLETED] = populations.pop("mean_lifetime", None)
        return read

    def __str__(self) -> str:
        """Report the progress in one line, with only characters that every console has."""
        means = self["populations"][COMPLETED]
        each = f" ({' '.join(map(number, means))})" if len(means) > 1 else ""
        parts = (
            f"epoch {self['epoch']}",
            clock(self["seconds"]),
            f"{self['agent_steps']:,} agent-steps",
            f"{self['agent_steps_per_s']:,.0f}/s",
            f"completed lifetime {number(self[COMPLETED])}{each}",
            f"{self['living']:,} living",
            *self.of_quests(),
        )
        return " | ".join(parts)

    def of_quests(self) -> tuple[str, ...]:
        """Say how far the lives that ended came with their quests; nothing without quests."""
        found = self.get("quests")
        if not found or found["progress"] is None:
            return ()
        return (f"quests {found['done']:.0%} done, {found['progress']:.0%} on average",)


def clock(seconds: float) -> str:
    """Write a time as h:mm:ss."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number, or a dash for None."""
    return "-" if value is None else f"{value:,.{digits}f}"
