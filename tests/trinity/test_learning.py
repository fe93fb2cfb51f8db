"""The default learner learns to forage, from nothing, in seconds."""

from forge.args import Args
from forge.config import Law
from forge.trinity.smith import Native

WORLD = Law(max_agents=16, populations=1, map_size=40, births=4, regrowth=0.2)

# Who never eats, or never drinks, lives off what it was born with, then off its health, of which
# an empty store costs 1 a tick: 42 ticks at most.
BAR = max(WORLD.food, WORLD.water) + WORLD.health


def lifetime(epochs, **settings):
    """Train from nothing; tell the mean lifetime over the last ten epochs."""
    with Native(WORLD.replace(**settings), Args(nRealm=8, engine="serial")) as envs:
        return envs.run(epochs, quiet=True)["mean_completed_lifetime"]


def test_the_default_learner_learns_to_forage():
    # Over seeds 0 … 4 it reaches 72 to 78; the network that it begins with, 10.3 to 10.7.
    assert lifetime(11, learning_rate=0) < BAR / 3
    assert lifetime(25) > 1.4 * BAR
