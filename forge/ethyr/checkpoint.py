"""Keep weights, and whatever else a run needs to go on, in one safetensors file.

The file's metadata holds one JSON object (``about``) and a sha256 over it and all tensors, for a
flipped bit would otherwise load silently. Loading executes nothing.

Shape letters: P populations, n parameters of one population.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge import files
from forge.blade.config import Config, ConfigError
from forge.errors import CheckpointError, VersionError
from forge.ethyr.layout import Layout

Array = NDArray[Any]
Path_ = str | os.PathLike[str]

FORMAT, VERSION = "forge checkpoint", 2  # 2: states are packed without their zeros
OLDEST = 1  # version that can still be read
MODEL = "model"  # name of the weights among the tensors
_OF_RUN = re.compile(r"epoch-\d{8,}\.safetensors")


def write(path: Path_, tensors: dict[str, Array], about: dict[str, Any]) -> None:
    """Write a checkpoint, atomically.

    Args:
        path: the file.
        tensors: arrays of plain numbers, by name.
        about: JSON values.

    Raises:
        ForgeError: if it cannot be written; a file of that name is then as it was.
    """
    from safetensors.numpy import save

    text = json.dumps({"format": FORMAT, "version": VERSION, **about})
    tensors = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    data = save(tensors, metadata={"about": text, "sha256": _checksum(tensors, text)})
    files.write_atomic(path, data)


def read(path: Path_) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read a checkpoint.

    Args:
        path: the file, or the directory of a run: then its last one.

    Returns:
        The tensors by name, and what was said about them.

    Raises:
        CheckpointError: names the file and what is wrong with it; a VersionError, if it is whole.
    """
    name = os.fspath(path)
    if Path(path).is_dir():
        found = in_run(path)
        if not found:
            raise CheckpointError(f"directory {name} is no run that holds a checkpoint")
        path = found[-1]
        name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read checkpoint {name}: {error.strerror}") from None
    try:
        tensors, metadata = _parse(data)
        text, checksum = metadata["about"], metadata["sha256"]
    except Exception:
        raise CheckpointError(f"{name} is no checkpoint, or was truncated or corrupted") from None
    if _checksum(tensors, text) != checksum:
        raise CheckpointError(f"checkpoint {name} is corrupted: its checksum does not match")
    about = json.loads(text)
    if about.get("format") != FORMAT or not OLDEST <= about.get("version", 0) <= VERSION:
        raise VersionError(
            f"checkpoint {name} is of version {about.get('version')}; this is version {VERSION}"
        )
    return tensors, about


def in_run(path: Path_) -> list[Path]:
    """List the checkpoints that a run wrote into its directory, the oldest first.

    What people put beside them, a copy under another name, for example, is none of them.
    """
    found = (Path(path) / "checkpoints").glob("epoch-*.safetensors")
    return sorted(file for file in found if _OF_RUN.fullmatch(file.name))


def save_model(path: Path_, model: Array, layout: Layout, config: Config) -> None:
    """Write weights alone. Raises as ``write``."""
    about = {"layout": layout.described(), "config": config.as_dict()}
    write(path, {MODEL: model}, about)


def load_model(path: Path_, layout: Layout) -> Array:
    """Read weights that must have a given layout.

    Returns:
        float32 (P, n), of as many populations as the file holds.

    Raises:
        CheckpointError: if the file is unreadable, corrupted, or of another layout.
    """
    tensors, about = read(path)
    theirs = {name: tuple(shape) for name, shape in about.get("layout", [])}
    for name in {**layout.shapes, **theirs}:
        ours, found = layout.shapes.get(name), theirs.get(name)
        if ours != found:
            raise CheckpointError(
                f"checkpoint {os.fspath(path)} is of another network: "
                f"{name} has shape {found or 'none'} there, {ours or 'none'} here"
            )
    model = tensors.get(MODEL)
    if model is None or model.dtype != np.float32 or model.shape[1:] != (layout.size,):
        raise CheckpointError(f"checkpoint {os.fspath(path)} holds no weights of this layout")
    return model


def open_config(path: Path_) -> Config:
    """Read the config that a checkpoint's weights were trained with.

    Raises:
        CheckpointError: if the file is unreadable or corrupted.
    """
    _, about = read(path)
    try:
        return Config.from_dict(about["config"])
    except (ConfigError, KeyError) as error:
        raise CheckpointError(f"checkpoint {os.fspath(path)}: {error}") from None


def merged(
    model: Array, loaded: Array, population: int | None, source: int | None, path: Path_
) -> Array:
    """Put loaded weights in the place of a model's.

    Args:
        model: float32 (P, n), the present weights.
        loaded: float32 (any, n), those of a file.
        population: the population that takes them; None: all take theirs.
        source: which of the file's they are; None: the same number, or the file's only one.
        path: the file, for messages.

    Returns:
        float32 (P, n), a copy.

    Raises:
        CheckpointError: if there is no such population on either side.
    """
    name, P = os.fspath(path), len(model)
    if population is None:
        if len(loaded) not in (1, P):
            raise CheckpointError(
                f"checkpoint {name} holds {len(loaded)} populations, the config {P}: "
                "say which goes where, for example 0=FILE"
            )
        return np.repeat(loaded, P // len(loaded), axis=0)
    if not 0 <= population < P:
        raise CheckpointError(f"cannot load population {population}: the config has {P}")
    if source is None:
        source = 0 if len(loaded) == 1 else population
    if not 0 <= source < len(loaded):
        raise CheckpointError(
            f"checkpoint {name} has no population {source} (it holds {len(loaded)}): "
            f"say which to take, for example {population}={name}#0"
        )
    model = model.copy()
    model[population] = loaded[source]
    return model


def parse_load(text: str) -> tuple[str, int | None, int | None]:
    """Read one ``--load``: FILE, 2=FILE or 2=FILE#0.

    Returns:
        The file, the population that takes its weights, and the file's population they are of.
    """
    number, equals, rest = text.partition("=")
    if not (equals and number.strip().isdigit()):
        return text, None, None
    name, mark, source = rest.rpartition("#")
    if mark and source.isdigit():
        return name, int(number), int(source)
    return rest, int(number), None


def _parse(data: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    from safetensors.numpy import load

    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    return load(data), metadata


def _checksum(tensors: dict[str, Array], text: str) -> str:
    total = hashlib.sha256(text.encode())
    for name, array in sorted(tensors.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
