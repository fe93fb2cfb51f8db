"""Hold the arguments of a run: how it is carried out, apart from its world and its learner."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from forge.blade.numbers import LARGEST_SEED, whole
from forge.blade.settings import naming
from forge.config import Config, ConfigError, configured, plain
from forge.errors import nearest, shown
from forge.files import at_home
from forge.registry import LOGGERS, facts, joining

APIS = ("native", "vecenv")
Load = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

MOST_EPOCHS = 2**63 - 1

_LONGEST = 10**9  # [s]
_NUMBERS = {
    "nRealm": (1, 1_000_000),
    "seed": (0, LARGEST_SEED),
    "nWorker": (1, 10_000),
    "epochs": (0, MOST_EPOCHS),
    "record_realm": (0, 999_999),
}
_ALWAYS = ("nRealm", "seed", "record_realm")  # the numbers that cannot be None


def _check_names(cls: type, names: Iterable[str]) -> None:
    """Refuse names of arguments that there are not, and suggest the nearest."""
    known = [f.name for f in fields(cls)]
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f" (there are: {', '.join(known)})"
            raise ConfigError(f"Args has no argument {shown(name)}{hint}")


@naming(_check_names)
@dataclass(frozen=True)
class Args:
    """Say how to carry out a run; immutable and checked. The command line builds one, too.

    Attributes:
        nRealm: number of realms, 1 … 1 000 000.
        api: "native" runs whole rollouts where the realm lives; "vecenv" goes step by step.
        engine: where to compute: "serial", "processes", "ray" (see forge.registry). Results do not
            depend on it.
        nWorker: number of worker processes, 1 … 10 000; None: one per core, at most one per
            shard. Results do not depend on it.
        seed: master seed of everything random, 0 … 2^64 − 1.
        run: directory to write. It must not exist yet, or be empty, or hold only the remains of a
            run that was killed as it started. None: write nothing.
        resume: run directory to continue from its last checkpoint; None: start a new run.
        load: checkpoints to take weights from, in this order: "FILE" for all populations,
            "2=FILE" for population 2 alone ("2=FILE#0": from that file's population 0).
        epochs: stop after this many epochs, counted from the start of the run; None: no limit.
        quiet: show no progress.
        address: address of the machines that the engine "ray" joins, "HOST:PORT" or "auto"; None:
            this machine alone.
        hang_after: time in which a worker process plays not one tick and hands up nothing,
            after which it is taken to hang; it is then replaced [s]; 0: it may take any time.
        record: new file for a recording of one realm, while it trains; None: record nothing.
        record_realm: number of that realm, 0 … nRealm − 1.
        events: new CSV file for a row of everything that happens while it trains; None: none is
            written.
        log: tools that draw training curves: "tensorboard", "wandb", "trackio".
    """

    nRealm: int = 1  # noqa: N815 – the names of the published interface
    api: str = "native"
    engine: str = "processes"
    nWorker: int | None = None  # noqa: N815
    seed: int = 0
    run: str | None = None
    resume: str | None = None
    load: tuple[str, ...] = ()
    epochs: int | None = None
    quiet: bool = False
    address: str | None = None
    hang_after: float = 600.0
    record: str | None = None
    record_realm: int = 0
    events: str | None = None
    log: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigError: says which value and why.
        """
        for name, (low, high) in _NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name in _ALWAYS:
                object.__setattr__(self, name, whole(name, value, low, high))
        object.__setattr__(self, "quiet", plain(self.quiet))
        object.__setattr__(self, "hang_after", plain(self.hang_after))
        _check_time("hang_after", self.hang_after)
        _check_choice("api", self.api, APIS)
        facts(self.engine)
        _check_address(self.address, self.engine)
        if not isinstance(self.quiet, bool):
            raise ConfigError(f"quiet takes true or false, not {shown(self.quiet)}")
        object.__setattr__(self, "load", loads(self.load))
        logs = self.log if isinstance(self.log, (tuple, list)) else (self.log,)
        for name in logs:
            _check_choice("log", name, tuple(LOGGERS))
        object.__setattr__(self, "log", tuple(dict.fromkeys(logs)))
        for name in ("run", "resume", "record", "events"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _path(name, getattr(self, name)))
        if self.resume is not None and (self.run is not None or self.load):
            raise ConfigError("resume continues a run as it was: give neither run nor load with it")
        if self.record_realm >= self.nRealm:
            raise ConfigError(
                f"record_realm is {self.record_realm}, but there are {self.nRealm} realms: "
                f"0 … {self.nRealm - 1}"
            )


def _check_address(address: Any, engine: Any) -> None:
    if address is not None and not facts(engine).joins:
        raise ConfigError(
            f"address {shown(address)} is of a cluster: it goes with engine {joining()}, "
            f"not {engine}"
        )
    if address is not None and (not isinstance(address, str) or not address.strip()):
        raise ConfigError(f'address is "HOST:PORT" or "auto", not {shown(address)}')


def given(config: Any, args: Any) -> tuple[Config, Args]:
    """Take a Config, or the name of a preset, and an Args.

    Raises:
        ConfigError: says which of the two is wrong, and what was given instead.
    """
    config = configured(config)
    if not isinstance(args, Args):
        raise ConfigError(f"args is an Args, for example Args(nRealm=2), not {shown(args)}")
    return config, args


def loads(load: Any) -> tuple[str, ...]:
    """Take one checkpoint, or several, as ``Args.load`` does: texts or paths.

    Raises:
        ConfigError: for anything else.
    """
    each = load if isinstance(load, (tuple, list)) else (load,)
    return tuple(_path("load", path) for path in each)


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(f"{name} is one of {', '.join(choices)}; not {shown(value)}")


def _check_time(name: str, value: Any) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 <= value < _LONGEST:
        raise ConfigError(f"{name} takes a time from 0 s to {_LONGEST} s, not {shown(value)}")


def _path(name: str, value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise ConfigError(f"{name} takes a path, not {shown(value)}")
    path = os.fspath(value)
    if not isinstance(path, str):
        raise ConfigError(f"{name} takes a path, not {shown(value)}")
    return at_home(path)
