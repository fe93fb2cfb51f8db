"""A Pantheon that learns by evolution strategies: no gradients, no torch.

Every shard plays with its own random change of the weights and reports how long its agents lived.
The Pantheon moves the weights towards the changes with longer lives. More shards give a better
estimate. Run it:  python examples/evolution.py

Source: Salimans et al., "Evolution strategies as a scalable alternative to reinforcement
learning", 2017.
"""

import numpy as np

from forge import Law
from forge.blade import Actions
from forge.blade.observation import NUM_FEATURES
from forge.cli.script import main
from forge.trinity import God, PantheonBase, SwordBase, Trinity, Update

NOISE, RATE = 0.3, 0.3


class Evolution(PantheonBase):
    """Move the weights along the changes, weighted by their agents' fitness."""

    def step(self, updates):
        """Estimate the slope of fitness, per population."""
        fitness = np.array([update.extra["fitness"] for update in updates])  # [shards, P]
        changes = np.array([update.extra["change"] for update in updates])  # [shards, P, n]
        spread = fitness.std(axis=0) + 1e-6
        advantage = (fitness - fitness.mean(axis=0)) / spread
        slope = np.einsum("sp,spn->pn", advantage, changes) / (len(updates) * NOISE)
        self.model += (RATE * NOISE * slope).astype(np.float32)
        return self.model


class Mutant(SwordBase):
    """Play with a randomly changed linear policy over the agent's own row."""

    @classmethod
    def parameters(cls, config):
        """Lay out one population's weights."""
        return {"policy": ((NUM_FEATURES + 1, 5), "zeros")}

    def recv_update(self, model):
        """Draw this epoch's change of the weights."""
        self.change = (NOISE * self.rng.standard_normal(model.shape)).astype(np.float32)
        self.policy = (model + self.change).reshape(len(model), NUM_FEATURES + 1, 5)
        self.ticks = np.zeros(len(model))
        self.deaths = np.zeros(len(model))

    def decide(self, obs):
        """Sample one of the possible moves for each agent."""
        own = np.pad(obs.own, ((0, 0), (0, 1)), constant_values=1)
        logits = np.einsum("nf,nfm->nm", own, self.policy[obs.ent["population"]])
        odds = np.where(obs.can_move, np.exp(logits - logits.max(axis=1, keepdims=True)), 0)
        chances = np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True)
        actions = Actions.stay(len(obs))
        actions.move[:] = (obs.draws[:, :1] > chances[:, :-1]).sum(axis=1)
        return actions

    def collect(self, obs, actions, reward, events):
        """Count ticks lived and deaths."""
        size = self.config.populations
        self.ticks += np.bincount(obs.ent["population"], minlength=size)
        self.deaths += np.bincount(obs.ent["population"], events.died, size)

    def send_update(self):
        """Report the change and its fitness, the mean lifetime."""
        extra = {"change": self.change, "fitness": self.ticks / (self.deaths + 1)}
        return Update(None, self.ticks.astype(np.int64), extra=extra)


trinity = Trinity(Evolution, God, Mutant)

if __name__ == "__main__":
    config = Law(realms_per_shard=1)
    main(__doc__, trinity, config, nRealm=8, epochs=5)
