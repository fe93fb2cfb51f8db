"""Give a script of one's own the command line of a run, as the examples have it."""

import copy
import re
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from forge.cli.options import plain_errors
from forge.cli.train import train

if TYPE_CHECKING:
    from forge.args import Args

_ITS_OWN = ("api", "quiet")  # what a script itself decides
_DEFAULT = "  [default: "


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
    command.context_settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    try:
        with (
            plain_errors(),
            command.make_context(sys.argv[0], sys.argv[1:], default_map=defaults) as ctx,
        ):
            return Args(**{**defaults, **ctx.params})
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
        elif made.name == "epochs":
            made.help, made.show_default = text, True
    return made
