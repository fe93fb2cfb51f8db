"""Ask trained agents: what they would do, how likely that is, and what they expect.

Shape letters: N living agents, P populations, n parameters of one population, K columns of the
network's heads.
"""

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forge.args import Args, Load, loads
from forge.blade.numbers import whole
from forge.blade.observation import CHOICES, Actions, Observation
from forge.blade.streams import Owner, generator
from forge.blade.tiles import num_kinds
from forge.config import Config, configured
from forge.errors import CheckpointError, ConfigError, shown
from forge.trinity.cast import cast_of
from forge.trinity.engines.surroundings import Surroundings
from forge.trinity.trinity import ShardInfo, SwordBase

Array = NDArray[Any]

COLDEST = 1e-6  # temperature at which the likeliest option is taken, whatever is drawn

logger = logging.getLogger("forge.run")


class Policy:
    """Trained agents, as checkpoints hold them. Nothing is learned.

    Attributes:
        config: settings of the world and of the network.
        sword: the Sword that decides.
    """

    def __init__(
        self,
        load: Load,
        config: Config | str | None = None,
        sword: type[SwordBase] | None = None,
        seed: int = 0,
        num_realms: int = 1,
    ) -> None:
        """Load weights from checkpoints into a Sword.

        Args:
            load: checkpoints, as ``Args.load``; together they hold weights for every population
                that no script plays.
            config: settings, or the name of a preset; None: those of the first checkpoint.
            sword: the class of the Sword; None: the default.
            seed: master seed of what a Sword of one's own draws.
            num_realms: W, realms of the observations that it is to be asked about.

        Raises:
            CheckpointError: if a file cannot be read or does not fit, or a population has no
                weights.
            ConfigError: if an argument is not what it should be.
        """
        from forge.trinity.defaults import default_trinity

        config = _config_of(load) if config is None else configured(config)
        sword = default_trinity().Sword if sword is None else sword
        if not (isinstance(sword, type) and issubclass(sword, SwordBase)):
            raise ConfigError(f"sword is a subclass of Sword or SwordBase, not {shown(sword)}")
        realms = tuple(range(whole("num_realms", num_realms, 1)))
        self.config, model = config, weights(config, load, sword)
        args = Args(nRealm=len(realms), seed=seed, engine="serial")
        model.flags.writeable = False  # as in a run
        with Surroundings():
            shard = ShardInfo(0, realms, generator(args.seed, Owner.SWORD))
            self.sword = sword(config, args, shard)
            self.sword.recv_update(model)

    def decide(self, obs: Observation, temperature: float = 1.0) -> Actions:
        """Choose the actions of all agents, with the random numbers that the observation holds.

        Args:
            obs: an observation of N agents, such as ``realm.observation``.
            temperature: by which all logits are divided; 1: as in training; 0: of each choice the
                likeliest option.

        Raises:
            ConfigError: for a temperature below 0, or another than 1 with a Sword without heads.
        """
        self._check(obs)
        if temperature == 1:
            return self.sword.decide(obs)
        if not temperature >= 0:
            raise ConfigError(f"temperature is a number from 0 on, not {shown(temperature)}")
        from forge.ethyr.distribution import VALUE
        from forge.ethyr.sampling import sample

        heads, sword = self.heads(obs) / np.float32(max(temperature, COLDEST)), self._network()
        heads[:, VALUE] = 0  # it chooses nothing
        sword.decide(obs)  # a network that remembers goes on
        actions: Actions = sword.company.played(obs)
        own = ~np.isin(obs.ent["population"], list(sword.company.scripts))
        batch = _batch(obs, self.config)
        sampled = sample(heads[batch.order], batch, obs.draws, obs.reach)
        for name in CHOICES:
            getattr(actions, name)[own] = getattr(sampled, name)[own]
        return actions

    def values(self, obs: Observation) -> Array:
        """Estimate what each agent has to expect: the discounted rewards to come, float32 (N,)."""
        self._check(obs)
        found: Array = self._network().values(obs)
        return found

    def heads(self, obs: Observation) -> Array:
        """Run the network: float32 (N, K), see forge.ethyr.distribution."""
        self._check(obs)
        found: Array = self._network().heads(obs)
        return found

    def probabilities(self, obs: Observation) -> dict[str, Array]:
        """Say how likely each option is, of the choices that depend on no other.

        Returns:
            float32 (N, options) by the name of the choice, 0 where the mask forbids an option:
            ``move``; with combat ``style``, of which column 0 is no attack; with their systems
            ``deal`` and ``word``. Of whole actions see ``log_prob``.
        """
        from forge.ethyr.probabilities import probabilities

        return probabilities(self.heads(obs), obs, self.config)

    def log_prob(self, obs: Observation, actions: Actions) -> Array:
        """Say how likely whole actions are: the logarithms of their probabilities, float32 (N,).

        A part of an action that its mask forbids counts as certain.
        """
        from forge.ethyr.scoring import score

        heads, batch = self.heads(obs), _batch(obs, self.config)
        chosen = (getattr(actions, name) for name in CHOICES)
        found = np.empty(len(obs), np.float32)
        found[batch.order] = score(heads[batch.order], batch, *chosen).log_prob
        return found

    def _network(self) -> Any:
        """Give the Sword, which must have a network as Forge's has.

        Raises:
            ConfigError: if it has none.
        """
        from forge.trinity.sword import Sword

        if not isinstance(self.sword, Sword):
            raise ConfigError(
                f"{type(self.sword).__name__} is no Sword with heads, so it can only decide: "
                "subclass Sword, and override its network"
            )
        return self.sword

    @staticmethod
    def _check(obs: Observation) -> None:
        """Refuse anything but an Observation.

        Raises:
            ConfigError: says what to give.
        """
        if not isinstance(obs, Observation):
            raise ConfigError(
                f"a policy is asked about an Observation, such as realm.observation, which holds "
                f"all agents, not about {shown(obs)}"
            )


