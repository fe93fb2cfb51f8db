"""Measure fresh processes: how long a run takes to its first tick, and how much memory it holds.

The benchmark starts ``python -m forge.cli.bench.probes start ENGINE`` and ``… memory PLAN``.
"""

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from forge.cli.bench.child import output_of
from forge.cli.bench.footprint import family, proportional_set_size
from forge.cli.bench.plan import Plan

MODULE = "forge.cli.bench.probes"
FILE = "FORGE_FIRST_TICK"  # variable with the name of the file for the time


def start_to_first_tick(engine: str) -> float:
    """Start a run as ``Forge.py --nRealm 2 --engine ENGINE`` does, in a fresh interpreter.

    Returns:
        Time from starting the interpreter to the end of the first tick [s].
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "first-tick"
        start = time.time()
        what = f"the start of a run ({engine})"
        output_of(MODULE, "start", engine, what=what, environment={FILE: str(file)})
        return float(file.read_text()) - start


def peak_memory(plan: Plan) -> int | None:
    """Train with ``pg`` on all cores; find the most memory that all processes hold together.

    Returns:
        Largest sum of proportional set sizes after an epoch [bytes]; None where the system does
        not tell.
    """
    peak: int | None = json.loads(
        output_of(MODULE, "memory", json.dumps(asdict(plan)), what="peak memory")
    )
    return peak


def _start(engine: str) -> None:
    """Run one epoch of the default command; every process notes its first tick."""
    from forge.args import Args
    from forge.blade import preset
    from forge.cli.bench.swords import FirstTick
    from forge.trinity import God, Pantheon, Trinity, smith

    args = Args(nRealm=2, engine=engine, quiet=True)
    trinity = Trinity(Pantheon, God, FirstTick)
    with smith.Native(preset("chaos"), args, trinity) as envs:
        envs.run(epochs=1)


def _memory(plan: Plan) -> int | None:
    from forge.cli.bench.swords import LavaMasked
    from forge.cli.bench.training import Training

    sizes: list[Any] = []
    with Training(plan, plan.config(), LavaMasked, plan.workers) as training:
        training.warm_up()
        for _ in range(plan.runs):
            training.run()
            sizes.append(proportional_set_size(family()))
    return None if None in sizes else max(sizes)


if __name__ == "__main__":
    if sys.argv[1] == "start":
        _start(sys.argv[2])
    else:
        sys.stdout.write(json.dumps(_memory(Plan(**json.loads(sys.argv[2])))))
