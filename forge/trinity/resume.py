"""Read the settings that a run began with, and hold a resumed run to them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from forge.args import Args
from forge.blade.settings import brief
from forge.config import Config, ConfigError
from forge.errors import CheckpointError, StateError, VersionError, shown
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.files import at_home
from forge.trinity import commit as commits
from forge.trinity.commit import Commit
from forge.trinity.rundir import latest_checkpoint
from forge.trinity.shard import check_states, shard_realms
from forge.trinity.shelf import file_name
from forge.trinity.trinity import Trinity

_FREE_TO_CHANGE = ("checkpoint_seconds", "keep")  # settings that a resumed run may change
_CLASSES = tuple(f.name for f in fields(Trinity))
_SCRIPT = "__main__"  # module of the classes that a script or notebook defines


def settings(
    path: str | os.PathLike[str], kind: type[Config] = Config
) -> tuple[Config, dict[str, int]]:
    """Read the settings of a run that is to be resumed.

    Args:
        path: the run's directory.
        kind: class of its config; must be given if that class declares further settings.

    Returns:
        Its config, and the arguments that must not change (nRealm, seed).

    Raises:
        ForgeError: if there is no usable checkpoint.
    """
    _, _, about = last_commit(path, kind)
    return checkpoint.config_of(about, path, kind), about["args"]


@contextmanager
def resuming(path: str | os.PathLike[str] | None, epoch: int) -> Iterator[None]:
    """Name the checkpoint that is at fault if its state does not fit.

    Raises:
        CheckpointError: in place of a StateError.
    """
    try:
        yield
    except StateError as error:
        raise CheckpointError(f"cannot resume {path} from {file_name(epoch)}: {error}") from error


def described(config: Config, args: Args, trinity: Trinity) -> dict[str, Any]:
    """Describe a run in its checkpoints, as ``last_commit`` and ``check_same`` read it."""
    kept = {"nRealm": args.nRealm, "seed": args.seed}
    described = checkpoint.config_described(config)
    return {**described, "args": kept, "classes": _class_names(trinity)}


def last_commit(
    path: str | os.PathLike[str], kind: type[Config] = Config
) -> tuple[Commit, list[bytes], dict[str, Any]]:
    """Read the last checkpoint of a run and check its description; see ``commit.load``.

    Args:
        path: the run's directory.
        kind: class of its config.

    Raises:
        ForgeError: if there is no usable checkpoint; says if there are older ones.
    """
    path = at_home(path)
    newest = latest_checkpoint(path)
    try:
        commit, states, about = commits.load(newest)
        config, args = _read(about, newest, kind)
        _check_parts(commit, len(states), len(shard_realms(config, args.nRealm)), newest)
        check_states(config, args.nRealm, states, f"checkpoint {newest}")
        return commit, states, about
    except VersionError:
        raise
    except CheckpointError as error:
        older = checkpoint.in_run(path)[:-1]
        if not older:
            raise
        hint = f"to go on from the one before, {older[-1].name}, move it away"
        raise CheckpointError(f"{error}; {hint}") from None


def _read(about: dict[str, Any], path: Path, kind: type[Config]) -> tuple[Config, Args]:
    """Read the settings and arguments of a checkpoint.

    Raises:
        CheckpointError: if they are unusable; a VersionError, if a setting is unknown here.
        ConfigError: if its config has settings that ``kind`` lacks.
    """
    described = about.get("config"), about.get("args"), about.get("classes", {})
    if not all(isinstance(each, dict) for each in described):
        raise CheckpointError(f"checkpoint {path} is damaged: it does not describe its run")
    args, classes = about["args"], about.get("classes", {})
    config = checkpoint.config_of(about, path, kind)
    whole = all(type(value) is int for value in args.values())  # Args checks the rest
    if args.keys() != {"nRealm", "seed"} or not whole:
        raise CheckpointError(f"checkpoint {path} is damaged: it does not describe its run")
    if not all(checkpoint.is_class_name(classes[name]) and name in _CLASSES for name in classes):
        raise CheckpointError(f"checkpoint {path} is damaged: it does not name its classes")
    try:
        return config, Args(**args)
    except ConfigError as error:
        raise CheckpointError(f"checkpoint {path}: {error}") from None


def _check_parts(commit: Commit, shards: int, expected: int, path: Path) -> None:
    """Refuse a checkpoint that lacks a part of its run, or was renamed.

    Args:
        commit: the commit in it.
        shards: number of shards' states in it; 0 before the first epoch.
        expected: number of shards of its run.
        path: the file.

    Raises:
        CheckpointError: names the file and its fault.
    """
    if commit.epoch != checkpoint.epoch_of(path):
        raise CheckpointError(
            f"checkpoint {path} is of epoch {commit.epoch}: give it back its name"
        )
    if shards != (expected if commit.epoch else 0):
        raise CheckpointError(f"checkpoint {path} holds {shards} shards: its run has {expected}")


def _class_names(trinity: Trinity) -> dict[str, list[str]]:
    """Name the classes of a run as a checkpoint does: [module, qualified name] of each."""
    classes = {f.name: getattr(trinity, f.name) for f in fields(trinity)}
    return {name: [cls.__module__, cls.__qualname__] for name, cls in classes.items()}


def check_same(
    about: dict[str, Any], config: Config, args: Args, trinity: Trinity, layout: Layout
) -> None:
    """Refuse to resume a run with other settings or classes than its own.

    Args:
        about: description in the run's checkpoint, see ``last_commit``.
        config: settings to go on with.
        args: arguments to go on with.
        trinity: classes to go on with.
        layout: layout of the weights to go on with.

    Raises:
        ConfigError: names the first setting or class that differs.
    """
    kind = type(config)
    began = checkpoint.config_of(about, f"{args.resume}", kind)
    if shard_realms(config, args.nRealm) == shard_realms(began, args.nRealm):
        config = config.replace(realms_per_shard=began.realms_per_shard)  # the same in other words
    here = {"nRealm": args.nRealm, "seed": args.seed, **brief(config)}
    there = {**about["args"], **brief(began)}
    for name in here:
        if here[name] != there[name] and name not in _FREE_TO_CHANGE:
            of_kind = f", {kind.__name__}" if kind.__module__ != Config.__module__ else ""
            raise ConfigError(
                f"cannot resume {args.resume}: {name} is {shown(there[name])} there, "
                f"{shown(here[name])} here: smith.settings({args.resume!r}{of_kind}) gives the "
                "config and the arguments to go on with"
            )
    _check_classes(about, args, trinity)
    if about.get("layout") != layout.described():
        raise ConfigError(f"cannot resume {args.resume}: its network has other weights")


def _check_classes(about: dict[str, Any], args: Args, trinity: Trinity) -> None:
    """Refuse other classes than the run's; a checkpoint may be too old to name them."""
    here = _class_names(trinity)
    for name, there in about.get("classes", {}).items():
        if not _same_class(there, here[name]):
            raise ConfigError(
                f"cannot resume {args.resume}: its {name} is {_told(there)}, "
                f"here {_told(here[name])}: resume it from the script that began it, "
                "with the same Trinity(…)"
            )


def _same_class(there: list[str], here: list[str]) -> bool:
    """Compare two names of classes. A script may be renamed, or imported by another script."""
    modules = {there[0], here[0]}
    moved = _SCRIPT in modules and not any(name.startswith("forge.") for name in modules)
    return there[1] == here[1] and (len(modules) == 1 or moved)


def _told(name: list[str]) -> str:
    return f"{name[1]} (of {name[0]})"
