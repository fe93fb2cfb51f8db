"""Write curves for Weights & Biases, on this machine alone unless WANDB_MODE says otherwise."""

import os
import secrets
from pathlib import Path

import wandb

from forge.trinity.loggers import CurveLogger, Run

PROJECT = "forge"
ID = "wandb-id"  # file in the run's directory: the id under which a resumed run goes on


class Logger(CurveLogger):
    """A run of the project ``forge``, or of the one that WANDB_PROJECT names."""

    def __init__(self, run: Run) -> None:
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=None if run.directory is None else run.directory.name,
            id=None if run.directory is None else _id(run.directory),
            dir=run.directory,
            config=run.settings,
            mode=os.environ.get("WANDB_MODE", "offline"),
            resume="allow",
            settings=wandb.Settings(console="off", silent=True),  # the terminal shows the progress
        )

    def write(self, step: int, values: dict[str, float]) -> None:
        """Write the numbers of an epoch."""
        self._run.log(values, step=step)

    def close(self) -> None:
        """End the run."""
        self._run.finish()


def _id(directory: Path) -> str:
    """Read the id of the run, or draw one."""
    path = directory / ID
    if not path.exists():
        path.write_text(secrets.token_hex(4), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
