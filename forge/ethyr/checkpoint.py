"""Keep weights, and everything else that a run needs to go on, in one safetensors file.

The file's metadata holds one JSON object (``about``) and a sha256 over it and all tensors, as a
flipped bit would otherwise load silently. An edited file may carry a correct checksum, so values
are still checked here and where they are used. Loading executes nothing.

Shape letters: P populations, n parameters of one population.
"""

import hashlib
import json
import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from forge import files
from forge.blade.former import kept_together, renewed
from forge.config import Config, ConfigError
from forge.errors import CheckpointError, ForgeError, VersionError, shown
from forge.ethyr import misfit
from forge.ethyr.layout import Layout
from forge.ethyr.pretrained import located

Array = NDArray[Any]
Path_ = str | os.PathLike[str]

# Version 2 packs states without their zeros. In version 3 a run has a checkpoint before its first
# epoch, without shards, and checkpoints hold the sums of the run's records. Since version 4 each
# choice of an agent is drawn from a stream of its own. Since version 5 up to eight realms with
# several populations are computed together by default, where it was four.
FORMAT, VERSION = "forge checkpoint", 5
OWN_DRAWS = 4  # version since which they are
LARGE_SHARDS = 5  # version since which there are such shards
OLDEST = 1  # version that can still be read
MODEL = "model"  # name of the weights among the tensors
FOLDER = "checkpoints"  # in a run's directory
BEST = "best.safetensors"  # the run's best checkpoint, beside the newest
_LONGEST_NAME = 300  # characters
_MOST_AXES = 32
_OF_RUN = re.compile(r"epoch-([0-9]{8,})\.safetensors")


def write(path: Path_, tensors: dict[str, Array], about: dict[str, Any]) -> None:
    """Write a checkpoint atomically.

    Args:
        path: the file.
        tensors: arrays of numbers, by name.
        about: JSON values.

    Raises:
        ForgeError: if the file cannot be written; an earlier file of that name is then unchanged.
    """
    from safetensors.numpy import save

    text = json.dumps({"format": FORMAT, "version": VERSION, **about}, allow_nan=False)
    tensors = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    data = save(tensors, metadata={"about": text, "sha256": _checksum(tensors, text)})
    files.write_atomic(files.at_home(path), data)


def read(path: Path_) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read a checkpoint.

    Args:
        path: the file, the directory of a run, whose last checkpoint is then read, or the name of
            agents that come with the package (see ``forge.ethyr.pretrained``).

    Returns:
        The tensors by name, and their description ``about``.

    Raises:
        CheckpointError: names the file and says what is wrong with it; a VersionError if the file
            is intact but of another version.
    """
    name, path = os.fspath(path), located(path)
    if Path(path).is_dir():
        found = in_run(path)
        if not found:
            raise CheckpointError(f"directory {name} is no run that holds a checkpoint")
        path = found[-1]
        name = os.fspath(path)
    try:
        data = files.read(path)
    except ForgeError as error:
        raise CheckpointError(str(error).replace("cannot read", "cannot read checkpoint")) from None
    try:
        tensors, metadata = _parse(data)
        text, checksum = metadata["about"], metadata["sha256"]
    except Exception:
        raise CheckpointError(f"{name} is no checkpoint, or was truncated or corrupted") from None
    if _checksum(tensors, text) != checksum:
        raise CheckpointError(f"checkpoint {name} is corrupted: its checksum does not match")
    try:
        about = files.parse_json(text, dict)
    except ValueError as error:
        raise CheckpointError(f"checkpoint {name} is damaged: its description: {error}") from None
    version = about.get("version")
    if about.get("format") != FORMAT or type(version) is not int:
        raise CheckpointError(f"{name} is no checkpoint of Forge")
    if not OLDEST <= version <= VERSION:
        raise VersionError(f"checkpoint {name} is of version {version}; this is version {VERSION}")
    return tensors, about


def in_run(path: Path_) -> list[Path]:
    """List the checkpoints that a run wrote into its directory, the oldest first.

    Other files beside them, such as copies under other names, are left out.
    """
    found = (Path(files.at_home(path)) / FOLDER).glob("epoch-*.safetensors")
    return sorted(
        (file for file in found if _OF_RUN.fullmatch(file.name)),
        key=lambda file: (epoch_of(file), file.name),
    )


def epoch_of(path: Path_) -> int | None:
    """Read the epoch of a run's checkpoint from its file name; None: the name holds none."""
    found = _OF_RUN.fullmatch(Path(path).name)
    return int(found[1]) if found else None


