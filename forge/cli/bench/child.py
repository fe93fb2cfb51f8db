"""Measure in a fresh process, with the same code as this one's."""

import os
import subprocess
import sys

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
