"""Record the library versions and the processor for which a run's results hold."""

import logging
import platform
import sys
from functools import lru_cache
from hashlib import sha256
from importlib import metadata
from os import PathLike
from pathlib import Path
from typing import Any

import forge
from forge import files
from forge.errors import ForgeError
from forge.ethyr import checkpoint

logger = logging.getLogger("forge.run")

_LIBRARIES = ("numpy", "numba", "torch", "safetensors")


def warn_if_others(path: str | PathLike[str]) -> None:
    """Warn if a run began with other libraries or another processor: results may then differ.

    Args:
        path: JSON file with the result of ``versions`` at the run's start.
    """
    try:
        before = files.read_json(path, dict)
    except ForgeError as error:
        logger.warning("it is not known what versions the run began with: %s", error)
        return
    changed = [name for name, value in versions().items() if before.get(name) != value]
    if changed:
        logger.warning(
            "resumed with other versions of: %s; results may differ from those "
            "of an uninterrupted run",
            ", ".join(changed),
        )


def warn_if_older(about: dict[str, Any]) -> None:
    """Warn if a run draws its actions otherwise than in the version in which it was played.

    Args:
        about: description in the checkpoint from which it is resumed.
    """
    version = about["version"]
    if version < checkpoint.OWN_DRAWS:
        logger.warning(
            "the run was played by an earlier version of Forge (checkpoint format %d), which drew "
            "actions in another way: it goes on with the same weights and worlds, but not to the "
            "digests that it would have reached then",
            version,
        )


def versions(sources: bool = False) -> dict[str, str]:
    """List the library versions and the kind of processor for which results hold.

    Args:
        sources: whether to add a hash of Forge's own files, which may differ in one version.
    """
    found = {"python": platform.python_version(), "forge-mmo": _version("forge-mmo")}
    found |= {name: _version(name) for name in _LIBRARIES}
    found |= {"platform": sys.platform, "processor": _processor()}
    return {**found, "forge's files": _sources()} if sources else found


def differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """Name what differs between two processes that are to compute the same, but for processors."""
    return [name for name in here if name != "processor" and here[name] != there.get(name)]


@lru_cache(maxsize=1)
def _sources() -> str:
    """Hash Forge's Python files, whatever the ends of their lines."""
    files_hash, top = sha256(), Path(forge.__file__).parent
    for path in sorted(top.rglob("*.py"), key=lambda path: path.relative_to(top).parts):
        files_hash.update("/".join(path.relative_to(top).parts).encode())
        files_hash.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return files_hash.hexdigest()[:12]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def _processor() -> str:
    """Name the processor and the instruction sets that the kernels use."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    widest = [
        name
        for name in ("sse4.2", "avx2", "avx512f", "neon", "sve")
        if llvm.get_host_cpu_features().get(name)
    ]
    return " ".join([platform.machine(), str(llvm.get_host_cpu_name()), *widest])