def save_model(path: Path_, model: Array, layout: Layout, config: Config) -> None:
    """Write weights alone; raise the errors of ``write``."""
    write(path, {MODEL: model}, {"layout": layout.described(), **config_described(config)})


def load_model(path: Path_, layout: Layout, config: Config | None = None) -> Array:
    """Read weights that must have a given layout; see ``load_described``."""
    return load_described(path, layout, config)[0]


def load_described(
    path: Path_, layout: Layout, config: Config | None = None
) -> tuple[Array, dict[str, Any]]:
    """Read weights that must have a given layout, and the checkpoint's description.

    Args:
        path: the file.
        layout: of the network that is to have the weights.
        config: its settings; if given, an error says which of those in the file are others.

    Returns:
        The weights, float32 (P, n), where P is the number of populations in the file; and the
        description.

    Raises:
        CheckpointError: if the file is unreadable, corrupted, or of another layout.
    """
    name = os.fspath(path)
    tensors, about = read(path)
    theirs = _shapes(about, name)
    for part in (*misfit.OF_WORLDS, *layout.shapes, *theirs):
        ours, found = layout.shapes.get(part), theirs.get(part)
        if ours != found:
            why = _whose(about) or (
                misfit.of_world(part, ours, found) or misfit.of_settings(about, config)
            )
            raise CheckpointError(
                f"checkpoint {name} is of another network: "
                f"{part} has shape {found or 'none'} there, {ours or 'none'} here{why}"
            )
    model = tensors.get(MODEL)
    if (
        model is None
        or model.dtype != np.float32
        or model.ndim != 2
        or model.shape[1] != layout.size
    ):
        raise CheckpointError(f"checkpoint {name} holds no weights of this layout")
    if not np.isfinite(model).all():
        raise CheckpointError(f"checkpoint {name} holds weights that are not finite")
    return model, about


def _shapes(about: dict[str, Any], name: str) -> dict[str, tuple[int, ...]]:
    """Read the layout that a checkpoint describes: name → shape."""
    described = about.get("layout", [])
    try:
        shapes = {part: tuple(shape) for part, shape in described}
        sound = all(_is_name(part) and _is_shape(shape) for part, shape in shapes.items())
    except (TypeError, ValueError):
        sound = False
    if not sound or len(shapes) < len(described):
        raise CheckpointError(f"checkpoint {name} is damaged: its layout")
    return shapes


def _is_name(value: Any) -> bool:
    """Tell whether a value is a name that a message can show unchanged."""
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable()


def _is_shape(value: tuple[Any, ...]) -> bool:
    return len(value) <= _MOST_AXES and all(type(n) is int and 0 <= n < 2**31 for n in value)


def is_class_name(value: Any) -> bool:
    """Tell whether a value names a class: [module, qualified name]."""
    return isinstance(value, list) and len(value) == 2 and all(map(_is_name, value))


def own_sword(about: dict[str, Any]) -> str | None:
    """Name the Sword that a checkpoint's weights were trained with; None: a Sword of Forge."""
    classes = about.get("classes")
    sword = _own_class(classes.get("Sword") if isinstance(classes, dict) else None)
    return None if sword is None else "{1} (of {0})".format(*sword)


def _own_class(named: Any) -> list[str] | None:
    """Find the class that a checkpoint names; None: there is none, or it belongs to Forge."""
    return named if is_class_name(named) and named[0].split(".")[0] != "forge" else None


def _whose(about: dict[str, Any]) -> str:
    """Say what to do with weights that were trained by a user's Sword."""
    sword = own_sword(about)
    if sword is None:
        return ""
    return (
        f"; it was trained by a Sword of its own, {sword}: load it from Python with that class, "
        "smith.Native(config, Args(load=[…]), Trinity(…)) to train, "
        "evaluate.trained(config, […], plan, Sword) to evaluate (docs/api.md)"
    )


