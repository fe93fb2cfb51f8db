"""Run every check of the project: ``python -m tests``.

Two cores are kept busy: first with checks that do not need each other, side by side, then with the
files of the suite, two at a time. Between them the test of training through faults, which starts
processes of its own and watches the time, runs alone.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
PYTEST = [PYTHON, "-m", "pytest", "-q"]

# Tests of compiled code; they also run with bounds checks, and as plain Python.
KERNEL_TESTS = ("tests/blade", "tests/ethyr")


class Part(NamedTuple):
    """One check: its name, its command, what it adds to the environment."""

    name: str
    command: list[str]
    environment: dict[str, str] = {}  # noqa: RUF012 – nobody writes to it

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment of the command."""
        return {**os.environ, **self.environment}

    @property
    def title(self) -> str:
        """What is run, in a line."""
        return f"{self.name}: {' '.join(self.command[1:])}"


STYLE = [
    Part("lint", [PYTHON, "-m", "ruff", "check", "."]),
    Part("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
    Part("types", [PYTHON, "-m", "mypy", "forge"]),
]
PAGE = Part("the viewer's page", [PYTHON, "tools/check_client.py"])
FAULTS = Part("training through faults", [PYTHON, "-m", "tests.faults", "--minutes", "0.7"])
TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile")
SUITE = Part("the whole suite", [*PYTEST, *TWO_AT_A_TIME, "--durations=15"])


def kernels(caches: Path) -> tuple[list[Part], list[Part]]:
    """List the passes over the compiled code: as plain Python, and with bounds checks.

    Args:
        caches: an empty folder for records, and for kernels that must not mix with others.
    """
    coverage = [PYTHON, "-m", "coverage"]
    record = {"COVERAGE_FILE": str(caches / "coverage")}
    # Beside each other they would write to one cache of pytest's.
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *KERNEL_TESTS]
    plain = {"NUMBA_DISABLE_JIT": "1", **record}
    bounds = {"NUMBA_BOUNDSCHECK": "1", "FORGE_CACHE_DIR": str(caches)}
    return (
        [
            Part("kernels as plain Python", [*coverage, "run", *tests], plain),
            Part("every branch of the rules and the mathematics", [*coverage, "report"], record),
        ],
        [Part("kernels with bounds checks", [PYTHON, *tests], bounds)],
    )


async def run_whole(part: Part) -> bool:
    """Run a part; print its output in one piece when it ends, so that nothing interleaves.

    Returns:
        Whether it passed.
    """
    print(f"-- {part.title}", flush=True)
    start = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *part.command, cwd=ROOT, env=part.environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:  # Ctrl-C
            process.kill()
    passed = process.returncode == 0
    seconds = time.monotonic() - start
    print(f"== {part.name}: {'passed' if passed else 'FAILED'}, {seconds:.0f} s", flush=True)
    sys.stdout.buffer.write(output)
    sys.stdout.flush()
    return passed


async def run_lane(parts: list[Part]) -> list[str]:
    """Run parts one after the other, also after one has failed; list the names of those."""
    return [part.name for part in parts if not await run_whole(part)]


async def run_side_by_side(*lanes: list[Part]) -> list[str]:
    """Run lanes beside each other; list the names of the parts that failed."""
    failed = await asyncio.gather(*map(run_lane, lanes))
    return [name for names in failed for name in names]


def main() -> int:
    """Run all checks, also after one has failed; the suite's last line is pytest's own.

    Returns:
        0 if all passed, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="leave out the slow passes: compiled code as plain Python and with bounds checks, "
        "and training through faults",
    )
    fast = parser.parse_args().fast
    with tempfile.TemporaryDirectory() as caches:
        plain, bounds = ([], []) if fast else kernels(Path(caches))
        failed = asyncio.run(run_side_by_side([*STYLE, *plain], [PAGE, *bounds]))
    for part in (SUITE,) if fast or sys.platform != "linux" else (FAULTS, SUITE):
        print(f"-- {part.title}", flush=True)
        if subprocess.run(part.command, cwd=ROOT, env=part.environ).returncode != 0:
            failed.append(part.name)
    if failed:
        print(f"FAILED: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
