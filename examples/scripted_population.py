"""A scripted population beside learners, in Chaos.

Population 0 learns. A script defined here plays population 1: it forages like the careful agent and
never attacks. Nothing is computed or stored for learning from its agents. For one of Forge's own
scripts a setting is enough:
python Forge.py --config chaos -s populations=2 -s scripts=1=greedy

Run it:  python examples/scripted_population.py
"""

from forge import Chaos
from forge.blade import Actions
from forge.blade.scripted import careful
from forge.cli.script import main
from forge.trinity import God, Pantheon, Sword, Trinity
from forge.trinity.cast import Cast

LEARNER, SCRIPT = 0, 1


def peaceful(obs):
    """Choose the actions of one population: the moves of the careful agent, without attacks."""
    actions = Actions.stay(len(obs))
    actions.move[:] = careful(obs).move
    return actions


class Mixed(Sword):
    """Let a script play one population."""

    @classmethod
    def cast(cls, config):
        """Name the scripted population; the network plays all others, and they learn."""
        return Cast(config.populations, scripts={SCRIPT: peaceful})


trinity = Trinity(Pantheon, God, Mixed)

if __name__ == "__main__":
    config = Chaos(max_agents=64, populations=2)
    main(__doc__, trinity, config, nRealm=2, epochs=5)
