"""Measure how long scripted agents live in a run's world, to compare learned lifetimes with.

Another process measures at the lowest priority while the run goes on: about two seconds of one
core. The run does not depend on it. ``evaluate`` measures the same on more maps, for longer.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import fields

from forge.config import Config
from forge.ethyr import lifetimes
from forge.trinity.casting import ANCHORS
from forge.trinity.engines.threads import ONE_EACH

MAPS, TICKS, WARMUP = 4, 600, 300  # within 3 % of what evaluate finds in law128 and chaos128
_UNSEEN = "held-out maps"  # which maps of one's own are not
MOST_AGENTS, MOST_TILES = 512, 256 * 256  # of a realm: larger ones would take minutes

_UNKNOWN = "scripted agents were not measured: python -m forge evaluate --agents greedy does it"


class Reference:
    """The measurement of scripted agents' lifetimes in one config."""

    def __init__(self, config: Config) -> None:
        """Prepare; nothing is measured before ``start``."""
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._text: str | None = None
        self._closed = False

    def start(self) -> None:
        """Begin to measure in another process. Repeating it does nothing."""
        if self._process is not None or self._text is not None or self._closed:
            return
        config = self._config
        values = {
            f.name: getattr(config, f.name) for f in fields(Config)
        }  # without a subclass's own settings
        if not sys.executable or _is_large(config):
            self._text = _UNKNOWN
            return
        # Import the same modules as here, whatever the working directory.
        code = f"import sys; sys.path[:] = {sys.path!r}; from forge.trinity import reference as r; "
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code + "r.main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the run
                env={**os.environ, **ONE_EACH},
            )
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(values).encode() + b"\n")
            self._process.stdin.flush()  # stays open: its end tells that this process is gone
        except OSError:
            self._text = _UNKNOWN

    def text(self) -> str | None:
        """Return the result as a line; None: not known yet."""
        if self._text is None and self._process is not None and self._process.poll() is not None:
            self._text = _read(self._process, "maps" if self._config.map_files else _UNSEEN)
        return self._text

    def close(self) -> None:
        """End the measurement if it still runs. Repeating it does nothing."""
        self._closed = True
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()


def _is_large(config: Config) -> bool:
    return config.slots > MOST_AGENTS or config.map_size**2 > MOST_TILES


def _read(process: "subprocess.Popen[bytes]", maps: str) -> str:
    assert process.stdout is not None
    try:
        return described(json.loads(process.stdout.read()), maps)
    except (ValueError, KeyError, TypeError):
        return _UNKNOWN


def described(found: dict[str, float | None], maps: str = _UNSEEN) -> str:
    """Write mean lifetimes by player as a line; a lifetime too long to be measured is a bound."""
    each = (f"{name} {_bounded(found[name])}" for name in ANCHORS)
    return f"mean lifetime of scripted agents here: {', '.join(each)} ({MAPS} {maps})"


def _bounded(mean: float | None) -> str:
    return f"over {TICKS}" if mean is None or mean > TICKS else f"{mean:.1f}"


def measure(config: Config, maps: int = MAPS, ticks: int = TICKS) -> dict[str, float | None]:
    """Play each scripted agent on a few held-out maps.

    Returns:
        Player → mean lifetime, agent-ticks ÷ deaths [ticks]; None if nobody died.
    """
    from forge.blade.scripted import SCRIPTED
    from forge.trinity.evaluate import Plan, play

    plan = Plan(maps=maps, ticks=ticks, warmup=WARMUP)
    found = {}
    for name in ANCHORS:
        totals = play(config, SCRIPTED[name], plan).totals
        found[name] = lifetimes.mean_lifetime(totals["agent_ticks"], totals["deaths"])
    return found


def main() -> None:
    """Read a config as JSON from standard input, and write the lifetimes to standard output."""
    if hasattr(os, "nice"):
        os.nice(19)
    config = Config.from_json(sys.stdin.buffer.readline().decode())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write(json.dumps(measure(config)))


def _end_with_parent() -> None:
    """End this process as soon as the other end of standard input is closed."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
