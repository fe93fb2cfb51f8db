"""Measure in a fresh process, with the same code as this one's."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from forge.errors import ForgeError


def output_of(
    module: str, *arguments: str, what: str, environment: dict[str, str] | None = None
) -> str:
    """Run a module of Forge with this interpreter and this process's paths.

    Args:
        module: name of the module.
        *arguments: for its command line.
        what: name of the measurement, for messages.
        environment: variables to add.

    Returns:
        What it writes to its standard output.

    Raises:
        ForgeError: if it fails; its own message has been shown then.
    """
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ForgeError(f"measuring {what} failed: its process ended with code {done.returncode}")
    return done.stdout


def figures_of(module: str, plan: Any, *arguments: str, what: str) -> Any:
    """Run a module of Forge as ``output_of`` does, which begins with a plan and writes JSON.

    Args:
        module: name of the module.
        plan: a dataclass, which is handed over as JSON before the arguments.
        *arguments: see output_of.
        what: see output_of.

    Raises:
        ForgeError: see output_of.
    """
    return json.loads(output_of(module, json.dumps(asdict(plan)), *arguments, what=what))
