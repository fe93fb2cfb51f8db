"""Mutations of checkpoints and packed states: each is read as what it says, or is one line.

How many are tried: see tests/mutations.py.
"""

import json

import numpy as np
import pytest

from forge.args import Args
from forge.errors import CheckpointError, ForgeError, StateError
from forge.ethyr import checkpoint
from forge.ethyr.pack import pack, unpack
from forge.trinity import resume, smith
from forge.trinity.smith import Native
from tests.mutations import NUMBER, mutated_bytes, mutated_json, seeds
from tests.trinity.runs import edit, listing, newest, packed, run
from tests.trinity.tiny import STATEFUL

STATE = {
    "a": np.arange(6, dtype=np.int16).reshape(2, 3),
    "b": [np.zeros(3, [("x", "?"), ("y", "U2"), ("z", "f4", (2,))]), np.float32(1), b"xyz"],
    "c": (1.5, "text", None, {"d": np.zeros(1000)}, 2**70),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "run"
    run(path, 2)
    return path, listing(path)


@pytest.fixture
def path(made):
    path, before = made
    put_back(path, before)
    yield path
    put_back(path, before)


def put_back(path, before):
    for file, data in before.items():
        (path / file).write_bytes(data)


def one_line(error):
    """Count 1 if an error can be read."""
    text = str(error)
    assert "\n" not in text
    assert len(text) < 2000
    return 1


def read_or_refused(data):
    """Count 1 if a packed state is refused; what is read can be written again."""
    try:
        tree = unpack(data)
    except StateError as error:
        return one_line(error)
    assert pack(unpack(pack(tree))) == pack(tree)
    return 0


def test_mutated_bytes_of_a_packed_state_are_read_or_refused():
    data = pack(STATE)
    refused = sum(read_or_refused(mutated_bytes(data, rng)) for rng in seeds())
    assert NUMBER // 3 < refused <= NUMBER


def test_a_mutated_header_of_a_packed_state_is_read_or_refused():
    data, refused = pack(STATE), 0
    length = int.from_bytes(data[:8], "little")
    header, raw = json.loads(data[8 : 8 + length]), data[8 + length + -length % 8 :]
    for rng in seeds():
        text = json.dumps(mutated_json(header, rng)).encode()
        mutant = len(text).to_bytes(8, "little") + text + bytes(-len(text) % 8) + raw
        refused += read_or_refused(mutant)
    assert NUMBER // 3 < refused <= NUMBER


def test_every_mutated_file_is_refused(path):
    file, refused = newest(path), 0
    data = file.read_bytes()
    for rng in seeds():
        file.write_bytes(mutant := mutated_bytes(data, rng))
        if mutant != data:
            with pytest.raises(CheckpointError, match=file.name):
                resume.last_commit(path)
            refused += 1
    assert refused > 0.9 * NUMBER


def opened(path):
    """Count 1 if the command line's way to resume refuses a run."""
    try:
        config, kept = smith.settings(path)
        args = Args(**kept, engine="serial", resume=path)
        with Native(config, args, STATEFUL) as envs:
            assert envs.epoch == 2
    except ForgeError as error:
        return one_line(error)
    return 0


def test_a_forged_description_is_read_or_refused(made, path):
    refused = 0
    for rng in seeds():

        def forge(tensors, about, rng=rng):
            changed = mutated_json({k: v for k, v in about.items() if k != "format"}, rng)
            about.clear()
            about.update({"format": checkpoint.FORMAT, **changed})

        edit(newest(path), forge, again=rng.random() < 0.5)
        refused += opened(path)
        put_back(*made)
    assert NUMBER // 4 < refused <= NUMBER


def test_forged_parts_are_read_or_refused(made, path):
    refused = 0
    for rng in seeds():

        def forge(tensors, about, rng=rng):
            name = rng.choice([name for name in tensors if name != "model"])
            tensors[name] = packed(mutated_bytes(tensors[name].tobytes(), rng))

        edit(newest(path), forge, again=True)
        refused += opened(path)
        put_back(*made)
    assert NUMBER // 4 < refused <= NUMBER
