"""Sampling and scoring: one masked distribution, equal to plain torch, with its gradient."""

import dataclasses

import numpy as np
import pytest
import torch

from forge.blade.observation import CHOICES
from forge.ethyr.distribution import check_pointers, check_systems, late_parts, num_heads
from forge.ethyr.inputs import UnsupportedError
from forge.ethyr.sampling import sample
from forge.ethyr.torch.layers import score
from tests.ethyr import dense

CONFIGS = [
    dense.LAW, dense.CHAOS, dense.AUTO, dense.SAGA, dense.SKILLED, dense.CARRYING, dense.WORKING,
    dense.TRADING, dense.SPEAKING, dense.SPEAKING_TRADERS,
]  # fmt: skip


def sampled(case, heads=None, draws=None):
    """Sample one action per sample of a case."""
    heads = case.heads if heads is None else heads
    draws = case.draws if draws is None else draws
    return sample(heads.detach().numpy(), case.batch, draws, case.reach)


def parts(choice):
    """List the arrays of a choice as ``score`` takes them."""
    return [getattr(choice, name) for name in CHOICES]


def slow_scores(case, heads, choice):
    """Score actions one by one in plain torch: log_prob and entropy, in the order of the pass."""
    pairs = [
        dense.score(case, heads[k], i, *(part[i] for part in parts(choice)))
        for k, i in enumerate(case.batch.order)
    ]
    return [torch.stack(column) for column in zip(*pairs, strict=True)]


def test_the_actions_of_a_choice_are_copies_of_its_parts():
    choice = sampled(dense.Case(dense.CHAOS, samples=12))
    for name in ("move", "style", "target"):
        mine, given = getattr(choice, name), getattr(choice.actions, name)
        assert given.tolist() == mine.tolist()
        assert not np.shares_memory(given, mine)


@pytest.mark.parametrize("config", CONFIGS)
def test_scores_are_those_of_plain_torch(config):
    case = dense.Case(config, samples=12)
    heads = case.heads
    choice = sampled(case, heads)
    found = score(heads, case.batch, *parts(choice))
    torch.testing.assert_close(found, tuple(slow_scores(case, heads, choice)), rtol=1e-12, atol=0)


@pytest.mark.parametrize("config", CONFIGS)
def test_gradients_are_those_of_autograd(config):
    case = dense.Case(config, samples=12)
    heads = case.heads
    choice = sampled(case, heads)
    fast = score(heads, case.batch, *parts(choice))
    up = torch.tensor(case.rng.normal(size=(2, 12)))
    expected = torch.autograd.grad(slow_scores(case, heads, choice), heads, tuple(up))
    torch.testing.assert_close(torch.autograd.grad(fast, heads, tuple(up)), expected)


@pytest.mark.parametrize("config", CONFIGS)
def test_gradcheck_passes(config):
    case = dense.Case(config, samples=4)
    heads = case.heads
    choice = sampled(case, heads)
    actions = parts(choice)
    assert torch.autograd.gradcheck(lambda h: score(h, case.batch, *actions), heads)


@pytest.mark.parametrize("config", CONFIGS)
def test_sampling_and_scoring_agree_on_the_log_probability(config):
    case = dense.Case(config, samples=30)
    heads = case.heads.detach().float()
    choice = sampled(case, heads)
    log_prob, _ = score(heads, case.batch, *parts(choice))
    assert (log_prob.numpy() == choice.log_prob[case.batch.order]).all()
    assert (choice.value[case.batch.order] == heads[:, 0].numpy()).all()


@pytest.mark.parametrize("trait", [0, 1, 2])
def test_rows_that_differ_in_one_trait_differ_by_the_querys_numbers_for_its_values(trait):
    case, start = dense.Case(dense.SAGA, samples=1, rows=3), 21 + (0, 4, 15)[trait]
    case.inputs.can_attack[1:] = True
    case.inputs.others[2], case.inputs.traits[2] = case.inputs.others[1], case.inputs.traits[1]
    case.inputs.traits[1:, trait] = [1, 2]
    heads = case.heads.detach()
    pair = [score(heads, case.batch, *np.array([[0], [1], [target], [0]]))[0] for target in (1, 2)]
    expected = heads[0, start + 2] - heads[0, start + 1]
    assert float(pair[1] - pair[0]) == pytest.approx(float(expected), rel=1e-12)


def test_sampled_actions_are_allowed():
    case = dense.Case(dense.CHAOS, samples=200)
    choice, inputs = sampled(case), case.inputs
    assert inputs.can_move[np.arange(200), choice.move].all()
    attacks = np.flatnonzero(choice.style >= 0)
    rows = inputs.offsets[attacks] + choice.target[attacks]
    assert inputs.can_attack[rows, choice.style[attacks]].all()
    assert len(attacks) > 50
    assert (choice.target[choice.style < 0] == 0).all()


def uniform_case(config, samples):
    """Make many samples with the same observation, and heads that are all alike."""
    case = dense.Case(config, samples=1, seed=3, rows=5)
    inputs = case.inputs
    many = {name: np.repeat(getattr(inputs, name), samples, 0) for name in ("codes", "can_move")}
    rows = {name: np.tile(getattr(inputs, name), (samples, 1)) for name in ("others", "can_attack")}
    inputs = inputs._replace(offsets=5 * np.arange(samples + 1), **many, **rows)
    heads = case.heads.detach().repeat(samples, 1)
    case.batch = case.batch._replace(inputs=inputs, order=np.arange(samples))
    case.draws = case.rng.random((samples, 3))
    return case, heads


