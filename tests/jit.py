"""Whether kernels are compiled here: as plain Python they take a hundred times as long."""

from typing import TypeVar

import numba
import pytest

T = TypeVar("T")

COMPILED = not numba.config.DISABLE_JIT
compiled = pytest.mark.skipif(not COMPILED, reason="about compiled code, or takes too long without")


def amount(many: T, few: T) -> T:
    """Choose how much a test tries: many where kernels are compiled, few as plain Python."""
    return many if COMPILED else few


def but_for_compiling(errors: str) -> str:
    """Leave out what a run says on standard error where kernels have yet to be compiled."""
    lines = errors.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("compiling kernels once"))
