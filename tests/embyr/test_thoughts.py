"""What is shown of an agent's thoughts is what its network samples from."""

import numpy as np
import pytest

from forge.args import Args
from forge.blade.realm import Realms
from forge.blade.scripted import careful
from forge.blade.subset import of_agents
from forge.config import Chaos
from forge.embyr.thoughts import expectations, think
from forge.ethyr.distribution import VALUE
from forge.ethyr.scoring import score
from forge.trinity.sword import Sword
from forge.trinity.trinity import ShardInfo
from tests.blade.worlds import learned

CONFIG = Chaos(
    max_agents=12, populations=2, births=12, map_size=24, border=6, immunity=0, hidden=8, horizon=4
)


def met(config):
    """Give a Sword with strong preferences, and what agents who have met observe."""
    sword = Sword(config, Args(), ShardInfo(0, (0,), np.random.default_rng(0)))
    model = sword.weights.layout.initialise(config.populations, np.random.default_rng(0))
    sword.recv_update(4 * model)
    realms = Realms(config, 0)
    for _ in range(8):
        realms.step(careful(realms.observation))
    return sword, learned(realms)


def targets_of(sword, obs):
    """Score to stay and attack each row with each style: how likely each row is attacked."""
    found = np.zeros(len(obs.who))
    batch = sword._batch(obs)
    for row, style in np.argwhere(obs.can_attack):
        action = np.array([[0], [style], [row]])
        found[row] += np.exp(score(sword.heads(obs), batch, *action).log_prob[0])
    return found / max(found.sum(), 1e-30)


@pytest.mark.parametrize("systems", [{}, {"npcs": 12}, {"npcs": 12, "skills": True}])
def test_shown_targets_are_as_likely_as_they_are_sampled(systems):
    config = CONFIG.replace(**systems)
    sword, obs = met(config)
    checked = 0
    for each in (of_agents(obs, np.array([n])) for n in range(len(obs))):
        shown = {target["id"]: target["p"] for target in think(config, sword, each).targets}
        expected = targets_of(sword, each)
        found = [shown.get(int(number), 0.0) for number in each.who]
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
        checked += len(shown)
    assert checked > 5


def test_values_of_all_agents_of_a_realm_are_those_of_its_network():
    sword, obs = met(CONFIG)
    np.testing.assert_array_equal(expectations(sword, obs, 0), sword.heads(obs)[:, VALUE])
    assert len(expectations(sword, obs, 1)) == 0


def test_agents_that_a_script_plays_have_no_value():
    sword, obs = met(CONFIG.replace(scripts="1=careful"))
    found, scripted = expectations(sword, obs, 0), obs.ent["population"] == 1
    assert 0 < scripted.sum() < len(obs)
    np.testing.assert_array_equal(np.isnan(found), scripted)
    assert np.isnan(expectations(None, obs, 0)).all()


def test_weights_that_have_diverged_give_no_value():
    sword, obs = met(CONFIG)
    sword.recv_update(np.full_like(sword.model, np.nan))
    assert np.isnan(expectations(sword, obs, 0)).all()
