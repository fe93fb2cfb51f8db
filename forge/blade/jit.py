"""Compile kernels, and cache the compiled code so that an edit of any kernel is noticed.

Numba stamps a cached function with its own source file only, so it would miss an edited callee in
another file. Forge therefore caches all its kernels in one directory, named after a hash of every
source file that may hold a kernel (see ``cachedir``, ``kernelcache``).
"""

import contextlib
import dis
import gc
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar

import numba
from llvmlite import ir  # type: ignore[import-untyped]
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
    """Compile a function with numba and cache it; with the JIT off, leave it in Python.

    Args:
        function: takes arrays, records, named tuples of them, and numbers.
    """
    return _compiled(Kernel, function)


def lean(function: Function) -> Function:
    """Compile as ``kernel`` does, without reference counts: for a function that allocates nothing.

    Counting the references to the arrays of a named tuple, in every call and view, would take
    several times as long as the rules of the world.
    """
    return _compiled(Kernel, function, _nrt=False)


def inlined(function: Function) -> Function:
    """Compile as ``lean`` does, into each caller: for a function that is called once per agent."""
    options = {"forceinline": True, "no_cpython_wrapper": True}
    return _compiled(Inlined, function, _nrt=False, **options)


def disjoint(function: Function) -> Function:
    """Compile as ``lean`` does, and promise that no array written overlaps another one given.

    Loops are then vectorised without tests for overlap. For rows of a few dozen numbers, such tests
    cost more than the work itself. Products and sums may be fused (one rounding for a × b + c),
    which depends only on the machine. For the learner, not for the world.
    """
    options: dict[str, Any] = {"noalias": True} if _NOALIAS else {}
    return _compiled(Kernel, function, _nrt=False, fastmath={"contract"}, **options)


def unnamed(arrays: Named) -> Named:
    """Take the names off a named tuple, for a call from Python.

    Numba takes longer to recognise a named tuple, which is noticeable with a single small realm.
    """
    bare: Any = tuple(arrays)
    return bare  # type: ignore[no-any-return]


def _offer_noalias() -> bool:
    """Make numba's flag ``noalias`` an option of the compiler; say whether this numba has it."""
    with contextlib.suppress(ImportError):
        from numba.core.compiler import Flags
        from numba.core.cpu import CPUTargetOptions
        from numba.core.options import TargetOptions

        if hasattr(Flags, "noalias"):
            CPUTargetOptions.noalias = TargetOptions.Mapping("noalias")  # type: ignore
            return True
    return False


_NOALIAS = _offer_noalias()
_OURS = f"_ZN{len('forge')}forge"  # begins the names of compiled functions of this package


def _index_forward() -> None:
    """Let kernels of this package index arrays without a test for negative indices.

    Numba makes an index that is negative count from the end. The test cost a tenth of a tick and
    more. In these kernels only constants count from the end, as in ``a[-1]``; with bounds checks
    any other negative index is an error.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from numba.np import arrayobj

        as_numba_does: Any = arrayobj.fix_integer_index

        def fix_integer_index(context: Any, builder: Any, kind: Any, index: Any, size: Any) -> Any:
            if not builder.function.name.startswith(_OURS) or isinstance(index, ir.Constant):
                return as_numba_does(context, builder, kind, index, size)
            return context.cast(builder, index, kind, types.intp)

        arrayobj.fix_integer_index = fix_integer_index


_index_forward()


class Kernel(_dispatcher):  # type: ignore[misc]
    """A compiled function, with one version for each combination of argument types."""

    def __init__(self, py_func: Callable[..., Any], *args: Any, **more: Any) -> None:
        """Set up the dispatcher and its cache. The arguments are those of CPUDispatcher."""
        super().__init__(py_func, *args, **more)
        folder = cache_directory()
        if not usable():
            say(f"numba {numba.__version__} cannot keep kernels: they are compiled at every start")
        elif folder is not None:
            self._cache = KernelCache(py_func, self.targetoptions, folder)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Find the version for a call from compiled code, the same one for all constants.

        Numba would compile another version for each constant, and for each first value of a
        variable: a fifth of all compilation.
        """
        positional = [_unliteral(arg) for arg in args]
        named = {name: _unliteral(arg) for name, arg in kws.items()}
        return super().get_call_template(positional, named)

    def compile(self, sig: Any) -> Any:
        """Compile or load the version of a signature."""
        with _no_collection():
            return super().compile(sig)


class Inlined(Kernel):
    """A kernel that becomes part of its callers.

    The code that unpacks arguments from Python takes long to compile, so it is left out. A call
    from Python goes through a separate kernel instead, which is compiled at the first such call.
    """

    def _insert(self, *version: Any) -> None:
        """Register no version for calls from Python."""

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:
        """Answer a call from Python with the function to call instead."""
        return self._entrance

    @cached_property
    def _entrance(self) -> Any:
        def entrance(*args: Any) -> Any:
            return inner(*args)

        inner = self
        return _njit(error_model="numpy", _nrt=False)(entrance)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Suspend garbage collection: numba makes millions of objects that live on."""
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
    # Divisions follow NumPy: exception paths would keep loops from being vectorised.
    shared = {"nopython": True, "boundscheck": None, "error_model": "numpy"}
    options = {**shared, "no_cfunc_wrapper": True, **options}
    made: Any = kind(function, targetoptions=options)
    return made  # type: ignore[no-any-return]


# -- Compiled kernels ------------------------------------------------------------------------


def compiled_with(entries: Iterable[Any]) -> dict[str, str]:
    """List some kernels and all kernels that are compiled with them.

    Args:
        entries: kernels.

    Returns:
        The names of the kernels, by the names of their files.
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
    """List the kernels that have yet to be compiled, by the names of their files."""
    folder, wanted = cache_directory(), set(names)
    return wanted - (kept(folder, wanted) if folder is not None else set())


def all_kept(entries: Iterable[Any]) -> bool:
    """Say whether some kernels are compiled, and with them all kernels that they call."""
    kernels = [one for one in entries if isinstance(one, Kernel)]
    return not not_kept(one._cache.name for one in kernels if isinstance(one._cache, KernelCache))


def _named(function: Callable[..., Any]) -> Iterator[Any]:
    """Yield the outside objects that a function refers to, as ``f`` or ``module.f``."""
    yield from (cell.cell_contents for cell in function.__closure__ or ())
    value: Any = None
    for instruction in dis.get_instructions(function):
        if instruction.opname == "LOAD_GLOBAL":
            value = function.__globals__.get(instruction.argval)
            yield value
        elif isinstance(value, ModuleType):
            value = getattr(value, str(instruction.argval), None)
            yield value
