"""The default network: its layout, and that it is the dense network."""

import hashlib

import numpy as np
import pytest
import torch

from forge.config import Chaos, Law, preset
from forge.ethyr.distribution import num_heads
from forge.ethyr.layout import Layout
from forge.ethyr.torch.layers import score
from forge.trinity import ann
from tests.ethyr import dense


@pytest.mark.parametrize("config", [dense.LAW, dense.CHAOS, dense.AUTO, dense.SAGA, dense.SKILLED])
def test_the_network_is_the_dense_one(config):
    case = dense.Case(config, samples=9)
    slow = dense.forward(case, case.weights)
    torch.testing.assert_close(ann.forward(case.weights, case.batch), slow)


@pytest.mark.parametrize("systems", [{}, {"npcs": 4, "skills": True}])
def test_gradients_are_those_of_finite_differences(systems):
    case = dense.Case(dense.CHAOS.replace(populations=1, **systems), samples=5)
    weights, step = case.weights, 1e-6
    ann.forward(weights, case.batch).square().sum().backward()
    slopes = weights.layout.views(weights.collect_gradients())
    for name in weights.layout.shapes:
        index = int(np.abs(slopes[name]).argmax())
        expected = (loss(case, name, index, step) - loss(case, name, index, -step)) / (2 * step)
        assert slopes[name].flat[index] == pytest.approx(expected, rel=1e-4), name


def loss(case, name, index, change):
    """Sum the squared outputs with one weight changed."""
    arrays = [case.weights[n].detach().clone() for n in case.weights.layout.shapes]
    arrays[list(case.weights.layout.shapes).index(name)].view(-1)[index] += change
    changed = dense.weights(case.config, np.random.default_rng(0))
    changed.load(torch.cat([a.flatten(1) for a in arrays], 1).numpy())
    with torch.no_grad():
        return float(ann.forward(changed, case.batch).square().sum())


@pytest.mark.parametrize(("config", "heads"), [(Law(), 6), (Chaos(auto_target=True), 10)])
def test_heads_that_the_config_does_not_need_are_left_out(config, heads):
    assert num_heads(config) == heads
    assert ann.parameters(config)["heads"][0] == (config.hidden, heads)


def test_npcs_add_a_table_of_traits_and_their_query_and_nothing_else():
    config = Chaos(hidden=32)
    without, among = (Layout(ann.parameters(c)) for c in (config, config.replace(npcs=9)))
    assert list(among.shapes) == [*list(without.shapes)[:7], "traits", *list(without.shapes)[7:]]
    values = 4 + 11 + 3  # kinds, levels, styles
    assert among.size - without.size == values * 32 + values * (32 + 1)
    assert without.size == 54_997  # as before there were NPCs


@pytest.mark.parametrize(
    ("name", "before"), [("law16", "3200fa3d1c65d421"), ("chaos16", "17256a6cea46eaaf")]
)
def test_without_npcs_and_skills_a_network_begins_as_before_there_were_any(name, before):
    layout = Layout(ann.parameters(preset(name)))
    found = hashlib.blake2b(str(layout.described()).encode(), digest_size=8)
    found.update(layout.initialise(1, np.random.default_rng(0)).tobytes())
    assert found.hexdigest() == before


def test_skills_add_a_table_of_standing_to_those_of_npcs_and_nothing_else():
    without, with_skills = (
        Layout(ann.parameters(Chaos(npcs=9, skills=on))) for on in (False, True)
    )
    names = list(without.shapes)
    assert list(with_skills.shapes) == [*names[:8], "standing", *names[8:]]
    assert with_skills.shapes["standing"] == (8 * 11 + 2, Chaos().hidden)
    assert with_skills.shapes["heads"] == without.shapes["heads"]


def test_a_new_table_adds_to_the_own_row_about_as_much_as_its_features_do():
    layout = Layout(ann.parameters(Chaos(skills=True)))
    table = layout.views(layout.initialise(1, np.random.default_rng(0)))["standing"]
    assert np.abs(table).max() == pytest.approx(1 / 3, rel=0.01)  # 9 rows are summed: 1 / √9


def test_chaos_has_value_moves_styles_and_a_query():
    assert num_heads(Chaos()) == 1 + 5 + 4 + 11


@pytest.mark.parametrize(("auto_target", "heads"), [(False, 21 + 4 + 11 + 3), (True, 10)])
def test_among_npcs_the_query_has_a_number_for_each_value_of_each_trait(auto_target, heads):
    assert num_heads(Chaos(npcs=1, auto_target=auto_target)) == heads


def encounters(seed):
    """Show a passive and a hostile NPC that are else alike: a case, and the hostiles' rows."""
    case = dense.Case(dense.SAGA, samples=40, seed=seed, rows=3)
    hostile, inputs = case.rng.integers(1, 3, 40), case.inputs
    inputs.can_attack[:] = np.tile([[False], [True], [True]], (40, 3))
    for seen in (inputs.others, inputs.traits):
        seen[2::3] = seen[1::3]
    inputs.traits[:, 0] = 1
    inputs.traits[3 * np.arange(40) + hostile, 0] = 3
    return case, hostile


def log_probs(weights, case, target):
    """Score to stay and attack a row, by melee."""
    nothing = np.zeros(len(target), np.int8)
    return score(ann.forward(weights, case.batch), case.batch, nothing, nothing, target)[0]


def test_a_network_learns_which_kind_to_attack():
    case, hostile = encounters(seed=0)
    weights = case.weights
    model = np.concatenate([weights[n].detach().flatten(1) for n in weights.layout.shapes], 1)
    for _ in range(100):
        (-log_probs(weights, case, hostile).sum()).backward()
        model -= 0.01 * weights.collect_gradients()
        weights.load(model)
    case, hostile = encounters(seed=1)
    with torch.no_grad():
        odds = log_probs(weights, case, hostile) - log_probs(weights, case, 3 - hostile)
    assert float(odds.min()) > np.log(9)


def test_the_first_policy_is_close_to_uniform():
    case = dense.Case(dense.CHAOS.replace(hidden=16), samples=20)
    layout = Layout(ann.parameters(case.config))
    case.weights.load(layout.initialise(2, np.random.default_rng(0)))
    with torch.no_grad():
        heads = ann.forward(case.weights, case.batch)
    assert heads.abs().max() < 0.2


def test_initial_weights_differ_between_populations():
    layout = Layout(ann.parameters(dense.LAW))
    a, b = layout.initialise(2, np.random.default_rng(0))
    assert (a != b).mean() > 0.9
