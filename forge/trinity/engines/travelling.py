"""Let the user's classes travel to workers, and name what cannot.

Classes that cannot be imported elsewhere, such as those of a script or a notebook, travel by value
(cloudpickle).
"""

import pickle
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import FunctionType
from typing import Any

import cloudpickle

from forge.errors import ConfigError, ForgeError

_REMEDY = "make it in __init__, or use Args(engine='serial')"


def pack(setup: Any) -> bytes:
    """Pack what workers begin with.

    Args:
        setup: see Crew.start.

    Raises:
        ConfigError: names the class that cannot travel, and what it uses.
    """
    owners = {cls.__module__: f"{role} {cls.__name__}" for role, cls in classes_of(setup)}
    try:
        # In one piece: classes of one module go on to share its variables.
        return pickle.dumps((owners, cloudpickle.dumps(setup)))
    except Exception as error:
        for role, cls in classes_of(setup):
            if trouble := _trouble(cls):
                who = f"{role} {cls.__name__}"
                found = next(filter(None, map(_named_trouble, _used(cls))), trouble)
                raise ConfigError(
                    f"{who} uses something that cannot travel to a worker ({found}): {_REMEDY}"
                ) from error
        raise ConfigError(
            f"the config or the arguments cannot travel to a worker ({_line(error)})"
        ) from error


def unpack(data: bytes) -> Any:
    """Unpack in a worker what ``pack`` has packed.

    Raises:
        ForgeError: for classes that cannot be loaded here.
    """
    owners, packed = pickle.loads(data)
    try:
        return pickle.loads(packed)
    except Exception as error:
        module = getattr(error, "name", None) or ""
        who = owners.get(module, "a class of this run, or something that it uses,")
        raise ForgeError(
            f"{who} cannot be loaded in a worker ({_line(error)}): put the folder of its module "
            "on sys.path, or use Args(engine='serial')"
        ) from error


def classes_of(setup: Any) -> Iterator[tuple[str, type]]:
    """List the user's classes in what workers begin with, a Trinity's, each with its role."""
    for part in setup if isinstance(setup, tuple) else ():
        for field in fields(part) if is_dataclass(part) else ():
            value = getattr(part, field.name)
            if isinstance(value, type):
                yield field.name, value


def _used(cls: type) -> Iterator[tuple[str, Any]]:
    """List what a class uses, with its name: attributes, and globals and variables of methods."""
    for base in cls.__mro__:
        if base.__module__ != cls.__module__:
            continue
        for name, value in vars(base).items():
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType):
                for used, thing in used_by(function):
                    if not any(thing is base for base in cls.__mro__):
                        yield f"{used} in {name}", thing
            elif not name.startswith("_"):
                yield name, value


def used_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """List the globals and the variables of outer functions that a function uses, by name."""
    code = function.__code__
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # it has no value yet
            continue


def _named_trouble(named: tuple[str, Any]) -> str:
    trouble = _trouble(named[1])
    return f"{named[0]}: {trouble}" if trouble else ""


def _trouble(thing: Any) -> str:
    """Say why something cannot travel; "": it can."""
    try:
        cloudpickle.dumps(thing)
    except Exception as error:
        return _line(error) or type(error).__name__
    return ""


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
