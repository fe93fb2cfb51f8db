"""Hold what is committed at the end of an epoch, and carry it to a checkpoint and back."""

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from forge.errors import CheckpointError
from forge.ethyr import checkpoint
from forge.ethyr.layout import Layout
from forge.ethyr.pack import digest, pack, unpack
from forge.trinity.trinity import Array, PantheonBase


@dataclass(frozen=True)
class Commit:
    """Everything at the end of an epoch, but for the shards' states, which the engine keeps.

    Attributes:
        epoch: how many epochs have been played.
        model: float32 (P, n), the weights.
        pantheon: the rest of the Pantheon's state, packed.
        metrics: state of the sums that summaries are made from.
        seconds: time spent, over all resumptions.
        lives: life records written so far.
        digest: of everything that decides how the run goes on.
    """

    epoch: int
    model: Array
    pantheon: bytes
    metrics: dict[str, Any]
    seconds: float = 0.0
    lives: int = 0
    digest: str = ""

    def restore(self, pantheon: PantheonBase) -> None:
        """Bring a Pantheon back to this commit. Modifies it in place."""
        kept = unpack(self.pantheon)
        pantheon.model = self.model.copy()
        pantheon.rng.bit_generator.state = kept["rng"]
        pantheon.load_state(kept["state"])


def packed(pantheon: PantheonBase) -> bytes:
    """Pack a Pantheon's state, but for the model."""
    return pack({"rng": pantheon.rng.bit_generator.state, "state": pantheon.state()})


def digest_of(epoch: int, model: Array, pantheon: bytes, shards: list[str]) -> str:
    """Hash all that decides how a run goes on.

    Args:
        epoch: how many epochs have been played.
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
        commit: what is committed.
        states: the shards' states.
        layout: of the weights.
        about: JSON values that describe the run.

    Raises:
        ForgeError: if it cannot be written; a file of that name is then as it was.
    """
    tensors = {checkpoint.MODEL: commit.model, "pantheon": _tensor(commit.pantheon)}
    tensors |= {f"shard-{i:05}": _tensor(state) for i, state in enumerate(states)}
    counters = {
        name: getattr(commit, name) for name in ("epoch", "metrics", "seconds", "lives", "digest")
    }
    checkpoint.write(path, tensors, {**about, "layout": layout.described(), "run": counters})


def load(path: str | PathLike[str]) -> tuple[Commit, list[bytes], dict[str, Any]]:
    """Read a checkpoint of a run.

    Returns:
        What was committed, the shards' states, and what describes the run.

    Raises:
        CheckpointError: names the file and what is wrong with it.
    """
    tensors, about = checkpoint.read(path)
    try:
        counters, model = about["run"], tensors[checkpoint.MODEL]
        commit = Commit(model=model, pantheon=tensors["pantheon"].tobytes(), **counters)
    except (KeyError, TypeError):
        raise CheckpointError(f"{path} holds weights only: load it, a run cannot go on") from None
    shards = sorted(name for name in tensors if name.startswith("shard-"))
    return commit, [tensors[name].tobytes() for name in shards], about


def _tensor(data: bytes) -> Array:
    return np.frombuffer(data, np.uint8)


def _bytes(text: str) -> bytes:
    return text.encode()
