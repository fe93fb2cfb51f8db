"""Let a package offer names, and its modules, that are imported when they are first used."""

import importlib
import sys
from collections.abc import Callable
from typing import Any


def offered(
    package: str, homes: dict[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make the ``__getattr__``, ``__dir__`` and ``__all__`` of a package (PEP 562).

    Args:
        package: its name.
        homes: by module, the names that come from there, with spaces between them. A module that
            is listed for itself has no names.
    """
    home = {name: module for module, names in homes.items() for name in names.split()}
    modules = [module.rpartition(".")[2] for module, names in homes.items() if not names]

    def get(name: str) -> Any:
        if name not in home:
            return _module(package, name)
        value = getattr(importlib.import_module(home[name]), name)
        # A submodule of the same name would hide it.
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home, *modules})

    return get, listed, sorted({*home, *modules})


def _module(package: str, name: str) -> Any:
    """Import a module of a package, as an attribute of the package.

    Raises:
        AttributeError: if there is none.
    """
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{name}":
            raise
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
