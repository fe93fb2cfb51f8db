"""What Swords of one process share is there once, and is each one's own in its turn."""

import dataclasses

import numpy as np

from forge.args import Args
from forge.blade.realm import Realms
from forge.ethyr import tables
from forge.trinity.common import Common
from forge.trinity.defaults import default_trinity
from forge.trinity.smith import Native
from forge.trinity.sword import Sword
from forge.trinity.trinity import ShardInfo
from tests.trinity.test_sword import copied, play
from tests.trinity.tiny import CONFIG, held


def sword(common=None, index=0, config=CONFIG):
    more = () if common is None else (common,)
    return Sword(config, Args(), ShardInfo(index, (index,), np.random.default_rng(0), *more))


def model(made, seed=0):
    rng = np.random.default_rng(seed)
    return made.weights.layout.initialise(made.config.populations, rng)


def gradients(commons):
    """Let two Swords play and hand up, one after the other."""
    found = []
    for index, common in enumerate(commons):
        made = sword(common, index)
        made.recv_update(model(made))
        play(made, Realms(CONFIG, 0, (index,)))
        found.append(copied(made.send_update()).gradients)
    return found


def test_what_has_a_key_is_made_once():
    common = Common()
    assert common.once("a", list) is common.once("a", list)
    assert common.once("b", list) is not common.once("a", list)


def test_swords_of_one_process_share_weights_and_others_do_not():
    common = Common()
    assert sword(common).weights is sword(common, 1).weights
    assert sword(common).weights is not sword(Common()).weights
    assert sword().weights is not sword().weights


def test_networks_of_other_sizes_have_weights_of_their_own():
    common, wider = Common(), CONFIG.replace(hidden=16)
    assert sword(common).weights is not sword(common, config=wider).weights


def test_shared_weights_give_the_gradients_of_own_ones():
    common = Common()
    for ours, theirs in zip(gradients([common, common]), gradients([None, None]), strict=True):
        assert np.abs(ours).max() > 0
        assert (ours == theirs).all()


def test_a_model_that_is_there_already_is_not_expanded_again(monkeypatch):
    common, expanded = Common(), []
    load = tables.load
    monkeypatch.setattr(tables, "load", lambda *given: (expanded.append(1), load(*given)))
    for made in (sword(common), sword(common, 1)):
        made.recv_update(model(made).copy())
    assert len(expanded) == 1


def test_a_model_comes_back_after_somebody_has_loaded_another():
    made = sword()
    made.recv_update(model(made))
    tile = made.weights.encoder.tile.copy()
    made.weights.load(model(made, seed=1))
    assert (made.weights.encoder.tile != tile).any()
    made.recv_update(model(made))
    assert (made.weights.encoder.tile == tile).all()


def test_a_model_comes_back_after_somebody_has_changed_its_tensors():
    made = sword()
    made.recv_update(model(made))
    made.weights["tile"].detach().numpy()[...] = 7
    made.recv_update(model(made))
    assert (made.weights["tile"].detach().numpy() != 7).all()


def test_minus_zero_is_another_model():
    made = sword()
    zeros = np.zeros_like(model(made))
    made.recv_update(-zeros)
    assert np.signbit(made.weights["tile"].detach().numpy()).all()


class Nudging(Sword):
    """Plays and learns with weights of its own: the shared ones, moved by its shard's number."""

    def recv_update(self, model):
        super().recv_update(model)
        self.weights.load(model + np.float32(0.01 * self.shard.index))


def nudged(**args):
    """Run two epochs of shards that each load weights of their own."""
    trinity = dataclasses.replace(default_trinity(), Sword=Nudging)
    with Native(CONFIG, Args(nRealm=3, **args), trinity) as envs:
        envs.run(2, quiet=True)
        return envs.digest


def test_a_sword_that_loads_other_weights_is_alone_with_them():
    assert nudged(engine="serial") == nudged(nWorker=1)


def test_runs_in_one_process_share_nothing():
    with (
        Native(CONFIG, Args(nRealm=3, engine="serial")) as one,
        Native(CONFIG, Args(nRealm=3, engine="serial")) as other,
    ):
        for envs in (one, other):
            envs.run(1, quiet=True)
        shared = [{id(s.sword.weights) for s in held(e)} for e in (one, other)]
        assert [len(ids) for ids in shared] == [1, 1]
        assert shared[0] != shared[1]
