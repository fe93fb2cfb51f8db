"""Compile kernels, and keep the compiled code where an edit of any kernel is noticed.

Numba stamps a cached function with its own source file only, so an edited callee in another file
would be missed. All of Forge's kernels are therefore cached in one directory that is named after
a hash of every source file that may hold a kernel (see ``cachedir``, ``kernelcache``).
"""

import contextlib
import dis
import gc
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar

import numba
from numba.core import types
from numba.core.registry import CPUDispatcher

from forge.blade.cachedir import cache_directory as cache_directory
from forge.blade.cachedir import say
from forge.blade.kernelcache import KernelCache, kept, usable

Function = TypeVar("Function", bound=Callable[..., Any])
Named = TypeVar("Named", bound=tuple[Any, ...])

_config: Any = numba.config
_njit: Any = numba.njit
_unliteral: Any = types.unliteral
_dispatcher: Any = CPUDispatcher


def kernel(function: Function) -> Function:
    """Compile a function with numba, cached (see the module); plain Python when the JIT is off.

    Args:
        function: takes arrays, records, named tuples of them, and numbers.
    """
    return _compiled(Kernel, function)


def lean(function: Function) -> Function:
    """Compile as ``kernel`` does, without reference counts: for a function that allocates nothing.

    Counting references to the arrays of a named tuple, in and out of every call and view, would
    cost several times what the rules of the world cost.
    """
    return _compiled(Kernel, function, _nrt=False)


def inlined(function: Function) -> Function:
    """Compile as ``lean`` does, and into each caller: for what is called once per agent."""
    options = {"forceinline": True, "no_cpython_wrapper": True}
    return _compiled(Inlined, function, _nrt=False, **options)


def disjoint(function: Function) -> Function:
    """Compile as ``lean`` does, and promise that no array written overlaps another one given.

    Loops are then vectorised without tests for overlap, which for rows of a few dozen numbers cost
    more than the work itself. Products and sums may be fused (one rounding for a × b + c), which
    depends on nothing but the machine. For the learner, not for the world.
    """
    options: dict[str, Any] = {"noalias": True} if _NOALIAS else {}
    return _compiled(Kernel, function, _nrt=False, fastmath={"contract"}, **options)


def unnamed(arrays: Named) -> Named:
    """Take the names off a named tuple, for a call from Python.

    A named tuple takes numba longer to recognise, which shows where a single realm is small.
    """
    plain: Any = tuple(arrays)
    return plain  # type: ignore[no-any-return]


def _offer_noalias() -> bool:
    """Give numba's flag ``noalias`` an option, which it lacks; say whether there is such a flag."""
    with contextlib.suppress(ImportError):
        from numba.core.compiler import Flags
        from numba.core.cpu import CPUTargetOptions
        from numba.core.options import TargetOptions

        if hasattr(Flags, "noalias"):
            CPUTargetOptions.noalias = TargetOptions.Mapping("noalias")  # type: ignore
            return True
    return False


_NOALIAS = _offer_noalias()


class Kernel(_dispatcher):  # type: ignore[misc]
    """A compiled function, with a version for all types of arguments that it is called with."""

    def __init__(self, py_func: Callable[..., Any], *args: Any, **more: Any) -> None:
        """See CPUDispatcher."""
        super().__init__(py_func, *args, **more)
        folder = cache_directory()
        if not usable():
            say(f"numba {numba.__version__} cannot keep kernels: they are compiled at every start")
        elif folder is not None:
            self._cache = KernelCache(py_func, self.targetoptions, folder)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Find the version for a call from compiled code, which is the same for all constants.

        Numba would make one more for each constant, and for what is only the first value of a
        variable: a fifth of all that is compiled.
        """
        plain = [_unliteral(arg) for arg in args]
        named = {name: _unliteral(arg) for name, arg in kws.items()}
        return super().get_call_template(plain, named)

    def compile(self, sig: Any) -> Any:
        """Compile or load the version of a signature."""
        with _no_collection():
            return super().compile(sig)


class Inlined(Kernel):
    """A kernel that becomes part of its callers.

    What unpacks arguments that come from Python costs much time to compile, so it is left out: a
    call from Python goes through a kernel of its own, which is compiled then.
    """

    def _insert(self, *version: Any) -> None:
        """Offer nothing to calls from Python."""

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:
        """Answer a call from Python: return what it calls instead."""
        return self._entrance

    @cached_property
    def _entrance(self) -> Any:
        def entrance(*args: Any) -> Any:
            return inner(*args)

        inner = self
        return _njit(error_model="numpy", _nrt=False)(entrance)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Put off the search for garbage: numba makes millions of objects that live on."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _compiled(kind: type[Kernel], function: Function, **options: Any) -> Function:
    if _config.DISABLE_JIT:
        return function
    # Divisions follow NumPy (no exception paths, which would keep loops from being vectorised).
    shared = {"nopython": True, "boundscheck": None, "error_model": "numpy"}
    options = {**shared, "no_cfunc_wrapper": True, **options}
    made: Any = kind(function, targetoptions=options)
    return made  # type: ignore[no-any-return]


# -- What is compiled ------------------------------------------------------------------------


def compiled_with(entries: Iterable[Any]) -> dict[str, str]:
    """List all kernels that are compiled when some are called, themselves among them.

    Args:
        entries: kernels.

    Returns:
        For each the name of its files, and its own.
    """
    found: dict[Any, None] = {}
    waiting = list(entries)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Kernel) and one not in found:
            found[one] = None
            waiting += _named(one.py_func)
    return {one._cache.name: one.__name__ for one in found if isinstance(one._cache, KernelCache)}


def not_kept(names: Iterable[str]) -> set[str]:
    """Tell which kernels, by the names of their files, have yet to be compiled."""
    folder, wanted = cache_directory(), set(names)
    return wanted - (kept(folder, wanted) if folder is not None else set())


def all_kept(entries: Iterable[Any]) -> bool:
    """Say whether some kernels are compiled, and so all that they call."""
    kernels = [one for one in entries if isinstance(one, Kernel)]
    return not not_kept(one._cache.name for one in kernels if isinstance(one._cache, KernelCache))


def _named(function: Callable[..., Any]) -> Iterator[Any]:
    """Yield what a function refers to from outside, as ``f`` or ``module.f``."""
    yield from (cell.cell_contents for cell in function.__closure__ or ())
    value: Any = None
    for instruction in dis.get_instructions(function):
        if instruction.opname == "LOAD_GLOBAL":
            value = function.__globals__.get(instruction.argval)
            yield value
        elif isinstance(value, ModuleType):
            value = getattr(value, str(instruction.argval), None)
            yield value
