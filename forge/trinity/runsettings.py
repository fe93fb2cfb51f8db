"""Declare the settings of a run: who plays which population, and how the work is divided."""

from forge.blade.settings import Checked, setting
from forge.trinity import casting


class RunSettings(Checked):
    """Settings of a run."""

    # -- Who plays ---------------------------------------------------------------------------
    scripts: str = setting(
        "populations that a script plays, such as 1=greedy,2=careful (any of forge.blade.scripted)",
        default="",
        take=casting.scripts_text,
    )
    frozen: str = setting(
        "populations whose weights do not change (1,2)", default="", take=casting.frozen_text
    )

    # -- Work -------------------------------------------------------------------------------
    realms_per_shard: int = setting(
        "realms computed together (0: half of nRealm, at most 4; 8 with several populations)",
        default=0,
        low=0,
        high=10_000,
    )
    checkpoint_seconds: float = setting(
        "most time between checkpoints", default=30.0, unit="s", low=0
    )
    keep: int = setting(
        "newest checkpoints to keep, beside the best (0: all)", default=3, low=0, high=10**9
    )

    def check_together(self) -> None:
        """See Checked."""
        super().check_together()
        casting.check(self)
