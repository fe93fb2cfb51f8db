"""The default network in plain torch operations, one sample at a time: the slow twin."""

import numpy as np
import torch
from torch.nn.functional import one_hot

from forge.blade.tiles import num_kinds
from forge.config import Chaos, Law
from forge.ethyr.distribution import num_heads
from forge.ethyr.inputs import Batch, Inputs, batch_of, encode_tiles
from forge.ethyr.layout import Layout
from forge.ethyr.torch.layers import Weights
from forge.trinity import ann

SMALL = {"hidden": 3, "radius": 2, "max_agents": 4, "populations": 2}
SMALL |= {"range_reach": 1, "mage_reach": 1}
LAW, CHAOS = Law(**SMALL), Chaos(**SMALL)
AUTO = Chaos(**SMALL, auto_target=True)
SAGA = Chaos(**SMALL, npcs=4)
SKILLED = Chaos(**SMALL, skills=True)
CARRYING = Chaos(**SMALL, skills=True, items=True)
WORKING = Chaos(**SMALL, skills=True, items=True, professions=True)
# How many values each column has.
TRAITS, STANDING, INVENTORY = (4, 11, 3), (*8 * [11], 2), (*12 * [17], *12 * [11], *12 * [2])
DEALS = 25


class Case:
    """A few made-up samples, and weights in float64 of all populations."""

    def __init__(self, config, samples=7, seed=0, rows=None):
        rng = np.random.default_rng(seed)
        self.config, self.rng = config, rng
        kinds = num_kinds(config)
        self.tiles = rng.integers(0, kinds, (samples, *2 * [config.window])).astype(np.uint8)
        counts = rng.integers(1, 6, samples) if rows is None else np.full(samples, rows)
        offsets = np.concatenate(([0], np.cumsum(counts)))
        M = int(offsets[-1])
        can_attack = rng.random((M, 3)) < 0.6
        can_attack[offsets[:-1]] = False
        can_move = rng.random((samples, 5)) < 0.7
        can_move[:, 0] = True
        self.inputs = Inputs(
            codes=encode_tiles(self.tiles, kinds),
            can_move=can_move,
            offsets=offsets,
            others=rng.normal(size=(M, 11)).astype(np.float32),
            cell=rng.integers(0, config.window**2, M).astype(np.uint16),
            can_attack=can_attack & config.combat,
            traits=drawn(M, TRAITS, config.npcs or config.skills),
            standing=drawn(samples, STANDING, config.skills),
            inventory=drawn(samples, INVENTORY, config.items),
            can_deal=drawn(samples, (1, *(DEALS - 1) * [2]), config.items) > 0,
        )
        self.inputs.can_deal[:, :1] = True
        self.population = rng.integers(0, config.populations, samples).astype(np.int32)
        self.batch = batch_of(self.inputs, self.population, config.populations)
        self.draws = rng.random((samples, 3 + config.items))
        self.reach = rng.integers(0, 3, M).astype(np.uint8)
        self.weights = weights(config, rng)

    @property
    def heads(self):
        """Made-up heads, float64 (n, K)."""
        shape = (len(self.batch.order), num_heads(self.config))
        return torch.tensor(self.rng.normal(size=shape), requires_grad=True)


def weights(config, rng, dtype=torch.float64):
    """Draw weights of every population; biases too."""
    made = Weights(Layout(ann.parameters(config)), config.populations, dtype)
    made.load(rng.normal(size=made.gradients.shape) / 3)
    return made


def drawn(count, columns, there):
    """Draw a valued array, with numbers of its own, so that all else stays what it is."""
    values = np.random.default_rng(0).integers(0, columns, (count, len(columns)))
    return values.astype(np.uint8)[:, : len(columns) if there else 0]


def rows_of(inputs: Inputs, i: int) -> slice:
    return slice(inputs.offsets[i], inputs.offsets[i + 1])


