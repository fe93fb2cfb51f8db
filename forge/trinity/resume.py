"""Read what a run began with, and hold a resumed run to it."""

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from forge.args import Args
from forge.blade.config import Config, ConfigError
from forge.errors import CheckpointError, VersionError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.trinity import commit as commits
from forge.trinity.commit import Commit
from forge.trinity.rundir import latest_checkpoint
from forge.trinity.shard import check_states
from forge.trinity.trinity import Trinity

_FREE_TO_CHANGE = ("checkpoint_seconds",)  # settings that a resumed run may change
_SCRIPT = "__main__"  # the module of what a script or notebook defines


def settings(path: str | os.PathLike[str]) -> tuple[Config, dict[str, int]]:
    """Read the settings of a run that is to be resumed.

    Args:
        path: its directory.

    Returns:
        Its config, and the arguments that must stay as they were (nRealm, seed).

    Raises:
        ForgeError: if there is no usable checkpoint.
    """
    _, _, about = last_commit(path)
    try:
        return Config.from_dict(about["config"]), about["args"]
    except (ConfigError, KeyError, TypeError) as error:
        raise CheckpointError(f"checkpoint {latest_checkpoint(path)}: {error}") from None


def last_commit(path: str | os.PathLike[str]) -> tuple[Commit, list[bytes], dict[str, Any]]:
    """Read the last checkpoint of a run; see ``commit.load``.

    Raises:
        ForgeError: if there is no usable checkpoint; says if older ones lie beside it.
    """
    newest = latest_checkpoint(path)
    try:
        commit, states, about = commits.load(newest)
        _check_worlds(states, about, newest)
        return commit, states, about
    except VersionError:
        raise
    except CheckpointError as error:
        older = checkpoint.in_run(path)[:-1]
        if not older:
            raise
        hint = f"to go on from the one before, {older[-1].name}, move it away"
        raise CheckpointError(f"{error}; {hint}") from None


def _check_worlds(states: list[bytes], about: dict[str, Any], path: Path) -> None:
    """Refuse a checkpoint whose realms are no possible worlds of its config.

    Raises:
        CheckpointError: names the file, the shard, and the first value that is wrong.
    """
    try:
        config, num_realms = Config.from_dict(about["config"]), about["args"]["nRealm"]
    except (ConfigError, KeyError, TypeError) as error:
        raise CheckpointError(f"checkpoint {path}: {error}") from None
    check_states(config, num_realms, states, f"checkpoint {path}")


def class_names(trinity: Trinity) -> dict[str, list[str]]:
    """Name the classes of a run, as a checkpoint does: (module, qualified name) of each."""
    classes = {f.name: getattr(trinity, f.name) for f in fields(trinity)}
    return {name: [cls.__module__, cls.__qualname__] for name, cls in classes.items()}


def check_same(
    about: dict[str, Any], config: Config, args: Args, trinity: Trinity, layout: Layout
) -> None:
    """Refuse to resume a run with other settings or classes than its own.

    Args:
        about: what the run's checkpoint says.
        config: settings to go on with.
        args: likewise.
        trinity: likewise.
        layout: of the weights to go on with.

    Raises:
        ConfigError: names the first setting or class that differs.
    """
    here = {"nRealm": args.nRealm, "seed": args.seed, **config.as_dict()}
    there = {**about["args"], **about["config"]}
    for name in [*here, *there]:
        if here.get(name) != there.get(name) and name not in _FREE_TO_CHANGE:
            raise ConfigError(
                f"cannot resume {args.resume}: {name} is {there.get(name)} there, "
                f"{here.get(name)} here: smith.settings({args.resume!r}) gives the config and "
                "the arguments to go on with"
            )
    _check_classes(about, args, trinity)
    if about["layout"] != layout.described():
        raise ConfigError(f"cannot resume {args.resume}: its network has other weights")


def _check_classes(about: dict[str, Any], args: Args, trinity: Trinity) -> None:
    """Refuse other classes than the run's; a checkpoint may be too old to name them."""
    here = class_names(trinity)
    for name, there in about.get("classes", {}).items():
        if not _same_class(there, here[name]):
            raise ConfigError(
                f"cannot resume {args.resume}: its {name} is {_told(there)}, "
                f"here {_told(here[name])}: resume it from the script that began it, "
                "with the same Trinity(…)"
            )


def _same_class(there: list[str], here: list[str]) -> bool:
    """Compare two names of classes. A script may be renamed, or imported by another."""
    modules = {there[0], here[0]}
    moved = _SCRIPT in modules and not any(name.startswith("forge.") for name in modules)
    return there[1] == here[1] and (len(modules) == 1 or moved)


def _told(name: list[str]) -> str:
    return f"{name[1]} (of {name[0]})"
