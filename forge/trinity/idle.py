"""Warn of populations that were perhaps meant to learn, or to have learned."""

import logging

from forge.args import Args
from forge.config import Config
from forge.ethyr.checkpoint import parse_load
from forge.trinity.cast import cast_of
from forge.trinity.trinity import Trinity

logger = logging.getLogger("forge.run")


def warn_of_idle(trinity: Trinity, config: Config, args: Args) -> None:
    """Log a warning for each reason why populations do not learn, or play with random weights.

    A Pantheon of the user's own may move weights as it likes, so nothing is said of it.
    """
    if trinity.Pantheon.__module__.split(".")[0] != "forge":
        return
    loaded = [None] if args.resume else [parse_load(text)[1] for text in args.load]
    for warning in cast_of(trinity.Sword, config).idle(loaded):
        logger.warning("%s", warning)
