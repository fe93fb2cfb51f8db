"""Runs on the disk that tests begin, resume, and read or edit the checkpoints of."""

import json
from pathlib import Path

import numpy as np

from forge.args import Args
from forge.ethyr import checkpoint
from forge.ethyr.checkpoint import in_run as checkpoints
from forge.ethyr.pack import digest
from forge.trinity import commit as commits
from forge.trinity.holding import LOCK
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG, STATEFUL

OFTEN = CONFIG.replace(checkpoint_seconds=0)


def run(path, epochs=2, config=OFTEN, trinity=STATEFUL, **args):
    """Run some epochs in a directory; return the epochs' summaries."""
    done = []
    args = {"nRealm": 3, "engine": "serial", "run": path, **args}
    with Native(config, Args(**args), trinity) as envs:
        envs.run(epochs, done.append)
    return done


def resume(path, epochs=4, **more):
    return run(None, epochs, resume=path, **more)


def newest(path):
    return checkpoints(path)[-1]


def metrics(path):
    return [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]


def listing(path):
    """Read all files but the log and the lock."""
    files = [p for p in path.rglob("*") if p.is_file() and p.name not in ("forge.log", LOCK)]
    return {p.relative_to(path): p.read_bytes() for p in files}


def edit(file: Path, change, again=False):
    """Edit a checkpoint and make its checksum anew, as a forger would.

    Args:
        file: the checkpoint.
        change: called with its tensors and what is said about them; changes both in place.
        again: make the digest of what is committed anew too.
    """
    tensors, about = checkpoint.read(file)
    tensors = {name: array.copy() for name, array in tensors.items()}
    change(tensors, about)
    if again and {"model", "pantheon"} <= tensors.keys() and isinstance(about.get("run"), dict):
        parts = [tensors[name].tobytes() for name in sorted(tensors) if "shard" in name]
        run = about["run"]
        run["digest"] = commits.digest_of(
            run.get("epoch"),
            tensors["model"],
            tensors["pantheon"].tobytes(),
            list(map(digest, parts)),
        )
    checkpoint.write(file, tensors, about)


def packed(data):
    return np.frombuffer(data, np.uint8)
