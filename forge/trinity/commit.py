"""Hold a commit, the state at the end of an epoch; write it to a checkpoint and read it back."""

import re
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

import numpy as np

from forge.errors import CheckpointError, StateError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.ethyr.metrics import Metrics
from forge.ethyr.pack import digest, pack, unpack
from forge.trinity.trinity import Array, PantheonBase

_COUNTERS = ("epoch", "metrics", "seconds", "lives", "digest", "records")
RECORDS = METRICS, LIVES = "metrics.jsonl", "lives.bin"  # see forge.trinity.records
_SINCE_3 = {"records"}  # counters that older checkpoints lack
_PANTHEON = "pantheon"
_DIGEST = re.compile(r"[0-9a-f]{32}")
_MOST = 2**53  # bound of every counter


@dataclass(frozen=True)
class Commit:
    """The state of a run at the end of an epoch, without the shards' states: the engine has them.

    Attributes:
        epoch: number of epochs played.
        model: float32 (P, n), the weights.
        pantheon: the rest of the Pantheon's state, packed.
        metrics: state of the sums behind the summaries.
        seconds: time spent, over all resumptions.
        lives: number of life records written so far.
        digest: hash of everything that decides how the run goes on.
        records: name → size and checksum of each record file (forge.trinity.records); {}: unknown.
    """

    epoch: int
    model: Array
    pantheon: bytes
    metrics: dict[str, Any]
    seconds: float = 0.0
    lives: int = 0
    digest: str = ""
    records: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def start(cls, pantheon: PantheonBase, metrics: Metrics) -> "Commit":
        """Commit the start of a run, before its first epoch. No shard has a state yet."""
        model, rest = pantheon.model.copy(), packed(pantheon)
        return cls(0, model, rest, metrics.state(), digest=digest_of(0, model, rest, []))

    def next(
        self,
        model: Array,
        pantheon: bytes,
        metrics: Metrics,
        seconds: float,
        lives: int,
        shards: list[str],
    ) -> "Commit":
        """Commit the next epoch.

        Args:
            model: float32 (P, n), the weights; kept, not copied.
            pantheon: the rest of the Pantheon's state, packed.
            metrics: the sums behind the summaries.
            seconds: time spent, over all resumptions.
            lives: number of life records of that epoch.
            shards: digests of the shards' states, in order.
        """
        epoch = self.epoch + 1
        return Commit(
            epoch,
            model,
            pantheon,
            metrics.state(),
            seconds,
            self.lives + lives,
            digest_of(epoch, model, pantheon, shards),
        )

    def restore(self, pantheon: PantheonBase) -> None:
        """Bring a Pantheon back to this commit. Modifies it in place.

        Raises:
            StateError: if the commit does not fit this Pantheon.
        """
        kept = _opened(self.pantheon)
        if self.model.shape != pantheon.model.shape:
            raise StateError(
                f"the weights have shape {self.model.shape}, not {pantheon.model.shape}"
            )
        pantheon.model = self.model.copy()
        try:
            pantheon.rng.bit_generator.state = kept["rng"]
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            raise StateError("the Pantheon's generator has an impossible state") from None
        try:
            pantheon.load_state(kept["state"])
        except StateError:
            raise
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            raise StateError(f"{type(pantheon).__name__}.load_state refuses it: {text}") from error


def packed(pantheon: PantheonBase) -> bytes:
    """Pack a Pantheon's state without the model."""
    return pack({"rng": pantheon.rng.bit_generator.state, "state": pantheon.state()})


def _opened(pantheon: bytes) -> dict[str, Any]:
    """Unpack the output of ``packed``."""
    kept = unpack(pantheon)
    if not (isinstance(kept, dict) and kept.keys() == {"rng", "state"}):
        raise StateError("the Pantheon's state is not one")
    if not isinstance(kept["state"], dict):
        raise StateError("the Pantheon's state is no dict")
    return kept


def digest_of(epoch: int, model: Array, pantheon: bytes, shards: list[str]) -> str:
    """Hash everything that decides how a run goes on.

    Args:
        epoch: number of epochs played.
        model: float32 (P, n), the weights.
        pantheon: the rest of the Pantheon's state, packed.
        shards: digests of the shards' states, in order.
    """
    return digest(str(epoch).encode(), np.ascontiguousarray(model), pantheon, *map(_bytes, shards))


