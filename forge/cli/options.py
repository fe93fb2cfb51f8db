"""Share options and error handling between the commands."""

import errno
import functools
import os
import shlex
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

import click

if TYPE_CHECKING:
    from forge.config import Config

Function = Callable[..., Any]

OF_THE_NETWORK = ("hidden", "auto_target")  # settings that loaded agents bring along

# Faults of the disk or of a given path, not of the program: one line says enough.
_DISK = frozenset(
    number
    for name in (
        "ENOSPC",
        "EDQUOT",
        "EROFS",
        "EACCES",
        "EPERM",
        "EFBIG",
        "EISDIR",
        "ENOTDIR",
        "EEXIST",
    )
    if (number := getattr(errno, name, None)) is not None
)


class InputError(click.ClickException):
    """A setting or a file that cannot be used; exit code 2, as for any wrong option."""

    exit_code = 2


class StoppedError(click.ClickException):
    """Ctrl-C ended a command before it was done; exit code 130, as shells have it."""

    exit_code = 130

    def show(self, file: Any = None) -> None:
        """Write the message on standard error."""
        click.echo(f"Stopped: {self.message}", err=True)


class Setting(click.ParamType):  # type: ignore[type-arg]
    """A text KEY=VALUE, converted to a pair of texts."""

    name = "KEY=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the first equals sign."""
        if isinstance(value, tuple):
            return value
        key, equals, text = value.partition("=")
        if not equals or not key.strip():
            self.fail(f"expected KEY=VALUE, for example max_agents=64; not {value!r}", param, ctx)
        return key.strip(), text.strip()


def with_settings(
    config: "Config", settings: tuple[tuple[str, str], ...], changed: bool = True
) -> "Config":
    """Change some values of a config.

    Args:
        config: such as a preset.
        settings: names and values.
        changed: False: only make sure that there are such settings, which are of another config.

    Raises:
        InputError: for the name of an option in place of a setting.
        ConfigError: for an unknown name or an impossible value.
    """
    for key, value in settings:
        if key not in config.as_dict():
            _refuse_option(key, value)
    return config.with_texts(dict(settings)) if changed else config


def with_network_of(trained: "Config", config: "Config", settings: Container[str]) -> "Config":
    """Let a config have the network of loaded agents, apart from what was set by hand.

    Args:
        trained: the config that the agents were trained in.
        config: the world that they are to play in.
        settings: names of settings that were given.
    """
    kept = [name for name in OF_THE_NETWORK if name not in settings]
    return config.replace(**{name: getattr(trained, name) for name in kept})


def config_for_loaded(ctx: click.Context, config: "Config", text: str) -> "Config":
    """Find the config for loaded agents: their own, or the named one with their network."""
    from forge.ethyr.checkpoint import open_config, parse_load

    settings = dict(ctx.params["settings"])
    trained = open_config(parse_load(text)[0])
    if not given(ctx, "config_name"):
        return trained.with_texts(settings)
    return with_network_of(trained, config, settings)


def _refuse_option(key: str, value: str) -> None:
    """Say how to give an option that was given as a setting; do nothing for other names."""
    context = click.get_current_context()
    here, root = context.command, context.find_root().command  # which trains
    for command in (here, root):
        option = _option(command, key)
        if option is None:
            continue
        words = option.opts[0] if option.is_flag else f"{option.opts[0]} {shlex.quote(value)}"
        if command is here:
            raise InputError(f"{key} is an option, not a setting: write {words}, without -s")
        raise InputError(
            f"{key} is neither a setting nor an option of {here.name}; training has it: {words}"
        )


def _option(command: click.Command, name: str) -> click.Option | None:
    """Find the option of that name, regardless of case, hyphens and underscores."""
    wanted = _letters(name)
    options = (param for param in command.params if isinstance(param, click.Option))
    long = (option for option in options if option.opts[0].startswith("--"))
    names = ((option, (str(option.name), *option.opts)) for option in long)
    return next((option for option, known in names if wanted in map(_letters, known)), None)


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _setting_for(option: str) -> str:
    """Say how to give a setting that was given as an option; "" for other names."""
    from dataclasses import fields

    from forge.config import Config

    names = {_letters(f.name): f.name for f in fields(Config)}
    found = names.get(_letters(option))
    return "" if found is None else f" {found} is a setting: write -s {found}=VALUE"


def given(ctx: click.Context, name: str) -> bool:
    """Say whether an option was given on the command line."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn every expected error, and Ctrl-C, into one line and an exit code; let others pass."""
    try:
        yield
    except click.NoSuchOption as error:
        name, ctx = error.option_name, error.ctx
        if ctx is None or not any(param.name == "settings" for param in ctx.command.params):
            raise
        message = error.message + _setting_for(name)
        raise click.NoSuchOption(name, message, error.possibilities, ctx) from None
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        raise StoppedError(f"{_running()} is not done") from None
    except Exception as error:
        plain = _plain(error)
        if plain is None:
            raise
        raise plain from error


def _running() -> str:
    """Name the command that runs."""
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return "the command"
    return str(ctx.invoked_subcommand or ctx.info_name or ctx.command.name)


