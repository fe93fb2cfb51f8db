"""Give a script of one's own the command line of Forge, as the examples have it."""

import copy
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from forge.cli.called import typed
from forge.cli.options import given, plain_errors, with_settings
from forge.cli.train import carry_out, train

if TYPE_CHECKING:
    from forge.args import Args
    from forge.config import Config
    from forge.trinity import Trinity

_ITS_OWN = ("api", "quiet")  # what a script itself decides that takes its Args
_OF_FORGE = ("api", "batched")  # what only Forge.py can do
_DEFAULT = "  [default: "
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(doc: str | None, trinity: "Trinity", config: "Config", **defaults: Any) -> None:
    """Train classes of one's own as ``Forge.py`` trains its own, with the same command line.

    There are progress, ``--render``, ``--run`` and ``--resume``, ``-s`` and all other options;
    ``--help`` shows the script's docstring and the options. Nothing is saved without ``--run``.

    Args:
        doc: the script's ``__doc__``.
        trinity: the classes.
        config: settings, which ``-s`` changes and ``--config`` replaces by a preset.
        **defaults: values of options that the command line does not give, such as ``nRealm=2``.
    """

    def callback(
        ctx: click.Context,
        /,
        config_name: str,
        settings: tuple[tuple[str, str], ...],
        **values: Any,
    ) -> None:
        from forge.config import preset

        named = given(ctx, "config_name")
        chosen = with_settings(preset(config_name) if named else config, settings)
        carry_out(ctx, chosen, values, trinity)

    params = [_of_script(param) for param in train.params if param.name not in _OF_FORGE]
    command = click.Command(
        "run", params=params, help=kept_lines(doc), callback=click.pass_context(callback)
    )
    command.context_settings = _SETTINGS
    with _ending():
        name, *words = sys.argv
        code = command.main(words, name, standalone_mode=False, default_map=defaults, obj=typed())
        if code is not None:  # after --help, or Ctrl-C
            sys.exit(code)


def arguments(doc: str | None, **defaults: Any) -> "Args":
    """Read the arguments of a run from the command line of a script.

    ``--help`` shows the script's docstring and the options, which are those of ``Forge.py``.
    Anything wrong ends the script with one line.

    Args:
        doc: the script's ``__doc__``.
        **defaults: values of ``Args`` where the command line gives none.
    """
    from forge.args import Args

    known = {f.name for f in fields(Args)}.difference(_ITS_OWN)
    params = [_of_script(param) for param in train.params if param.name in known]
    command = click.Command(None, params=params, help=kept_lines(doc))
    command.context_settings = _SETTINGS
    with (
        _ending(),
        command.make_context(sys.argv[0], sys.argv[1:], default_map=defaults) as ctx,
    ):
        return Args(**{**defaults, **ctx.params})


@contextmanager
def _ending() -> Iterator[None]:
    """End the script at whatever is wrong, with one line, and after ``--help``."""
    try:
        with plain_errors():
            yield
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def kept_lines(doc: str | None) -> str:
    """Keep the lines of commands, lists and equations, indented or with an asterisk, in a help."""
    return re.sub(r"\n\n(?=    |\* )", "\n\n\b\n", doc or "")


def _of_script(param: click.Parameter) -> click.Parameter:
    """Show the script's own default of an option in place of the program's."""
    made = copy.copy(param)
    if isinstance(made, click.Option) and made.help is not None:
        text, mark, _ = made.help.partition(_DEFAULT)
        if made.name == "run":
            made.help = f"{text}{mark}nothing is written]"
        elif made.name == "config_name":
            made.help, made.show_default = f"{text}{_DEFAULT}the script's own settings]", False
        elif made.name == "epochs":
            made.help, made.show_default = text, True
    return made