def hot(values, columns):
    """Write values as numbers that are 0 or 1: (rows, columns) → (rows, values of all columns)."""
    each = zip(torch.tensor(values.astype(np.int64)).T, columns, strict=True)
    return torch.cat([one_hot(*column) for column in each], 1).double()


def seen_traits(case: Case, i):
    """Write the traits of a sample's rows: (rows, values)."""
    return hot(case.inputs.traits[rows_of(case.inputs, i)], TRAITS)


def encode(case: Case, named, i):
    """Encode one sample: (3 H,)."""
    p = int(case.population[i])
    tiles = torch.tensor(case.tiles[i].ravel().astype(np.int64))
    kinds = one_hot(tiles, num_kinds(case.config)).double()
    rows = torch.tensor(case.inputs.others[rows_of(case.inputs, i)]).double()
    cells = case.inputs.cell[rows_of(case.inputs, i)].astype(np.int64)
    crowd = one_hot(torch.tensor(cells), case.config.window**2).double().sum(0)
    tile = torch.einsum("ck,ckh->h", kinds, named["tile"][p]) + crowd @ named["crowd"][p]
    own = rows[0] @ named["own"][p] + named["own_bias"][p]
    others = rows[1:] @ named["others"][p] + named["others_bias"][p]
    if case.config.skills:
        own = own + hot(case.inputs.standing[i : i + 1], STANDING)[0] @ named["standing"][p]
    if case.config.items:
        own = own + hot(case.inputs.inventory[i : i + 1], INVENTORY)[0] @ named["inventory"][p]
    if case.config.npcs or case.config.skills:
        others = others + seen_traits(case, i)[1:] @ named["traits"][p]
    others = torch.cat((others, torch.zeros(1, case.config.hidden).double())).amax(0)
    return torch.cat((torch.relu(tile + named["tile_bias"][p]), torch.relu(own), others))


def forward(case: Case, named, batch: Batch | None = None):
    """Run the network sample by sample: (n, K)."""
    outs = []
    for i in (batch or case.batch).order:
        p = int(case.population[i])
        joint = torch.relu(encode(case, named, i) @ named["joint"][p] + named["joint_bias"][p])
        outs.append(joint @ named["heads"][p] + named["heads_bias"][p])
    return torch.stack(outs)


def log_softmax(logits, mask):
    return torch.where(torch.tensor(mask), logits, -torch.inf).log_softmax(0)


def entropy(log_p):
    kept = log_p[log_p > -torch.inf]
    return -(kept.exp() * kept).sum()


def target_log_probs(case: Case, heads, i, style):
    """Log-probability of each row as the target of a style."""
    rows = rows_of(case.inputs, i)
    logits = torch.tensor(case.inputs.others[rows]).double() @ heads[10:21]
    if case.config.npcs or case.config.skills:
        logits = logits + seen_traits(case, i) @ heads[21:39]
    return log_softmax(logits, case.inputs.can_attack[rows, style])


def score(case: Case, heads, i, move, style, target, deal):
    """Log-probability of one action and entropy of its distribution."""
    move_log_p = log_softmax(heads[1:6], case.inputs.can_move[i])
    log_prob, spread = move_log_p[move], entropy(move_log_p)
    if case.config.items:
        deal_log_p = log_softmax(heads[-DEALS:], case.inputs.can_deal[i])
        log_prob, spread = log_prob + deal_log_p[deal], spread + entropy(deal_log_p)
    if not case.config.combat:
        return log_prob, spread
    reached = case.inputs.can_attack[rows_of(case.inputs, i)].any(0)
    style_log_p = log_softmax(heads[6:10], [True, *reached])
    log_prob, spread = log_prob + style_log_p[style + 1], spread + entropy(style_log_p)
    if case.config.auto_target:
        return log_prob, spread
    for s in np.flatnonzero(reached):
        log_p = target_log_probs(case, heads, i, s)
        spread = spread + style_log_p[s + 1].exp() * entropy(log_p)
        if s == style:
            log_prob = log_prob + log_p[target]
    return log_prob, spread