def _plain(error: Exception) -> click.ClickException | None:
    """Find the one-line form of an expected error; None: the error is unexpected."""
    from forge.blade.terrain import MapError
    from forge.config import ConfigError
    from forge.errors import ForgeError, WorkerError

    if isinstance(error, (ConfigError, MapError)):
        return InputError(str(error))
    if isinstance(error, WorkerError) and error.traceback:
        return click.ClickException(f"{error}\n{error.traceback.rstrip()}")
    if isinstance(error, ForgeError):
        return click.ClickException(str(error))
    if isinstance(error, MemoryError):
        return click.ClickException(f"there is not enough memory for these settings: {error}")
    if isinstance(error, OSError) and error.errno in _DISK:
        where = f"cannot use {os.path.abspath(error.filename)}: " if error.filename else ""
        return click.ClickException(f"{where}{error.strerror}")
    return None


@overload
def config_options(function: Function, *, default: str = ...) -> Function: ...


@overload
def config_options(
    *, default: str = ..., of_loaded: bool = ...
) -> Callable[[Function], Function]: ...


def config_options(
    function: Function | None = None, *, default: str = "chaos", of_loaded: bool = False
) -> Any:
    """Add ``--config`` and ``-s`` to a command, which receives ``config``, a checked Config.

    An expected error ends the command with one line. Use as ``@config_options`` or
    ``@config_options(default="law128")``, below ``@click.command()``.

    Args:
        function: the command's function.
        default: name of the default preset.
        of_loaded: whether ``-s`` is about the config of the agents of ``--load``, where these are
            given and ``--config`` is not; the command then asks ``config_for_loaded``.
    """
    if function is None:
        return functools.partial(config_options, default=default, of_loaded=of_loaded)

    @click.option(
        "--config",
        "config_name",
        default=default,
        show_default=True,
        metavar="NAME",
        help="law, chaos or saga; law16 … law128, chaos16 …, saga16 … set the number of agents.",
    )
    @click.option(
        "-s",
        "settings",
        type=Setting(),
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a setting of the config, for example -s hidden=32 (repeatable).",
    )
    @functools.wraps(function)
    def command(
        *args: Any, config_name: str, settings: tuple[tuple[str, str], ...], **kwargs: Any
    ) -> Any:
        from forge.config import preset

        with plain_errors():
            named = given(click.get_current_context(), "config_name")
            changed = named or not (of_loaded and kwargs["load"])
            config = with_settings(preset(config_name), settings, changed)
            return function(*args, config=config, **kwargs)

    return command


def seed_option(function: Function) -> Function:
    """Add ``--seed`` to a command."""
    decorated: Function = click.option(
        "--seed",
        default=0,
        show_default=True,
        type=click.IntRange(0, 2**64 - 1),
        metavar="N",
        help="Master seed of everything random.",
    )(function)
    return decorated


def world_options(warmup: str) -> Callable[[Function], Function]:
    """Add ``--map``, ``--seed`` and ``--warmup`` to a command that shows a world.

    Args:
        warmup: the help of ``--warmup``: what comes after these ticks.
    """
    number = click.option(
        "--map", "number", default=10_000, show_default=True, type=click.IntRange(0, 2**31 - 1),
        metavar="K", help="Number of the map; nobody has trained on maps from 10 000 on.",
    )  # fmt: skip
    ticks = click.option(
        "--warmup", default=500, show_default=True, type=click.IntRange(0, 10_000_000), metavar="N",
        help=warmup,
    )  # fmt: skip
    return lambda function: number(seed_option(ticks(function)))


def record_options(about: str) -> Callable[[Function], Function]:
    """Add ``--record`` and ``--record-realm`` to a command.

    Args:
        about: what is recorded; ends the help of ``--record``.
    """
    record = click.option(
        "--record", type=click.Path(dir_okay=False), metavar="FILE",
        help=f"Record one realm in a new file, which replay plays: {about}",
    )  # fmt: skip
    realm = click.option(
        "--record-realm", default=0, show_default=True, type=click.IntRange(0), metavar="N",
        help="Number of that realm.",
    )  # fmt: skip
    return lambda function: record(realm(function))


def events_option(about: str) -> Callable[[Function], Function]:
    """Add ``--events`` to a command.

    Args:
        about: what of it is written; ends the help.
    """
    return click.option(
        "--events", type=click.Path(dir_okay=False), metavar="FILE",
        help=f"Write everything that happens to agents to a new CSV file (docs/runs.md): {about}",
    )  # fmt: skip


def lives_option(about: str) -> Callable[[Function], Function]:
    """Add ``--lives`` to a command.

    Args:
        about: what lives are written; ends the help.
    """
    return click.option(
        "--lives", type=click.Path(dir_okay=False), metavar="FILE",
        help=f"Write the records of lives that ended to a new CSV file (docs/runs.md): {about}",
    )  # fmt: skip


def serving_options(function: Function) -> Function:
    """Add ``--port`` and ``--host`` to a command that serves a page."""
    port = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="N",
        help="Serve the page on this port and no other; 0: any.  [default: 8080, or the next free]",
    )
    host = click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="Serve it on this address; 0.0.0.0: everybody who can reach this machine can watch.",
    )
    decorated: Function = port(host(function))
    return decorated


def overlay_option(function: Function) -> Function:
    """Add ``--overlays`` to a command that serves a page; see ``load_overlays``."""
    decorated: Function = click.option(
        "--overlays",
        multiple=True,
        metavar="FILE",
        help="Show the overlays that a Python file, or a module by its name, registers with "
        "@overlay (repeatable; docs/viewer.md).",
    )(function)
    return decorated


def load_overlays(sources: tuple[str, ...]) -> None:
    """Import what ``--overlays`` names."""
    if not sources:
        return
    from forge.embyr.layers import load  # the names of these are taken

    for source in sources:
        load(source)
