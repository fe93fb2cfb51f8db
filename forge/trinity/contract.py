"""Test that subclasses list all their state; users run this test on their own classes."""

import dataclasses
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from forge.args import Args, given
from forge.config import Config
from forge.errors import ForgeError
from forge.ethyr.pack import unpack
from forge.trinity.smith import Native
from forge.trinity.trinity import Trinity, given_trinity

EPOCHS = 4
_ADVICE = (
    "is something kept outside state(), drawn elsewhere than from self.rng, or changed after it "
    "was sent?"
)


class DifferenceError(ForgeError):
    """Two runs that must be equal are not; the message names the first difference."""


def check(trinity: Trinity, config: Config | str, args: Args | None = None) -> int:
    """Play four epochs straight, resumed after each, and on two workers, and compare.

    A class plays differently after it is rebuilt if ``state()`` leaves out something that matters,
    or if it draws random numbers elsewhere than from ``self.rng``.

    Args:
        trinity: the classes to be tested.
        config: settings, or the name of a preset; a small world is enough.
        args: ``nRealm``, ``seed`` and ``load`` are taken from it, and nothing is written where its
            other values say so; by default 4 realms in two shards.

    Returns:
        The number of epochs compared.

    Raises:
        DifferenceError: names epoch, class and entry of the first difference.
        ForgeError: for any other error.
    """
    trinity = given_trinity(trinity)
    config, args = given(config, Args(nRealm=4) if args is None else args)
    straight = Args(nRealm=args.nRealm, seed=args.seed, load=args.load, engine="serial")
    workers = dataclasses.replace(straight, engine="processes", nWorker=2)
    expected = list(_straight(config, straight, trinity))
    compared = 0
    for how, run in (
        ("resumed", _resumed(config, straight, trinity)),
        ("on two workers", _straight(config, workers, trinity)),
    ):
        with closing(run):  # at once, even if a traceback refers to it
            for epoch, (here, there) in enumerate(zip(expected, run, strict=True), start=1):
                found = next(differences(here, there), None)
                if found is not None:
                    raise DifferenceError(f"epoch {epoch} {how}: {found}; {_ADVICE}")
                compared += 1
    return compared


def _straight(
    config: Config, args: Args, trinity: Trinity
) -> Generator[dict[str, Any], None, None]:
    """Yield the commit after each epoch of one run."""
    with Native(config, args, trinity) as envs:
        for epoch in range(EPOCHS):
            envs.run(epoch + 1, quiet=True)
            yield committed(envs)


def _resumed(config: Config, args: Args, trinity: Trinity) -> Generator[dict[str, Any], None, None]:
    """Yield the commit after each epoch of a run that is resumed before every epoch."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "run")
        for epoch in range(EPOCHS):
            how = {"resume": path, "load": ()} if epoch else {"run": path}
            with Native(config, dataclasses.replace(args, **how), trinity) as envs:
                envs.run(epoch + 1, quiet=True)
                yield committed(envs)


def committed(envs: Native) -> dict[str, Any]:
    """List the parts of a run's last commit: nested dicts with a name for every part.

    The order goes from causes to effects: Gods and Swords change the realms, and all three change
    the Pantheon. So the first part that differs is nearest the cause.
    """
    commit, states = envs.last_commit()
    shards = [unpack(state) for state in states]
    parts: dict[str, Any] = {}
    for index, state in enumerate(shards):
        for number, god in enumerate(state["gods"]):
            parts[f"God {number} of shard {index}"] = god
        parts[f"Sword of shard {index}"] = state["sword"]
    for index, state in enumerate(shards):
        parts[f"realms of shard {index}"] = state["realms"]
    return {**parts, "Pantheon": {**unpack(commit.pantheon), "model": commit.model}}


def differences(here: Any, there: Any, where: str = "") -> Iterator[str]:
    """Compare two trees; yield a line for each difference.

    Args:
        here: the tree of the straight run.
        there: the tree of the other run.
        where: path of both in a larger tree.
    """
    if isinstance(here, dict) and isinstance(there, dict):
        for name in {**here, **there}:
            if name in here and name in there:
                yield from differences(here[name], there[name], f"{where} {name}".strip())
            else:
                yield f"{where} {name} is missing {'there' if name in here else 'here'}"
    elif isinstance(here, (list, tuple)) and type(here) is type(there):
        for i, (ours, theirs) in enumerate(zip_longest(here, there)):
            yield from differences(ours, theirs, f"{where}[{i}]")
    elif isinstance(here, np.ndarray) and isinstance(there, np.ndarray):
        yield from _array_differences(here, there, where)
    elif type(here) is not type(there) or repr(here) != repr(there):
        yield f"{where} is {_short(there)}, but {_short(here)} in a straight run"


def _array_differences(here: Any, there: Any, where: str) -> Iterator[str]:
    if here.shape != there.shape or here.dtype != there.dtype:
        yield f"{where} has another shape or dtype than in a straight run"
    elif here.tobytes() != there.tobytes():
        indices = np.argwhere(np.atleast_1d(here != there))
        first = f" first at {tuple(indices[0].tolist())}" if len(indices) else ""
        yield f"{where} differs from a straight run in {len(indices)} places{first}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
