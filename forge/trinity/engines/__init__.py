"""Engines run shards and nothing else; results do not depend on the engine.

An engine has two parts. A crew starts workers, talks to them and notices their end; a channel
carries weights, gradients and states between the workers and the run. An engine is a module that
defines ``ENGINE`` and whose name is in forge.registry. The rest is common: ``engine`` drives an
epoch, ``schedule`` gives shards to workers, ``worker`` runs in a worker. VecEnv steps on the same
crews.
"""

from forge.trinity.engines.channel import Channel as Channel
from forge.trinity.engines.crew import Crew as Crew
from forge.trinity.engines.crew import WorkerDiedError as WorkerDiedError
from forge.trinity.engines.kinds import Kind as Kind
from forge.trinity.engines.kinds import kind as kind
