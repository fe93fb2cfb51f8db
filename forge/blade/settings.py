"""Declare the settings of a config: their types, ranges and texts, checked on entry."""

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from forge.blade.former import REPLACED
from forge.blade.numbers import is_whole
from forge.errors import ConfigError, nearest, shown

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform as dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """Stand in for the type checker's decorator, which does nothing at run time."""
        return lambda cls: cls


Class = TypeVar("Class")

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def setting(
    doc: str,
    *,
    default: Any,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    v1: str = "",
    take: Callable[[Any], Any] = lambda value: value,
    read: Callable[[Any], Any] | None = None,
    brief: Callable[[Any], Any] = lambda value: value,
) -> Any:
    """Declare one field of a config.

    Args:
        doc: one line.
        default: the default value; also sets the type.
        unit: unit of the value, for example "ticks".
        low: smallest value allowed.
        high: largest value allowed.
        choices: the values allowed, for texts.
        v1: name of the field in Neural MMO v1.0, if it had one.
        take: turns what else may be given into a value of the default's type; leaves all else.
        read: makes of a given value the one that is kept, and refuses others by a ConfigError.
        brief: makes of a kept value what people are told of it, where it is long.
    """
    about = {"doc": doc, "unit": unit, "low": low, "high": high, "choices": choices, "v1": v1}
    more = {"kind": type(default), "take": take, "read": read, "brief": brief}
    return field(default=default, metadata=about | more)


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class Checked:
    """Make every subclass a frozen dataclass, and refuse unknown names and impossible values."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        known = {f.name: f for base in cls.__mro__[1:] for f in _fields_of(base)}
        annotations = inspect.get_annotations(cls)
        for name, value in list(cls.__dict__.items()):
            if name in known:
                if not _is_setting(value):
                    default = checked(known[name], value)
                    setattr(cls, name, field(default=default, metadata=known[name].metadata))
                annotations[name] = known[name].type
            elif name.startswith("_") or callable(value) or _is_descriptor(value):
                continue
            elif not _is_setting(value) or name not in annotations:
                own = (
                    ", and a value of your own belongs to your Sword or God, or is declared with "
                    f"its type: {name}: float = setting(…)"
                )
                raise ConfigError(_unknown(name, known, f"config class {cls.__name__}", own))
        cls.__annotations__ = annotations
        has_own = "__init__" in cls.__dict__
        dataclass(frozen=True)(cls)
        if not has_own:
            naming(check_names)(cls)

    def __post_init__(self) -> None:
        """Check the type and range of every value, and that the values fit together."""
        for f in _fields_of(type(self)):
            object.__setattr__(self, f.name, checked(f, getattr(self, f.name)))
        self.check_together()

    def check_together(self) -> None:
        """Refuse settings that contradict each other; call ``super().check_together()`` first.

        Raises:
            ConfigError: says which settings, and how to mend them.
        """


def naming(check: Callable[[type, Iterable[str]], None]) -> Callable[[type[Class]], type[Class]]:
    """Decorate a dataclass: its ``__init__`` then checks the names that it is given.

    Args:
        check: called with the class and the names; refuses unknown names by a ConfigError.
    """

    def decorated(cls: type[Class]) -> type[Class]:
        init: Any = cls.__init__

        @functools.wraps(init)
        def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807
            check(type(self), named)
            init(self, *values, **named)

        setattr(cls, "__init__", __init__)  # noqa: B010 – mypy forbids the assignment
        return cls

    return decorated


def _fields_of(cls: type) -> tuple[dataclasses.Field[Any], ...]:
    return fields(cls) if dataclasses.is_dataclass(cls) else ()


def _is_setting(value: object) -> bool:
    return isinstance(value, dataclasses.Field) and "kind" in value.metadata


def _is_descriptor(value: object) -> bool:
    return isinstance(value, (property, classmethod, staticmethod))


def _unknown(
    given: object, known: dict[str, dataclasses.Field[Any]], where: str, also: str = ""
) -> str:
    name = str(given)
    v1 = {f.metadata["v1"]: f.name for f in known.values()}
    hint = nearest(name, known) or "; docs/config.md lists all"
    if name and name.upper() in v1:
        hint = f"; did you mean {v1[name.upper()]!r} ({name.upper()} in v1.0)?"
    if name.lower() in REPLACED:
        hint = f"; {REPLACED[name.lower()]}"
    return f"{where} has no setting {shown(given)}{also}{hint}"


def brief(config: Any) -> dict[str, Any]:
    """List all values of a config by name as people are told of them; equal for equal values."""
    return {f.name: f.metadata["brief"](getattr(config, f.name)) for f in fields(config)}


def plain(value: Any) -> Any:
    """Turn a NumPy scalar into a Python value; leave anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def checked(f: dataclasses.Field[Any], value: Any) -> Any:
    """Check one value's type and range; a whole number may stand for a float."""
    about = f.metadata
    kind, value = about["kind"], plain(about["take"](value))
    if is_whole(value):
        value = int(value) if kind is int else _fraction(value) if kind is float else value
    if type(value) is not kind:
        raise ConfigError(f"{f.name} takes {KINDS[kind]}, not {shown(value)}")
    if kind is float and not math.isfinite(value):
        raise ConfigError(f"{f.name} must be finite, not {value!r}")
    if about["choices"] and value not in about["choices"]:
        raise ConfigError(f"{f.name} is one of {', '.join(about['choices'])}; not {shown(value)}")
    if about["low"] is not None and value < about["low"]:
        raise ConfigError(f"{f.name} must be at least {about['low']}, not {shown(value)}")
    if about["high"] is not None and value > about["high"]:
        raise ConfigError(f"{f.name} must be at most {about['high']}, not {shown(value)}")
    return value if about["read"] is None else about["read"](value)


def _fraction(number: int) -> float:
    """Turn a whole number into a float; infinity if it is too large."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def check_names(cls: type, values: Iterable[object]) -> None:
    """Refuse names that a config class does not have.

    Raises:
        ConfigError: suggests the nearest name.
    """
    known = {f.name: f for f in _fields_of(cls)}
    for name in values:
        if name not in known:
            raise ConfigError(_unknown(name, known, "the config"))


def parsed(f: dataclasses.Field[Any], text: str) -> Any:
    """Read a setting's value from a text.

    Raises:
        ConfigError: if the text is not a value of the setting's type.
    """
    kind = f.metadata["kind"]
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() in words:
            return words[text.lower()]
        raise ConfigError(f"{f.name} takes {KINDS[kind]}, not {shown(text)}")
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{f.name} takes {KINDS[kind]}, not {shown(text)}") from None
