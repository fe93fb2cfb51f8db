"""Run the checks of a longer list in a process of its own, as kernels freeze its length."""

import os
import subprocess
import sys

ROWS = """
import numpy as np
from forge.ethyr import rowlayers, tables
rng = np.random.default_rng(0)
F, H = tables.NUM_FEATURES, tables.LANES
weights, bias, x, y = (rng.normal(size=shape) for shape in ((F, H), H, F, F))
out, largest, winner = np.zeros(H), np.zeros(H), np.zeros(H, np.int32)
rowlayers.set_linear(weights, bias, x, out)
rowlayers.keep_largest(weights, bias, bias, x, y, 1, largest, winner)
rows = np.stack([np.zeros(H), x @ weights + bias, y @ weights + bias])
"""


def run(before: str, checks: str) -> None:
    """Run statements without the JIT; an assertion that fails there fails here."""
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", f"{before}\n{checks}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
