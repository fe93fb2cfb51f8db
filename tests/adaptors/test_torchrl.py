"""The flat view under TorchRL's PettingZoo wrapper."""

import pytest
import torch
from torchrl.envs.libs.pettingzoo import PettingZooWrapper
from torchrl.envs.utils import check_env_specs
from torchrl.objectives.value.functional import generalized_advantage_estimate

from forge.adaptors.flat import FlatEnv
from forge.blade import Chaos, Law

SMALL = {"max_agents": 6, "populations": 1, "map_size": 24, "border": 4, "radius": 3, "births": 2}
LAW, CHAOS = Law(**SMALL, maps=4), Chaos(**SMALL, maps=4, immunity=0)
SAGA = CHAOS.replace(npcs=12, skills=True, items=True, market=True, quests="standard")

# TorchRL names the one release of PettingZoo that its own tests use.
pytestmark = pytest.mark.filterwarnings("ignore:PettingZoo in TorchRL is tested:UserWarning")


def wrapped(config, **options):
    torch.manual_seed(0)
    flat = FlatEnv(config, nearest=2, terminate=True, **options)
    return PettingZooWrapper(flat, done_on_any=False)


@pytest.mark.parametrize("config", [LAW, CHAOS, SAGA])
def test_its_specs_are_right(config):
    check_env_specs(wrapped(config))


@pytest.mark.parametrize("config", [LAW, CHAOS])
def test_a_rollout_goes_on_over_deaths(config):
    after = wrapped(config).rollout(100)["next"]
    died = after["slot", "terminated"]
    assert after.batch_size == (100,)
    assert died.sum() > 20
    assert torch.equal(after["slot", "reward"], -died.float())
    assert not after["done"].any()


def test_a_rollout_ends_at_the_horizon():
    after = wrapped(LAW, horizon=40).rollout(100)["next"]
    assert after.batch_size == (40,)
    assert after["slot", "truncated"][-1].all()
    assert after["truncated"][-1]
    assert not after["terminated"][-1]


def test_a_rollout_over_several_episodes_resets():
    done = wrapped(LAW, horizon=40).rollout(100, break_when_any_done=False)["next", "done"]
    assert done.flatten().nonzero().flatten().tolist() == [39, 79]


def test_with_the_wrappers_default_it_ends_at_the_first_death():
    env = FlatEnv(LAW, terminate=True)
    died = PettingZooWrapper(env).rollout(100)["next", "slot", "terminated"]
    assert died[-1].any()
    assert not died[:-1].any()


def test_advantages_stop_at_a_death():
    after = wrapped(LAW).rollout(100)["next"]
    slot = after["slot"]
    values = torch.full_like(slot["reward"], 0.5)
    advantages, _ = generalized_advantage_estimate(
        0.99, 0.95, values, values, slot["reward"], slot["done"], slot["terminated"], time_dim=0
    )
    assert torch.allclose(advantages[slot["terminated"]], torch.tensor(-1.5))
