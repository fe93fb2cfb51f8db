"""Let a package offer names that are imported when they are first used."""

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
        homes: by module, the names that come from there, with spaces between them. A module whose
            own name is meant has no names.
    """
    home = {name: module for module, names in homes.items() for name in names.split()}
    modules = {module.rpartition(".")[2]: module for module, names in homes.items() if not names}

    def get(name: str) -> Any:
        if name in modules:
            return importlib.import_module(modules[name])
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(home[name]), name)
        # A submodule of the same name would hide it.
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home, *modules})

    return get, listed, sorted({*home, *modules})
