"""The default network in plain torch operations, one sample at a time: the slow twin."""

import numpy as np
import torch
from torch.nn.functional import one_hot

from forge.blade.observation import num_draws
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
TRADING = Chaos(**SMALL, skills=True, items=True, market=True)
QUESTING = Chaos(**SMALL, quests="standard")
QUESTING_TRADERS = TRADING.replace(quests="standard")
SPEAKING, SPEAKING_TRADERS = Chaos(**SMALL, words=5), TRADING.replace(words=31)
WHOLE = SPEAKING_TRADERS.replace(quests="standard")
# How many values each column has.
TRAITS, STANDING, INVENTORY = (4, 11, 3), (*8 * [11], 2), (*12 * [17], *12 * [11], *12 * [2])
MARKET = 160 * [10]
QUEST = (30, 17, 11, 5, 12, 11)
DEALS, TRADES, PRICES, WORDS, RECEIVER = 25, 42, 9, 32, 11 + 18


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
            can_trade=drawn(samples, (1, *(TRADES - 1) * [2]), config.market) > 0,
            can_receive=drawn(M, (2, 2), config.market) > 0,
            can_say=drawn(samples, (1, *(WORDS - 1) * [2]), config.words) > 0,
            heard=drawn(M, (WORDS,), config.words),
            wealth=drawn(samples, (12,), config.market),
            quest=drawn(samples, QUEST, config.quests),
            market=drawn(3, MARKET, config.market) // 4,
            realm=np.sort(drawn(samples, (3,), config.market), axis=0).astype(np.int32),
        )
        self.inputs.can_deal[:, :1] = self.inputs.can_say[:, :1] = True
        if config.market:
            self.mark_trades(rng)
        self.population = rng.integers(0, config.populations, samples).astype(np.int32)
        self.batch = batch_of(self.inputs, self.population, config.populations)
        self.draws = rng.random((samples, num_draws(config)))
        self.reach = rng.integers(0, 3, M).astype(np.uint8)
        self.weights = weights(config, rng)

    def mark_trades(self, rng):
        """Let gifts be possible exactly where somebody can be given something."""
        inputs = self.inputs
        inputs.can_trade[:, 0] = True
        inputs.can_receive[inputs.offsets[:-1]] = False
        for i in range(len(inputs.codes)):
            piece, coin = inputs.can_receive[rows_of(inputs, i)].any(0)
            inputs.can_trade[i, 13:25] &= piece
            inputs.can_trade[i, 25] = coin
        inputs.can_trade[0, 1:13] = False  # the first sample can offer nothing

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
    if case.config.market:
        prices = case.inputs.market[case.inputs.realm[i]]
        shown = hot(prices, MARKET)[0] * (torch.arange(1600) % 10 > 0)  # price 0 adds nothing
        own = own + shown @ named["market"][p]
        own = own + hot(case.inputs.wealth[i : i + 1], (12,))[0] @ named["wealth"][p]
    if case.config.quests:
        own = own + hot(case.inputs.quest[i : i + 1], QUEST)[0] @ named["quest"][p]
    if case.config.npcs or case.config.skills:
        others = others + seen_traits(case, i)[1:] @ named["traits"][p]
    if case.config.words:
        heard = case.inputs.heard[rows_of(case.inputs, i)][1:]
        others = others + hot(heard, (WORDS,)) @ named["heard"][p]
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


def late(case: Case, heads):
    """Cut the columns of other systems than combat out of the heads, by their names."""
    config = case.config
    sizes = {
        "deal": DEALS * config.items,
        "trade": TRADES * config.market,
        "price": PRICES * config.market,
        "word": WORDS * (config.words > 0),
        "receiver": RECEIVER * config.market,
    }
    columns = heads[len(heads) - sum(sizes.values()) :].split(tuple(sizes.values()))
    return dict(zip(sizes, columns, strict=True))


def receiver_log_probs(case: Case, heads, i, way):
    """Log-probability of each row as the receiver of a piece (0) or of gold (1)."""
    rows, query = rows_of(case.inputs, i), late(case, heads)["receiver"]
    logits = torch.tensor(case.inputs.others[rows]).double() @ query[:11]
    logits = logits + seen_traits(case, i) @ query[11:]
    return log_softmax(logits, case.inputs.can_receive[rows, way])


def score_trade(case: Case, heads, i, trade, price, receiver):
    """Log-probability and entropy of a trade, for one who makes no deal."""
    columns = late(case, heads)
    trade_log_p = log_softmax(columns["trade"], case.inputs.can_trade[i])
    price_log_p = columns["price"].log_softmax(0)
    log_prob, spread = trade_log_p[trade], entropy(trade_log_p)
    for number in np.flatnonzero(case.inputs.can_trade[i]):
        chance = trade_log_p[number].exp()
        if 1 <= number < 13:
            spread = spread + chance * entropy(price_log_p)
        elif 13 <= number <= 25:
            log_p = receiver_log_probs(case, heads, i, int(number == 25))
            spread = spread + chance * entropy(log_p)
            log_prob = log_prob + log_p[receiver] if number == trade else log_prob
    return log_prob + price_log_p[price] if 1 <= trade < 13 else log_prob, spread


def score(case: Case, heads, i, move, style, target, deal, trade, price, receiver, word):
    """Log-probability of one action and entropy of its distribution."""
    move_log_p = log_softmax(heads[1:6], case.inputs.can_move[i])
    log_prob, spread = move_log_p[move], entropy(move_log_p)
    if case.config.items:
        deal_log_p = log_softmax(late(case, heads)["deal"], case.inputs.can_deal[i])
        log_prob, spread = log_prob + deal_log_p[deal], spread + entropy(deal_log_p)
    if case.config.market:
        of_trade = score_trade(case, heads, i, trade, price, receiver)
        log_prob = log_prob + of_trade[0] if deal == 0 else log_prob
        spread = spread + deal_log_p[0].exp() * of_trade[1]
    if case.config.words:
        word_log_p = log_softmax(late(case, heads)["word"], case.inputs.can_say[i])
        log_prob, spread = log_prob + word_log_p[word], spread + entropy(word_log_p)
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