def config_described(config: Config) -> dict[str, Any]:
    """Describe a config by its values and the name of its class, for ``config_of``."""
    cls = type(config)
    return {"config": config.as_dict(), "config_class": [cls.__module__, cls.__qualname__]}


def open_config(path: Path_, kind: type[Config] = Config) -> Config:
    """Read the config that a checkpoint's weights were trained with.

    Args:
        path: the file, or the directory of a run, whose last checkpoint is then read.
        kind: class of the config; must be given for a subclass that declares further settings.

    Raises:
        CheckpointError: if the file is unreadable or corrupted.
        ConfigError: if the checkpoint has further settings, which ``kind`` lacks.
    """
    return config_of(read(path)[1], path, kind)


def config_of(about: dict[str, Any], path: Path_, kind: type[Config] = Config) -> Config:
    """Build the config that a checkpoint describes.

    A setting that the checkpoint lacks is newer than the checkpoint. It takes the default of
    ``Config``, even if a subclass changes that default. A setting that the subclass declares takes
    the subclass's default.

    Args:
        about: description in the checkpoint.
        path: the file, for messages.
        kind: class of the config, as for ``open_config``.

    Raises:
        CheckpointError: if the settings are missing or impossible; a VersionError if one is
            unknown.
        ConfigError: if the checkpoint has further settings, which ``kind`` lacks.
    """
    name = os.fspath(path)
    values: Any = about.get("config")  # from_dict refuses what is no dict
    if not (isinstance(kind, type) and issubclass(kind, Config)):
        raise ConfigError(f"a class of configs is a subclass of Config, not {shown(kind)}")
    if isinstance(values, dict):
        values = Config().as_dict() | renewed(values)
        known = {f.name for f in fields(kind)}
        unknown = [shown(each) for each in values if each not in known][:3]
        if unknown:
            _refuse(", ".join(unknown), name, _own_class(about.get("config_class")))
        realms = _num_realms(about)
        if realms and about.get("version", VERSION) < LARGE_SHARDS:
            values = kept_together(values, realms)
    try:
        return kind.from_dict(values)
    except ConfigError as error:
        raise CheckpointError(f"checkpoint {name}: {error}") from None


def _num_realms(about: dict[str, Any]) -> int:
    """Read how many realms a run has; 0: the checkpoint is of no run, or does not say."""
    args = about.get("args")
    found = args.get("nRealm") if isinstance(args, dict) else None
    return found if type(found) is int and found > 0 else 0


def _refuse(settings: str, name: str, own: list[str] | None) -> NoReturn:
    """Refuse settings that a config class lacks, and say what to do."""
    if own is None:
        raise VersionError(
            f"checkpoint {name} is of another version of Forge: there is no setting {settings} here"
        )
    cls = own[1].rpartition(".")[2]
    raise ConfigError(
        f"checkpoint {name} has settings of its own, {settings}, which {own[1]} (of {own[0]}) "
        f"declares: go on from Python with that class, smith.settings(RUN, {cls}) to resume, "
        f"checkpoint.open_config(FILE, {cls}) to evaluate (docs/api.md)"
    )


def merged(
    model: Array, loaded: Array, population: int | None, source: int | None, path: Path_
) -> Array:
    """Replace weights of a model by loaded weights.

    Args:
        model: float32 (P, n), the present weights.
        loaded: float32 (any, n), the weights in a file.
        population: the population that takes new weights; None: every population does.
        source: the file's population to take them from; None: the same number, or the file's only
            population.
        path: the file, for messages.

    Returns:
        float32 (P, n), a copy.

    Raises:
        CheckpointError: if the model or the file lacks the population.
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
        The file, the population that takes its weights, and the file's population to take.
    """
    number, equals, rest = text.partition("=")
    if not (equals and number.strip().isdigit()):
        return text, None, None
    rest = files.at_home(rest)  # as Args does where no population is named
    name, mark, source = rest.rpartition("#")
    if mark and source.isdigit():
        return name, int(number), int(source)
    return rest, int(number), None


def _parse(data: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    from safetensors.numpy import load

    length = int.from_bytes(data[:8], "little")
    header = files.parse_json(data[8 : 8 + length], dict)
    return load(data), header["__metadata__"]


def _checksum(tensors: dict[str, Array], text: str) -> str:
    total = hashlib.sha256(text.encode())
    for name, array in sorted(tensors.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