def _batch(obs: Observation, config: Config) -> Any:
    """Sort what agents observe by their population, as a network takes it."""
    from forge.ethyr.inputs import batch_of, inputs_of

    population = np.array(obs.ent["population"])
    return batch_of(inputs_of(obs, num_kinds(config)), population, config.populations)


def _config_of(load: Load) -> Config:
    """Read the settings of the first of some checkpoints.

    Raises:
        ConfigError: if there is none.
    """
    from forge.ethyr.checkpoint import open_config, parse_load

    for text in loads(load):
        return open_config(parse_load(text)[0])
    raise ConfigError(
        "load names no checkpoint: give one, such as pretrained:law or a run's folder"
    )


def weights(config: Config, load: Load, sword: type[SwordBase]) -> Array:
    """Assemble the weights of all populations from checkpoints.

    Returns:
        float32 (P, n).

    Raises:
        CheckpointError: if a file cannot be read or does not fit, or a population has no weights.
    """
    from forge.ethyr import checkpoint
    from forge.ethyr.layout import Layout

    P, layout = config.populations, Layout(sword.parameters(config))
    model, missing = (
        np.zeros((P, layout.size), np.float32),
        set(range(P)) - set(cast_of(sword, config).scripts),
    )
    for text in loads(load):
        path, population, source = checkpoint.parse_load(text)
        loaded, about = checkpoint.load_described(path, layout, config)
        _warn_of_own_class(path, about, sword)
        model = checkpoint.merged(model, loaded, population, source, path)
        missing -= set(range(P)) if population is None else {population}
    if missing:
        first = min(missing)
        raise CheckpointError(
            f"population {first} has no weights: the config has {P} populations; "
            f"load some for it too, for example {first}=FILE"
        )
    return model


def _warn_of_own_class(path: str, about: dict[str, Any], sword: type[SwordBase]) -> None:
    """Warn if one of Forge's Swords is to use weights that a user's own Sword trained."""
    from forge.ethyr import checkpoint

    own = checkpoint.own_sword(about)
    if own is not None and sword.__module__.split(".")[0] == "forge":
        logger.warning(
            "%s was trained by a Sword of its own, %s; here Forge's decides. "
            "To let that one decide, call evaluate.trained(config, […], plan, Sword) from Python "
            "(docs/api.md)",
            path,
            own,
        )
