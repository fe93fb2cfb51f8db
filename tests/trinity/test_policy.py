"""A policy that is asked: probabilities, whole actions, values, and the likeliest option."""

import math
from pathlib import Path

import numpy as np
import pytest

from forge.args import Args
from forge.blade import Realms, preset
from forge.blade.observation import CHOICES, Actions
from forge.config import Config, ConfigError
from forge.errors import CheckpointError
from forge.ethyr.probabilities import allowed
from forge.trinity import God, Pantheon, Policy, Sword, Trinity
from forge.trinity.smith import Native
from tests.trinity.tiny import CONFIG

SAGA = preset("saga16").replace(map_size=40, npcs=8, births=16, populations=2)
WORLDS = [preset("law16"), preset("chaos16").replace(births=16), SAGA]


def policy_of(config: Config, folder: Path) -> Policy:
    """Train one epoch of two ticks, and load what came of it."""
    path = folder / "run"
    config = config.replace(horizon=2)
    with Native(
        config, Args(engine="serial", run=str(path)), Trinity(Pantheon, God, Sword)
    ) as envs:
        envs.run(1, quiet=True)
    return Policy(path)


@pytest.fixture(params=WORLDS, ids=["law", "chaos", "saga"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Policy, Realms]:
    """A policy, and a realm in which it has played for some ticks."""
    policy = policy_of(request.param, tmp_path)
    realms = Realms(policy.config, 3)
    for _ in range(20):
        realms.step(policy.decide(realms.observation))
    return policy, realms


def test_settings_are_those_of_the_checkpoint(asked: tuple[Policy, Realms]) -> None:
    assert asked[0].config.horizon == 2


def test_probabilities_are_of_what_is_possible_and_add_up_to_1(
    asked: tuple[Policy, Realms],
) -> None:
    policy, realms = asked
    obs, found = realms.observation, policy.probabilities(realms.observation)
    wanted = {"move"} | ({"style"} if policy.config.combat else set())
    assert set(found) == wanted | ({"deal", "word"} if policy.config.words else set())
    for name, shares in found.items():
        assert shares.shape == (len(obs), CHOICES[name].options)
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
        assert not shares[~allowed(obs, name)].any()


def test_whole_actions_are_as_likely_as_they_were_when_sampled(
    asked: tuple[Policy, Realms],
) -> None:
    policy, realms = asked
    obs = realms.observation
    actions, sword = policy.decide(obs), policy.sword
    assert isinstance(sword, Sword)
    assert sword._decision is not None
    np.testing.assert_allclose(
        policy.log_prob(obs, actions), sword._decision.choice.log_prob, atol=1e-5
    )
    still = policy.log_prob(obs, Actions.stay(len(obs)))
    alone = np.log(policy.probabilities(obs)["move"][:, 0])
    assert (still <= alone + 1e-5).all()  # a further choice makes it less likely


def test_at_0_the_likeliest_option_is_taken(asked: tuple[Policy, Realms]) -> None:
    policy, realms = asked
    obs = realms.observation
    best, likely = policy.decide(obs, temperature=0), policy.probabilities(obs)
    for name, shares in likely.items():
        chosen = getattr(best, name) - CHOICES[name].least
        np.testing.assert_allclose(shares[range(len(obs)), chosen], shares.max(axis=1), rtol=1e-3)
    assert (policy.log_prob(obs, best) >= policy.log_prob(obs, policy.decide(obs)) - 1e-3).any()
    realms.step(best)  # all of it is possible


def test_values_are_those_of_the_sword(asked: tuple[Policy, Realms]) -> None:
    policy, realms = asked
    values = policy.values(realms.observation)
    assert values.shape == (len(realms.observation),)
    assert np.isfinite(values).all()


def test_scripted_populations_play_by_their_scripts_at_any_temperature(tmp_path: Path) -> None:
    config = preset("law32").replace(scripts="1=still", births=32)
    policy, realms = policy_of(config, tmp_path), Realms(config, 0)
    actions = policy.decide(realms.observation, temperature=0)
    assert not actions.move[realms.observation.ent["population"] == 1].any()


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    policy = policy_of(CONFIG, tmp_path)
    obs = Realms(policy.config, 0).observation
    (_, stim), *_ = obs
    with pytest.raises(ConfigError, match=r"Observation, such as realm\.observation"):
        policy.decide(stim)
    with pytest.raises(ConfigError, match="temperature is a number from 0 on, not -1"):
        policy.decide(obs, temperature=-1)
    with pytest.raises(ConfigError, match="temperature is a number from 0 on, not nan"):
        policy.decide(obs, temperature=math.nan)
    with pytest.raises(ConfigError, match="load names no checkpoint"):
        Policy([])
    with pytest.raises(CheckpointError, match="is of another network"):
        Policy("pretrained:law", "chaos16")
