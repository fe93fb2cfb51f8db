"""Write curves for trackio, into its database on this machine (TRACKIO_DIR)."""

import trackio

from forge.trinity.loggers import CurveLogger, Run

PROJECT = "forge"


class Logger(CurveLogger):
    """A run of the project ``forge``, which has the name of the run's directory."""

    def __init__(self, run: Run) -> None:
        trackio.init(
            project=PROJECT,
            name=None if run.directory is None else run.directory.name,
            config=run.settings,
            resume="never" if run.resumed is None else "allow",
        )

    def write(self, step: int, values: dict[str, float]) -> None:
        """Write the numbers of an epoch."""
        trackio.log(values, step=step)

    def close(self) -> None:
        """End the run."""
        trackio.finish()
