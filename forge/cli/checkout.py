"""Find the experiments, which stand beside the package in a checkout."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import click

ROOT = Path(__file__).resolve().parents[2]


def experiment(name: str) -> ModuleType:
    """Import the file of an experiment.

    Raises:
        UsageError: if the package was installed without the experiments.
    """
    if not (ROOT / "experiments" / f"{name}.py").is_file():
        raise click.UsageError(f"{name} is an experiment: run it in a checkout of Forge")
    if importlib.util.find_spec("experiments") is None:
        sys.path.append(str(ROOT))
    return importlib.import_module(f"experiments.{name}")