def save(
    path: str | PathLike[str],
    commit: Commit,
    states: list[bytes],
    layout: Layout,
    about: dict[str, Any],
) -> None:
    """Write a commit to a checkpoint.

    Args:
        path: the file.
        commit: the commit.
        states: the shards' states.
        layout: layout of the weights.
        about: JSON values that describe the run.

    Raises:
        ForgeError: if the file cannot be written; an older file of that name is then unchanged.
    """
    tensors = {checkpoint.MODEL: commit.model, _PANTHEON: _tensor(commit.pantheon)}
    tensors |= {_shard(i): _tensor(state) for i, state in enumerate(states)}
    counters = {name: getattr(commit, name) for name in _COUNTERS}
    checkpoint.write(path, tensors, {**about, "layout": layout.described(), "run": counters})


def load(path: str | PathLike[str]) -> tuple[Commit, list[bytes], dict[str, Any]]:
    """Read a checkpoint of a run, and check that its parts fit together.

    Returns:
        The commit, the shards' states, and the description of the run.

    Raises:
        CheckpointError: names the file and its fault.
    """
    tensors, about = checkpoint.read(path)
    if "run" not in about or _PANTHEON not in tensors:
        raise CheckpointError(f"{fspath(path)} holds weights only: load it, a run cannot go on")
    try:
        states = _states(tensors)
        return _commit(tensors, states, about["run"]), states, about
    except StateError as error:
        raise CheckpointError(f"checkpoint {fspath(path)} is damaged: {error}") from None


def _commit(tensors: dict[str, Array], states: list[bytes], run: Any) -> Commit:
    """Build the commit of a checkpoint.

    Raises:
        StateError: if the parts do not belong together.
    """
    model = tensors[checkpoint.MODEL]
    if model.dtype != np.float32 or model.ndim != 2:
        raise StateError("it holds no weights")
    if not np.isfinite(model).all():
        raise StateError("it holds weights that are not finite")
    commit = Commit(model=model, pantheon=tensors[_PANTHEON].tobytes(), **_counters(run))
    _opened(commit.pantheon)
    Metrics(len(model)).load_state(commit.metrics)
    if (commit.epoch == 0) != (not states):
        raise StateError(f"it holds {len(states)} shards after {commit.epoch} epochs")
    shards = [digest(state) for state in states]
    if digest_of(commit.epoch, model, commit.pantheon, shards) != commit.digest:
        raise StateError("its digest is not that of its epoch, weights, Pantheon and shards")
    return commit


def _counters(run: Any) -> dict[str, Any]:
    """Check the type and range of a run's counters."""
    if not isinstance(run, dict) or {*run, *_SINCE_3} != set(_COUNTERS):
        raise StateError("it counts other things than a run does")
    sound = {
        "epoch": _is_count(run["epoch"]),
        "lives": _is_count(run["lives"]),
        "seconds": _is_time(run["seconds"]),
        "digest": isinstance(run["digest"], str) and _DIGEST.fullmatch(run["digest"]),
        "records": _are_records(run.get("records", {})),
    }
    for name, good in sound.items():
        if not good:
            raise StateError(f"its {name} cannot be what it says")
    return run


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < _MOST


def _are_records(value: Any) -> bool:
    """Say whether every record has a size and a checksum; older checkpoints have none at all."""
    if value == {}:
        return True
    return (
        isinstance(value, dict)
        and value.keys() == set(RECORDS)
        and all(
            isinstance(sums, list) and len(sums) == 2 and all(map(_is_count, sums))
            for sums in value.values()
        )
    )


def _states(tensors: dict[str, Array]) -> list[bytes]:
    """List the shards' states, which are numbered without a gap."""
    names = [_shard(i) for i in range(len(tensors) - 2)]
    if tensors.keys() != {checkpoint.MODEL, _PANTHEON, *names}:
        raise StateError("it lacks a shard, or holds something else")
    for name in (_PANTHEON, *names):
        if tensors[name].dtype != np.uint8 or tensors[name].ndim != 1:
            raise StateError(f"its {name} is no packed state")
    return [tensors[name].tobytes() for name in names]


def _shard(index: int) -> str:
    return f"shard-{index:05}"


def _tensor(data: bytes) -> Array:
    return np.frombuffer(data, np.uint8)


def _bytes(text: str) -> bytes:
    return text.encode()
