"""Play a mixed world of scripted agents on saga128, and report how its market does.

    python experiments/market.py --ticks 20000 --agents greedy,fighter,gatherer,trader

Each name plays a population of its own; all have the same size.
"""

import argparse

import numpy as np

from forge.blade import Realms, preset
from forge.blade.observation import CHOICES, Actions, Observation
from forge.blade.scripted import SCRIPTED
from forge.blade.skills import HIGHEST
from forge.blade.subset import of_agents
from forge.blade.trades import PRICES, TRADED


def decide(obs: Observation, names: list[str]) -> Actions:
    """Let each population play as the scripted agents of its name do."""
    actions = Actions.stay(len(obs))
    for population, name in enumerate(names):
        chosen = np.flatnonzero(obs.ent["population"] == population)
        played = SCRIPTED[name](of_agents(obs, chosen))
        for choice in CHOICES:
            getattr(actions, choice)[chosen] = getattr(played, choice)
    return actions


def main() -> None:
    """Play, and print what was traded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=20_000)
    parser.add_argument("--agents", default="greedy,fighter,gatherer,trader")
    parser.add_argument("--config", default="saga128")
    given = parser.parse_args()
    names = given.agents.split(",")
    realms = Realms(preset(given.config).replace(populations=len(names)), seed=0)
    prices = np.zeros((HIGHEST, 1 + PRICES), np.int64)  # ticks and kinds by level and lowest price
    living = standing = 0
    lives = []
    for _ in range(given.ticks):
        obs = realms.observation
        living += len(obs)
        standing += int((realms.state.offers["kind"] > 0).sum())
        for level in range(HIGHEST):
            prices[level] += np.bincount(obs.market[0, :, level], minlength=1 + PRICES)
        realms.step(decide(obs, names))
        lives.append(realms.take_lives())
    ended, kinds = np.concatenate(lives), len(obs.market[0])
    bought = int(ended["bought"].sum() + realms.state.purses["bought"].sum())
    print(f"{living / given.ticks:.1f} living, {bought / given.ticks:.3f} trades a tick, ", end="")
    print(f"{standing / given.ticks:.1f} offers standing")
    for population, name in enumerate(names):
        own = ended[ended["population"] == population]
        means = ", ".join(f"{column} {own[column].mean():.3f}" for column in TRADED)
        print(f"{name}: lifetime {own['lifetime'].mean():.1f}, {means}")
    for level, counts in enumerate(prices, start=1):
        if offered := counts[1:].sum():
            mean = (counts[1:] * np.arange(1, 1 + PRICES)).sum() / offered
            share = offered / (given.ticks * kinds)
            print(f"level {level}: {share:.1%} of kinds on offer, lowest price × {mean:.2f}")


if __name__ == "__main__":
    main()
