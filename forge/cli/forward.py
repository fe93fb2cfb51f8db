"""Two forward passes for one population, as played by ``python Forge.py --api vecenv``.

Start with ``PerAgent``: it goes all the way from one agent's observation to its action, with NumPy
alone. ``Batched`` does the same for all agents of a realm at once; build on this one. The network
is the default one of forge/trinity/ann.py; nothing is learned.

Shape letters: N agents, M rows of others, C tiles of the crop, H hidden units, K heads.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.blade.categories import (
    INVENTORY_START,
    QUEST_START,
    STANDING_START,
    TRAIT_START,
    WEALTH_START,
)
from forge.blade.observation import DRAW, Actions, Observation, Stim
from forge.blade.tiles import NUM_MOVES, NUM_STYLES, num_kinds
from forge.blade.trades import GIVE, PRICES, way_of
from forge.config import Config
from forge.ethyr.distribution import BY_TRAIT, MOVE, QUERY, STYLE, late_parts
from forge.ethyr.inputs import Batch, batch_of, inputs_of
from forge.ethyr.layout import Layout
from forge.ethyr.sampling import sample
from forge.trinity import ann

Array = NDArray[Any]
Attack = tuple[int, int | None]  # style (−1: none), id of the target (None: nobody)
# Move, style, id of the target; with items also the deal; with a market also the trade, its price
# and the id of the receiver; with words also the word.
Action = tuple[int | None, ...]


class PerAgent:
    """Decide for one agent after the other, in plain code."""

    def __init__(self, config: Config, model: Array) -> None:
        """Name the weights.

        Args:
            config: settings of the world and the network.
            model: float32 (1, n), the weights of one population.
        """
        self.config = config
        # name → array, for example "own" (11, H); see ann.parameters.
        named = Layout(ann.parameters(config)).views(model)
        self.weights: dict[str, Array] = {name: array[0] for name, array in named.items()}

    def decide(self, obs: Observation) -> dict[int, Action]:
        """Choose an action for each agent of a realm: {id: action}."""
        return {int(ent["id"]): self.act(stim) for ent, stim in obs}

    def act(self, stim: Stim) -> Action:
        """Choose the action of one agent.

        The parts of an action are drawn from the network's probabilities with the agent's own
        random numbers, ``stim.draws``, so that a run can be repeated.
        """
        heads = self.forward(stim)
        moves = heads[MOVE : MOVE + NUM_MOVES]
        move = pick(moves, stim.can_move, stim.draws[DRAW["move"]])
        attack = self.attack(stim, heads) if self.config.combat else (-1, None)
        action: Action = move, *attack
        late = late_parts(heads, self.config)  # logits by the name of the choice
        if self.config.items:
            deal = pick(late["deal"], stim.can_deal, stim.draws[DRAW["deal"]])
            action = *action, deal
        if self.config.market:
            action = *action, *self.trade(stim, late, deal)
        if self.config.words:
            action = *action, pick(late["word"], stim.can_say, stim.draws[DRAW["word"]])
        return action

    def attack(self, stim: Stim, heads: Array) -> Attack:
        """Choose a style, and whom to attack."""
        # Not to attack is always possible; a style is possible if it reaches anybody in sight.
        can_use = np.append(True, stim.can_attack.any(axis=0))  # [4]
        styles = heads[STYLE : STYLE + 1 + NUM_STYLES]
        style = pick(styles, can_use, stim.draws[DRAW["style"]]) - 1
        if style < 0 or self.config.auto_target:  # with auto_target the world chooses the target
            return style, None
        # Target: compare the query with the row of each agent in sight.
        scores = stim.others @ heads[QUERY:BY_TRAIT]  # [rows]
        if "traits" in self.weights:  # with NPCs or skills: the query's number for each, added up
            scores += heads[BY_TRAIT:][stim.traits + TRAIT_START].sum(axis=1)
        target = pick(scores, stim.can_attack[:, style], stim.draws[DRAW["target"]])
        return style, int(stim.who[target])

    def trade(self, stim: Stim, heads: dict[str, Array], deal: int) -> Action:
        """Choose a trade, its price, and to whom it is given: only where there is no deal."""
        if deal:
            return 0, 0, None
        query = heads["receiver"]
        trade = pick(heads["trade"], stim.can_trade, stim.draws[DRAW["trade"]])
        if trade < GIVE:
            sells = trade > 0
            price = pick(heads["price"], np.ones(PRICES, np.bool_), stim.draws[DRAW["price"]])
            return trade, price * sells, None
        way = way_of(trade)
        if way < 0:  # it buys
            return trade, 0, None
        scores = stim.others @ query[: stim.others.shape[1]]  # as for targets
        scores += query[stim.others.shape[1] :][stim.traits + TRAIT_START].sum(axis=1)
        receiver = pick(scores, stim.can_receive[:, way], stim.draws[DRAW["receiver"]])
        return trade, 0, int(stim.who[receiver])

    def forward(self, stim: Stim) -> Array:
        """Run the network on one agent's observation.

        Returns:
            float32 (K,): value, a logit per move, with combat a logit per style and a query, and
            with items a logit per deal; with a market logits of trades and prices, and a query;
            with words a logit per word.
        """
        w = self.weights
        # The crop: for each tile one row of its table, chosen by the tile's kind, all added up;
        # and the number of agents on each tile.
        tiles = stim.tiles.ravel()  # [C]
        kinds = w["tile"][np.arange(len(tiles)), tiles]  # [C, H]
        seen = rectified(kinds.sum(axis=0) + stim.crowd.ravel() @ w["crowd"] + w["tile_bias"])
        # The agent's own row.
        own = stim.own @ w["own"] + w["own_bias"]  # [H]
        if "standing" in w:  # with skills: for each column the row of its value, all added up
            own += w["standing"][stim.standing + STANDING_START].sum(axis=0)
        if "inventory" in w:  # with items: likewise
            own += w["inventory"][stim.inventory + INVENTORY_START].sum(axis=0)
        if "quest" in w:  # with quests: likewise
            own += w["quest"][stim.quest + QUEST_START].sum(axis=0)
        if "market" in w:  # likewise for its gold, and for each price of the market
            own += w["wealth"][stim.wealth + WEALTH_START].sum(axis=0)
            prices = stim.market.ravel()
            rows = np.arange(len(prices)) * (1 + PRICES) + prices
            own += w["market"][rows[prices > 0]].sum(axis=0)
        # The others in sight: the maximum of each hidden unit; row 0 is the agent itself.
        rows = stim.others[1:] @ w["others"] + w["others_bias"]  # [rows − 1, H]
        if "traits" in w:  # with NPCs or skills: likewise, for each trait
            rows += w["traits"][stim.traits[1:] + TRAIT_START].sum(axis=1)
        if "heard" in w:  # likewise for the word
            rows += w["heard"][stim.heard[1:, 0]]
        others = rows.max(axis=0, initial=0.0)  # [H]
        features = np.concatenate((seen, rectified(own), others))  # [3 H]
        joint = rectified(features @ w["joint"] + w["joint_bias"])  # [H]
        heads: Array = joint @ w["heads"] + w["heads_bias"]  # [K]
        return heads


def rectified(x: Array) -> Array:
    """Replace negative numbers by 0."""
    return np.maximum(x, 0)


def pick(logits: Array, allowed: Array, draw: float) -> int:
    """Draw one of the allowed choices, each with probability ∝ exp(logit).

    Args:
        logits: (choices,).
        allowed: bool (choices,), at least one.
        draw: a uniform number in [0, 1).

    Returns:
        The first choice at which the sum of the probabilities passes the draw.
    """
    weights = np.where(allowed, np.exp(logits - logits[allowed].max()), 0.0)
    sums = np.cumsum(weights / weights.sum())
    last = int(np.flatnonzero(allowed)[-1])
    return min(int(np.searchsorted(sums, draw, side="right")), last)


class Batched:
    """Decide for all agents of a realm at once, with the compiled parts of the default Sword."""

    def __init__(self, config: Config, model: Array) -> None:
        """Load the weights; arguments as of ``PerAgent``."""
        from forge.ethyr.torch.layers import Weights  # late, as it imports torch

        self.config = config
        self.weights = Weights(Layout(ann.parameters(config)), populations=1)
        self.weights.load(model)

    def decide(self, obs: Observation) -> Actions:
        """Choose an action for each agent of a realm, in the order of the observation."""
        batch = self.batch(obs)
        return sample(self.forward(batch), batch, obs.draws, obs.reach).actions

    def batch(self, obs: Observation) -> Batch:
        """Convert an observation to the input of networks."""
        population = np.zeros(len(obs), np.int32)  # all agents share the weights of number 0
        return batch_of(inputs_of(obs, num_kinds(self.config)), population, populations=1)

    def forward(self, batch: Batch) -> Array:
        """Run the network: float32 (N, K)."""
        from forge.ethyr.torch.passes import forward_pass

        return forward_pass(lambda batch: ann.forward(self.weights, batch), batch)