def test_actions_come_as_often_as_their_probability():
    case, heads = uniform_case(dense.CHAOS, 2000)
    choice = sampled(case, heads)
    log_prob, _ = score(heads, case.batch, *parts(choice))
    _, first, counts = np.unique(log_prob.numpy().round(9), return_index=True, return_counts=True)
    expected = 2000 * log_prob.exp().numpy()[first]
    assert (np.abs(counts - expected) < 4 * np.sqrt(expected) + 1).all()
    assert len(first) > 10


def test_probabilities_of_all_actions_sum_to_1():
    case = dense.Case(dense.CHAOS, samples=1, seed=3, rows=3)
    heads, total = case.heads, 0.0
    for move in np.flatnonzero(case.inputs.can_move[0]):
        for style, target in [(-1, 0), *np.argwhere(case.inputs.can_attack.T)]:
            action = (np.array([part]) for part in (move, style, target, 0))
            total += float(score(heads, case.batch, *action)[0].exp().detach())
    assert total == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(("draw", "move"), [(0.0, 0), (0.49, 0), (0.51, 2), (1.0, 2)])
def test_a_draw_picks_where_the_cumulative_probability_passes_it(draw, move):
    case = dense.Case(dense.LAW, samples=1)
    case.inputs.can_move[:] = [True, False, True, False, False]
    choice = sampled(case, torch.zeros(1, 6), np.full((1, 3), draw))
    assert choice.move.tolist() == [move]
    assert choice.log_prob[0] == pytest.approx(np.log(0.5), rel=1e-6)


def test_auto_target_takes_the_weakest_in_reach():
    case = dense.Case(dense.AUTO, samples=1, rows=4)
    case.inputs.can_attack[:] = [[False] * 3] + [[True] * 3] * 3
    case.inputs.others[:, 1] = [-0.5, 0.3, -0.2, 0.1]
    heads = torch.zeros(1, num_heads(dense.AUTO))
    heads[0, 6] = -100  # never no attack
    assert sampled(case, heads).target.tolist() == [2]


def test_nobody_in_reach_leaves_no_attack():
    case = dense.Case(dense.CHAOS, rows=1)
    choice = sampled(case)
    assert (choice.style == -1).all()
    assert (choice.target == 0).all()


def test_a_part_that_the_mask_excludes_counts_as_log_probability_0():
    case = dense.Case(dense.CHAOS, samples=1, rows=1)
    case.inputs.can_move[0] = [True, False, False, False, False]
    stay, east = ([np.array([part]) for part in (m, 2, 1, 0)] for m in (0, 1))
    heads = case.heads
    for action in (stay, east):
        assert float(score(heads, case.batch, *action)[0].detach()) == pytest.approx(0, abs=1e-12)


def test_nobody_decides_nothing():
    case = dense.Case(dense.CHAOS, samples=0)
    assert len(sampled(case, torch.zeros(0, 21)).move) == 0


def test_heads_of_another_shape_are_an_error():
    case = dense.Case(dense.LAW, samples=2)
    with pytest.raises(ValueError, match="heads have shape"):
        sampled(case, torch.zeros(2, 7))


@pytest.mark.parametrize("other", [dense.SKILLED, dense.AUTO, dense.LAW])
def test_heads_have_columns_for_deals_where_deals_were_observed(other):
    case = dense.Case(dense.CARRYING, samples=2)
    with pytest.raises(ValueError, match=r"not \(2, one of \(31, 35, 64\)\)"):
        sampled(case, torch.zeros(2, num_heads(other)))  # 25 columns more than without deals


@pytest.mark.parametrize(
    ("config", "other"), [(dense.CHAOS, dense.SAGA), (dense.SKILLED, dense.CHAOS)]
)
def test_a_query_with_traits_fits_only_rows_with_traits(config, other):
    case = dense.Case(config, samples=2)
    with pytest.raises(ValueError, match=rf"not \(2, one of \(6, 10, {num_heads(config)}\)\)"):
        sampled(case, torch.zeros(2, num_heads(other)))


def test_choices_that_are_left_out_of_a_score_did_nothing():
    case = dense.Case(dense.CARRYING, samples=9)
    heads, nothing = case.heads, np.zeros(9, np.int8)
    move, style, target, *_ = parts(sampled(case, heads))
    short = score(heads, case.batch, move, style, target)
    torch.testing.assert_close(short, score(heads, case.batch, move, style, target, nothing))
    short[0].sum().backward()
    assert heads.grad.abs().sum() > 0


def test_a_choice_of_a_system_is_refused_without_a_mask_that_tells_of_it():
    check_systems({"deal": CHOICES["deal"], "move": CHOICES["move"]})
    with pytest.raises(UnsupportedError, match="deal belongs to items, so it needs a mask"):
        check_systems({"deal": dataclasses.replace(CHOICES["deal"], mask="")})


def test_a_third_choice_among_rows_is_refused_until_it_is_sampled():
    check_pointers(["target", "receiver"])
    with pytest.raises(UnsupportedError, match="gift points at rows, and only target and rec"):
        check_pointers(["target", "gift"])


def test_the_columns_of_other_systems_are_cut_out_by_name():
    config = dense.SPEAKING_TRADERS
    heads = np.arange(num_heads(config))
    parts = late_parts(heads, config)
    sizes = {"deal": 25, "trade": 42, "price": 9, "word": 32, "receiver": 29}
    assert {name: len(columns) for name, columns in parts.items()} == sizes
    assert np.concatenate(list(parts.values())).tolist() == heads[-sum(sizes.values()) :].tolist()
    assert not len(late_parts(heads[:39], dense.SKILLED)["receiver"])
