"""Declare the settings of the learner: rollouts, network, loss and optimiser."""

from forge.blade.settings import Checked, setting


class LearnerSettings(Checked):
    """Settings of the learner."""

    # -- Learner ----------------------------------------------------------------------------
    learner: str = setting(
        "pg: one step per rollout; ppo: clipped steps on minibatches, in passes",
        default="ppo",
        choices=("pg", "ppo"),
    )
    hidden: int = setting(
        "width of the network's layers", default=32, unit="units", low=1, high=4096, v1="HIDDEN"
    )
    horizon: int = setting("length of a rollout", default=32, unit="ticks", low=1, high=100_000)
    passes: int = setting("how often ppo learns from each sample", default=1, low=1, high=1000)
    minibatches: int = setting(
        "parts of a pass, each one step of the optimiser (ppo)", default=8, low=1, high=1000
    )
    gamma: float = setting(
        "discount of rewards", default=0.99, unit="per tick", low=0, high=1, v1="GAMMA"
    )
    gae_lambda: float = setting("decay of generalised advantages", default=0.95, low=0, high=1)
    clip: float = setting("how far ppo may move a probability ratio", default=0.2, low=0, high=10)
    learning_rate: float = setting(
        "step size of Adam; × √(n / 8192) where a step has n < 8192 samples of a population",
        default=6e-3,
        low=0,
        high=1,
        v1="LR",
    )
    weight_decay: float = setting("weight decay of Adam", default=1e-5, low=0, high=1, v1="DECAY")
    max_grad_norm: float = setting(
        "norm to which each population's gradient is clipped", default=0.5, low=0
    )
    entropy: float = setting(
        "weight of the policy's entropy", default=0.01, low=0, high=10, v1="ENTROPY"
    )
    value_weight: float = setting(
        "weight of the value's squared error", default=0.25, low=0, high=100, v1="VALUE_WEIGHT"
    )
    reward: str = setting(
        "death: −1 at death; alive: +1 for each tick lived",
        default="death",
        choices=("death", "alive"),
    )
    quest_weight: float = setting(
        "reward for a quest, from its beginning to its end, in worlds with quests",
        default=1.0,
        low=0,
        high=1000,
    )
