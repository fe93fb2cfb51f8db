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
TILES = """
import numpy as np
from forge.ethyr import expansion, inputs
tiles = np.random.default_rng(0).integers(0, K, (4, 15, 15)).astype(np.uint8)
tiles[0] = K - 1
codes = inputs.encode_tiles(tiles)
table = np.random.default_rng(1).normal(size=(225, K, 16))
sums, order = np.zeros((4, 16)), np.arange(4)
expansion.add_tiles(table, codes, order, 15, expansion.allocate(16, float), sums)
seen = table[np.arange(225), tiles.reshape(4, 225)]
back, upstream = np.zeros_like(table), np.random.default_rng(2).normal(size=(4, 16))
expansion.add_gradients(upstream, codes, order, 15, expansion.allocate(16, float), back)
each = np.zeros_like(table)
for i in range(4):
    each[np.arange(225), tiles[i].ravel()] += upstream[i]
"""


def run(before: str, checks: str) -> None:
    """Run statements without the JIT; an assertion that fails there fails here."""
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", f"{before}\n{checks}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
