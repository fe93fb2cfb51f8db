"""Define the setting that every figure of the benchmark refers to."""

from dataclasses import dataclass, replace

from forge.config import Config, Law


@dataclass(frozen=True)
class Plan:
    """The setting of a benchmark.

    Attributes:
        realms: number of realms.
        agents: slots per realm, all kept occupied.
        hidden: width of the network's layers [units].
        warmup: ticks before measuring.
        horizon: length of a rollout, with pg [ticks]; ppo has its default.
        ticks: ticks of the world per measurement.
        epochs: epochs of training per measurement.
        runs: measurements of each figure; medians are reported.
        cores: processor cores that this process may use.
        lifetimes: mean lifetimes that a learner is to reach [ticks].
        seeds: runs from nothing, one for each seed.
        patience: time limit of a run from nothing [s].
    """

    realms: int = 16
    agents: int = 128
    hidden: int = 32
    warmup: int = 500
    horizon: int = 64
    ticks: int = 256
    epochs: int = 8
    runs: int = 7
    cores: int = 1
    lifetimes: tuple[float, ...] = (60, 100)
    seeds: int = 3
    patience: float = 1200

    def config(self, learner: str = "pg", populations: int = 1) -> Config:
        """Build the config: Law, with births enough to keep every slot occupied.

        The learning rate is 0, which costs the same: the network stays as initialised. All that
        concerns ppo is as by default.
        """
        config = Law(
            max_agents=self.agents,
            births=self.agents,
            populations=populations,
            hidden=self.hidden,
            learner=learner,
            learning_rate=0.0,
        )
        return config.replace(horizon=self.horizon) if learner == "pg" else config

    @property
    def shards(self) -> list[list[int]]:
        """List the realms of each shard, as training splits them by default."""
        from forge.trinity.shard import shard_realms

        return [list(shard) for shard in shard_realms(self.config(), self.realms)]

    @property
    def workers(self) -> int:
        """Number of processes for "all cores": one per core, but at most one per shard."""
        return min(self.cores, len(self.shards))


def full_plan() -> Plan:
    """Build the plan of the reported figures."""
    from forge.trinity.engines.crew import available_cores

    return Plan(cores=available_cores())


def quick_plan() -> Plan:
    """Build a plan that takes seconds; its figures only show that the benchmark works."""
    few = {"realms": 2, "agents": 8, "warmup": 8, "horizon": 8, "ticks": 8}
    return replace(full_plan(), **few, epochs=1, runs=1, lifetimes=(1, 2), seeds=1)
