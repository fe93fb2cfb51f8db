"""The command that runs all checks prints each one's output whole, and names what failed."""

import asyncio
import importlib
import re
import sys

checks = importlib.import_module("tests.__main__")


def talker(name, lines=3, code=0):
    script = (
        "import sys, time\n"
        f"for k in range({lines}): print('{name}', k, flush=True); time.sleep(0.05)\n"
        f"sys.exit({code})"
    )
    return checks.Part(name, [sys.executable, "-c", script])


def test_output_of_checks_that_run_side_by_side_does_not_interleave(capfd):
    asyncio.run(checks.run_side_by_side([talker("left")], [talker("right")]))
    out = capfd.readouterr().out
    for name in ("left", "right"):
        whole = "\n".join(f"{name} {k}" for k in range(3))
        assert re.search(rf"== {name}: passed, \d+ s\n{whole}\n", out)


def test_checks_after_a_failed_one_still_run_and_all_failures_are_named(capfd):
    lanes = [talker("one", code=1), talker("two")], [talker("three", code=2)]
    assert asyncio.run(checks.run_side_by_side(*lanes)) == ["one", "three"]
    assert "two 2" in capfd.readouterr().out
