"""Twenty thousand mutated files of each format are read or refused (off by default: -m slow)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TIMES = 250  # as often as by default: 80 × 250 = 20 000 of each kind

CHECKPOINTS = "tests/trinity/test_fuzz.py"
MAPS = "tests/blade/mapfile/test_fuzz.py"
CONFIGS = "tests/test_config_fuzz.py"
RECORDINGS = "tests/blade/recording/test_fuzz.py"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tests", "times"), [(CHECKPOINTS, TIMES), (MAPS, 334), (CONFIGS, TIMES), (RECORDINGS, TIMES)]
)
def test_twenty_thousand_mutated_files_are_read_or_refused(tests: str, times: int) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
    environment = {**os.environ, "FORGE_FUZZ": str(times)}
    assert subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
