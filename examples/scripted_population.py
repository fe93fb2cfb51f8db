"""A scripted population beside learners, in Chaos.

Population 0 learns. Population 1 is played by a script of our own: it forages as the careful agent
does and never attacks. Of its agents nothing is computed or stored for learning. For one of the
product's scripts a setting is enough:
python Forge.py --config chaos -s populations=2 -s scripts=1=greedy

Run it:  python examples/scripted_population.py
"""

from forge import Args, Chaos
from forge.blade import Actions
from forge.blade.scripted import careful
from forge.trinity import God, Pantheon, Sword, Trinity, smith
from forge.trinity.cast import Cast

LEARNER, SCRIPT = 0, 1


def peaceful(obs):
    """Answer for the agents of one population: the moves of the careful agent, no attack."""
    actions = Actions.stay(len(obs))
    actions.move[:] = careful(obs).move
    return actions


class Mixed(Sword):
    """Let a script play one population."""

    @classmethod
    def cast(cls, config):
        """Say who plays whom: all others are played by the network, and learn."""
        return Cast(config.populations, scripts={SCRIPT: peaceful})


trinity = Trinity(Pantheon, God, Mixed)

if __name__ == "__main__":
    config = Chaos(max_agents=64, populations=2)
    smith.Native(config, Args(nRealm=2, epochs=5), trinity).run(report=print)
