"""What every test needs: reports that can be passed on by the process that ran it."""

from collections.abc import Generator
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def _logs_of_stable_baselines(
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[None, None, None]:
    """Let Stable-Baselines3 log where pytest cleans up, not beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SB3_LOGDIR", str(tmp_path_factory.mktemp("sb3")))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Escape what is no text in the output that pytest captured: names of files may be bytes."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode())
        for title, text in report.sections
    ]
    return report
