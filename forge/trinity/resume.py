"""Read what a run began with, and hold a resumed run to it."""

import os
from typing import Any

from forge.args import Args
from forge.blade.config import Config, ConfigError
from forge.errors import CheckpointError, VersionError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.trinity import commit as commits
from forge.trinity.commit import Commit
from forge.trinity.rundir import latest_checkpoint

_FREE_TO_CHANGE = ("checkpoint_seconds",)  # settings that a resumed run may change


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
        return commits.load(newest)
    except VersionError:
        raise
    except CheckpointError as error:
        older = checkpoint.in_run(path)[:-1]
        if not older:
            raise
        hint = f"to go on from the one before, {older[-1].name}, move it away"
        raise CheckpointError(f"{error}; {hint}") from None


def check_same(about: dict[str, Any], config: Config, args: Args, layout: Layout) -> None:
    """Refuse to resume a run with other settings than its own.

    Args:
        about: what the run's checkpoint says.
        config: settings to go on with.
        args: likewise.
        layout: of the weights to go on with.

    Raises:
        ConfigError: names the first setting that differs.
    """
    here = {"nRealm": args.nRealm, "seed": args.seed, **config.as_dict()}
    there = {**about["args"], **about["config"]}
    for name in [*here, *there]:
        if here.get(name) != there.get(name) and name not in _FREE_TO_CHANGE:
            raise ConfigError(
                f"cannot resume {args.resume}: {name} is {there.get(name)} there, "
                f"{here.get(name)} here"
            )
    if about["layout"] != layout.described():
        raise ConfigError(f"cannot resume {args.resume}: its network has other weights")
