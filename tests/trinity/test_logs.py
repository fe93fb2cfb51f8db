"""The log of a run: what it cannot hold, and where it cannot be written."""

import logging
import os

import pytest

from forge.errors import ForgeError
from forge.trinity.logs import RunLog

logger = logging.getLogger("forge.test")
full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")


def logged(path, *texts):
    log = RunLog(path)
    for text in texts:
        logger.info(text)
    log.close()


def test_a_name_that_is_no_text_is_logged_by_its_bytes(tmp_path, capsys):
    logged(tmp_path / "forge.log", "wrote runs/\udcff")
    assert "wrote runs/\\udcff" in (tmp_path / "forge.log").read_text(encoding="utf-8")
    assert capsys.readouterr().err == ""


@full
def test_a_full_disk_is_told_once_and_the_run_goes_on(capsys):
    logged("/dev/full", "one", "two", "three")
    assert capsys.readouterr().err == (
        "WARNING: cannot write /dev/full: No space left on device; the run goes on\n"
    )


def test_a_log_that_cannot_be_opened_is_one_line(tmp_path):
    with pytest.raises(ForgeError, match=r"^cannot write .*: Is a directory$"):
        RunLog(tmp_path)
