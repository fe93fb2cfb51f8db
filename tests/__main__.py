"""Run every check of the project: ``python -m tests`` (``--fast``: without the slow passes)."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable

# Tests of compiled code; they also run with bounds checks, and as plain Python.
KERNEL_TESTS = ("tests/blade", "tests/ethyr")

Step = tuple[str, list[str], dict[str, str]]


def steps(caches: Path) -> Iterator[Step]:
    """Yield each check: its name, its command, what it adds to the environment.

    Args:
        caches: an empty folder for records, and for kernels that must not mix with others.
    """
    pytest = [PYTHON, "-m", "pytest", "-q"]
    yield "lint", [PYTHON, "-m", "ruff", "check", "."], {}
    yield "format", [PYTHON, "-m", "ruff", "format", "--check", "."], {}
    yield "types", [PYTHON, "-m", "mypy", "forge"], {}
    if "--fast" not in sys.argv:
        coverage = [PYTHON, "-m", "coverage"]
        record = {"COVERAGE_FILE": str(caches / "coverage")}
        plain = [*coverage, "run", *pytest[1:], *KERNEL_TESTS]
        yield "kernels as plain Python", plain, {"NUMBA_DISABLE_JIT": "1", **record}
        yield "every branch of the rules and the mathematics", [*coverage, "report"], record
        bounds = {"NUMBA_BOUNDSCHECK": "1", "FORGE_CACHE_DIR": str(caches)}
        yield "kernels with bounds checks", [*pytest, *KERNEL_TESTS], bounds
    yield "the whole suite", pytest, {}


def main() -> int:
    """Run all checks, also after one has failed; the suite's last line is pytest's own.

    Returns:
        0 if all passed, else 1.
    """
    failed = []
    with tempfile.TemporaryDirectory() as caches:
        for name, command, environment in steps(Path(caches)):
            print(f"== {name}: {' '.join(command[1:])}", flush=True)
            start = time.monotonic()
            done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment})
            if done.returncode != 0:
                failed.append(name)
            # Not after the suite, so that the output ends with pytest's closing line.
            if name != "the whole suite":
                print(f"== {name}: {time.monotonic() - start:.0f} s", flush=True)
    if failed:
        print(f"FAILED: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
