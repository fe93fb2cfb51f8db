"""Compute with the global settings of a new process, whatever the user's program has set.

Settings of torch, of NumPy and of Python's warnings change what code computes, or whether it can.
A worker begins with the settings of a new process; so does code that computes in the user's
process. Settings that this code changes stay changed for it, as in a worker, and for it alone.
"""

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from forge.trinity.engines import threads

_TINIEST = 5e-324  # the smallest positive float, unless denormals are flushed to zero


class _Setting(NamedTuple):
    """A setting of a thread, or of the process."""

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object]
    plain: Any  # its value in a new process


class Surroundings:
    """While entered, settings are as in a new process, or as the code within has left them.

    Math runs in one thread, so that sums do not depend on the number of cores. One thread at a
    time uses an object; several threads can each use one, as far as the process's settings allow.
    """

    def __init__(self) -> None:
        self._inner: dict[str, Any] = {}  # settings of the code within
        self._stack = ExitStack()

    def __enter__(self) -> None:
        with ExitStack() as stack:
            stack.enter_context(_SHARED.swapped(self._inner))
            stack.enter_context(_no_inference_mode())
            stack.enter_context(_swapped(_of_thread, self._inner))
            stack.enter_context(_on_cpu())
            self._stack = stack.pop_all()

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@contextmanager
def _swapped(list_them: Callable[[Any], list[_Setting]], inner: dict[str, Any]) -> Iterator[None]:
    """Set the inner settings within the block, then restore the outer. Modifies inner in place."""
    outer = {}
    for name, get, put, plain in list_them(_torch()):
        outer[name] = get()
        _put(put, outer[name], inner.get(name, plain))
    try:
        yield
    finally:
        for name, get, put, plain in list_them(_torch()):
            inner[name] = get()
            _put(put, inner[name], outer.get(name, plain))


def _put(put: Callable[[Any], object], found: Any, wanted: Any) -> None:
    if found != wanted:
        put(wanted)


class _Shared:
    """Settings shared by all threads: as in a new process while any thread computes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entered = 0
        self._stack = ExitStack()

    @contextmanager
    def swapped(self, inner: dict[str, Any]) -> Iterator[None]:
        """Swap the settings: the first thread in sets them, the last thread out restores them."""
        with self._lock:
            if not self._entered:
                self._stack.enter_context(threads.one_thread())
                self._stack.enter_context(_shown_warnings())
                self._stack.enter_context(_swapped(_of_process, inner))
            self._entered += 1
        try:
            yield
        finally:
            with self._lock:
                self._entered -= 1
                if not self._entered:
                    self._stack.close()


_SHARED = _Shared()


def _torch() -> Any:
    """Find torch if it has been imported: a program without torch need not wait for it."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "set_default_dtype") else None


@lru_cache(maxsize=2)
def _of_process(torch: Any) -> list[_Setting]:
    """List the settings that all threads share; torch: the module, or None."""
    if torch is None:
        return []

    def deterministic() -> tuple[bool, bool]:
        enabled: bool = torch.are_deterministic_algorithms_enabled()
        return enabled, torch.is_deterministic_algorithms_warn_only_enabled()

    def put_deterministic(value: tuple[bool, bool]) -> None:
        torch.use_deterministic_algorithms(value[0], warn_only=value[1])

    precision = torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
    return [
        _Setting("dtype", torch.get_default_dtype, torch.set_default_dtype, torch.float32),
        _Setting("deterministic", deterministic, put_deterministic, (False, False)),
        _Setting("precision", *precision, "highest"),
    ]


@lru_cache(maxsize=2)
def _of_thread(torch: Any) -> list[_Setting]:
    """List the settings of each thread; torch: the module, or None."""
    plain = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    found = [_Setting("numpy errors", np.geterr, lambda value: np.seterr(**value), plain)]
    if torch is None:
        return found

    def device() -> Any:
        default = getattr(torch, "_GLOBAL_DEVICE_CONTEXT", None)
        return getattr(getattr(default, "device_context", None), "device", None)

    return [
        *found,
        _Setting("gradients", torch.is_grad_enabled, torch.set_grad_enabled, True),
        _Setting("device", device, torch.set_default_device, None),
        _Setting("autocast", *_autocast(torch), False),
        _Setting("denormals", lambda: _TINIEST * 1.0 == 0.0, torch.set_flush_denormal, False),
    ]


def _autocast(torch: Any) -> tuple[Callable[[], bool], Callable[[bool], None]]:
    if hasattr(torch, "get_autocast_dtype"):  # since 2.4, by device
        return (
            lambda: torch.is_autocast_enabled("cpu"),
            lambda value: torch.set_autocast_enabled("cpu", value),
        )
    return torch.is_autocast_cpu_enabled, torch.set_autocast_cpu_enabled


def _no_inference_mode() -> AbstractContextManager[Any]:
    """Leave torch's inference mode, which records no gradients."""
    torch = _torch()
    if torch is None or not torch.is_inference_mode_enabled():
        return ExitStack()
    left: AbstractContextManager[Any] = torch.inference_mode(False)
    return left


def _on_cpu() -> AbstractContextManager[Any]:
    """Make tensors on the CPU, even within the user's block of ``torch.device``."""
    torch = _torch()
    if torch is None or torch.empty(0).device.type == "cpu":
        return ExitStack()
    cpu: AbstractContextManager[Any] = torch.device("cpu")
    return cpu


@contextmanager
def _shown_warnings() -> Iterator[None]:
    """Show warnings that the program has turned into errors; workers heed ``python -W`` too."""
    if sys.warnoptions or all(action != "error" for action, *_ in warnings.filters):
        yield
        return
    shown: list[Any] = [
        ("default" if action == "error" else action, *rest) for action, *rest in warnings.filters
    ]
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.filters[:] = shown  # type: ignore[index]
        yield
